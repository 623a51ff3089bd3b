//! `datason replay`: bad records as they stood in their file.

use std::path::Path;

use datason_core::{ChunkSize, Error, ErrorKind, OnError, Position, Record, Reject, Result};
use datason_io::{Sink, SinkOptions};
use datason_json::Decode;

use crate::args::ReplayArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data};
use crate::walk::{Flow, Judgement, Visitor, Walk};

pub(crate) fn run(arguments: &ReplayArguments) -> anyhow::Result<ExitStatus> {
    let ReplayArguments { input, output, report, .. } = arguments;
    let to_stdout = output == Path::new("-");
    let (policy, _) = arguments.read.policy(OnError::Fail);
    policy.check_apart(&arguments.output)?;
    let progress = Progress::new(report.quiet, to_stdout);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Strict);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Skip, progress)?;
    let mut replay = Replay { sink: sink(arguments)?, live: to_stdout };
    walk.input(input, &mut replay)?;
    walk.end()?;
    if walk.is_complete() || to_stdout {
        replay.sink.finish()?;
    } else {
        replay.sink.abort()?;
    }
    walk.bad().tell_rest();
    if report.json {
        let data = if to_stdout { Data::Stdout } else { Data::Elsewhere };
        report::print_json(&walk.findings(), data)?;
    } else if !to_stdout {
        report.note(&render::summary(&walk.summary()));
    }
    Ok(walk.status())
}

fn sink(arguments: &ReplayArguments) -> Result<Sink> {
    let mut options = SinkOptions::new();
    options.compression = arguments.compress;
    if arguments.output == Path::new("-") {
        return Sink::stdout(&options);
    }
    Sink::create(&arguments.output, &options)
}

/// Writes the text of rejects, a line end behind each.
struct Replay {
    sink: Sink,
    /// Whether what is written is seen at once.
    live: bool,
}

impl Visitor for Replay {
    fn record(&mut self, record: Record<'_>) -> Result<Flow> {
        let reject: Reject<'_> = record.deserialize()?;
        let Some(raw) = reject.raw() else { return Err(not_kept(&reject).at(record.position())) };
        self.sink.put(raw)?;
        self.sink.put(b"\n")?;
        Ok(Flow::On)
    }

    fn bad_record(&mut self, input: &Input, error: &Error) -> anyhow::Result<()> {
        render::tell(&render::error(input, error));
        Ok(())
    }

    fn chunk_end(&mut self, _next: Position) -> Result<()> {
        if self.live {
            std::io::Write::flush(&mut self.sink)
                .map_err(|cause| Error::io("cannot write to standard output", cause))?;
        }
        Ok(())
    }
}

#[cold]
fn not_kept(reject: &Reject<'_>) -> Error {
    let file = reject.file.as_deref().unwrap_or("stdin");
    let Reject { record, line, byte, .. } = reject;
    let message = format!(
        "the text of record {record} of `{file}` was too large to be kept; it stands at line \
         {line}, byte {byte}"
    );
    Error::new(ErrorKind::Data, message)
}
