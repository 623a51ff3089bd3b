//! Files that are written aside, over more than one run.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result};

use super::append::AppendFile;
use super::atomic::{AtomicFile, remove_leftovers, sync_folder};
use super::place::{FilePlace, Place};
use crate::error::{on_path, quoted};

/// A file that is written aside, like an [`AtomicFile`], under a name that the next run finds.
///
/// What was [committed](Self::commit) stays when the writer is dropped or killed, and the next
/// `PartialFile` for the same target goes on behind it. [`finish`](Self::finish) publishes the
/// whole. One writer at a time, as with [`AppendFile`].
///
/// It is called `.NAME.datason-part`, beside the target, and only its owner may open it; one that
/// others may open, or that is a link, is refused, since its content could be anyone's.
///
/// # Example
/// ```
/// use std::io::Write;
/// use datason_io::PartialFile;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("big.jsonl");
/// let mut file = PartialFile::open(&path)?;
/// file.write_all(b"1\n")?;
/// file.commit()?;
/// file.write_all(b"2\n")?;
/// drop(file); // as if killed
///
/// let mut file = PartialFile::open(&path)?;
/// assert_eq!(file.length(), 2);
/// file.write_all(b"2\n3\n")?;
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"1\n2\n3\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is published before `finish`"]
pub struct PartialFile {
    file: AppendFile,
    place: FilePlace,
}

impl PartialFile {
    /// Begins the file that will be published at `target`, or goes on with it.
    ///
    /// # Errors
    /// Those of [`AtomicFile::create`] and [`AppendFile::open`].
    pub fn open(target: impl AsRef<Path>) -> Result<Self> {
        let place = file_place(target.as_ref())?;
        let file = AppendFile::open_private(&hidden(&place, "part"))?;
        // Those of an earlier run that was killed when it was about to publish.
        remove_leftovers(&place)?;
        Ok(Self { file, place })
    }

    /// Where whoever writes `target` can note how far that has come: a hidden file beside it.
    ///
    /// # Errors
    /// Those of [`AtomicFile::create`].
    pub fn notes_path(target: impl AsRef<Path>) -> Result<PathBuf> {
        Ok(hidden(&file_place(target.as_ref())?, "checkpoint"))
    }

    /// Removes that file, if there is one; when this returns, it will not come back after a power
    /// cut either.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be removed.
    pub fn remove_notes(target: impl AsRef<Path>) -> Result<()> {
        let place = file_place(target.as_ref())?;
        let notes = hidden(&place, "checkpoint");
        match fs::remove_file(&notes).and_then(|()| sync_folder(&place.folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(|cause| on_path("cannot remove", &notes, cause)),
        }
    }

    /// Where the file will stand: absolute, links followed.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// Where it stands until then.
    pub fn written_path(&self) -> &Path {
        self.file.path()
    }

    /// How much of it there is.
    pub fn length(&self) -> u64 {
        self.file.length()
    }

    /// Cuts it to its first `length` bytes, as soon as something is written.
    pub fn cut_to(&mut self, length: u64) {
        self.file.cut_to(length);
    }

    /// Brings what has been written to disk, for the next run to find.
    ///
    /// # Errors
    /// Those of [`AppendFile::commit`].
    pub fn commit(&mut self) -> io::Result<()> {
        self.file.commit()
    }

    /// Publishes the file, as [`AtomicFile::finish`] does. If the process is killed in the few
    /// calls between the last byte's way to disk and the renaming, the next run begins anew.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if any step fails. The target is then as it was, and what was committed
    /// can be gone on with; but for the case in which only bringing the folder to disk fails.
    pub fn finish(mut self) -> Result<()> {
        let target = self.place.path.clone();
        let committed = self.file.commit();
        committed.map_err(|cause| on_path("cannot bring to disk", &target, cause))?;
        // A file that is begun now knows what the target's owner and permissions must be. Ours
        // takes its name before it gets them: under the name that the next run looks for there
        // is never a file that others may open.
        let model = AtomicFile::at(self.place.clone())?;
        let (part, temporary) = (self.file.path(), model.temporary_path());
        let renamed = fs::rename(part, temporary);
        renamed.map_err(|cause| on_path("cannot rename", part, cause))?;
        if let Err(error) = self.dress_and_rename(&model, &target) {
            // If that fails too, what is lost is the work, and the error has been told.
            let closed = close_to_others(self.file.file());
            closed.and_then(|()| fs::rename(temporary, part)).unwrap_or_default();
            return Err(error);
        }
        sync_folder(&self.place.folder)
            .map_err(|cause| on_path("cannot bring to disk the folder of", &target, cause))
    }

    fn dress_and_rename(&self, model: &AtomicFile, target: &Path) -> Result<()> {
        let file = self.file.file();
        let dressed = model.dress_other(file);
        dressed.map_err(|cause| on_path("cannot set the permissions of", target, cause))?;
        let synced = file.sync_all();
        synced.map_err(|cause| on_path("cannot bring to disk", target, cause))?;
        let renamed = fs::rename(model.temporary_path(), target);
        renamed.map_err(|cause| on_path("cannot rename a temporary file to", target, cause))
    }

    /// Removes what has been written, in this run and before.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be removed.
    pub fn discard(self) -> Result<()> {
        let path = self.file.path();
        fs::remove_file(path).map_err(|cause| on_path("cannot remove", path, cause))
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(unix)]
fn close_to_others(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn close_to_others(_: &File) -> io::Result<()> {
    Ok(())
}

fn file_place(target: &Path) -> Result<FilePlace> {
    match Place::of(target)? {
        Place::File(place) => Ok(*place),
        Place::Device => {
            let message = format!("{} is not a regular file", quoted(target));
            Err(Error::new(ErrorKind::Argument, message).in_file(target))
        }
    }
}

fn hidden(place: &FilePlace, what: &str) -> PathBuf {
    place.folder.join(format!(".{}.datason-{what}", place.short_name()))
}
