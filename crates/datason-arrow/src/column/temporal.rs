//! Dates, times, time stamps and durations: as text of ISO 8601, or as the number Arrow keeps.

mod fixed;
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
use super::primitive::{Primitive, Read, read_plainly};
use super::{Column, senseless, unsupported};
use datason_scan::{Text, Token};

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

    /// Units of the column since 1970, or since midnight.
    fn units(&self, text: &[u8]) -> Option<i64> {
        self.fixed_units(text).or_else(|| self.any_units(text))
    }

    /// The same of text in the form that most programs write. None is no verdict.
    #[inline]
    fn fixed_units(&self, text: &[u8]) -> Option<i64> {
        match self.form {
            Form::Date => fixed::date(text)?.checked_mul(NANOS_PER_DAY / self.unit),
            Form::Time => {
                let (seconds, nanos) = fixed::time(text)?;
                fixed::units(seconds, nanos, self.unit)
            }
            Form::DateTime | Form::Instant => {
                let (seconds, nanos, has_offset) = fixed::date_time(text)?;
                let is_known = has_offset || matches!(self.form, Form::DateTime);
                if is_known { fixed::units(seconds, nanos, self.unit) } else { None }
            }
        }
    }

    fn any_units(&self, text: &[u8]) -> Option<i64> {
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

    fn read_one(&mut self, token: Token, text: Text<'_>) -> Option<N> {
        let bytes = &text.bytes()[token.start()..token.end()];
        if let [b'"', plain @ .., b'"'] = bytes
            && !token.has_escapes()
            && let Some(units) = self.fixed_units(plain)
        {
            return N::try_from(units).ok();
        }
        read_plainly(self, token, text)
    }
}

#[cfg(test)]
mod tests {
    use arrow_cast::parse::Parser;
    use datason_fixtures::Random;

    use super::*;

    /// A date and time as programs write it, with parts that need not be in range.
    fn written(random: &mut Random) -> String {
        let mut below = |most| random.below(most);
        let (year, month, day) = (below(10_000), below(14), below(33));
        let (hour, minute, second) = (below(25), below(61), below(61));
        let digits = usize::try_from(below(11)).unwrap();
        let fraction = format!("{:010}", below(10_000_000_000));
        let between = ['T', 'T', 'T', 't', ' '][random.index_below(5)];
        let day = format!("{year:04}-{month:02}-{day:02}");
        let mut text = format!("{day}{between}{hour:02}:{minute:02}:{second:02}");
        if digits > 0 {
            text.push(if random.one_in(9) { ',' } else { '.' });
            text += &fraction[..digits];
        }
        text + ["", "Z", "Z", "z", "+02:00", "-0130", "+01"][random.index_below(7)]
    }

    fn damaged(text: &str, random: &mut Random) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..random.below(3) {
            let at = random.index_below(bytes.len());
            match random.below(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, b'0'),
                2 => bytes[at] = b"0123456789:-.TZ /\xb0\x80\xff"[random.index_below(20)],
                _ => bytes[at] = bytes[at].wrapping_add(u8::try_from(random.below(256)).unwrap()),
            }
        }
        bytes
    }

    /// Every form that a column of times can have.
    fn columns() -> Vec<Temporal> {
        let units = [1_000_000_000, 1_000_000, 1_000, 1];
        let forms = [Form::Time, Form::DateTime, Form::Instant];
        let of_units = units.iter().flat_map(|unit| forms.map(|form| Temporal::new(form, *unit)));
        of_units.chain([NANOS_PER_DAY, 1_000_000].map(Temporal::date)).collect()
    }

    #[test]
    fn the_fixed_form_is_read_as_any_form_is() {
        let (mut random, columns, mut fixed) = (Random::new(5), columns(), 0);
        for _ in 0..200_000 {
            let text = written(&mut random);
            let bytes = damaged(&text, &mut random);
            // All of it, the date, the time of day.
            let date = &bytes[..bytes.len().min(10)];
            let time = bytes.get(11..).unwrap_or_default();
            for column in &columns {
                for text in [&bytes, date, time, time.strip_suffix(b"Z").unwrap_or(time)] {
                    if let Some(units) = column.fixed_units(text) {
                        fixed += 1;
                        let shown = text.escape_ascii();
                        assert_eq!(column.any_units(text), Some(units), "{shown}");
                    }
                }
            }
        }
        assert!(fixed > 100_000, "{fixed} were of the fixed form");
    }

    /// It may be of the form and yet left to the other way, but not if it is what programs write.
    #[test]
    fn what_programs_write_is_of_the_fixed_form() {
        for text in ["2024-02-29T12:30:59Z", "2024-02-29T12:30:59.123456789", "0000-01-01T00:00:00"]
        {
            let stamp = Temporal::new(Form::DateTime, 1);
            let seconds = Temporal::new(Form::DateTime, 1_000_000_000);
            let in_range = !text.starts_with('0');
            assert_eq!(stamp.fixed_units(text.as_bytes()).is_some(), in_range, "{text}");
            let whole = !text.contains('.');
            assert_eq!(seconds.fixed_units(text.as_bytes()).is_some(), whole, "{text}");
        }
        assert_eq!(Temporal::date(NANOS_PER_DAY).fixed_units(b"1970-01-02"), Some(1));
        assert_eq!(Temporal::new(Form::Time, 1_000).fixed_units(b"00:00:01.5"), Some(1_500_000));
    }

    #[test]
    fn arrow_reads_the_same_instants() {
        let (mut random, stamp, mut both) =
            (Random::new(6), Temporal::new(Form::DateTime, 1_000), 0);
        for _ in 0..100_000 {
            let text = written(&mut random);
            let found = stamp.units(text.as_bytes());
            // Arrow takes fewer years, and cuts digits off, which we refuse.
            if let (Some(found), Some(arrow)) = (found, TimestampMicrosecondType::parse(&text)) {
                assert_eq!(found, arrow, "{text}");
                both += 1;
            }
        }
        assert!(both > 2_000, "{both} were read by both");
    }
}
