//! Folders that appear whole or not at all.

use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result};
use tempfile::TempDir;

use super::atomic::{RANDOM_LETTERS, SUFFIX, is_temporary, sync_folder};
use super::place::{check_folder, folder_of, short};
use crate::error::{on_path, quoted};

/// A folder that is filled aside and takes its name when it is complete.
///
/// What is written goes to a hidden folder beside the target, called
/// `.NAME.XXXXXXXX.datason-tmp` with random letters, which only its owner may open.
/// [`finish`](Self::finish) renames it. The target must be missing, or an empty folder: nothing is
/// ever merged with what is there, and nothing replaced. A folder that is dropped, or whose
/// process has failed, leaves nothing; one of a killed process is removed by the next for the same
/// target, unless a living process holds its lock. Where folders cannot be locked (Windows, some
/// network file systems) nobody can tell which are in use, and none is removed.
///
/// The files in it are for the caller to bring to disk; `finish` does so with their names.
///
/// # Example
/// ```
/// use datason_io::AtomicFolder;
///
/// # let folder = tempfile::tempdir()?;
/// let target = folder.path().join("parts");
/// let parts = AtomicFolder::create(&target)?;
/// std::fs::write(parts.path().join("1.jsonl"), "1\n")?;
/// assert!(!target.exists());
/// parts.finish()?;
/// assert_eq!(std::fs::read(target.join("1.jsonl"))?, b"1\n");
/// assert!(AtomicFolder::create(&target).is_err(), "it holds something");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is published before `finish`"]
pub struct AtomicFolder {
    temporary: TempDir,
    target: PathBuf,
    parent: PathBuf,
    /// Whoever holds its lock is alive.
    lock: Option<File>,
    permissions: Permissions,
}

impl AtomicFolder {
    /// Begins a folder that will be published at `target`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if something stands there that is no empty folder, or it is no name
    /// of a folder; [`ErrorKind::Io`] if none can be made beside it.
    pub fn create(target: impl AsRef<Path>) -> Result<Self> {
        let target = target.as_ref();
        let Some(name) = target.file_name() else {
            return Err(refused(target, "does not name a folder that could be made"));
        };
        check_free(target)?;
        // So that the working directory may change until it is published.
        let absolute =
            std::path::absolute(target).map_err(|cause| on_path("cannot create", target, cause))?;
        let parent = folder_of(&absolute);
        check_folder(&parent, target)?;
        let prefix = format!(".{}.", short(&name.to_string_lossy()));
        remove_leftovers(&parent, &prefix)
            .map_err(|cause| on_path("cannot look through", &parent, cause))?;
        let fail = |cause| on_path("cannot create a temporary folder for", target, cause);
        let (temporary, lock) = create_temporary(&parent, &prefix).map_err(fail)?;
        let permissions = future_permissions(&absolute, temporary.path()).map_err(fail)?;
        Ok(Self { temporary, target: absolute, parent, lock, permissions })
    }

    /// Where it stands until it is published.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Where it will stand: absolute.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Publishes the folder: when this returns, it is in place, and the names in it are on disk.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if any step fails, also if somebody has put something in its place
    /// meanwhile. The target is then as it was and the folder is gone; only if bringing the folder
    /// around it to disk fails, it is in place but might be gone after a power cut.
    pub fn finish(self) -> Result<()> {
        let Self { temporary, target, parent, lock, permissions } = self;
        let failed = |what| {
            let target = target.clone();
            move |cause| on_path(what, &target, cause)
        };
        sync_folder(temporary.path()).map_err(failed("cannot bring to disk"))?;
        check_free(&target)?;
        fs::set_permissions(temporary.path(), permissions)
            .map_err(failed("cannot set the permissions of"))?;
        rename(temporary.path(), &target).map_err(failed("cannot rename a temporary folder to"))?;
        // Nothing stands under its old name that could be removed.
        drop((temporary.keep(), lock));
        sync_folder(&parent).map_err(failed("cannot bring to disk the folder of"))
    }

    /// Gives up and removes the folder. Dropping does the same and cannot tell of errors.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be removed.
    pub fn abort(self) -> Result<()> {
        let path = self.temporary.path().to_owned();
        self.temporary.close().map_err(|cause| on_path("cannot remove", &path, cause))
    }
}

fn refused(target: &Path, why: &str) -> Error {
    Error::new(ErrorKind::Argument, format!("{} {why}", quoted(target))).in_file(target)
}

/// A link is none of ours to follow: where it leads can change until the end.
fn check_free(target: &Path) -> Result<()> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(on_path("cannot create", target, cause)),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(refused(target, "is there already, and is no folder"));
        }
        Ok(_) => {}
    }
    let mut entries =
        fs::read_dir(target).map_err(|cause| on_path("cannot look through", target, cause))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(refused(target, "holds something, and a folder is never merged with it")),
    }
}

