//! Integers as digits, made in registers.
//!
//! A buffer that is written digit by digit and read back at once stalls the processor. Here
//! eight digits are made by multiplications, all in one word, and stored whole.

use super::short::{ROOM, append, cut, put, room};

/// Appends an unsigned integer.
#[inline]
pub(super) fn append_unsigned(integer: u64, out: &mut Vec<u8>) {
    append_signless(false, integer, out);
}

/// Appends a signed integer.
#[inline]
pub(super) fn append_signed(integer: i64, out: &mut Vec<u8>) {
    append_signless(integer < 0, integer.unsigned_abs(), out);
}

/// Appends an integer of more than 64 bits.
pub(super) fn append_wide(integer: impl itoa::Integer, out: &mut Vec<u8>) {
    append(itoa::Buffer::new().format(integer).as_bytes(), out);
}

const EIGHT_DIGITS: u64 = 100_000_000;
const ZEROS: u64 = u64::MAX / 255 * b'0' as u64;

/// Writes a signed integer to the start of `slot`, and returns how long it is.
#[inline]
pub(super) fn put_signed(integer: i64, slot: &mut [u8; ROOM]) -> usize {
    put_integer(slot, integer < 0, integer.unsigned_abs())
}

/// As [`put_signed`].
#[inline]
pub(super) fn put_unsigned(integer: u64, slot: &mut [u8; ROOM]) -> usize {
    put_integer(slot, false, integer)
}

#[inline]
fn append_signless(minus: bool, integer: u64, out: &mut Vec<u8>) {
    let used = put_integer(room(out), minus, integer);
    cut(out, used);
}

fn put_integer(slot: &mut [u8; ROOM], minus: bool, integer: u64) -> usize {
    slot[0] = b'-';
    let start = usize::from(minus);
    if integer < EIGHT_DIGITS {
        let (word, length) = leading(integer);
        return put_word(slot, start, word, length);
    }
    let (upper, last) = (integer / EIGHT_DIGITS, integer % EIGHT_DIGITS);
    let at = if upper < EIGHT_DIGITS {
        let (word, length) = leading(upper);
        put_word(slot, start, word, length)
    } else {
        let (word, length) = leading(upper / EIGHT_DIGITS);
        let at = put_word(slot, start, word, length);
        put_word(slot, at, digits(upper % EIGHT_DIGITS) | ZEROS, 8)
    };
    put_word(slot, at, digits(last) | ZEROS, 8)
}

/// Stores eight bytes of which `length` count, and returns where they end.
#[inline]
fn put_word(slot: &mut [u8; ROOM], at: usize, word: u64, length: usize) -> usize {
    put(slot, at, &word.to_le_bytes());
    at + length
}

/// The digits of a number below 10^8 without leading zeros, the first in the lowest byte, and
/// how many there are.
#[inline]
fn leading(number: u64) -> (u64, usize) {
    let digits = digits(number);
    // Zero has one digit too: the last byte counts as not empty.
    let empty = (digits | 1 << 56).trailing_zeros() / 8;
    ((digits | ZEROS) >> (empty * 8), 8 - empty as usize)
}

/// The eight digits of a number below 10^8, one a byte, the first in the lowest byte.
#[inline]
const fn digits(number: u64) -> u64 {
    // Halves of four digits, then pairs of two, then single digits: each step divides all the
    // lanes of the word at once, by multiplying with the inverse and shifting.
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    let upper = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = upper | ((halves - 100 * upper) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((pairs - 10 * tens) << 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed(integer: i64) -> String {
        let mut out = Vec::new();
        append_signed(integer, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn unsigned(integer: u64) -> String {
        let mut out = Vec::new();
        append_unsigned(integer, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_pair_and_every_length_is_right() {
        for number in 0..20_000 {
            assert_eq!(unsigned(number), number.to_string());
            let shifted = number * 9_973 % EIGHT_DIGITS;
            assert_eq!(unsigned(shifted), shifted.to_string());
        }
        for power in (0..20).map(|exponent| 10_u64.pow(exponent)) {
            for number in [power - 1, power, power + 1, power.wrapping_mul(7)] {
                assert_eq!(unsigned(number), number.to_string());
            }
        }
        assert_eq!(unsigned(u64::MAX), u64::MAX.to_string());
        assert_eq!(signed(i64::MIN), i64::MIN.to_string());
    }

    proptest! {
        #[test]
        fn any_integer_equals_the_standard_library(bits: u64, shift in 0..64_u32) {
            let number = bits >> shift;
            prop_assert_eq!(unsigned(number), number.to_string());
            let number = number.cast_signed();
            prop_assert_eq!(signed(number), number.to_string());
        }
    }
}
