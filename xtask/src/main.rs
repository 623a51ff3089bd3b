//! The chores of the workspace: `cargo xtask --help` lists them.
//!
//! One file per command. A command returns its exit code, so that `ci` can hand on the one of the
//! step that failed.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

mod bench;
mod ci;
mod faults;
mod fixtures;
mod neon;
mod sanitize;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of the datason workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure speed and memory, against serde_json in the same run.
    Bench(bench::Arguments),
    /// Hold estimates and limits on memory against what the released program does.
    Memory(bench::limits::Arguments),
    /// Check what the compiler does not: layers, unsafe code, lengths, manifests, the README.
    Tidy,
    /// Write generated data of any size.
    Fixtures(fixtures::Arguments),
    /// Kill the program, refuse it things and fill its disk, and look at its files.
    Faults(faults::Arguments),
    /// Test the kernels on aarch64, in an emulator.
    Neon,
    /// Run the tests under `AddressSanitizer`, and those of threads under `ThreadSanitizer`.
    Sanitize(sanitize::Arguments),
    /// Run the steps of continuous integration, up to the first that fails.
    Ci,
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&workspace_root(), &arguments),
        Command::Memory(arguments) => bench::limits::run(&workspace_root(), &arguments),
        Command::Tidy => tidy::run(&workspace_root()),
        Command::Fixtures(arguments) => fixtures::run(&arguments),
        Command::Faults(arguments) => faults::run(&workspace_root(), &arguments),
        Command::Neon => neon::run(&workspace_root()),
        Command::Sanitize(arguments) => sanitize::run(&workspace_root(), &arguments),
        Command::Ci => ci::run(&workspace_root()),
    }
}

/// The folder this crate was compiled in has the workspace as its parent.
fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask is a folder of the workspace").to_path_buf()
}
