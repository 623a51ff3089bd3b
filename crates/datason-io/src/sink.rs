//! Outputs.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result, escape};

use crate::error::{into_error, on_path, quoted};
use crate::retry::Patient;
use crate::sniff::{self, Compression};

mod append;
mod atomic;
mod encoder;
mod folder;
mod partial;
mod place;

pub use append::AppendFile;
pub use atomic::{AtomicFile, is_named, sync_folder};
use encoder::{Encoder, Outlet, Target};
pub use folder::AtomicFolder;
pub use partial::PartialFile;
use place::Place;

/// How an output is written.
///
/// # Example
/// ```
/// use datason_io::{Compression, SinkOptions};
///
/// const SMALL: SinkOptions = SinkOptions::new().compression(Compression::Zstd).level(19);
/// assert!(SMALL.remove_leftovers);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkOptions {
    /// How the output is compressed. Default: `None`, told by the extension of the file; other
    /// outputs are not compressed.
    pub compression: Option<Compression>,
    /// The level of compression: 0 to 9 for gzip, -7 to 22 for zstd; says nothing without
    /// compression. gzip takes 0.3 MiB of memory at any level, zstd a few MiB up to level 9 and
    /// hundreds at 20 and above. Default: `None`, 6 for gzip and 3 for zstd.
    pub level: Option<i32>,
    /// Whether temporary files that a killed process has left beside the target are removed
    /// first; those in use never are. Costs one look through the folder. Default: `true`.
    pub remove_leftovers: bool,
}

impl SinkOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self { compression: None, level: None, remove_leftovers: true }
    }

    /// Sets [`compression`](Self::compression), whatever the file is called.
    #[must_use]
    pub const fn compression(self, compression: Compression) -> Self {
        Self { compression: Some(compression), ..self }
    }

    /// Sets [`level`](Self::level).
    #[must_use]
    pub const fn level(self, level: i32) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Sets [`remove_leftovers`](Self::remove_leftovers).
    #[must_use]
    pub const fn remove_leftovers(self, remove_leftovers: bool) -> Self {
        Self { remove_leftovers, ..self }
    }
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// An output: an atomically published file, standard output or any writer, compressed or not.
///
/// Small pieces are gathered, so it needs no [`BufWriter`](std::io::BufWriter) around it.
/// Nothing counts until [`finish`](Self::finish) has returned: a sink that is dropped, or that
/// has failed once, publishes nothing, and never completes compressed data that lacks its end.
///
/// What a target is decides how it is written:
/// - A file, new or old, is an [`AtomicFile`], published by `finish`.
/// - A file that is [added to](Self::append) is an [`AppendFile`]: what was written since the
///   last [`flush_durable`](Self::flush_durable) is taken back unless `finish` returns.
/// - A device, a pipe, or an open file under `/proc` or `/dev/fd` (which `/dev/stdout` leads to)
///   is written directly, and so are standard output and writers: what has been flushed has
///   been seen.
///
/// # Example
/// ```
/// use datason_io::{Sink, SinkOptions};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("events.jsonl");
/// let mut sink = Sink::create(&path, &SinkOptions::new())?;
/// sink.put(b"{\"id\":1}\n")?;
/// assert!(!path.exists());
/// let receipt = sink.finish()?;
/// assert!(path.exists());
/// assert_eq!((receipt.bytes, receipt.stored_bytes, receipt.durable), (9, 9, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is published before `finish`"]
pub struct Sink {
    encoder: Encoder,
    buffer: Vec<u8>,
    bytes: u64,
    /// How much had been put in when the current member or frame began, if there is one before
    /// it: an empty one is not worth its bytes then.
    frame_start: Option<u64>,
    failed: bool,
    compression: Compression,
    level: Option<i32>,
    name: String,
    path: Option<PathBuf>,
}

/// What [`Sink::finish`] or [`Sink::flush_durable`] has achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Bytes put into the sink.
    pub bytes: u64,
    /// Bytes that went out, after compression. What a file that is added to held before is not
    /// counted.
    pub stored_bytes: u64,
    /// The length of the file with them, and with what one that was added to held before. For
    /// other outputs the same as `stored_bytes`.
    pub length: u64,
    /// Whether they would survive a power cut: the file and its folder are on disk. `false`
    /// for what was handed over to a pipe, a device or a writer.
    pub durable: bool,
}

