//! Files that appear whole or not at all.

use std::fmt;
use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result};
use tempfile::{NamedTempFile, TempPath};

use super::place::{FilePlace, Place};
use crate::error::{on_path, quoted};

/// A file that is written aside and takes its name when it is complete.
///
/// What is written goes to a temporary file in the same folder, called
/// `.NAME.XXXXXXXX.datason-tmp` with random letters. [`finish`](Self::finish) brings it to
/// disk, renames it to its target, and brings the folder to disk. Whatever happens in between,
/// be it an error, a panic, `kill -9` or a power cut, the target is the old file or the new one,
/// complete. Writing is not buffered; [`Sink`](super::Sink) adds a buffer and compression.
///
/// # What the new file takes over
/// - A target that exists gives its permissions, and its owner and group as far as the system
///   lets this process give files away. Its other links keep the old content; access lists and
///   extended attributes are not copied.
/// - A new file gets the permissions any new file gets (the umask, the folder's defaults).
/// - Until it is published only its owner may open it (mode 0600 on Unix).
/// - If the target is a symbolic link, the file it leads to is replaced and the link stays, as
///   editors do it. Links are followed once, when the file is created.
///
/// # Leftovers
/// A process that is killed leaves its temporary file behind. It holds a lock on it while it
/// lives, so [`remove_leftovers`](Self::remove_leftovers) can tell what is in use.
///
/// # Example
/// ```
/// use std::io::Write;
/// use datason_io::AtomicFile;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("report.json");
/// std::fs::write(&path, "old")?;
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"new")?;
/// assert_eq!(std::fs::read(&path)?, b"old");
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"new");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is published before `finish`"]
pub struct AtomicFile {
    file: File,
    temporary: TempPath,
    target: PathBuf,
    folder: PathBuf,
    /// What it will be allowed to whom.
    permissions: Permissions,
    previous: Option<Metadata>,
}

pub(super) const SUFFIX: &str = ".datason-tmp";
pub(super) const RANDOM_LETTERS: usize = 8;

impl AtomicFile {
    /// Begins a file that will be published at `target`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the folder is missing or may not be written, or the target is a
    /// folder or write-protected; [`ErrorKind::Argument`] if it is a device or a pipe, which
    /// cannot be replaced, or no name of a file.
    pub fn create(target: impl AsRef<Path>) -> Result<Self> {
        let target = target.as_ref();
        match Place::of(target)? {
            Place::File(place) => Self::at(*place),
            Place::Device => {
                let message = format!("{} is not a regular file", quoted(target));
                Err(Error::new(ErrorKind::Argument, message).in_file(target))
            }
        }
    }

    pub(super) fn at(place: FilePlace) -> Result<Self> {
        let fail = |cause| on_path("cannot create a temporary file for", &place.path, cause);
        let temporary = create_temporary(&place).map_err(fail)?;
        let permissions = future_permissions(&place).map_err(fail)?;
        let (file, temporary) = temporary.into_parts();
        let FilePlace { path: target, folder, previous, .. } = place;
        Ok(Self { file, temporary, target, folder, permissions, previous })
    }

    /// Removes what killed processes have left of earlier attempts to write `target`, and
    /// returns what it removed. Files that a living process is writing are left alone.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the folder cannot be looked through or a file in it not be removed.
    /// A folder that this process may not look into has nothing to be removed.
    pub fn remove_leftovers(target: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        match Place::of(target.as_ref())? {
            Place::File(place) => remove_leftovers(&place),
            Place::Device => Ok(Vec::new()),
        }
    }

    /// Where the file will stand: absolute, links followed.
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Where it stands until then.
    pub fn temporary_path(&self) -> &Path {
        &self.temporary
    }

    /// Brings what has been written to disk, still under its temporary name.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Publishes the file: when this returns, it is complete, in place and on disk.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if any step fails. The target is then as it was, and the temporary
    /// file is gone; a failed `fsync` is not tried again, since a second one can succeed with
    /// the data lost. Only if bringing the folder to disk fails, the file is in place but might
    /// be gone after a power cut.
    pub fn finish(self) -> Result<()> {
        let target = &self.target;
        self.dress().map_err(|cause| on_path("cannot set the permissions of", target, cause))?;
        self.file.sync_all().map_err(|cause| on_path("cannot bring to disk", target, cause))?;
        self.check_unharmed()?;
        self.temporary
            .persist(target)
            .map_err(|failed| on_path("cannot rename a temporary file to", target, failed.error))?;
        sync_folder(&self.folder)
            .map_err(|cause| on_path("cannot bring to disk the folder of", target, cause))
    }

    /// Gives up and removes the temporary file. Dropping does the same and cannot tell of
    /// errors.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be removed.
    pub fn abort(self) -> Result<()> {
        let path = self.temporary.to_path_buf();
        self.temporary.close().map_err(|cause| on_path("cannot remove", &path, cause))
    }

    fn dress(&self) -> io::Result<()> {
        self.dress_other(&self.file)
    }

    /// Gives `file` what this one would have when published. Owner first, since giving a file
    /// away can take permissions from it.
    pub(super) fn dress_other(&self, file: &File) -> io::Result<()> {
        if let Some(previous) = &self.previous {
            give_to_owner_of(previous, file)?;
        }
        file.set_permissions(self.permissions.clone())
    }

