//! A file as one slice of memory: the only `unsafe` of this crate.
#![expect(unsafe_code, reason = "mapping a file is unsafe by nature; see `MappedFile`")]

use std::fmt;
use std::path::{Path, PathBuf};

use datason_core::Result;
use memmap2::Mmap;

use super::open_file;
use crate::error::on_path;

/// A whole file as one slice, read by the system page by page when it is touched.
///
/// For random access to files that do not change. To stream through a file it is the slower
/// way, about half as fast as a [`Window`](crate::Window), and nothing in datason uses it
/// unless it is called for. It is not decompressed.
///
/// # Why opening it is unsafe
/// While the value lives, **nobody may change the file**, neither this process nor another.
/// That is more than Rust can check:
/// - If the file is made shorter, touching what is gone ends the process with `SIGBUS`. So does
///   a failing disk or network.
/// - If bytes are changed, the slice changes under the eyes of who reads it, which the language
///   calls undefined: text that was found valid need not be valid any more.
///
/// Where you cannot promise it, use [`Source`](crate::Source), which turns all of this into
/// errors.
///
/// # Example
/// ```
/// use datason_io::MappedFile;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "[1,2]")?;
/// // SAFETY: the file is this program's own, and is not written again.
/// let mapped = unsafe { MappedFile::open(file.path()) }?;
/// assert_eq!(mapped.as_bytes(), b"[1,2]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MappedFile {
    map: Mmap,
    path: PathBuf,
}

impl MappedFile {
    /// Maps the file at `path`. Reads nothing yet.
    ///
    /// # Safety
    /// Nobody may change the file while the value lives; see
    /// [above](Self#why-opening-it-is-unsafe).
    ///
    /// # Errors
    /// [`ErrorKind::Io`](datason_core::ErrorKind::Io) if the file is missing, forbidden, a
    /// folder, or cannot be mapped, as pipes cannot.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let (file, _) = open_file(path)?;
        // SAFETY: a map is sound while the file does not change, which the caller promises.
        let map = unsafe { Mmap::map(&file) };
        let map = map.map_err(|cause| on_path("cannot map", path, cause))?;
        Ok(Self { map, path: path.to_owned() })
    }

    /// The bytes of the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.map
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for MappedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedFile")
            .field("path", &self.path)
            .field("bytes", &self.map.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_an_empty_slice() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // SAFETY: nobody else knows the file.
        let mapped = unsafe { MappedFile::open(file.path()) }.unwrap();
        assert_eq!(mapped.as_bytes(), b"");
    }

    #[test]
    #[cfg(unix)]
    fn what_cannot_be_mapped_is_an_error() {
        for path in ["/no/such/file", "/", "/dev/null"] {
            // SAFETY: none of them is mapped.
            let error = unsafe { MappedFile::open(path) }.unwrap_err();
            assert_eq!(error.kind(), datason_core::ErrorKind::Io, "{path}");
        }
    }
}
