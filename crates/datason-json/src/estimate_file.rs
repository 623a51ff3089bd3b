//! How many records a file has, and how much memory they take, from a look at parts of it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use datason_core::{ByteSize, ChunkSize, RawChunk, Result, Value};
use datason_io::{Compression, Source, SourceOptions, into_error};
use datason_memory::{available_memory, value_bytes};
use serde::Serialize;

use crate::builder::ReaderBuilder;
use crate::codec::{AnyCodec, Codec};
use crate::format::Format;
use crate::reader::Reader;

mod fields;
mod weights;

use self::fields::Fields;
pub use self::fields::{FieldSketch, MOST_FIELDS};
use self::weights::Weights;

/// Says how many records the file at `path` has, how much memory they take, and how large chunks
/// should be, from a look at its head and at places spread over it. [`FileEstimator`] has options.
///
/// Reads a few MiB however large the file is, and holds less.
///
/// # Errors
/// As [`ReaderBuilder::open`], and what ends the input in its head.
///
/// # Example
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("events.jsonl");
/// std::fs::write(&path, "{\"id\": 1}\n".repeat(1_000)).unwrap();
/// let estimate = datason_json::estimate_file(&path)?;
/// assert_eq!((estimate.records.low, estimate.records.high), (1_000, 1_000));
/// assert_eq!(estimate.basis.whole, true, "a small file is looked at as a whole");
/// assert_eq!(estimate.record_bytes.likely, 10);
/// # Ok::<(), datason_core::Error>(())
/// ```
pub fn estimate_file(path: impl AsRef<Path>) -> Result<FileEstimate> {
    FileEstimator::new().estimate(path)
}

/// A guess, and between what the truth is to be expected. All the same where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guess {
    /// It is hardly less than this.
    pub low: u64,
    /// The best guess.
    pub likely: u64,
    /// It is hardly more than this.
    pub high: u64,
}

impl Guess {
    const fn exactly(number: u64) -> Self {
        Self { low: number, likely: number, high: number }
    }
}

/// What is expected of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileEstimate {
    /// How the records stand in it.
    pub format: &'static str,
    /// How it is compressed.
    pub compression: &'static str,
    /// Its size.
    pub file_bytes: u64,
    /// Its text, decompressed.
    pub text_bytes: Guess,
    /// How many records there are.
    pub records: Guess,
    /// The text of a record with what separates it from the next: of those that were looked at the
    /// shortest, the mean, and the longest.
    pub record_bytes: Guess,
    /// All of it in memory as structs that have a field for every member that was seen, an option
    /// where it is missing at times: numbers take 8 bytes, texts 24 and their length.
    pub rows_bytes: u64,
    /// All of it in memory as [`Value`]s.
    pub value_bytes: u64,
    /// All of it in memory as columns of Arrow, in batches of the usual size, with the room that
    /// their buffers have to spare.
    pub arrow_bytes: u64,
    /// What the records are made of: their members, those of members that are objects too, in the
    /// order of their pointers. At most [`MOST_FIELDS`].
    pub fields: Vec<FieldSketch>,
    /// Whether there are more, which are left out.
    pub more_fields: bool,
    /// How to cut it.
    pub advice: ChunkAdvice,
    /// What this rests on.
    pub basis: Basis,
}

/// How large chunks should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChunkAdvice {
    /// What a chunk may take, its records decoded as [`Value`]s, which take the most.
    pub target_bytes: u64,
    /// So many records take about that; at least 1.
    pub records: u64,
    /// So much text takes about that.
    pub text_bytes: u64,
    /// So many such chunks are expected.
    pub chunks: u64,
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Basis {
    /// Whether all of the file was looked at.
    pub whole: bool,
    /// How many records were measured.
    pub records: u64,
    /// How much text was read.
    pub text_bytes: u64,
    /// In how many places. 1 is the head: only in uncompressed JSON Lines can others be looked at.
    pub places: u64,
}

/// Options for estimating files.
#[derive(Clone, Debug)]
pub struct FileEstimator {
    reader: ReaderBuilder,
    target: Option<ByteSize>,
}

impl FileEstimator {
    /// The text of the head that is read at most, compressed input apart: 4 MiB.
    const HEAD: u64 = 4 << 20;
    /// The text of a compressed file that is read to see its ratio, and what of the file.
    const RATIO_TEXT: u64 = 64 << 20;
    const RATIO_RAW: u64 = 2 << 20;
    /// The places that are looked at in a larger file, and the text that is read in each.
    const PLACES: u64 = 32;
    const PLACE: u64 = 128 << 10;
    /// How far behind the beginning of a place its last line may end.
    const FARTHEST: u64 = 4 << 20;
    /// Of how many bytes of text records are measured one by one; of the others the length is.
    const WEIGHED: u64 = 2 << 20;

    /// The defaults.
    pub const fn new() -> Self {
        Self { reader: ReaderBuilder::new(), target: None }
    }

