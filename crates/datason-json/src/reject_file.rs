//! Rejects in a file, and back.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use datason_core::{ByteSize, Error, ErrorKind, Reject, RejectSink, Rejects, Result, escape};
use datason_io::{Source, into_error, is_named};

mod behind;

pub(crate) use self::behind::{Mark, Opened};

use crate::builder::ReaderBuilder;
use crate::format::Format;
use crate::reader::Reader;
use crate::rows::Rows;

/// Keeps bad records in the file at `path`: JSON Lines, one [`Reject`] each.
///
/// Each is handed to the system before reading goes on, so what was found before a crash of
/// this process is there after it. [`Rejects::finish`] brings the file and its name to disk, and
/// then it survives a power cut too: call it before you publish what you made of the good
/// records.
///
/// Rejects are never written over: the file must be new or empty. Nor does a second process get
/// it while this one writes. A device or a pipe is written to as it is.
///
/// # Errors
/// [`ErrorKind::Io`] if the file cannot be made; [`ErrorKind::Argument`] if it holds something,
/// or another process writes it.
///
/// # Example
/// ```
/// use datason_core::Reject;
/// use datason_json::{ReaderBuilder, read_rejects, rejects_to_file};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("bad.jsonl");
/// let rejects = rejects_to_file(&path)?;
/// let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(b"1\n[2\n3\n");
/// assert_eq!(reader.rows::<u8>().collect::<Result<Vec<_>, _>>()?, [1, 3]);
/// rejects.finish()?;
///
/// let bad: Vec<Reject<'_>> = read_rejects(&path)?.collect::<Result<_, _>>()?;
/// assert_eq!((bad[0].line, bad[0].raw()), (2, Some(&b"[2"[..])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rejects_to_file(path: impl AsRef<Path>) -> Result<Rejects> {
    RejectFile::create(path.as_ref()).map(Rejects::to_sink)
}

/// The file that rejects go to.
struct RejectFile {
    file: BufWriter<File>,
    path: PathBuf,
    /// Whether it is one that can be brought to disk.
    regular: bool,
}

impl RejectFile {
    fn create(path: &Path) -> Result<Self> {
        let file = Self::open(path)?;
        file.check_empty()?;
        Ok(file)
    }

    /// The file at `path`, made if it is missing, which nobody else writes from now on.
    fn open(path: &Path) -> Result<Self> {
        let failed = |cause| about(path, cause, "cannot create");
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(failed)?;
        let regular = file.metadata().map_err(failed)?.is_file();
        if regular {
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(refused(path, "is being written to")),
                // Some file systems have no locks.
                Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(cause)) => return Err(failed(cause)),
            }
        }
        Ok(Self { file: BufWriter::new(file), path: path.to_owned(), regular })
    }

    /// How much there is. Asked behind the lock, so that the answer is not a moment old.
    fn length(&self) -> Result<u64> {
        let metadata = self.file.get_ref().metadata();
        Ok(metadata.map_err(|cause| about(&self.path, cause, "cannot create"))?.len())
    }

    fn check_empty(&self) -> Result<()> {
        if self.regular && self.length()? > 0 {
            let why = "holds something, and rejects are never written over it";
            return Err(refused(&self.path, why));
        }
        Ok(())
    }
}

impl RejectSink for RejectFile {
    fn take(&mut self, reject: &Reject<'_>) -> Result<()> {
        let failed = |cause| about(&self.path, cause, "cannot write");
        serde_json::to_writer(&mut self.file, reject).map_err(|error| failed(error.into()))?;
        self.file.write_all(b"\n").and_then(|()| self.file.flush()).map_err(failed)
    }

    fn commit(&mut self) -> Result<u64> {
        self.finish()?;
        self.length()
    }

    fn finish(&mut self) -> Result<()> {
        let failed = |cause| about(&self.path, cause, "cannot bring to disk");
        self.file.flush().map_err(failed)?;
        if !self.regular {
            return Ok(());
        }
        self.file.get_ref().sync_all().map_err(failed)?;
        sync_name(self.file.get_ref(), &self.path).map_err(failed)
    }
}

