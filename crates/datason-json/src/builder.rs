//! How to read: options, and the inputs they open.

use std::io::Read;
use std::path::{Path, PathBuf};

use datason_core::{Budget, ByteSize, ChunkSize, Error, ErrorKind, Position, Rejects, Result};
use datason_io::{Compression, Source, SourceOptions};

use crate::codec::{AnyCodec, CodecKind, DEFAULT_MAX_DEPTH};
use crate::format::Format;
use crate::frame::Framer;
use crate::reader::Reader;
use crate::shares::Shares;
use crate::split::Split;

/// Options for reading, and the ways to open an input with them.
///
/// Setters take and return the builder; openers borrow it, so that one builder can open many
/// inputs.
///
/// # Example
/// ```
/// use datason_core::{ChunkSize, Error};
/// use datason_json::{Format, ReaderBuilder};
///
/// let builder = ReaderBuilder::new().pointer("/data").chunk_size(ChunkSize::records(2)?);
/// let mut reader = builder.from_slice(br#"{"data": [1, 2, 3], "rest": null}"#);
/// let sizes: Vec<_> = reader.chunks::<u8>().map(|chunk| Ok(chunk?.data().len())).collect::<Result<_, Error>>()?;
/// assert_eq!(sizes, [2, 1]);
/// assert_eq!(reader.format(), Some(Format::Json));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReaderBuilder {
    pub(crate) format: Option<Format>,
    pub(crate) pointer: Option<String>,
    pub(crate) chunk_size: ChunkSize,
    pub(crate) block_size: usize,
    pub(crate) max_record_size: ByteSize,
    pub(crate) max_depth: usize,
    pub(crate) codec: CodecKind,
    pub(crate) compression: Option<Compression>,
    pub(crate) max_window: Option<ByteSize>,
    pub(crate) rejects: Rejects,
    pub(crate) memory_limit: Option<ByteSize>,
    pub(crate) budget: Option<Budget>,
}

