//! Typed errors on their way through [`std::io`].

use std::io;
use std::path::Path;

use datason_core::{Error, escape};

/// The typed error inside `error`, or a new one that says `message` with `error` behind it.
///
/// [`std::io::Read`] and [`std::io::Write`] fix the error type, so a datason error travels
/// inside an [`io::Error`]. This takes it out again with everything it knew.
///
/// # Example
/// ```
/// use std::io;
/// use datason_core::{Error, ErrorKind};
/// use datason_io::into_error;
///
/// let cut = Error::new(ErrorKind::Truncated, "the gzip data ends too early").in_file("a.gz");
/// let back = into_error(io::Error::from(cut), "cannot read");
/// assert_eq!(back.kind(), ErrorKind::Truncated);
/// assert_eq!(back.path().and_then(|path| path.to_str()), Some("a.gz"));
///
/// let other = into_error(io::ErrorKind::BrokenPipe.into(), "cannot read");
/// assert_eq!((other.kind(), other.to_string().as_str()), (ErrorKind::Io, "cannot read"));
/// ```
#[cold]
pub fn into_error(error: io::Error, message: impl Into<String>) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::io(message, error),
    }
}

/// `path` in backticks, safe to print whatever the file is called.
pub(crate) fn quoted(path: &Path) -> String {
    format!("`{}`", escape(path.as_os_str().as_encoded_bytes()))
}

/// A failed system call on `path`; `tried` reads as in "cannot open".
#[cold]
pub(crate) fn on_path(tried: &str, path: &Path, cause: io::Error) -> Error {
    Error::io(format!("{tried} {}", quoted(path)), cause).in_file(path)
}

/// What opening a folder as a file comes to.
#[cold]
pub(crate) fn is_a_folder(path: &Path) -> Error {
    let cause = io::Error::from(io::ErrorKind::IsADirectory);
    Error::io(format!("{} is a folder, not a file", quoted(path)), cause).in_file(path)
}