/// A new folder that this process holds the lock of, where there are locks.
fn create_temporary(parent: &Path, prefix: &str) -> io::Result<(TempDir, Option<File>)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(SUFFIX).rand_bytes(RANDOM_LETTERS);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    loop {
        let temporary = builder.tempdir_in(parent)?;
        if let Claim::Ours(lock) = claim(temporary.path()) {
            return Ok((temporary, lock));
        }
    }
}

/// Whose a new folder is.
enum Claim {
    /// Ours, with its lock where there are locks.
    Ours(Option<File>),
    /// Someone's who cleans up, and was quicker.
    Taken,
}

fn claim(temporary: &Path) -> Claim {
    let lock = match lock(temporary) {
        // They are about to remove it.
        Err(TryLockError::WouldBlock) => return Claim::Taken,
        // Where folders cannot be locked nobody can clean up either.
        Err(TryLockError::Error(_)) => None,
        Ok(file) => Some(file),
    };
    if fs::symlink_metadata(temporary).is_ok() { Claim::Ours(lock) } else { Claim::Taken }
}

/// What the target allows to whom, or any new folder, which is for the system to say.
fn future_permissions(target: &Path, temporary: &Path) -> io::Result<Permissions> {
    if let Ok(metadata) = fs::symlink_metadata(target) {
        return Ok(metadata.permissions());
    }
    let model = temporary.join("model");
    fs::create_dir(&model)?;
    let permissions = fs::metadata(&model)?.permissions();
    fs::remove_dir(&model)?;
    Ok(permissions)
}

/// A lock on the folder itself, where systems have such a thing.
fn lock(folder: &Path) -> Result<File, TryLockError> {
    let file = File::open(folder).map_err(TryLockError::Error)?;
    file.try_lock().map(|()| file)
}

/// Systems that do not rename over an empty folder want it gone.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    if cfg!(windows) && to.is_dir() {
        fs::remove_dir(to)?;
    }
    fs::rename(from, to)
}

/// Removes what killed processes have left.
fn remove_leftovers(parent: &Path, prefix: &str) -> io::Result<()> {
    let entries = match fs::read_dir(parent) {
        // It may be open for writing and not for looking.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && is_temporary(&entry.file_name().to_string_lossy(), prefix) {
            let Ok(_unused) = lock(&entry.path()) else { continue };
            // Somebody else's folder of such a name stays, and is in nobody's way.
            fs::remove_dir_all(entry.path()).unwrap_or_default();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("parts");
        fs::create_dir(&target).unwrap();
        let parts = AtomicFolder::create(&target).expect("an empty folder is free");
        fs::write(parts.path().join("1"), "1").unwrap();
        fs::write(target.join("theirs"), "precious").unwrap();
        assert_eq!(parts.finish().unwrap_err().kind(), ErrorKind::Argument);
        assert_eq!(names(folder.path()), ["parts"], "and nothing is left beside it");
        assert_eq!(names(&target), ["theirs"]);
        assert!(AtomicFolder::create(&target).is_err());
        assert!(AtomicFolder::create(target.join("theirs")).is_err());
        assert!(AtomicFolder::create(folder.path().join("..")).is_err());
        assert!(AtomicFolder::create(folder.path().join("no/parts")).is_err());
    }

    #[test]
    fn leftovers_of_the_dead_go_and_those_of_the_living_stay() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("parts");
        let dead = folder.path().join(".parts.Ab3dEf9h.datason-tmp");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("1"), "1").unwrap();
        let living = AtomicFolder::create(&target).unwrap();
        assert!(!dead.exists());
        let other = AtomicFolder::create(&target).unwrap();
        assert!(living.path().exists());
        other.abort().unwrap();
        living.finish().unwrap();
        assert_eq!(names(folder.path()), ["parts"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_folder_that_someone_is_about_to_remove_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        fs::create_dir(&new).unwrap();
        let cleaning = lock(&new).expect("nobody has it");
        assert!(matches!(claim(&new), Claim::Taken), "while it is locked by who cleans up");
        fs::remove_dir(&new).unwrap();
        drop(cleaning);
        assert!(matches!(claim(&new), Claim::Taken), "and when it is gone");
        fs::create_dir(&new).unwrap();
        assert!(matches!(claim(&new), Claim::Ours(Some(_))));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_nobody_looks_in_before_the_end() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (target, elsewhere) = (folder.path().join("parts"), folder.path().join("elsewhere"));
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, &target).unwrap();
        assert_eq!(AtomicFolder::create(&target).unwrap_err().kind(), ErrorKind::Argument);
        fs::remove_file(&target).unwrap();
        let parts = AtomicFolder::create(&target).unwrap();
        let mode = fs::metadata(parts.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::write(parts.path().join("1"), "1").unwrap();
        symlink(&elsewhere, &target).unwrap();
        assert!(parts.finish().is_err(), "swapped for a link meanwhile");
        assert_eq!(names(&elsewhere), [""; 0]);
        assert_eq!(names(folder.path()), ["elsewhere", "parts"]);
    }
}
