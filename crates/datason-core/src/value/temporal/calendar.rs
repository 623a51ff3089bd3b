//! Days of the Gregorian calendar, counted.

use super::Date;

/// Days before each month of a common year.
const DAYS_BEFORE: [u16; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

const fn is_leap(year: i16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in `month`, which is from 1 to 12.
pub(super) const fn days_in(year: i16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the year before the first of `month`.
pub(super) fn days_before(year: i16, month: u8) -> u16 {
    DAYS_BEFORE[usize::from(month - 1)] + u16::from(month > 2 && is_leap(year))
}

/// Days from 1970-01-01 to `date`.
pub(super) fn days_of(date: Date) -> i64 {
    /// Days from 0000-01-01 to 1970-01-01.
    const TO_1970: i64 = 719_528;
    let year = i64::from(date.year);
    let before = year - 1;
    // A year begins 365 days after the last one, plus the leap days up to the last one; year 0
    // is itself a leap year, hence the 1.
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) + 1;
    let within = i64::from(days_before(date.year, date.month)) + i64::from(date.day) - 1;
    year * 365 + leap_days + within - TO_1970
}

/// The day `days` after 1970-01-01; `None` if its year is beyond four digits.
pub(super) fn date_of(days: i64) -> Option<Date> {
    const DAYS_PER_400_YEARS: i64 = 146_097;
    let guess = 1970 + days.checked_mul(400)?.div_euclid(DAYS_PER_400_YEARS);
    // Counted with years of one length the year is off by at most one.
    let guess = i16::try_from(guess.clamp(-9999, 9999)).ok()?;
    let first = [guess + 1, guess, guess - 1]
        .into_iter()
        .filter_map(|year| Date::checked(year, 1, 1))
        .find(|first| days_of(*first) <= days)?;
    date_in_year(first.year, u16::try_from(days - days_of(first)).ok()?)
}

/// Day `day` (from 0) of `year`.
fn date_in_year(year: i16, day: u16) -> Option<Date> {
    let month = (1..=12).rev().find(|month| days_before(year, *month) <= day)?;
    Date::checked(year, month, u8::try_from(day - days_before(year, month) + 1).ok()?)
}
