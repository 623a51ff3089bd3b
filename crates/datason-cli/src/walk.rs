//! The way through the inputs: what all commands have in common.

use std::time::Instant;

use datason_core::{
    ByteSize, ChunkSize, Error, ErrorKind, OnError, Position, RawChunk, Record, Result,
};
use datason_io::Source;
use datason_json::codec::{AnyCodec, Codec};
use datason_json::{Reader, ReaderBuilder};

use crate::args::ReadArguments;
use crate::bad_records::BadRecords;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::memory::Shares;
use crate::progress::Progress;
use crate::render;
use crate::report::{Findings, Summary};

/// What a command does with what is read.
pub(crate) trait Visitor {
    /// Takes a good record.
    ///
    /// # Errors
    /// `Io` if the command's output fails, which ends the run. Any other kind says that the
    /// record is bad after all.
    fn record(&mut self, record: Record<'_>) -> Result<Flow>;

    /// Hears of a bad record, or of a break in the text around the records.
    fn bad_record(&mut self, _input: &Input, _error: &Error) -> anyhow::Result<()> {
        Ok(())
    }

    /// Hears that a chunk has been gone through; the next record stands at `next` or behind.
    fn chunk_end(&mut self, _next: Position) -> Result<()> {
        Ok(())
    }
}

/// Who wants to hear of nothing.
struct Nobody;

impl Visitor for Nobody {
    fn record(&mut self, _record: Record<'_>) -> Result<Flow> {
        Ok(Flow::On)
    }
}

/// Where to go from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    On,
    NextInput,
    Stop,
}

/// How records are judged before a command sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Each is validated.
    Strict,
    /// Whatever can be told from its neighbours passes.
    Framed,
}

/// What became of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) records: u64,
    pub(crate) bad_records: u64,
    /// Whether the system let us read it to the end.
    pub(crate) readable: bool,
    pub(crate) flow: Flow,
}

impl Tally {
    /// Whether all went well and there was nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.readable && self.records == 0 && self.bad_records == 0
    }
}

/// Reads inputs chunk by chunk, judges each record, and keeps count. One chunk is all it holds.
#[derive(Debug)]
pub(crate) struct Walk {
    builder: ReaderBuilder,
    /// How large a record may be, as it was typed.
    max_record_size: ByteSize,
    codec: Option<AnyCodec>,
    chunk: RawChunk,
    bad: BadRecords,
    /// Records that the bad ones have not been counted against.
    unseen: u64,
    progress: Progress,
    started: Instant,
    /// Inputs that the system did not let us read to the end.
    unreadable: Vec<String>,
    summary: Summary,
    status: ExitStatus,
}

impl Walk {
    /// The way through inputs that are read as `arguments` say, in chunks of `chunk_size` and
    /// with bad records treated as `on_error`, unless they say otherwise.
    ///
    /// # Errors
    /// `Argument` for options that cannot be followed; `Io` if rejects cannot be kept.
    pub(crate) fn new(
        arguments: &ReadArguments,
        chunk_size: ChunkSize,
        judgement: Judgement,
        on_error: OnError,
        progress: Progress,
    ) -> Result<Self> {
        let (policy, most) = arguments.policy(on_error);
        let bad = BadRecords::new(policy, most, None)?;
        Self::with(arguments, chunk_size, judgement, bad, progress)
    }

    /// As [`new`](Self::new), with the bad records of runs before this one.
    ///
    /// # Errors
    /// `Argument` for options that cannot be followed.
    pub(crate) fn with(
        arguments: &ReadArguments,
        chunk_size: ChunkSize,
        judgement: Judgement,
        bad: BadRecords,
        progress: Progress,
    ) -> Result<Self> {
        let builder = arguments.options(chunk_size);
        let codec = builder.new_codec()?;
        Ok(Self {
            builder,
            max_record_size: arguments.max_record_size,
            codec: (judgement == Judgement::Strict).then_some(codec),
            chunk: RawChunk::default(),
            bad,
            unseen: 0,
            progress,
            started: Instant::now(),
            unreadable: Vec::new(),
            summary: Summary::default(),
            status: ExitStatus::Success,
        })
    }

