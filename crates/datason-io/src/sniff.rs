//! What an input is, told by its first bytes.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use datason_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// How the bytes of a file are compressed.
///
/// # Example
/// ```
/// use datason_io::Compression;
///
/// assert_eq!(Compression::from_magic(b"\x1f\x8b\x08\x00"), Compression::Gzip);
/// assert_eq!(Compression::from_path("events.jsonl.zst"), Compression::Zstd);
/// assert_eq!("gzip".parse::<Compression>()?, Compression::Gzip);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// The bytes stand as they are.
    #[default]
    None,
    /// gzip (RFC 1952), any number of members.
    Gzip,
    /// Zstandard (RFC 8878), any number of frames.
    Zstd,
}

impl Compression {
    /// The compression that data beginning with `prefix` has. Needs four bytes to be sure.
    pub fn from_magic(prefix: &[u8]) -> Self {
        match Magic::of(prefix) {
            Some(Magic { means: Means::Read(compression), .. }) => *compression,
            _ => Self::None,
        }
    }

    /// The compression that the extension of `path` stands for: `.gz` and `.gzip`, `.zst` and
    /// `.zstd`, in any case. A hint for reading, the rule for writing.
    pub fn from_path(path: impl AsRef<Path>) -> Self {
        match extension(path.as_ref()).as_str() {
            "gz" | "gzip" => Self::Gzip,
            "zst" | "zstd" => Self::Zstd,
            _ => Self::None,
        }
    }

    /// The name in lower case: `none`, `gzip`, `zstd`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Compression {
    type Err = Error;

    /// Takes the names and the file extensions.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "none" => Ok(Self::None),
            "gzip" | "gz" => Ok(Self::Gzip),
            "zstd" | "zst" => Ok(Self::Zstd),
            _ => Err(Error::new(
                ErrorKind::Argument,
                format!("`{}` is none of none, gzip, zstd", datason_core::escape(text.as_bytes())),
            )),
        }
    }
}

/// The first bytes that a kind of file always has.
struct Magic {
    bytes: &'static [u8],
    means: Means,
}

enum Means {
    Read(Compression),
    /// Known by name only.
    Foreign(&'static str),
}

/// The bytes that the longest entry of [`MAGICS`] looks at.
pub(crate) const MAGIC_BYTES: usize = 6;

const MAGICS: [Magic; 9] = [
    Magic { bytes: b"\x1f\x8b", means: Means::Read(Compression::Gzip) },
    Magic { bytes: b"\x28\xb5\x2f\xfd", means: Means::Read(Compression::Zstd) },
    Magic { bytes: b"BZh", means: Means::Foreign("bzip2") },
    Magic { bytes: b"\xfd7zXZ\0", means: Means::Foreign("xz") },
    Magic { bytes: b"\x04\x22\x4d\x18", means: Means::Foreign("lz4") },
    Magic { bytes: b"PK\x03\x04", means: Means::Foreign("zip") },
    Magic { bytes: b"PK\x05\x06", means: Means::Foreign("zip") },
    Magic { bytes: b"7z\xbc\xaf\x27\x1c", means: Means::Foreign("7z") },
    // The stream identifier goes on with `aPpY`.
    Magic { bytes: b"\xff\x06\0\0sN", means: Means::Foreign("framed Snappy") },
];

/// A zstd stream may begin with a frame to be skipped; its first byte is any of 0x50 to 0x5f.
const SKIPPABLE: Magic =
    Magic { bytes: b"\x50\x2a\x4d\x18", means: Means::Read(Compression::Zstd) };

impl Magic {
    fn of(prefix: &[u8]) -> Option<&'static Self> {
        Self::all().find(|magic| magic.agrees(prefix) && prefix.len() >= magic.bytes.len())
    }

