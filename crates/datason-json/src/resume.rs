//! Outputs that go on where a killed run has stopped.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use datason_core::{ByteSize, Error, ErrorKind, Position, Rejects, Result, escape};
use datason_io::{AtomicFile, PartialFile, Sink, checksum};
use serde::{Deserialize, Serialize};

use crate::beside::{failed, read, sealed, unsealed};
use crate::reject_file::{Mark, Opened};
use crate::writer::{Writer, WriterBuilder, Written};

/// Notes how far a conversion of one file into another has come, so that the next run goes on
/// from there, with the bytes that an unbroken run would have written.
///
/// What is written so far stands in a [`PartialFile`]; the note, a small JSON file beside the
/// target, says which place of the source it reaches to. It holds the source's size and time of
/// change, a hash of the settings and a checksum of the last 64 KiB that are written, so that a
/// run never goes on with something else. The order is: data to disk, then the note. A crash
/// between the two costs the work since the last note.
///
/// Compressed output is cut at each note, so its frames are those of every run with the same
/// [`every`](Self::every), and differ from those of a plain conversion.
///
/// # Which settings
/// Those that change the output, in a stated form, so that nothing else makes a note void: the
/// version of datason; of the writer the layout, the style, the configuration (its JSON) and the
/// compression, and where there is one the frame size and `every`; and whatever the caller adds,
/// for which [`ReaderBuilder::identity`](crate::ReaderBuilder::identity) is made.
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
///         checkpoints.finish(writer)?;
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
    /// What is written so far.
    part: PathBuf,
    every: u64,
    last: Checkpoint,
    rejects: Rejects,
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
    /// Of the last of these bytes.
    #[serde(default)]
    checksum: u32,
    /// The bad records before the place, if they are passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passed_over: Option<PassedOver>,
}

/// The bad records that a run has passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PassedOver {
    bad: u64,
    /// Records, bad ones included.
    seen: u64,
    /// Where they are kept, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Mark>,
}

/// What a source is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    #[serde(with = "crate::path_text")]
    path: PathBuf,
    bytes: u64,
    /// In nanoseconds since 1970.
    modified: u64,
}

const VERSION: u32 = 3;

