//! JSON text to records and back: framing, codecs, readers and writers.
//!
//! Reads JSON Lines, a top-level array, an array inside a document and concatenated values as
//! the same stream of records, in memory bounded by one chunk and one record.
//!
//! ```
//! use datason_json::{Decode, ReaderBuilder};
//!
//! let lines = ReaderBuilder::new().from_slice(b"{\"id\":1}\n{\"id\":2}\n");
//! let array = ReaderBuilder::new().pointer("/rows").from_slice(
//!     br#"{"rows": [{"id": 1}, {"id": 2}], "next": null}"#,
//! );
//! let ids = |rows: Vec<serde_json::Value>| rows.iter().map(|row| row["id"].as_u64()).collect::<Vec<_>>();
//! let from_lines: Vec<_> = lines.into_rows().collect::<Result<_, _>>()?;
//! let from_array: Vec<_> = array.into_rows().collect::<Result<_, _>>()?;
//! assert_eq!(ids(from_lines), ids(from_array));
//! # Ok::<(), datason_core::Error>(())
//! ```
//!
//! # Map
//! - [`ReaderBuilder`] and [`Reader`]: records out of files, pipes and slices.
//! - [`Decode`]: raw records and chunks, decoded.
//! - [`ReaderBuilder::on_error`], [`rejects_to_file`] and [`read_rejects`]: bad records passed
//!   over, kept, and read again.
//! - [`codec`]: the parsers, and the one rule for all of them.
//! - [`Format`]: how records stand in the text.
//! - [`Framer`]: where records begin and end, without I/O, for callers that read by other means.
//! - [`plan_splits`] and [`Split`]: pieces of an input, for threads and machines.
//! - [`WriterBuilder`] and [`Writer`]: records into files, pipes and buffers.
//! - [`PartitionBuilder`]: records into a file for each value of a field.
//! - [`ser`]: values to text, as a configuration says.
//! - [`serialize_chunked`], [`stream_serialize`], [`deserialize_chunked_file`],
//!   [`estimate_memory_usage`]: the verbs of the feature document.
//!
//! # What it does not do
//! It knows no columns (see `datason-arrow`), reads no network, and spawns no threads.
#![forbid(unsafe_code)]

pub mod append;
mod beside;
pub mod builder;
pub mod chunk_file;
pub mod chunked;
pub mod codec;
mod compact;
pub mod decode;
pub mod estimate;
pub mod estimate_file;
pub mod format;
pub mod frame;
pub mod index;
mod layout;
mod measure;
pub mod partition;
mod path_text;
pub mod reader;
pub mod reject_file;
pub mod resume;
pub mod rows;
pub mod ser;
mod shares;
pub mod sidecar;
pub mod split;
pub mod stream;
mod target;
pub mod writer;

pub use append::{Tail, Torn, TornTail};
pub use builder::ReaderBuilder;
pub use chunk_file::{ChunkFile, ChunkFileBuilder, deserialize_chunked_file};
pub use chunked::{
    ChunkText, ChunkTexts, ChunkedBuilder, ChunkedSerialization, Metadata, Saved, serialize_chunked,
};
pub use codec::{Codec, CodecKind, SerdeJson, SimdJson};
pub use decode::Decode;
pub use estimate::{Estimator, estimate_memory_usage};
pub use estimate_file::{
    Basis, ChunkAdvice, FieldSketch, FileEstimate, FileEstimator, Guess, MOST_FIELDS, estimate_file,
};
pub use format::Format;
pub use frame::Framer;
pub use index::{ChunkIndex, IndexedChunk};
pub use layout::Layout;
pub use partition::{OnMissing, Partition, PartitionBuilder, Partitions};
pub use reader::{Pieces, Reader};
pub use reject_file::{read_rejects, rejects_to_file};
pub use resume::Checkpoints;
pub use rows::{Chunks, Rows};
pub use ser::TextStyle;
pub use shares::RecordCost;
pub use sidecar::{RecordKind, Sidecar};
pub use split::{Lines, Split, plan_splits};
pub use stream::{StreamBuilder, StreamingSerializer, stream_serialize};
pub use writer::{Writer, WriterBuilder, Written};