impl ReaderBuilder {
    /// The lowest [memory limit](Self::memory_limit): 3 MiB.
    pub const LEAST_MEMORY: ByteSize = ByteSize::mib(3);

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            format: None,
            pointer: None,
            chunk_size: ChunkSize::DEFAULT,
            block_size: 256 << 10,
            max_record_size: ByteSize::mib(256),
            max_depth: DEFAULT_MAX_DEPTH,
            codec: CodecKind::SimdJson,
            compression: None,
            max_window: None,
            rejects: Rejects::FAIL,
            memory_limit: None,
            budget: None,
        }
    }

    /// How records stand in the text. Default: guessed from the first block and the file's
    /// extension, see [`Format::sniff`].
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Where in a document the array stands whose elements are the records: a JSON pointer
    /// (RFC 6901) such as `/data` or `/items/0/rows`. The empty pointer is the document itself,
    /// and the default. The document around the array is checked too, and streams by.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into()).filter(|pointer| !pointer.is_empty());
        self
    }

    /// How large a chunk grows. Default: 1 MiB of text ([`ChunkSize::DEFAULT`]), counting
    /// records alone and not what separates them. A chunk holds 16 bytes a record beside its
    /// text, and up to 64 bytes of what separates two. [`ChunkSize::Auto`] goes by the
    /// [memory limit](Self::memory_limit).
    #[must_use]
    pub fn chunk_size(mut self, size: ChunkSize) -> Self {
        self.chunk_size = size;
        self
    }

    /// How much is read at a time. Default: 256 KiB, which stays in the second-level cache of
    /// today's processors; larger blocks read slower. At least 1 byte.
    #[must_use]
    pub fn block_size(mut self, size: ByteSize) -> Self {
        self.block_size = usize::try_from(size.as_u64()).unwrap_or(usize::MAX).max(1);
        self
    }

    /// How large a record may be. Default: 256 MiB. A larger one is
    /// [`ErrorKind::Limit`] with its place, and reading goes on behind it. The reader never
    /// holds more than this and a block.
    #[must_use]
    pub fn max_record_size(mut self, size: ByteSize) -> Self {
        self.max_record_size = size;
        self
    }

    /// How many levels of nesting a record may have. Default: 128; at most
    /// [`MAX_DEPTH_CEILING`](crate::codec::MAX_DEPTH_CEILING). A deeper one is
    /// [`ErrorKind::Limit`].
    #[must_use]
    pub fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels;
        self
    }

    /// Which parser decodes the records. Default: [`CodecKind::SimdJson`]. The result does not
    /// depend on it, the speed does.
    #[must_use]
    pub fn codec(mut self, codec: CodecKind) -> Self {
        self.codec = codec;
        self
    }

    /// How the input is compressed. Default: found out by its first bytes.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// How large a window zstd data may ask for: memory that decompressing takes beside
    /// everything else. Default: that of [`SourceOptions::max_window`]. Data that asks for more
    /// is [`ErrorKind::Limit`].
    #[must_use]
    pub fn max_window(mut self, size: ByteSize) -> Self {
        self.max_window = Some(size);
        self
    }

    /// The most memory that a reader may take, at least [`LEAST_MEMORY`](Self::LEAST_MEMORY).
    /// Default: none.
    ///
    /// The limit is shared out when an input is opened, so that nothing later depends on how the
    /// input is cut: a third of what is left is for the longest record (a fifth of the limit, less
    /// under zstd), a thirty-second is for the chunk, a quarter for a zstd window and as much for
    /// blocks and codecs. The other options hold as well where they ask for less.
    ///
    /// - A record that does not fit is [`ErrorKind::Limit`] with its place, before room is made for
    ///   it, and reading goes on behind it: bad like any other, for [`on_error`](Self::on_error).
    /// - A chunk ends before it would not fit, 80 bytes counted for each record beside its text.
    /// - zstd data that asks for more than its share is [`ErrorKind::Limit`], at the first byte.
    ///
    /// Counted is what the reader itself holds: its window, the places of records, one [`RawChunk`]
    /// or [`Pieces`](crate::Pieces) given back to be filled again, decompressors, the buffers of its
    /// codec. **Not counted** is what is handed out or is the caller's: decoded rows, chunks that
    /// are kept, what [`Rejects`] keep; the size of rows is for
    /// [`Footprint`](datason_memory::Footprint) to say.
    ///
    /// [`RawChunk`]: datason_core::RawChunk
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ErrorKind};
    /// use datason_json::ReaderBuilder;
    ///
    /// let text = format!("1\n\"{}\"\n3\n", "x".repeat(2 << 20));
    /// let builder = ReaderBuilder::new().memory_limit(ByteSize::mib(4));
    /// let mut reader = builder.from_reader(text.as_bytes())?;
    /// assert_eq!(reader.next_row::<u8>()?, Some(1));
    /// let error = reader.next_row::<String>().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Limit);
    /// assert_eq!(error.position().map(|place| place.line()), Some(2));
    /// assert_eq!(reader.next_row::<u8>()?, Some(3));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn memory_limit(mut self, limit: ByteSize) -> Self {
        self.memory_limit = Some(limit);
        self
    }

    /// As [`memory_limit`](Self::memory_limit), out of a budget that many share, such as readers
    /// on several threads. Each takes the shares of the whole, or of the memory limit if one is set
    /// too, and what does not fit beside the
    /// others is refused: at the call for what a reader holds all the time, and with a fatal
    /// [`ErrorKind::Limit`] where a window has to grow.
    ///
    /// # Example
    /// ```
    /// use datason_core::{Budget, ByteSize};
    /// use datason_json::ReaderBuilder;
    ///
    /// let budget = Budget::new(ByteSize::mib(8));
    /// let builder = ReaderBuilder::new().budget(&budget);
    /// let one = builder.from_reader(b"1\n".as_slice())?;
    /// let other = builder.from_reader(b"2\n".as_slice())?;
    /// assert!(builder.from_reader(b"3\n".as_slice()).is_err());
    /// drop(one);
    /// assert!(builder.from_reader(b"3\n".as_slice()).is_ok());
    /// # drop(other);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn budget(mut self, budget: &Budget) -> Self {
        self.budget = Some(budget.clone());
        self
    }

    /// What becomes of bad records: an [`OnError`](datason_core::OnError), or [`Rejects`] that
    /// say where they go and how many there may be. Default: each is an error, behind which
    /// reading goes on.
    ///
    /// Under the other policies a reader passes them over: those too large wherever records are
    /// read, those that cannot be decoded wherever it decodes. What it only frames
    /// ([`next_record`](Reader::next_record), [`read_chunk`](Reader::read_chunk)) is for the
    /// caller to judge, and to hand to [`Reader::rejects`]. A break in the text around the
    /// records stays an error, and so does a failing source.
    ///
    /// All readers that this builder and its clones open share the counts.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ErrorKind, MaxErrors, Rejects};
    /// use datason_json::ReaderBuilder;
    ///
    /// let text = b"1\n[2\n3\nfour\n5\n";
    /// let rejects = Rejects::in_memory(ByteSize::kib(64));
    /// let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(text);
    /// let rows: Vec<u8> = reader.rows().collect::<Result<_, _>>()?;
    /// assert_eq!(rows, [1, 3, 5]);
    /// let found: Vec<_> = rejects.kept().iter().map(|bad| (bad.line, bad.byte)).collect();
    /// assert_eq!(found, [(2, 2), (4, 7)]);
    ///
    /// let at_most_one = Rejects::skip().max_errors(MaxErrors::count(1));
    /// let mut reader = ReaderBuilder::new().on_error(at_most_one).from_slice(text);
    /// let outcome: Result<Vec<u8>, _> = reader.rows().collect();
    /// assert_eq!(outcome.unwrap_err().kind(), ErrorKind::TooManyErrors);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn on_error(mut self, policy: impl Into<Rejects>) -> Self {
        self.rejects = policy.into();
        self
    }

    /// What decides which records there are and which of them are bad: a key and its value a line,
    /// in a form that does not change from build to build. For the settings of
    /// [`Checkpoints`](crate::Checkpoints). The codec, blocks, chunks and policies are not in it:
    /// they change nothing, but that compressed output with notes is cut where chunks end.
    ///
    /// # Example
    /// ```
    /// use datason_json::{CodecKind, ReaderBuilder};
    ///
    /// let plain = ReaderBuilder::new();
    /// assert_eq!(plain.identity(), plain.clone().codec(CodecKind::SerdeJson).identity());
    /// assert_ne!(plain.identity(), plain.clone().max_depth(20).identity());
    /// ```
    pub fn identity(&self) -> String {
        let format = self.format.map_or("by content", Format::name);
        let pointer = self.pointer.as_deref().unwrap_or_default();
        let (depth, record) = (self.max_depth, self.max_record_size.as_u64());
        let memory = self.memory_limit.map_or(0, |limit| limit.as_u64());
        format!(
            "format={format}\ndepth={depth}\nrecord={record}\nmemory={memory}\npointer={pointer}"
        )
    }

    /// Opens the file at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be opened or is a directory, [`ErrorKind::Argument`] for
    /// options that contradict each other, [`ErrorKind::Unsupported`] for a compression that is
    /// known but not read. Those of the file name the path.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Reader<Source>> {
        let path = path.as_ref();
        let codec = self.new_codec()?;
        let source = Source::open(path, &self.source_options())?;
        let path = Some(path.to_owned());
        self.clone().read_source(source, path, Position::START, codec)
    }

    /// Reads the rest of a file, from the place of a record on that an earlier reader has told
    /// as its [`position`](Reader::position). Uncompressed lines are read from there; anything
    /// else is read from its start, and the records before are passed over, which is as fast as
    /// they can be told apart.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`ErrorKind::Data`] if the file has not as many records.
    pub fn open_at(&self, path: impl AsRef<Path>, start: Position) -> Result<Reader<Source>> {
        let path = path.as_ref();
        let mut reader = self.open(path)?;
        if start == Position::START {
            return Ok(reader);
        }
        let is_lines = reader.sniffed_format()? == Format::Jsonl;
        match reader.get_ref().raw_len() {
            Some(length) if is_lines && reader.get_ref().compression() == Compression::None => {
                let options = self.clone().format(Format::Jsonl);
                let codec = options.new_codec()?;
                if start.byte() > length {
                    let message = format!("byte {} of a file of {length} bytes", start.byte());
                    return Err(Error::new(ErrorKind::Data, message).in_file(path).fatal());
                }
                let range = start.byte()..length;
                let source = Source::open_range(path, range, &self.source_options())?;
                options.read_source(source, Some(path.to_owned()), start, codec)
            }
            _ => {
                reader.pass_over(start.record())?;
                Ok(reader)
            }
        }
    }

    /// Reads standard input.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn stdin(&self) -> Result<Reader<Source>> {
        let codec = self.new_codec()?;
        let source = Source::stdin(&self.source_options())?;
        self.clone().read_source(source, None, Position::START, codec)
    }

    /// Reads a piece of a file.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`ErrorKind::Data`] if the file has not the size that it
    /// had when the piece was planned.
    pub fn open_split(&self, split: &Split) -> Result<Reader<Source>> {
        let mut options = self.clone().format(split.format());
        options.pointer = split.pointer().map(str::to_owned);
        let codec = options.new_codec()?;
        let source = split.open_source(&self.source_options())?;
        let path = Some(split.path().to_owned());
        options.read_source(source, path, split.start(), codec)
    }

    fn read_source(
        self,
        source: Source,
        path: Option<PathBuf>,
        start: Position,
        codec: AnyCodec,
    ) -> Result<Reader<Source>> {
        let compression = source.compression();
        let is_plain_file = source.is_rewindable() && compression == Compression::None;
        let reader = Reader::new(source, path, start, codec, self, compression)?;
        Ok(if is_plain_file { reader.of_plain_file() } else { reader })
    }

    /// Reads `input`, which must be uncompressed.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for options that contradict each other.
    pub fn from_reader<R: Read>(&self, input: R) -> Result<Reader<R>> {
        let codec = self.new_codec()?;
        Reader::new(input, None, Position::START, codec, self.clone(), Compression::None)
    }

    /// Reads text that is in memory already.
    ///
    /// # Panics
    /// If the options contradict each other, or a [budget](Self::budget) has no room for another
    /// reader: [`from_reader`](Self::from_reader) returns that as an error.
    pub fn from_slice<'a>(&self, text: &'a [u8]) -> Reader<&'a [u8]> {
        self.from_reader(text).expect("options that do not contradict each other")
    }

    /// A codec as the readers have that these options open, its limit on memory included, for
    /// records that are decoded elsewhere.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for options that contradict each other.
    pub fn new_codec(&self) -> Result<AnyCodec> {
        self.check_pointer()?;
        let mut codec = AnyCodec::new(self.codec, self.max_depth)?;
        if let Some(limit) = self.checked_memory_limit()? {
            codec.limit_records(Shares::of(limit, Compression::None).codec_record);
        }
        Ok(codec)
    }

    /// The limit on memory, if there is one.
    pub(crate) fn checked_memory_limit(&self) -> Result<Option<ByteSize>> {
        let whole = self.budget.as_ref().map(Budget::limit);
        let limit = whole.into_iter().chain(self.memory_limit).min();
        let Some(limit) = limit else { return Ok(None) };
        if limit < Self::LEAST_MEMORY {
            let message =
                format!("a memory limit of {limit}; a reader takes {}", Self::LEAST_MEMORY);
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(Some(limit))
    }

    /// What the reader's window may hold: a record, and enough to guess the format by.
    pub(crate) fn window_limit(&self) -> usize {
        let record = usize::try_from(self.max_record_size.as_u64()).unwrap_or(usize::MAX);
        record.saturating_add(self.block_size).max(2 * Format::SNIFFED_BYTES)
    }

    pub(crate) fn open_source(&self, path: &Path) -> Result<Source> {
        Source::open(path, &self.source_options())
    }

    /// A reader of all of the file at `path`, which `input` gives.
    pub(crate) fn reader_of<R: Read>(&self, input: R, path: &Path) -> Result<Reader<R>> {
        let codec = self.new_codec()?;
        let path = Some(path.to_owned());
        Reader::new(input, path, Position::START, codec, self.clone(), Compression::None)
    }

    fn source_options(&self) -> SourceOptions {
        let mut options = SourceOptions::new();
        options.compression = self.compression.or(options.compression);
        options.max_window = self.max_window.unwrap_or(options.max_window);
        if let Some(limit) = self.budget.as_ref().map(Budget::limit).or(self.memory_limit) {
            options.max_window = options.max_window.min(Shares::zstd_window(limit));
        }
        options
    }

    fn check_pointer(&self) -> Result<()> {
        let Some(pointer) = &self.pointer else { return Ok(()) };
        if let Some(format) = self.format.filter(|format| *format != Format::Json) {
            let message =
                format!("a pointer (`{pointer}`) leads into a document, not into {format}");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Framer::pointer(pointer, self.max_depth).map(drop)
    }
}

impl Default for ReaderBuilder {
    fn default() -> Self {
        Self::new()
    }
}
