//! Records into a file, one by one, without holding them.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use datason_core::{
    ByteSize, ChunkSize, Chunkable, Config, Error, ErrorKind, IntoChunkSize, IntoChunkable, Result,
};
use datason_io::{Compression, Sink};
use serde::Serialize;

use crate::append::{Tail, TornTail};
use crate::chunked::Chunker;
use crate::format::Format;
use crate::layout::Layout;
use crate::ser::TextStyle;
use crate::sidecar::{Companion, RecordKind, Sidecar};
use crate::target;
use crate::writer::{Writer, WriterBuilder, Written};

/// Begins a stream of records into the file at `path`, in the format that its extension says:
/// JSON for `.json`, else JSON Lines. [`StreamBuilder`] has the options.
///
/// The file appears when [`finish`](StreamingSerializer::finish) returns, and not at all if
/// that is never called.
///
/// # Errors
/// [`ErrorKind::Io`] if no file can be made beside `path`, or `path` is a folder.
///
/// # Example
/// ```
/// use datason_json::stream_serialize;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Item { id: u32, data: String }
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("items.jsonl");
/// let mut stream = stream_serialize(&path)?;
/// for id in 0..3 {
///     stream.write(&Item { id, data: format!("item_{id}") })?;
/// }
/// assert!(!path.exists());
/// stream.finish()?;
/// assert!(std::fs::read_to_string(&path)?.starts_with("{\"id\": 0, \"data\": \"item_0\"}\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn stream_serialize(path: impl AsRef<Path>) -> Result<StreamingSerializer> {
    StreamBuilder::new().create(path)
}

/// Options for a stream of records.
///
/// # Example
/// ```
/// use datason_core::{Config, ErrorKind};
/// use datason_json::{Format, StreamBuilder};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("trades.json");
/// let builder = StreamBuilder::new().config(Config::financial());
/// let mut stream = builder.create(&path)?; // JSON, since the name says so
/// stream.write(&serde_json::json!({"price": 1.5, "id": 7}))?;
/// stream.finish()?;
/// assert_eq!(
///     std::fs::read_to_string(&path)?,
///     r#"{"data": [{"id": 7, "price": 1.5}], "metadata": {"items_written": 1}}"#,
/// );
///
/// let error = builder.format(Format::Jsonl).create(&path).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Argument);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StreamBuilder {
    config: Config,
    format: Option<Format>,
    style: TextStyle,
    buffer_size: ByteSize,
    compression: Option<Compression>,
    any_extension: bool,
    torn_tail: TornTail,
    sidecar: bool,
    memory_limit: Option<ByteSize>,
}

