//! Inputs in memory, or out of an iterator, serialized in chunks.

mod chunker;
mod encoder;
mod metadata;
mod save;
mod text;
mod texts;

use std::fmt;

use datason_core::config::NanHandling;
use datason_core::{
    ByteSize, ChunkSize, Chunkable, Config, Error, ErrorKind, IntoChunkSize, IntoChunkable, Result,
    Strategy, Value,
};
use datason_io::Compression;

pub(crate) use self::chunker::Chunker;
use self::chunker::items_at_first;
pub(crate) use self::encoder::Budget as TextBudget;
use self::encoder::{Budget, ChunkEncoder};
pub use self::metadata::Metadata;
pub use self::save::Saved;
pub use self::text::ChunkText;
pub use self::texts::ChunkTexts;
use crate::ser::TextStyle;

/// Items a chunk where nobody says otherwise: the default of the feature document.
pub const DEFAULT_CHUNK_SIZE: usize = 1_000;

/// Cuts `input` into chunks of `chunk_size` items and serializes them one at a time, when they
/// are asked for.
///
/// Instead of a number of items, `chunk_size` can be a [`ChunkSize`]: in bytes, or
/// [`ChunkSize::Auto`]. Then as many items make a chunk as have so much text, whatever each of them
/// takes; a chunk is longer only if it is one item, and less than half as long only where the next
/// item does not fit, or at the end.
///
/// What an input can be, and how it is cut, is said at [`Chunkable`]: slices, vectors, tuples,
/// maps, `Value`s, iterators of unknown length ([`Items`](datason_core::chunkable::Items)), any
/// other value in a [`Single`](datason_core::chunkable::Single). With `datason-arrow` also record
/// batches, streams of them, and n-d arrays, as they are: [`IntoChunkable`] is what lets them
/// in, and the parameter `Way` is found by the compiler. Nothing is copied at the call.
///
/// [`ChunkedBuilder`] does the same with a configuration, a style or a memory limit.
///
/// # Errors
/// [`ErrorKind::Argument`] if `chunk_size` is 0, and what the input itself is refused for.
///
/// # Example
/// ```
/// use datason_core::chunkable::Items;
/// use datason_json::serialize_chunked;
///
/// let numbers: Vec<u32> = (0..25).collect();
/// let result = serialize_chunked(&numbers, 10)?;
/// assert_eq!(result.metadata().total_chunks, Some(3));
/// for chunk in result.chunks() {
///     assert!(chunk?.deserialize::<Vec<u32>>()?.len() <= 10);
/// }
///
/// // Nobody need know how long an iterator is; one chunk of it is in memory at a time.
/// let endless = serialize_chunked(Items::of(0_u64..), 3)?;
/// assert_eq!(endless.into_chunks().nth(2).unwrap()?.as_str(), "[6, 7, 8]");
///
/// // Chunks of a mebibyte of text, whatever the items are.
/// let texts = vec!["x".repeat(1_000); 2_500];
/// let lengths: Vec<_> = serialize_chunked(&texts, datason_core::ChunkSize::Auto)?
///     .chunks()
///     .map(|chunk| Ok(chunk?.as_bytes().len()))
///     .collect::<Result<_, datason_core::Error>>()?;
/// assert!(lengths.len() <= 4 && lengths.iter().all(|length| *length <= 1 << 20));
/// # Ok::<(), datason_core::Error>(())
/// ```
pub fn serialize_chunked<Input, Way>(
    input: Input,
    chunk_size: impl IntoChunkSize,
) -> Result<ChunkedSerialization<Input::Chunkable>>
where
    Input: IntoChunkable<Way>,
{
    ChunkedBuilder::new().serialize(input, chunk_size)
}

/// Options for serializing in chunks.
///
/// # Example
/// ```
/// use datason_core::{ByteSize, Config, ErrorKind};
/// use datason_json::{ChunkedBuilder, TextStyle};
///
/// let builder = ChunkedBuilder::new()
///     .config(Config::api())
///     .style(TextStyle::Compact)
///     .memory_limit(ByteSize::mib(1));
/// let values = serde_json::json!([{"b": 1, "a": "é"}, {"c": null}]);
/// let chunk = builder.serialize(&values, 10)?.chunks().next().unwrap()?;
/// assert_eq!(chunk.as_str(), r#"[{"a":"\u00e9","b":1},{"c":null}]"#);
///
/// let long = "x".repeat(500_000);
/// let error = builder.serialize(&[&long, &long], 2)?.chunks().next().unwrap().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Limit);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChunkedBuilder {
    config: Config,
    style: Option<TextStyle>,
    memory_limit: Option<ByteSize>,
    compression: Option<Compression>,
    any_extension: bool,
    sidecar: bool,
}

