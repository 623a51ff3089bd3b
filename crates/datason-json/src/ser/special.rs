//! Special values: what the configuration makes of dates, decimals, identifiers and the rest.

use std::borrow::Cow;

use datason_core::config::{Config, DateFormat, NaiveZone, NanHandling, TypeCoercion};
use datason_core::value::{
    Bytes, Complex, DateTime, Decimal, FilePath, HINT_TYPE, HINT_VALUE, Integer, Offset,
    PLAIN_TYPE, Uuid, protocol,
};
use serde::Serialize;

use super::failure::Failure;
use super::inside::{floats, with_text};
use super::integer::{append_signed, append_unsigned};
use super::number::complex_text;
use super::{Serializer, TextStyle};
use crate::compact::append_line;

/// What a point in time is written as.
pub(super) enum Form<'t> {
    Text(Cow<'t, str>),
    Integer(i64),
    Float(f64),
}

impl<'t> Form<'t> {
    /// `text` is the date-time in ISO 8601.
    pub(super) fn of_date_time(text: &'t str, config: &Config) -> Result<Self, Failure> {
        let moment = || text.parse::<DateTime>().map_err(Failure::from);
        match &config.date_format {
            DateFormat::String => Ok(Self::Text(text.replacen('T', " ", 1).into())),
            DateFormat::Custom(pattern) if !pattern.is_empty() => {
                Ok(Self::Text(moment()?.format(pattern)?.into()))
            }
            DateFormat::Unix => {
                let moment = moment()?;
                Ok(Self::Float(moment.unix_float(zone(&moment, config)?)))
            }
            DateFormat::UnixMs => {
                let moment = moment()?;
                Ok(Self::Integer(moment.unix_milliseconds(zone(&moment, config)?)))
            }
            _ => Ok(Self::Text(text.into())),
        }
    }
}

/// Where a clock stands that does not say it.
fn zone(moment: &DateTime, config: &Config) -> Result<Offset, Failure> {
    match (config.naive_zone, moment.offset()) {
        (_, Some(offset)) => Ok(offset),
        (NaiveZone::Utc, None) => Ok(Offset::UTC),
        (NaiveZone::Offset(seconds), None) => Ok(Offset::from_seconds(seconds)?),
        _ => Err(Failure::data(format!("{moment} has no zone, and none is to be assumed"))),
    }
}

