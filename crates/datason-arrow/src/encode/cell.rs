//! Cells of columns, written one by one.

use datason_core::value::{Complex, Date, DateTime, Decimal, Duration, Time, Uuid, protocol};
use datason_core::{Error, Result};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

use super::column::{Column, Kind, span};
use super::interval::{day_time, month_day_nano, months};
use super::zone::Zone;

/// The value of one column in one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'c> {
    pub(crate) column: &'c Column<'c>,
    pub(crate) row: usize,
}

impl Serialize for Cell<'_> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { column, row } = *self;
        if column.is_null(row) {
            return serializer.serialize_none();
        }
        match &column.kind {
            Kind::Int64(numbers) => serializer.serialize_i64(numbers[row]),
            Kind::Float64(numbers) => self.float(numbers[row], serializer),
            Kind::Text(texts) => serializer.serialize_str(texts.value(row)),
            Kind::Bool(truths) => serializer.serialize_bool(truths.value(row)),
            Kind::Int32(numbers) => serializer.serialize_i32(numbers[row]),
            Kind::Indirect(rows, values) => {
                Cell { column: values, row: rows[row] }.serialize(serializer)
            }
            _ => self.serialize_other(serializer),
        }
    }
}

impl Column<'_> {
    /// Writes the cells of `rows` as a list. Where they are plain numbers without gaps, the type
    /// is looked at once.
    pub(crate) fn serialize_run<S: Serializer>(
        &self,
        rows: std::ops::Range<usize>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match &self.kind {
            Kind::Float64(numbers) if self.nulls.is_none() && !self.blanks => {
                serializer.collect_seq(&numbers[rows])
            }
            Kind::Int64(numbers) if self.nulls.is_none() => serializer.collect_seq(&numbers[rows]),
            _ => serializer.collect_seq(rows.map(|row| Cell { column: self, row })),
        }
    }
}

