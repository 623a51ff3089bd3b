//! Patterns in the manner of `strftime`.

use std::fmt::Write as _;

use super::DateTime;
use crate::error::{Error, ErrorKind, Result};
use crate::value::special::ShortText;

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl DateTime {
    /// The text that `pattern` asks for, with the directives of Python's `strftime` in its C
    /// locale: `%Y %m %d %H %M %S %f %z` and the rest, and `%F %T %D %R %e %h` for short.
    ///
    /// `%Y` has four digits, whatever the platform; `%f` is microseconds, and what is smaller is
    /// cut off; `%z` and `%Z` are empty without an offset.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a directive that is not known, and for a `%` at the end.
    ///
    /// # Example
    /// ```
    /// use datason_core::value::DateTime;
    ///
    /// let moment: DateTime = "2024-11-12T13:14:15+05:30".parse()?;
    /// assert_eq!(moment.format("%d %b %Y, %I:%M %p %z")?, "12 Nov 2024, 01:14 PM +0530");
    /// assert!(moment.format("%Q").is_err());
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn format(&self, pattern: &str) -> Result<String> {
        let mut text = String::with_capacity(pattern.len() * 2);
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            let directive = letters.next();
            let colon = directive == Some(':');
            let directive = if colon { letters.next() } else { directive };
            if self.write_directive(directive, colon, &mut text).is_none() {
                return Err(unknown(pattern, directive));
            }
        }
        Ok(text)
    }

    fn write_directive(
        &self,
        directive: Option<char>,
        colon: bool,
        text: &mut String,
    ) -> Option<()> {
        match directive? {
            'z' => self.write_offset(if colon { b":" } else { b"" }, text),
            _ if colon => return None,
            '%' => text.push('%'),
            'Z' => self.write_zone_name(text),
            'p' => text.push_str(if self.time.hour < 12 { "AM" } else { "PM" }),
            'a' => text.push_str(&self.day_name()[..3]),
            'A' => text.push_str(self.day_name()),
            'b' | 'h' => text.push_str(&self.month_name()[..3]),
            'B' => text.push_str(self.month_name()),
            'c' => text.push_str(&self.format("%a %b %e %H:%M:%S %Y").ok()?),
            'x' | 'D' => text.push_str(&self.format("%m/%d/%y").ok()?),
            'X' | 'T' => text.push_str(&self.format("%H:%M:%S").ok()?),
            'R' => text.push_str(&self.format("%H:%M").ok()?),
            'F' => text.push_str(&self.format("%Y-%m-%d").ok()?),
            'e' => write!(text, "{:2}", self.date.day).ok()?,
            number => {
                let (number, width) = self.number(number)?;
                write!(text, "{number:0width$}").ok()?;
            }
        }
        Some(())
    }

    /// The directives that are a number padded with zeros: the number, and to how many
    /// characters.
    fn number(&self, directive: char) -> Option<(i64, usize)> {
        let (date, time) = (self.date, self.time);
        let year = i64::from(date.year);
        let weekday = i64::from(date.weekday());
        let day_of_year = i64::from(date.day_of_year());
        Some(match directive {
            'Y' => (year, if year < 0 { 5 } else { 4 }),
            'y' => (year.rem_euclid(100), 2),
            'm' => (i64::from(date.month), 2),
            'd' => (i64::from(date.day), 2),
            'j' => (day_of_year, 3),
            'H' => (i64::from(time.hour), 2),
            'I' => (i64::from((time.hour + 11) % 12 + 1), 2),
            'M' => (i64::from(time.minute), 2),
            'S' => (i64::from(time.second), 2),
            'f' => (i64::from(time.nanosecond / 1000), 6),
            'w' => ((weekday + 1) % 7, 1),
            'u' => (weekday + 1, 1),
            // Weeks that begin on Sunday or Monday; the days before the first are week 0.
            'U' => ((day_of_year + 6 - (weekday + 1) % 7) / 7, 2),
            'W' => ((day_of_year + 6 - weekday) / 7, 2),
            'G' => (self.iso_week().0, 4),
            'V' => (self.iso_week().1, 2),
            _ => return None,
        })
    }

    /// The year and week of ISO 8601: weeks begin on Monday and belong to the year of their
    /// Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let days = self.date.days_since_1970();
        let thursday = days - i64::from(self.date.weekday()) + 3;
        match super::calendar::date_of(thursday) {
            Some(date) => (i64::from(date.year), i64::from(date.day_of_year() - 1) / 7 + 1),
            // Only at the ends of the calendar, where the week is cut.
            None => (i64::from(self.date.year), 1),
        }
    }

    fn write_offset(&self, colon: &[u8], text: &mut String) {
        if let Some(offset) = self.offset {
            text.push_str(ShortText::of(|short| offset.write(colon, short)).as_ref());
        }
    }

    /// The names that Python gives to fixed offsets.
    fn write_zone_name(&self, text: &mut String) {
        if let Some(offset) = self.offset {
            text.push_str("UTC");
            if offset.0 != 0 {
                self.write_offset(b":", text);
            }
        }
    }

    fn day_name(&self) -> &'static str {
        DAYS[usize::from(self.date.weekday())]
    }

    fn month_name(&self) -> &'static str {
        MONTHS[usize::from(self.date.month - 1)]
    }
}

#[cold]
fn unknown(pattern: &str, directive: Option<char>) -> Error {
    let message = match directive {
        Some(letter) => {
            format!("the date pattern `{pattern}` has an unknown directive `%{letter}`")
        }
        None => format!("the date pattern `{pattern}` ends in the middle of a directive"),
    };
    Error::new(ErrorKind::Argument, message)
}