impl StreamBuilder {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            config: Config::DEFAULT,
            format: None,
            style: TextStyle::Python,
            buffer_size: ByteSize::kib(64),
            compression: None,
            any_extension: false,
            torn_tail: TornTail::Cut,
            sidecar: false,
            memory_limit: None,
        }
    }

    /// What values mean. Default: [`Config::DEFAULT`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The format: [`Format::Jsonl`], a record a line, or [`Format::Json`], the object
    /// `{"data": […], "metadata": {"items_written": n}}` on one line. Default: as the extension
    /// says, else JSON Lines.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// How a record's text looks. Default: [`TextStyle::Python`], as the original has it.
    #[must_use]
    pub fn style(mut self, style: TextStyle) -> Self {
        self.style = style;
        self
    }

    /// The most text that waits before it goes to the file, a record that is larger set aside.
    /// Default: 64 KiB; 0 hands over each record at once, at the price of a system call. Under
    /// compression what the compressor holds comes on top.
    #[must_use]
    pub fn buffer_size(mut self, size: ByteSize) -> Self {
        self.buffer_size = size;
        self
    }

    /// How the file is compressed. Default: as its extension says.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Whether the extension may say another format than [`format`](Self::format).
    /// Default: `false`.
    #[must_use]
    pub fn any_extension(mut self, yes: bool) -> Self {
        self.any_extension = yes;
        self
    }

    /// What becomes of a torn last line when a file is [added to](Self::append). Default:
    /// [`TornTail::Cut`].
    #[must_use]
    pub fn torn_tail(mut self, way: TornTail) -> Self {
        self.torn_tail = way;
        self
    }

    /// Whether the file gets a [`Sidecar`] that counts its records and tells whether they are
    /// items or chunks. Default: `false`. One that a file has is carried on in any case when the
    /// file is [added to](Self::append).
    #[must_use]
    pub fn sidecar(mut self, yes: bool) -> Self {
        self.sidecar = yes;
        self
    }

    /// The most memory that the stream may take: see [`WriterBuilder::memory_limit`]. Default:
    /// none.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ErrorKind};
    /// use datason_json::StreamBuilder;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("texts.jsonl");
    /// let mut stream = StreamBuilder::new().memory_limit(ByteSize::mib(1)).create(&path)?;
    /// stream.write("short")?;
    /// let error = stream.write(&"x".repeat(2 << 20)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Limit);
    /// stream.write("short again")?;
    /// assert_eq!(stream.finish()?.records, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn memory_limit(mut self, limit: ByteSize) -> Self {
        self.memory_limit = Some(limit);
        self
    }

    /// Begins a stream into the file at `path`. What stands there already stays until the
    /// stream is finished.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`], before anything is done, for an extension that says another
    /// format, for [`Format::Concatenated`], which is only read, and for an indented style in
    /// lines. [`ErrorKind::Io`] if no file can be made beside `path`, or `path` is a folder.
    pub fn create(&self, path: impl AsRef<Path>) -> Result<StreamingSerializer> {
        let path = path.as_ref();
        let format = self.settle(path)?;
        let companion = Companion::of_replaced(path, self.sidecar)?;
        let writer = self.options(format).create(path)?;
        Ok(self.stream(writer, format, companion, None))
    }

    /// Begins a stream to the end of the JSON Lines in the file at `path`, which is made if it
    /// is missing. A torn last line is mended, and [`StreamingSerializer::tail`] tells so: all
    /// that [`WriterBuilder::append`] says holds here.
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`WriterBuilder::append`]. [`ErrorKind::Data`] if the
    /// file's sidecar does not fit it, or a [`sidecar`](Self::sidecar) is asked for and the file
    /// holds records that none has counted.
    ///
    /// # Example
    /// ```
    /// use datason_json::StreamBuilder;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("events.jsonl");
    /// for day in 1..=3 {
    ///     let mut stream = StreamBuilder::new().append(&path)?;
    ///     stream.write(&day)?;
    ///     stream.finish()?;
    /// }
    /// assert_eq!(std::fs::read_to_string(&path)?, "1\n2\n3\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&self, path: impl AsRef<Path>) -> Result<StreamingSerializer> {
        let path = path.as_ref();
        let format = self.settle(path)?;
        let writer = self.options(format).append(path)?;
        // Behind the lock: nobody changes the two now.
        let (companion, old) = Companion::of_continued(path, self.sidecar)?;
        let is_empty = fs::metadata(path).is_ok_and(|data| data.len() == 0);
        if self.sidecar && old.is_none() && !is_empty {
            let message = "the file holds records that no sidecar has counted";
            return Err(Error::new(ErrorKind::Data, message).in_file(path));
        }
        Ok(self.stream(writer, format, companion, old))
    }

    fn settle(&self, path: &Path) -> Result<Format> {
        target::settle(path, self.format, self.any_extension)
    }

    fn options(&self, format: Format) -> WriterBuilder {
        let layout = if format == Format::Json { Layout::Data } else { Layout::Lines };
        let options = WriterBuilder::new()
            .layout(layout)
            .config(self.config.clone())
            .style(self.style)
            .buffer_size(self.buffer_size)
            .torn_tail(self.torn_tail);
        let options = match self.memory_limit {
            Some(limit) => options.memory_limit(limit),
            None => options,
        };
        match self.compression {
            Some(compression) => options.compression(compression),
            None => options,
        }
    }

    fn stream(
        &self,
        writer: Writer<Sink>,
        format: Format,
        companion: Companion,
        before: Option<Sidecar>,
    ) -> StreamingSerializer {
        let sidecar = (self.sidecar || before.is_some()).then(|| Counted::new(before));
        StreamingSerializer {
            writer,
            companion,
            sidecar,
            config: self.config.clone(),
            style: self.style,
            memory_limit: self.memory_limit,
            format,
            buffer_size: self.buffer_size.as_u64(),
            flushed: 0,
        }
    }
}

