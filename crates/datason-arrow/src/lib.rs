//! Tables and n-d arrays in chunks.
//!
//! The way out: what lies in columns or arrays, as JSON. A table or array goes wherever a
//! [`Chunkable`](datason_core::Chunkable) goes: into `serialize_chunked`, into a stream's
//! `write_chunked`, into a file.
//!
//! ```
//! use std::sync::Arc;
//! use arrow_array::{ArrayRef, Int64Array, RecordBatch, TimestampSecondArray};
//! use datason_arrow::Table;
//! use datason_json::serialize_chunked;
//!
//! let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
//! let at: ArrayRef = Arc::new(TimestampSecondArray::from(vec![Some(0), None, Some(86_400)]));
//! let table = Table::from(RecordBatch::try_from_iter([("id", ids), ("at", at)])?);
//!
//! let result = serialize_chunked(&table, 2)?;
//! assert_eq!(result.metadata().total_chunks, Some(2));
//! let last = result.chunks().last().unwrap()?;
//! assert_eq!(last.as_str(), r#"[{"id": 3, "at": "1970-01-02T00:00:00"}]"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//! - [`Table`] and [`TableStream`]: record batches in memory, and out of a reader, cut by rows
//!   or bytes. Every chunk is JSON, in the form that [`Orient`](datason_core::config::Orient)
//!   names, and a [`RecordBatch`](arrow_array::RecordBatch).
//! - [`Tensor`], [`NdArray`] and [`Npy`]: n-d arrays in Arrow, in `ndarray`, in `.npy` files,
//!   cut along the first axis.
//! - [`mod@slice`]: batches cut by rows or bytes, without JSON.
//! - [`footprint`]: what batches hold in memory, each byte counted once.
//! - [`files`]: CSV, read and written, and `.npy`.
//!
//! # What a cell becomes
//! | Arrow type | JSON |
//! |---|---|
//! | integers, floats, booleans, texts of every layout | number, `true`, text; exact, and narrow floats with the digits they have |
//! | dates, times, timestamps, durations of every unit | as [`datason_core::value`] has them, by the configuration's date format |
//! | timestamps with a zone | with the offset that the zone has then, by a time-zone database that is part of the program |
//! | decimals of every width | as [`Decimal`](datason_core::value::Decimal) |
//! | intervals | text in the form of ISO 8601, `P1Y2M3DT4.5S` |
//! | binary; `arrow.uuid` | text or hexadecimal; a UUID |
//! | lists of every layout, fixed-size lists | list |
//! | structs, maps | map; a field or key that stands twice is an error |
//! | dictionaries, runs, unions | what they stand for |
//! | null | `null`, whatever becomes of NaN |
//!
//! A NaN that is to be dropped is left out of maps and of plain lists. Where the place of a cell
//! says whose it is (the forms split, tight, values and list, and arrays of two or more
//! dimensions) it is `null`.
//!
//! # Features
//! - `csv` (default): [`files::csv`].
//! - `ndarray` (default): [`NdArray`].
#![forbid(unsafe_code)]

pub mod batches;
mod column;
pub mod decoder;
mod encode;
mod error;
pub mod files;
pub mod footprint;
pub mod input;
mod into_batches;
mod pointer;
pub mod schema;
pub mod slice;
pub mod table;
pub mod tensor;

pub use batches::{ArrowBatches, BadRecord, Batches, ParallelBatches};
pub use decoder::{
    BinaryText, ColumnOptions, Decoder, OnDuplicate, OnExtra, OnMismatch, RecordShape, Replaced,
};
#[cfg(feature = "csv")]
pub use files::csv::{CsvBatches, CsvBuilder, CsvTable, CsvWriter, CsvWriterBuilder};
pub use files::npy::Npy;
pub use input::Columns;
pub use into_batches::IntoBatches;
pub use schema::{
    Conflict, Inferred, JsonKind, Nullability, OnConflict, SchemaInference, SchemaText,
};
pub use table::{Table, TableChunk, TableRecord, TableRecords, TableStream};
#[cfg(feature = "ndarray")]
pub use tensor::{Element, NdArray, NdChunk};
pub use tensor::{Tensor, TensorChunk};

#[cfg(feature = "ndarray")]
pub use ndarray;
/// The crates whose types stand in this one's signatures, in the versions that fit.
pub use {arrow_array, arrow_schema};
