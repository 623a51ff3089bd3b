//! Where the chunks of a file stand, in a small file beside it.

mod build;

use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Position, Result};
use datason_io::{Compression, Source, checksum};
use serde::{Deserialize, Serialize};

use crate::beside::{Beside, failed, publish_sealed, unsealed};
use crate::builder::ReaderBuilder;
use crate::format::Format;
use crate::reader::Reader;
use crate::split::{Part, Split};

/// The index of a file: the bytes and the records of each of its chunks.
///
/// With it any chunk is read without those before it: a record by its number, a run of chunks,
/// one piece for each thread or machine. Lines can be cut without an index; arrays, concatenated
/// values and compressed files cannot, and [`plan_splits`](crate::plan_splits) takes the index
/// that is saved beside them.
///
/// Compressed files are cut where a gzip member or zstd frame begins with a record:
/// [`WriterBuilder::frame_size`](crate::WriterBuilder::frame_size) writes such files. One that is
/// a single frame has a single chunk.
///
/// An index bears a seal, by which one that was damaged is known. It belongs to a file of one length, and knows a checksum of its first and last bytes and
/// one of each chunk: [`open`](Self::open) compares the first two, [`verify`](Self::verify) and
/// [`read`](Self::read) the third.
///
/// # Example
/// ```
/// use datason_core::ChunkSize;
/// use datason_json::{ChunkIndex, ReaderBuilder};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("numbers.json");
/// std::fs::write(&path, "[0, 1, 2,\n 3, 4, 5, 6]")?;
/// let builder = ReaderBuilder::new().chunk_size(ChunkSize::records(2)?);
/// let index = ChunkIndex::build(&path, &builder)?;
/// assert_eq!((index.records(), index.chunks().len()), (7, 4));
///
/// let rest: Vec<u8> = index.seek(3, &builder)?.into_rows().collect::<Result<_, _>>()?;
/// assert_eq!(rest, [3, 4, 5, 6]);
/// let middle: Vec<u8> = index.read(1..3, &builder)?.into_rows().collect::<Result<_, _>>()?;
/// assert_eq!(middle, [2, 3, 4, 5]);
///
/// index.save()?;
/// assert_eq!(ChunkIndex::open(&path)?, Some(index));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkIndex {
    #[serde(rename = "datason_index")]
    version: u32,
    #[serde(skip)]
    path: PathBuf,
    format: Format,
    compression: String,
    pointer: Option<String>,
    file_bytes: u64,
    /// Of the first and the last bytes of the file.
    ends: u32,
    records: u64,
    chunks: Vec<IndexedChunk>,
}

/// One chunk of an indexed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndexedChunk {
    /// Its bytes in the file: of a compressed file whole members or frames.
    pub bytes: Range<u64>,
    /// The place, in the text, of its first byte and its first record's number.
    pub start: Position,
    /// How many records there are in it.
    pub records: u64,
    /// The CRC-32 of its bytes in the file.
    pub checksum: u32,
}

const VERSION: u32 = 2;

/// The key that an index is known by.
const MARK: &str = "datason_index";

/// How much of each end of the file is looked at to tell it from others.
const END_BYTES: u64 = 64 << 10;

impl ChunkIndex {
    /// Where the index of the file at `path` is saved: `events.json.index.json`.
    pub fn path_of(path: impl AsRef<Path>) -> PathBuf {
        let mut name = OsString::from(path.as_ref());
        name.push(".index.json");
        PathBuf::from(name)
    }

    /// Reads the file at `path` and notes its chunks, each of them at least as large as the
    /// builder's [`chunk_size`](ReaderBuilder::chunk_size). Records are told apart and not
    /// judged.
    ///
    /// Reads the file twice, the second time for the checksums. Takes 100 bytes a chunk.
    ///
    /// # Errors
    /// As [`Reader::next_record`], at the first break in the text: what is broken has no index.
    /// [`ErrorKind::Argument`] if `path` is no regular file.
    pub fn build(path: impl AsRef<Path>, builder: &ReaderBuilder) -> Result<Self> {
        build::run(path.as_ref(), builder)
    }