    fn all() -> impl Iterator<Item = &'static Self> {
        MAGICS.iter().chain([&SKIPPABLE])
    }

    /// Whether `prefix` and these bytes are the same as far as both go.
    fn agrees(&self, prefix: &[u8]) -> bool {
        let first_bits = if self.bytes == SKIPPABLE.bytes { 0xf0 } else { 0xff };
        let masks = std::iter::once(first_bits).chain(std::iter::repeat(0xff));
        prefix.iter().zip(self.bytes).zip(masks).all(|((is, should), mask)| is & mask == *should)
    }
}

/// Whether more bytes behind `prefix` could still change what it is taken for.
pub(crate) fn is_undecided(prefix: &[u8]) -> bool {
    Magic::all().any(|magic| magic.agrees(prefix) && prefix.len() < magic.bytes.len())
}

/// The name of the compression or archive of data beginning with `prefix`, if it is one that
/// is known but not read.
pub(crate) fn foreign_magic(prefix: &[u8]) -> Option<&'static str> {
    match Magic::of(prefix)?.means {
        Means::Foreign(name) => Some(name),
        Means::Read(_) => None,
    }
}

/// The name of the compression that `path` promises, if it is one that is not written.
pub(crate) fn foreign_extension(path: &Path) -> Option<&'static str> {
    match extension(path).as_str() {
        "bz2" => Some("bzip2"),
        "xz" => Some("xz"),
        "lz4" => Some("lz4"),
        "zip" => Some("zip"),
        "7z" => Some("7z"),
        "sz" | "snappy" => Some("Snappy"),
        "br" => Some("Brotli"),
        _ => None,
    }
}

fn extension(path: &Path) -> String {
    path.extension().map_or_else(String::new, |text| text.to_string_lossy().to_ascii_lowercase())
}

/// How the characters of a text are written as bytes.
///
/// JSON is UTF-8; the others are told apart so that a message can name them.
///
/// # Example
/// ```
/// use datason_io::Encoding;
///
/// assert_eq!(Encoding::from_prefix(b"{\"a\""), Encoding::Utf8);
/// assert_eq!(Encoding::from_prefix(b"\xef\xbb\xbf{}").bom_len(), 3);
/// assert_eq!(Encoding::from_prefix(b"{\0\"\0"), Encoding::Utf16Le);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, or anything that is none of the others.
    #[default]
    Utf8,
    /// UTF-8 behind a byte order mark of three bytes.
    Utf8Bom,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
}

