//! `cargo xtask bench`: measures, prints tables, and keeps them on request.
//!
//! What is measured, on which data, and what must come out is defined in the crate
//! `datason-benches`, whose program `measure` runs here in release; whole processes are measured
//! by this crate itself.

mod columns;
mod engines;
mod environment;
pub(crate) mod limits;
mod memory;
mod original;
mod peak;
pub(crate) mod program;
mod python;
mod record;
mod report;
mod write;

use std::path::Path;
use std::process::ExitCode;

use bytesize::ByteSize;
use clap::ValueEnum;

use environment::Environment;
use report::Report;

/// What to measure, and how.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Arguments {
    /// What to measure [default: frame and rows].
    #[arg(value_enum)]
    groups: Vec<Group>,
    /// Measure this codec only: serde-json or simd-json [default: all; for memory, the default
    /// of `datason`].
    #[arg(long)]
    codec: Option<String>,
    /// How large chunks are: a number of records, or a size such as 8MiB [default: 1MiB].
    #[arg(long, value_name = "SIZE")]
    chunk_size: Option<String>,
    /// Measure records of this shape only: flat, nested, text, wide, floats or numbers [default:
    /// all; for memory, flat].
    #[arg(long)]
    shape: Option<String>,
    /// How much data [default: 64MiB; for memory, 4GB beside 40MB].
    #[arg(long)]
    size: Option<ByteSize>,
    /// How many rounds, of which the median counts [default: 9; for memory, 1 and the largest;
    /// for original and whole processes, 5].
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// Measure columns and writing beside wheels from PyPI too.
    #[arg(long)]
    wheels: bool,
    /// Append the numbers to benches/record/GROUP.csv, and write the tables to GROUP.md.
    #[arg(long)]
    save: bool,
    /// The day to write beside the numbers [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// How fast the ends of records are found.
    Frame,
    /// How fast records become typed rows, and with which codec.
    Rows,
    /// How fast records in a file become columns, and with `--wheels` beside `DuckDB`, polars,
    /// pyarrow and `DataFusion`, which are installed below `target` from PyPI.
    Columns,
    /// How fast columns become JSON Lines, and with `--wheels` beside `DuckDB` and polars.
    Write,
    /// How much memory `datason convert` takes, for a small and a large file. Writes gigabytes.
    Memory,
    /// How much less CPU time tasks take than in the original, datason 0.4.0 for Python, which is
    /// installed below `target` from PyPI.
    Original,
}

impl Group {
    /// The name, as it is typed and as its files are called.
    fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Write => "write",
            Self::Memory => "memory",
            Self::Original => "original",
        }
    }

    fn measure(self, root: &Path, arguments: &Arguments) -> anyhow::Result<Report> {
        match self {
            Self::Frame | Self::Rows => engines::run(root, self, arguments),
            Self::Columns => columns::run(root, arguments),
            Self::Write => write::run(root, arguments),
            Self::Memory => memory::run(root, arguments),
            Self::Original => original::run(root, arguments),
        }
    }
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let groups = match arguments.groups.as_slice() {
        [] => &[Group::Frame, Group::Rows],
        groups => groups,
    };
    let environment = Environment::find(root, arguments.date.as_deref())?;
    for group in groups {
        let report = group.measure(root, arguments)?;
        println!("{report}");
        if arguments.save {
            record::save(root, group.name(), &environment, &report)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// The options that a program shares with this one, as they were typed.
    fn shared_options(&self) -> Vec<String> {
        let options = [("--codec", &self.codec), ("--chunk-size", &self.chunk_size)];
        let given = options.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        given.flat_map(|(name, value)| [name.to_owned(), value.clone()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(words: &str) -> Result<Arguments, clap::Error> {
        let words = ["bench"].into_iter().chain(words.split_whitespace());
        Program::try_parse_from(words).map(|program| program.arguments)
    }

    #[test]
    fn groups_are_called_what_they_are_typed() {
        for group in Group::value_variants() {
            let typed = arguments(group.name()).expect("a known group");
            assert_eq!(typed.groups, [*group]);
        }
        assert!(arguments("tables").is_err());
    }

    #[test]
    fn options_for_the_programs_are_handed_on() {
        let arguments = arguments("rows --codec simd-json --chunk-size 500 --samples 3");
        let arguments = arguments.expect("known options");
        assert_eq!(arguments.shared_options(), ["--codec", "simd-json", "--chunk-size", "500"]);
        assert_eq!(arguments.samples, Some(3));
    }
}