impl Default for StreamBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes records to a file one by one, each whole or not at all: see [`stream_serialize`].
///
/// Nothing is published before [`finish`](Self::finish). A stream that is dropped, by an early
/// return or a panic, leaves no file, and an older one as it was; so an error in the producer
/// cannot leave half a file that looks whole.
#[derive(Debug)]
#[must_use = "the file appears only when the stream is finished"]
pub struct StreamingSerializer {
    /// Before the companion: the file must be as it was when that looks at it.
    writer: Writer<Sink>,
    companion: Companion,
    /// What the sidecar will say, if there is to be one.
    sidecar: Option<Counted>,
    config: Config,
    style: TextStyle,
    memory_limit: Option<ByteSize>,
    format: Format,
    buffer_size: u64,
    /// Bytes of text that have gone to the file.
    flushed: u64,
}

impl StreamingSerializer {
    /// The options; the same as [`StreamBuilder::new`].
    pub const fn builder() -> StreamBuilder {
        StreamBuilder::new()
    }

    /// Writes `item` as one record.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if it cannot be serialized and [`ErrorKind::Limit`] if it exceeds a
    /// limit of the configuration: the stream is as if `write` had not been called, and goes on.
    /// [`ErrorKind::Io`] if the file cannot be written; every later call fails then.
    pub fn write<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.put(|writer| writer.write(item))?;
        self.count(RecordKind::Items, Some(1));
        Ok(())
    }

    fn put(&mut self, write: impl FnOnce(&mut Writer<Sink>) -> Result<()>) -> Result<()> {
        self.before_writing()?;
        write(&mut self.writer)?;
        if self.writer.bytes() - self.flushed > self.buffer_size { self.flush() } else { Ok(()) }
    }

    fn count(&mut self, kind: RecordKind, items: Option<u64>) {
        if let Some(sidecar) = &mut self.sidecar {
            sidecar.count(kind, items);
        }
    }

    /// Cuts `input` into chunks of `chunk_size` items and writes each chunk as one record: a
    /// list of items, a map of pairs, rows of a table as the configuration's orient says. Returns
    /// how many chunks there were. To write each item as a record of its own,
    /// [`write`](Self::write) it. The size can be one in bytes, as in
    /// [`serialize_chunked`](crate::serialize_chunked).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if `chunk_size` is 0; what the input fails with, and as
    /// [`write`](Self::write). The chunks before the error are part of the stream.
    ///
    /// # Example
    /// ```
    /// use datason_json::stream_serialize;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("chunks.jsonl");
    /// let mut stream = stream_serialize(&path)?;
    /// assert_eq!(stream.write_chunked(&[1, 2, 3], 2)?, 2);
    /// stream.finish()?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "[1, 2]\n[3]\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_chunked<Input, Way>(
        &mut self,
        input: Input,
        chunk_size: impl IntoChunkSize,
    ) -> Result<u64>
    where
        Input: IntoChunkable<Way>,
    {
        let before = self.items_written();
        let (input, size) = (input.into_chunkable()?, chunk_size.into_chunk_size()?);
        if size.most_bytes() < usize::MAX {
            self.write_chunks_of_bytes(input, size.under(self.memory_limit))?;
        } else {
            let items = NonZeroUsize::new(size.most_records()).unwrap_or(NonZeroUsize::MIN);
            self.write_chunks_of_items(input, items)?;
        }
        Ok(self.items_written() - before)
    }

    fn write_chunks_of_items<C: Chunkable>(&mut self, input: C, size: NonZeroUsize) -> Result<()> {
        let config = self.config.clone();
        for chunk in input.into_chunks(size, &config) {
            let chunk = chunk?;
            self.put(|writer| writer.write(&chunk))?;
            self.count(RecordKind::Chunks, C::items_in(&chunk));
        }
        Ok(())
    }

    fn write_chunks_of_bytes<C: Chunkable>(&mut self, input: C, size: ChunkSize) -> Result<()> {
        let (config, style) = (self.config.clone(), self.style);
        let budget = self.writer.lend_text()?;
        let mut chunker = Chunker::of_records(input, size, config, style, budget);
        let mut text = Vec::new();
        while let Some(items) = chunker.next(None, &mut text) {
            let items = items?;
            self.put(|writer| writer.write_encoded(&text))?;
            self.count(RecordKind::Chunks, items);
        }
        Ok(())
    }

    /// Hands everything written so far to the (still unpublished) file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        self.before_writing()?;
        self.writer.flush()?;
        self.flushed = self.writer.bytes();
        Ok(())
    }

    /// Brings every record written so far to disk, and says what is there. The file stays
    /// unpublished: what is on disk is its beginning, under a temporary name, and
    /// [`finish`](Self::finish) has less to wait for. Of a stream that
    /// [appends](StreamBuilder::append), what this returns is part of the file for good.
    ///
    /// Waits for the disk, so call it every so many records and not for each.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be written or brought to disk; every later call
    /// fails then, since a second `fsync` could succeed with the data lost.
    ///
    /// # Example
    /// ```
    /// use datason_json::stream_serialize;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("items.jsonl");
    /// let mut stream = stream_serialize(&path)?;
    /// stream.write(&1)?;
    /// let so_far = stream.flush_durable()?;
    /// assert_eq!((so_far.records, so_far.bytes, so_far.durable), (1, 2, true));
    /// stream.write(&2)?;
    /// let all = stream.finish()?;
    /// assert_eq!((all.records, all.bytes, all.path), (2, 4, Some(path)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush_durable(&mut self) -> Result<Written> {
        self.before_writing()?;
        let written = self.writer.flush_durable()?;
        self.flushed = self.writer.bytes();
        Ok(written)
    }

    /// The records written so far.
    pub fn items_written(&self) -> u64 {
        self.writer.records()
    }

    /// What stood at the end of a file that is [added to](StreamBuilder::append); `None` for
    /// one that is written anew.
    pub fn tail(&self) -> Option<Tail> {
        self.writer.tail()
    }

    /// The format of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Completes the file and publishes it: it appears, whole and durable, in the place of what
    /// stood there. Returns how much that is.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be written, now or before. Nothing is published
    /// then.
    pub fn finish(mut self) -> Result<Written> {
        self.companion.put_aside()?;
        let Self { writer, companion, sidecar, config, format, .. } = self;
        let written = writer.finish()?;
        let sidecar = sidecar.map(|counted| counted.told(format, &config, written.length));
        companion.settle(sidecar.as_ref().filter(|_| written.durable))?;
        Ok(written)
    }

    /// A file that is added to changes before it is finished.
    fn before_writing(&mut self) -> Result<()> {
        if self.tail().is_some() { self.companion.put_aside() } else { Ok(()) }
    }

    /// Gives up: no file appears, and an older one stays as it was. Dropping does the same.
    pub fn abort(self) {
        drop(self);
    }
}

