//! Sizes: of memory, of records, of chunks.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

pub use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// How large a chunk may grow before the next one begins.
///
/// # Example
/// ```
/// use datason_core::{ByteSize, ChunkSize};
///
/// assert_eq!("5000".parse::<ChunkSize>()?, ChunkSize::records(5_000)?);
/// assert_eq!("8MiB".parse::<ChunkSize>()?, ChunkSize::bytes(ByteSize::mib(8))?);
/// assert!(ChunkSize::records(0).is_err());
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ChunkSize {
    /// This many records, whatever their size; the last chunk may hold fewer.
    Records(NonZeroUsize),
    /// Whole records while they fit in this many bytes of text, and at least one record.
    /// Memory then stays flat however large or small the records are.
    Bytes(NonZeroUsize),
}

impl ChunkSize {
    /// What readers use unless told otherwise: 1 MiB of text.
    pub const DEFAULT: Self = Self::Bytes(NonZeroUsize::new(1 << 20).expect("1 MiB is not zero"));

    /// A size in records.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for 0: a chunk of no records would never reach the end.
    pub fn records(count: usize) -> Result<Self, Error> {
        match NonZeroUsize::new(count) {
            Some(count) => Ok(Self::Records(count)),
            None => Err(Error::new(ErrorKind::Argument, "a chunk size of 0 records")),
        }
    }

    /// A size in bytes of text.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for 0, and for more than this machine can address.
    pub fn bytes(size: ByteSize) -> Result<Self, Error> {
        match usize::try_from(size.as_u64()).ok().and_then(NonZeroUsize::new) {
            Some(size) => Ok(Self::Bytes(size)),
            None => Err(Error::new(ErrorKind::Argument, format!("a chunk size of {size}"))),
        }
    }
}

impl Default for ChunkSize {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl FromStr for ChunkSize {
    type Err = Error;

    /// A bare number counts records; a number with a unit (`64KiB`, `8MB`) counts bytes.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(count) = text.trim().replace('_', "").parse() {
            return Self::records(count);
        }
        match text.trim().parse() {
            Ok(size) => Self::bytes(size),
            Err(_) => Err(Error::new(
                ErrorKind::Argument,
                format!("`{text}` is neither a number of records nor a size such as 8MiB"),
            )),
        }
    }
}

impl fmt::Display for ChunkSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(count) => write!(f, "{count} records"),
            Self::Bytes(size) => write!(f, "{}", ByteSize(size.get() as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_size_are_argument_errors() {
        for text in ["", "0", "0MiB", "-1", "x", "8 apples"] {
            let error = text.parse::<ChunkSize>().expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
        }
    }

    #[test]
    fn what_is_printed_says_the_unit() {
        assert_eq!(ChunkSize::DEFAULT.to_string(), "1.0 MiB");
        assert_eq!("1_000".parse::<ChunkSize>().unwrap().to_string(), "1000 records");
    }
}
