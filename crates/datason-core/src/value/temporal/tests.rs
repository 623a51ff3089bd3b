use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;

fn is_leap(year: i16) -> bool {
    year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
}

#[test]
fn the_days_of_the_calendar_have_their_numbers() {
    let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut number = Date::new(-9999, 1, 1).unwrap().days_since_1970();
    let mut weekday = Date::new(-9999, 1, 1).unwrap().weekday();
    for year in -9999..=9999 {
        let mut day_of_year = 1;
        for month in 1..=12_u8 {
            let leap_day = u8::from(month == 2 && is_leap(year));
            for day in 1..=months[usize::from(month - 1)] + leap_day {
                let looked_at = matches!(day, 1 | 28..) || (1890..2110).contains(&year);
                if looked_at {
                    let date = Date::new(year, month, day).unwrap();
                    assert_eq!(date.days_since_1970(), number);
                    assert_eq!(Date::from_days_since_1970(number).unwrap(), date);
                    assert_eq!((date.weekday(), date.day_of_year()), (weekday, day_of_year));
                }
                number += 1;
                weekday = (weekday + 1) % 7;
                day_of_year += 1;
            }
        }
    }
    assert!(Date::from_days_since_1970(number).is_err(), "the calendar ends");
    assert_eq!(Date::new(1970, 1, 1).unwrap().days_since_1970(), 0);
    assert_eq!(Date::new(1970, 1, 1).unwrap().weekday(), 3, "a Thursday");
    let first = Date::new(-9999, 1, 1).unwrap().days_since_1970();
    for beyond in [first - 1, i64::MIN, i64::MAX, i64::MAX / 400, i64::MIN / 400] {
        assert!(Date::from_days_since_1970(beyond).is_err());
    }
}

#[test]
fn dates_and_times_that_do_not_exist_are_refused() {
    for (year, month, day) in [
        (2023, 2, 29),
        (1900, 2, 29),
        (2024, 0, 1),
        (2024, 13, 1),
        (2024, 4, 31),
        (2024, 1, 0),
        (10_000, 1, 1),
    ] {
        assert_eq!(Date::new(year, month, day).unwrap_err().kind(), ErrorKind::Argument);
    }
    for (hour, minute, second, nanosecond) in
        [(24, 0, 0, 0), (0, 60, 0, 0), (0, 0, 60, 0), (0, 0, 0, 1_000_000_000)]
    {
        assert_eq!(
            Time::new(hour, minute, second, nanosecond).unwrap_err().kind(),
            ErrorKind::Argument
        );
    }
}

