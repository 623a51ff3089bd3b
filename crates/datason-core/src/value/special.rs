//! What the special types share: their text, and their way through serde.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::deserialize::{Contents, read_map, read_seq};
use super::{Bytes, Complex, Date, DateTime, Decimal, Duration, FilePath, Integer, Map, Set};
use super::{Time, Uuid, Value, protocol};
use crate::error::Result;

/// A short text on the stack: any date, time or identifier.
#[derive(Clone, Copy)]
pub(super) struct ShortText {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl ShortText {
    /// The longest text is that of a span of time: sign, 15 digits, ` days, `, 18 for the time.
    const CAPACITY: usize = 48;

    pub(super) fn of(write: impl FnOnce(&mut Self)) -> Self {
        let mut text = Self { bytes: [0; Self::CAPACITY], length: 0 };
        write(&mut text);
        text
    }

    pub(super) fn push(&mut self, ascii: &[u8]) {
        self.bytes[self.length..self.length + ascii.len()].copy_from_slice(ascii);
        self.length += ascii.len();
    }

    /// `number` with zeros before it up to `width`.
    pub(super) fn digits(&mut self, mut number: u64, width: usize) {
        let significant = number.checked_ilog10().map_or(1, |digits| digits as usize + 1);
        let end = self.length + significant.max(width);
        for byte in self.bytes[self.length..end].iter_mut().rev() {
            *byte = b"0123456789"[(number % 10) as usize];
            number /= 10;
        }
        self.length = end;
    }
}

impl AsRef<str> for ShortText {
    fn as_ref(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("only ASCII is pushed")
    }
}

/// A type whose plain form is a text.
pub(super) trait TextForm {
    type Text<'a>: AsRef<str>
    where
        Self: 'a;

    fn text(&self) -> Self::Text<'_>;
}

impl TextForm for Uuid {
    type Text<'a> = ShortText;

    fn text(&self) -> ShortText {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        ShortText::of(|text| {
            for (index, byte) in self.as_bytes().iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    text.push(b"-");
                }
                text.push(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
        })
    }
}

impl TextForm for Decimal {
    type Text<'a> = &'a str;

    fn text(&self) -> &str {
        self.as_str()
    }
}

impl TextForm for FilePath {
    type Text<'a> = &'a str;

    fn text(&self) -> &str {
        self.as_str()
    }
}

/// Writes the text form.
struct AsText<'a, T>(&'a T);

impl<T: TextForm> Serialize for AsText<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.text().as_ref())
    }
}

/// A type that can be read from a plain or a hinted form.
trait Special: Sized {
    const NAME: &'static str;
    const EXPECTED: &'static str;
    /// Whether the text of a number says more than the number that serde makes of it.
    const NEEDS_DIGITS: bool = false;

    /// From the plain kinds; hints are already restored.
    fn from_value(value: Value) -> Option<Self>;

    /// Puts special values in the place of their hints.
    fn restore(value: Value) -> Value {
        Value::from_hinted(value)
    }

    /// From JSON text, which serde_json hands over when asked.
    fn from_json(text: &str) -> Result<Option<Self>> {
        Ok(Self::from_value(Self::restore(Value::from_json(text.as_bytes())?)))
    }

    /// From a sequence of the input.
    fn from_seq<'de, A: SeqAccess<'de>>(seq: A) -> Result<Self, A::Error> {
        SpecialVisitor::take(Value::List(read_seq(seq)?))
    }

    /// What is inside the newtype struct, for formats that do not describe themselves.
    fn read_inside<'de, D: Deserializer<'de>>(
        deserializer: D,
        visitor: SpecialVisitor<Self>,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_str(visitor)
    }
}

struct SpecialVisitor<T> {
    self_describing: bool,
    special: PhantomData<T>,
}

fn deserialize<'de, T: Special, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let self_describing = deserializer.is_human_readable();
    let visitor = SpecialVisitor { self_describing, special: PhantomData };
    match (T::NEEDS_DIGITS, self_describing) {
        (true, true) => deserializer.deserialize_newtype_struct(super::json_text::TOKEN, visitor),
        (false, true) => deserializer.deserialize_any(visitor),
        (_, false) => deserializer.deserialize_newtype_struct(T::NAME, visitor),
    }
}

impl<T: Special> SpecialVisitor<T> {
    fn take<E: de::Error>(value: Value) -> Result<T, E> {
        let kind = value.kind();
        T::from_value(T::restore(value))
            .ok_or_else(|| E::custom(format_args!("expected {}, found {kind}", T::EXPECTED)))
    }
}

macro_rules! visit_as_value {
    ($($visit:ident($type:ty)),*) => {$(
        fn $visit<E: de::Error>(self, value: $type) -> Result<T, E> {
            Self::take(Value::from(value))
        }
    )*};
}