/// Counts records for a sidecar.
#[derive(Debug)]
struct Counted {
    /// What stood in the file before.
    before: Option<Sidecar>,
    kind: Option<RecordKind>,
    records: u64,
    items: Option<u64>,
}

impl Counted {
    fn new(before: Option<Sidecar>) -> Self {
        let (kind, records, items) = match &before {
            Some(sidecar) if sidecar.records > 0 => {
                (Some(sidecar.kind), sidecar.records, sidecar.items)
            }
            _ => (None, 0, Some(0)),
        };
        Self { before, kind, records, items }
    }

    fn count(&mut self, kind: RecordKind, items: Option<u64>) {
        self.records += 1;
        self.items = self.items.zip(items).map(|(before, more)| before + more);
        self.kind = match self.kind {
            Some(before) if before != kind => Some(RecordKind::Mixed),
            _ => Some(kind),
        };
    }

    fn told(self, format: Format, config: &Config, stored_bytes: u64) -> Sidecar {
        let kind = self.kind.unwrap_or(RecordKind::Items);
        let fresh = Sidecar::of_records(kind, format, config);
        let config = match &self.before {
            Some(before) if before.config != fresh.config => "custom".to_owned(),
            _ => fresh.config.clone(),
        };
        let known = self.before.unwrap_or(fresh);
        Sidecar { kind, records: self.records, items: self.items, config, stored_bytes, ..known }
    }
}
