//! Files that are added to.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result};

use super::atomic::{is_named, sync_folder};
use super::place::folder_of;
use crate::error::{is_a_folder, on_path, quoted};

/// A file that is written at its end, by one writer at a time.
///
/// Opening it takes a lock, which keeps other `AppendFile`s away until this one is dropped. What
/// is written counts when [`commit`](Self::commit) or [`finish`](Self::finish) has returned: on
/// drop the file is cut back to there, so that an error or a panic leaves it as it was. A process
/// that is killed cannot do that; what it has left is for the next writer to find by
/// [`last_line`](Self::last_line).
///
/// Links are followed. The file keeps its inode, permissions, owner and other links.
///
/// # Example
/// ```
/// use std::io::Write;
/// use datason_io::AppendFile;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("log.jsonl");
/// std::fs::write(&path, "1\n")?;
/// let mut file = AppendFile::open(&path)?;
/// assert!(AppendFile::open(&path).is_err(), "one writer at a time");
/// file.write_all(b"2\n")?;
/// drop(file);
/// assert_eq!(std::fs::read(&path)?, b"1\n");
///
/// let mut file = AppendFile::open(&path)?;
/// file.write_all(b"2\n")?;
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"1\n2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "what is written is taken back unless it is finished"]
pub struct AppendFile {
    file: File,
    path: PathBuf,
    /// The same, absolute and links followed.
    real: PathBuf,
    /// How much of the file stays, whatever happens.
    committed: u64,
    /// How much of it there is.
    length: u64,
    /// The length to cut the file to before anything is written.
    cut: Option<u64>,
    /// Whether it is new, and its name not yet on disk.
    created: bool,
}

/// A lock is worth nothing if the name has meanwhile been given to another file. Then the other
/// one is opened; this often.
const ATTEMPTS: usize = 100;

impl AppendFile {
    /// How much of the end is looked at at once.
    const BLOCK: usize = 64 << 10;

    /// Opens the file at `path` to write behind its end. A missing one is created, empty, and
    /// removed again if nothing comes of it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be opened, or another writer holds its lock;
    /// [`ErrorKind::Argument`] if it is no regular file. Where files cannot be locked nobody is
    /// kept away.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_for(path.as_ref(), Access::Anyone)
    }

    /// As [`open`](Self::open), of a file that nobody else has had access to.
    pub(super) fn open_private(path: &Path) -> Result<Self> {
        let file = Self::open_for(path, Access::Owner)?;
        let private = is_private(&file.file, path);
        if private.map_err(|cause| on_path("cannot find", path, cause))? {
            return Ok(file);
        }
        let message = format!("{} is not ours alone: it is best removed", quoted(path));
        Err(Error::new(ErrorKind::Io, message).in_file(path).fatal())
    }

    fn open_for(path: &Path, access: Access) -> Result<Self> {
        for _ in 0..ATTEMPTS {
            let (file, created) =
                open(path, access).map_err(|cause| on_path("cannot append to", path, cause))?;
            let metadata = file.metadata().map_err(|cause| on_path("cannot find", path, cause))?;
            if metadata.is_dir() {
                return Err(is_a_folder(path));
            }
            if !metadata.is_file() {
                let message = format!("{} is not a regular file", quoted(path));
                return Err(Error::new(ErrorKind::Argument, message).in_file(path));
            }
            lock(&file, path)?;
            let found = settle(&file, path).map_err(|cause| on_path("cannot find", path, cause))?;
            if let Some((real, length)) = found {
                let path = path.to_owned();
                return Ok(Self {
                    file,
                    path,
                    real,
                    committed: length,
                    length,
                    cut: None,
                    created,
                });
            }
        }
        let message = format!("{} is being replaced again and again", quoted(path));
        Err(Error::new(ErrorKind::Io, message).in_file(path).fatal())
    }

    /// The file as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Its length in bytes, with what has been written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its length once a cut that still waits has been made.
    pub(super) fn length_to_keep(&self) -> u64 {
        self.cut.unwrap_or(self.length)
    }

    /// Where the last line begins that has no line end: behind the last `\n`. The length of the
    /// file if it is empty or ends with one. Reads backwards to there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be read.
    pub fn last_line(&mut self) -> Result<u64> {
        let mut end = self.length;
        let mut block = vec![0; Self::BLOCK];
        while end > 0 {
            let start = end.saturating_sub(Self::BLOCK as u64);
            let bytes = &mut block[..to_usize(end - start)];
            self.read_exact_at(start, bytes)?;
            if let Some(newline) = bytes.iter().rposition(|byte| *byte == b'\n') {
                return Ok(start + newline as u64 + 1);
            }
            end = start;
        }
        Ok(0)
    }

    /// The bytes from `start` on, `length` of them.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if they cannot be read, or there are not that many.
    pub fn read_at(&mut self, start: u64, length: u64) -> Result<Vec<u8>> {
        if start.saturating_add(length) > self.length {
            let message =
                format!("no {length} bytes from byte {start} on: there are {}", self.length);
            return Err(Error::new(ErrorKind::Io, message).in_file(&self.path));
        }
        let mut bytes = vec![0; to_usize(length)];
        self.read_exact_at(start, &mut bytes)?;
        Ok(bytes)
    }

    /// Cuts the file to its first `length` bytes, as soon as something is written or it is
    /// finished, and not if neither happens. The bytes behind do not come back.
    pub fn cut_to(&mut self, length: u64) {
        self.cut = Some(length.min(self.length));
    }

    /// Brings what has been written to disk: from now on it stays.
    ///
    /// # Errors
    /// The system's. After a failed `fsync` a second one could succeed with the data lost, so
    /// the file is best dropped then.
    pub fn commit(&mut self) -> io::Result<()> {
        self.apply_cut()?;
        self.file.sync_all()?;
        if self.created {
            sync_folder(&folder_of(&self.real))?;
        }
        if !is_named(&self.file, &self.real)? {
            let message = "the file was removed or replaced while it was added to";
            return Err(Error::new(ErrorKind::Io, message).in_file(&self.path).fatal().into());
        }
        self.created = false;
        self.committed = self.length;
        Ok(())
    }

    /// [Commits](Self::commit) and lets others have the file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be brought to disk, or has been replaced by another
    /// one meanwhile. It is cut back then.
    pub fn finish(mut self) -> Result<()> {
        let result = self.commit();
        result.map_err(|cause| crate::into_error(cause, self.failed_to("bring to disk")))
    }

    /// Gives up: the file is cut back to what was committed, and one that was created is
    /// removed. Dropping does the same and cannot tell of errors.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be cut.
    pub fn abort(mut self) -> Result<()> {
        self.take_back().map_err(|cause| on_path("cannot cut back", &self.path, cause))
    }

    fn take_back(&mut self) -> io::Result<()> {
        if self.length > self.committed {
            // Whoever writes without asking for the lock has still written what is theirs.
            if self.file.metadata()?.len() != self.length {
                return Err(io::Error::other("someone else has written to the file"));
            }
            self.file.set_len(self.committed)?;
            self.length = self.committed;
        }
        let is_ours = self.created && self.length == 0;
        if is_ours && is_named(&self.file, &self.real)? {
            fs::remove_file(&self.real)?;
        }
        self.created = false;
        Ok(())
    }

    fn apply_cut(&mut self) -> io::Result<()> {
        let Some(length) = self.cut.take() else { return Ok(()) };
        self.file.set_len(length)?;
        self.length = length;
        self.committed = self.committed.min(length);
        Ok(())
    }

    fn read_exact_at(&mut self, start: u64, bytes: &mut [u8]) -> Result<()> {
        let sought = self.file.seek(SeekFrom::Start(start));
        let read = sought.and_then(|_| self.file.read_exact(bytes));
        read.map_err(|cause| on_path("cannot read", &self.path, cause))
    }

    fn failed_to(&self, verb: &str) -> String {
        format!("cannot {verb} {}", quoted(&self.path))
    }
}

