//! `datason head`: the first records of files as JSON Lines.

use datason_core::{ChunkSize, OnError};

use crate::args::HeadArguments;
use crate::exit::ExitStatus;
use crate::output::{Copier, Output};
use crate::progress::Progress;
use crate::report::{self, Data};
use crate::walk::{Flow, Judgement, Walk};

pub(crate) fn run(arguments: &HeadArguments) -> anyhow::Result<ExitStatus> {
    let HeadArguments { records, inputs, read, report } = arguments;
    // An idle pipe must not hold back the records that are there already.
    let one = ChunkSize::records(1)?;
    let progress = Progress::new(report.quiet, true);
    let mut walk = Walk::new(read, one, Judgement::Strict, OnError::Fail, progress)?;
    let mut copier = Copier::of_first(*records, Output::lines()?);
    for input in inputs.files()?.iter().filter(|_| *records > 0) {
        copier.restart();
        if walk.input(input, &mut copier)?.flow == Flow::Stop {
            break;
        }
    }
    walk.end()?;
    copier.finish(!walk.bad().cut_short())?;
    walk.bad().tell();
    if report.json {
        report::print_json(&walk.findings(), Data::Stdout)?;
    }
    Ok(walk.status())
}
