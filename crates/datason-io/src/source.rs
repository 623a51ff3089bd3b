//! Opened inputs.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;

use datason_core::{ByteSize, Error, ErrorKind, Result};

use crate::error::{into_error, is_a_folder, on_path};
use crate::retry::Patient;
use crate::sniff::{self, Compression};

mod gzip;
#[cfg(feature = "mmap")]
mod mmap;
mod raw;
mod zstd;

use gzip::Gzip;
#[cfg(feature = "mmap")]
pub use mmap::MappedFile;
use raw::Raw;
use zstd::Zstd;

/// How an input is opened.
///
/// # Example
/// ```
/// use datason_core::ByteSize;
/// use datason_io::{Compression, SourceOptions};
///
/// const LOGS: SourceOptions = SourceOptions::new().compression(Compression::Zstd);
/// assert_eq!(LOGS.max_window, ByteSize::mib(128));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceOptions {
    /// How the input is compressed. Default: `None`, told by its first bytes, whatever the
    /// file is called.
    pub compression: Option<Compression>,
    /// The largest zstd window that is granted: decompressing takes about that much memory.
    /// Rounded down to a power of two, and at least 1 KiB. Default: 128 MiB, which covers
    /// `zstd -22` and all but `zstd --ultra --long`.
    pub max_window: ByteSize,
}

impl SourceOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self { compression: None, max_window: ByteSize::mib(128) }
    }

    /// Sets [`compression`](Self::compression) to a known one: nothing is told by content then.
    #[must_use]
    pub const fn compression(self, compression: Compression) -> Self {
        Self { compression: Some(compression), ..self }
    }

    /// Sets [`max_window`](Self::max_window).
    #[must_use]
    pub const fn max_window(self, max_window: ByteSize) -> Self {
        Self { max_window, ..self }
    }
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// An opened input that gives its bytes decompressed.
///
/// Reads from the system straight into the caller's buffer where nothing is compressed, else
/// through 128 KiB of its own; wrap it in a [`Window`](crate::Window), not in a
/// [`BufReader`]. Every member of a gzip file and every frame of a zstd file
/// is read. Damage is never a silent end: the bytes before it come first, then the error.
///
/// A regular file is read up to the size it had when it was opened. One that grows meanwhile
/// ends there; one that shrinks is [`ErrorKind::Truncated`].
///
/// # Errors
/// Those of [`fill`](Self::fill) and, inside an [`io::Error`], of [`Read::read`]; all of them
/// are fatal, and name the path where there is one:
/// - [`ErrorKind::Truncated`]: the compressed data, or the file, ends too early.
/// - [`ErrorKind::Data`]: the compressed data is damaged: a wrong checksum, a broken block,
///   bytes behind the end that are no compressed data.
/// - [`ErrorKind::Limit`]: a zstd window above [`max_window`](SourceOptions::max_window), or no
///   memory for it.
/// - [`ErrorKind::Unsupported`]: a compression that is recognised but not read (bzip2, xz, lz4,
///   zip, 7z, framed Snappy), or zstd data that needs a dictionary.
/// - [`ErrorKind::Io`]: the system refused.
///
/// # Example
/// ```
/// use std::io::Read;
/// use datason_io::{Compression, Source, SourceOptions};
///
/// let gzipped = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x33\xe4\x02\0\x53\xfc\x51\x67\x02\0\0\0";
/// let mut source =
///     Source::from_reader(Box::new(&gzipped[..]), "a socket", &SourceOptions::new())?;
/// let mut text = String::new();
/// source.read_to_string(&mut text)?;
/// assert_eq!(text, "1\n");
/// assert_eq!((source.name(), source.compression()), ("a socket", Compression::Gzip));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Source {
    decoder: Decoder,
}

enum Decoder {
    Plain(Raw),
    Gzip(Gzip),
    Zstd(Zstd),
}