#[test]
fn every_form_of_a_date_time_is_read() {
    for (given, printed) in [
        ("2024-01-02T03:04:05", "2024-01-02T03:04:05"),
        ("2024-01-02 03:04:05.5", "2024-01-02T03:04:05.500000"),
        ("2024-01-02t03:04:05.123456789z", "2024-01-02T03:04:05.123456789+00:00"),
        ("2024-01-02T03:04:05+0530", "2024-01-02T03:04:05+05:30"),
        ("2024-01-02T03:04:05-05:53:28", "2024-01-02T03:04:05-05:53:28"),
        ("2024-01-02T03:04:05-000001", "2024-01-02T03:04:05-00:00:01"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
        ("-004712-01-01T00:00:00", "-004712-01-01T00:00:00"),
        ("+002024-01-01T00:00:00", "2024-01-01T00:00:00"),
    ] {
        let moment: DateTime = given.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(moment.to_string(), printed);
    }
}

#[test]
fn what_would_lose_something_or_is_no_date_time_is_refused() {
    for text in [
        "",
        "2024-01-02",
        "2024-01-02T03:04",
        "2024-1-2T03:04:05",
        "2024-01-02T03:04:05.",
        "2024-01-02T03:04:05.1234567890",
        "2024-01-02T03:04:60",
        "2024-02-30T00:00:00",
        "2024-01-02T03:04:05+5:30",
        "2024-01-02T03:04:05+24:00",
        "2024-01-02T03:04:05+05:60",
        "2024-01-02T03:04:05 ",
        "2024-01-02T03:04:05ZZ",
        "02024-01-02T03:04:05",
        "２024-01-02T03:04:05",
        "2024-01-02T03:04:05+05:3",
        "2024-01-02T03:04:05+05:30:",
        "2024-01-02T03:04:05+05301",
    ] {
        assert_eq!(text.parse::<DateTime>().unwrap_err().kind(), ErrorKind::Data, "{text}");
    }
}

#[test]
fn spans_read_as_python_prints_them() {
    let day = 86_400_000_000;
    for (microseconds, text) in [
        (0, "0:00:00"),
        (1, "0:00:00.000001"),
        (day + 2_000_003, "1 day, 0:00:02.000003"),
        (-1, "-1 day, 23:59:59.999999"),
        (-2 * day, "-2 days, 0:00:00"),
        (93_784_000_005, "1 day, 2:03:04.000005"),
        (36_000_000_000, "10:00:00"),
    ] {
        let span = Duration::from_microseconds(microseconds);
        assert_eq!(span.to_string(), text);
        assert_eq!(text.parse::<Duration>().unwrap(), span);
    }
    for text in [
        "",
        "1 day",
        "1 day, 24:00:00",
        "-0:00:01",
        "1 dayss, 0:00:00",
        "999999999999999 days, 0:00:00",
    ] {
        assert!(text.parse::<Duration>().is_err(), "{text}");
    }
}

#[test]
fn milliseconds_are_exact_where_a_float_is_not() {
    let milliseconds =
        |text: &str| text.parse::<DateTime>().unwrap().unix_milliseconds(Offset::UTC);
    assert_eq!(milliseconds("2004-03-31T07:19:28.018000+00:00"), 1_080_717_568_018);
    assert_eq!(milliseconds("1969-12-31T23:59:59.999600"), 0, "cut off towards 1970");
    assert_eq!(milliseconds("1969-12-31T23:59:59.998600"), -1);
    assert_eq!(milliseconds("9999-12-31T23:59:59.999999"), 253_402_300_799_999);
}

#[test]
fn the_zone_of_a_naive_time_is_given() {
    let naive: DateTime = "1970-01-01T00:00:00".parse().unwrap();
    let zone = Offset::from_seconds(-5 * 3600).unwrap();
    assert_eq!(naive.unix_seconds(zone), 18_000);
    let aware: DateTime = "1970-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(aware.unix_seconds(zone), 0);
}

#[test]
fn every_directive_equals_python() {
    let moment: DateTime = "2024-12-30T15:04:05.678901-03:30".parse().unwrap();
    for (pattern, text) in [
        ("%a %A %w %d %b %B %m", "Mon Monday 1 30 Dec December 12"),
        ("%y %Y %H %I %p %M %S %f", "24 2024 15 03 PM 04 05 678901"),
        ("%z|%:z|%Z|%j|%U|%W|%G|%u|%V", "-0330|-03:30|UTC-03:30|365|52|53|2025|1|01"),
        ("%c|%x|%X|%%", "Mon Dec 30 15:04:05 2024|12/30/24|15:04:05|%"),
        ("%F %T %D %R %e %h é", "2024-12-30 15:04:05 12/30/24 15:04 30 Dec é"),
    ] {
        assert_eq!(moment.format(pattern).unwrap(), text);
    }
    let early: DateTime = "0476-09-04T00:00:00".parse().unwrap();
    assert_eq!(early.format("%Y %I %e%z%Z").unwrap(), "0476 12  4");
    for pattern in ["%", "%Q", "%:", "%:Y", "%é"] {
        assert_eq!(early.format(pattern).unwrap_err().kind(), ErrorKind::Argument, "{pattern}");
    }
}

#[test]
fn the_clock_of_the_system_is_in_utc() {
    let moment =
        DateTime::try_from(std::time::UNIX_EPOCH - std::time::Duration::from_millis(1)).unwrap();
    assert_eq!(moment.to_string(), "1969-12-31T23:59:59.999000+00:00");
}

prop_compose! {
    fn any_moment()(
        seconds in -377_700_000_000..253_300_000_000_i64,
        nanosecond in prop_oneof![Just(0), (0..1_000_000_u32).prop_map(|us| us * 1000), 0..1_000_000_000_u32],
        offset in proptest::option::of(-86_399..86_400),
    ) -> DateTime {
        let offset = offset.map(|seconds| Offset::from_seconds(seconds).unwrap());
        DateTime::from_unix(seconds, nanosecond, offset).unwrap()
    }
}

proptest! {
    #[test]
    fn a_moment_survives_its_text(moment in any_moment()) {
        prop_assert_eq!(moment.to_string().parse::<DateTime>().unwrap(), moment);
    }

    #[test]
    fn a_moment_is_where_it_was_put(moment in any_moment()) {
        let (seconds, nanosecond) = (moment.unix_seconds(Offset::UTC), moment.time().nanosecond());
        prop_assert_eq!(DateTime::from_unix(seconds, nanosecond, moment.offset()).unwrap(), moment);
        let exact = i128::from(seconds) * 1_000_000_000 + i128::from(nanosecond);
        prop_assert_eq!(i128::from(moment.unix_milliseconds(Offset::UTC)), exact / 1_000_000);
        let float: f64 = format!("{exact}e-9").parse().unwrap();
        prop_assert_eq!(moment.unix_float(Offset::UTC).to_bits(), float.to_bits());
    }

    #[test]
    fn a_span_survives_its_text(nanoseconds in -(1_i128 << 72)..1_i128 << 72) {
        let span = Duration::from_nanoseconds(nanoseconds).unwrap();
        prop_assert_eq!(span.as_nanoseconds(), nanoseconds);
        prop_assert_eq!(span.to_string().parse::<Duration>().unwrap(), span);
    }

    #[test]
    fn whatever_is_read_is_printed_so_that_it_reads_the_same(text in "[-+0-9T:.Z daysé,]{0,30}") {
        if let Ok(moment) = text.parse::<DateTime>() {
            prop_assert_eq!(moment.to_string().parse::<DateTime>().unwrap(), moment);
        }
        if let Ok(span) = text.parse::<Duration>() {
            prop_assert_eq!(span.to_string().parse::<Duration>().unwrap(), span);
        }
    }
}