    /// Cleaners of temporary files, and worse, may have put something else under the name.
    fn check_unharmed(&self) -> Result<()> {
        match is_named(&self.file, &self.temporary) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let name = quoted(&self.temporary);
                let message = format!("the temporary file {name} was removed or replaced");
                Err(Error::new(ErrorKind::Io, message).in_file(&self.target).fatal())
            }
            Err(cause) => Err(on_path("cannot find", &self.temporary, cause)),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl fmt::Debug for AtomicFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomicFile")
            .field("target", &self.target)
            .field("temporary", &self.temporary)
            .finish_non_exhaustive()
    }
}

/// A new file that this process holds the lock of.
fn create_temporary(place: &FilePlace) -> io::Result<NamedTempFile> {
    let prefix = temporary_prefix(place);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX).rand_bytes(RANDOM_LETTERS);
    loop {
        let temporary = builder.tempfile_in(&place.folder)?;
        if claim(&temporary)? {
            return Ok(temporary);
        }
    }
}

/// Locks a new file. `false` if someone who cleans up was quicker.
fn claim(temporary: &NamedTempFile) -> io::Result<bool> {
    match temporary.as_file().try_lock() {
        Err(TryLockError::WouldBlock) => Ok(false),
        // Where files cannot be locked nobody can clean up either.
        Ok(()) | Err(TryLockError::Error(_)) => is_named(temporary.as_file(), temporary.path()),
    }
}

/// What the published file will be allowed to whom: what the old one is, or any new file.
///
/// The latter is for the system to say, by the umask and the folder's defaults, of a file that is
/// asked for like any other and never written. To ask for the real one like that and close it
/// later would be too late: who opens it in between keeps it open.
fn future_permissions(place: &FilePlace) -> io::Result<Permissions> {
    if let Some(previous) = &place.previous {
        return Ok(previous.permissions());
    }
    let prefix = temporary_prefix(place);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX).rand_bytes(RANDOM_LETTERS);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let model = builder.tempfile_in(&place.folder)?;
    let permissions = model.as_file().metadata()?.permissions();
    match model.close() {
        // Another writer of the same target may have taken it for a leftover.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(permissions),
    }
}

/// Gives `file` the owner and group of `previous`, each as far as the system lets us.
#[cfg(unix)]
fn give_to_owner_of(previous: &Metadata, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let now = file.metadata()?;
    let group = (now.gid() != previous.gid()).then(|| fchown(file, None, Some(previous.gid())));
    let owner = (now.uid() != previous.uid()).then(|| fchown(file, Some(previous.uid()), None));
    for result in [group, owner].into_iter().flatten() {
        match result {
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn give_to_owner_of(_: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

/// Whether `file` is what stands at `path`, and not where a link there leads.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether something stands at `path`: here an open file cannot be removed.
///
/// # Errors
/// The system's.
#[cfg(not(unix))]
pub fn is_named(_: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

/// Brings the names in `folder` to disk: a rename is there when its folder is. Does nothing
/// where file systems or systems have no such thing.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Brings the names in `folder` to disk, where that can be done: here folders cannot be opened,
/// and renaming is a matter of the file system's journal.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What the temporary files for a target begin with.
fn temporary_prefix(place: &FilePlace) -> String {
    format!(".{}.", place.short_name())
}

/// Whether `file_name` is what this module calls a temporary file with `prefix`.
pub(super) fn is_temporary(file_name: &str, prefix: &str) -> bool {
    let letters = file_name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(SUFFIX));
    letters.is_some_and(|letters| {
        letters.len() == RANDOM_LETTERS && letters.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

pub(super) fn remove_leftovers(place: &FilePlace) -> Result<Vec<PathBuf>> {
    let prefix = temporary_prefix(place);
    let fail = |cause| on_path("cannot look through", &place.folder, cause);
    let mut removed = Vec::new();
    let entries = match fs::read_dir(&place.folder) {
        // A folder may be open for writing and not for looking.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(removed),
        result => result.map_err(fail)?,
    };
    for entry in entries {
        let entry = entry.map_err(fail)?;
        if is_temporary(&entry.file_name().to_string_lossy(), &prefix) {
            let path = entry.path();
            let gone = remove_if_unused(&path);
            if gone.map_err(|cause| on_path("cannot remove", &path, cause))? {
                removed.push(path);
            }
        }
    }
    Ok(removed)
}

/// Removes a temporary file unless a living process holds its lock, or nobody can tell.
fn remove_if_unused(path: &Path) -> io::Result<bool> {
    // A link under such a name is none of ours, and opening one could wait for ever.
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(false);
    }
    let Ok(file) = File::open(path) else { return Ok(false) };
    if file.try_lock().is_err() {
        return Ok(false);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        result => result.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_names_are_recognised_and_others_are_not() {
        let prefix = ".a.jsonl.";
        assert!(is_temporary(".a.jsonl.Ab3dEf9h.datason-tmp", prefix));
        for other in [
            "a.jsonl",
            ".a.jsonl.Ab3dEf9.datason-tmp",
            ".a.jsonl.Ab3dEf9hh.datason-tmp",
            ".a.jsonl.Ab3d/f9h.datason-tmp",
            ".a.jsonl.Ab3dEf9h.datason-tmp2",
            ".b.jsonl.Ab3dEf9h.datason-tmp",
            ".a.jsonl.datason-tmp",
        ] {
            assert!(!is_temporary(other, prefix), "{other}");
        }
    }
}
