//! Time zones of timestamp columns.

use std::sync::OnceLock;

use datason_core::value::Offset;
use datason_core::{Error, ErrorKind, Result};
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zone of a timestamp column.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// None: what a clock shows, nobody knows where.
    Naive,
    /// Always the same offset.
    Fixed(Offset),
    /// A zone whose offset changes over the year and the decades.
    Named(TimeZone),
}

impl Zone {
    /// The zone that a timestamp type names.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if it is neither an offset nor in the database.
    pub(super) fn of(name: Option<&str>) -> Result<Self> {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(Self::Naive) };
        if let Some(seconds) = offset_seconds(name) {
            return Offset::from_seconds(seconds).map(Self::Fixed);
        }
        match database().get(name) {
            Ok(zone) => Ok(Self::Named(zone)),
            Err(cause) => {
                let message = format!("no time zone is named `{name}`");
                Err(Error::new(ErrorKind::Unsupported, message).caused_by(cause))
            }
        }
    }

    /// The offset that the zone has `seconds` after 1970.
    #[inline]
    pub(super) fn offset(&self, seconds: i64) -> Result<Option<Offset>> {
        match self {
            Self::Naive => Ok(None),
            Self::Fixed(offset) => Ok(Some(*offset)),
            Self::Named(zone) => named_offset(zone, seconds).map(Some),
        }
    }
}

/// Not the database of the machine: the same table gives the same text everywhere.
fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

fn named_offset(zone: &TimeZone, seconds: i64) -> Result<Offset> {
    let instant = jiff::Timestamp::from_second(seconds).map_err(|cause| {
        let message = format!("{seconds} s since 1970 is out of range");
        Error::new(ErrorKind::Data, message).caused_by(cause)
    })?;
    Offset::from_seconds(zone.to_offset(instant).seconds())
}

/// `UTC`, `Z`, `+05:30`, `-0800`, `+01`.
fn offset_seconds(name: &str) -> Option<i32> {
    if matches!(name, "UTC" | "utc" | "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = match name.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.as_bytes() {
        [_, _] => (digits, "00"),
        [_, _, b':', _, _] => digits.split_once(':')?,
        [_, _, _, _] => digits.split_at_checked(2)?,
        _ => return None,
    };
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<i32>().ok()).flatten()
    };
    Some(sign * (number(hours)? * 3600 + number(minutes).filter(|minutes| *minutes < 60)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_in_every_form() {
        for (name, seconds) in [
            ("UTC", Some(0)),
            ("+05:30", Some(19_800)),
            ("-0800", Some(-28_800)),
            ("+01", Some(3600)),
            ("+1", None),
            ("+01:60", None),
            ("+-1:00", None),
            ("Europe/Paris", None),
            ("é", None),
        ] {
            assert_eq!(offset_seconds(name), seconds, "{name}");
        }
    }

    #[test]
    fn a_named_zone_knows_summer() {
        let zone = Zone::of(Some("Europe/Paris")).unwrap();
        let hours = |seconds| zone.offset(seconds).unwrap().unwrap().seconds() / 3600;
        assert_eq!((hours(1_704_067_200), hours(1_720_000_000)), (1, 2));
        assert_eq!(Zone::of(Some("Mars/Base")).unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
