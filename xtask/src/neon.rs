//! `cargo xtask neon`: the tests of the kernels on aarch64, in an emulator.
//!
//! No step of `ci`: it needs a target and an emulator that a machine may not have.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

const TARGET: &str = "aarch64-unknown-linux-musl";
const EMULATOR: &str = "qemu-aarch64";

pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    if Command::new(EMULATOR).arg("--version").output().is_err() {
        bail!("there is no {EMULATOR}: install qemu-user");
    }
    let status = Command::new("cargo")
        .args(["test", "--locked", "--package", "datason-scan", "--tests", "--target", TARGET])
        .current_dir(root)
        // Comes with the compiler, and the target brings its own C library.
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld")
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER", EMULATOR)
        // For tests that start themselves again.
        .env("DATASON_EMULATOR", EMULATOR)
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        eprintln!("if the target is missing: rustup target add {TARGET}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
