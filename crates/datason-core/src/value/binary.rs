//! Bytes and paths.

use std::fmt;

/// Raw bytes, as a field of a struct or as a [`Value`](super::Value).
///
/// serde sees a `Vec<u8>` as a list of numbers; this type says that they are bytes. As JSON they
/// become their text where they are UTF-8, else hexadecimal digits, which cannot be told from
/// text when read back; the strict configuration writes a form that can.
///
/// # Example
/// ```
/// use datason_core::value::Bytes;
///
/// let bytes = Bytes::from(b"ab\xff".to_vec());
/// assert_eq!(bytes.to_text(), "6162ff");
/// assert_eq!(Bytes::from("é").to_text(), "é");
/// assert_eq!(Bytes::from_hex("6162FF"), Some(bytes));
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// The bytes that hexadecimal `digits` of either case write; `None` if they are not pairs
    /// of such digits.
    pub fn from_hex(digits: &str) -> Option<Self> {
        if !digits.len().is_multiple_of(2) {
            return None;
        }
        let (pairs, _) = digits.as_bytes().as_chunks::<2>();
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        pairs
            .iter()
            .map(|&[high, low]| u8::try_from(nibble(high)? << 4 | nibble(low)?).ok())
            .collect::<Option<Vec<u8>>>()
            .map(Self)
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, owned.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }

    /// The text that stands for the bytes: themselves if they are UTF-8, else hexadecimal.
    pub fn to_text(&self) -> String {
        match std::str::from_utf8(&self.0) {
            Ok(text) => text.to_owned(),
            Err(_) => self.to_hex(),
        }
    }

    /// The bytes as lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", crate::error::escape(&self.0))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// The path of a file, as text.
///
/// Its parts are found by the rules of POSIX on every platform, and no method looks at the
/// disk: the same path gives the same JSON everywhere.
///
/// # Example
/// ```
/// use datason_core::value::FilePath;
///
/// let path = FilePath::from("/data/in/file.tar.gz");
/// assert!(path.is_absolute());
/// assert_eq!((path.stem(), path.suffix()), ("file.tar", ".gz"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

impl FilePath {
    /// The path as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it begins at the root.
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }

    /// The last component that is not `.`; empty if there is none.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').find(|part| !matches!(*part, "" | ".")).unwrap_or_default()
    }

    /// The file name without its last suffix.
    pub fn stem(&self) -> &str {
        self.split_name().0
    }

    /// The last suffix of the file name with its dot: `.gz`; empty if there is none. A dot at
    /// either end of the name starts no suffix.
    pub fn suffix(&self) -> &str {
        self.split_name().1
    }

    fn split_name(&self) -> (&str, &str) {
        let name = self.file_name();
        match name.rfind('.') {
            Some(dot) if dot > 0 && dot + 1 < name.len() => name.split_at(dot),
            _ => (name, ""),
        }
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for FilePath {
    fn from(path: &str) -> Self {
        Self(path.to_owned())
    }
}

impl From<String> for FilePath {
    fn from(path: String) -> Self {
        Self(path)
    }
}
