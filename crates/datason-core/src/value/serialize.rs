//! Writing values through serde.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Integer, Key, Map, Set, Value, protocol};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Int(integer) => integer.serialize(serializer),
            Self::Float(float) => serializer.serialize_f64(*float),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::List(members) => members.serialize(serializer),
            Self::Tuple(members) => {
                serializer.serialize_newtype_struct(protocol::TUPLE, members.as_slice())
            }
            Self::Set(set) => set.serialize(serializer),
            Self::Map(map) => map.serialize(serializer),
            Self::DateTime(moment) => moment.serialize(serializer),
            Self::Date(date) => date.serialize(serializer),
            Self::Time(time) => time.serialize(serializer),
            Self::Duration(span) => span.serialize(serializer),
            Self::Decimal(decimal) => decimal.serialize(serializer),
            Self::Uuid(id) => id.serialize(serializer),
            Self::Complex(complex) => complex.serialize(serializer),
            Self::Path(path) => path.serialize(serializer),
        }
    }
}

/// As the smallest of serde's integers that holds it; beyond 128 bits by the protocol.
impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(number) = self.as_i64() {
            serializer.serialize_i64(number)
        } else if let Some(number) = self.as_u64() {
            serializer.serialize_u64(number)
        } else if let Some(number) = self.as_i128() {
            serializer.serialize_i128(number)
        } else if let Some(number) = self.as_u128() {
            serializer.serialize_u128(number)
        } else {
            let digits = self.large_digits().unwrap_or_default();
            serializer.serialize_newtype_struct(protocol::INTEGER, digits)
        }
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Int(integer) => integer.serialize(serializer),
            Self::Float(float) => serializer.serialize_f64(*float),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Null => serializer.serialize_unit(),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Set {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(protocol::SET, self.members())
    }
}
