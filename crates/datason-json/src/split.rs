//! Pieces of an input that can be read apart, by threads or by machines.

mod elements;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Position, Result};
use datason_io::{Compression, Source, SourceOptions};
use datason_scan::Kernel;
use serde::{Deserialize, Serialize};

use self::elements::Elements;
use crate::beside::failed;
use crate::builder::ReaderBuilder;
use crate::format::Format;
use crate::frame::Framer;
use crate::index::ChunkIndex;

/// A piece of an input that a reader can be built from.
///
/// Plain data that can be sent to another machine. The pieces of a plan, read one after the
/// other, add up to the whole input exactly: the same records, in the same order.
///
/// Uncompressed JSON Lines can be cut anywhere. Arrays, concatenated values and compressed files
/// can be cut where a [`ChunkIndex`] beside them says; without one a plan has one piece.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_json::{Lines, ReaderBuilder, plan_splits};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("numbers.jsonl");
/// std::fs::write(&path, "1\n22\n333\n").unwrap();
/// let builder = ReaderBuilder::new();
/// let plan = plan_splits(&path, NonZeroUsize::new(2).unwrap(), Lines::Counted, &builder)?;
/// let mut numbers: Vec<u32> = Vec::new();
/// for split in &plan {
///     for number in builder.open_split(split)?.rows() {
///         numbers.push(number?);
///     }
/// }
/// assert_eq!(numbers, [1, 22, 333]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    pub(crate) path: PathBuf,
    /// The bytes of the piece; `None` is all of the input, whatever its length.
    pub(crate) bytes: Option<Range<u64>>,
    pub(crate) start: Position,
    pub(crate) format: Format,
    pub(crate) compression: Compression,
    pub(crate) pointer: Option<String>,
    /// The file's length when the plan was made.
    pub(crate) file_len: u64,
    pub(crate) part: Part,
}

/// How the text of a piece is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    /// As it is.
    Plain,
    /// As elements of an array: the first of them, the last, or some between.
    Elements { first: bool, last: bool },
}

impl Split {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of the file that belong to this piece; `None` if it is all of the input.
    pub fn bytes(&self) -> Option<Range<u64>> {
        self.bytes.clone()
    }

    /// The place of the piece's first byte.
    pub fn start(&self) -> Position {
        self.start
    }

    /// The format of the whole input.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The pointer to the records' array.
    pub(crate) fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    pub(crate) fn open_source(&self, options: &SourceOptions) -> Result<Source> {
        let Some(bytes) = self.bytes.clone() else {
            return Source::open(&self.path, &options.compression(self.compression));
        };
        let now = length(&self.path)?;
        if now != self.file_len {
            let then = self.file_len;
            let message = format!("the file had {then} bytes when it was cut, and has {now}");
            return Err(Error::new(ErrorKind::Data, message).in_file(&self.path).fatal());
        }
        let options = options.compression(self.compression);
        let source = Source::open_range(&self.path, bytes, &options)?;
        let Part::Elements { first, last } = self.part else { return Ok(source) };
        let name = source.name().to_owned();
        let elements = Box::new(Elements::new(source, first, last));
        Source::from_reader(elements, name, &SourceOptions::new().compression(Compression::None))
    }
}

fn length(path: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(path).map_err(|cause| failed("read", path, cause))?;
    Ok(metadata.len())
}

/// Whether a plan knows the line and record number at which each piece starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// It does: errors name the line and record of the whole input. Planning reads the input
    /// once, at the speed of a line count.
    Counted,
    /// It does not: errors name the byte exactly, and line and record as counted from the
    /// piece's start ([`Position::counted_from`]). Planning reads a few blocks.
    Uncounted,
}

