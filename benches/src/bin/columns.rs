//! Reads one file of JSON Lines to columns, as a whole process, and says what it took.
//!
//! `columns FILE ENGINE THREADS [--check] [--passes N]`, where the engine is `datason` or
//! `arrow-json`; `bin/columns.py` does the same with wheels from PyPI. `cargo xtask bench columns` runs both.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::path::PathBuf;

use clap::Parser;
use datason_benches::columns::read_file;

#[derive(Parser)]
struct Arguments {
    /// The file to read.
    file: PathBuf,
    /// Who reads it: datason or arrow-json.
    engine: String,
    /// How many threads read and decode; arrow-json has one.
    threads: usize,
    /// Take a checksum of a column too.
    #[arg(long)]
    check: bool,
    /// Read the file so many times, and say what one of these took.
    #[arg(long, default_value_t = 1)]
    passes: u32,
}

fn main() -> anyhow::Result<()> {
    let Arguments { file, engine, threads, check, passes } = Arguments::parse();
    let outcome = read_file(&file, &engine, threads, check, passes)?;
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}
