//! Sizes: of memory, of records, of chunks.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

pub use bytesize::ByteSize;
use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, ErrorKind, Result};

/// How large a chunk may grow before the next one begins.
///
/// What it means stands here alone: who gathers records asks [`has_room`](Self::has_room) and
/// [`fits`](Self::fits).
///
/// Serializes as it is typed: a number of records, or a text (`"8388608 B"`, `"auto"`).
///
/// # Example
/// ```
/// use datason_core::{ByteSize, ChunkSize};
///
/// assert_eq!("5000".parse::<ChunkSize>()?, ChunkSize::records(5_000)?);
/// assert_eq!("8MiB".parse::<ChunkSize>()?, ChunkSize::bytes(ByteSize::mib(8))?);
/// assert_eq!("auto".parse::<ChunkSize>()?, ChunkSize::Auto);
/// assert!(ChunkSize::records(0).is_err());
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChunkSize {
    /// This many records, whatever their size; the last chunk may hold fewer.
    Records(NonZeroUsize),
    /// Whole records while they fit in this many bytes of text, and at least one record.
    /// Memory then stays flat however large or small the records are.
    Bytes(NonZeroUsize),
    /// As [`Bytes`](Self::Bytes), of as many as go with the memory there may be: a thirty-second of
    /// the memory limit where there is one, else [`AUTO`](Self::AUTO).
    Auto,
}

impl ChunkSize {
    /// What readers use unless told otherwise: 1 MiB of text.
    pub const DEFAULT: Self = Self::Bytes(NonZeroUsize::new(1 << 20).expect("1 MiB is not zero"));

    /// How large chunks of [`Auto`](Self::Auto) are where no limit on memory says otherwise: 1 MiB.
    pub const AUTO: ByteSize = ByteSize::mib(1);

    /// What share of a limit on memory a chunk of [`Auto`](Self::Auto) is.
    const SHARE: u64 = 32;

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

    /// The same under a limit on memory: what [`Auto`](Self::Auto) comes to there, as
    /// [`Bytes`](Self::Bytes). The other sizes stay what they are.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ChunkSize};
    ///
    /// let limit = Some(ByteSize::mib(64));
    /// assert_eq!(ChunkSize::Auto.under(limit), ChunkSize::bytes(ByteSize::mib(2))?);
    /// assert_eq!(ChunkSize::Auto.under(None), ChunkSize::bytes(ChunkSize::AUTO)?);
    /// assert_eq!(ChunkSize::DEFAULT.under(limit), ChunkSize::DEFAULT);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn under(self, limit: Option<ByteSize>) -> Self {
        let Self::Auto = self else { return self };
        let bytes = limit.map_or(Self::AUTO.as_u64(), |limit| limit.as_u64() / Self::SHARE);
        let counted = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self::Bytes(NonZeroUsize::new(counted).unwrap_or(NonZeroUsize::MIN))
    }

    /// The most records that a chunk has; [`usize::MAX`] if only their bytes matter.
    pub const fn most_records(self) -> usize {
        match self {
            Self::Records(most) => most.get(),
            Self::Bytes(_) | Self::Auto => usize::MAX,
        }
    }

    /// The most bytes that a chunk of several records has; [`usize::MAX`] if only their number
    /// matters.
    #[expect(clippy::cast_possible_truncation, reason = "a mebibyte")]
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Records(_) => usize::MAX,
            Self::Bytes(most) => most.get(),
            Self::Auto => Self::AUTO.as_u64() as usize,
        }
    }

    /// Whether a chunk of `count` records of `bytes` in all can take another at all, however small.
    ///
    /// # Example
    /// ```
    /// use datason_core::ChunkSize;
    ///
    /// let three = ChunkSize::records(3)?;
    /// assert!(three.has_room(2, 1 << 40) && !three.has_room(3, 0));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[inline]
    pub const fn has_room(self, count: usize, bytes: usize) -> bool {
        count < self.most_records() && bytes < self.most_bytes()
    }

    /// Whether a record of `record` bytes fits into a chunk of `count` records of `bytes` in all.
    /// The first always does.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ChunkSize};
    ///
    /// let hundred = ChunkSize::bytes(ByteSize::b(100))?;
    /// assert!(hundred.fits(0, 0, 1_000));
    /// assert!(hundred.fits(2, 60, 40) && !hundred.fits(2, 60, 41));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[inline]
    pub const fn fits(self, count: usize, bytes: usize, record: usize) -> bool {
        count == 0
            || (count < self.most_records() && bytes.saturating_add(record) <= self.most_bytes())
    }
}

