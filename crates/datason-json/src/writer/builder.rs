//! How to write: options, and the outputs they open.

use std::io::Write;
use std::path::Path;

use datason_core::{Budget, ByteSize, Config, Error, ErrorKind, Result};
use datason_io::{Compression, Sink, SinkOptions};

use super::limit::{SLACK, TextLimit, output_memory};
use super::{Frames, Writer};
use crate::append::{self, TornTail};
use crate::layout::Layout;
use crate::ser::{Encoder, TextStyle};

/// Options for writing, and the ways to open an output with them.
///
/// # Example
/// ```
/// use datason_json::{Layout, TextStyle, WriterBuilder};
///
/// let builder = WriterBuilder::new().layout(Layout::Array).style(TextStyle::Compact);
/// let mut writer = builder.to_writer(Vec::new())?;
/// writer.write(&("a", 1))?;
/// writer.write(&("b", 2))?;
/// assert_eq!(writer.into_inner()?, b"[\n[\"a\",1],\n[\"b\",2]\n]\n");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WriterBuilder {
    layout: Layout,
    config: Config,
    style: TextStyle,
    buffer_size: usize,
    compression: Option<Compression>,
    torn_tail: TornTail,
    frame_size: Option<ByteSize>,
    memory_limit: Option<ByteSize>,
    budget: Option<Budget>,
}

