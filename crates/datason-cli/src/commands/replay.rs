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
    let mut replay = Replay { sink: sink(arguments)?, live: to_stdout, told: 0, untold: 0 };
    walk.input(input, &mut replay)?;
    walk.end()?;
    let Replay { sink, untold, .. } = replay;
    if walk.is_complete() || to_stdout {
        sink.finish()?;
    } else {
        sink.abort()?;
    }
    if untold > 0 {
        let more = render::counted(untold, "more record");
        render::tell(&format!("datason: {more} cannot be replayed"));
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
    /// Records that cannot be replayed and were named, and those that were only counted.
    told: u64,
    untold: u64,
}

/// Of a file that holds no rejects at all, nobody wants to hear line by line.
const MOST_TOLD: u64 = 10;

impl Visitor for Replay {
    fn record(&mut self, record: Record<'_>) -> Result<Flow> {
        let reject: Reject<'_> = record.deserialize().map_err(|error| no_reject(&error))?;
        let Some(raw) = reject.raw() else { return Err(not_kept(&reject).at(record.position())) };
        self.sink.put(raw)?;
        self.sink.put(b"\n")?;
        Ok(Flow::On)
    }

    fn bad_record(&mut self, input: &Input, error: &Error) -> anyhow::Result<()> {
        if self.told < MOST_TOLD {
            self.told += 1;
            render::tell(&render::error(input, error));
        } else {
            self.untold += 1;
        }
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

/// The same error, which says what was looked for.
#[cold]
fn no_reject(error: &Error) -> Error {
    let message = format!("the record is no reject: {}", error.message());
    let named = Error::new(error.kind(), message);
    match error.position() {
        Some(place) => named.at(place),
        None => named,
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