impl Sink {
    /// Bytes gathered before they go on.
    const BLOCK_BYTES: usize = 64 << 10;

    /// An output to the file at `path`, which appears or is replaced when the sink is finished.
    ///
    /// # Errors
    /// Those of [`AtomicFile::create`], at once and not after hours of work.
    /// [`ErrorKind::Unsupported`] if the extension promises a compression that is not written
    /// (`.bz2`, `.xz`, …) and the options name none; [`ErrorKind::Argument`] if the level does
    /// not exist.
    pub fn create(path: impl AsRef<Path>, options: &SinkOptions) -> Result<Self> {
        let path = path.as_ref();
        let compression = match options.compression {
            Some(compression) => compression,
            None => promised_by_name(path)?,
        };
        check_level(compression, options.level)?;
        let outlet = match Place::of(path)? {
            Place::File(file) => {
                if options.remove_leftovers {
                    atomic::remove_leftovers(&file)?;
                }
                Outlet::File(Box::new(AtomicFile::at(*file)?))
            }
            Place::Device => Outlet::Device(open_device(path)?),
        };
        let name = path.to_string_lossy().into_owned();
        Self::new(outlet, compression, options, name, Some(path.to_owned()))
    }

    /// An output to the end of `file`; compressed, it adds a gzip member or a zstd frame of its
    /// own, behind those that are there. Whether the file ends where something can follow is
    /// for the caller to see to.
    ///
    /// # Errors
    /// Those of [`create`](Self::create) about compression.
    pub fn append(file: AppendFile, options: &SinkOptions) -> Result<Self> {
        let compression = match options.compression {
            Some(compression) => compression,
            None => promised_by_name(file.path())?,
        };
        check_level(compression, options.level)?;
        let name = file.path().to_string_lossy().into_owned();
        let path = Some(file.path().to_owned());
        let frame_start = (file.length() > 0).then_some(0);
        let outlet = Outlet::Append(Box::new(file));
        let mut sink = Self::new(outlet, compression, options, name, path)?;
        sink.frame_start = frame_start;
        Ok(sink)
    }

    /// An output that goes on with `file` behind its first `stored` bytes, which hold `bytes`
    /// before compression; what stands behind them is cut off. Compressed, the first of them
    /// must end with a gzip member or zstd frame, as [`flush_durable`](Self::flush_durable) sees
    /// to. Dropped, it leaves the file for the next to go on with.
    ///
    /// # Errors
    /// Those of [`create`](Self::create) about compression; [`ErrorKind::Data`] if the file is
    /// shorter than that.
    pub fn resume(
        mut file: PartialFile,
        bytes: u64,
        stored: u64,
        options: &SinkOptions,
    ) -> Result<Self> {
        let compression = match options.compression {
            Some(compression) => compression,
            None => promised_by_name(file.path())?,
        };
        check_level(compression, options.level)?;
        if file.length() < stored {
            let length = file.length();
            let message = format!("{stored} bytes were written, and {length} are there");
            return Err(Error::new(ErrorKind::Data, message).in_file(file.path()).fatal());
        }
        file.cut_to(stored);
        let name = file.path().to_string_lossy().into_owned();
        let path = Some(file.path().to_owned());
        let mut sink =
            Self::new(Outlet::Partial(Box::new(file)), compression, options, name, path)?;
        sink.bytes = bytes;
        sink.frame_start = (stored > 0).then_some(bytes);
        sink.encoder.set_stored(stored);
        Ok(sink)
    }

    /// An output to standard output.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the level does not exist.
    pub fn stdout(options: &SinkOptions) -> Result<Self> {
        Self::to_writer(Box::new(Patient(io::stdout())), "stdout", options)
    }

    /// An output to any writer; messages call it `name`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the level does not exist.
    pub fn to_writer(
        writer: Box<dyn Write + Send>,
        name: impl Into<String>,
        options: &SinkOptions,
    ) -> Result<Self> {
        let compression = options.compression.unwrap_or_default();
        check_level(compression, options.level)?;
        Self::new(Outlet::Writer(writer), compression, options, name.into(), None)
    }