impl Source {
    /// Opens the file at `path`.
    ///
    /// Pipes and devices can be opened too; the size of those is not known.
    ///
    /// # Errors
    /// See [`Source`]. A missing, unreadable or forbidden file, and a folder, are
    /// [`ErrorKind::Io`] with the system's error behind it.
    pub fn open(path: impl AsRef<Path>, options: &SourceOptions) -> Result<Self> {
        let path = path.as_ref();
        let (file, size) = open_file(path)?;
        // Files of size 0 are read to their end, too: those in /proc do not know theirs.
        let raw = Raw::file(file, path, size.filter(|size| *size > 0).map(|size| 0..size));
        Self::new(raw, options)
    }

    /// Opens the bytes `range` of the file at `path`: compression is not looked for. Where one
    /// is asked for, the range must begin with a gzip member or zstd frame and end with one.
    ///
    /// # Errors
    /// Those of [`open`](Self::open). [`ErrorKind::Truncated`] if the file ends before the
    /// range does, [`ErrorKind::Argument`] if the range is reversed,
    /// [`ErrorKind::Unsupported`] if the input is no regular file.
    pub fn open_range(
        path: impl AsRef<Path>,
        range: Range<u64>,
        options: &SourceOptions,
    ) -> Result<Self> {
        let path = path.as_ref();
        let (file, size) = open_file(path)?;
        check_range(&range, size).map_err(|error| error.in_file(path))?;
        let mut raw = Raw::file(file, path, Some(range));
        raw.rewind()?;
        Self::decoding(raw, options.compression.unwrap_or_default(), options)
    }

    /// Standard input. Waits for the first bytes, which tell the compression.
    ///
    /// # Errors
    /// See [`Source`].
    pub fn stdin(options: &SourceOptions) -> Result<Self> {
        Self::from_reader(Box::new(Patient(io::stdin())), "stdin", options)
    }

    /// Any reader; messages call it `name`. Waits for the first bytes, which tell the
    /// compression.
    ///
    /// # Errors
    /// See [`Source`].
    pub fn from_reader(
        reader: Box<dyn Read + Send>,
        name: impl Into<String>,
        options: &SourceOptions,
    ) -> Result<Self> {
        Self::new(Raw::stream(reader, name.into()), options)
    }

    fn new(mut raw: Raw, options: &SourceOptions) -> Result<Self> {
        let compression = match options.compression {
            Some(compression) => compression,
            None => told_by_content(&mut raw)?,
        };
        Self::decoding(raw, compression, options)
    }

    fn decoding(raw: Raw, compression: Compression, options: &SourceOptions) -> Result<Self> {
        let decoder = match compression {
            Compression::None => Decoder::Plain(raw),
            Compression::Gzip => Decoder::Gzip(Gzip::new(raw)),
            Compression::Zstd => Decoder::Zstd(Zstd::new(raw, options.max_window)?),
        };
        Ok(Self { decoder })
    }