/// Brings the name of the file to disk, which must still be its own: where nobody finds the
/// rejects, they are lost.
fn sync_name(file: &File, path: &Path) -> io::Result<()> {
    let whole = fs::canonicalize(path)?;
    if !is_named(file, &whole)? {
        return Err(io::Error::other("the file was replaced while it was written"));
    }
    datason_io::sync_folder(whole.parent().unwrap_or(&whole))
}

#[cold]
fn about(path: &Path, cause: io::Error, what: &str) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    into_error(cause, format!("{what} `{name}`, which is to hold the rejects")).in_file(path)
}

#[cold]
fn refused(path: &Path, why: &str) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    Error::new(ErrorKind::Argument, format!("`{name}` {why}")).in_file(path)
}

/// Reads the rejects in the file at `path`, one at a time.
///
/// [`Reject::raw`] is the record's text again, to be read with other options or once it has
/// been mended. The largest record that was rejected must fit in memory, in the form it has in
/// JSON.
///
/// # Errors
/// [`ErrorKind::Io`] if the file cannot be opened. The iterator has an error, and goes on, for
/// a line that is no reject: the last one may be torn if its writer was killed.
pub fn read_rejects(
    path: impl AsRef<Path>,
) -> Result<Rows<Reader<Source>, Source, Reject<'static>>> {
    let builder = ReaderBuilder::new().format(Format::Jsonl).max_record_size(LARGEST);
    Ok(builder.open(path)?.into_rows())
}

/// Records are 256 MiB at most unless somebody says otherwise, and six times that in JSON if
/// each byte is escaped.
const LARGEST: ByteSize = ByteSize::gib(2);

#[cfg(test)]
mod tests {
    use datason_core::{Position, Record};

    use super::*;

    fn bad(text: &[u8]) -> (Error, Option<Record<'_>>) {
        let error = Error::new(ErrorKind::Syntax, "bad").at(Position::START);
        (error, Some(Record::new(text, b"", Position::START)))
    }

    fn texts(path: &Path) -> Vec<Vec<u8>> {
        let rejects = read_rejects(path).unwrap();
        rejects.map(|reject| reject.unwrap().raw().unwrap().to_vec()).collect()
    }

    #[test]
    fn each_reject_is_in_the_file_before_reading_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.jsonl");
        let rejects = rejects_to_file(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"", "that it can be written shows at once");
        for (count, text) in [b"x\n".as_slice(), b"\xff", b""].into_iter().enumerate() {
            let (error, record) = bad(text);
            rejects.take(error, record).unwrap();
            assert_eq!(texts(&path).len(), count + 1);
        }
        rejects.finish().unwrap();
        assert_eq!(texts(&path), [b"x\n".as_slice(), b"\xff", b""]);
    }

    #[test]
    fn rejects_are_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.jsonl");
        let first = rejects_to_file(&path).unwrap();
        let error = rejects_to_file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "while another one writes: {error}");
        drop(first);
        let again = rejects_to_file(&path).expect("an empty file is free");
        let (error, record) = bad(b"x");
        again.take(error, record).unwrap();
        drop(again);
        let error = rejects_to_file(&path).unwrap_err();
        assert!(error.message().contains("never written over"), "{error}");
        assert_eq!(texts(&path), [b"x"]);
        let nowhere = rejects_to_file(folder.path().join("no/bad.jsonl")).unwrap_err();
        assert_eq!(nowhere.kind(), ErrorKind::Io);
    }

    #[test]
    fn a_torn_tail_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.jsonl");
        let rejects = rejects_to_file(&path).unwrap();
        for text in [b"one", b"two"] {
            let (error, record) = bad(text);
            rejects.take(error, record).unwrap();
        }
        drop(rejects);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let found: Vec<_> = read_rejects(&path).unwrap().collect();
        assert_eq!(found[0].as_ref().unwrap().raw(), Some(&b"one"[..]));
        assert_eq!(found[1].as_ref().unwrap_err().kind(), ErrorKind::Truncated);
        assert_eq!(found.len(), 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_the_reading() {
        let rejects = rejects_to_file("/dev/full").unwrap();
        let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(b"1\nx\n3\n");
        assert_eq!(reader.next_row::<u8>().unwrap(), Some(1));
        let error = reader.next_row::<u8>().unwrap_err();
        assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Io, true));
        assert_eq!(reader.next_row::<u8>().unwrap(), None);
    }
}
