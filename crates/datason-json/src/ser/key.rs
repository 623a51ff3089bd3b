//! The keys of maps: whatever has a text of its own.

use std::borrow::Cow;
use std::fmt::Display;

use datason_core::config::TypeCoercion;
use datason_core::value::{Bytes, protocol};
use serde::Serialize;
use serde::ser::Impossible;

use super::Serializer;
use super::failure::Failure;
use super::inside::with_text;
use super::number::{append_float, nonfinite_word};
use super::special::Form;
use super::text::within_limit;

/// Which kinds of key a map has. Within one kind, different keys have different texts; between
/// kinds they may not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyKinds(u8);

impl KeyKinds {
    const TEXT: u8 = 1;
    const INTEGER: u8 = 2;
    const FLOAT: u8 = 4;
    const BOOL: u8 = 8;
    const NULL: u8 = 16;

    /// Not even keys of the same kind are sure to differ.
    const DOUBTFUL: u8 = 32 | 64;

    fn doubt(&mut self) {
        self.0 |= Self::DOUBTFUL;
    }

    #[inline]
    pub(super) fn may_collide(self) -> bool {
        self.0 & self.0.wrapping_sub(1) != 0
    }
}

/// Writes one key, with what stands around it.
pub(super) struct KeySerializer<'k, 'a> {
    pub(super) serializer: &'k mut Serializer<'a>,
    pub(super) kinds: &'k mut KeyKinds,
    /// Where the map's entries begin.
    pub(super) start: usize,
    /// Whether the sorter is to know the key.
    pub(super) tracked: bool,
}

impl KeySerializer<'_, '_> {
    #[inline]
    fn key(self, text: &str, kind: u8) -> Result<(), Failure> {
        self.kinds.0 |= kind;
        if self.serializer.is_long(text) {
            return self.long_key(text);
        }
        self.serializer.check_room(text)?;
        self.write(text);
        Ok(())
    }

    #[inline]
    fn write(self, text: &str) {
        if self.tracked {
            self.serializer.tracked_key(self.start, text);
        } else {
            self.serializer.plain_key(self.start, text);
        }
    }

    /// Keys that were cut may have become the same.
    #[cold]
    fn long_key(self, text: &str) -> Result<(), Failure> {
        let text = within_limit(text, self.serializer.config)?;
        if matches!(text, Cow::Owned(_)) {
            self.kinds.doubt();
        }
        self.serializer.check_room(&text)?;
        self.write(&text);
        Ok(())
    }

    #[inline]
    fn integer(self, integer: impl itoa::Integer) {
        self.kinds.0 |= KeyKinds::INTEGER;
        self.write(itoa::Buffer::new().format(integer));
    }

    fn float(self, float: f64) {
        self.kinds.0 |= KeyKinds::FLOAT;
        if float.is_nan() {
            self.kinds.doubt();
        }
        self.write(&float_text(float));
    }

    /// A special value whose text is `form`.
    fn form(self, form: &Form<'_>) {
        self.kinds.doubt();
        match form {
            Form::Text(text) => self.write(text),
            Form::Float(float) => self.write(&float_text(*float)),
            Form::Integer(integer) => self.write(itoa::Buffer::new().format(*integer)),
        }
    }

    /// What the strict configuration writes as an object cannot be a key there.
    fn refuse_if_strict(&self, what: &str) -> Result<(), Failure> {
        match self.serializer.config.type_coercion {
            TypeCoercion::Strict => Err(Failure::data(format!(
                "{what} as the key of a map, which the strict configuration cannot write"
            ))),
            _ => Ok(()),
        }
    }

    fn special<T: Serialize + ?Sized>(self, name: &str, value: &T) -> Result<(), Failure> {
        match name {
            protocol::DATE_TIME => with_text(value, |text| {
                let config = self.serializer.config;
                self.form(&Form::of_date_time(text, config)?);
                Ok(())
            }),
            protocol::DATE | protocol::TIME | protocol::DURATION | protocol::INTEGER => {
                with_text(value, |text| {
                    self.form(&Form::Text(text.into()));
                    Ok(())
                })
            }
            protocol::DECIMAL | protocol::UUID | protocol::PATH => {
                self.refuse_if_strict("a special value")?;
                with_text(value, |text| {
                    self.kinds.doubt();
                    self.key(text, 0)
                })
            }
            _ => value.serialize(self),
        }
    }
}

fn float_text(float: f64) -> Cow<'static, str> {
    if !float.is_finite() {
        return nonfinite_word(float).into();
    }
    let mut text = Vec::new();
    append_float(float, &mut text);
    String::from_utf8_lossy(&text).into_owned().into()
}

#[cold]
fn no_key(what: &str) -> Failure {
    Failure::data(format!("{what} cannot be the key of a map"))
}

macro_rules! integer_keys {
    ($($method:ident($type:ty))*) => {$(
        #[inline]
        fn $method(self, integer: $type) -> Result<(), Failure> {
            self.integer(integer);
            Ok(())
        }
    )*};
}

macro_rules! refused_keys {
    ($($method:ident($($type:ty),*) -> $shape:ident: $what:literal;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self::$shape, Failure> {
            Err(no_key($what))
        }
    )*};
}

impl serde::Serializer for KeySerializer<'_, '_> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Impossible<(), Failure>;
    type SerializeTuple = Impossible<(), Failure>;
    type SerializeTupleStruct = Impossible<(), Failure>;
    type SerializeTupleVariant = Impossible<(), Failure>;
    type SerializeMap = Impossible<(), Failure>;
    type SerializeStruct = Impossible<(), Failure>;
    type SerializeStructVariant = Impossible<(), Failure>;

    integer_keys! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
        serialize_u64(u64) serialize_u128(u128)
    }

    refused_keys! {
        serialize_seq(Option<usize>) -> SerializeSeq: "a list";
        serialize_tuple(usize) -> SerializeTuple: "a tuple";
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct: "a tuple";
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
            -> SerializeTupleVariant: "a variant with content";
        serialize_map(Option<usize>) -> SerializeMap: "a map";
        serialize_struct(&'static str, usize) -> SerializeStruct: "a struct";
        serialize_struct_variant(&'static str, u32, &'static str, usize)
            -> SerializeStructVariant: "a variant with content";
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Failure> {
        self.key(text, KeyKinds::TEXT)
    }

    fn serialize_char(self, letter: char) -> Result<(), Failure> {
        self.key(letter.encode_utf8(&mut [0; 4]), KeyKinds::TEXT)
    }

    fn serialize_bool(self, truth: bool) -> Result<(), Failure> {
        self.kinds.0 |= KeyKinds::BOOL;
        self.write(if truth { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, float: f32) -> Result<(), Failure> {
        self.float(f64::from(float));
        Ok(())
    }

    fn serialize_f64(self, float: f64) -> Result<(), Failure> {
        self.float(float);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        self.refuse_if_strict("bytes")?;
        self.kinds.doubt();
        self.key(&Bytes::from(bytes).to_text(), 0)
    }

    fn serialize_unit(self) -> Result<(), Failure> {
        self.kinds.0 |= KeyKinds::NULL;
        self.write("null");
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Failure> {
        self.serialize_unit()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Failure> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Failure> {
        self.kinds.0 |= KeyKinds::TEXT;
        self.write(variant);
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        if name.starts_with('$') { self.special(name, value) } else { value.serialize(self) }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Failure> {
        Err(no_key("a variant with content"))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Failure> {
        self.key(&value.to_string(), KeyKinds::TEXT)
    }
}
