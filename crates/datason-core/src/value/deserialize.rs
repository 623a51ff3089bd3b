//! Reading values through serde.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::json_text::TOKEN;
use super::{Bytes, Key, Map, Value};
use crate::error::Result;

/// The scalar kinds that a [`Value`] and a [`Key`] have in common.
macro_rules! visit_scalars {
    ($out:ty) => {
        visit_scalars! { $out:
            visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_i128(i128), visit_u128(u128),
            visit_f64(f64), visit_str(&str), visit_string(String)
        }

        fn visit_unit<E: de::Error>(self) -> Result<$out, E> {
            Ok(<$out>::Null)
        }

        fn visit_none<E: de::Error>(self) -> Result<$out, E> {
            Ok(<$out>::Null)
        }

        fn visit_some<D: Deserializer<'de>>(self, inside: D) -> Result<$out, D::Error> {
            inside.deserialize_any(self)
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, inside: D) -> Result<$out, D::Error> {
            inside.deserialize_any(self)
        }
    };
    ($out:ty: $($visit:ident($type:ty)),*) => {$(
        fn $visit<E: de::Error>(self, scalar: $type) -> Result<$out, E> {
            Ok(scalar.into())
        }
    )*};
}

impl<'de> Deserialize<'de> for Value {
    /// serde_json is asked for the text of the value, so that no digit is lost; every other
    /// format ignores the name and says what it has.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TOKEN, ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    visit_scalars!(Value);

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(Bytes::from(bytes)))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(Bytes::from(bytes)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value, A::Error> {
        read_seq(seq).map(Value::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        match read_map(map, |text| Value::from_json(text.as_bytes()))? {
            Contents::Json(value) => Ok(value),
            Contents::Map(map) => Ok(Value::Map(map)),
        }
    }
}

/// Sizes that a format announces are believed up to this many members; hostile input may lie.
const BELIEVED: usize = 1024;

pub(super) fn read_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<Value>, A::Error> {
    let mut members = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(BELIEVED));
    while let Some(member) = seq.next_element()? {
        members.push(member);
    }
    Ok(members)
}

/// What a map from a deserializer turned out to be.
pub(super) enum Contents<T> {
    /// Not a map of the input: serde_json's way to hand over text, already read.
    Json(T),
    Map(Map),
}

/// Reads a map, or with `read_json` the JSON text that stands in the place of one.
pub(super) fn read_map<'de, T, A: MapAccess<'de>>(
    mut access: A,
    read_json: impl FnOnce(&str) -> Result<T>,
) -> Result<Contents<T>, A::Error> {
    let mut map = Map::with_capacity(access.size_hint().unwrap_or(0).min(BELIEVED));
    let mut next_key = access.next_key::<Key>()?;
    if next_key.as_ref().and_then(Key::as_str) == Some(TOKEN) {
        return access.next_value_seed(JsonText(read_json)).map(Contents::Json);
    }
    while let Some(key) = next_key {
        map.insert(key, access.next_value::<Value>()?);
        next_key = access.next_key()?;
    }
    Ok(Contents::Map(map))
}

/// Reads a text where it lies, without a copy.
struct JsonText<F>(F);

impl<'de, T, F: FnOnce(&str) -> Result<T>> DeserializeSeed<'de> for JsonText<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> Result<T>> Visitor<'_> for JsonText<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a JSON value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, number, boolean or null as the key of a map")
    }

    visit_scalars!(Key);

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Key, E> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Key::from(text)),
            Err(_) => Err(E::invalid_value(Unexpected::Bytes(bytes), &self)),
        }
    }
}
