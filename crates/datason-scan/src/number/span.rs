//! Numbers whose end is known.
//!
//! From behind, the digits of a number stand at the same place of a word however many they are,
//! so one to nineteen of them take no loop and no branch on their count but one for each eight.

use std::ops::Range;

use super::float::{Double, Float, Single};
use super::{ABOVE_NINE, EXACT_DIGITS, HIGH, Number, ZEROS, byte, fold_eight};

const WORD: usize = size_of::<u64>();
const EIGHT_DIGITS: u64 = 100_000_000;

/// Powers of ten by which the digits before the point are multiplied.
const POWERS: [u64; EXACT_DIGITS] = {
    let mut powers = [1; EXACT_DIGITS];
    let mut power = 1;
    while power < EXACT_DIGITS {
        powers[power] = powers[power - 1] * 10;
        power += 1;
    }
    powers
};

impl Number {
    /// The integer that all of `span` is, if it is one and fits: as [`read`](Self::read) and
    /// [`to_i64`](Self::to_i64) together, and faster since the end is known.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Number;
    ///
    /// let text = b"[1234567890,-7,1.0,01]";
    /// assert_eq!(Number::i64_in(text, 1..11), Some(1_234_567_890));
    /// assert_eq!(Number::i64_in(text, 12..14), Some(-7));
    /// assert_eq!(Number::i64_in(text, 15..18), None); // written as a float
    /// assert_eq!(Number::i64_in(text, 19..21), None); // no number
    /// ```
    #[inline(always)]
    pub fn i64_in(bytes: &[u8], span: Range<usize>) -> Option<i64> {
        let negative = byte(bytes, span.start) == b'-';
        match whole(bytes, span.start + usize::from(negative)..span.end) {
            Some(0) if negative => None,
            Some(size) if negative => 0_i64.checked_sub_unsigned(size),
            Some(size) if size <= i64::MAX.cast_unsigned() => Some(size.cast_signed()),
            _ => exactly(bytes, span)?.to_i64(bytes),
        }
    }

    /// As [`i64_in`](Self::i64_in), without sign.
    #[inline(always)]
    pub fn u64_in(bytes: &[u8], span: Range<usize>) -> Option<u64> {
        match whole(bytes, span.clone()) {
            Some(size) => Some(size),
            None => exactly(bytes, span)?.to_u64(bytes),
        }
    }

    /// The `f64` nearest to the number that all of `span` is, ties to even; `None` if it is none
    /// or beyond the range of `f64`.
    #[inline(always)]
    pub fn f64_in(bytes: &[u8], span: Range<usize>) -> Option<f64> {
        match float::<Double>(bytes, &span) {
            Some(value) => Some(value),
            None => exactly(bytes, span)?.to_f64(bytes),
        }
    }

    /// As [`f64_in`](Self::f64_in), rounded once to an `f32`.
    #[inline(always)]
    pub fn f32_in(bytes: &[u8], span: Range<usize>) -> Option<f32> {
        match float::<Single>(bytes, &span) {
            Some(value) => Some(value),
            None => exactly(bytes, span)?.to_f32(bytes),
        }
    }
}

/// The number that all of `span` is, by the way that works for all.
#[inline(never)]
fn exactly(bytes: &[u8], span: Range<usize>) -> Option<Number> {
    let number = Number::read(bytes.get(..span.end)?, span.start)?;
    (number.end() == span.end).then_some(number)
}

/// The value of the digits at `span`, without needless zeros before them.
#[inline(always)]
fn whole(bytes: &[u8], span: Range<usize>) -> Option<u64> {
    if byte(bytes, span.start) == b'0' && span.len() > 1 {
        return None;
    }
    digits(bytes, span)
}

/// A plain number: up to seven digits, and if there is a point, up to nineteen in all.
#[inline(always)]
fn float<F: Float>(bytes: &[u8], span: &Range<usize>) -> Option<F::Value> {
    let negative = byte(bytes, span.start) == b'-';
    let first = span.start + usize::from(negative);
    let word = u64::from_le_bytes(*bytes.get(first..)?.first_chunk()?) ^ ZEROS;
    let others = (word.wrapping_add(ABOVE_NINE) | word) & HIGH;
    let count = others.trailing_zeros() as usize / WORD;
    if !(1..WORD).contains(&count) || (count > 1 && byte(bytes, first) == b'0') {
        return None;
    }
    let before = fold_eight(word << (64 - 8 * count));
    let point = first + count;
    let (significand, exponent) = if point == span.end {
        (before, 0)
    } else {
        if byte(bytes, point) != b'.' {
            return None;
        }
        let places = span.end.checked_sub(point + 1)?;
        if places + count > EXACT_DIGITS {
            return None;
        }
        let behind = digits(bytes, point + 1..span.end)?;
        (before * POWERS[places] + behind, -i32::try_from(places).ok()?)
    };
    Some(F::with_sign(F::nearest(significand, exponent)?, negative))
}

/// The value of one to nineteen digits at `span`; `None` if there is anything else, or too
/// little before it for whole words.
#[inline(always)]
fn digits(bytes: &[u8], span: Range<usize>) -> Option<u64> {
    let count = span.len();
    if count == 0 || count > EXACT_DIGITS {
        return None;
    }
    if count <= WORD {
        let word = last_digits(*bytes.get(..span.end)?.last_chunk()?, count);
        return (!has_others(word)).then(|| fold_eight(word));
    }
    // Whether there are more than sixteen is hard to predict for floats, so it is not asked.
    let [first, middle, last] = words(*bytes.get(..span.end)?.last_chunk()?);
    let first = last_digits(first, count.saturating_sub(2 * WORD));
    let middle = last_digits(middle, (count - WORD).min(WORD));
    let last = last_digits(last, WORD);
    if has_others(first) | has_others(middle) | has_others(last) {
        return None;
    }
    let upper = fold_eight(first) * EIGHT_DIGITS + fold_eight(middle);
    Some(upper * EIGHT_DIGITS + fold_eight(last))
}

/// Twenty-four bytes as three words.
#[inline(always)]
fn words(bytes: [u8; 3 * WORD]) -> [[u8; WORD]; 3] {
    let (words, _) = bytes.as_chunks();
    [words[0], words[1], words[2]]
}

/// The last `count` (up to eight) bytes of a word as digits, behind zeros.
#[inline(always)]
fn last_digits(word: [u8; WORD], count: usize) -> u64 {
    let bits = u32::try_from(64 - 8 * count).unwrap_or(0);
    (u64::from_le_bytes(word) ^ ZEROS) & u64::MAX.checked_shl(bits).unwrap_or(0)
}

/// Whether there is more than digits in a word of them.
#[inline(always)]
const fn has_others(word: u64) -> bool {
    (word.wrapping_add(ABOVE_NINE) | word) & HIGH != 0
}
