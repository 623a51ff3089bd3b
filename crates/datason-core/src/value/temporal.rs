//! Days, times of day, points in time and spans of time.
//!
//! Carriers with exact conversions, not a calendar library: to calculate, use `jiff`, `chrono`
//! or `time` and convert through [`DateTime::from_unix`] or the text.

mod calendar;
mod parse;
mod strftime;
mod text;

use crate::error::{Error, ErrorKind, Result};

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A day of the Gregorian calendar, from year -9999 to 9999.
///
/// # Example
/// ```
/// use datason_core::value::Date;
///
/// let date = Date::new(2024, 2, 29)?;
/// assert_eq!((date.to_string().as_str(), date.weekday(), date.day_of_year()), ("2024-02-29", 3, 60));
/// assert_eq!(Date::from_days_since_1970(19_782)?, date);
/// assert!(Date::new(2023, 2, 29).is_err());
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day `day` (from 1) of month `month` (from 1).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no such day, or the year is beyond four digits.
    pub fn new(year: i16, month: u8, day: u8) -> Result<Self> {
        Self::checked(year, month, day).ok_or_else(|| impossible("date"))
    }

    /// The day `days` after 1970-01-01.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if its year is beyond four digits.
    pub fn from_days_since_1970(days: i64) -> Result<Self> {
        calendar::date_of(days)
            .ok_or_else(|| Error::new(ErrorKind::Data, format!("day {days} is out of range")))
    }

    /// Days since 1970-01-01, negative before.
    pub fn days_since_1970(self) -> i64 {
        calendar::days_of(self)
    }

    /// The year.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, from 1.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The day of the week: 0 is Monday.
    #[expect(clippy::cast_possible_truncation, reason = "0 to 6")]
    pub fn weekday(self) -> u8 {
        (self.days_since_1970() + 3).rem_euclid(7) as u8
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> u16 {
        calendar::days_before(self.year, self.month) + u16::from(self.day)
    }

    fn checked(year: i16, month: u8, day: u8) -> Option<Self> {
        let possible = (-9999..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=calendar::days_in(year, month)).contains(&day);
        possible.then_some(Self { year, month, day })
    }
}

/// A time of day without a zone, to the nanosecond. No leap seconds.
///
/// # Example
/// ```
/// use datason_core::value::Time;
///
/// let time = Time::new(3, 4, 5, 600_000)?;
/// assert_eq!(time.to_string(), "03:04:05.000600");
/// assert_eq!("03:04:05.0006".parse::<Time>()?, time);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
}