    /// Reads once into `buffer`; 0 bytes are the end of the input, or of the buffer.
    ///
    /// The same as [`Read::read`] with the error typed.
    ///
    /// # Errors
    /// See [`Source`].
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match &mut self.decoder {
            Decoder::Plain(raw) => raw.fill(buffer),
            Decoder::Gzip(gzip) => gzip.fill(buffer),
            Decoder::Zstd(zstd) => zstd.fill(buffer),
        }
    }

    /// The file, if the input is one.
    pub fn path(&self) -> Option<&Path> {
        self.raw().path()
    }

    /// What messages call the input: the path, `stdin`, or the name that was given. May hold
    /// control characters; [`escape`](datason_core::escape) makes it safe to print.
    pub fn name(&self) -> &str {
        self.raw().name()
    }

    /// How the input is compressed.
    pub const fn compression(&self) -> Compression {
        match self.decoder {
            Decoder::Plain(_) => Compression::None,
            Decoder::Gzip(_) => Compression::Gzip,
            Decoder::Zstd(_) => Compression::Zstd,
        }
    }

    /// The size in bytes before decompression, where it is known: of the file when it was
    /// opened, or of the range.
    pub fn raw_len(&self) -> Option<u64> {
        self.raw().len()
    }

    /// The bytes taken from the input so far, before decompression; compressed data is read
    /// up to 128 KiB ahead. Costs nothing.
    pub fn raw_bytes_read(&self) -> u64 {
        self.raw().bytes_read()
    }

    /// The place in the file where reading began: 0 but for
    /// [`open_range`](Self::open_range).
    pub fn raw_start(&self) -> u64 {
        self.raw().start()
    }

    /// Whether the input can be read again from its start: regular files can, pipes cannot.
    pub fn is_rewindable(&self) -> bool {
        self.raw().is_rewindable()
    }

    /// Starts again at the first byte, for instance after a look at a sample.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if the input is not [rewindable](Self::is_rewindable),
    /// [`ErrorKind::Io`] if the system refuses.
    pub fn rewind(&mut self) -> Result<()> {
        match &mut self.decoder {
            Decoder::Plain(raw) => raw.rewind(),
            Decoder::Gzip(gzip) => gzip.rewind(),
            Decoder::Zstd(zstd) => zstd.rewind(),
        }
    }

    /// The gzip member or zstd frame that the last bytes came from; `None` without compression.
    /// Bytes of two of them never come in one [`fill`](Self::fill).
    pub const fn frame(&self) -> Option<Frame> {
        match &self.decoder {
            Decoder::Plain(_) => None,
            Decoder::Gzip(gzip) => Some(gzip.frames.current),
            Decoder::Zstd(zstd) => Some(zstd.frames.current),
        }
    }

    /// How many bytes of the input, before decompression, are whole gzip members or zstd frames,
    /// as far as it has been read. Of an input that is torn, this much is sound.
    pub const fn whole_frames_len(&self) -> u64 {
        match &self.decoder {
            Decoder::Plain(_) => 0,
            Decoder::Gzip(gzip) => gzip.frames.whole,
            Decoder::Zstd(zstd) => zstd.frames.whole,
        }
    }

    /// Heap bytes held for decompression, windows included.
    pub fn allocated_bytes(&self) -> usize {
        match &self.decoder {
            Decoder::Plain(_) => 0,
            Decoder::Gzip(gzip) => gzip.allocated_bytes(),
            Decoder::Zstd(zstd) => zstd.allocated_bytes(),
        }
    }

    fn raw(&self) -> &Raw {
        match &self.decoder {
            Decoder::Plain(raw) => raw,
            Decoder::Gzip(gzip) => gzip.raw(),
            Decoder::Zstd(zstd) => zstd.raw(),
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.fill(buffer)?)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name())
            .field("compression", &self.compression())
            .field("raw_bytes_read", &self.raw_bytes_read())
            .field("raw_len", &self.raw_len())
            .finish_non_exhaustive()
    }
}

/// The CRC-32, as gzip computes it, of the bytes `range` of the file at `path`.
///
/// # Errors
/// Those of [`Source::open_range`] and [`Source::fill`].
///
/// # Example
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("check");
/// std::fs::write(&path, "..123456789..")?;
/// assert_eq!(datason_io::checksum(&path, 2..11)?, 0xcbf4_3926);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn checksum(path: impl AsRef<Path>, range: Range<u64>) -> Result<u32> {
    let mut source = Source::open_range(path, range, &SourceOptions::new())?;
    let mut block = vec![0; READ_AHEAD];
    let mut crc = flate2::Crc::new();
    loop {
        match source.fill(&mut block)? {
            0 => return Ok(crc.sum()),
            read => crc.update(&block[..read]),
        }
    }
}