/// A value of a spelled-out form.
enum Part<'p> {
    /// A text of the value, which the limit on length concerns.
    Text(&'p str),
    /// A text that is ours.
    Name(&'p str),
    Count(u64),
    Float(f64),
    Bool(bool),
    Null,
}

impl Serializer<'_> {
    /// Writes a newtype struct whose name begins with `$`.
    #[inline(never)]
    pub(super) fn special<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), Failure> {
        match name {
            protocol::DATE_TIME => with_text(value, |text| self.date_time(text)),
            protocol::DATE | protocol::TIME | protocol::DURATION => with_text(value, |text| {
                self.short_text(text);
                Ok(())
            }),
            protocol::DECIMAL => with_text(value, |text| self.decimal(text)),
            protocol::UUID => with_text(value, |text| self.uuid(text)),
            protocol::PATH => with_text(value, |text| self.path(&FilePath::from(text))),
            protocol::INTEGER => with_text(value, |text| self.large_integer(text)),
            protocol::COMPLEX => floats(value).and_then(|[re, im]| self.complex(re, im)),
            protocol::SET => self.sequence("set", value),
            protocol::TUPLE => self.sequence("tuple", value),
            _ if name.starts_with(protocol::PREFIX) => self.unknown(name, value),
            _ => value.serialize(self),
        }
    }

    /// A special value of a newer version: its plain form, unless nothing may be guessed.
    fn unknown<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        match self.config.type_coercion {
            TypeCoercion::Strict => Err(Failure::data(format!("a value of unknown type `{name}`"))),
            _ => value.serialize(self),
        }
    }

    fn date_time(&mut self, text: &str) -> Result<(), Failure> {
        match Form::of_date_time(text, self.config)? {
            Form::Text(text) if self.hints_dates() => self.hinted_text("datetime", &text)?,
            Form::Text(text) => self.short_text(&text),
            Form::Integer(integer) => append_signed(integer, self.out),
            Form::Float(float) => self.float(float),
        }
        Ok(())
    }

    /// Only the ISO form says enough to be restored.
    fn hints_dates(&self) -> bool {
        let iso = match &self.config.date_format {
            DateFormat::Iso => true,
            DateFormat::Custom(pattern) => pattern.is_empty(),
            _ => false,
        };
        iso && self.config.include_type_hints
    }

    fn hinted_text(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.object(&[(HINT_TYPE, Part::Name(name)), (HINT_VALUE, Part::Name(text))])
    }

    fn decimal(&mut self, text: &str) -> Result<(), Failure> {
        let (precision, scale) = Decimal::precision_and_scale_of(text)?;
        if !self.config.preserve_decimals {
            let float = text.parse().map_err(|_| Failure::data("a decimal that is no number"))?;
            self.float(float);
            return Ok(());
        }
        self.object(&[
            (PLAIN_TYPE, Part::Name("decimal")),
            ("value", Part::Name(text)),
            ("precision", Part::Count(precision as u64)),
            ("scale", Part::Count(scale)),
        ])
    }

    fn uuid(&mut self, text: &str) -> Result<(), Failure> {
        if self.config.include_type_hints {
            return self.hinted_text("uuid.UUID", text);
        }
        if self.config.type_coercion != TypeCoercion::Strict {
            self.short_text(text);
            return Ok(());
        }
        let id: Uuid = text.parse()?;
        let version = id.version().map_or(Part::Null, |version| Part::Count(version.into()));
        self.object(&[
            (PLAIN_TYPE, Part::Name("uuid")),
            ("hex", Part::Name(&id.to_hex())),
            ("version", version),
            ("variant", Part::Name(id.variant())),
        ])
    }

    fn path(&mut self, path: &FilePath) -> Result<(), Failure> {
        if self.config.type_coercion != TypeCoercion::Strict {
            return self.text(path.as_str());
        }
        self.object(&[
            (PLAIN_TYPE, Part::Name("path")),
            ("path", Part::Text(path.as_str())),
            ("is_absolute", Part::Bool(path.is_absolute())),
            // The disk is not asked: the same value gives the same text everywhere.
            ("exists", Part::Null),
            ("suffix", Part::Text(path.suffix())),
            ("stem", Part::Text(path.stem())),
        ])
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.check_bytes(bytes.len())?;
        if self.config.type_coercion != TypeCoercion::Strict {
            return match std::str::from_utf8(bytes) {
                Ok(text) => self.text(text),
                Err(_) => self.text(&Bytes::from(bytes).to_text()),
            };
        }
        self.object(&[
            (PLAIN_TYPE, Part::Name("bytes")),
            ("data", Part::Text(&Bytes::from(bytes).to_hex())),
            ("length", Part::Count(bytes.len() as u64)),
        ])
    }

    fn large_integer(&mut self, text: &str) -> Result<(), Failure> {
        self.check_bytes(text.len())?;
        let integer: Integer = text.parse()?;
        self.out.extend_from_slice(integer.to_string().as_bytes());
        Ok(())
    }

    fn complex(&mut self, re: f64, im: f64) -> Result<(), Failure> {
        let finite = Complex::new(re, im).is_finite();
        if !finite && self.config.nan_handling != NanHandling::Keep {
            self.nonfinite(&complex_text(re, im), "");
            return Ok(());
        }
        let (real, imag) = (Part::Float(re), Part::Float(im));
        if self.config.preserve_complex {
            let name = Part::Name("complex");
            return self.object(&[(PLAIN_TYPE, name), ("real", real), ("imag", imag)]);
        }
        if self.config.type_coercion == TypeCoercion::Aggressive {
            return self.list(&[real, imag]);
        }
        self.short_text(&complex_text(re, im));
        Ok(())
    }

    /// A set or tuple: a list, in a hint where those are asked for.
    fn sequence<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        if !self.config.include_type_hints {
            return value.serialize(self);
        }
        let start = self.open(b'{')?;
        self.field(start, HINT_TYPE);
        self.short_text(name);
        self.field(start, HINT_VALUE);
        value.serialize(&mut *self)?;
        self.close(start, b'}');
        Ok(())
    }

    /// A map whose entries keep this order.
    fn object(&mut self, entries: &[(&str, Part<'_>)]) -> Result<(), Failure> {
        let start = self.open(b'{')?;
        for (name, part) in entries {
            self.field(start, name);
            self.part(part)?;
        }
        self.close(start, b'}');
        Ok(())
    }

    fn list(&mut self, parts: &[Part<'_>]) -> Result<(), Failure> {
        let start = self.open(b'[')?;
        for part in parts {
            self.separate(start);
            self.part(part)?;
        }
        self.close(start, b']');
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Failure> {
        match part {
            Part::Text(text) => self.text(text)?,
            Part::Name(text) => self.short_text(text),
            Part::Count(count) => append_unsigned(*count, self.out),
            Part::Float(float) => self.float(*float),
            Part::Bool(truth) => self.bool(*truth),
            Part::Null => self.null(),
        }
        Ok(())
    }

    /// Text that is JSON already. One value must stay on one line, except where lines are the
    /// style.
    pub(super) fn verbatim(&mut self, text: &str) {
        match self.style {
            TextStyle::Pretty { .. } => self.out.extend_from_slice(text.as_bytes()),
            _ => append_line(text.as_bytes(), self.out),
        }
    }
}
