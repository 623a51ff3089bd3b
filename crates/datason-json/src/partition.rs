//! Records into a file for each value of a field.

mod key;
mod name;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use datason_core::{ByteSize, Error, ErrorKind, Record, Result};
use datason_io::{AtomicFolder, Compression, Sink, SinkOptions};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use self::key::Found;
use self::name::Names;
use crate::beside::failed;
use crate::compact::append_line;
use crate::frame::parse_pointer;
use crate::layout::Layout;

/// What becomes of records that lack the field by which they are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnMissing {
    /// They go to a file of their own, `_missing.jsonl`, with the ending that all files have.
    #[default]
    Keep,
    /// Each is bad.
    Error,
}

/// How many records there are of one value, and in which file: a line of `_manifest.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partition {
    /// The value as JSON; `None`, and left out, for the records that have none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<RawValue>>,
    /// The file's name in the folder.
    pub file: String,
    /// Its records.
    pub records: u64,
    /// Bytes of text, before any compression.
    pub bytes: u64,
}

/// A value that is there may be `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// Sorts records into a folder with a file for each value that a field has.
///
/// # The folder
/// It appears whole when [`finish`](Partitions::finish) returns, or not at all: it is an
/// [`AtomicFolder`], which must be missing or empty before. In it stands `_manifest.jsonl` with a
/// [`Partition`] a line, in the order in which the values came. Records are those of the input,
/// in their order, as [`Writer::write_text`](crate::Writer::write_text) writes them: white space
/// around a record goes, and with line breaks all that stands outside its strings.
///
/// # Names
/// A file is called as its value, in ASCII letters, digits, `-`, `_` and `.`, with every other
/// byte as `%` and two digits; so is a first byte that would mean something to a shell or a
/// system, such as those of `..`, `-rf` and `CON`. The empty text is `%`. What is longer than 120
/// bytes is cut and ends in `~`. Of names that differ in capitals only, or not at all (as the text
/// `1` and the number), later ones get `~2`, `~3`, …. So no value leads out of the folder, and
/// none has the file of another on any file system. Which value has which file, the manifest says.
///
/// # Values
/// Texts, numbers, truths and `null`. Numbers are told apart by their digits: `1` and `1.0` are
/// two. A record with a list or an object there, or with a value of more than 1 KiB, is bad.
///
/// # Memory
/// Bounded by [`buffer`](Self::buffer), whose parts may be half empty, and
/// [`most_values`](Self::most_values), whatever there is.
/// One file is open at a time.
///
/// # Example
/// ```
/// use datason_json::{PartitionBuilder, ReaderBuilder};
///
/// # let folder = tempfile::tempdir()?;
/// let target = folder.path().join("by-user");
/// let text = b"{\"user\":\"ann\",\"n\":1}\n{\"user\":\"../bob\"}\n{\"user\":\"ann\",\"n\":2}\n{}\n";
/// let mut parts = PartitionBuilder::new("/user")?.create(&target)?;
/// let mut reader = ReaderBuilder::new().from_slice(text);
/// while let Some(record) = reader.next_validated()? {
///     parts.write(record)?;
/// }
/// let written = parts.finish()?;
/// let files: Vec<_> = written.iter().map(|part| (part.file.as_str(), part.records)).collect();
/// assert_eq!(files, [("ann.jsonl", 2), ("%2E.%2Fbob.jsonl", 1), ("_missing.jsonl", 1)]);
/// let ann = std::fs::read_to_string(target.join("ann.jsonl"))?;
/// assert_eq!(ann, "{\"user\":\"ann\",\"n\":1}\n{\"user\":\"ann\",\"n\":2}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PartitionBuilder {
    pointer: String,
    tokens: Vec<String>,
    layout: Layout,
    compression: Compression,
    on_missing: OnMissing,
    buffer: usize,
    most_values: usize,
}

/// The file of records without a value, without its ending.
const MISSING: &str = "_missing";

/// That which says which value has which file, without its ending.
const MANIFEST: &str = "_manifest";

/// The longest value, as JSON.
const LONGEST_VALUE: usize = 1 << 10;

impl PartitionBuilder {
    /// Sorts by what stands at `pointer` (RFC 6901) of each record: `/user`, `/meta/kind`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it is no pointer to a part of a record.
    pub fn new(pointer: &str) -> Result<Self> {
        Ok(Self {
            pointer: pointer.to_owned(),
            tokens: parse_pointer(pointer)?,
            layout: Layout::Lines,
            compression: Compression::None,
            on_missing: OnMissing::Keep,
            buffer: 16 << 20,
            most_values: 10_000,
        })
    }