    /// How the file is read: format, pointer, limits. Default: [`ReaderBuilder::new`].
    #[must_use]
    pub fn reader(mut self, options: ReaderBuilder) -> Self {
        self.reader = options;
        self
    }

    /// What memory a chunk may take. Default: a quarter of what is
    /// [available](available_memory), and at most 256 MiB.
    #[must_use]
    pub fn target(mut self, target: ByteSize) -> Self {
        self.target = Some(target);
        self
    }

    /// Estimates the file at `path`: see [`estimate_file`].
    ///
    /// # Errors
    /// As [`estimate_file`].
    pub fn estimate(&self, path: impl AsRef<Path>) -> Result<FileEstimate> {
        let path = path.as_ref();
        let chunk = ChunkSize::bytes(ByteSize::kib(128))?;
        let mut reader = self.reader.clone().chunk_size(chunk).open(path)?;
        let mut sample = Sample::new(self.reader.new_codec()?);
        sample.read_head(&mut reader)?;
        let source = reader.get_ref();
        let file_bytes = source.raw_len().unwrap_or_else(|| source.raw_bytes_read());
        let compression = source.compression();
        let text = sample.whole_text(file_bytes, source.raw_bytes_read(), compression);
        let format = reader.format().unwrap_or(Format::Jsonl);
        if !sample.whole && format == Format::Jsonl && compression == Compression::None {
            sample.look_around(path, file_bytes, self.reader.new_codec()?)?;
        }
        Ok(self.conclude(&sample, text, file_bytes, format, compression))
    }

    fn conclude(
        &self,
        sample: &Sample,
        text: Guess,
        file_bytes: u64,
        format: Format,
        compression: Compression,
    ) -> FileEstimate {
        let (records, record) = (sample.records(text), sample.record_bytes());
        let weights = &sample.weights;
        let whole = |part: u64| scaled(part, text.likely, weights.text);
        FileEstimate {
            format: format.name(),
            compression: compression.name(),
            file_bytes,
            text_bytes: text,
            records,
            record_bytes: record,
            rows_bytes: whole(weights.rows()),
            value_bytes: whole(weights.values),
            arrow_bytes: weights.arrow(text.likely),
            fields: sample.fields.sketches(weights.records),
            more_fields: sample.fields.has_more(),
            advice: self.advice(weights, records.likely, record.likely),
            basis: sample.basis(),
        }
    }

    fn advice(&self, weights: &Weights, records: u64, record_bytes: u64) -> ChunkAdvice {
        let target = self.target.unwrap_or_else(default_target).as_u64();
        let fitting = scaled(target, weights.records, weights.values).max(1);
        ChunkAdvice {
            target_bytes: target,
            records: fitting,
            text_bytes: fitting.saturating_mul(record_bytes),
            chunks: records.div_ceil(fitting),
        }
    }
}

impl Default for FileEstimator {
    fn default() -> Self {
        Self::new()
    }
}

fn default_target() -> ByteSize {
    let quarter = available_memory().map_or(ByteSize::mib(50), |size| ByteSize(size.as_u64() / 4));
    quarter.clamp(ByteSize::mib(1), ByteSize::mib(256))
}