impl<'de, T: Special> Visitor<'de> for SpecialVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    visit_as_value! {
        visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_i128(i128), visit_u128(u128),
        visit_f64(f64), visit_str(&str), visit_string(String)
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        Self::take(Value::Null)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<T, E> {
        Self::take(Value::Bytes(Bytes::from(bytes)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inside: D) -> Result<T, D::Error> {
        if self.self_describing {
            inside.deserialize_any(self)
        } else {
            T::read_inside(inside, self)
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::from_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        match read_map(map, T::from_json)? {
            Contents::Json(Some(special)) => Ok(special),
            Contents::Json(None) => {
                Err(de::Error::custom(format_args!("expected {}", T::EXPECTED)))
            }
            Contents::Map(map) => Self::take(Value::Map(map)),
        }
    }
}

/// From itself or from its text.
macro_rules! from_own_kind_or_text {
    ($kind:ident) => {
        fn from_value(value: Value) -> Option<Self> {
            match value {
                Value::$kind(special) => Some(special),
                Value::Text(text) => text.parse().ok(),
                _ => None,
            }
        }
    };
}

/// For what has several forms inside, so that only a format that tells them apart will do.
macro_rules! read_inside_by_itself {
    () => {
        fn read_inside<'de, D: Deserializer<'de>>(
            deserializer: D,
            visitor: SpecialVisitor<Self>,
        ) -> Result<Self, D::Error> {
            deserializer.deserialize_any(visitor)
        }
    };
}

impl Special for DateTime {
    const NAME: &'static str = protocol::DATE_TIME;
    const EXPECTED: &'static str = "a date-time such as `2024-01-02T03:04:05Z`";
    from_own_kind_or_text!(DateTime);
}

impl Special for Date {
    const NAME: &'static str = protocol::DATE;
    const EXPECTED: &'static str = "a date such as `2024-01-02`";
    from_own_kind_or_text!(Date);
}

impl Special for Time {
    const NAME: &'static str = protocol::TIME;
    const EXPECTED: &'static str = "a time such as `03:04:05`";
    from_own_kind_or_text!(Time);
}

impl Special for Duration {
    const NAME: &'static str = protocol::DURATION;
    const EXPECTED: &'static str = "a span of time such as `1 day, 0:00:02`";
    from_own_kind_or_text!(Duration);
}

impl Special for Uuid {
    const NAME: &'static str = protocol::UUID;
    const EXPECTED: &'static str = "a UUID";
    from_own_kind_or_text!(Uuid);
}

impl Special for FilePath {
    const NAME: &'static str = protocol::PATH;
    const EXPECTED: &'static str = "a path";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Path(path) => Some(path),
            Value::Text(text) => Some(Self::from(text)),
            _ => None,
        }
    }
}

impl Special for Decimal {
    const NAME: &'static str = protocol::DECIMAL;
    const EXPECTED: &'static str = "a decimal number or its text";
    const NEEDS_DIGITS: bool = true;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Decimal(decimal) => Some(decimal),
            Value::Text(text) => text.parse().ok(),
            Value::Int(integer) => integer.to_string().parse().ok(),
            Value::Float(float) => Self::from_f64(float),
            _ => None,
        }
    }

    /// The digits of a JSON number are those of the decimal.
    fn from_json(text: &str) -> Result<Option<Self>> {
        let text = text.trim_ascii();
        if text.starts_with(|letter: char| letter == '-' || letter.is_ascii_digit()) {
            return text.parse().map(Some);
        }
        Ok(Self::from_value(Self::restore(Value::from_json(text.as_bytes())?)))
    }
}

impl Special for Integer {
    const NAME: &'static str = protocol::INTEGER;
    const EXPECTED: &'static str = "an integer";
    const NEEDS_DIGITS: bool = true;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(integer) => Some(integer),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    read_inside_by_itself!();
}

impl Special for Complex {
    const NAME: &'static str = protocol::COMPLEX;
    const EXPECTED: &'static str = "a complex number such as `[3.0, 4.0]`";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Complex(complex) => Some(complex),
            _ => None,
        }
    }

    fn from_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let parts = (seq.next_element()?, seq.next_element()?, seq.next_element::<f64>()?);
        match parts {
            (Some(re), Some(im), None) => Ok(Self::new(re, im)),
            _ => Err(de::Error::custom(format_args!("expected {}", Self::EXPECTED))),
        }
    }

    fn read_inside<'de, D: Deserializer<'de>>(
        deserializer: D,
        visitor: SpecialVisitor<Self>,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(2, visitor)
    }
}

impl Special for Set {
    const NAME: &'static str = protocol::SET;
    const EXPECTED: &'static str = "a list of members";
    const NEEDS_DIGITS: bool = true;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Set(set) => Some(set),
            Value::List(members) => Some(members.into_iter().collect()),
            _ => None,
        }
    }

    read_inside_by_itself!();
}

impl Special for Map {
    const NAME: &'static str = "Map";
    const EXPECTED: &'static str = "a map";
    const NEEDS_DIGITS: bool = true;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A map is asked for, not what it may stand for.
    fn restore(value: Value) -> Value {
        value
    }

    read_inside_by_itself!();
}

impl Special for Bytes {
    const NAME: &'static str = "Bytes";
    const EXPECTED: &'static str = "bytes or text";

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Text(text) => Some(Self::from(text.into_bytes())),
            Value::List(bytes) => bytes
                .iter()
                .map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()))
                .collect::<Option<Vec<u8>>>()
                .map(Self::from),
            _ => None,
        }
    }

    fn read_inside<'de, D: Deserializer<'de>>(
        deserializer: D,
        visitor: SpecialVisitor<Self>,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(visitor)
    }
}

macro_rules! impl_deserialize {
    ($($type:ty)*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize(deserializer)
            }
        }
    )*};
}
impl_deserialize!(DateTime Date Time Duration Uuid FilePath Decimal Integer Complex Set Map Bytes);

macro_rules! serialize_as_text {
    ($($type:ty)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(<$type>::NAME, &AsText(self))
            }
        }
    )*};
}
serialize_as_text!(DateTime Date Time Duration Uuid FilePath Decimal);

impl Serialize for Complex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(Self::NAME, &(self.re, self.im))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.as_slice())
    }
}
