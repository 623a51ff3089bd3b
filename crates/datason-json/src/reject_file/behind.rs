//! Files of rejects that a later run goes on with.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Position, Reject, Rejects, Result, escape};
use datason_io::{Compression, checksum};
use serde::{Deserialize, Serialize};

use super::{LARGEST, RejectFile, about};
use crate::builder::ReaderBuilder;
use crate::format::Format;

/// How far a file of rejects reaches that belong to what was noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    /// As it was named, absolute.
    #[serde(with = "crate::path_text")]
    pub(crate) path: PathBuf,
    bytes: u64,
    /// Of the last of these bytes.
    checksum: u32,
}

/// How much of them tells the file from others.
const TAIL: u64 = 64 << 10;

impl Mark {
    /// Nothing in the file at `path`.
    pub(crate) fn at_start(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|cause| about(path, cause, "cannot find"))?;
        Ok(Self { path, bytes: 0, checksum: 0 })
    }

    /// The first `bytes` of the same file.
    pub(crate) fn reaching(&self, bytes: u64) -> Result<Self> {
        let checksum = checksum(&self.path, bytes.saturating_sub(TAIL)..bytes)?;
        Ok(Self { path: self.path.clone(), bytes, checksum })
    }
}

/// A file of rejects that is about to be gone on with.
pub(crate) struct Opened {
    file: RejectFile,
    /// What of it stays.
    keep: u64,
}

impl Opened {
    /// The file at `path` for a run that begins.
    ///
    /// # Errors
    /// As [`rejects_to_file`](crate::rejects_to_file), and for what is no regular file.
    pub(crate) fn fresh(path: &Path) -> Result<Self> {
        let file = open_regular(path)?;
        file.check_empty()?;
        Ok(Self { file, keep: 0 })
    }

    /// The file at `path` for a run that goes on at `place` of the file `source`. What a killed
    /// run has written behind `mark` will be cut off, since it will come again.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if the file is not the one that was noted, or holds behind it what the
    /// killed run cannot have written: nobody else's rejects are cut off.
    pub(crate) fn behind(path: &Path, mark: &Mark, place: Position, source: &Path) -> Result<Self> {
        let file = open_regular(path)?;
        let length = file.length()?;
        if length < mark.bytes || mark.reaching(mark.bytes)?.checksum != mark.checksum {
            return Err(foreign(path, "is not the file of rejects that it was when it was noted"));
        }
        if !is_ours(&file, mark.bytes..length, place, source)? {
            return Err(foreign(path, "holds what the last run did not reject"));
        }
        Ok(Self { file, keep: mark.bytes })
    }

    /// The rejects, behind those that stay.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the others cannot be cut off.
    pub(crate) fn into_rejects(self) -> Result<Rejects> {
        let cut = self.file.file.get_ref().set_len(self.keep);
        cut.map_err(|cause| about(&self.file.path, cause, "cannot cut back"))?;
        Ok(Rejects::to_sink(self.file))
    }
}

fn open_regular(path: &Path) -> Result<RejectFile> {
    let file = RejectFile::open(path)?;
    if !file.regular {
        let message = "rejects that are gone on with stand in a regular file";
        return Err(Error::new(ErrorKind::Argument, message).in_file(path));
    }
    Ok(file)
}

/// Whether `range` of `file` is what a run can have rejected that was killed behind `place` of
/// `source`: rejects from there on, and perhaps a torn one.
fn is_ours(
    file: &RejectFile,
    range: std::ops::Range<u64>,
    place: Position,
    source: &Path,
) -> Result<bool> {
    if range.is_empty() {
        return Ok(true);
    }
    let torn = !ends_in_newline(file)?;
    let options = ReaderBuilder::new()
        .format(Format::Jsonl)
        .compression(Compression::None)
        .max_record_size(LARGEST);
    let reader = options.open_at(&file.path, Position::uncounted(range.start))?;
    let mut rejects = reader.into_rows::<Reject<'static>>().peekable();
    while let Some(reject) = rejects.next() {
        let fits = match reject {
            Ok(reject) => reject.byte >= place.byte() && is_of(&reject, source),
            Err(error) if error.kind() == ErrorKind::Io => return Err(error),
            Err(_) => torn && rejects.peek().is_none(),
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `reject` names a file that is called as `source` is, or none.
fn is_of(reject: &Reject<'_>, source: &Path) -> bool {
    let named = reject.file.as_deref().map(|file| Path::new(file).file_name());
    let called = source.file_name().map(|name| name.to_string_lossy());
    named.is_none_or(|named| named.map(|name| name.to_string_lossy()) == called)
}

fn ends_in_newline(file: &RejectFile) -> Result<bool> {
    let mut last = [0];
    let read = std::fs::File::open(&file.path).and_then(|mut file| {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)
    });
    read.map_err(|cause| about(&file.path, cause, "cannot read"))?;
    Ok(last == *b"\n")
}

#[cold]
fn foreign(path: &Path, why: &str) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    let message = format!("`{name}` {why}: to begin anew, move it away and remove the checkpoint");
    Error::new(ErrorKind::Data, message).in_file(path).fatal()
}
