//! `datason check`: every record judged, every bad one listed.

use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::Context;
use datason_core::{ChunkSize, Error, OnError, Position, Record, Result};

use crate::args::CheckArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data};
use crate::walk::{Flow, Judgement, Visitor, Walk};

pub(crate) fn run(arguments: &CheckArguments) -> anyhow::Result<ExitStatus> {
    let report = arguments.report;
    let progress = Progress::new(report.quiet, false);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Strict);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Skip, progress)?;
    if report.json {
        walk.inputs(arguments.inputs.files()?, &mut Silent)?;
        walk.bad().tell_rest();
        report::print_json(&walk.findings(), Data::Elsewhere)?;
        return Ok(walk.status());
    }
    let mut lines = Lines { out: BufWriter::new(io::stdout().lock()) };
    for input in arguments.inputs.files()? {
        let tally = walk.input(input, &mut lines)?;
        if tally.is_empty() {
            report.note(&render::empty(input));
        }
        if tally.flow == Flow::Stop {
            break;
        }
    }
    walk.end()?;
    lines.flush()?;
    walk.bad().tell_rest();
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

    fn bad_record(&mut self, input: &Input, error: &Error) -> anyhow::Result<()> {
        writeln!(self.out, "{}", render::line(input, error)).context(UNPRINTABLE)
    }

    fn chunk_end(&mut self, _next: Position) -> Result<()> {
        self.out.flush().map_err(|cause| Error::io(UNPRINTABLE, cause))
    }
}

/// The bad records are listed anyway.
struct Silent;

impl Visitor for Silent {
    fn record(&mut self, _: Record<'_>) -> Result<Flow> {
        Ok(Flow::On)
    }
}
