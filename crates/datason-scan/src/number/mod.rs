//! Numbers: checked against JSON's grammar, taken apart, and made into machine numbers.
//!
//! Eight digits are judged and folded at once in a plain word. With AVX-512 there is a way for all
//! of them at once.

mod decimal;
mod float;
mod span;

pub(crate) use self::decimal::Decimal;
use self::float::{Double, Float, Single};

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Added to a byte, carries into its highest bit exactly if the byte is above 9.
const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// As many digits as always fit into a `u64`.
pub(crate) const EXACT_DIGITS: usize = 19;

/// A number as it stands in a text, taken apart and not yet rounded to anything.
///
/// # Example
/// ```
/// use datason_scan::Number;
///
/// let text = b"[-12.50e2,7]";
/// let number = Number::read(text, 1).expect("a number");
/// assert_eq!(number.end(), 9);
/// assert_eq!(number.to_f64(text), Some(-1250.0));
/// assert_eq!(number.to_i64(text), None); // it is written as a float
/// assert_eq!(Number::read(text, 10).and_then(|number| number.to_i64(text)), Some(7));
/// assert!(Number::read(b"01", 0).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    start: usize,
    end: usize,
    significand: u64,
    exponent: i32,
    negative: bool,
    is_integer: bool,
    /// Whether there are more digits than `significand` holds.
    overlong: bool,
}

impl Number {
    /// Reads the number that begins at byte `at`, a minus or a digit; `None` if what stands there
    /// is not a number of JSON. What follows the number is not looked at.
    #[inline]
    pub fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let negative = byte(bytes, at) == b'-';
        let first = at + usize::from(negative);
        let (significand, end) = fold_digits(bytes, first, 0);
        let digits = end - first;
        if digits == 0 || (digits > 1 && bytes[first] == b'0') {
            return None;
        }
        let number = Self {
            start: at,
            end,
            significand,
            exponent: 0,
            negative,
            is_integer: true,
            overlong: digits > EXACT_DIGITS,
        };
        match byte(bytes, end) {
            b'.' => number.with_fraction(bytes, digits),
            b'e' | b'E' => number.with_exponent(bytes),
            _ => Some(number),
        }
    }

    /// The offset just behind the number.
    #[inline]
    pub const fn end(&self) -> usize {
        self.end
    }

    /// Whether it has neither a fraction nor an exponent. `-0` is not an integer either, since
    /// no integer keeps its sign.
    #[inline]
    pub const fn is_integer(&self) -> bool {
        self.is_integer && !(self.negative && self.significand == 0 && !self.overlong)
    }

    /// The integer, if it is one and fits. `bytes` are those it was read from.
    #[inline]
    pub fn to_i64(&self, bytes: &[u8]) -> Option<i64> {
        if !self.is_integer() {
            return None;
        }
        if self.overlong {
            return self.text(bytes)?.parse().ok();
        }
        if self.negative {
            return 0_i64.checked_sub_unsigned(self.significand);
        }
        i64::try_from(self.significand).ok()
    }

    /// As [`to_i64`](Self::to_i64), without sign.
    #[inline]
    pub fn to_u64(&self, bytes: &[u8]) -> Option<u64> {
        if !self.is_integer() || self.negative {
            return None;
        }
        if self.overlong {
            return self.text(bytes)?.parse().ok();
        }
        Some(self.significand)
    }

    /// The nearest `f64`, ties to even; `None` if it is beyond the range of `f64`.
    #[inline]
    pub fn to_f64(&self, bytes: &[u8]) -> Option<f64> {
        self.to_float::<Double>(bytes)
    }

    /// The nearest `f32`, rounded once; `None` if it is beyond the range of `f32`.
    #[inline]
    pub fn to_f32(&self, bytes: &[u8]) -> Option<f32> {
        self.to_float::<Single>(bytes)
    }

    /// Whether it lies in the range of `f64`.
    #[inline]
    pub fn is_finite(&self, bytes: &[u8]) -> bool {
        // A significand has at most 20 digits, and the largest f64 has 309.
        (!self.overlong && self.exponent < 288) || self.to_f64(bytes).is_some()
    }

    /// The number's own text.
    pub fn text<'a>(&self, bytes: &'a [u8]) -> Option<&'a str> {
        std::str::from_utf8(bytes.get(self.start..self.end)?).ok()
    }

    #[inline(always)]
    fn to_float<F: Float>(self, bytes: &[u8]) -> Option<F::Value> {
        let near = if self.overlong { None } else { F::nearest(self.significand, self.exponent) };
        match near {
            Some(size) => Some(F::with_sign(size, self.negative)),
            None => F::parse(self.text(bytes)?),
        }
    }

    /// Goes on behind the point, which stands at `end`.
    #[inline(always)]
    fn with_fraction(mut self, bytes: &[u8], whole_digits: usize) -> Option<Self> {
        let first = self.end + 1;
        let (significand, end) = fold_digits(bytes, first, self.significand);
        let digits = end - first;
        if digits == 0 {
            return None;
        }
        self.is_integer = false;
        self.overlong = whole_digits + digits > EXACT_DIGITS
            && significant_digits(&bytes[self.start..end]) > EXACT_DIGITS;
        self.significand = significand;
        self.exponent = i32::try_from(digits).map_or(i32::MIN, |digits| -digits);
        self.end = end;
        match byte(bytes, end) | 0x20 {
            b'e' => self.with_exponent(bytes),
            _ => Some(self),
        }
    }

    /// Goes on behind the `e`, which stands at `end`.
    fn with_exponent(mut self, bytes: &[u8]) -> Option<Self> {
        let sign = byte(bytes, self.end + 1);
        let first = self.end + 1 + usize::from(matches!(sign, b'+' | b'-'));
        let end = first + bytes[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if end == first {
            return None;
        }
        // Beyond this it is zero or out of range, however many digits there are in any text
        // that fits into memory: the slow path sees the text itself.
        let size = bytes[first..end].iter().fold(0_i32, |size, digit| {
            size.saturating_mul(10).saturating_add(i32::from(digit - b'0'))
        });
        let by = if sign == b'-' { size.saturating_neg() } else { size };
        self.exponent = self.exponent.saturating_add(by);
        self.is_integer = false;
        self.end = end;
        Some(self)
    }
}

#[inline(always)]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// Appends the digits from `at` on to `value`, which wraps around, and tells where they end.
#[inline(always)]
fn fold_digits(bytes: &[u8], mut at: usize, mut value: u64) -> (u64, usize) {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk) ^ ZEROS;
        let others = (word.wrapping_add(ABOVE_NINE) | word) & HIGH;
        if others != 0 {
            let digits = others.trailing_zeros() as usize / 8;
            if digits > 0 {
                let shifted = fold_eight(word << (64 - 8 * digits));
                value = value.wrapping_mul(POWERS[digits]).wrapping_add(shifted);
            }
            return (value, at + digits);
        }
        value = value.wrapping_mul(100_000_000).wrapping_add(fold_eight(word));
        at += 8;
    }
    while let digit @ b'0'..=b'9' = byte(bytes, at) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    (value, at)
}

/// The number that eight digits make, the first of them in the lowest byte.
#[inline(always)]
const fn fold_eight(word: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let outer = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let inner = ((pairs >> 16) & PAIRS).wrapping_mul(1 + (10_000 << 32));
    outer.wrapping_add(inner) >> 32
}

/// The digits of `text` from the first that is not a zero.
#[cold]
fn significant_digits(text: &[u8]) -> usize {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    digits.skip_while(|digit| **digit == b'0').count()
}
