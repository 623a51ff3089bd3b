//! The `datason` command: big JSON on the command line.
//!
//! Everything about records, files and formats is in the library crates. Here command lines
//! become options, and results become text: data on standard output, messages on standard error.
#![forbid(unsafe_code)]

mod args;
mod bad_records;
mod columns;
mod commands;
mod exit;
mod input;
mod memory;
mod output;
mod progress;
mod render;
mod report;
mod walk;

use std::process::ExitCode;

use clap::Parser;

use crate::exit::ExitStatus;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let status = commands::run(&arguments.command).unwrap_or_else(|error| {
        let status = ExitStatus::of_failure(&error);
        if status != ExitStatus::Success {
            render::tell_failure(&error);
        }
        status
    });
    status.into()
}