impl ChunkedBuilder {
    /// What writing holds beside the text of a chunk. The state of a compressor comes on top:
    /// see [`SinkOptions`](datason_io::SinkOptions).
    pub const BUFFERS: ByteSize = ByteSize::kib(128);

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            config: Config::DEFAULT,
            style: None,
            memory_limit: None,
            compression: None,
            any_extension: false,
            sidecar: false,
        }
    }

    /// What values mean. Default: [`Config::DEFAULT`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// How the text looks. Default: as the original has it, [`TextStyle::Python`] for single
    /// chunks and lines, and [`TextStyle::PRETTY`] for a saved JSON document.
    #[must_use]
    pub fn style(mut self, style: TextStyle) -> Self {
        self.style = Some(style);
        self
    }

    /// The most memory that serializing may take: the text of one chunk and 128 KiB of
    /// [buffers](Self::BUFFERS). Default: none.
    ///
    /// A chunk that does not fit is [`ErrorKind::Limit`], noticed before room for its text is made:
    /// encoding stops where the room for a chunk like the one before is used up, and only then is
    /// the chunk measured, which costs as much again. What the caller
    /// holds is not counted: the input, the items of one chunk of an iterator, the chunks
    /// already yielded. With sorted keys half of the limit is kept for sorting, which is enough
    /// unless one map has very many very small entries.
    #[must_use]
    pub fn memory_limit(mut self, limit: ByteSize) -> Self {
        self.memory_limit = Some(limit);
        self
    }

    /// How saved files are compressed. Default: as the target's extension says.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Whether a file may be saved under a name whose extension says another format.
    /// Default: `false`.
    #[must_use]
    pub fn any_extension(mut self, yes: bool) -> Self {
        self.any_extension = yes;
        self
    }

    /// Whether a saved file gets a [`Sidecar`](crate::Sidecar) that keeps totals, columns and
    /// their types, which lines cannot say themselves. Default: `false`.
    #[must_use]
    pub fn sidecar(mut self, yes: bool) -> Self {
        self.sidecar = yes;
        self
    }

    /// Cuts `input` into chunks of `chunk_size` items: see [`serialize_chunked`].
    ///
    /// # Errors
    /// What can be known before anything is serialized: [`ErrorKind::Argument`] if `chunk_size`
    /// is 0 or the memory limit is less than twice the buffers, [`ErrorKind::Limit`] if a chunk
    /// has so many items that it cannot fit into the memory limit whatever they are; and what
    /// the input itself is refused for, such as batches of different schemas.
    pub fn serialize<Input, Way>(
        &self,
        input: Input,
        chunk_size: impl IntoChunkSize,
    ) -> Result<ChunkedSerialization<Input::Chunkable>>
    where
        Input: IntoChunkable<Way>,
    {
        self.cut(input.into_chunkable()?, chunk_size.into_chunk_size()?)
    }

    fn cut<C: Chunkable>(&self, input: C, size: ChunkSize) -> Result<ChunkedSerialization<C>> {
        let size = size.under(self.memory_limit);
        let metadata = Metadata::new(input.describe(), size);
        let budget = self.budget()?;
        if let Some(budget) = budget {
            self.check_least_text(&metadata, budget)?;
        }
        Ok(ChunkedSerialization { input, size, metadata, builder: self.clone(), budget })
    }

    fn budget(&self) -> Result<Option<Budget>> {
        let Some(limit) = self.memory_limit else { return Ok(None) };
        let buffers = Self::BUFFERS.as_u64();
        if limit.as_u64() < 2 * buffers {
            let message = format!(
                "a memory limit of {limit} is too low: buffers take {}, and a chunk needs room too",
                Self::BUFFERS
            );
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let shares = if self.config.sort_keys { 2 } else { 1 };
        let text = (limit.as_u64() - buffers) / shares;
        Ok(Some(Budget { limit, text: usize::try_from(text).unwrap_or(usize::MAX) }))
    }

    /// Refuses chunks that are too large even if every item is a single digit.
    fn check_least_text(&self, metadata: &Metadata, budget: Budget) -> Result<()> {
        let least_item = match metadata.chunking_strategy {
            _ if self.config.nan_handling == NanHandling::Drop => 0,
            Strategy::Sequence => "1,".len() as u64,
            Strategy::DictItems => "\"\":1,".len() as u64,
            _ => 0,
        };
        let least = metadata.items_of(0).unwrap_or(0).saturating_mul(least_item);
        if least <= budget.text as u64 {
            return Ok(());
        }
        let (size, limit) = (metadata.items_of(0).unwrap_or(0), budget.limit);
        let message = format!(
            "chunks of {size} items take at least {} of text each, above the memory limit of {limit}",
            ByteSize(least)
        );
        Err(Error::new(ErrorKind::Limit, message))
    }
}