impl Time {
    /// The time with these parts.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if a part is out of range.
    pub fn new(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Result<Self> {
        Self::checked(hour, minute, second, nanosecond).ok_or_else(|| impossible("time"))
    }

    /// The time `nanoseconds` after midnight.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] for a day or more.
    pub fn from_nanoseconds(nanoseconds: u64) -> Result<Self> {
        let seconds = nanoseconds / NANOS_PER_SECOND.cast_unsigned();
        if seconds >= SECONDS_PER_DAY.cast_unsigned() {
            return Err(Error::new(
                ErrorKind::Data,
                format!("{nanoseconds} ns is not within a day"),
            ));
        }
        let nanosecond = nanoseconds % NANOS_PER_SECOND.cast_unsigned();
        Ok(Self::of_day(seconds.cast_signed(), nanosecond.cast_signed()))
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 59.
    pub const fn second(self) -> u8 {
        self.second
    }

    /// The nanosecond in the second.
    pub const fn nanosecond(self) -> u32 {
        self.nanosecond
    }

    fn checked(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Option<Self> {
        let possible =
            hour < 24 && minute < 60 && second < 60 && i64::from(nanosecond) < NANOS_PER_SECOND;
        possible.then_some(Self { hour, minute, second, nanosecond })
    }

    /// `seconds` is less than a day, `nanosecond` less than a second, neither is negative.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than a day")]
    const fn of_day(seconds: i64, nanosecond: i64) -> Self {
        Self {
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            nanosecond: nanosecond as u32,
        }
    }

    fn second_of_day(self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
}

/// How far a local clock is ahead of UTC, in seconds; less than a day either way.
///
/// # Example
/// ```
/// use datason_core::value::Offset;
///
/// assert_eq!(Offset::from_seconds(19_800)?.to_string(), "+05:30");
/// assert!(Offset::from_seconds(86_400).is_err());
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(i32);

impl Offset {
    /// No offset.
    pub const UTC: Self = Self(0);

    /// `seconds` east of UTC.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a day or more.
    pub fn from_seconds(seconds: i32) -> Result<Self> {
        Self::checked(seconds).ok_or_else(|| impossible("offset from UTC"))
    }

    /// Seconds east of UTC.
    pub const fn seconds(self) -> i32 {
        self.0
    }

    fn checked(seconds: i32) -> Option<Self> {
        (i64::from(seconds).abs() < SECONDS_PER_DAY).then_some(Self(seconds))
    }
}

/// A day and a time of day; with an [`Offset`] a point in time, without one ("naive") only what
/// a calendar and a clock somewhere show.
///
/// Two of them are equal if they read the same: equal instants in different offsets differ.
///
/// # Example
/// ```
/// use datason_core::value::{DateTime, Offset};
///
/// let moment: DateTime = "2024-01-02T03:04:05.678901+05:30".parse()?;
/// assert_eq!(moment.offset(), Some(Offset::from_seconds(19_800)?));
/// assert_eq!(moment.unix_milliseconds(Offset::UTC), 1_704_144_845_678);
/// let utc = DateTime::from_unix(1_704_144_845, 678_901_000, Some(Offset::UTC))?;
/// assert_eq!(utc.to_string(), "2024-01-01T21:34:05.678901+00:00");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    date: Date,
    time: Time,
    offset: Option<Offset>,
}

impl DateTime {
    /// `time` on `date`; `None` for a clock of unknown zone.
    pub const fn new(date: Date, time: Time, offset: Option<Offset>) -> Self {
        Self { date, time, offset }
    }

    /// The moment `seconds` and `nanosecond` after 1970 began in UTC, as a clock with `offset`
    /// shows it. With `None` it is what a clock in UTC shows, without saying so.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if its year is beyond four digits, or `nanosecond` a second or more.
    pub fn from_unix(seconds: i64, nanosecond: u32, offset: Option<Offset>) -> Result<Self> {
        Self::from_unix_checked(seconds, nanosecond, offset).ok_or_else(|| {
            let message = format!("{seconds} s {nanosecond} ns since 1970 is out of range");
            Error::new(ErrorKind::Data, message)
        })
    }

    fn from_unix_checked(seconds: i64, nanosecond: u32, offset: Option<Offset>) -> Option<Self> {
        let local = seconds.checked_add(i64::from(offset.unwrap_or_default().0))?;
        let date = calendar::date_of(local.div_euclid(SECONDS_PER_DAY))?;
        let time = Time::of_day(local.rem_euclid(SECONDS_PER_DAY), i64::from(nanosecond));
        (i64::from(nanosecond) < NANOS_PER_SECOND).then_some(Self { date, time, offset })
    }

    /// The day that the calendar shows.
    pub const fn date(&self) -> Date {
        self.date
    }

    /// The time that the clock shows.
    pub const fn time(&self) -> Time {
        self.time
    }

    /// How far the clock is ahead of UTC, where that is known.
    pub const fn offset(&self) -> Option<Offset> {
        self.offset
    }

    /// Whole seconds since 1970, rounded down; [`Time::nanosecond`] has the rest. A date-time
    /// without offset is taken to be in `naive`.
    pub fn unix_seconds(&self, naive: Offset) -> i64 {
        let local = self.date.days_since_1970() * SECONDS_PER_DAY + self.time.second_of_day();
        local - i64::from(self.offset.unwrap_or(naive).0)
    }

    /// Milliseconds since 1970, exact; a fraction of one is cut off towards 1970. A date-time
    /// without offset is taken to be in `naive`.
    pub fn unix_milliseconds(&self, naive: Offset) -> i64 {
        let nanosecond = i64::from(self.time.nanosecond);
        let milliseconds = self.unix_seconds(naive) * 1000 + nanosecond / 1_000_000;
        let rounded_away = milliseconds < 0 && nanosecond % 1_000_000 != 0;
        milliseconds + i64::from(rounded_away)
    }

    /// The double nearest to the seconds since 1970. A date-time without offset is taken to be
    /// in `naive`.
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 the conversion is exact")]
    pub fn unix_float(&self, naive: Offset) -> f64 {
        const EXACT: i64 = 1 << 53;
        let (seconds, nanosecond) = (self.unix_seconds(naive), self.time.nanosecond);
        let microseconds = seconds * 1_000_000 + i64::from(nanosecond / 1000);
        if nanosecond.is_multiple_of(1000) && microseconds.abs() < EXACT {
            return microseconds as f64 / 1e6;
        }
        let total = i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(nanosecond);
        super::nearest_float(&format!("{total}e-9"))
    }

    /// Instants in order, naive ones taken as UTC; equal instants by offset.
    pub(super) fn order_key(&self) -> (i64, u32, Option<Offset>) {
        (self.unix_seconds(Offset::UTC), self.time.nanosecond, self.offset)
    }
}

/// A point in time has an offset: UTC. Fails beyond the year 9999.
impl TryFrom<std::time::SystemTime> for DateTime {
    type Error = Error;

    fn try_from(time: std::time::SystemTime) -> Result<Self> {
        let since = match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Duration::try_from(after)?,
            Err(before) => Duration::try_from(before.duration())?.negated(),
        };
        Self::from_unix(since.seconds, since.nanosecond, Some(Offset::UTC))
    }
}

/// A span of time to the nanosecond, negative spans included.
///
/// Its text is that of Python's `timedelta`: days, then hours, minutes and seconds that are
/// never negative.
///
/// # Example
/// ```
/// use datason_core::value::Duration;
///
/// let span = Duration::from_microseconds(-1);
/// assert_eq!(span.to_string(), "-1 day, 23:59:59.999999");
/// assert_eq!("-1 day, 23:59:59.999999".parse::<Duration>()?, span);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    seconds: i64,
    nanosecond: u32,
}

impl Duration {
    /// `microseconds`.
    pub const fn from_microseconds(microseconds: i64) -> Self {
        let nanosecond = microseconds.rem_euclid(1_000_000) * 1000;
        Self::of(microseconds.div_euclid(1_000_000), nanosecond)
    }