/// The same of `bytes`.
///
/// # Example
/// ```
/// assert_eq!(datason_io::checksum_of(b"123456789"), 0xcbf4_3926);
/// ```
pub fn checksum_of(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The file, and its size if it is a regular one.
fn open_file(path: &Path) -> Result<(File, Option<u64>)> {
    let file = File::open(path).map_err(|cause| on_path("cannot open", path, cause))?;
    let metadata = file.metadata().map_err(|cause| on_path("cannot open", path, cause))?;
    if metadata.is_dir() {
        return Err(is_a_folder(path));
    }
    Ok((file, metadata.is_file().then_some(metadata.len())))
}

fn check_range(range: &Range<u64>, size: Option<u64>) -> Result<()> {
    let Range { start, end } = range;
    let Some(size) = size else {
        return Err(Error::new(ErrorKind::Unsupported, "only regular files have byte ranges"));
    };
    if start > end {
        let message = format!("a byte range from {start} back to {end}");
        return Err(Error::new(ErrorKind::Argument, message));
    }
    if size < *end {
        let message = format!("the file ends at byte {size}, inside the range {start} to {end}");
        return Err(Error::new(ErrorKind::Truncated, message).fatal());
    }
    Ok(())
}

/// The compression that the first bytes tell. Where there are too few of them to tell, a file
/// called `.gz` or `.zst` is one that was cut off, and not an empty or plain one.
fn told_by_content(raw: &mut Raw) -> Result<Compression> {
    let head = raw.peek()?;
    if let Some(name) = sniff::foreign_magic(&head) {
        let message = format!("{name} data is not read; decompress it first");
        return Err(raw.error(ErrorKind::Unsupported, message));
    }
    match raw.path() {
        Some(path) if sniff::is_undecided(&head) => Ok(Compression::from_path(path)),
        _ => Ok(Compression::from_magic(&head)),
    }
}

/// Compressed bytes read from the system at once.
const READ_AHEAD: usize = 128 << 10;

/// Where a decoder stands in a row of gzip members or zstd frames.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first of them, which must come.
    Start,
    Inside,
    /// Behind one, where the input may end.
    Behind,
}

/// Where a gzip member or a zstd frame begins: reading can begin there, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Bytes before it, compressed, from where reading began.
    pub raw_start: u64,
    /// Bytes of text before it.
    pub text_start: u64,
}

/// The frames a decoder has come by.
#[derive(Clone, Copy, Default)]
struct Frames {
    current: Frame,
    text: u64,
    /// The compressed bytes of all that have ended.
    whole: u64,
}

impl Frames {
    fn begin(&mut self, raw_start: u64) {
        self.current = Frame { raw_start, text_start: self.text };
    }

    fn advance(&mut self, given: usize) {
        self.text += given as u64;
    }

    fn end(&mut self, raw_end: u64) {
        self.whole = raw_end;
    }
}

/// How many compressed bytes have been decoded.
fn at(input: &BufReader<Raw>) -> u64 {
    input.get_ref().bytes_read() - input.buffer().len() as u64
}

/// The compressed bytes at hand, none at the end of the input.
fn ahead(input: &mut BufReader<Raw>) -> Result<&[u8]> {
    input.fill_buf().map_err(|error| into_error(error, "cannot read"))
}

/// Goes back to the first compressed byte.
fn rewind(input: &mut BufReader<Raw>) -> Result<()> {
    let buffered = input.buffer().len();
    input.get_mut().rewind()?;
    input.consume(buffered);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_can_be_handed_to_another_thread() {
        fn assert_send<T: Send>() {}
        assert_send::<Source>();
    }

    #[test]
    fn a_file_that_shrinks_is_truncated_and_one_that_grows_ends_where_it_did() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100).unwrap();
        let mut source = Source::open(file.path(), &SourceOptions::new()).unwrap();
        let mut buffer = [0; 1000];
        assert_eq!(source.fill(&mut buffer[..10]).unwrap(), 10);
        file.as_file().set_len(200).unwrap();
        assert_eq!(source.fill(&mut buffer).unwrap(), 90);
        assert_eq!(source.fill(&mut buffer).unwrap(), 0);

        source.rewind().unwrap();
        assert_eq!(source.fill(&mut buffer[..10]).unwrap(), 10);
        file.as_file().set_len(50).unwrap();
        assert_eq!(source.fill(&mut buffer).unwrap(), 40);
        let error = source.fill(&mut buffer).unwrap_err();
        assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Truncated, true));
        assert_eq!(
            error.to_string(),
            "the file has shrunk from 100 to 50 bytes since it was opened"
        );
    }
}
