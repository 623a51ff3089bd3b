//! The dynamic [`Value`]: what JSON has, and what JSON lacks.
//!
//! Special values (a date-time, a decimal, a set …) are types of their own, so users' structs may
//! hold them as fields. They pass through serde by a small protocol, see [`protocol`]: any
//! serializer can write them in a plain form, and datason's own, which knows a [`Config`]
//! (dates as milliseconds, decimals as floats, type hints), recognises them.
//!
//! [`Config`]: crate::Config

mod binary;
mod chunks;
mod complex;
mod convert;
mod decimal;
mod deserialize;
mod hints;
mod integer;
mod json_text;
mod map;
mod order;
pub mod protocol;
mod serialize;
mod set;
mod special;
mod temporal;
mod uuid;

pub use binary::{Bytes, FilePath};
pub use chunks::{ValueChunk, ValueChunks};
pub use complex::Complex;
pub use decimal::Decimal;
pub use hints::{HINT_TYPE, HINT_VALUE, PLAIN_TYPE};
pub use integer::Integer;
pub use map::{Key, Map};
pub use set::Set;
pub use temporal::{Date, DateTime, Duration, Offset, Time};
pub use uuid::Uuid;

/// Any value: JSON's own kinds, and the common kinds that JSON lacks.
///
/// `1` and `1.0` are different values ([`Integer`] and float), integers of any size are exact,
/// and maps keep their order. There is no kind for a Python enum, named tuple, range or
/// categorical: Rust's enums and structs are written by serde as themselves, and a range or a
/// categorical is a [`List`](Self::List).
///
/// Reading one from JSON text is exact with serde_json too (it hands over the text of numbers),
/// except below `#[serde(flatten)]` and untagged enums, where serde has turned integers beyond
/// 64 bits into floats before anybody can see them.
///
/// A value owns its parts: dropping, cloning and comparing a tree takes stack in proportion to
/// its depth. What is read from text is at most [`Value::MAX_DEPTH`] levels deep.
///
/// # Example
/// ```
/// use datason_core::value::{DateTime, Map, Value};
///
/// let mut event = Map::new();
/// event.insert("id", 7);
/// event.insert("at", "2024-01-02T03:04:05Z".parse::<DateTime>()?);
/// event.insert("tags", vec!["a", "b"]);
/// let event = Value::from(event);
/// assert_eq!(event.get("id").and_then(Value::as_i64), Some(7));
/// assert_eq!(event.pointer("/tags/1").and_then(Value::as_str), Some("b"));
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: JSON's `null`.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number of any size.
    Int(Integer),
    /// A double, NaN and the infinities included.
    Float(f64),
    /// Text.
    Text(String),
    /// Raw bytes.
    Bytes(Bytes),
    /// Values in order.
    List(Vec<Value>),
    /// As a list, but restored as a tuple.
    Tuple(Vec<Value>),
    /// Values without repetition.
    Set(Set),
    /// Pairs in insertion order.
    Map(Map),
    /// A day and a time of day, with or without an offset from UTC.
    DateTime(DateTime),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A span of time.
    Duration(Duration),
    /// A decimal number with its digits.
    Decimal(Decimal),
    /// A universally unique identifier.
    Uuid(Uuid),
    /// A complex number.
    Complex(Complex),
    /// The path of a file.
    Path(FilePath),
}

impl Value {
    /// Levels of nesting that reading accepts unless told otherwise: the default of
    /// [`Config::max_depth`](crate::Config::max_depth).
    pub const MAX_DEPTH: usize = crate::Config::DEFAULT.max_depth;

    /// Whether this is [`Value::Null`].
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth value, if it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The integer, if it is one and fits.
    pub const fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(integer) => integer.as_i64(),
            _ => None,
        }
    }

    /// The integer, if it is one and fits.
    pub const fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(integer) => integer.as_u64(),
            _ => None,
        }
    }

    /// The number as a double: a float as it is, an integer or a decimal rounded to the nearest.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(float) => Some(*float),
            Self::Int(integer) => Some(integer.to_f64()),
            Self::Decimal(decimal) => Some(decimal.to_f64()),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a list, tuple or set.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(members) | Self::Tuple(members) => Some(members),
            Self::Set(set) => Some(set.members()),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub const fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value of a map's text key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value that a JSON pointer (RFC 6901) names; the empty pointer names this one.
    ///
    /// # Example
    /// ```
    /// use datason_core::Value;
    ///
    /// let value = Value::from_json(br#"{"a/b": [10, {"c": true}]}"#)?;
    /// assert_eq!(value.pointer("/a~1b/0"), Some(&Value::from(10)));
    /// assert_eq!(value.pointer("/a~1b/2"), None);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, token| {
            let token = crate::pointer::unescape(token);
            match value {
                Self::Map(map) => map.get(&token),
                _ => value.as_list()?.get(list_index(&token)?),
            }
        })
    }

    /// The kind's name, as error messages write it: `text`, `integer`, `date-time`, …
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::Map(_) => "map",
            Self::DateTime(_) => "date-time",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::Duration(_) => "duration",
            Self::Decimal(_) => "decimal",
            Self::Uuid(_) => "uuid",
            Self::Complex(_) => "complex number",
            Self::Path(_) => "path",
        }
    }
}

/// An index as RFC 6901 writes it: no sign, no leading zero.
fn list_index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| canonical)
}

/// The double nearest to what `digits` say.
fn nearest_float(digits: &str) -> f64 {
    digits.parse().expect("digits with a point and an exponent are a float's text")
}

#[cfg(test)]
mod tests;