/// Cuts the file at `path` into at most `pieces` pieces of about equal length.
///
/// Pieces of lines end where lines end. Anything else is cut as the [`ChunkIndex`] says that is
/// saved beside the file; without one there is one piece. Short inputs, and those of few chunks,
/// make fewer pieces.
///
/// # Errors
/// As [`ReaderBuilder::open`], and as [`ChunkIndex::open`] where lines are not enough.
pub fn plan_splits(
    path: impl AsRef<Path>,
    pieces: NonZeroUsize,
    lines: Lines,
    builder: &ReaderBuilder,
) -> Result<Vec<Split>> {
    let path = path.as_ref();
    let mut reader = builder.open(path)?;
    let format = reader.sniffed_format()?;
    let source = reader.get_ref();
    let whole = Split {
        path: path.to_owned(),
        bytes: None,
        start: Position::START,
        format,
        compression: source.compression(),
        pointer: builder.pointer.clone(),
        file_len: length(path)?,
        part: Part::Plain,
    };
    let plain = whole.compression == Compression::None && source.raw_len().is_some();
    match whole.file_len {
        0 => Ok(vec![whole]),
        len if plain && format == Format::Jsonl => cut(&whole, len, pieces, lines),
        _ => match ChunkIndex::open(path)? {
            Some(index) if index.is_of(format, builder.pointer.as_deref()) => index.splits(pieces),
            _ => Ok(vec![whole]),
        },
    }
}

fn cut(whole: &Split, len: u64, pieces: NonZeroUsize, lines: Lines) -> Result<Vec<Split>> {
    let mut cuts = Cuts::open(&whole.path)?;
    let mut splits: Vec<Split> = Vec::new();
    let mut start = Position::START;
    let piece_len = len.div_ceil(pieces.get() as u64).max(1);
    while start.byte() < len {
        // The next multiple of the length: pieces that a long line swallowed are left out.
        let aim = (start.byte() / piece_len + 1).saturating_mul(piece_len);
        let end = if aim >= len { len } else { cuts.line_start_after(aim, len)? };
        splits.push(Split { bytes: Some(start.byte()..end), start, ..whole.clone() });
        start = match lines {
            Lines::Counted => cuts.counted(start, end)?,
            Lines::Uncounted => Position::uncounted(end),
        };
    }
    Ok(splits)
}

/// Finds places where lines start.
struct Cuts {
    path: PathBuf,
    file: File,
    block: Vec<u8>,
    kernel: Kernel,
}

impl Cuts {
    const BLOCK: usize = 256 << 10;

    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|cause| failed("read", path, cause))?;
        let block = vec![0; Self::BLOCK];
        Ok(Self { path: path.to_owned(), file, block, kernel: Kernel::active() })
    }

    /// The start of the first line that starts at or behind `from`, or `len`.
    fn line_start_after(&mut self, from: u64, len: u64) -> Result<u64> {
        // The byte before tells whether a line starts right here.
        let mut at = from.saturating_sub(1);
        while at < len {
            let read = self.read(at, len)?;
            if let Some(newline) = self.kernel.first_newline(&self.block[..read]) {
                return Ok(at + newline as u64 + 1);
            }
            at += read as u64;
        }
        Ok(len)
    }

    /// The place `end`, with the lines and records from `start` to there counted.
    fn counted(&mut self, start: Position, end: u64) -> Result<Position> {
        let (mut framer, mut spans) = (Framer::lines(), Vec::new());
        let (mut place, mut records) = (start, start.record());
        while place.byte() < end {
            let read = self.read(place.byte(), end)?;
            let mut block = &self.block[..read];
            if place.byte() == 0 && block.starts_with(b"\xef\xbb\xbf") {
                place = place.advanced(&block[..3]);
                block = &block[3..];
            }
            let at_end = place.byte() + block.len() as u64 == end;
            let consumed = framer.frame(block, at_end, &mut spans).consumed;
            records += spans.len() as u64;
            spans.clear();
            place = place.advanced(&block[..consumed]);
            if consumed == 0 && !at_end {
                // A line longer than the block: it counts, and its end will be passed over.
                records += 1;
                place = place.advanced(&block[..framer.drop_record()]);
            }
        }
        Ok(place.with_record(records))
    }

    fn read(&mut self, at: u64, end: u64) -> Result<usize> {
        let room = usize::try_from(end - at).unwrap_or(usize::MAX).min(self.block.len());
        let block = &mut self.block[..room];
        let read = self
            .file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read(block))
            .map_err(|cause| failed("read", &self.path, cause))?;
        if read > 0 {
            return Ok(read);
        }
        let message = "the file became shorter while it was being cut";
        Err(Error::new(ErrorKind::Truncated, message).in_file(&self.path).fatal())
    }
}
