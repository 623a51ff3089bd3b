//! What a chunk, a record, a position, an error and a configuration *are*.
//!
//! The lowest floor of datason: plain types that every other crate speaks. Nothing here opens a
//! file or knows a format.
//!
//! ```
//! use datason_core::{ChunkSize, Config, Error, ErrorKind, Position};
//!
//! let size: ChunkSize = "4MiB".parse()?;
//! assert_eq!(size.to_string(), "4.0 MiB");
//! assert!(Config::financial().sort_keys);
//! # Ok::<(), Error>(())
//! ```
//!
//! # Map
//! - [`Chunk`]: consecutive records, the unit of work and of memory.
//! - [`Records`] and [`Record`]: raw text of many records in one buffer, and one lent from it.
//! - [`Position`]: byte, line, column and record of a place in the input.
//! - [`Error`]: the one error type, with [`ErrorKind`], place, file, pointer and snippet.
//! - [`OnError`], [`Rejects`] and [`Reject`]: what becomes of bad records, and one as data.
//! - [`Config`]: what values mean when they become JSON, and the presets.
//! - [`Chunkable`]: how an input in memory is cut into chunks, and [`IntoChunkable`]: what else
//!   is taken where one is.
//! - [`Value`]: any value, what JSON lacks included: dates, decimals, UUIDs, sets.
//! - [`Template`]: what values should look like, to check them and restore their types.
//! - [`Budget`]: bytes held against a limit on memory.
//! - [`ChunkSize`] and [`ByteSize`].
#![forbid(unsafe_code)]

pub mod budget;
pub mod chunk;
pub mod chunkable;
pub mod config;
pub mod error;
pub mod on_error;
pub mod pointer;
pub mod position;
pub mod records;
pub mod reject;
pub mod rejects;
pub mod size;
pub mod template;
pub mod value;

pub use budget::{Budget, Held};
pub use chunk::{Chunk, RawChunk};
pub use chunkable::{Chunkable, Description, IntoChunkable, Spacing, Strategy};
pub use config::Config;
pub use error::{Error, ErrorKind, Result, Snippet, escape, excerpt};
pub use on_error::{MaxErrors, OnError};
pub use position::Position;
pub use records::{Record, RecordSlice, Records};
pub use reject::Reject;
pub use rejects::{RejectSink, Rejects};
pub use size::{ByteSize, ChunkSize, IntoChunkSize};
pub use template::Template;
pub use value::Value;
