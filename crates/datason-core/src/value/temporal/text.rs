//! The text of dates, times and spans: ISO 8601, and Python's for spans.

use std::fmt;

use super::{Date, DateTime, Duration, Offset, SECONDS_PER_DAY, Time};
use crate::value::special::{ShortText, TextForm};

impl Date {
    /// Years beyond 0 to 9999 are written in the extended form, a sign and six digits.
    pub(super) fn write(self, text: &mut ShortText) {
        if self.year < 0 {
            text.push(b"-");
        }
        text.digits(u64::from(self.year.unsigned_abs()), if self.year < 0 { 6 } else { 4 });
        text.push(b"-");
        text.digits(u64::from(self.month), 2);
        text.push(b"-");
        text.digits(u64::from(self.day), 2);
    }
}

impl Time {
    pub(super) fn write(self, text: &mut ShortText) {
        text.digits(u64::from(self.hour), 2);
        self.write_below_hour(text);
    }

    fn write_below_hour(self, text: &mut ShortText) {
        text.push(b":");
        text.digits(u64::from(self.minute), 2);
        text.push(b":");
        text.digits(u64::from(self.second), 2);
        write_fraction(self.nanosecond, text);
    }
}

/// Six digits as Python writes them, or nine where six would lose something.
fn write_fraction(nanosecond: u32, text: &mut ShortText) {
    if nanosecond == 0 {
        return;
    }
    text.push(b".");
    if nanosecond.is_multiple_of(1000) {
        text.digits(u64::from(nanosecond / 1000), 6);
    } else {
        text.digits(u64::from(nanosecond), 9);
    }
}

impl Offset {
    /// `+05:30`, with seconds where there are any; `colon` may be empty.
    pub(super) fn write(self, colon: &[u8], text: &mut ShortText) {
        text.push(if self.0 < 0 { b"-" } else { b"+" });
        let seconds = u64::from(self.0.unsigned_abs());
        text.digits(seconds / 3600, 2);
        text.push(colon);
        text.digits(seconds / 60 % 60, 2);
        if seconds % 60 != 0 {
            text.push(colon);
            text.digits(seconds % 60, 2);
        }
    }
}

impl TextForm for Date {
    type Text<'a> = ShortText;

    fn text(&self) -> ShortText {
        ShortText::of(|text| self.write(text))
    }
}

impl TextForm for Time {
    type Text<'a> = ShortText;

    fn text(&self) -> ShortText {
        ShortText::of(|text| self.write(text))
    }
}

impl TextForm for DateTime {
    type Text<'a> = ShortText;

    fn text(&self) -> ShortText {
        ShortText::of(|text| {
            self.date.write(text);
            text.push(b"T");
            self.time.write(text);
            if let Some(offset) = self.offset {
                offset.write(b":", text);
            }
        })
    }
}

impl TextForm for Duration {
    type Text<'a> = ShortText;

    fn text(&self) -> ShortText {
        let days = self.seconds.div_euclid(SECONDS_PER_DAY);
        let time =
            Time::of_day(self.seconds.rem_euclid(SECONDS_PER_DAY), i64::from(self.nanosecond));
        ShortText::of(|text| {
            if days != 0 {
                text.push(if days < 0 { b"-" } else { b"" });
                text.digits(days.unsigned_abs(), 1);
                text.push(if days.abs() == 1 { b" day, " } else { b" days, " });
            }
            text.digits(u64::from(time.hour), 1);
            time.write_below_hour(text);
        })
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(ShortText::of(|text| self.write(b":", text)).as_ref())
    }
}

macro_rules! display_as_text {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.text().as_ref())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text().as_ref())
            }
        }
    )*};
}
display_as_text!(Date, Time, DateTime, Duration);
