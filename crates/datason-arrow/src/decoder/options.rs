//! What to decode, and what to do with records that do not fit.

use std::io::Read;

use arrow_schema::SchemaRef;
use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, Result};
use datason_json::codec::DEFAULT_MAX_DEPTH;
use datason_json::{Framer, Reader};
use datason_scan::Kernel;

use super::Decoder;
use super::cost::ColumnLimit;
use super::engine::Engine;
use crate::batches::{Batches, ParallelBatches};

/// What becomes of a value that does not fit its column: a string where a number should be, an
/// integer out of range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnMismatch {
    /// The record is an error. The default.
    #[default]
    Error,
    /// The value is null, and [counted](super::Replaced). Where the column allows no nulls, the
    /// record is an error.
    Null,
}

/// What becomes of a member that the schema does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnExtra {
    /// The record is an error. The default: nothing is lost silently.
    #[default]
    Error,
    /// It is checked as strictly as if it were kept, and left out.
    Skip,
    /// It goes to a column of its own, the last one: see [`ColumnOptions::extra_column`]. Nothing
    /// is lost, and a record with keys that nobody knew of is a row like any other.
    Keep,
}

/// What becomes of a member that an object has twice. Members that the schema does not have are
/// not watched; if they are [kept](OnExtra::Keep), they are kept twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnDuplicate {
    /// The record is an error. The default.
    #[default]
    Error,
    /// The first one counts.
    First,
    /// The last one counts, as in most readers of JSON.
    Last,
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinaryText {
    /// The alphabet of RFC 4648 section 4, with padding.
    Base64,
    /// Two digits a byte, in either case.
    Hex,
}

impl BinaryText {
    /// The name as it stands in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hexadecimal digits",
        }
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordShape {
    /// An object whose members are the columns. The default.
    #[default]
    Object,
    /// The value of the only column: `[0.5,0.25]`, or `7`.
    Value,
}

/// The options that columns themselves need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) mismatch: OnMismatch,
    pub(crate) extra: OnExtra,
    pub(crate) duplicate: OnDuplicate,
    pub(crate) binary: Option<BinaryText>,
}

impl Rules {
    pub(crate) fn replaces_mismatches(&self) -> bool {
        self.mismatch == OnMismatch::Null
    }
}

/// How records become columns: a schema, and what to do with what does not fit it.
///
/// Setters take and return the options; terminals borrow them, so that they serve many inputs.
/// Everything is checked as strictly as [`datason_json::codec`] does, columns that are kept and
/// members that are not.
///
/// | type | what it takes |
/// |---|---|
/// | integers | a number without fraction and exponent, in range; not `-0` |
/// | `Float32`, `Float64` | any number in range, rounded once, ties to even |
/// | `Decimal128`, `Decimal256` | a number, or a string that holds one, that needs no rounding |
/// | `Utf8`, `LargeUtf8`, dictionaries of them, `Utf8View` | a string |
/// | a string column marked `arrow.json` (`ARROW:extension:name`) | any value, as its text |
/// | `Binary`, `LargeBinary`, `FixedSizeBinary` | a string, see [`binary`](Self::binary) |
/// | `Date32`, `Date64` | `"2024-02-29"`, or the number Arrow keeps |
/// | `Time32`, `Time64` | `"12:30:59.5"`, or the number |
/// | `Timestamp` with a zone | a date and time with an offset from UTC, or the number |
/// | `Timestamp` without | a date and time, or the number; with an offset the column holds UTC |
/// | `Duration` | the number |
/// | lists, `Struct` | an array, an object |
/// | `Map` | an object, its members in order |
/// | `Boolean`, `Null` | `true` and `false`, nothing but `null` |
///
/// The arrays of a batch own their memory, and are all that is left of the text: the reader's
/// buffers are used again. Views (`Utf8View`) hold up to twelve bytes themselves and point at
/// buffers of their column for longer strings; such a buffer is freed with the last array, slice
/// or copy of a view that shares it, so that one small slice keeps all long strings of its batch.
///
/// A time with more digits than the column's unit holds does not fit, since nothing is rounded
/// away.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::cast::AsArray;
/// use arrow_array::types::Int64Type;
/// use arrow_schema::{DataType, Field, Schema};
/// use datason_arrow::ColumnOptions;
/// use datason_json::ReaderBuilder;
///
/// let schema = Arc::new(Schema::new(vec![
///     Field::new("id", DataType::Int64, false),
///     Field::new("name", DataType::Utf8, true),
/// ]));
/// let reader = ReaderBuilder::new().from_slice(b"{\"id\":1,\"name\":\"ann\"}\n{\"id\":2}\n");
/// let mut ids = Vec::new();
/// for batch in ColumnOptions::new(schema).batches(reader)? {
///     let batch = batch?.into_data();
///     ids.extend_from_slice(batch["id"].as_primitive::<Int64Type>().values());
/// }
/// assert_eq!(ids, [1, 2]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ColumnOptions {
    pub(crate) schema: SchemaRef,
    pub(crate) selected: Option<Vec<String>>,
    pub(crate) rules: Rules,
    pub(crate) extra_column: String,
    pub(crate) shape: RecordShape,
    pub(crate) max_depth: usize,
    pub(crate) kernel: Kernel,
    pub(crate) by_column: bool,
    pub(crate) chunk_size: ChunkSize,
    pub(crate) max_record_size: ByteSize,
    pub(crate) memory_limit: Option<ByteSize>,
}

