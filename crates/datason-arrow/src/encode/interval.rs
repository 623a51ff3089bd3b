//! Calendar intervals as text.
//!
//! A month has no fixed length, so an interval is no span of time. Its text is that of ISO 8601,
//! with a sign at each part: `P1Y2M-3DT4.000000005S`.

use std::fmt::Write as _;

use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano};

pub(super) fn months(months: i32) -> String {
    text(months, 0, 0)
}

pub(super) fn day_time(interval: IntervalDayTime) -> String {
    text(0, interval.days, i128::from(interval.milliseconds) * 1_000_000)
}

pub(super) fn month_day_nano(interval: IntervalMonthDayNano) -> String {
    text(interval.months, interval.days, i128::from(interval.nanoseconds))
}

fn text(months: i32, days: i32, nanoseconds: i128) -> String {
    let mut text = "P".to_owned();
    for (count, letter) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
        if count != 0 {
            let _infallible = write!(text, "{count}{letter}");
        }
    }
    if nanoseconds != 0 || text == "P" {
        let _infallible = write!(text, "T{}S", seconds(nanoseconds));
    }
    text
}

/// Seconds with as many digits behind the point as they need.
fn seconds(nanoseconds: i128) -> String {
    const SECOND: u128 = 1_000_000_000;
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (whole, rest) = (nanoseconds.unsigned_abs() / SECOND, nanoseconds.unsigned_abs() % SECOND);
    match rest {
        0 => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{}", format!("{rest:09}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_letter() {
        assert_eq!(months(14), "P1Y2M");
        assert_eq!(months(-13), "P-1Y-1M");
        assert_eq!(months(0), "PT0S");
        assert_eq!(day_time(IntervalDayTime::new(-3, 4_005)), "P-3DT4.005S");
        assert_eq!(month_day_nano(IntervalMonthDayNano::new(1, 2, -1)), "P1M2DT-0.000000001S");
        assert_eq!(month_day_nano(IntervalMonthDayNano::new(0, 0, 60_000_000_000)), "PT60S");
    }
}
