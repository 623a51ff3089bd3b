#![doc = include_str!("guide.md")]
#![forbid(unsafe_code)]

#[doc = include_str!("docs/from_python.md")]
pub mod from_python {}
mod presets;

use std::path::Path;

#[cfg(feature = "arrow")]
#[doc(inline)]
pub use datason_arrow::{
    self as columns, Batches, ColumnOptions, Columns, IntoBatches, Npy, ParallelBatches,
    SchemaInference, Table, TableChunk, TableStream, Tensor, TensorChunk, arrow_array,
    arrow_schema,
};
#[cfg(feature = "csv")]
#[doc(inline)]
pub use datason_arrow::{CsvBuilder, CsvTable, CsvWriter, CsvWriterBuilder};
#[cfg(feature = "ndarray")]
#[doc(inline)]
pub use datason_arrow::{NdArray, NdChunk, ndarray};
#[doc(inline)]
pub use datason_core::chunkable::{self, Items, Single};
#[doc(inline)]
pub use datason_core::config::{self, Config};
#[doc(inline)]
pub use datason_core::template::{self, Template};
#[doc(inline)]
pub use datason_core::value::{self, Value};
#[doc(inline)]
pub use datason_core::{
    ByteSize, Chunk, ChunkSize, Chunkable, Description, Error, ErrorKind, IntoChunkSize,
    IntoChunkable, MaxErrors, OnError, Position, RawChunk, Record, Records, Reject, RejectSink,
    Rejects, Result, Snippet, Strategy,
};
#[doc(inline)]
pub use datason_io::{Compression, Receipt, Sink, SinkOptions, Source, SourceOptions};
#[doc(inline)]
pub use datason_json::chunked::DEFAULT_CHUNK_SIZE;
#[doc(inline)]
pub use datason_json::{
    Basis, Checkpoints, ChunkAdvice, ChunkFile, ChunkFileBuilder, ChunkIndex, ChunkText,
    ChunkTexts, ChunkedBuilder, ChunkedSerialization, Chunks, Codec, CodecKind, Decode, Estimator,
    FileEstimate, FileEstimator, Format, Framer, Guess, Layout, Lines, Metadata, OnMissing,
    Partition, PartitionBuilder, Partitions, Reader, ReaderBuilder, RecordKind, Rows, Saved,
    SerdeJson, Sidecar, SimdJson, Split, StreamBuilder, StreamingSerializer, Tail, TextStyle, Torn,
    TornTail, Writer, WriterBuilder, Written, codec, deserialize_chunked_file, estimate_file,
    estimate_memory_usage, plan_splits, read_rejects, rejects_to_file, ser, serialize_chunked,
    stream_serialize,
};
#[doc(inline)]
pub use datason_memory::{
    Budget, Footprint, Held, MemoryEstimate, Monitor, available_memory, monitor, peak_resident_set,
    resident_set, value_bytes,
};

pub use presets::{
    get_api_config, get_financial_config, get_inference_config, get_logging_config, get_ml_config,
    get_performance_config, get_research_config, get_strict_config, get_time_series_config,
};

/// The feature document's name for what [`serialize_chunked`] returns.
pub type ChunkedSerializationResult<C> = ChunkedSerialization<C>;

/// What `datason.SecurityError` is here: the [kind](Error::kind) of every error about a limit, of
/// memory, depth, size or length.
///
/// # Example
/// ```
/// use datason::{ByteSize, ChunkedBuilder};
///
/// let data = vec!["x".repeat(1_000_000)];
/// let builder = ChunkedBuilder::new().memory_limit(ByteSize::kib(512));
/// for chunk in builder.serialize(&data, 1)?.chunks() {
///     assert_eq!(chunk.unwrap_err().kind(), datason::SECURITY_ERROR);
/// }
/// # Ok::<(), datason::Error>(())
/// ```
#[doc(alias = "SecurityError")]
pub const SECURITY_ERROR: ErrorKind = ErrorKind::Limit;

/// Opens the file at `path` for reading: format and compression are found out.
/// [`ReaderBuilder`] has options.
///
/// # Errors
/// [`ErrorKind::Io`] if it cannot be opened or is a folder, [`ErrorKind::Unsupported`] for a
/// compression that is known but not read.
///
/// # Example
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("events.jsonl.gz");
/// let mut writer = datason::create(&path)?;
/// writer.write_rows([("ann", 1.0), ("bo", 41.0)])?;
/// writer.finish()?;
///
/// let mut total = 0.0;
/// for chunk in datason::open(&path)?.chunks::<(String, f64)>() {
///     total += chunk?.into_iter().map(|(_, amount)| amount).sum::<f64>();
/// }
/// assert_eq!(total, 42.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(path: impl AsRef<Path>) -> Result<Reader<Source>> {
    ReaderBuilder::new().open(path)
}

/// The schema of all records of the file at `path`, found in one pass over it: no late key and no
/// change of type is lost. Places whose values no one type holds become columns of JSON text, and
/// are named in [`conflicts`](columns::Inferred::conflicts). [`SchemaInference`] has options.
///
/// # Errors
/// As [`open`], and those of the first bad record; [`ErrorKind::Limit`] for more than 10,000
/// different fields.
///
/// # Example
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("events.jsonl");
/// std::fs::write(&path, "{\"id\":1}\n{\"id\":2,\"late\":\"x\"}\n")?;
///
/// let options = datason::infer_schema(&path)?.options();
/// let mut rows = 0;
/// for batch in options.parallel_batches(datason::open(&path)?, 2)? {
///     let batch = batch?.into_data();
///     assert!(batch.column_by_name("late").is_some());
///     rows += batch.num_rows();
/// }
/// assert_eq!(rows, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "arrow")]
pub fn infer_schema(path: impl AsRef<Path>) -> Result<columns::Inferred> {
    let mut inference = SchemaInference::new().on_conflict(columns::OnConflict::RawJson);
    inference.observe(&mut open(path)?, None)?;
    inference.schema()
}

/// Creates the file at `path` for writing records: a JSON array if it is named `.json`, else
/// JSON Lines, compressed if the name says so. It appears, whole, when
/// [`finish`](Writer::finish) returns. [`WriterBuilder`] has options.
///
/// # Errors
/// [`ErrorKind::Io`] if no file can be made beside `path`, or `path` is a folder.
///
/// # Example
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("numbers.json");
/// let mut writer = datason::create(&path)?;
/// writer.write_rows([1, 2])?;
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "[\n1,\n2\n]\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create(path: impl AsRef<Path>) -> Result<Writer<Sink>> {
    let path = path.as_ref();
    let layout = Format::from_path(path).map_or(Layout::Lines, Layout::from);
    WriterBuilder::new().layout(layout).create(path)
}

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct ReadmeDoctests;
