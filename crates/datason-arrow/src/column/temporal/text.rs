//! Dates and times as ISO 8601 and RFC 3339 write them.

pub(super) const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;
pub(super) const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// `2024-02-29`, as nanoseconds since 1970.
pub(super) fn date(text: &[u8]) -> Option<i128> {
    let (days, []) = take_date(text)? else { return None };
    Some(i128::from(days) * i128::from(NANOS_PER_DAY))
}

/// `12:30:59.123`, as nanoseconds since midnight.
pub(super) fn time(text: &[u8]) -> Option<i128> {
    let (nanos, []) = take_time(text)? else { return None };
    Some(nanos.into())
}

/// `2024-02-29T12:30:59.123+01:00`, as nanoseconds since 1970 in UTC, and whether the text has
/// an offset. Without one the time is taken as it stands.
pub(super) fn date_time(text: &[u8]) -> Option<(i128, bool)> {
    let (days, rest) = take_date(text)?;
    let [b'T' | b't' | b' ', rest @ ..] = rest else { return None };
    let (nanos, rest) = take_time(rest)?;
    let offset = match rest {
        [] => None,
        rest => Some(offset(rest)?),
    };
    let local = i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(nanos);
    let shift = i128::from(offset.unwrap_or(0)) * i128::from(NANOS_PER_SECOND);
    Some((local - shift, offset.is_some()))
}

/// Seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match *digits {
        [a, b, b':', c, d] | [a, b, c, d] => (number(&[a, b])?, number(&[c, d])?),
        [a, b] => (number(&[a, b])?, 0),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// The days since 1970 of the date at the start of `text`, and what follows it.
fn take_date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (&[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1], rest) = text.split_first_chunk()? else {
        return None;
    };
    let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[m0, m1])?, number(&[d0, d1])?);
    Some((day_of(year, month, day)?, rest))
}

/// The days since 1970 of a date, if there is such a date.
pub(super) fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let in_range = (1..=12).contains(&month) && (1..=length(year, month)).contains(&day);
    in_range.then(|| days_before(year, month) + day - 1)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days from 1970 to the first of a month, in the calendar in use today.
fn days_before(year: i64, month: i64) -> i64 {
    const BEFORE: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    /// The days from the year 0 to 1970.
    const EPOCH: i64 = 719_528;
    let leap_days =
        if year == 0 { 0 } else { 1 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 };
    let this_year = i64::from(month > 2 && is_leap(year));
    let month = usize::try_from(month).expect("a month is between 1 and 12");
    365 * year + leap_days + BEFORE[month] + this_year - EPOCH
}

/// The nanoseconds since midnight of the time at the start of `text`, and what follows it.
fn take_time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (&[h0, h1, b':', m0, m1, b':', s0, s1], after) = text.split_first_chunk()? else {
        return None;
    };
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[m0, m1])?, number(&[s0, s1])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let whole = (hour * 3_600 + minute * 60 + second) * NANOS_PER_SECOND;
    let [point, rest @ ..] = after else { return Some((whole, after)) };
    if !is_fraction_point(*point) {
        return Some((whole, after));
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = rest.split_at(digits);
    Some((whole + nanos(fraction)?, rest))
}

/// Whether a fraction of a second stands behind `byte`.
pub(super) const fn is_fraction_point(byte: u8) -> bool {
    matches!(byte, b'.' | b',')
}

/// The nanoseconds that the digits behind the point stand for, if there are some and they stand
/// for a whole number of them.
fn nanos(fraction: &[u8]) -> Option<i64> {
    let (kept, beyond) = fraction.split_at(fraction.len().min(9));
    if kept.is_empty() || beyond.iter().any(|digit| *digit != b'0') {
        return None;
    }
    let missing = u32::try_from(9 - kept.len()).ok()?;
    Some(number(kept)? * 10_i64.pow(missing))
}

/// A few digits as a number.
pub(super) fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut expected = -719_528;
        for year in 0..2_400 {
            for month in 1..=12 {
                for day in 1..=length(year, month) {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    let (days, rest) = take_date(text.as_bytes()).unwrap();
                    assert_eq!((days, rest), (expected, b"".as_slice()), "{text}");
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn known_instants() {
        let of = |text: &str| date_time(text.as_bytes());
        assert_eq!(of("1970-01-01T00:00:00Z"), Some((0, true)));
        assert_eq!(of("2024-02-29 12:30:59.5"), Some((1_709_209_859_500_000_000, false)));
        assert_eq!(of("2024-02-29T12:30:59+01:00"), Some((1_709_206_259_000_000_000, true)));
        assert_eq!(of("2024-02-29T12:30:59-0130"), Some((1_709_215_259_000_000_000, true)));
        assert_eq!(of("1969-12-31T23:59:59.999999999Z"), Some((-1, true)));
    }

    #[test]
    fn what_is_no_date_or_time() {
        for text in [
            "",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00X",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+1:00",
            "2024-01-01",
            "24-01-01T00:00:00Z",
            "2024-01-01T00:00:00.0000000001Z",
        ] {
            assert_eq!(date_time(text.as_bytes()), None, "{text}");
        }
    }
}
