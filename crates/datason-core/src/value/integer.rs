//! Integers of any size.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A whole number of any size, exact.
///
/// What fits 64 bits is held as a machine word, anything larger as its decimal digits: enough
/// to carry, compare and print it. Calculate with a big-integer crate.
///
/// # Example
/// ```
/// use datason_core::value::Integer;
///
/// let large: Integer = "1000000000000000000000000000000".parse()?;
/// assert!(large > Integer::from(u64::MAX));
/// assert_eq!(large.as_i128(), Some(10_i128.pow(30)));
/// assert_eq!(large.to_string(), "1000000000000000000000000000000");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Integer(Repr);

/// Each number has one form: the first that can hold it.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Signed(i64),
    Unsigned(u64),
    /// Digits with an optional minus, no leading zeros.
    Large(Box<str>),
}

impl Integer {
    /// The number, if it fits.
    pub const fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Signed(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it fits.
    pub const fn as_u64(&self) -> Option<u64> {
        match self.0 {
            Repr::Signed(number) if number >= 0 => Some(number.cast_unsigned()),
            Repr::Unsigned(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it fits. Parses the digits of one beyond 64 bits.
    pub fn as_i128(&self) -> Option<i128> {
        match &self.0 {
            Repr::Signed(number) => Some(i128::from(*number)),
            Repr::Unsigned(number) => Some(i128::from(*number)),
            Repr::Large(digits) => digits.parse().ok(),
        }
    }

    /// The number, if it fits. Parses the digits of one beyond 64 bits.
    pub fn as_u128(&self) -> Option<u128> {
        match &self.0 {
            Repr::Signed(number) => u128::try_from(*number).ok(),
            Repr::Unsigned(number) => Some(u128::from(*number)),
            Repr::Large(digits) => digits.parse().ok(),
        }
    }

    /// The nearest double; infinite beyond its range.
    #[expect(clippy::cast_precision_loss, reason = "rounding to the nearest is what is asked for")]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Signed(number) => *number as f64,
            Repr::Unsigned(number) => *number as f64,
            Repr::Large(digits) => super::nearest_float(digits),
        }
    }

    /// The digits of a number that no 64-bit word holds.
    pub(super) fn large_digits(&self) -> Option<&str> {
        match &self.0 {
            Repr::Large(digits) => Some(digits),
            _ => None,
        }
    }

    /// The number that JSON's grammar for integers writes as `text`.
    pub(super) fn from_json_digits(text: &str) -> Self {
        match (text.parse(), text.parse()) {
            (Ok(number), _) => Self(Repr::Signed(number)),
            (_, Ok(number)) => Self(Repr::Unsigned(number)),
            _ => Self(Repr::Large(text.into())),
        }
    }

    fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Signed(number) => *number < 0,
            Repr::Unsigned(_) => false,
            Repr::Large(digits) => digits.starts_with('-'),
        }
    }
}

impl FromStr for Integer {
    type Err = Error;

    /// An optional sign and digits, without blanks or separators.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (minus, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::new(ErrorKind::Data, format!("`{text}` is not an integer")));
        }
        match digits.trim_start_matches('0') {
            "" => Ok(Self(Repr::Signed(0))),
            digits => Ok(Self::from_json_digits(&format!("{minus}{digits}"))),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Signed(number) => number.fmt(f),
            Repr::Unsigned(number) => number.fmt(f),
            Repr::Large(digits) => {
                f.pad_integral(!self.is_negative(), "", digits.trim_start_matches('-'))
            }
        }
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Signed(left), Repr::Signed(right)) => left.cmp(right),
            (Repr::Unsigned(left), Repr::Unsigned(right)) => left.cmp(right),
            (Repr::Large(left), Repr::Large(right)) => compare_digits(left, right),
            (Repr::Large(_), _) | (Repr::Unsigned(_), Repr::Signed(_)) => {
                if self.is_negative() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            _ => other.cmp(self).reverse(),
        }
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Without leading zeros the longer number is the larger one.
fn compare_digits(left: &str, right: &str) -> Ordering {
    match (left.strip_prefix('-'), right.strip_prefix('-')) {
        (None, None) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
        (Some(left), Some(right)) => compare_digits(right, left),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

macro_rules! integer_from {
    (small: $($small:ty)*; large: $($large:ty)*) => {
        $(impl From<$small> for Integer {
            fn from(number: $small) -> Self {
                Self(Repr::Signed(i64::from(number)))
            }
        })*
        $(impl From<$large> for Integer {
            fn from(number: $large) -> Self {
                match (number.try_into(), number.try_into()) {
                    (Ok(number), _) => Self(Repr::Signed(number)),
                    (_, Ok(number)) => Self(Repr::Unsigned(number)),
                    _ => Self(Repr::Large(number.to_string().into())),
                }
            }
        })*
    };
}
integer_from!(small: i8 i16 i32 i64 u8 u16 u32; large: isize i128 u64 usize u128);
