//! Dates and times in the form that most programs write: every part at its place, eight bytes
//! taken apart at once.
//!
//! What is not of this form, or is no date, is left to [`text`](super::text), which decides.

use super::text::{NANOS_PER_SECOND, day_of, is_fraction_point, number};

/// `2024-02-29`, as days since 1970.
pub(super) fn date(text: &[u8]) -> Option<i64> {
    let (first, rest) = text.split_first_chunk::<8>()?;
    let &[d0, d1] = rest else { return None };
    let day = number(&[d0, d1])?;
    day_in(*first, day)
}

/// `12:30:59.123`: seconds since midnight, and nanoseconds.
pub(super) fn time(text: &[u8]) -> Option<(i64, i64)> {
    let (first, rest) = text.split_first_chunk()?;
    let found = pairs(u64::from_le_bytes(*first), TIME)?;
    let seconds = seconds_of(part(found, 0), part(found, 3), part(found, 6))?;
    Some((seconds, fraction(rest)?))
}

/// `2024-02-29T12:30:59.123Z` or with `+01:00` in the end: seconds since 1970, in UTC if the text
/// says how far that is, nanoseconds, and whether it does.
pub(super) fn date_time(text: &[u8]) -> Option<(i64, i64, bool)> {
    let (first, rest) = text.split_first_chunk()?;
    let (second, rest) = rest.split_first_chunk()?;
    let found = pairs(u64::from_le_bytes(*second), DAY)?;
    let days = day_in(*first, part(found, 0))?;
    let (&[b':', s0, s1], rest) = rest.split_first_chunk()? else { return None };
    let seconds = seconds_of(part(found, 3), part(found, 6), number(&[s0, s1])?)?;
    let (rest, east) = match rest {
        [rest @ .., b'Z'] => (rest, Some(0)),
        [rest @ .., b'+', h0, h1, b':', m0, m1] => (rest, Some(shift(&[*h0, *h1], &[*m0, *m1])?)),
        [rest @ .., b'-', h0, h1, b':', m0, m1] => (rest, Some(-shift(&[*h0, *h1], &[*m0, *m1])?)),
        rest => (rest, None),
    };
    let utc = days * 86_400 + seconds - east.unwrap_or(0);
    Some((utc, fraction(rest)?, east.is_some()))
}

/// What stands between two digits in eight bytes, and zeros where digits are.
type Form = [u8; 8];

const YEAR: Form = [0, 0, 0, 0, b'-', 0, 0, b'-'];
const DAY: Form = [0, 0, b'T', 0, 0, b':', 0, 0];
const TIME: Form = [0, 0, b':', 0, 0, b':', 0, 0];

/// The day that a year and month in `first` and `day` are, since 1970.
fn day_in(first: [u8; 8], day: i64) -> Option<i64> {
    let found = pairs(u64::from_le_bytes(first), YEAR)?;
    day_of(part(found, 0) * 100 + part(found, 2), part(found, 5), day)
}

/// In each byte the number that the digit there and the next one are, if `word` is of `form`.
#[inline]
fn pairs(word: u64, form: Form) -> Option<u64> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (mut expected, mut above) = ([0; 8], [0; 8]);
    for (at, between) in form.into_iter().enumerate() {
        // Added to what may stand there, this leaves the highest bit unset.
        (expected[at], above[at]) = if between == 0 { (b'0', 0x76) } else { (between, 0x7f) };
    }
    let digits = word ^ u64::from_le_bytes(expected);
    // A byte with its highest bit set could carry into the next one, and is refused anyway.
    let beyond = (digits & !HIGH) + u64::from_le_bytes(above);
    let fits = (beyond | digits) & HIGH == 0;
    fits.then(|| digits * 10 + (digits >> 8))
}

/// Byte `at` of pairs of digits.
fn part(pairs: u64, at: u32) -> i64 {
    let [part, ..] = (pairs >> (8 * at)).to_le_bytes();
    part.into()
}

fn seconds_of(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let in_range = hour < 24 && minute < 60 && second < 60;
    in_range.then_some(hour * 3_600 + minute * 60 + second)
}

/// The seconds that an offset from UTC of so many hours and minutes is.
fn shift(hours: &[u8], minutes: &[u8]) -> Option<i64> {
    seconds_of(number(hours)?, number(minutes)?, 0)
}

/// The nanoseconds in `.123`, or in nothing.
fn fraction(text: &[u8]) -> Option<i64> {
    let [point, digits @ ..] = text else { return Some(0) };
    if !is_fraction_point(*point) || !(1..=9).contains(&digits.len()) {
        return None;
    }
    let missing = u32::try_from(9 - digits.len()).ok()?;
    Some(number(digits)? * 10_i64.pow(missing))
}

/// `seconds` and `nanos` in units of `unit` nanoseconds, of which a second has a whole number.
pub(super) fn units(seconds: i64, nanos: i64, unit: i64) -> Option<i64> {
    let whole = seconds.checked_mul(NANOS_PER_SECOND / unit)?;
    if nanos % unit == 0 { whole.checked_add(nanos / unit) } else { None }
}