impl Encoding {
    /// The encoding of a JSON text that begins with `prefix`; four bytes are enough.
    ///
    /// Without a byte order mark the zeros tell: the first character of a JSON text is ASCII, the
    /// second too unless the first is a quote, and none of its characters is NUL. So one stray NUL
    /// makes no UTF-16.
    #[expect(clippy::match_same_arms, reason = "first what tells at once, then what may")]
    pub fn from_prefix(prefix: &[u8]) -> Self {
        match prefix {
            [0xef, 0xbb, 0xbf, ..] => Self::Utf8Bom,
            [0xff, 0xfe, 0, 0, ..] | [1..=0xff, 0, 0, 0, ..] => Self::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=0xff, ..] => Self::Utf32Be,
            [0xff, 0xfe, ..] | [b'"', 0, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] | [0, b'"', ..] => Self::Utf16Be,
            [1..=0xff, 0] | [1..=0xff, 0, _] | [1..=0xff, 0, _, 0, ..] => Self::Utf16Le,
            [0, 1..=0xff] | [0, 1..=0xff, 0, ..] => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    /// The name as it stands in messages: `UTF-16LE`, `UTF-8`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with a byte order mark",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Utf32Le => "UTF-32LE",
            Self::Utf32Be => "UTF-32BE",
        }
    }

    /// Whether it is UTF-8, with or without a byte order mark.
    pub const fn is_utf8(self) -> bool {
        matches!(self, Self::Utf8 | Self::Utf8Bom)
    }

    /// Bytes of the mark that a UTF-8 text begins with: 3 or 0. Other encodings are not read,
    /// so theirs is not told.
    pub const fn bom_len(self) -> usize {
        if matches!(self, Self::Utf8Bom) { 3 } else { 0 }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            assert_eq!(compression.to_string().parse::<Compression>().unwrap(), compression);
            let json = serde_json::to_string(&compression).unwrap();
            assert_eq!(json, format!("\"{compression}\""));
        }
        let error = "bzip2\x1b".parse::<Compression>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert_eq!(error.to_string(), "`bzip2\\u{1b}` is none of none, gzip, zstd");
    }

    #[test]
    fn magic_bytes_tell_the_compression() {
        for first in 0x50..=0x5f {
            assert_eq!(Compression::from_magic(&[first, 0x2a, 0x4d, 0x18]), Compression::Zstd);
        }
        for text in [b"".as_slice(), b"\x1f", b"\x28\xb5\x2f", b"[*M", b"{}", b"[1]", b"PK"] {
            assert_eq!(Compression::from_magic(text), Compression::None, "{text:?}");
        }
    }

    #[test]
    fn a_prefix_is_undecided_only_while_it_may_become_a_magic() {
        for text in [b"".as_slice(), b"\x1f", b"\x28\xb5\x2f", b"[", b"[*M", b"PK", b"B"] {
            assert!(is_undecided(text), "{text:?}");
        }
        for text in [b"{".as_slice(), b"[1", b"\"", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xef"] {
            assert!(!is_undecided(text), "{text:?}");
        }
        assert!(Magic::all().all(|magic| magic.bytes.len() <= MAGIC_BYTES));
    }

    #[test]
    fn what_is_known_but_not_read_has_a_name() {
        assert_eq!(foreign_magic(b"BZh91AY"), Some("bzip2"));
        assert_eq!(foreign_magic(b"\xfd7zXZ\0\0"), Some("xz"));
        assert_eq!(foreign_magic(b"\xff\x06\x00\x00sNaPpY"), Some("framed Snappy"));
        assert_eq!(foreign_magic(b"\x1f\x8b"), None);
        assert_eq!(foreign_extension(Path::new("a.jsonl.BZ2")), Some("bzip2"));
        assert_eq!(foreign_extension(Path::new("xz")), None);
    }

    #[test]
    fn encodings_are_told_by_mark_or_zeros() {
        let cases: [(&[u8], Encoding); 20] = [
            (b"", Encoding::Utf8),
            (b"1", Encoding::Utf8),
            (b"\0\0\0\0", Encoding::Utf8),
            (b"\xef\xbb", Encoding::Utf8),
            (b"\xef\xbb\xbf", Encoding::Utf8Bom),
            (b"\xff\xfe{\0", Encoding::Utf16Le),
            (b"\xfe\xff\0{", Encoding::Utf16Be),
            (b"\xff\xfe\0\0", Encoding::Utf32Le),
            (b"\0\0\xfe\xff", Encoding::Utf32Be),
            // `"` and a letter above Latin-1: only the first byte pair is telling.
            (b"\x22\0\x42\x30", Encoding::Utf16Le),
            (b"\0\x22\x30\x42", Encoding::Utf16Be),
            (b"{\0\0\0", Encoding::Utf32Le),
            (b"\0\0\0{", Encoding::Utf32Be),
            (b"1\0", Encoding::Utf16Le),
            (b"{\0\"\0", Encoding::Utf16Le),
            (b"\0{\0\"", Encoding::Utf16Be),
            // One byte has been lost.
            (b"{\0\"s", Encoding::Utf8),
            (b"\0{\"s", Encoding::Utf8),
            (b"\0[1", Encoding::Utf8),
            (b"1\0\n", Encoding::Utf16Le),
        ];
        for (prefix, encoding) in cases {
            assert_eq!(Encoding::from_prefix(prefix), encoding, "{prefix:?}");
        }
    }
}
