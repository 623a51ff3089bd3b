//! Single values taken for others, without loss.

use super::Template;
use crate::value::{Complex, Decimal, FilePath, Integer, Value};

impl Template {
    /// Whether `value`, which has no members, is of this kind already.
    pub(super) fn is_kind_of(&self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Null, Value::Null)
                | (Self::Bool, Value::Bool(_))
                | (Self::Int, Value::Int(_))
                | (Self::Float, Value::Float(_))
                | (Self::Text, Value::Text(_))
                | (Self::Bytes, Value::Bytes(_))
                | (Self::DateTime, Value::DateTime(_))
                | (Self::Date, Value::Date(_))
                | (Self::Time, Value::Time(_))
                | (Self::Duration, Value::Duration(_))
                | (Self::Decimal, Value::Decimal(_))
                | (Self::Uuid, Value::Uuid(_))
                | (Self::Complex, Value::Complex(_))
                | (Self::Path, Value::Path(_))
        )
    }

    /// `value` as one of this kind; `None` if it is none.
    pub(super) fn convert(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Text(text) => self.parse(text),
            Value::Map(_) => {
                Some(Value::from_hinted(value.clone())).filter(|restored| self.is_kind_of(restored))
            }
            Value::List(members) if *self == Self::Complex => match members.as_slice() {
                [re, im] => Some(Complex::new(re.as_f64()?, im.as_f64()?).into()),
                _ => None,
            },
            number => self.number(number),
        }
    }

    fn parse(&self, text: &str) -> Option<Value> {
        match self {
            Self::DateTime => text.parse().ok().map(Value::DateTime),
            Self::Date => text.parse().ok().map(Value::Date),
            Self::Time => text.parse().ok().map(Value::Time),
            Self::Duration => text.parse().ok().map(Value::Duration),
            Self::Decimal => text.parse().ok().map(Value::Decimal),
            Self::Uuid => text.parse().ok().map(Value::Uuid),
            Self::Path => Some(FilePath::from(text).into()),
            Self::Bool | Self::Int | Self::Float if text.trim() == text => {
                // What JSON does not write is not a number: `007` is a code, `NaN` a name.
                let scalar = Value::from_json(text.as_bytes()).ok()?;
                if self.is_kind_of(&scalar) { Some(scalar) } else { self.number(&scalar) }
            }
            _ => None,
        }
    }

    fn number(&self, number: &Value) -> Option<Value> {
        match (self, number) {
            (Self::Int, Value::Float(float)) => whole(*float),
            (Self::Int, Value::Decimal(decimal)) => {
                decimal.as_str().parse::<Integer>().ok().map(Value::Int)
            }
            (Self::Float, Value::Int(integer)) => {
                let float = integer.to_f64();
                // As a whole number it must be the same again.
                (whole(float)? == *number).then_some(Value::Float(float))
            }
            (Self::Decimal, Value::Int(integer)) => {
                integer.to_string().parse().ok().map(Value::Decimal)
            }
            (Self::Decimal, Value::Float(float)) => Decimal::from_f64(*float).map(Value::Decimal),
            _ => None,
        }
    }
}

/// The integer that `float` is, if it is one and no float beside it means the same.
fn whole(float: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if float.fract() != 0.0 || float.abs() > EXACT || (float == 0.0 && float.is_sign_negative()) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of 53 bits")]
    Some(Value::from(float as i64))
}