impl Write for AppendFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.apply_cut()?;
        let count = self.file.write(bytes)?;
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AppendFile {
    fn drop(&mut self) {
        // Nobody is left to be told. What stays is what a killed process leaves, and the next
        // writer mends that.
        self.take_back().unwrap_or_default();
    }
}

impl fmt::Debug for AppendFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppendFile")
            .field("path", &self.path)
            .field("committed", &self.committed)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Who may open a file that is created.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Whoever may open new files.
    Anyone,
    Owner,
}

/// Whether `file` is no link and only its owner may open it.
#[cfg(unix)]
fn is_private(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata()?;
    let others = metadata.mode() & 0o077;
    Ok(others == 0 && metadata.nlink() == 1 && is_named(file, path)?)
}

#[cfg(not(unix))]
fn is_private(file: &File, path: &Path) -> io::Result<bool> {
    is_named(file, path)
}

/// The file, and whether it is new.
fn open(path: &Path, access: Access) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => return Ok((result?, false)),
    }
    match options.clone().create_new(true).open(path) {
        // A link to nothing, or someone was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Where a link leads, a file for us alone must not come into being.
            Ok((options.create(access == Access::Anyone).open(path)?, false))
        }
        result => Ok((result?, true)),
    }
}

fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another writer is adding to {}", quoted(path));
            let cause = io::Error::from(io::ErrorKind::WouldBlock);
            Err(Error::io(message, cause).in_file(path))
        }
        Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(cause)) => Err(on_path("cannot lock", path, cause)),
    }
}

/// Where the locked `file` stands and how long it is now: the writer before us may have written
/// since we opened it. `None` if `path` leads to another file by now.
fn settle(file: &File, path: &Path) -> io::Result<Option<(PathBuf, u64)>> {
    match fs::canonicalize(path) {
        Ok(real) if is_named(file, &real)? => Ok(Some((real, file.metadata()?.len()))),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).expect("a length that its caller has limited")
}