    /// `nanoseconds`.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] for spans of more than 2^63 seconds.
    pub fn from_nanoseconds(nanoseconds: i128) -> Result<Self> {
        let per_second = i128::from(NANOS_PER_SECOND);
        let rest = nanoseconds.rem_euclid(per_second);
        match (i64::try_from(nanoseconds.div_euclid(per_second)), i64::try_from(rest)) {
            (Ok(seconds), Ok(rest)) => Ok(Self::of(seconds, rest)),
            _ => Err(Error::new(ErrorKind::Data, "a span of time beyond 64-bit seconds")),
        }
    }

    /// The span in nanoseconds.
    pub fn as_nanoseconds(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanosecond)
    }

    /// `nanosecond` is less than a second and not negative.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 10^9")]
    const fn of(seconds: i64, nanosecond: i64) -> Self {
        Self { seconds, nanosecond: nanosecond as u32 }
    }

    /// Only for spans that came from `std::time::Duration`, whose negation fits.
    fn negated(self) -> Self {
        match self.nanosecond {
            0 => Self { seconds: -self.seconds, nanosecond: 0 },
            rest => Self::of(-self.seconds - 1, NANOS_PER_SECOND - i64::from(rest)),
        }
    }
}

impl TryFrom<std::time::Duration> for Duration {
    type Error = Error;

    fn try_from(span: std::time::Duration) -> Result<Self> {
        Self::from_nanoseconds(span.as_nanos().cast_signed())
    }
}

#[cold]
fn impossible(what: &str) -> Error {
    Error::new(ErrorKind::Argument, format!("there is no such {what}"))
}

#[cfg(test)]
mod tests;