impl Default for ChunkedBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// An input with the way to serialize it in chunks; what [`serialize_chunked`] returns, and the
/// feature document calls `ChunkedSerializationResult`.
///
/// Nothing has been serialized yet. An input that can be cut again (anything given by reference,
/// and iterators that are [`Clone`]) can be gone through any number of times; any other is used
/// up by [`into_chunks`](Self::into_chunks) or [`save_to_file`](Self::save_to_file), which take
/// `self`, so that reading a spent input is an error of the compiler.
#[derive(Clone)]
#[must_use = "nothing is serialized before the chunks are asked for"]
pub struct ChunkedSerialization<C> {
    input: C,
    size: ChunkSize,
    metadata: Metadata,
    builder: ChunkedBuilder,
    budget: Option<Budget>,
}

impl<C: Chunkable> ChunkedSerialization<C> {
    /// What is known of the input: how it is cut, and how much of it there is.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The chunks from the first on, each serialized when it is asked for.
    pub fn chunks(&self) -> ChunkTexts<C>
    where
        C: Clone,
    {
        self.clone().into_chunks()
    }

    /// The chunks, using up the input.
    pub fn into_chunks(self) -> ChunkTexts<C> {
        let Self { input, size, metadata, builder, budget } = self;
        let style = builder.style.unwrap_or_default();
        let encoder = ChunkEncoder::new(builder.config, style, 0, budget);
        ChunkTexts::new(Chunker::new(input, size, encoder), metadata)
    }

    /// The chunks themselves, cut but not serialized: slices of a slice, pairs of a map, and of
    /// tables and n-d arrays what lends record batches and array slices.
    ///
    /// Of a size in bytes, which only their text shows, each has 64 items.
    ///
    /// # Example
    /// ```
    /// use datason_json::serialize_chunked;
    ///
    /// let result = serialize_chunked(&[1, 2, 3], 2)?;
    /// let pieces: Vec<&[i32]> = result.pieces().collect::<Result<_, _>>()?;
    /// assert_eq!(pieces, [&[1, 2][..], &[3]]);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn pieces(&self) -> C::Chunks
    where
        C: Clone,
    {
        self.input.clone().into_chunks(items_at_first(self.size), &self.builder.config)
    }

    /// As [`pieces`](Self::pieces), using up the input.
    pub fn into_pieces(self) -> C::Chunks {
        self.input.into_chunks(items_at_first(self.size), &self.builder.config)
    }

    /// All chunks as values, for inputs that are known to be small: the memory limit holds for
    /// each chunk, not for all.
    ///
    /// # Errors
    /// As the chunks, and [`ErrorKind::Syntax`] where the configuration
    /// [keeps](NanHandling::Keep) what is not JSON.
    ///
    /// # Example
    /// ```
    /// use datason_core::Value;
    /// use datason_json::serialize_chunked;
    ///
    /// let result = serialize_chunked(&[1, 2, 3], 2)?;
    /// assert_eq!(result.to_list()?, [Value::from(vec![1, 2]), Value::from(vec![3])]);
    /// assert_eq!(result.to_list()?.len(), 2, "a second time the same");
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn to_list(&self) -> Result<Vec<Value>>
    where
        C: Clone,
    {
        self.clone().into_list()
    }

    /// As [`to_list`](Self::to_list), using up the input.
    ///
    /// # Errors
    /// As [`to_list`](Self::to_list).
    pub fn into_list(self) -> Result<Vec<Value>> {
        self.into_chunks().map(|chunk| chunk?.to_value()).collect()
    }
}

impl<C: Chunkable> IntoIterator for ChunkedSerialization<C> {
    type Item = Result<ChunkText>;
    type IntoIter = ChunkTexts<C>;

    fn into_iter(self) -> ChunkTexts<C> {
        self.into_chunks()
    }
}

impl<C> fmt::Debug for ChunkedSerialization<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkedSerialization")
            .field("metadata", &self.metadata)
            .field("builder", &self.builder)
            .finish_non_exhaustive()
    }
}