    /// Reads within what of a limit on memory is the reader's.
    ///
    /// # Errors
    /// `Argument` if that is too little.
    pub(crate) fn share_memory(&mut self, shares: &Shares) -> Result<()> {
        let builder = self.builder.clone().memory_limit(shares.reader);
        self.builder = match shares.record {
            Some(record) => builder.max_record_size(record.min(self.max_record_size)),
            None => builder,
        };
        if self.codec.is_some() {
            self.codec = Some(self.builder.new_codec()?);
        }
        Ok(())
    }

    /// The totals so far.
    pub(crate) fn summary(&self) -> Summary {
        self.summary.since(self.started)
    }

    /// The totals so far, and the first bad records.
    pub(crate) fn findings(&self) -> Findings<'_> {
        Findings { unreadable: &self.unreadable, ..self.bad.findings(self.summary()) }
    }

    /// The bad records so far.
    pub(crate) fn bad(&self) -> &BadRecords {
        &self.bad
    }

    /// The worst that has happened so far.
    pub(crate) fn status(&self) -> ExitStatus {
        self.status
    }

    /// Whether all that is good in the inputs has been seen.
    pub(crate) fn is_complete(&self) -> bool {
        self.status < ExitStatus::Failure && !self.bad.cut_short()
    }

    /// Goes through each of `inputs`, unless `visitor` stops, and ends.
    pub(crate) fn inputs(
        &mut self,
        inputs: &[Input],
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<()> {
        for input in inputs {
            if self.input(input, visitor)?.flow == Flow::Stop {
                break;
            }
        }
        self.end()
    }

    /// Opens `input` as the options say.
    ///
    /// # Errors
    /// As [`Input::open_at`].
    pub(crate) fn open(&self, input: &Input) -> Result<Reader<Source>> {
        input.open_at(Position::START, &self.builder)
    }

    /// How inputs are read.
    pub(crate) fn builder(&self) -> &ReaderBuilder {
        &self.builder
    }

    /// The totals, for who goes through the records without [`input`](Self::input).
    pub(crate) fn totals(&mut self) -> &mut Summary {
        &mut self.summary
    }

    /// The bar, for them.
    pub(crate) fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// Hears of `records` good ones more, from them.
    pub(crate) fn passed(&mut self, records: u64) {
        self.unseen += records;
        self.summary.records += records;
    }

    /// Hears of `error`, from them, with the record it is about if its text is there. Whether to
    /// go on.
    ///
    /// # Errors
    /// For contradictions in the options, and if bad records cannot be kept.
    pub(crate) fn fault(
        &mut self,
        input: &Input,
        error: Error,
        record: Option<Record<'_>>,
    ) -> anyhow::Result<bool> {
        let Some(record) = record.filter(|_| !error.is_fatal()) else {
            let (readable, flow) = self.failed(input, error, &mut Nobody)?;
            return Ok(readable && flow == Flow::On);
        };
        self.unseen += 1;
        self.status = self.status.max(ExitStatus::BadData);
        Ok(self.bad_record(input, error, Some(record), &mut Nobody)? == Flow::On)
    }

    /// Says that no more inputs come. To be called before anything that was made of the good
    /// records is published.
    ///
    /// # Errors
    /// If the bad ones cannot be brought to where they are kept.
    pub(crate) fn end(&mut self) -> anyhow::Result<()> {
        self.bad.saw(std::mem::take(&mut self.unseen));
        if !self.bad.finish()? {
            self.status = self.status.max(ExitStatus::BadData);
        }
        Ok(())
    }

    /// Goes through `input`. That it cannot be read is told and does not end the run.
    ///
    /// # Errors
    /// If the output fails, or the options contradict each other.
    pub(crate) fn input(
        &mut self,
        input: &Input,
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<Tally> {
        self.input_from(Position::START, input, visitor)
    }

    /// As [`input`](Self::input), from the record at `start` on.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub(crate) fn input_from(
        &mut self,
        start: Position,
        input: &Input,
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<Tally> {
        let before = self.summary.clone();
        let outcome = match input.open_at(start, &self.builder) {
            Ok(mut reader) => {
                self.progress.begin(input, reader.get_ref().raw_len());
                let outcome = self.records(input, &mut reader, visitor);
                self.summary.bytes += reader.position().byte() - start.byte();
                outcome
            }
            Err(error) => self.failed(input, error, visitor),
        };
        self.progress.clear();
        let (readable, flow) = outcome?;
        let records = self.summary.records - before.records;
        let bad_records = self.summary.bad_records - before.bad_records;
        Ok(Tally { records, bad_records, readable, flow })
    }

    fn records(
        &mut self,
        input: &Input,
        reader: &mut Reader<Source>,
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<(bool, Flow)> {
        loop {
            let mut chunk = std::mem::take(&mut self.chunk);
            let outcome = reader.read_chunk(&mut chunk);
            let ended = matches!(outcome, Ok(false));
            let (readable, flow) = match outcome {
                Ok(true) => (true, self.chunk(&chunk, input, visitor, reader.position())?),
                Ok(false) => (true, Flow::On),
                Err(error) => self.failed(input, error, visitor)?,
            };
            self.chunk = chunk;
            if ended || !readable || flow != Flow::On {
                return Ok((readable, flow));
            }
            self.progress.advance(reader.get_ref().raw_bytes_read(), self.summary.records);
        }
    }

    fn chunk(
        &mut self,
        chunk: &RawChunk,
        input: &Input,
        visitor: &mut impl Visitor,
        next: Position,
    ) -> anyhow::Result<Flow> {
        self.summary.chunks += 1;
        for record in chunk.data() {
            self.unseen += 1;
            let judged = match &mut self.codec {
                Some(codec) => codec.validate(record.as_bytes()).map_err(|error| error.at(record)),
                None => Ok(()),
            };
            let flow = match judged.and_then(|()| visitor.record(record)) {
                Ok(flow) => {
                    self.summary.records += 1;
                    flow
                }
                Err(error) if error.kind() == ErrorKind::Io => return Err(error.into()),
                Err(error) => self.bad_record(input, error, Some(record), visitor)?,
            };
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        // Whoever notes how far this has come notes how many there were.
        self.bad.saw(std::mem::take(&mut self.unseen));
        visitor.chunk_end(next)?;
        Ok(Flow::On)
    }

    #[cold]
    fn bad_record(
        &mut self,
        input: &Input,
        error: Error,
        record: Option<Record<'_>>,
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<Flow> {
        self.note_bad(input, &error, visitor)?;
        self.bad.saw(std::mem::take(&mut self.unseen));
        Ok(if self.bad.take(input, error, record)? { Flow::On } else { Flow::Stop })
    }

    fn note_bad(
        &mut self,
        input: &Input,
        error: &Error,
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<()> {
        self.progress.clear();
        self.summary.bad_records += 1;
        self.status = self.status.max(ExitStatus::BadData);
        visitor.bad_record(input, error)
    }

    /// Reading came to `error`: bad text is a matter of the policy, a refusal of the system is
    /// ours, and a contradiction in the options ends the run. Whether the input is readable, and
    /// where to go.
    fn failed(
        &mut self,
        input: &Input,
        error: Error,
        visitor: &mut impl Visitor,
    ) -> anyhow::Result<(bool, Flow)> {
        self.progress.clear();
        if error.kind() == ErrorKind::Argument {
            return Err(error.into());
        }
        let status = ExitStatus::of(&error);
        self.status = self.status.max(status);
        if status != ExitStatus::BadData {
            self.unreadable.push(input.name());
            render::tell(&render::error(input, &error));
            return Ok((false, Flow::On));
        }
        if !error.is_fatal() {
            self.unseen += 1;
            return Ok((true, self.bad_record(input, error, None, visitor)?));
        }
        self.note_bad(input, &error, visitor)?;
        let next = self.bad.take_break(input, &error);
        Ok((true, if next { Flow::NextInput } else { Flow::Stop }))
    }
}
