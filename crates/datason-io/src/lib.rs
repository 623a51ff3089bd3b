//! Where bytes come from and where they go: files, pipes, gzip and zstd, atomic publication.
//!
//! This crate moves bytes and knows nothing of JSON. It opens an input and decompresses it,
//! keeps a rolling window of it in one reused buffer, and writes an output that appears whole
//! or not at all.
//!
//! ```
//! use datason_io::{Fill, Sink, SinkOptions, Source, SourceOptions, Window};
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("events.jsonl.gz");
//! let mut sink = Sink::create(&path, &SinkOptions::new())?;
//! sink.put(b"{\"id\":1}\n{\"id\":2}\n")?;
//! sink.finish()?;
//!
//! let mut window = Window::new(Source::open(&path, &SourceOptions::new())?);
//! let mut lines = 0;
//! while let Fill::Read(_) = window.fill()? {
//!     lines += window.bytes().iter().filter(|byte| **byte == b'\n').count();
//!     window.consume(window.bytes().len());
//! }
//! assert_eq!(lines, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//! - [`Source`]: an opened input, decompressed; a file, a range of one, standard input, any
//!   reader.
//! - [`Window`]: the part of an input that is being looked at, in one reused buffer.
//! - [`Sink`] and [`AtomicFile`]: outputs that are published when they are complete.
//! - [`AtomicFolder`]: a folder that is published when it is complete.
//! - [`PartialFile`]: a file that is written over more than one run before it is published.
//! - [`AppendFile`]: a file that is added to, by one writer at a time.
//! - [`sniff`]: compression and text encoding, told by the first bytes.
//! - `MappedFile`: a file as one slice of memory. Opt-in, for random access.
//!
//! # What it does not do
//! There is no async reading, no network, and no writing in place but at the end: a file that is
//! replaced gets a new inode, so hard links to the old one keep the old content.
//!
//! # Features
//! - `mmap` (default): adds `MappedFile`, which nothing uses unless it is called for.
#![deny(unsafe_code)]

pub mod error;
pub mod sink;
pub mod sniff;
pub mod source;
pub mod window;

mod retry;

pub use error::into_error;
pub use sink::{
    AppendFile, AtomicFile, AtomicFolder, PartialFile, Receipt, Sink, SinkOptions, is_named,
    sync_folder,
};
pub use sniff::{Compression, Encoding};
#[cfg(feature = "mmap")]
pub use source::MappedFile;
pub use source::{Frame, Source, SourceOptions, checksum, checksum_of};
pub use window::{Fill, Window};