    /// How the records stand in each file. Default: [`Layout::Lines`].
    #[must_use]
    pub const fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// How each file is compressed. Default: not at all. What is gathered of a value before it goes
    /// to its file is a gzip member or zstd frame, so many values compress badly in a small
    /// [`buffer`](Self::buffer).
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// What becomes of records that lack the field. Default: [`OnMissing::Keep`].
    #[must_use]
    pub const fn on_missing(mut self, way: OnMissing) -> Self {
        self.on_missing = way;
        self
    }

    /// How much text is gathered, of all values together, before it goes to the files. Default:
    /// 16 MiB.
    #[must_use]
    pub fn buffer(mut self, size: ByteSize) -> Self {
        self.buffer = usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
        self
    }

    /// How many values there may be; one more is a fatal [`ErrorKind::Limit`]. Each takes some
    /// hundred bytes of memory, and its own size twice. Default: 10,000.
    #[must_use]
    pub const fn most_values(mut self, most: usize) -> Self {
        self.most_values = most;
        self
    }

    /// Begins the folder `target`.
    ///
    /// # Errors
    /// As [`AtomicFolder::create`].
    pub fn create(&self, target: impl AsRef<Path>) -> Result<Partitions> {
        let folder = AtomicFolder::create(target)?;
        let format = if self.layout == Layout::Lines { ".jsonl" } else { ".json" };
        let compression = match self.compression {
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
            _ => "",
        };
        Ok(Partitions {
            options: self.clone(),
            folder,
            names: Names::new(format!("{format}{compression}")),
            numbers: HashMap::new(),
            parts: Vec::new(),
            gathered: 0,
            failed: false,
        })
    }
}

/// Records on their way into the files of a folder: see [`PartitionBuilder`].
#[derive(Debug)]
#[must_use = "nothing is published before `finish`"]
pub struct Partitions {
    options: PartitionBuilder,
    folder: AtomicFolder,
    names: Names,
    /// Which part a value has; `None` is that of records without one.
    numbers: HashMap<Option<String>, usize>,
    parts: Vec<Part>,
    /// Bytes in the buffers of all parts.
    gathered: usize,
    failed: bool,
}

#[derive(Debug)]
struct Part {
    value: Option<String>,
    file: String,
    buffer: Vec<u8>,
    records: u64,
    bytes: u64,
    /// Whether there is a file already.
    begun: bool,
}

impl Partitions {
    /// Writes `record`, valid JSON, to the file of its value.
    ///
    /// # Errors
    /// About the record, with its place and the pointer: [`ErrorKind::Data`] if there is a list or
    /// an object at the pointer, or nothing and that [is an error](OnMissing::Error);
    /// [`ErrorKind::Limit`] if the value is too long; [`ErrorKind::Syntax`] if it is no JSON.
    /// Fatal: [`ErrorKind::Limit`] if there are too many values; [`ErrorKind::Io`] if a file cannot
    /// be written, and then nothing can be published.
    pub fn write(&mut self, record: Record<'_>) -> Result<()> {
        let value = self.value(record)?;
        let number = self.number(value).map_err(|error| error.at(record.position()))?;
        let layout = self.options.layout;
        let part = &mut self.parts[number];
        let before = part.buffer.len();
        let separator = if part.records == 0 { layout.before_first() } else { layout.between() };
        part.buffer.extend_from_slice(separator.as_bytes());
        append_line(record.as_bytes(), &mut part.buffer);
        part.buffer.extend_from_slice(layout.behind_each().as_bytes());
        part.records += 1;
        self.gathered += part.buffer.len() - before;
        if self.gathered > self.options.buffer {
            self.let_go()?;
        }
        Ok(())
    }

    /// How many values there have been.
    pub fn values(&self) -> usize {
        self.parts.len()
    }

    /// Completes the files and publishes the folder: all of it is in place and on disk when this
    /// returns. What is in which file, as the manifest has it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if any step fails, now or before. Nothing is published then.
    pub fn finish(mut self) -> Result<Vec<Partition>> {
        self.check()?;
        for number in 0..self.parts.len() {
            let end = self.options.layout.behind_last(self.parts[number].records);
            self.parts[number].buffer.extend_from_slice(end.as_bytes());
            self.flush(number)?;
            let path = self.folder.path().join(&self.parts[number].file);
            // Some systems bring to disk only what may be written.
            let file = OpenOptions::new().append(true).open(&path);
            let synced = file.and_then(|file| file.sync_all());
            synced.map_err(|cause| self.failure("bring to disk", &path, cause))?;
        }
        let partitions = self.parts.iter().map(Part::report).collect::<Result<Vec<_>>>()?;
        self.write_manifest(&partitions)?;
        self.folder.finish()?;
        Ok(partitions)
    }

    /// Gives up and removes everything. Dropping does the same and cannot tell of errors.
    ///
    /// # Errors
    /// As [`AtomicFolder::abort`].
    pub fn abort(self) -> Result<()> {
        self.folder.abort()
    }

