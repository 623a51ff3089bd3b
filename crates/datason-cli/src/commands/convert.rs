//! `datason convert`: any input to JSON Lines or a JSON array.

use std::path::Path;

use datason_core::{ChunkSize, OnError, Result, escape};
use datason_json::{Format, Layout, SerdeJson};

use crate::args::ConvertArguments;
use crate::exit::ExitStatus;
use crate::output::{Copier, Output, Rewrite};
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data};
use crate::walk::{Judgement, Walk};

pub(crate) fn run(arguments: &ConvertArguments) -> anyhow::Result<ExitStatus> {
    let ConvertArguments { input, report, .. } = arguments;
    let to_stdout = arguments.output == Path::new("-");
    let (policy, _) = arguments.read.policy(OnError::Fail);
    policy.check_apart(&arguments.output)?;
    let progress = Progress::new(report.quiet, to_stdout);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Strict);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Fail, progress)?;
    let mut copier = Copier::of_all(output(arguments)?);
    let tally = walk.input(input, &mut copier)?;
    // What was rejected is on disk before what was not appears.
    walk.end()?;
    let complete = walk.is_complete();
    copier.finish(complete)?;
    walk.bad().tell();
    if tally.is_empty() {
        report.note(&render::empty(input));
    }
    if !complete && !to_stdout {
        report.note(&format!("datason: {} was not written", shown(&arguments.output)));
    }
    finish(arguments, &walk, to_stdout)?;
    Ok(walk.status())
}

fn finish(arguments: &ConvertArguments, walk: &Walk, to_stdout: bool) -> anyhow::Result<()> {
    if arguments.report.json {
        return report::print_json(
            &walk.findings(),
            if to_stdout { Data::Stdout } else { Data::Elsewhere },
        );
    }
    if !to_stdout {
        arguments.report.note(&render::summary(&walk.summary()));
    }
    Ok(())
}

fn output(arguments: &ConvertArguments) -> Result<Output> {
    let ConvertArguments { output, to, compress, .. } = arguments;
    let format = to.or_else(|| Format::from_path(output)).unwrap_or(Format::Jsonl);
    let layout = Layout::from(format);
    let rewrite = rewrite(arguments)?;
    if output == Path::new("-") {
        return Output::stdout(*compress, layout, rewrite);
    }
    Output::file(output, *compress, layout, rewrite)
}

fn rewrite(arguments: &ConvertArguments) -> Result<Rewrite> {
    let Some(preset) = arguments.config else { return Ok(Rewrite::Keep) };
    let codec = SerdeJson::with_max_depth(arguments.read.max_depth)?;
    Ok(Rewrite::As(codec, preset.config()))
}

fn shown(path: &Path) -> String {
    format!("`{}`", escape(path.as_os_str().as_encoded_bytes()))
}
