//! Reading what [`text`](super::text) writes, and RFC 3339.

use std::str::FromStr;

use super::{Date, DateTime, Duration, NANOS_PER_SECOND, Offset, SECONDS_PER_DAY, Time};
use crate::error::{Error, ErrorKind};

/// What is left of a text.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        self.0 = &self.0[usize::from(found)..];
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// Whether a minus was there; a plus is skipped.
    fn sign(&mut self) -> Option<bool> {
        if self.take(b'-') {
            return Some(true);
        }
        self.take(b'+').then_some(false)
    }

    /// As many digits as there are, of which there may be from `least` to `most`.
    fn digits(&mut self, least: usize, most: usize) -> Option<&[u8]> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        (least..=most).contains(&count).then_some(digits)
    }

    fn number<T: FromStr>(&mut self, least: usize, most: usize) -> Option<T> {
        std::str::from_utf8(self.digits(least, most)?).ok()?.parse().ok()
    }

    /// Two digits; more may follow directly.
    fn pair(&mut self) -> Option<u8> {
        let (pair, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        let digit = |byte: u8| byte.is_ascii_digit().then_some(byte & 15);
        Some(digit(pair[0])? * 10 + digit(pair[1])?)
    }

    fn date(&mut self) -> Option<Date> {
        let year: i16 = match self.sign() {
            Some(negative) => {
                let year: i16 = self.number(6, 6)?;
                if negative { -year } else { year }
            }
            None => self.number(4, 4)?,
        };
        self.expect(b'-')?;
        let month = self.pair()?;
        self.expect(b'-')?;
        Date::checked(year, month, self.pair()?)
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.pair()?;
        self.time_below(hour)
    }

    fn time_below(&mut self, hour: u8) -> Option<Time> {
        self.expect(b':')?;
        let minute = self.pair()?;
        self.expect(b':')?;
        let second = self.pair()?;
        let nanosecond = if self.take(b'.') { self.fraction()? } else { 0 };
        Time::checked(hour, minute, second, nanosecond)
    }

    /// One to nine digits: a tenth digit would be lost.
    fn fraction(&mut self) -> Option<u32> {
        let digits = self.digits(1, 9)?;
        let number = digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit & 15));
        Some(number * 10_u32.pow(u32::try_from(9 - digits.len()).ok()?))
    }

    /// `Z`, `+05:30`, `+0530`, `+05:30:15`.
    fn offset(&mut self) -> Option<Offset> {
        if self.take(b'Z') || self.take(b'z') {
            return Some(Offset::UTC);
        }
        let negative = self.sign()?;
        let hour = i32::from(self.pair()?);
        let colon = self.take(b':');
        let minute = i32::from(self.pair().filter(|minute| *minute < 60)?);
        let more = if colon { self.take(b':') } else { !self.0.is_empty() };
        let second = if more { i32::from(self.pair().filter(|second| *second < 60)?) } else { 0 };
        let seconds = hour * 3600 + minute * 60 + second;
        Offset::checked(if negative { -seconds } else { seconds })
    }

    fn date_time(&mut self) -> Option<DateTime> {
        let date = self.date()?;
        if !(self.take(b'T') || self.take(b't')) {
            self.expect(b' ')?;
        }
        let time = self.time()?;
        let offset = if self.0.is_empty() { None } else { Some(self.offset()?) };
        Some(DateTime { date, time, offset })
    }

    /// `[days "day"|"days" ", "] hours:minutes:seconds[.fraction]`
    fn duration(&mut self) -> Option<Duration> {
        let negative = self.take(b'-');
        let first: i64 = self.number(1, 15)?;
        let (days, hour) = if self.take(b' ') {
            self.0 = self.0.strip_prefix(b"day")?;
            self.take(b's');
            self.0 = self.0.strip_prefix(b", ")?;
            (if negative { -first } else { first }, self.number(1, 2)?)
        } else {
            (0, u8::try_from(first).ok().filter(|_| !negative)?)
        };
        let time = self.time_below(hour)?;
        let seconds = days.checked_mul(SECONDS_PER_DAY)?.checked_add(time.second_of_day())?;
        Some(Duration::of(seconds, i64::from(time.nanosecond) % NANOS_PER_SECOND))
    }
}

/// The whole of `text`, read by `read`.
fn whole<'a, T>(
    text: &'a str,
    what: &str,
    read: impl FnOnce(&mut Rest<'a>) -> Option<T>,
) -> Result<T, Error> {
    let mut rest = Rest(text.as_bytes());
    match read(&mut rest) {
        Some(value) if rest.0.is_empty() => Ok(value),
        _ => Err(Error::new(ErrorKind::Data, format!("`{text}` is not a {what}"))),
    }
}

macro_rules! from_str {
    ($($type:ty, $read:ident, $what:literal, $doc:literal;)*) => {$(
        impl FromStr for $type {
            type Err = Error;

            #[doc = $doc]
            fn from_str(text: &str) -> Result<Self, Error> {
                whole(text, $what, Rest::$read)
            }
        }
    )*};
}
from_str! {
    Date, date, "date", "`2024-01-02`; years beyond four digits as `-004712-01-01`.";
    Time, time, "time", "`03:04:05`, with up to nine digits behind a point.";
    DateTime, date_time, "date-time",
        "A date, `T` or a blank, a time, and an offset (`Z`, `+05:30`, `+0530`) or none.";
    Duration, duration, "span of time", "As it is printed: `1 day, 0:00:02.000003`.";
}
