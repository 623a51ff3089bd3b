//! `datason check`: every record judged, every bad one listed.

use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::Context;
use datason_core::{ChunkSize, Error, Position, Record, Result};
use serde::Serialize;

use crate::args::CheckArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data, Summary};
use crate::walk::{Flow, Judgement, Visitor, Walk};

pub(crate) fn run(arguments: &CheckArguments) -> anyhow::Result<ExitStatus> {
    let report = arguments.report;
    let progress = Progress::new(report.quiet, false);
    let mut walk = Walk::new(&arguments.read, ChunkSize::DEFAULT, Judgement::Strict, progress)?;
    if report.json {
        let mut list = List::default();
        walk.inputs(&arguments.inputs.files, &mut list)?;
        report::print_json(&list.into_findings(walk.summary()), Data::Elsewhere)?;
        return Ok(walk.status());
    }
    let mut lines = Lines { out: BufWriter::new(io::stdout().lock()) };
    for input in &arguments.inputs.files {
        let tally = walk.input(input, &mut lines)?;
        if tally.is_empty() {
            report.note(&render::empty(input));
        }
    }
    lines.flush()?;
    report.note(&render::summary(&walk.summary()));
    Ok(walk.status())
}

/// Prints each bad record on a line.
struct Lines {
    out: BufWriter<StdoutLock<'static>>,
}

impl Lines {
    fn flush(&mut self) -> anyhow::Result<()> {
        self.out.flush().context(UNPRINTABLE)
    }
}

const UNPRINTABLE: &str = "cannot write to standard output";

impl Visitor for Lines {
    fn record(&mut self, _: Record<'_>) -> Result<Flow> {
        Ok(Flow::On)
    }

    fn bad_record(&mut self, input: &Input, error: &Error) -> anyhow::Result<Flow> {
        writeln!(self.out, "{}", render::line(input, error)).context(UNPRINTABLE)?;
        Ok(Flow::On)
    }

    fn chunk_end(&mut self, _next: Position) -> Result<()> {
        self.out.flush().map_err(|cause| Error::io(UNPRINTABLE, cause))
    }
}

/// Keeps the first bad records.
#[derive(Debug, Default)]
struct List {
    errors: Vec<BadRecord>,
}

impl List {
    /// A file of nothing but bad records must not fill the memory.
    const MOST: usize = 1_000;

    fn into_findings(self, summary: Summary) -> Findings {
        Findings { summary, errors_shown: self.errors.len(), errors: self.errors }
    }
}

impl Visitor for List {
    fn record(&mut self, _: Record<'_>) -> Result<Flow> {
        Ok(Flow::On)
    }

    fn bad_record(&mut self, input: &Input, error: &Error) -> anyhow::Result<Flow> {
        if self.errors.len() < Self::MOST {
            self.errors.push(BadRecord::new(input, error));
        }
        Ok(Flow::On)
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Findings {
    #[serde(flatten)]
    summary: Summary,
    /// How many there are in `errors`.
    errors_shown: usize,
    errors: Vec<BadRecord>,
}

/// One bad record, for programs.
#[derive(Debug, Serialize)]
struct BadRecord {
    file: String,
    /// From 1, as the column, which counts bytes.
    line: Option<u64>,
    column: Option<u64>,
    /// From 0, as the record.
    byte: Option<u64>,
    record: Option<u64>,
    kind: &'static str,
    message: String,
    pointer: Option<String>,
}

impl BadRecord {
    fn new(input: &Input, error: &Error) -> Self {
        let place = error.position();
        Self {
            file: input.name(),
            line: place.map(|place| place.line()),
            column: place.map(|place| place.column()),
            byte: place.map(|place| place.byte()),
            record: place.map(|place| place.record()),
            kind: error.kind().name(),
            message: error.message().to_owned(),
            pointer: error.pointer().map(str::to_owned),
        }
    }
}
