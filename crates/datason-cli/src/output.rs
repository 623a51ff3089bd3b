//! Where records go.

use std::path::Path;

use datason_core::{ByteSize, Config, Position, Record, Rejects, Result, Value};
use datason_io::{Compression, Sink};
use datason_json::{
    Checkpoints, Layout, SerdeJson, Tail, TextStyle, TornTail, Writer, WriterBuilder,
};

use crate::bad_records::Policy;
use crate::walk::{Flow, Visitor};

/// How records become text again.
#[derive(Debug)]
pub(crate) enum Rewrite {
    /// Not at all: they pass through byte for byte.
    Keep,
    /// Read as values, and written as a configuration says.
    As(SerdeJson, Config),
}

/// How records become the text of an output.
#[derive(Debug)]
pub(crate) struct Style {
    pub(crate) compression: Option<Compression>,
    pub(crate) layout: Layout,
    pub(crate) rewrite: Rewrite,
    /// How much text one piece of compressed data has.
    pub(crate) frame_size: Option<ByteSize>,
    /// What memory writing may take.
    pub(crate) memory_limit: Option<ByteSize>,
}

impl Style {
    /// JSON Lines as they are.
    const LINES: Self = Self {
        compression: None,
        layout: Layout::Lines,
        rewrite: Rewrite::Keep,
        frame_size: None,
        memory_limit: None,
    };

    /// The same as options of a writer, and the codec that reads records where they are to be
    /// written anew.
    fn options(self) -> (WriterBuilder, Option<SerdeJson>) {
        let mut builder = WriterBuilder::new().layout(self.layout).style(TextStyle::Compact);
        if let Some(compression) = self.compression {
            builder = builder.compression(compression);
        }
        if let Some(size) = self.frame_size {
            builder = builder.frame_size(size);
        }
        if let Some(limit) = self.memory_limit {
            builder = builder.memory_limit(limit);
        }
        match self.rewrite {
            Rewrite::Keep => (builder, None),
            Rewrite::As(codec, config) => (builder.config(config), Some(codec)),
        }
    }
}

/// How an output is gone on with.
#[derive(Debug)]
pub(crate) struct Resumption<'a> {
    pub(crate) source: &'a Path,
    /// What decides the output beside the style.
    pub(crate) settings: String,
    pub(crate) every: ByteSize,
    pub(crate) policy: Policy,
}

/// The output of a command that prints or writes records.
#[derive(Debug)]
pub(crate) struct Output {
    writer: Writer<Sink>,
    /// Reads records where they are to be written anew.
    reread: Option<SerdeJson>,
    layout: Layout,
    /// Notes how far it has come, if it is to be gone on with.
    checkpoints: Option<Checkpoints>,
    /// Whether what is written is seen at once, and cannot be taken back.
    live: bool,
}

impl Output {
    /// JSON Lines on standard output.
    pub(crate) fn lines() -> Result<Self> {
        Self::stdout(Style::LINES)
    }

    /// An output to standard output.
    pub(crate) fn stdout(style: Style) -> Result<Self> {
        // Compressed data is for programs, and a part of it is not for anyone.
        let live = style.compression.unwrap_or_default() == Compression::None;
        let output = Self::begin(style, WriterBuilder::stdout)?;
        Ok(Self { live, ..output })
    }

    /// An output to the file at `path`, which appears when it is [published](Self::publish).
    pub(crate) fn file(path: &Path, style: Style) -> Result<Self> {
        Self::begin(style, |options| options.create(path))
    }

    /// An output to the end of the JSON Lines in the file at `path`, which are longer when it is
    /// [published](Self::publish).
    pub(crate) fn append(path: &Path, style: Style, torn_tail: TornTail) -> Result<Self> {
        Self::begin(style, |options| options.clone().torn_tail(torn_tail).append(path))
    }

    /// An output to the file at `path` that goes on where an earlier run was killed: see
    /// [`Checkpoints::begin`].
    pub(crate) fn resume(path: &Path, style: Style, resumption: &Resumption<'_>) -> Result<Self> {
        let Resumption { source, settings, every, policy } = resumption;
        let mut checkpoints = None;
        let output = Self::begin(style, |options| {
            let begin = |rejects| {
                Checkpoints::begin_passing_over(options, path, source, settings, *every, rejects)
            };
            let (writer, notes) = match policy {
                Policy::Fail => Checkpoints::begin(options, path, source, settings, *every),
                Policy::Skip => begin(None),
                Policy::Reject(file) => begin(Some(file)),
            }?;
            checkpoints = Some(notes);
            Ok(writer)
        })?;
        Ok(Self { checkpoints, ..output })
    }