    fn new(
        outlet: Outlet,
        compression: Compression,
        options: &SinkOptions,
        name: String,
        path: Option<PathBuf>,
    ) -> Result<Self> {
        let encoder = Encoder::new(Target::new(outlet), compression, options.level)
            .map_err(|cause| Error::io("cannot start the compression", cause))?;
        let buffer = Vec::with_capacity(Self::BLOCK_BYTES);
        let level = options.level;
        Ok(Self {
            encoder,
            buffer,
            bytes: 0,
            frame_start: None,
            failed: false,
            compression,
            level,
            name,
            path,
        })
    }

    /// Takes all of `bytes`. Copies small pieces and passes large ones on, in blocks of 64 KiB
    /// wherever they are cut, since compressed bytes depend on the cuts.
    ///
    /// The same as [`Write::write_all`] with the error typed.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with the system's error behind it, which tells a broken pipe from a
    /// full disk. Everything later fails too, [`finish`](Self::finish) included: a part may
    /// have been written.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.check_sound()?;
        self.bytes += bytes.len() as u64;
        let (start, rest) = bytes.split_at(bytes.len().min(self.room()));
        self.buffer.extend_from_slice(start);
        if self.room() > 0 {
            return Ok(());
        }
        self.pass_on()?;
        let mut blocks = rest.chunks_exact(Self::BLOCK_BYTES);
        for block in &mut blocks {
            let result = self.encoder.write_all(block);
            self.noting(result)?;
        }
        self.buffer.extend_from_slice(blocks.remainder());
        Ok(())
    }

    /// The bytes that are still missing to a block.
    fn room(&self) -> usize {
        Self::BLOCK_BYTES - self.buffer.len()
    }

    /// Ends the gzip member or zstd frame, so that what follows begins one of its own, and
    /// returns how many bytes have gone out: where the next one begins. Whoever reads can begin
    /// there. Without compression the bytes at hand go out and nothing else happens.
    ///
    /// Costs some ten bytes, and a little compression since the next frame starts afresh. An
    /// empty frame behind another is left out.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn cut(&mut self) -> Result<u64> {
        self.check_sound()?;
        self.pass_on()?;
        if self.has_frame() {
            let result = self.encoder.restart(self.compression, self.level);
            self.noting(result)?;
            self.frame_start = Some(self.bytes);
        }
        Ok(self.encoder.stored_bytes())
    }

    /// Brings everything put in so far to disk, and says how much that is.
    ///
    /// What a file that is [added to](Self::append) has been given is then part of it, whatever
    /// happens later. A file that is still to be published keeps its temporary name: its bytes
    /// are on disk, which spares [`finish`](Self::finish) the wait for them, and nobody sees
    /// them yet. Compressed data is [cut](Self::cut), so that it is whole up to here. A pipe, a
    /// device or a writer is flushed, and the receipt says that this is not durable.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the bytes cannot be written or brought to disk. That is final, as
    /// in [`finish`](Self::finish).
    pub fn flush_durable(&mut self) -> Result<Receipt> {
        self.cut()?;
        let result = self.encoder.sync();
        let mut durable = false;
        self.noting(result.map(|is_file| durable = is_file))?;
        let stored_bytes = self.encoder.stored_bytes();
        let length = self.encoder.length_before() + stored_bytes;
        Ok(Receipt { bytes: self.bytes, stored_bytes, length, durable })
    }

    /// Completes the output and publishes it: the compression is ended, and a file is brought
    /// to disk and renamed into place.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if any step fails, or one has failed before; then nothing is
    /// published. That a failure is final holds for the disk too: after a failed `fsync` a
    /// second one could succeed with the data lost, so there is none. Only if the last step
    /// fails, that of bringing the *folder* to disk, the file is in place but might be gone
    /// after a power cut.
    pub fn finish(mut self) -> Result<Receipt> {
        self.check_sound()?;
        self.pass_on()?;
        if self.has_frame() {
            let result = self.encoder.finish();
            self.noting(result)?;
        }
        let before = self.encoder.length_before();
        let Target { outlet, stored } = self.encoder.take_target();
        let durable = match outlet {
            Outlet::File(file) => file.finish().map(|()| true)?,
            Outlet::Append(file) => file.finish().map(|()| true)?,
            Outlet::Partial(file) => file.finish().map(|()| true)?,
            Outlet::Device(_) | Outlet::Closed => false,
            Outlet::Writer(mut writer) => {
                let result = writer.flush();
                self.noting(result).map(|()| false)?
            }
        };
        Ok(Receipt { bytes: self.bytes, stored_bytes: stored, length: before + stored, durable })
    }

    /// Gives up: nothing is published, a temporary or partial file is removed, and a file that was added to
    /// is cut back to what [`flush_durable`](Self::flush_durable) has promised. What a pipe or a
    /// writer has been given stays given, without what is still gathered here and without the
    /// end that compressed data needs to be whole. Dropping does the same, but for keeping a
    /// partial file, and cannot tell of errors.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the temporary file cannot be removed, or the other one not be cut.
    pub fn abort(mut self) -> Result<()> {
        match self.encoder.take_target().outlet {
            Outlet::File(file) => file.abort(),
            Outlet::Append(file) => file.abort(),
            Outlet::Partial(file) => file.discard(),
            Outlet::Device(_) | Outlet::Writer(_) | Outlet::Closed => Ok(()),
        }
    }

    /// The bytes put into the sink so far.
    pub fn bytes_written(&self) -> u64 {
        self.bytes
    }

    /// How the output is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The file as it was named, if the output is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What messages call the output: the path, `stdout`, or the name that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the current member or frame holds something, or must be there.
    fn has_frame(&self) -> bool {
        self.frame_start != Some(self.bytes)
    }

    fn pass_on(&mut self) -> Result<()> {
        let result = self.encoder.write_all(&self.buffer);
        self.buffer.clear();
        self.noting(result)
    }

    fn check_sound(&self) -> Result<()> {
        if self.failed {
            let message = format!("writing {} failed before", quoted(Path::new(&self.name)));
            return Err(self.named(Error::new(ErrorKind::Io, message).fatal()));
        }
        Ok(())
    }

    /// Remembers a failure and says where it was.
    fn noting(&mut self, result: io::Result<()>) -> Result<()> {
        result.map_err(|cause| {
            self.failed = true;
            let name = escape(self.name.as_bytes());
            let stored = self.encoder.stored_bytes();
            let message = format!("cannot write `{name}` after {stored} bytes");
            self.named(into_error(cause, message))
        })
    }

    fn named(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

/// [`flush`](Write::flush) brings everything to the target that can be brought there, for
/// someone who reads along; with compression each flush costs some bytes.
impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.check_sound()?;
        self.pass_on()?;
        // To flush an empty frame would begin it.
        let result = if self.has_frame() { self.encoder.flush() } else { Ok(()) };
        Ok(self.noting(result)?)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // An encoder that is dropped with its target would write the end of the stream, and
        // make half an output look whole.
        drop(self.encoder.take_target());
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink")
            .field("name", &self.name)
            .field("compression", &self.compression)
            .field("bytes_written", &self.bytes)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

fn promised_by_name(path: &Path) -> Result<Compression> {
    match sniff::foreign_extension(path) {
        None => Ok(Compression::from_path(path)),
        Some(name) => {
            let message = format!("{name} is not written, as the name {} promises", quoted(path));
            Err(Error::new(ErrorKind::Unsupported, message).in_file(path))
        }
    }
}

fn check_level(compression: Compression, level: Option<i32>) -> Result<()> {
    let range = match compression {
        Compression::None => return Ok(()),
        Compression::Gzip => 0..=9,
        Compression::Zstd => -7..=22,
    };
    match level {
        Some(level) if !range.contains(&level) => {
            let (start, end) = range.into_inner();
            let message = format!("{compression} has levels {start} to {end}, not {level}");
            Err(Error::new(ErrorKind::Argument, message))
        }
        _ => Ok(()),
    }
}

/// At the end, not from the start: what `/dev/stdout` leads to may be a file that is appended to.
fn open_device(path: &Path) -> Result<std::fs::File> {
    let opened = OpenOptions::new().append(true).open(path);
    opened.map_err(|cause| on_path("cannot open", path, cause))
}
