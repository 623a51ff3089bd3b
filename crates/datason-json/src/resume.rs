//! Outputs that go on where a killed run has stopped.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use datason_core::{ByteSize, Error, ErrorKind, Position, Result, escape};
use datason_io::{AtomicFile, PartialFile, Sink};
use serde::{Deserialize, Serialize};

use crate::beside::failed;
use crate::writer::{Writer, WriterBuilder, Written};

/// Notes how far a conversion of one file into another has come, so that the next run goes on
/// from there, with the bytes that an unbroken run would have written.
///
/// What is written so far stands in a [`PartialFile`]; the note, a small JSON file beside the
/// target, says which place of the source it reaches to. It holds the source's size and time of
/// change and a hash of all settings, so that a run never goes on with something else. The order
/// is: data to disk, then the note. A crash between the two costs the work since the last note.
///
/// Compressed output is cut at each note, so its frames are those of every run with the same
/// [`every`](Self::every), and differ from those of a plain conversion.
///
/// # Example
/// ```
/// use datason_core::{ByteSize, ChunkSize, RawChunk};
/// use datason_json::{Checkpoints, ReaderBuilder, WriterBuilder};
///
/// # let folder = tempfile::tempdir()?;
/// let (source, target) = (folder.path().join("in.jsonl"), folder.path().join("out.json.gz"));
/// std::fs::write(&source, "1\n2\n3\n4\n5\n")?;
/// let reading = ReaderBuilder::new().chunk_size(ChunkSize::records(2)?);
/// for stop_after in [1, 1, 9] {
///     let writing = WriterBuilder::new().layout(datason_json::Layout::Array);
///     let (mut writer, mut checkpoints) =
///         Checkpoints::begin(&writing, &target, &source, "pass through", ByteSize(1))?;
///     let mut reader = reading.open_at(&source, checkpoints.start())?;
///     let mut chunk = RawChunk::default();
///     let mut chunks = 0;
///     while chunks < stop_after && reader.read_chunk(&mut chunk)? {
///         for record in chunk.data() {
///             writer.write_text(record.as_bytes())?;
///         }
///         checkpoints.reach(&mut writer, reader.position())?;
///         chunks += 1;
///     }
///     if chunks < stop_after {
///         checkpoints.publish(writer)?;
///     }
/// }
/// let numbers: Vec<u8> =
///     ReaderBuilder::new().open(&target)?.into_rows().collect::<Result<_, _>>()?;
/// assert_eq!(numbers, [1, 2, 3, 4, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Checkpoints {
    target: PathBuf,
    notes: PathBuf,
    every: u64,
    last: Checkpoint,
}

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    #[serde(rename = "datason_checkpoint")]
    version: u32,
    source: Identity,
    settings: String,
    position: Position,
    records: u64,
    text_bytes: u64,
    target_bytes: u64,
}

/// What a source is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    path: PathBuf,
    bytes: u64,
    /// In nanoseconds since 1970.
    modified: u64,
}

const VERSION: u32 = 1;

impl Checkpoints {
    /// How much text lies between two notes unless it is told: 64 MiB.
    pub const EVERY: ByteSize = ByteSize::mib(64);

    /// Begins to write `target` with what is read from `source`, or goes on with it: a writer
    /// behind what is there, and the notes. `settings` is whatever else decides what the output
    /// will be, such as how the source is read. A note is made whenever `every` bytes of text
    /// have been written since the last.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if an earlier run has begun with another source, or another state of
    /// it, or other settings: the message names the file to remove to begin anew.
    /// [`ErrorKind::Io`] if another run is writing `target`, and those of
    /// [`WriterBuilder::create`]; [`ErrorKind::Argument`] if `source` is no regular file.
    pub fn begin(
        builder: &WriterBuilder,
        target: impl AsRef<Path>,
        source: impl AsRef<Path>,
        settings: &str,
        every: ByteSize,
    ) -> Result<(Writer<Sink>, Self)> {
        let target = target.as_ref();
        // The lock first: nobody writes a note but whoever holds it.
        let file = PartialFile::open(target)?;
        let notes = PartialFile::notes_path(target)?;
        AtomicFile::remove_leftovers(&notes)?;
        let fresh = Checkpoint {
            version: VERSION,
            source: Identity::of(source.as_ref())?,
            settings: hash(&format!(
                "{} {builder:?} {every:?} {settings}",
                env!("CARGO_PKG_VERSION")
            )),
            position: Position::START,
            records: 0,
            text_bytes: 0,
            target_bytes: 0,
        };
        let last = match Checkpoint::read(&notes)? {
            Some(noted) if file.length() >= noted.target_bytes => {
                noted.check(&fresh, &notes)?;
                noted
            }
            // The last run was killed when its output had been published, or was about to be.
            // Its note must not outlive that: the part will grow again.
            Some(_) => {
                PartialFile::remove_notes(target)?;
                fresh
            }
            None => fresh,
        };
        let options = builder.sink_options();
        let sink = Sink::resume(file, last.text_bytes, last.target_bytes, &options)?;
        let writer = builder.to_sink(sink)?.behind(last.records, last.text_bytes);
        let target = target.to_owned();
        Ok((writer, Self { target, notes, every: every.as_u64(), last }))
    }