    /// The bad records that are gone on with, if the output is.
    pub(crate) fn rejects(&self) -> Option<Rejects> {
        self.checkpoints.as_ref().map(|checkpoints| checkpoints.rejects().clone())
    }

    fn begin(
        style: Style,
        open: impl FnOnce(&WriterBuilder) -> Result<Writer<Sink>>,
    ) -> Result<Self> {
        let layout = style.layout;
        let (options, reread) = style.options();
        let writer = open(&options)?;
        Ok(Self { writer, reread, layout, checkpoints: None, live: false })
    }

    /// What stood at the end of a file that is added to.
    pub(crate) fn tail(&self) -> Option<Tail> {
        self.writer.tail()
    }

    /// Where in the input to begin.
    pub(crate) fn start(&self) -> Position {
        self.checkpoints.as_ref().map_or(Position::START, Checkpoints::start)
    }

    /// Writes `record`, which is known to be valid.
    ///
    /// # Errors
    /// `Io` if the output fails; any other kind is about the record, and has its place.
    pub(crate) fn write(&mut self, record: Record<'_>) -> Result<()> {
        let Some(codec) = &self.reread else { return self.writer.write_text(record.as_bytes()) };
        let value: Value =
            codec.decode_borrowed(record.as_bytes()).map_err(|error| error.at(record))?;
        self.writer.write(&value).map_err(|error| error.at(record.position()))
    }

    /// Lets whoever reads along see what has been written, and notes that this is everything
    /// before `next` of the input.
    pub(crate) fn reach(&mut self, next: Position) -> Result<()> {
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.reach(&mut self.writer, next)?;
        }
        self.show()
    }

    fn show(&mut self) -> Result<()> {
        if self.live { self.writer.flush() } else { Ok(()) }
    }

    /// Completes the output: a file appears whole.
    pub(crate) fn publish(self) -> Result<()> {
        let written = match self.checkpoints {
            Some(checkpoints) => checkpoints.finish(self.writer),
            None => self.writer.finish(),
        };
        written.map(|_written| ())
    }

    /// Leaves the output after bad data. Another run would come to it again, so there is nothing
    /// to go on with.
    pub(crate) fn give_up(mut self) -> Result<()> {
        match self.checkpoints.take() {
            Some(checkpoints) => checkpoints.discard(self.writer),
            None => self.leave(),
        }
    }

    /// Leaves the output after a failure. A file does not appear, and what has been given to a
    /// pipe cannot pass for more than it is: whole lines, or an array without its end.
    pub(crate) fn leave(mut self) -> Result<()> {
        match self.layout {
            Layout::Lines if self.live => self.publish(),
            _ => self.show(),
        }
    }
}

/// Copies records to an output.
#[derive(Debug)]
pub(crate) struct Copier {
    output: Output,
    /// How many to copy of each input.
    most: u64,
    /// How many of these are left.
    left: u64,
}

impl Copier {
    /// Copies every record.
    pub(crate) fn of_all(output: Output) -> Self {
        Self::of_first(u64::MAX, output)
    }

    /// Copies the first `most` records of each input, at least one.
    pub(crate) fn of_first(most: u64, output: Output) -> Self {
        Self { output, most, left: most }
    }

    /// Starts on the next input.
    pub(crate) fn restart(&mut self) {
        self.left = self.most;
    }

    /// Completes the output if it is `complete`, and leaves it as it is otherwise.
    pub(crate) fn finish(self, complete: bool) -> Result<()> {
        if complete { self.output.publish() } else { self.output.leave() }
    }

    /// Leaves the output after bad data: there is nothing to go on with.
    pub(crate) fn give_up(self) -> Result<()> {
        self.output.give_up()
    }
}

impl Visitor for Copier {
    fn record(&mut self, record: Record<'_>) -> Result<Flow> {
        self.output.write(record)?;
        self.left = self.left.saturating_sub(1);
        Ok(if self.left == 0 { Flow::NextInput } else { Flow::On })
    }

    fn chunk_end(&mut self, next: Position) -> Result<()> {
        self.output.reach(next)
    }
}