/// `part` times `whole` by `of`.
fn scaled(part: u64, whole: u64, of: u64) -> u64 {
    let product = u128::from(part) * u128::from(whole) / u128::from(of.max(1));
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// What has been looked at.
struct Sample {
    codec: AnyCodec,
    /// Of the records that were measured as values.
    weights: Weights,
    /// What these are made of.
    fields: Fields,
    /// For each stretch of text how many records it has and how long it is.
    stretches: Vec<(u64, u64)>,
    shortest: u64,
    longest: u64,
    places: u64,
    whole: bool,
}

impl Sample {
    fn new(codec: AnyCodec) -> Self {
        let (weights, stretches) = (Weights::default(), Vec::new());
        let (fields, shortest) = (Fields::default(), u64::MAX);
        Self { codec, weights, fields, stretches, shortest, longest: 0, places: 0, whole: false }
    }

    fn read_head(&mut self, reader: &mut Reader<Source>) -> Result<()> {
        let (mut chunk, mut from) = (RawChunk::default(), 0);
        self.places = 1;
        let compressed = reader.get_ref().compression() != Compression::None;
        let (most, raw) = if compressed {
            (FileEstimator::RATIO_TEXT, FileEstimator::RATIO_RAW)
        } else {
            (FileEstimator::HEAD, 0)
        };
        while from < FileEstimator::HEAD || (from < most && reader.get_ref().raw_bytes_read() < raw)
        {
            match reader.read_chunk(&mut chunk) {
                Ok(true) => {}
                Ok(false) => {
                    self.whole = true;
                    return Ok(());
                }
                Err(error) if error.is_fatal() => return Err(error),
                // A bad record is text all the same.
                Err(_) => continue,
            }
            let weighed = from < FileEstimator::WEIGHED;
            for record in chunk.data() {
                self.see(record.as_bytes(), weighed);
            }
            let at = reader.position().byte();
            self.stretches.push((chunk.data().len() as u64, at - from));
            from = at;
        }
        Ok(())
    }

    /// Looks at lines at places spread evenly over the file, and at nothing else: what
    /// more was seen of the head would weigh too much.
    fn look_around(&mut self, path: &Path, file_bytes: u64, codec: AnyCodec) -> Result<()> {
        let mut around = Self::new(codec);
        around.places = 0;
        for place in 0..FileEstimator::PLACES {
            // Each in the middle of a part of the file that it stands for.
            let middle = scaled(file_bytes, 2 * place + 1, 2 * FileEstimator::PLACES);
            let start = middle.saturating_sub(FileEstimator::PLACE / 2);
            let source = Source::open_range(path, start..file_bytes, &SourceOptions::new())?;
            around.see_lines(source).map_err(|cause| into_error(cause, "cannot read"))?;
        }
        // Where lines are so long that none was met, the head knows more.
        if around.weights.records > 0 {
            *self = around;
        }
        Ok(())
    }

    /// Looks at the lines that begin in the first [`PLACE`](FileEstimator::PLACE) bytes of `source`
    /// behind a line end, however far they reach: then long lines are met as often as short ones.
    fn see_lines(&mut self, source: Source) -> std::io::Result<()> {
        let mut source = BufReader::new(source.take(FileEstimator::FARTHEST));
        let mut from = source.skip_until(b'\n')? as u64;
        let (mut line, mut records, mut text) = (Vec::new(), 0, 0);
        while from < FileEstimator::PLACE {
            line.clear();
            let length = source.read_until(b'\n', &mut line)? as u64;
            if line.last() != Some(&b'\n') {
                break;
            }
            (from, text) = (from + length, text + length);
            if !line.trim_ascii().is_empty() {
                self.see(line.trim_ascii_end(), true);
                records += 1;
            }
        }
        self.stretches.push((records, text));
        self.places += 1;
        Ok(())
    }

    fn see(&mut self, record: &[u8], weighed: bool) {
        let length = record.len() as u64;
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        if weighed && let Ok(value) = self.codec.decode::<Value>(record) {
            self.weights.add(&value, length, value_bytes(&value));
            self.fields.add(&value);
        }
    }

    /// The text of the whole input.
    fn whole_text(&self, file_bytes: u64, raw_read: u64, compression: Compression) -> Guess {
        /// What the decompressor has read ahead, between nothing and all of its buffer.
        const AHEAD: u64 = 128 << 10;
        let seen: u64 = self.stretches.iter().map(|(_, text)| text).sum();
        if compression == Compression::None {
            return Guess::exactly(file_bytes.max(seen));
        }
        if self.whole {
            return Guess::exactly(seen);
        }
        let by = |raw: u64| scaled(seen, file_bytes, raw).max(seen);
        let (least, mean) = (raw_read.saturating_sub(AHEAD), raw_read.saturating_sub(AHEAD / 2));
        // What comes behind may be compressed better or worse by a half.
        let (low, high) = (by(raw_read) / 3 * 2, by(least.max(1)).saturating_mul(3) / 2);
        Guess { low: low.max(seen), likely: by(mean.max(1)), high }
    }

    fn totals(&self) -> (u64, u64) {
        let sum = |all: (u64, u64), one: &(u64, u64)| (all.0 + one.0, all.1 + one.1);
        self.stretches.iter().fold((0, 0), sum)
    }

    fn records(&self, text: Guess) -> Guess {
        let (records, seen) = self.totals();
        if self.whole {
            return Guess::exactly(records);
        }
        let likely = scaled(records, text.likely, seen);
        let margin = scaled(likely, self.spread(), 1_000);
        let low = scaled(records, text.low, seen).saturating_sub(margin);
        Guess {
            low: low.max(records),
            likely,
            high: scaled(records, text.high, seen).saturating_add(margin),
        }
    }

    /// Twice the standard error of the density of records, in thousandths. Where only the head was
    /// looked at, what comes behind may differ as much as its parts do.
    fn spread(&self) -> u64 {
        let (records, seen) = self.totals();
        let count = self.stretches.len() as u64;
        let deviations = self.stretches.iter().map(|(own, text)| {
            let expected = scaled(*text, records, seen);
            u128::from(own.abs_diff(expected)).pow(2)
        });
        let mean = u128::from((records / count.max(1)).max(1));
        let variance = deviations.sum::<u128>() / u128::from(count.max(1));
        let relative = u64::try_from(variance.isqrt() * 2_000 / mean).unwrap_or(u64::MAX);
        if self.places > 1 { relative / count.isqrt().max(1) + 1 } else { relative.max(50) }
    }

    fn record_bytes(&self) -> Guess {
        let (records, seen) = self.totals();
        if records == 0 {
            return Guess::default();
        }
        Guess { low: self.shortest, likely: (seen / records).max(1), high: self.longest }
    }

    fn basis(&self) -> Basis {
        let (records, text_bytes) = self.totals();
        Basis { whole: self.whole, records, text_bytes, places: self.places }
    }
}

#[cfg(test)]
mod tests;
