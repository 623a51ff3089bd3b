//! Conversions from Rust's own types.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{
    Bytes, Complex, Date, DateTime, Decimal, Duration, FilePath, Integer, Key, Map, Set, Time,
    Uuid, Value,
};

macro_rules! scalar_from {
    ($($kind:ident: $($type:ty)*;)*) => {$($(
        impl From<$type> for Value {
            fn from(scalar: $type) -> Self {
                Self::$kind(scalar.into())
            }
        }

        impl From<$type> for Key {
            fn from(scalar: $type) -> Self {
                Self::$kind(scalar.into())
            }
        }
    )*)*};
}
// Narrow floats are widened, as everywhere.
scalar_from! {
    Bool: bool;
    Int: i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize Integer;
    Float: f32 f64;
    Text: &str String Cow<'_, str> Box<str> char;
}

macro_rules! special_from {
    ($($kind:ident: $type:ty;)*) => {$(
        impl From<$type> for Value {
            fn from(special: $type) -> Self {
                Self::$kind(special)
            }
        }
    )*};
}
special_from! {
    Bytes: Bytes;
    List: Vec<Value>;
    Set: Set;
    Map: Map;
    DateTime: DateTime;
    Date: Date;
    Time: Time;
    Duration: Duration;
    Decimal: Decimal;
    Uuid: Uuid;
    Complex: Complex;
    Path: FilePath;
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl From<()> for Key {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Lists of what is not itself a [`Value`]; that one is moved as a whole.
macro_rules! list_from {
    ($($type:ty)*) => {$(
        impl From<Vec<$type>> for Value {
            fn from(members: Vec<$type>) -> Self {
                members.into_iter().collect()
            }
        }
    )*};
}
list_from! {
    bool i8 i16 i32 i64 i128 isize u16 u32 u64 u128 usize Integer f32 f64 &str String
    Map DateTime Date Time Duration Decimal Uuid Complex FilePath
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(members: [T; N]) -> Self {
        members.into_iter().collect()
    }
}

/// A vector of `u8` is bytes.
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<K: Into<Key>, V: Into<Value>> From<BTreeMap<K, V>> for Value {
    fn from(map: BTreeMap<K, V>) -> Self {
        Self::Map(map.into_iter().collect())
    }
}

impl<K: Into<Key>, V: Into<Value>, S> From<IndexMap<K, V, S>> for Value {
    fn from(map: IndexMap<K, V, S>) -> Self {
        Self::Map(map.into_iter().collect())
    }
}

impl<T: Into<Value>> From<BTreeSet<T>> for Value {
    fn from(set: BTreeSet<T>) -> Self {
        Self::Set(set.into_iter().map(Into::into).collect())
    }
}

/// Collects a list.
impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        Self::List(members.into_iter().map(Into::into).collect())
    }
}