    fn value(&self, record: Record<'_>) -> Result<Option<String>> {
        let bad = |kind, message: &str| {
            let error = Error::new(kind, message).at(record.position());
            error.with_pointer(self.options.pointer.clone())
        };
        let found = key::find(record.as_bytes(), &self.options.tokens)
            .map_err(|cause| bad(ErrorKind::Syntax, "the record is no JSON").caused_by(cause))?;
        match (found, self.options.on_missing) {
            (Found::Value(value), _) if value.len() > LONGEST_VALUE => Err(bad(
                ErrorKind::Limit,
                "the value by which records are sorted is longer than 1 KiB",
            )),
            (Found::Value(value), _) => Ok(Some(value)),
            (Found::Nothing, OnMissing::Keep) => Ok(None),
            (Found::Nothing, OnMissing::Error) => {
                Err(bad(ErrorKind::Data, "the record lacks the value by which it is sorted"))
            }
            (Found::Nested, _) => {
                Err(bad(ErrorKind::Data, "records are not sorted by a list or an object"))
            }
        }
    }

    fn number(&mut self, value: Option<String>) -> Result<usize> {
        if let Some(number) = self.numbers.get(&value) {
            return Ok(*number);
        }
        let most = self.options.most_values;
        if self.parts.len() >= most {
            let message = format!("there are more than {most} values to sort by");
            return Err(Error::new(ErrorKind::Limit, message).fatal());
        }
        let file = match &value {
            Some(value) => self.names.give(value),
            None => self.names.of_missing(),
        };
        let number = self.parts.len();
        self.numbers.insert(value.clone(), number);
        let (buffer, begun) = (Vec::new(), false);
        self.parts.push(Part { value, file, buffer, records: 0, bytes: 0, begun });
        Ok(number)
    }

    /// Writes the fullest buffers to their files, until half of the room is free.
    fn let_go(&mut self) -> Result<()> {
        let mut fullest: Vec<usize> = (0..self.parts.len()).collect();
        fullest.sort_by_key(|number| std::cmp::Reverse(self.parts[*number].buffer.len()));
        for number in fullest {
            if self.gathered <= self.options.buffer / 2 {
                break;
            }
            self.flush(number)?;
        }
        Ok(())
    }

    /// Writes the buffer of a part to its file, and keeps no memory for it.
    fn flush(&mut self, number: usize) -> Result<()> {
        self.check()?;
        let buffer = std::mem::take(&mut self.parts[number].buffer);
        self.gathered = self.gathered.saturating_sub(buffer.len());
        let part = &self.parts[number];
        let path = self.folder.path().join(&part.file);
        let written = append(&path, part.begun, self.options.compression, &buffer);
        self.failed = written.is_err();
        let part = &mut self.parts[number];
        part.begun = true;
        part.bytes += buffer.len() as u64;
        written
    }

    fn check(&self) -> Result<()> {
        if self.failed {
            return Err(Error::new(ErrorKind::Io, "the output failed before").fatal());
        }
        Ok(())
    }

    fn write_manifest(&self, partitions: &[Partition]) -> Result<()> {
        let path = self.folder.path().join(format!("{MANIFEST}.jsonl"));
        let mut text = Vec::new();
        for partition in partitions {
            serde_json::to_writer(&mut text, partition).map_err(|cause| {
                Error::new(ErrorKind::Data, "the manifest cannot be written").caused_by(cause)
            })?;
            text.push(b'\n');
        }
        let written = File::create_new(&path).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written.map_err(|cause| self.failure("write", &path, cause))
    }

    /// The name that a message needs is that under which the file would have appeared.
    #[cold]
    fn failure(&self, tried: &str, path: &Path, cause: std::io::Error) -> Error {
        let name = path.file_name().map_or_else(PathBuf::new, PathBuf::from);
        failed(tried, &self.folder.target().join(name), cause)
    }
}

impl Part {
    fn report(&self) -> Result<Partition> {
        let raw = |value: &String| {
            RawValue::from_string(value.clone()).map_err(|cause| {
                Error::new(ErrorKind::Data, "the value is no JSON").caused_by(cause)
            })
        };
        let value = self.value.as_ref().map(raw).transpose()?;
        let (file, records, bytes) = (self.file.clone(), self.records, self.bytes);
        Ok(Partition { value, file, records, bytes })
    }
}

/// Adds `text` to the file at `path`, which is made, and then made by us alone, unless it has
/// been `begun`.
fn append(path: &Path, begun: bool, compression: Compression, text: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(!begun);
    let file = options.open(path).map_err(|cause| failed("write", path, cause))?;
    let options = SinkOptions::new().compression(compression);
    let mut sink = Sink::to_writer(Box::new(file), path.to_string_lossy(), &options)?;
    sink.put(text)?;
    sink.finish().map(|_receipt| ())
}

#[cfg(test)]
mod tests;