impl Cell<'_> {
    #[inline]
    fn float<S: Serializer>(self, float: f64, serializer: S) -> Result<S::Ok, S::Error> {
        if self.column.blanks && !float.is_finite() {
            return serializer.serialize_none();
        }
        serializer.serialize_f64(float)
    }

    fn serialize_other<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        match &self.column.kind {
            Kind::Int8(numbers) => serializer.serialize_i8(numbers[row]),
            Kind::Int16(numbers) => serializer.serialize_i16(numbers[row]),
            Kind::UInt8(numbers) => serializer.serialize_u8(numbers[row]),
            Kind::UInt16(numbers) => serializer.serialize_u16(numbers[row]),
            Kind::UInt32(numbers) => serializer.serialize_u32(numbers[row]),
            Kind::UInt64(numbers) => serializer.serialize_u64(numbers[row]),
            Kind::Float16(numbers) => self.float(numbers[row].to_f64(), serializer),
            Kind::Float32(numbers) => self.float(f64::from(numbers[row]), serializer),
            Kind::LargeText(texts) => serializer.serialize_str(texts.value(row)),
            Kind::TextView(texts) => serializer.serialize_str(texts.value(row)),
            Kind::Bytes(bytes) => serializer.serialize_bytes(bytes.value(row)),
            Kind::LargeBytes(bytes) => serializer.serialize_bytes(bytes.value(row)),
            Kind::BytesView(bytes) => serializer.serialize_bytes(bytes.value(row)),
            Kind::FixedBytes(bytes) => serializer.serialize_bytes(bytes.value(row)),
            Kind::List(..) | Kind::Struct(_) | Kind::Tuple(_) | Kind::Map(..) | Kind::Union(_) => {
                self.serialize_nested(serializer)
            }
            _ => self.serialize_special(serializer),
        }
    }

    fn serialize_special<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        match &self.column.kind {
            Kind::Timestamp(units, per_second, zone) => {
                special(timestamp(units[row], *per_second, zone), serializer)
            }
            Kind::Date32(days) => {
                special(Date::from_days_since_1970(i64::from(days[row])), serializer)
            }
            Kind::Date64(milliseconds) => date64(milliseconds[row], serializer),
            Kind::Time32(units, scale) => special(time(i64::from(units[row]), *scale), serializer),
            Kind::Time64(units, scale) => special(time(units[row], *scale), serializer),
            Kind::Duration(units, scale) => {
                special(Duration::from_nanoseconds(i128::from(units[row]) * scale), serializer)
            }
            Kind::Decimal32(numbers, scale) => {
                Decimal::from_parts(i128::from(numbers[row]), *scale).serialize(serializer)
            }
            Kind::Decimal64(numbers, scale) => {
                Decimal::from_parts(i128::from(numbers[row]), *scale).serialize(serializer)
            }
            Kind::Decimal128(numbers, scale) => {
                Decimal::from_parts(numbers[row], *scale).serialize(serializer)
            }
            Kind::Decimal256(numbers, scale) => {
                let text = format!("{}e{}", numbers[row], -scale);
                special(text.parse::<Decimal>(), serializer)
            }
            Kind::Uuid(ids) => uuid(ids.value(row)).serialize(serializer),
            Kind::Complex(parts) => {
                self.complex(Complex::new(parts[2 * row], parts[2 * row + 1]), serializer)
            }
            Kind::Months(numbers) => serializer.serialize_str(&months(numbers[row])),
            Kind::DayTime(spans) => serializer.serialize_str(&day_time(spans[row])),
            Kind::MonthDayNano(spans) => serializer.serialize_str(&month_day_nano(spans[row])),
            _ => serializer.serialize_none(),
        }
    }

    fn complex<S: Serializer>(self, number: Complex, serializer: S) -> Result<S::Ok, S::Error> {
        if self.column.blanks && !number.is_finite() {
            return serializer.serialize_none();
        }
        number.serialize(serializer)
    }

    fn serialize_nested<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        match &self.column.kind {
            Kind::List(ranges, members) => members.serialize_run(ranges.get(row), serializer),
            Kind::Struct(fields) => serializer
                .collect_map(fields.iter().map(|(name, column)| (name, Cell { column, row }))),
            Kind::Tuple(members) => {
                serializer.serialize_newtype_struct(protocol::TUPLE, &Members { members, row })
            }
            Kind::Map(offsets, columns) => {
                let entries = span(offsets[row], offsets[row + 1]);
                // Arrow does not forbid a key to stand twice, so no length is promised: the
                // serializer then makes sure.
                let mut map = serializer.serialize_map(None)?;
                for row in entries {
                    let (key, value) =
                        (Cell { column: &columns.0, row }, Cell { column: &columns.1, row });
                    map.serialize_entry(&key, &value)?;
                }
                map.end()
            }
            Kind::Union(union) => match union.get(row) {
                Some((column, row)) => Cell { column, row }.serialize(serializer),
                None => Err(S::Error::custom("a union whose type is not among its fields")),
            },
            _ => serializer.serialize_none(),
        }
    }
}

/// The fields of one row of a struct, as a list.
struct Members<'c> {
    members: &'c [Column<'c>],
    row: usize,
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.members.iter().map(|column| Cell { column, row: self.row }))
    }
}

/// Writes what a conversion gave.
#[inline]
fn special<S: Serializer, T: Serialize>(
    value: Result<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Ok(value) => value.serialize(serializer),
        Err(error) => Err(refused(&error)),
    }
}

#[cold]
fn refused<E: serde::ser::Error>(error: &Error) -> E {
    E::custom(error)
}

fn timestamp(units: i64, per_second: i64, zone: &Zone) -> Result<DateTime> {
    let seconds = units.div_euclid(per_second);
    let nanosecond = units.rem_euclid(per_second) * (1_000_000_000 / per_second);
    let nanosecond = u32::try_from(nanosecond).expect("less than a second");
    DateTime::from_unix(seconds, nanosecond, zone.offset(seconds)?)
}

/// A whole day is a date; what should not be there, a time of day, is not lost.
fn date64<S: Serializer>(milliseconds: i64, serializer: S) -> Result<S::Ok, S::Error> {
    const DAY: i64 = 86_400_000;
    if milliseconds % DAY == 0 {
        special(Date::from_days_since_1970(milliseconds / DAY), serializer)
    } else {
        special(timestamp(milliseconds, 1000, &Zone::Naive), serializer)
    }
}

fn time(units: i64, scale: u64) -> Result<Time> {
    // A negative time of day is out of range as a huge one is.
    Time::from_nanoseconds(u64::try_from(units).unwrap_or(u64::MAX).saturating_mul(scale))
}

fn uuid(bytes: &[u8]) -> Uuid {
    let bytes: [u8; 16] = bytes.try_into().expect("a UUID column has sixteen bytes a row");
    Uuid::from(bytes)
}
