//! `datason cat`: the records of files as JSON Lines.

use datason_core::{ChunkSize, OnError};

use crate::args::CatArguments;
use crate::exit::ExitStatus;
use crate::output::{Copier, Output};
use crate::progress::Progress;
use crate::report::{self, Data};
use crate::walk::{Judgement, Walk};

pub(crate) fn run(arguments: &CatArguments) -> anyhow::Result<ExitStatus> {
    let progress = Progress::new(arguments.report.quiet, true);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Strict);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Fail, progress)?;
    let mut copier = Copier::of_all(Output::lines()?);
    walk.inputs(arguments.inputs.files()?, &mut copier)?;
    copier.finish(!walk.bad().cut_short())?;
    // Behind the good records, also on a terminal.
    walk.bad().tell();
    if arguments.report.json {
        report::print_json(&walk.findings(), Data::Stdout)?;
    }
    Ok(walk.status())
}
