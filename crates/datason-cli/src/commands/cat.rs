//! `datason cat`: the records of files as JSON Lines.

use datason_core::ChunkSize;

use crate::args::CatArguments;
use crate::exit::ExitStatus;
use crate::output::{Copier, Output};
use crate::progress::Progress;
use crate::report::{self, Data};
use crate::walk::{Judgement, Walk};

pub(crate) fn run(arguments: &CatArguments) -> anyhow::Result<ExitStatus> {
    let progress = Progress::new(arguments.report.quiet, true);
    let mut walk = Walk::new(&arguments.read, ChunkSize::DEFAULT, Judgement::Strict, progress)?;
    let mut copier = Copier::of_all(Output::lines()?);
    walk.inputs(&arguments.inputs.files, &mut copier)?;
    copier.finish(true)?;
    if arguments.report.json {
        report::print_json(&walk.summary(), Data::Stdout)?;
    }
    Ok(walk.status())
}