/// What is taken for the size of a chunk: a number of records or items, or a [`ChunkSize`].
///
/// # Example
/// ```
/// use datason_core::{ChunkSize, IntoChunkSize};
///
/// assert_eq!(500.into_chunk_size()?, ChunkSize::records(500)?);
/// assert_eq!(ChunkSize::Auto.into_chunk_size()?, ChunkSize::Auto);
/// assert!(0.into_chunk_size().is_err());
/// # Ok::<(), datason_core::Error>(())
/// ```
pub trait IntoChunkSize {
    /// The size.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for 0.
    fn into_chunk_size(self) -> Result<ChunkSize>;
}

impl IntoChunkSize for ChunkSize {
    fn into_chunk_size(self) -> Result<ChunkSize> {
        Ok(self)
    }
}

/// So many items.
impl IntoChunkSize for usize {
    fn into_chunk_size(self) -> Result<ChunkSize> {
        let refused = || Error::new(ErrorKind::Argument, "a chunk size of 0 items");
        NonZeroUsize::new(self).map(ChunkSize::Records).ok_or_else(refused)
    }
}

impl Default for ChunkSize {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl FromStr for ChunkSize {
    type Err = Error;

    /// A bare number counts records; a number with a unit (`64KiB`, `8MB`) counts bytes; `auto` is
    /// [`Auto`](Self::Auto).
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.trim() == AUTO {
            return Ok(Self::Auto);
        }
        if let Ok(count) = text.trim().replace('_', "").parse() {
            return Self::records(count);
        }
        match text.trim().parse() {
            Ok(size) => Self::bytes(size),
            Err(_) => Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "`{text}` is neither a number of records, nor a size such as 8MiB, nor `{AUTO}`"
                ),
            )),
        }
    }
}

const AUTO: &str = "auto";

impl fmt::Display for ChunkSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(count) => write!(f, "{count} records"),
            Self::Bytes(size) => write!(f, "{}", ByteSize(size.get() as u64)),
            Self::Auto => f.write_str(AUTO),
        }
    }
}

impl Serialize for ChunkSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Records(count) => serializer.serialize_u64(count.get() as u64),
            Self::Bytes(size) => serializer.collect_str(&format_args!("{size} B")),
            Self::Auto => serializer.serialize_str(AUTO),
        }
    }
}

impl<'de> Deserialize<'de> for ChunkSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Typed;

        impl de::Visitor<'_> for Typed {
            type Value = ChunkSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of records, a size such as \"8MiB\", or \"auto\"")
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<ChunkSize, E> {
                let size = usize::try_from(count).ok().and_then(NonZeroUsize::new);
                let refused = || E::invalid_value(Unexpected::Unsigned(count), &self);
                size.map(ChunkSize::Records).ok_or_else(refused)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ChunkSize, E> {
                text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_size_are_argument_errors() {
        for text in ["", "0", "0MiB", "-1", "x", "8 apples", "automatic"] {
            let error = text.parse::<ChunkSize>().expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
        }
    }

    #[test]
    fn what_is_printed_says_the_unit() {
        assert_eq!(ChunkSize::DEFAULT.to_string(), "1.0 MiB");
        assert_eq!("1_000".parse::<ChunkSize>().unwrap().to_string(), "1000 records");
        assert_eq!(ChunkSize::Auto.to_string(), "auto");
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for (text, size) in [
            ("5", ChunkSize::records(5).unwrap()),
            ("\"1048577 B\"", ChunkSize::bytes(ByteSize((1 << 20) + 1)).unwrap()),
            ("\"auto\"", ChunkSize::Auto),
        ] {
            assert_eq!(serde_json::to_string(&size).unwrap(), text);
            assert_eq!(serde_json::from_str::<ChunkSize>(text).unwrap(), size);
        }
        for text in ["0", "-1", "1.5", "\"many\"", "[1]"] {
            assert!(serde_json::from_str::<ChunkSize>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn any_limit_makes_a_size() {
        for limit in [0, 1, 31, 32, 1 << 20, u64::MAX] {
            let size = ChunkSize::Auto.under(Some(ByteSize(limit)));
            assert!(size.has_room(0, 0) && size.fits(0, 0, usize::MAX), "{limit}");
            assert_eq!(size.most_bytes() as u64, (limit / 32).max(1));
        }
    }
}
