//! Estimates memory, makes what was estimated, and writes one JSON object a line to standard
//! output: what was said, and what an allocator that counts was asked for.
//!
//! `cargo xtask memory` builds and runs this, and makes a table of what it says.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

mod files;
mod rows;
mod values;

use std::path::PathBuf;

use clap::Parser;
use peak_alloc::PeakAlloc;
use serde::Serialize;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

#[derive(Parser)]
struct Arguments {
    /// The files to estimate.
    files: Vec<PathBuf>,
    /// Estimate values that lie in memory, too.
    #[arg(long)]
    values: bool,
}

/// What was said of something, beside the truth.
#[derive(Serialize)]
struct Comparison<'a> {
    /// Where it comes from.
    input: &'a str,
    /// What of it: `records`, `text`, `value`, `rows`, `arrow`, `chunk`.
    what: &'static str,
    said: u64,
    truth: u64,
}

impl Comparison<'_> {
    fn tell(&self) -> anyhow::Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// What `make` makes, and the bytes that are held for it.
fn held<T>(make: impl FnOnce() -> T) -> (T, u64) {
    let before = HEAP.current_usage();
    let made = make();
    (made, HEAP.current_usage().saturating_sub(before) as u64)
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.values {
        values::compare()?;
    }
    for path in &arguments.files {
        match files::compare(path) {
            Ok(()) => {}
            // Some inputs are bad on purpose.
            Err(error) => eprintln!("{}: {error}", path.display()),
        }
    }
    Ok(())
}
