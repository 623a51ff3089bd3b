//! What special values have inside: a text, or two floats.
//!
//! Two serializers that take just that and refuse the rest.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{Impossible, SerializeTuple, Serializer};

use super::failure::Failure;

/// Hands the text inside `value` to `take`.
pub(super) fn with_text<T: Serialize + ?Sized, R>(
    value: &T,
    take: impl FnOnce(&str) -> Result<R, Failure>,
) -> Result<R, Failure> {
    value.serialize(Text(take))
}

/// The two floats inside `value`.
pub(super) fn floats<T: Serialize + ?Sized>(value: &T) -> Result<[f64; 2], Failure> {
    let mut pair = Pair { floats: [0.0; 2], count: 0 };
    value.serialize(&mut pair)?;
    if pair.count == 2 { Ok(pair.floats) } else { Err(refusal()) }
}

#[cold]
fn refusal() -> Failure {
    Failure::data("a special value that does not hold what its name says")
}

/// The methods that are refused: scalars with their type, and the shapes by name.
macro_rules! refuse {
    (@scalar $($method:ident($type:ty)),* $(,)?) => {$(
        fn $method(self, _: $type) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }
    )*};
    (@common) => {
        refuse!(@scalar
            serialize_bool(bool), serialize_char(char), serialize_bytes(&[u8]),
            serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
            serialize_i128(i128), serialize_u8(u8), serialize_u16(u16), serialize_u32(u32),
            serialize_u64(u64), serialize_u128(u128), serialize_f32(f32),
        );

        fn serialize_none(self) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        fn serialize_unit(self) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        fn serialize_unit_struct(self, _: &'static str) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        fn serialize_unit_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
        ) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        fn serialize_newtype_struct<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, Failure> {
            Err(refusal())
        }

        refuse_shapes!(
            serialize_seq(Option<usize>) -> SerializeSeq,
            serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct,
            serialize_tuple_variant(&'static str, u32, &'static str, usize)
                -> SerializeTupleVariant,
            serialize_map(Option<usize>) -> SerializeMap,
            serialize_struct(&'static str, usize) -> SerializeStruct,
            serialize_struct_variant(&'static str, u32, &'static str, usize)
                -> SerializeStructVariant,
        );

        type SerializeSeq = Impossible<Self::Ok, Failure>;
        type SerializeTupleStruct = Impossible<Self::Ok, Failure>;
        type SerializeTupleVariant = Impossible<Self::Ok, Failure>;
        type SerializeMap = Impossible<Self::Ok, Failure>;
        type SerializeStruct = Impossible<Self::Ok, Failure>;
        type SerializeStructVariant = Impossible<Self::Ok, Failure>;
    };
}

macro_rules! refuse_shapes {
    ($($method:ident($($type:ty),*) -> $shape:ident),* $(,)?) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self::$shape, Failure> {
            Err(refusal())
        }
    )*};
}

/// Takes a text.
struct Text<F>(F);

impl<R, F: FnOnce(&str) -> Result<R, Failure>> Serializer for Text<F> {
    type Ok = R;
    type Error = Failure;
    type SerializeTuple = Impossible<R, Failure>;

    refuse!(@common);
    refuse!(@scalar serialize_f64(f64));
    refuse_shapes!(serialize_tuple(usize) -> SerializeTuple);

    fn serialize_str(self, text: &str) -> Result<R, Failure> {
        (self.0)(text)
    }

    fn collect_str<T: Display + ?Sized>(self, text: &T) -> Result<R, Failure> {
        (self.0)(&text.to_string())
    }
}

/// Takes two floats, as a tuple.
struct Pair {
    floats: [f64; 2],
    count: usize,
}

impl Serializer for &mut Pair {
    type Ok = ();
    type Error = Failure;
    type SerializeTuple = Self;

    refuse!(@common);
    refuse!(@scalar serialize_str(&str));

    fn serialize_f64(self, float: f64) -> Result<(), Failure> {
        *self.floats.get_mut(self.count).ok_or_else(refusal)? = float;
        self.count += 1;
        Ok(())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Failure> {
        Ok(self)
    }
}

impl SerializeTuple for &mut Pair {
    type Ok = ();
    type Error = Failure;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Failure> {
        Ok(())
    }
}
