//! `datason convert`: any input to JSON Lines, a JSON array or columns.

use std::path::Path;

use datason_core::{ChunkSize, Error, ErrorKind, OnError, Position, Result, escape};
use datason_json::{Layout, SerdeJson, Tail};

use crate::args::ConvertArguments;
use crate::bad_records::Policy;
use crate::columns::{self, OutputFormat};
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::output::{Copier, Output, Rewrite, Style};
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data};
use crate::walk::{Judgement, Walk};

pub(crate) fn run(arguments: &ConvertArguments) -> anyhow::Result<ExitStatus> {
    let ConvertArguments { input, report, .. } = arguments;
    if let OutputFormat::Columns(layout) = OutputFormat::of(arguments.to, &arguments.output) {
        return columns::convert(arguments, layout);
    }
    arguments.columns.check_unused()?;
    let to_stdout = arguments.output == Path::new("-");
    let (policy, _) = arguments.read.policy(OnError::Fail);
    policy.check_apart(&arguments.output)?;
    if arguments.resume && !matches!(policy, Policy::Fail) {
        // The bad records before the place where a run goes on are known to the killed run only.
        let message = "`--resume` goes with `--on-error fail` only";
        return Err(Error::new(ErrorKind::Argument, message).into());
    }
    let progress = Progress::new(report.quiet, to_stdout);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Strict);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Fail, progress)?;
    let output = output(arguments)?;
    let (tail, start) = (output.tail(), output.start());
    if start != Position::START {
        report.note(&format!(
            "datason: going on behind {}",
            render::counted(start.record(), "record")
        ));
    }
    let mut copier = Copier::of_all(output);
    let tally = walk.input_from(start, input, &mut copier)?;
    // What was rejected is on disk before what was not appears.
    walk.end()?;
    let complete = walk.is_complete();
    match walk.status() {
        ExitStatus::BadData if !complete => copier.give_up()?,
        _ => copier.finish(complete)?,
    }
    walk.bad().tell();
    if let Some(tail) = tail.filter(|tail| complete && *tail != Tail::Whole) {
        report.note(&format!("datason: {}: {tail}", shown(&arguments.output)));
    }
    if tally.is_empty() && start == Position::START {
        report.note(&render::empty(input));
    }
    if !complete && !to_stdout {
        let untouched = if arguments.append { "is as it was" } else { "was not written" };
        report.note(&format!("datason: {} {untouched}", shown(&arguments.output)));
    }
    finish(arguments, &walk, to_stdout)?;
    Ok(walk.status())
}

/// Tells what the run came to.
pub(crate) fn finish(
    arguments: &ConvertArguments,
    walk: &Walk,
    to_stdout: bool,
) -> anyhow::Result<()> {
    if arguments.report.json {
        return report::print_json(
            &walk.findings(),
            if to_stdout { Data::Stdout } else { Data::Elsewhere },
        );
    }
    let summary = walk.summary();
    // Of a file that could not be opened there is nothing to sum up.
    let read_nothing = walk.status() == ExitStatus::Failure && summary.bytes == 0;
    if !to_stdout && !read_nothing {
        arguments.report.note(&render::summary(&summary));
    }
    Ok(())
}

fn output(arguments: &ConvertArguments) -> Result<Output> {
    let ConvertArguments { output, to, compress, frame_size, .. } = arguments;
    let layout = match OutputFormat::of(*to, output) {
        OutputFormat::Text(format) => Layout::from(format),
        OutputFormat::Columns(_) => Layout::Lines,
    };
    let style = Style {
        compression: *compress,
        layout,
        rewrite: rewrite(arguments)?,
        frame_size: *frame_size,
    };
    if output == Path::new("-") && (arguments.append || arguments.resume) {
        let message = "`--append` and `--resume` go on with a file, and standard output is none";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    if output == Path::new("-") {
        return Output::stdout(style);
    }
    if arguments.append {
        return Output::append(output, style, arguments.torn_tail);
    }
    if arguments.resume {
        let Input::File(source) = &arguments.input else {
            let message = "`--resume` reads from where it has stopped, and standard input cannot";
            return Err(Error::new(ErrorKind::Argument, message));
        };
        let settings = format!("{:?}", arguments.read);
        let from = (source.as_path(), settings.as_str(), arguments.checkpoint_every);
        return Output::resume(output, style, from);
    }
    Output::file(output, style)
}

fn rewrite(arguments: &ConvertArguments) -> Result<Rewrite> {
    let Some(preset) = arguments.config else { return Ok(Rewrite::Keep) };
    let codec = SerdeJson::with_max_depth(arguments.read.max_depth)?;
    Ok(Rewrite::As(codec, preset.config()))
}

/// A file as messages name it.
pub(crate) fn shown(path: &Path) -> String {
    format!("`{}`", escape(path.as_os_str().as_encoded_bytes()))
}
