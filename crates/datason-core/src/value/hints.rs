//! Type hints: how a special value is written so that it can be restored, and the restoring.

use super::{Bytes, Complex, Decimal, FilePath, Map, Value};

/// The key that names the type of a hinted value.
pub const HINT_TYPE: &str = "__datason_type__";
/// The key of what a hint is about.
pub const HINT_VALUE: &str = "__datason_value__";
/// The key that names the type of a value that is spelled out, such as a decimal.
pub const PLAIN_TYPE: &str = "_type";

impl Value {
    /// The same value with special values in the place of the maps that stand for them.
    ///
    /// Restores what [`include_type_hints`](crate::Config::include_type_hints) writes
    /// (`{"__datason_type__": …, "__datason_value__": …}` for date-times, UUIDs, sets and
    /// tuples) and what is spelled out with `_type` (decimals, complex numbers, and of the
    /// strict configuration UUIDs, bytes and paths). A map with any other key, or with contents
    /// that do not fit, stays as it is; so do hints of arrays and tables, whose kind a `Value`
    /// does not have.
    ///
    /// Dates, times and spans are written as plain text, which stays text.
    ///
    /// # Example
    /// ```
    /// use datason_core::Value;
    /// use datason_core::value::DateTime;
    ///
    /// let text = br#"{"__datason_type__": "datetime", "__datason_value__": "2024-01-02T03:04:05"}"#;
    /// let restored = Value::from_hinted(Value::from_json(text)?);
    /// assert_eq!(restored, Value::from("2024-01-02T03:04:05".parse::<DateTime>()?));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    #[must_use]
    pub fn from_hinted(value: Value) -> Value {
        match value {
            Self::List(members) => Self::List(restore_all(members)),
            Self::Tuple(members) => Self::Tuple(restore_all(members)),
            Self::Set(set) => {
                Self::Set(set.into_vec().into_iter().map(Self::from_hinted).collect())
            }
            Self::Map(map) => restore_map(map),
            other => other,
        }
    }
}

/// In place: a list of a million numbers is not copied.
fn restore_all(mut members: Vec<Value>) -> Vec<Value> {
    for member in &mut members {
        *member = Value::from_hinted(std::mem::take(member));
    }
    members
}

fn restore_map(mut map: Map) -> Value {
    for (_, value) in &mut map {
        *value = Value::from_hinted(std::mem::take(value));
    }
    restore_hint(&mut map).or_else(|| restore_plain(&map)).unwrap_or(Value::Map(map))
}

/// Takes the hinted value out of `map` only if it fits.
fn restore_hint(map: &mut Map) -> Option<Value> {
    let name = match map.get(HINT_TYPE)? {
        Value::Text(name) if map.len() == 2 => name.clone(),
        _ => return None,
    };
    match (name.as_str(), map.get_mut(HINT_VALUE)?) {
        ("datetime", Value::Text(text)) => text.parse().ok().map(Value::DateTime),
        ("uuid.UUID", Value::Text(text)) => text.parse().ok().map(Value::Uuid),
        ("tuple", Value::List(members)) => Some(Value::Tuple(std::mem::take(members))),
        ("set", Value::List(members)) => {
            Some(Value::Set(std::mem::take(members).into_iter().collect()))
        }
        _ => None,
    }
}

/// A map that is spelled out must have exactly the keys that its type has.
fn restore_plain(map: &Map) -> Option<Value> {
    let has = |keys: &[&str]| {
        map.len() == keys.len() + 1 && keys.iter().all(|key| map.get(key).is_some())
    };
    let text = |key: &str| map.get(key)?.as_str();
    match map.get(PLAIN_TYPE)?.as_str()? {
        "decimal" if has(&["value", "precision", "scale"]) => {
            text("value")?.parse::<Decimal>().ok().map(Value::Decimal)
        }
        "complex" if has(&["real", "imag"]) => {
            let (re, im) = (map.get("real")?.as_f64()?, map.get("imag")?.as_f64()?);
            Some(Value::Complex(Complex::new(re, im)))
        }
        "uuid" if has(&["hex", "version", "variant"]) => text("hex")?.parse().ok().map(Value::Uuid),
        "bytes" if has(&["data", "length"]) => Bytes::from_hex(text("data")?).map(Value::Bytes),
        "path" if has(&["path", "is_absolute", "exists", "suffix", "stem"]) => {
            Some(Value::Path(FilePath::from(text("path")?)))
        }
        _ => None,
    }
}