/// How much of what is written tells it from something else.
const TAIL: u64 = 64 << 10;

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
    /// it, or other settings, or if the end of what it has written, 64 KiB, was changed since: the
    /// message names the file to remove to begin anew.
    /// [`ErrorKind::Io`] if another run is writing `target`, and those of
    /// [`WriterBuilder::create`]; [`ErrorKind::Argument`] if `source` is no regular file.
    pub fn begin(
        builder: &WriterBuilder,
        target: impl AsRef<Path>,
        source: impl AsRef<Path>,
        settings: &str,
        every: ByteSize,
    ) -> Result<(Writer<Sink>, Self)> {
        Begin { builder, target: target.as_ref(), source: source.as_ref(), settings, every }
            .run(&BadRecords::Fail)
    }

    /// As [`begin`](Self::begin), where bad records are passed over and, if there is a file for
    /// `rejects`, kept in it as [`rejects_to_file`](crate::rejects_to_file) does. They are to be
    /// given to [`rejects`](Self::rejects), which knows those of earlier runs: limits hold for all
    /// runs together, and when the last has ended the file holds what it would hold after an
    /// unbroken one.
    ///
    /// What a killed run has rejected behind its last note is cut off the file and comes again.
    /// Before that the file is compared with the note, and what would be cut with what the run can
    /// have rejected; a file that was put there since is left alone.
    ///
    /// # Errors
    /// Those of [`begin`](Self::begin) and [`rejects_to_file`](crate::rejects_to_file).
    /// [`ErrorKind::Data`] if the file is not the one that was noted.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, RawChunk};
    /// use datason_json::{Checkpoints, Decode, ReaderBuilder, WriterBuilder, read_rejects};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let (source, target) = (folder.path().join("in.jsonl"), folder.path().join("out.jsonl"));
    /// let kept = folder.path().join("bad.jsonl");
    /// std::fs::write(&source, "1\n[2\n3\n")?;
    /// let (writing, reading) = (WriterBuilder::new(), ReaderBuilder::new());
    /// let settings = reading.identity();
    /// let (mut writer, mut checkpoints) = Checkpoints::begin_passing_over(
    ///     &writing, &target, &source, &settings, Checkpoints::EVERY, Some(&kept),
    /// )?;
    /// let mut reader = reading.open_at(&source, checkpoints.start())?;
    /// let mut chunk = RawChunk::default();
    /// while reader.read_chunk(&mut chunk)? {
    ///     for record in chunk.data() {
    ///         checkpoints.rejects().saw(1);
    ///         match record.deserialize::<u8>() {
    ///             Ok(_) => writer.write_text(record.as_bytes())?,
    ///             Err(error) => checkpoints.rejects().take(error, Some(record))?,
    ///         }
    ///     }
    ///     checkpoints.reach(&mut writer, reader.position())?;
    /// }
    /// checkpoints.rejects().finish()?;
    /// checkpoints.finish(writer)?;
    /// assert_eq!(std::fs::read_to_string(&target)?, "1\n3\n");
    /// assert_eq!(read_rejects(&kept)?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn begin_passing_over(
        builder: &WriterBuilder,
        target: impl AsRef<Path>,
        source: impl AsRef<Path>,
        settings: &str,
        every: ByteSize,
        rejects: Option<&Path>,
    ) -> Result<(Writer<Sink>, Self)> {
        let bad_records = rejects.map_or(BadRecords::Skip, BadRecords::Keep);
        Begin { builder, target: target.as_ref(), source: source.as_ref(), settings, every }
            .run(&bad_records)
    }

    /// The policy for bad records, with the counts of the runs before this one. Clones share
    /// them, also one with a limit. [`OnError::Fail`](datason_core::OnError::Fail) unless they are passed over.
    pub fn rejects(&self) -> &Rejects {
        &self.rejects
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
        let passed_over = self.pass_over()?;
        let next = Checkpoint {
            passed_over,
            position,
            records: written.records,
            text_bytes: writer.bytes(),
            target_bytes: written.stored_bytes,
            checksum: tail_checksum(&self.part, written.stored_bytes)?,
            ..self.last.clone()
        };
        next.write(&self.notes)?;
        self.last = next;
        Ok(true)
    }

    /// Publishes the output and removes the note.
    ///
    /// # Errors
    /// As [`Writer::finish`]. What was noted can be gone on with then.
    pub fn finish(self, writer: Writer<Sink>) -> Result<Written> {
        let written = writer.finish()?;
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

    /// The bad records so far, which are on disk when this returns.
    fn pass_over(&self) -> Result<Option<PassedOver>> {
        let Some(before) = &self.last.passed_over else { return Ok(None) };
        let length = self.rejects.commit()?;
        let kept = before.kept.as_ref().map(|mark| mark.reaching(length)).transpose()?;
        let (bad, seen) = (self.rejects.bad_records(), self.rejects.seen_records());
        Ok(Some(PassedOver { bad, seen, kept }))
    }
}

/// What becomes of bad records.
enum BadRecords<'a> {
    Fail,
    Skip,
    Keep(&'a Path),
}

/// What a run is to do, before it is known whether it begins or goes on.
struct Begin<'a> {
    builder: &'a WriterBuilder,
    target: &'a Path,
    source: &'a Path,
    settings: &'a str,
    every: ByteSize,
}

impl Begin<'_> {
    fn run(&self, bad_records: &BadRecords<'_>) -> Result<(Writer<Sink>, Checkpoints)> {
        // The lock first: nobody writes a note but whoever holds it.
        let file = PartialFile::open(self.target)?;
        let notes = PartialFile::notes_path(self.target)?;
        AtomicFile::remove_leftovers(&notes)?;
        let fresh = self.fresh(bad_records)?;
        let noted = Checkpoint::read(&notes)?;
        let last = match &noted {
            Some(noted) if file.length() >= noted.target_bytes => {
                noted.check(&fresh, &notes)?;
                noted.check_part(file.written_path(), &notes)?;
                noted.clone()
            }
            // The last run was killed when its output had been published, or was about to be.
            // Its note must not outlive that: the part will grow again.
            Some(_) | None => fresh.clone(),
        };
        let rejects = self.rejects(bad_records, &last, noted.as_ref(), &notes)?;
        if noted.is_some() && last == fresh && !matches!(bad_records, BadRecords::Keep(_)) {
            PartialFile::remove_notes(self.target)?;
        }
        let options = self.builder.sink_options();
        let part = file.written_path().to_owned();
        let sink = Sink::resume(file, last.text_bytes, last.target_bytes, &options)?;
        let writer = self.builder.to_sink(sink)?.behind(last.records, last.text_bytes);
        let (target, every) = (self.target.to_owned(), self.every.as_u64());
        Ok((writer, Checkpoints { target, notes, part, every, last, rejects }))
    }

    fn fresh(&self, bad_records: &BadRecords<'_>) -> Result<Checkpoint> {
        let kept = match bad_records {
            BadRecords::Keep(path) => Some(Mark::at_start(path)?),
            BadRecords::Fail | BadRecords::Skip => None,
        };
        let passes_over = !matches!(bad_records, BadRecords::Fail);
        let writing = self.builder.identity(self.target, self.every)?;
        let version = env!("CARGO_PKG_VERSION");
        Ok(Checkpoint {
            version: VERSION,
            source: Identity::of(self.source)?,
            settings: hash(&format!("datason={version}\n{writing}\n{}", self.settings)),
            position: Position::START,
            records: 0,
            text_bytes: 0,
            target_bytes: 0,
            checksum: 0,
            passed_over: passes_over.then_some(PassedOver { bad: 0, seen: 0, kept }),
        })
    }

    /// The policy that goes on behind `last`. Rejects are cut off only when a note says that the
    /// file is that of this conversion: the first is written before the first reject is.
    fn rejects(
        &self,
        bad_records: &BadRecords<'_>,
        last: &Checkpoint,
        noted: Option<&Checkpoint>,
        notes: &Path,
    ) -> Result<Rejects> {
        let Some(passed) = &last.passed_over else { return Ok(Rejects::FAIL) };
        let (BadRecords::Keep(path), Some(mark)) = (bad_records, &passed.kept) else {
            return Ok(Rejects::skip().behind(passed.bad, passed.seen));
        };
        let is_known = noted.is_some_and(|noted| noted.changed(last).is_none());
        let opened = if is_known {
            Opened::behind(path, mark, last.position, self.source)?
        } else {
            Opened::fresh(path)?
        };
        if noted != Some(last) {
            last.write(notes)?;
        }
        Ok(opened.into_rejects()?.behind(passed.bad, passed.seen))
    }
}

