//! Dates, times, time stamps and durations: as text of ISO 8601, or as the number Arrow keeps.

mod text;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_schema::{DataType, TimeUnit};
use datason_core::Result;

use self::text::NANOS_PER_DAY;
use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::integer::Signed;
use super::primitive::{Primitive, Read};
use super::{Column, senseless, unsupported};

/// The column for `kind`, a temporal type.
pub(super) fn column(kind: &DataType) -> Result<Box<dyn Column>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Ok(match kind {
        DataType::Date32 => Primitive::<Date32Type, _>::boxed(kind, Temporal::date(NANOS_PER_DAY)),
        DataType::Date64 => Primitive::<Date64Type, _>::boxed(kind, Temporal::date(1_000_000)),
        DataType::Time32(Second) => time::<Time32SecondType>(kind, Second),
        DataType::Time32(Millisecond) => time::<Time32MillisecondType>(kind, Millisecond),
        DataType::Time64(Microsecond) => time::<Time64MicrosecondType>(kind, Microsecond),
        DataType::Time64(Nanosecond) => time::<Time64NanosecondType>(kind, Nanosecond),
        DataType::Timestamp(Second, _) => stamp::<TimestampSecondType>(kind, Second),
        DataType::Timestamp(Millisecond, _) => stamp::<TimestampMillisecondType>(kind, Millisecond),
        DataType::Timestamp(Microsecond, _) => stamp::<TimestampMicrosecondType>(kind, Microsecond),
        DataType::Timestamp(Nanosecond, _) => stamp::<TimestampNanosecondType>(kind, Nanosecond),
        DataType::Duration(Second) => duration::<DurationSecondType>(kind),
        DataType::Duration(Millisecond) => duration::<DurationMillisecondType>(kind),
        DataType::Duration(Microsecond) => duration::<DurationMicrosecondType>(kind),
        DataType::Duration(Nanosecond) => duration::<DurationNanosecondType>(kind),
        DataType::Interval(_) => return Err(unsupported(kind)),
        _ => return Err(senseless(kind)),
    })
}

fn time<T: ArrowPrimitiveType<Native: TryFrom<i64>>>(
    kind: &DataType,
    unit: TimeUnit,
) -> Box<dyn Column> {
    Primitive::<T, _>::boxed(kind, Temporal::new(Form::Time, nanos_of(unit)))
}

fn stamp<T: ArrowPrimitiveType<Native = i64>>(kind: &DataType, unit: TimeUnit) -> Box<dyn Column> {
    let zoned = matches!(kind, DataType::Timestamp(_, Some(_)));
    let form = if zoned { Form::Instant } else { Form::DateTime };
    Primitive::<T, _>::boxed(kind, Temporal::new(form, nanos_of(unit)))
}

fn duration<T: ArrowPrimitiveType<Native = i64>>(kind: &DataType) -> Box<dyn Column> {
    Primitive::<T, _>::boxed(kind, Signed::<i64>::default())
}

const fn nanos_of(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

#[derive(Clone, Copy)]
enum Form {
    Date,
    Time,
    /// The text may name an offset from UTC; the column holds UTC then.
    DateTime,
    /// The text must name an offset from UTC.
    Instant,
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Date => "a date",
            Self::Time => "a time of day",
            Self::DateTime => "a date and time",
            Self::Instant => "a date and time with an offset from UTC",
        }
    }
}

struct Temporal {
    form: Form,
    /// Nanoseconds in a unit of the column.
    unit: i64,
    scratch: Vec<u8>,
}

impl Temporal {
    fn new(form: Form, unit: i64) -> Self {
        Self { form, unit, scratch: Vec::new() }
    }

    fn date(unit: i64) -> Self {
        Self::new(Form::Date, unit)
    }

    /// Nanoseconds since 1970, or since midnight.
    fn nanos(&self, text: &[u8]) -> Option<i128> {
        match self.form {
            Form::Date => text::date(text),
            Form::Time => text::time(text),
            Form::DateTime => text::date_time(text).map(|(nanos, _)| nanos),
            Form::Instant => text::date_time(text).filter(|found| found.1).map(|(nanos, _)| nanos),
        }
    }

    fn units(&self, text: &[u8]) -> Option<i64> {
        let (nanos, unit) = (self.nanos(text)?, i128::from(self.unit));
        if nanos % unit != 0 {
            return None;
        }
        i64::try_from(nanos / unit).ok()
    }

    #[cold]
    fn refuse(&self, text: &[u8], at: usize) -> Refusal {
        let text = datason_core::escape(&text[..text.len().min(100)]);
        let message =
            format!("expected {} that the column can hold, found {text}", self.form.name());
        Refusal::new(Why::Mismatch, at, message)
    }

    fn number<N: TryFrom<i64> + Send>(&self, cursor: &mut Cursor<'_>) -> Outcome<N> {
        let start = cursor.at();
        let value = Signed::<i64>::default().read(cursor)?;
        let day = 0..NANOS_PER_DAY / self.unit;
        match N::try_from(value) {
            Ok(number) if !matches!(self.form, Form::Time) || day.contains(&value) => Ok(number),
            _ => Err(self.refuse(cursor.since(start), start)),
        }
    }
}

impl<N: TryFrom<i64> + Send> Read<N> for Temporal {
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<N> {
        let start = cursor.at();
        match cursor.peek() {
            b'-' | b'0'..=b'9' => return self.number(cursor),
            b'"' => {}
            _ => return Err(cursor.mismatch(self.form.name())),
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let text = cursor.string(&mut scratch)?;
        let outcome = match self.units(text).and_then(|units| N::try_from(units).ok()) {
            Some(value) => Ok(value),
            None => Err(self.refuse(text, start)),
        };
        self.scratch = scratch;
        outcome
    }
}