    /// Where reading goes on: for [`ReaderBuilder::open_at`](crate::ReaderBuilder::open_at).
    pub fn start(&self) -> Position {
        self.last.position
    }

    /// The bytes of text that are written between two notes.
    pub fn every(&self) -> ByteSize {
        ByteSize(self.every)
    }

    /// Says that everything before `position` of the source has been written. Makes a note if
    /// enough has come together; whether it did. To be called between chunks.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output or the note cannot be brought to disk.
    pub fn reach(&mut self, writer: &mut Writer<Sink>, position: Position) -> Result<bool> {
        if writer.bytes() - self.last.text_bytes < self.every.max(1) {
            return Ok(false);
        }
        let written = writer.flush_durable()?;
        let next = Checkpoint {
            position,
            records: written.records,
            text_bytes: writer.bytes(),
            target_bytes: written.stored_bytes,
            ..self.last.clone()
        };
        next.write(&self.notes)?;
        self.last = next;
        Ok(true)
    }

    /// Publishes the output and removes the note.
    ///
    /// # Errors
    /// As [`Writer::publish`]. What was noted can be gone on with then.
    pub fn publish(self, writer: Writer<Sink>) -> Result<Written> {
        let written = writer.publish()?;
        self.forget()?;
        Ok(written)
    }

    /// Removes what was written, in this run and before, and the note: the next begins anew.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be removed.
    pub fn discard(self, writer: Writer<Sink>) -> Result<()> {
        self.forget()?;
        writer.abort()
    }

    fn forget(&self) -> Result<()> {
        PartialFile::remove_notes(&self.target)
    }
}

impl Checkpoint {
    fn read(path: &Path) -> Result<Option<Self>> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            result => result.map_err(|cause| failed("read", path, cause))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|cause| {
            let name = escape(path.as_os_str().as_encoded_bytes());
            let message = format!("`{name}` is no checkpoint; remove it to begin anew");
            Error::new(ErrorKind::Data, message).in_file(path).caused_by(cause).fatal()
        })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_vec(self).map_err(|cause| {
            Error::new(ErrorKind::Data, "the checkpoint cannot be written").caused_by(cause)
        })?;
        text.push(b'\n');
        let mut file = AtomicFile::create(path)?;
        file.write_all(&text).map_err(|cause| failed("write", path, cause))?;
        file.finish()
    }

    /// Whether a run that would begin with `fresh` may go on with this one.
    fn check(&self, fresh: &Self, notes: &Path) -> Result<()> {
        let changed = if self.version != VERSION {
            "by another version"
        } else if self.source.path != fresh.source.path {
            "from another source"
        } else if self.source != fresh.source {
            "from the source as it was before it changed"
        } else if self.settings != fresh.settings {
            "with other settings"
        } else {
            return Ok(());
        };
        let name = escape(notes.as_os_str().as_encoded_bytes());
        let message = format!("the output was begun {changed}; remove `{name}` to begin anew");
        Err(Error::new(ErrorKind::Data, message).in_file(notes).fatal())
    }
}

impl Identity {
    fn of(path: &Path) -> Result<Self> {
        let found = fs::canonicalize(path).and_then(|real| Ok((fs::metadata(&real)?, real)));
        let (metadata, path) = found.map_err(|cause| failed("read", path, cause))?;
        if !metadata.is_file() {
            let message = "only a regular file can be gone on with";
            return Err(Error::new(ErrorKind::Argument, message).in_file(path));
        }
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = since.map_or(0, |since| since.as_nanos());
        let modified = u64::try_from(modified).unwrap_or(u64::MAX);
        Ok(Self { path, bytes: metadata.len(), modified })
    }
}

/// FNV-1a, of which no more is asked than to tell two settings apart.
fn hash(text: &str) -> String {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = text
        .bytes()
        .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
