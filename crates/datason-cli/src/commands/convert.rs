//! `datason convert`: any input to JSON Lines, a JSON array or columns.

use std::path::Path;

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, OnError, Position, Result, escape};
use datason_io::Compression;
use datason_json::{Layout, SerdeJson, Tail};

use crate::args::ConvertArguments;
use crate::bad_records::{BadRecords, Policy};
use crate::columns::{self, OutputFormat};
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::memory::Shares;
use crate::output::{Copier, Output, Resumption, Rewrite, Style};
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data, Findings, TailReport};
use crate::walk::{Judgement, Walk};

pub(crate) fn run(arguments: &ConvertArguments) -> anyhow::Result<ExitStatus> {
    let ConvertArguments { input, report, .. } = arguments;
    OutputFormat::check(arguments.to, &arguments.output)?;
    if let OutputFormat::Columns(layout) = OutputFormat::of(arguments.to, &arguments.output) {
        return columns::convert(arguments, layout);
    }
    arguments.columns.check_unused()?;
    let to_stdout = arguments.output == Path::new("-");
    let (policy, most) = arguments.read.policy(OnError::Fail);
    policy.check_apart(&arguments.output)?;
    let progress = Progress::new(report.quiet, to_stdout);
    let shares = shares(arguments)?;
    let output = output(arguments, &policy, shares.as_ref().map(|shares| shares.writer))?;
    let bad = BadRecords::new(policy, most, output.rejects())?;
    let mut walk =
        Walk::with(&arguments.read, ChunkSize::DEFAULT, Judgement::Strict, bad, progress)?;
    if let Some(shares) = &shares {
        walk.share_memory(shares)?;
    }
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
    let mended = tail.filter(|tail| is_mended(tail, complete, &arguments.output));
    if let Some(tail) = mended {
        report.note(&format!("datason: {}: {tail}", shown(&arguments.output)));
    }
    if tally.is_empty() && start == Position::START {
        report.note(&render::empty(input));
    }
    if !complete && !to_stdout {
        let untouched = match (arguments.append, mended) {
            (false, _) => "was not written",
            (true, None) => "is as it was",
            (true, Some(_)) => "got no records",
        };
        report.note(&format!("datason: {} {untouched}", shown(&arguments.output)));
    }
    let tail = tail.map(|tail| TailReport::new(tail, mended.is_some()));
    finish(arguments, &walk, &Findings { tail, ..walk.findings() })?;
    Ok(walk.status())
}

/// Whether the end of the file at `path` is not what it was. A run that is not `complete` takes
/// back what it has written, but what was torn does not come back once it is cut off.
fn is_mended(tail: &Tail, complete: bool, path: &Path) -> bool {
    match *tail {
        Tail::Whole => false,
        Tail::CutOff { start, .. } if !complete => {
            std::fs::metadata(path).is_ok_and(|metadata| metadata.len() <= start)
        }
        _ => complete,
    }
}

/// Tells what the run came to.
pub(crate) fn finish(
    arguments: &ConvertArguments,
    walk: &Walk,
    findings: &Findings<'_>,
) -> anyhow::Result<()> {
    let to_stdout = arguments.output == Path::new("-");
    if arguments.report.json {
        let data = if to_stdout { Data::Stdout } else { Data::Elsewhere };
        return report::print_json(findings, data);
    }
    let summary = walk.summary();
    // Of a file that could not be opened there is nothing to sum up.
    let read_nothing = walk.status() == ExitStatus::Failure && summary.bytes == 0;
    if !to_stdout && !read_nothing {
        arguments.report.note(&render::summary(&summary));
    }
    Ok(())
}

/// How the limit on memory is shared out, if there is one.
fn shares(arguments: &ConvertArguments) -> Result<Option<Shares>> {
    let rewrites = arguments.config.is_some();
    let share = |limit| Shares::of_text(limit, compression(arguments), rewrites);
    arguments.read.memory_limit().map(share).transpose()
}

/// How OUT is compressed.
pub(crate) fn compression(arguments: &ConvertArguments) -> Compression {
    let by_name = match arguments.output.to_str() {
        Some("-") => Compression::None,
        _ => Compression::from_path(&arguments.output),
    };
    arguments.compress.unwrap_or(by_name)
}

fn output(
    arguments: &ConvertArguments,
    policy: &Policy,
    memory_limit: Option<ByteSize>,
) -> Result<Output> {
    let compressed = compression(arguments) != Compression::None;
    if arguments.frame_size.is_some() && !compressed {
        let message = "`--frame-size` cuts compressed data, and OUT is plain: add `--compress`";
        return Err(Error::new(ErrorKind::Argument, message));
    }
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
        memory_limit,
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
        // Before anything is noted.
        arguments.read.options(ChunkSize::DEFAULT).new_codec()?;
        let resumption = Resumption {
            source,
            settings: arguments.read.identity(ChunkSize::DEFAULT, compressed),
            every: arguments.checkpoint_every,
            policy: policy.clone(),
        };
        return Output::resume(output, style, &resumption);
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