/// As many threads decode at most, without a limit on memory. Where a system has no room for more, some
/// end the process, and no machine gains by them.
const MOST_THREADS: usize = 1 << 10;

impl ColumnOptions {
    /// The column for extra members, unless it is [named](Self::extra_column).
    pub const EXTRA_COLUMN: &str = "_extra";

    /// The defaults, for records of `schema`.
    pub fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            selected: None,
            rules: Rules::default(),
            extra_column: Self::EXTRA_COLUMN.to_owned(),
            shape: RecordShape::Object,
            max_depth: DEFAULT_MAX_DEPTH,
            kernel: Kernel::active(),
            by_column: true,
            chunk_size: ChunkSize::DEFAULT,
            max_record_size: ByteSize::mib(256),
            memory_limit: None,
        }
    }

    /// The columns to keep, by name; the batches have them in the schema's order. Default: all.
    /// Of the members left out it is checked that they are JSON, and that the schema has them; not that
    /// their values fit.
    #[must_use]
    pub fn select(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.selected = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// What becomes of a value that does not fit. Default: [`OnMismatch::Error`].
    #[must_use]
    pub const fn on_mismatch(mut self, policy: OnMismatch) -> Self {
        self.rules.mismatch = policy;
        self
    }

    /// What becomes of a member the schema does not have. Default: [`OnExtra::Error`].
    #[must_use]
    pub const fn on_extra(mut self, policy: OnExtra) -> Self {
        self.rules.extra = policy;
        self
    }

    /// The name of the column that [`OnExtra::Keep`] adds behind the others: nullable `Utf8`,
    /// marked `arrow.json`. Default: [`EXTRA_COLUMN`](Self::EXTRA_COLUMN).
    ///
    /// Where a record has members that the schema does not have, the column holds a JSON object of
    /// them, else null. Keys and values are the bytes of the record, in its order, also if a key
    /// comes twice. A member of an object inside the record has as its key a JSON pointer
    /// (`/user/nick`, `/items/0/sku`), and so has a member of the record itself whose key begins
    /// with a slash (`/~1x`): so a key is a pointer if and only if it begins with one.
    ///
    /// Pointers take room: where they make the object many times as long as its record (eight times
    /// or more, by the depth of the schema), the record is [`ErrorKind::Limit`].
    ///
    /// What is known and not [selected](Self::select) is no extra member, nor is anything inside
    /// it. What a value had that became null ([`OnMismatch::Null`]) or that does not count
    /// ([`OnDuplicate`]) goes with it.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_array::{Array, cast::AsArray};
    /// use arrow_schema::{DataType, Field, Schema};
    /// use datason_arrow::{ColumnOptions, OnExtra};
    /// use datason_json::ReaderBuilder;
    ///
    /// let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    /// let options = ColumnOptions::new(schema).on_extra(OnExtra::Keep).extra_column("rest");
    /// let text = b"{\"new\": 1.50, \"id\": 1}\n{\"id\": 2}\n";
    /// let batch = options.batches(ReaderBuilder::new().from_slice(text))?.next().unwrap()?;
    /// let rest = batch.data()["rest"].as_string::<i32>();
    /// assert_eq!(rest.value(0), r#"{"new":1.50}"#);
    /// assert!(rest.is_null(1));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn extra_column(mut self, name: impl Into<String>) -> Self {
        self.extra_column = name.into();
        self
    }

    /// What becomes of a member that comes twice. Default: [`OnDuplicate::Error`].
    #[must_use]
    pub const fn on_duplicate(mut self, policy: OnDuplicate) -> Self {
        self.rules.duplicate = policy;
        self
    }

    /// How bytes are written as text. Default: not said, and then a schema with columns of
    /// bytes is refused.
    #[must_use]
    pub const fn binary(mut self, form: BinaryText) -> Self {
        self.rules.binary = Some(form);
        self
    }

    /// What a record is. Default: [`RecordShape::Object`].
    #[must_use]
    pub const fn shape(mut self, shape: RecordShape) -> Self {
        self.shape = shape;
        self
    }

    /// How many levels of nesting a record may have. Default: 128; at most
    /// [`MAX_DEPTH_CEILING`](datason_json::codec::MAX_DEPTH_CEILING). A deeper one is
    /// [`ErrorKind::Limit`].
    #[must_use]
    pub const fn max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels;
        self
    }

    /// How much text a [`Decoder`] gathers for a batch. Default: 1 MiB
    /// ([`ChunkSize::DEFAULT`]). Batches out of a [`Reader`] follow the reader's own setting.
    #[must_use]
    pub const fn chunk_size(mut self, size: ChunkSize) -> Self {
        self.chunk_size = size;
        self
    }

    /// How large a record may be that a [`Decoder`] is fed. Default: 256 MiB. A larger one is
    /// [`ErrorKind::Limit`]. A [`Reader`] has its own setting.
    #[must_use]
    pub const fn max_record_size(mut self, size: ByteSize) -> Self {
        self.max_record_size = size;
        self
    }

    /// The most memory that decoding the records of a [`Reader`] may take: the columns while they
    /// grow, the chunks that threads have read, and the batches that wait to be taken. Default:
    /// none.
    ///
    /// Shared out by what records take at most, which the schema tells: each row takes room in every
    /// column, and each byte of text so many in lists. A batch ends before it would cost more than a
    /// sixty-fourth of the limit, the room that its buffers need to grow apart. A record that costs
    /// more than a sixteenth by itself is [`ErrorKind::Limit`] with its place, before room is made
    /// for it, and bad like any other for [`on_error`]. Several threads decode as many chunks at a
    /// time as fit, and no more than eight threads do, or fewer if there are thousands of columns;
    /// the batches do not depend on it.
    ///
    /// Not counted is what columns take before there are any rows, about 2 KiB each in each thread
    /// (a schema for which that is more than four times the limit is refused), nor what the reader
    /// holds, which has a [limit](datason_json::ReaderBuilder::memory_limit)
    /// of its own, and a batch when it has been handed out.
    ///
    /// [`on_error`]: datason_json::ReaderBuilder::on_error
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_schema::{DataType, Field, Schema};
    /// use datason_arrow::ColumnOptions;
    /// use datason_core::{ByteSize, ErrorKind};
    /// use datason_json::ReaderBuilder;
    ///
    /// let name = Field::new("name", DataType::Utf8, false);
    /// let schema = Arc::new(Schema::new(vec![name]));
    /// let options = ColumnOptions::new(schema).memory_limit(ByteSize::mib(1));
    /// let text = format!("{{\"name\":\"a\"}}\n{{\"name\":\"{}\"}}\n", "b".repeat(1 << 20));
    /// let mut batches = options.batches(ReaderBuilder::new().from_slice(text.as_bytes()))?;
    /// assert_eq!(batches.next().unwrap()?.data().num_rows(), 1);
    /// let error = batches.next().unwrap().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Limit);
    /// assert_eq!(error.position().map(|place| place.line()), Some(2));
    ///
    /// let too_low = options.memory_limit(ByteSize::b(100));
    /// let refused = too_low.batches(ReaderBuilder::new().from_slice(b"")).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::Argument);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub const fn memory_limit(mut self, limit: ByteSize) -> Self {
        self.memory_limit = Some(limit);
        self
    }

    /// Which instructions run; for tests and measurements. Default: [`Kernel::active`].
    #[must_use]
    pub const fn kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Whether the values of many records are located first and then read column by column; for
    /// tests and measurements. Default: `true`. Without it each value is read as it is passed:
    /// the same batches and errors, more slowly.
    #[must_use]
    pub const fn by_column(mut self, by_column: bool) -> Self {
        self.by_column = by_column;
        self
    }

    /// A decoder for bytes that come piece by piece, in which `framer` finds the records.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`] for a schema that makes no sense, [`ErrorKind::Unsupported`] for a
    /// type that is not read, [`ErrorKind::Argument`] for options that cannot be meant. A
    /// [pointer](Error::pointer) names the field.
    pub fn decoder(&self, framer: Framer) -> Result<Decoder> {
        Ok(Decoder::new(Engine::new(self)?, framer.with_kernel(self.kernel), self))
    }

    /// The records of `reader` as batches: one for each of the reader's chunks.
    ///
    /// # Errors
    /// As [`decoder`](Self::decoder), and [`ErrorKind::Argument`] for a
    /// [memory limit](Self::memory_limit) that is too low for the schema.
    pub fn batches<R: Read>(&self, mut reader: Reader<R>) -> Result<Batches<R>> {
        self.limit(&mut reader)?;
        Ok(Batches::new(reader, Engine::new(self)?))
    }

    /// Has the limit on memory, if there is one, bound the reader's chunks.
    fn limit<R: Read>(&self, reader: &mut Reader<R>) -> Result<Option<ColumnLimit>> {
        let Some(limit) = self.column_limit()? else { return Ok(None) };
        reader.limit_records(limit.limit, limit.cost, limit.chunk, limit.record);
        Ok(Some(limit))
    }

    pub(crate) fn column_limit(&self) -> Result<Option<ColumnLimit>> {
        self.memory_limit.map(|limit| ColumnLimit::new(self, limit)).transpose()
    }

    /// As [`batches`](Self::batches), on `threads` that read a chunk at a time and decode it.
    ///
    /// The batches are the same and come in the same order. At most two chunks for each thread
    /// are under way, and fewer if a [memory limit](Self::memory_limit) says so: memory is bounded
    /// and a slow consumer stops the reader; dropping the iterator ends the threads.
    ///
    /// Without a limit, and if the reader has [a plain file](Reader::is_plain_file), the thread that
    /// takes the batches is one of the `threads`: it decodes while there is nothing to take. Who does
    /// much with each batch asks for one thread more. Four chunks for each thread are under way
    /// there, and glibc is led to keep up to 16 MiB that were freed.
    ///
    /// No more than 1,024 threads are started, however many are asked for.
    ///
    /// # Errors
    /// As [`batches`](Self::batches), [`ErrorKind::Argument`] for no threads, and
    /// [`ErrorKind::Io`] if a thread cannot be started.
    pub fn parallel_batches<R>(
        &self,
        mut reader: Reader<R>,
        threads: usize,
    ) -> Result<ParallelBatches>
    where
        R: Read + Send + 'static,
    {
        if threads == 0 {
            return Err(Error::new(ErrorKind::Argument, "no threads to decode with"));
        }
        let limit = self.limit(&mut reader)?;
        let most = limit.as_ref().map_or(MOST_THREADS, |limit| limit.threads);
        let threads = threads.min(most);
        let engines = (0..threads).map(|_| Engine::new(self)).collect::<Result<Vec<_>>>()?;
        ParallelBatches::start(reader, engines, limit.as_ref())
    }
}