impl WriterBuilder {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            layout: Layout::Lines,
            config: Config::DEFAULT,
            style: TextStyle::Python,
            buffer_size: 64 << 10,
            compression: None,
            torn_tail: TornTail::Cut,
            frame_size: None,
            memory_limit: None,
            budget: None,
        }
    }

    /// How the records stand together. Default: [`Layout::Lines`].
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// What values mean. Default: [`Config::DEFAULT`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// How a record's text looks. Default: [`TextStyle::Python`], the text of the original
    /// (`{"a": 1}`). Records given as text are not changed by it. [`TextStyle::Pretty`] does not
    /// go with [`Layout::Lines`]: a record there has one line.
    #[must_use]
    pub fn style(mut self, style: TextStyle) -> Self {
        self.style = style;
        self
    }

    /// How much text is gathered before it goes out. Default: 64 KiB. A record is never split
    /// over two writes unless it is larger than this; 0 writes each record at once.
    #[must_use]
    pub fn buffer_size(mut self, size: ByteSize) -> Self {
        self.buffer_size = usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
        self
    }

    /// How the output is compressed. Default: as the target's extension says.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// How much text goes into one gzip member or zstd frame before the next record begins
    /// another. Default: `None`, all of it. Such a file can be read from many places, as a
    /// [`ChunkIndex`](crate::ChunkIndex) of it tells. Each frame starts to compress afresh, so
    /// small ones compress badly; below 1 MiB it shows. Nothing is cut without compression.
    #[must_use]
    pub fn frame_size(mut self, size: ByteSize) -> Self {
        self.frame_size = Some(size);
        self
    }

    /// What becomes of a torn last line when a file is [added to](Self::append). Default:
    /// [`TornTail::Cut`].
    #[must_use]
    pub fn torn_tail(mut self, way: TornTail) -> Self {
        self.torn_tail = way;
        self
    }

    /// The most memory that a writer may take: the text of one record, and what the output takes,
    /// which is 64 KiB, with gzip 512 KiB and with zstd 5 MiB. Default: none.
    ///
    /// A record whose text does not fit is [`ErrorKind::Limit`] with its number and its size,
    /// before room is made for it: the output is as if it had not been written, and the next can
    /// be. The record is walked once if it fits into what is left of the buffer; else it is
    /// measured first, which costs as much again. With sorted keys half of what is left is kept for
    /// sorting. [Text](Writer::write_text) passes through whatever its length.
    ///
    /// Counted is what the writer itself holds, not what it is given to write.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ErrorKind};
    /// use datason_json::WriterBuilder;
    ///
    /// let builder = WriterBuilder::new().memory_limit(ByteSize::kib(256));
    /// let mut writer = builder.to_writer(Vec::new())?;
    /// writer.write(&[1, 2])?;
    /// let error = writer.write(&"x".repeat(1 << 20)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Limit);
    /// writer.write(&[3])?;
    /// assert_eq!(writer.into_inner()?, b"[1, 2]\n[3]\n");
    /// let too_low = WriterBuilder::new().memory_limit(ByteSize::kib(1)).to_writer(Vec::new());
    /// assert_eq!(too_low.unwrap_err().kind(), ErrorKind::Argument);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn memory_limit(mut self, limit: ByteSize) -> Self {
        self.memory_limit = Some(limit);
        self
    }

    /// The most memory that an output takes which is compressed so, whatever is written: part of
    /// the [memory limit](Self::memory_limit).
    pub const fn output_memory(compression: Compression) -> ByteSize {
        output_memory(compression)
    }

    /// What the [memory limit](Self::memory_limit) is held of as long as a writer lives; of all of
    /// it if there is no such limit. What does not fit beside what others hold is refused at the
    /// call. Default: nothing.
    #[must_use]
    pub fn budget(mut self, budget: &Budget) -> Self {
        self.budget = Some(budget.clone());
        self
    }

    /// A writer to the end of the JSON Lines in the file at `path`, which is made if it is
    /// missing. Its last line is looked at, so that no new record is ever glued to half of an
    /// old one: [`Writer::tail`] tells what was found.
    ///
    /// Until [`finish`](Writer::finish) returns, everything is taken back when the writer is
    /// dropped, up to the last [`flush_durable`](Writer::flush_durable). One writer at a time:
    /// a lock keeps others out that take it too. A process that is killed leaves whole records
    /// and at most one that is torn.
    ///
    /// A compressed file is read to its end, and gets a gzip member or zstd frame of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be opened, or another writer has it;
    /// [`ErrorKind::Argument`] for a layout other than [`Layout::Lines`], an indented style, and
    /// what is no regular file; [`ErrorKind::Data`] if the file holds something else than lines,
    /// or is compressed otherwise; [`ErrorKind::Truncated`] if compressed data is torn, which
    /// names the byte, and for a torn line that may not or cannot be mended.
    ///
    /// # Example
    /// ```
    /// use datason_json::{Tail, Torn, WriterBuilder};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("log.jsonl");
    /// std::fs::write(&path, "{\"id\": 1}\n{\"id\"")?;
    /// let mut writer = WriterBuilder::new().append(&path)?;
    /// assert_eq!(writer.tail(), Some(Tail::CutOff { start: 10, bytes: 5, torn: Torn::NotJson }));
    /// writer.write(&serde_json::json!({"id": 3}))?;
    /// writer.finish()?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "{\"id\": 1}\n{\"id\": 3}\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&self, path: impl AsRef<Path>) -> Result<Writer<Sink>> {
        let path = path.as_ref();
        self.check().map_err(|error| error.in_file(path))?;
        if self.layout != Layout::Lines {
            let message = "only JSON Lines can be added to, and this is to be a JSON array";
            return Err(Error::new(ErrorKind::Argument, message).in_file(path));
        }
        let (sink, tail) = append::open(path, &self.sink_options(), self.torn_tail)?;
        Ok(Writer { tail: Some(tail), ..self.to_sink(sink)? })
    }

    /// A writer to the file at `path`, which appears, whole, when
    /// [`finish`](Writer::finish) returns, and not at all if it is never called. A file that
    /// stands there already stays as it is until then.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if no file can be made beside `path`, or `path` is a folder.
    /// [`ErrorKind::Argument`] for options that contradict each other.
    pub fn create(&self, path: impl AsRef<Path>) -> Result<Writer<Sink>> {
        let path = path.as_ref();
        self.check().map_err(|error| error.in_file(path))?;
        self.to_sink(Sink::create(path, &self.sink_options())?)
    }

    /// A writer to standard output.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a compressor cannot be set up. [`ErrorKind::Argument`] for options
    /// that contradict each other.
    pub fn stdout(&self) -> Result<Writer<Sink>> {
        self.check()?;
        self.to_sink(Sink::stdout(&self.sink_options())?)
    }

    /// A writer to `sink`, compressed as that is.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for options that contradict each other.
    pub fn to_sink(&self, sink: Sink) -> Result<Writer<Sink>> {
        let frames = self.frame_size.map(|size| Frames {
            size: size.as_u64(),
            start: 0,
            cut: |sink: &mut Sink| sink.cut().map(|_place| ()),
        });
        let output = output_memory(sink.compression());
        Ok(Writer { frames, ..self.writer(sink, output)? })
    }

    /// A writer to `output`, uncompressed.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for options that contradict each other.
    pub fn to_writer<W: Write>(&self, output: W) -> Result<Writer<W>> {
        self.writer(output, ByteSize(0))
    }

    /// A writer to `output`, which takes `output_memory` itself.
    fn writer<W: Write>(&self, output: W, output_memory: ByteSize) -> Result<Writer<W>> {
        self.check()?;
        let limit = self.memory_limit.or(self.budget.as_ref().map(Budget::limit));
        let (budget, sorts) = (self.budget.as_ref(), self.config.sort_keys);
        let limit = limit.map(|limit| TextLimit::new(limit, budget, output_memory, sorts));
        let limit = limit.transpose()?;
        let buffer_size =
            limit.as_ref().map_or(self.buffer_size, |limit| limit.buffer_size(self.buffer_size));
        let room = buffer_size.min(1 << 20) + if limit.is_some() { SLACK } else { 0 };
        Ok(Writer {
            output,
            layout: self.layout,
            encoder: Encoder::new(self.config.clone(), self.style),
            buffer: Vec::with_capacity(room),
            buffer_size,
            limit,
            records: 0,
            bytes: 0,
            failed: false,
            tail: None,
            frames: None,
        })
    }

    /// # Errors
    /// [`ErrorKind::Argument`] if records of several lines are to be JSON Lines, which nobody
    /// could read.
    fn check(&self) -> Result<()> {
        if self.layout == Layout::Lines && matches!(self.style, TextStyle::Pretty { .. }) {
            let message = "indented text does not fit on the one line that a record has in jsonl";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }

    /// What decides the bytes of `target`, noted every so many bytes: a key and its value a line, in a form that does not change with the types here.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if the configuration cannot be written as JSON.
    pub(crate) fn identity(&self, target: &Path, every: ByteSize) -> Result<String> {
        let layout = match self.layout {
            Layout::Lines => "lines",
            Layout::Array => "array",
            Layout::Data => "data",
        };
        let style = match self.style {
            TextStyle::Python => "python".to_owned(),
            TextStyle::Compact => "compact".to_owned(),
            TextStyle::Pretty { indent } => format!("pretty {indent}"),
        };
        let config = serde_json::to_string(&self.config).map_err(|cause| {
            Error::new(ErrorKind::Data, "the configuration cannot be noted").caused_by(cause)
        })?;
        let text = format!("layout={layout}\nstyle={style}\nconfig={config}");
        let by_name = || Compression::from_path(target);
        Ok(match self.compression.unwrap_or_else(by_name) {
            Compression::None => text,
            compression => {
                let frames = self.frame_size.map_or(0, |size| size.as_u64());
                let every = every.as_u64();
                format!("{text}\ncompression={compression}\nframes={frames}\nevery={every}")
            }
        })
    }

    pub(crate) fn sink_options(&self) -> SinkOptions {
        match self.compression {
            Some(compression) => SinkOptions::new().compression(compression),
            None => SinkOptions::new(),
        }
    }
}

impl Default for WriterBuilder {
    fn default() -> Self {
        Self::new()
    }
}