impl Checkpoint {
    fn read(path: &Path) -> Result<Option<Self>> {
        let Some(text) = read(path)? else { return Ok(None) };
        let no_checkpoint = || {
            let name = escape(path.as_os_str().as_encoded_bytes());
            let message =
                format!("`{name}` is no checkpoint, or was damaged; remove it to begin anew");
            Error::new(ErrorKind::Data, message).in_file(path).fatal()
        };
        let text = unsealed(&text).ok_or_else(no_checkpoint)?;
        let noted = serde_json::from_slice(&text);
        noted.map(Some).map_err(|cause| no_checkpoint().caused_by(cause))
    }

    fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(|cause| {
            Error::new(ErrorKind::Data, "the checkpoint cannot be written").caused_by(cause)
        })?;
        let mut file = AtomicFile::create(path)?;
        file.write_all(&sealed(&text)).map_err(|cause| failed("write", path, cause))?;
        file.finish()
    }

    /// Whether a run that would begin with `fresh` may go on with this one.
    fn check(&self, fresh: &Self, notes: &Path) -> Result<()> {
        match self.changed(fresh) {
            Some(changed) => Err(refused(&format!("the output was begun {changed}"), notes)),
            None => Ok(()),
        }
    }

    /// Whether what was written last before this note still stands in the file at `part`.
    fn check_part(&self, part: &Path, notes: &Path) -> Result<()> {
        if tail_checksum(part, self.target_bytes)? == self.checksum {
            return Ok(());
        }
        let name = escape(part.as_os_str().as_encoded_bytes());
        Err(refused(&format!("`{name}` was changed since the last run wrote it"), notes))
    }

    /// In what the run that wrote this one differs from that which wrote `fresh`.
    fn changed(&self, fresh: &Self) -> Option<&'static str> {
        let kept = |note: &Self| {
            let kept = note.passed_over.as_ref().map(|passed| passed.kept.clone());
            kept.map(|mark| mark.map(|mark| mark.path))
        };
        if self.version != VERSION {
            Some("by another version")
        } else if self.source.path != fresh.source.path {
            Some("from another source")
        } else if self.source != fresh.source {
            Some("from the source as it was before it changed")
        } else if self.settings != fresh.settings {
            Some("with other settings")
        } else if kept(self) != kept(fresh) {
            Some("with another policy for bad records")
        } else {
            None
        }
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

/// The checksum of the last of the first `bytes` of the file at `part`.
fn tail_checksum(part: &Path, bytes: u64) -> Result<u32> {
    checksum(part, bytes.saturating_sub(TAIL)..bytes)
}

#[cold]
fn refused(why: &str, notes: &Path) -> Error {
    let name = escape(notes.as_os_str().as_encoded_bytes());
    let message = format!("{why}; remove `{name}` to begin anew");
    Error::new(ErrorKind::Data, message).in_file(notes).fatal()
}

/// FNV-1a, of which no more is asked than to tell two settings apart.
fn hash(text: &str) -> String {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = text
        .bytes()
        .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