    /// Reads the index that is saved beside the file at `path`; `None` if there is none, or what
    /// stands under that name has not our mark, the key `datason_index`.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if it is no index, or was damaged, or is one of a file of another length or with other
    /// ends: it is best removed then, or built anew. [`ErrorKind::Unsupported`] if a later
    /// version wrote it, [`ErrorKind::Io`] if one of the two cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Option<Self>> {
        let path = path.as_ref();
        let place = Self::path_of(path);
        let Beside::Ours(text) = Beside::read(&place, MARK)? else { return Ok(None) };
        check_version(&text, &place)?;
        let text = unsealed(&text).ok_or_else(|| {
            broken("the index was changed since it was written: remove it or build it anew", &place)
        })?;
        let mut index: Self = serde_json::from_slice(&text)
            .map_err(|cause| broken("the file is no index", &place).caused_by(cause))?;
        path.clone_into(&mut index.path);
        index.check(&place)?;
        Ok(Some(index))
    }

    /// Saves the index beside the file, whole or not at all.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be written, [`ErrorKind::Data`] if a file stands in its
    /// place that is no index, [`ErrorKind::Limit`] if it is larger than 256 MiB, two million
    /// chunks, which [`open`](Self::open) does not read: index larger chunks then.
    pub fn save(&self) -> Result<()> {
        publish_sealed(&Self::path_of(&self.path), MARK, self)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the records stand in the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How the file is compressed.
    ///
    /// # Errors
    /// Never, unless the index was changed by hand.
    pub fn compression(&self) -> Result<Compression> {
        self.compression.parse()
    }

    /// How many records there are.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The chunks, in order. They cover the file without gaps; of an array at a pointer they
    /// cover the array. A file without records has none.
    pub fn chunks(&self) -> &[IndexedChunk] {
        &self.chunks
    }

    /// Compares every byte of the file with the checksums.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if a chunk has changed, with its place; [`ErrorKind::Io`] if the file
    /// cannot be read.
    pub fn verify(&self) -> Result<()> {
        self.check(&Self::path_of(&self.path))?;
        self.verify_chunks(&(0..self.chunks.len()))
    }

    /// The piece of the file that the chunks `range` are, to be read by
    /// [`ReaderBuilder::open_split`], here or elsewhere.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there are no such chunks.
    pub fn split(&self, range: Range<usize>) -> Result<Split> {
        let chunks = self.chunks.get(range.clone()).unwrap_or_default();
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else {
            let (start, end, count) = (range.start, range.end, self.chunks.len());
            let message = format!("no chunks {start} to {end}: there are {count}");
            return Err(Error::new(ErrorKind::Argument, message).in_file(&self.path));
        };
        let whole = self.whole()?;
        if chunks.len() == self.chunks.len() {
            return Ok(whole);
        }
        let part = match self.format {
            Format::Json => Part::Elements {
                first: range.start == 0,
                // What stands around the array has been read when the index was built.
                last: range.end == self.chunks.len() && self.pointer.is_none(),
            },
            _ => Part::Plain,
        };
        let bytes = Some(first.bytes.start..last.bytes.end);
        Ok(Split { bytes, start: first.start, pointer: None, part, ..whole })
    }

    /// At most `pieces` pieces of about equal length that add up to the whole.
    ///
    /// # Errors
    /// Never, unless the index was changed by hand.
    pub fn splits(&self, pieces: NonZeroUsize) -> Result<Vec<Split>> {
        let Some(last) = self.chunks.last() else { return Ok(vec![self.whole()?]) };
        let start = self.chunks[0].bytes.start;
        let piece = (last.bytes.end - start).div_ceil(pieces.get() as u64).max(1);
        let number = |chunk: &IndexedChunk| (chunk.bytes.start - start) / piece;
        let mut splits = Vec::new();
        let mut at = 0;
        for group in self.chunks.chunk_by(|one, other| number(one) == number(other)) {
            splits.push(self.split(at..at + group.len())?);
            at += group.len();
        }
        Ok(splits)
    }

    /// A reader of the chunks `range`, whose bytes have been compared with their checksums:
    /// they are read twice.
    ///
    /// # Errors
    /// As [`split`](Self::split), [`verify`](Self::verify) and [`ReaderBuilder::open_split`].
    pub fn read(&self, range: Range<usize>, builder: &ReaderBuilder) -> Result<Reader<Source>> {
        let split = self.split(range.clone())?;
        self.verify_chunks(&range)?;
        builder.open_split(&split)
    }

    /// A reader whose next record is number `record` of the file, counted from 0; at the end if
    /// there are not that many. Reads the chunk it is in from its start.
    ///
    /// # Errors
    /// As [`ReaderBuilder::open_split`].
    pub fn seek(&self, record: u64, builder: &ReaderBuilder) -> Result<Reader<Source>> {
        let behind = self.chunks.partition_point(|chunk| chunk.start.record() <= record);
        let chunk = behind.saturating_sub(1);
        let split = match self.chunks.len() {
            0 => self.whole()?,
            count => self.split(chunk..count)?,
        };
        let before = self.chunks.get(chunk).map_or(0, |chunk| chunk.start.record());
        let mut reader = builder.open_split(&split)?;
        reader.pass_over(record.min(self.records) - before)?;
        Ok(reader)
    }

    /// Whether it is the index of what `builder` reads of the file in `format`.
    pub(crate) fn is_of(&self, format: Format, pointer: Option<&str>) -> bool {
        self.format == format && self.pointer.as_deref() == pointer
    }

    fn whole(&self) -> Result<Split> {
        Ok(Split {
            path: self.path.clone(),
            bytes: None,
            start: Position::START,
            format: self.format,
            compression: self.compression()?,
            pointer: self.pointer.clone(),
            file_len: self.file_bytes,
            part: Part::Plain,
        })
    }

    /// Whether the file is the one that was indexed, as far as can be told without reading it,
    /// and the index holds together.
    fn check(&self, place: &Path) -> Result<()> {
        let length = length(&self.path)?;
        if length != self.file_bytes {
            let then = self.file_bytes;
            let message = format!("the index is of a file of {then} bytes, and it has {length}");
            return Err(broken(&message, place));
        }
        if ends(&self.path, length)? != self.ends {
            return Err(broken("the index is of a file with another beginning or end", place));
        }
        // Numbers out of a file may be any numbers.
        let end = |chunk: &IndexedChunk| chunk.start.record().checked_add(chunk.records);
        let follow = |pair: &[IndexedChunk]| {
            pair[0].bytes.end == pair[1].bytes.start
                && end(&pair[0]) == Some(pair[1].start.record())
        };
        // Without a pointer they cover the file, and plain chunks begin where they say.
        let covers = self.pointer.is_some()
            || self.chunks.first().is_none_or(|first| first.bytes.start == 0)
                && self.chunks.last().is_none_or(|last| last.bytes.end == length);
        let is_plain = self.compression()? == Compression::None;
        let placed =
            !is_plain || self.chunks.iter().all(|chunk| chunk.start.byte() == chunk.bytes.start);
        let begins = self.chunks.first().is_none_or(|first| first.start.record() == 0);
        let records = self.chunks.last().map_or(Some(0), end);
        let inside = self.chunks.iter().all(|chunk| {
            chunk.bytes.start <= chunk.bytes.end && chunk.bytes.end <= self.file_bytes
        });
        if !begins
            || !covers
            || !placed
            || records != Some(self.records)
            || !inside
            || !self.chunks.windows(2).all(follow)
        {
            return Err(broken("the index contradicts itself", place));
        }
        Ok(())
    }

    fn verify_chunks(&self, range: &Range<usize>) -> Result<()> {
        for number in range.clone() {
            let chunk = &self.chunks[number];
            if checksum(&self.path, chunk.bytes.clone())? != chunk.checksum {
                let message = format!("chunk {number} is not what it was when it was indexed");
                return Err(broken(&message, &self.path).at(chunk.start));
            }
        }
        Ok(())
    }
}

/// A later version may have another seal.
fn check_version(text: &[u8], place: &Path) -> Result<()> {
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "datason_index")]
        version: u32,
    }
    match serde_json::from_slice::<Version>(text) {
        Ok(Version { version }) if version > VERSION => {
            let message = format!("an index of version {version}, not {VERSION}");
            Err(Error::new(ErrorKind::Unsupported, message).in_file(place).fatal())
        }
        Ok(_) => Ok(()),
        Err(cause) => Err(broken("the file is no index", place).caused_by(cause)),
    }
}

fn length(path: &Path) -> Result<u64> {
    let metadata = fs::metadata(path).map_err(|cause| failed("read", path, cause))?;
    Ok(metadata.len())
}

fn ends(path: &Path, length: u64) -> Result<u32> {
    let first = checksum(path, 0..length.min(END_BYTES))?;
    let last = checksum(path, length.saturating_sub(END_BYTES)..length)?;
    Ok(first.rotate_left(1) ^ last)
}

#[cold]
fn broken(message: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Data, message).in_file(path).fatal()
}
