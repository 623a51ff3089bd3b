//! Universally unique identifiers.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A universally unique identifier: 16 bytes.
///
/// A carrier, not a generator: to make one, use the `uuid` crate and convert its bytes.
///
/// # Example
/// ```
/// use datason_core::value::Uuid;
///
/// let id: Uuid = "12345678-1234-4678-9234-567812345678".parse()?;
/// assert_eq!(id.as_bytes()[0], 0x12);
/// assert_eq!(id.version(), Some(4));
/// assert_eq!(id.to_string(), "12345678-1234-4678-9234-567812345678");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The version (1 to 8 in practice), which only the variant of RFC 4122 has.
    pub const fn version(&self) -> Option<u8> {
        match self.0[8] >> 6 {
            0b10 => Some(self.0[6] >> 4),
            _ => None,
        }
    }

    /// The variant in the words of Python's `uuid` module.
    pub const fn variant(&self) -> &'static str {
        match self.0[8] >> 5 {
            0..=3 => "reserved for NCS compatibility",
            4 | 5 => "specified in RFC 4122",
            6 => "reserved for Microsoft compatibility",
            _ => "reserved for future definition",
        }
    }

    /// The 32 hexadecimal digits without hyphens.
    pub fn to_hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Uuid {
    type Err = Error;

    /// 32 hexadecimal digits in either case, with the usual four hyphens or none.
    fn from_str(text: &str) -> Result<Self, Error> {
        let fail = || Error::new(ErrorKind::Data, format!("`{text}` is not a UUID"));
        let digits = match text.len() {
            32 => text.to_owned(),
            36 if hyphens(text) == [8, 13, 18, 23] => text.replace('-', ""),
            _ => return Err(fail()),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(fail());
        }
        u128::from_str_radix(&digits, 16).map(Self::from).map_err(|_| fail())
    }
}

fn hyphens(text: &str) -> Vec<usize> {
    text.match_indices('-').map(|(at, _)| at).collect()
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(super::special::TextForm::text(self).as_ref())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<[u8; 16]> for Uuid {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl From<u128> for Uuid {
    fn from(number: u128) -> Self {
        Self(number.to_be_bytes())
    }
}

impl From<Uuid> for [u8; 16] {
    fn from(id: Uuid) -> Self {
        id.0
    }
}
