//! Where records go.

use std::path::Path;

use datason_core::{Config, Record, Result, Value};
use datason_io::{Compression, Sink, SinkOptions};
use datason_json::{Layout, SerdeJson, TextStyle, Writer, WriterBuilder};

use crate::walk::{Flow, Visitor};

/// How records become text again.
#[derive(Debug)]
pub(crate) enum Rewrite {
    /// Not at all: they pass through byte for byte.
    Keep,
    /// Read as values, and written as a configuration says.
    As(SerdeJson, Config),
}

/// The output of a command that prints or writes records.
#[derive(Debug)]
pub(crate) struct Output {
    writer: Writer<Sink>,
    /// Reads records where they are to be written anew.
    reread: Option<SerdeJson>,
    layout: Layout,
    /// Whether what is written is seen at once, and cannot be taken back.
    live: bool,
}

impl Output {
    /// JSON Lines on standard output.
    pub(crate) fn lines() -> Result<Self> {
        Self::stdout(None, Layout::Lines, Rewrite::Keep)
    }

    /// An output to standard output.
    pub(crate) fn stdout(
        compression: Option<Compression>,
        layout: Layout,
        rewrite: Rewrite,
    ) -> Result<Self> {
        let sink = Sink::stdout(&options(compression))?;
        // Compressed data is for programs, and a part of it is not for anyone.
        let live = sink.compression() == Compression::None;
        Self::new(sink, layout, rewrite, live)
    }

    /// An output to the file at `path`, which appears when it is [published](Self::publish).
    pub(crate) fn file(
        path: &Path,
        compression: Option<Compression>,
        layout: Layout,
        rewrite: Rewrite,
    ) -> Result<Self> {
        let sink = Sink::create(path, &options(compression))?;
        Self::new(sink, layout, rewrite, false)
    }

    fn new(sink: Sink, layout: Layout, rewrite: Rewrite, live: bool) -> Result<Self> {
        let builder = WriterBuilder::new().layout(layout).style(TextStyle::Compact);
        let (builder, reread) = match rewrite {
            Rewrite::Keep => (builder, None),
            Rewrite::As(codec, config) => (builder.config(config), Some(codec)),
        };
        Ok(Self { writer: builder.to_writer(sink)?, reread, layout, live })
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

    /// Lets whoever reads along see what has been written.
    pub(crate) fn show(&mut self) -> Result<()> {
        if self.live { self.writer.flush() } else { Ok(()) }
    }

    /// Completes the output: a file appears whole.
    pub(crate) fn publish(self) -> Result<()> {
        self.writer.publish().map(|_receipt| ())
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

fn options(compression: Option<Compression>) -> SinkOptions {
    match compression {
        Some(compression) => SinkOptions::new().compression(compression),
        None => SinkOptions::new(),
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
}

impl Visitor for Copier {
    fn record(&mut self, record: Record<'_>) -> Result<Flow> {
        self.output.write(record)?;
        self.left = self.left.saturating_sub(1);
        Ok(if self.left == 0 { Flow::NextInput } else { Flow::On })
    }

    fn chunk_end(&mut self) -> Result<()> {
        self.output.show()
    }
}
