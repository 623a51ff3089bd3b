//! A serializer that weighs what it is given.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::kind::Kind;
use super::text;

/// What a part of a value takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    /// Bytes where it lies; a guess, unless whoever holds it knows.
    inline: u64,
    /// Bytes on the heap.
    heap: u64,
    /// Bytes of JSON.
    pub(super) text: u64,
    /// Members of a list, entries of a map.
    pub(super) members: Option<u64>,
    /// Of the heap, what all members or entries take where they lie, and the room around them.
    room: u64,
    /// Some bit pattern is no value, so that an `Option` needs no room of its own.
    niche: bool,
}

const WORD: u64 = size_of::<usize>() as u64;
const STRING: u64 = size_of::<String>() as u64;

impl Weight {
    fn scalar(inline: usize, text: u64) -> Self {
        Self { inline: inline as u64, text, ..Self::default() }
    }

    fn string(bytes: usize, text: u64) -> Self {
        Self { inline: STRING, heap: bytes as u64, text, niche: true, ..Self::default() }
    }

    /// The whole, where it takes `inline` bytes itself.
    pub(super) fn placed(self, inline: usize) -> u64 {
        self.at(inline as u64).total()
    }

    fn total(self) -> u64 {
        self.inline + self.heap
    }

    /// The same in a place of `inline` bytes. What should take more, but has only a pointer's
    /// room, is behind that pointer.
    fn at(mut self, inline: u64) -> Self {
        if inline == WORD && self.inline > WORD {
            self.heap += self.inline;
        }
        self.inline = inline;
        self
    }

    /// The same as what takes `inline` bytes, whatever is in it.
    pub(super) fn inside(self, inline: u64) -> Self {
        Self { inline, ..self }
    }

    /// What is inside a list or map, where each member takes `known` bytes.
    pub(super) fn contents(self, known: Option<usize>) -> u64 {
        let Some(members) = self.members else {
            return self.at(known.map_or(self.inline, |bytes| bytes as u64)).total();
        };
        let room = known.map_or(self.room, |bytes| members * bytes as u64);
        self.heap - self.room + room
    }
}

/// Weighs `value` by what is known of its type.
pub(super) fn weigh<T: Serialize + ?Sized>(value: &T) -> Weighed {
    let kind = Kind::of::<T>();
    value.serialize(Walker { kind }).map(|weight| kind.place(weight))
}

/// Why a value cannot be weighed: its own words.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

impl serde::ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

pub(super) type Weighed = Result<Weight, Refused>;

/// Weighs one value of some kind.
pub(super) struct Walker {
    kind: Kind,
}

macro_rules! weigh_integers {
    ($($method:ident($type:ty)),* $(,)?) => {$(
        fn $method(self, number: $type) -> Weighed {
            Ok(Weight::scalar(size_of::<$type>(), text::integer(number)))
        }
    )*};
}

impl Serializer for Walker {
    type Ok = Weight;
    type Error = Refused;
    type SerializeSeq = List;
    type SerializeTuple = Fields;
    type SerializeTupleStruct = Fields;
    type SerializeTupleVariant = Fields;
    type SerializeMap = Entries;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    weigh_integers!(
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
    );

    fn serialize_bool(self, truth: bool) -> Weighed {
        Ok(Weight { niche: true, ..Weight::scalar(1, if truth { 4 } else { 5 }) })
    }

    fn serialize_f32(self, float: f32) -> Weighed {
        Ok(Weight::scalar(4, text::float(float.into())))
    }

    fn serialize_f64(self, float: f64) -> Weighed {
        Ok(Weight::scalar(8, text::float(float)))
    }

    fn serialize_char(self, letter: char) -> Weighed {
        let text = text::string(letter.encode_utf8(&mut [0; 4]));
        Ok(Weight { niche: true, ..Weight::scalar(4, text) })
    }

    fn serialize_str(self, string: &str) -> Weighed {
        Ok(Weight::string(string.len(), text::string(string)))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Weighed {
        Ok(Weight::string(bytes.len(), text::bytes(bytes)))
    }

    fn serialize_none(self) -> Weighed {
        Ok(Weight::scalar(0, 4))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Weighed {
        let weight = weigh(value)?.at(size_of_val(value) as u64);
        let tag = if weight.niche { 0 } else { align_of_val(value) as u64 };
        Ok(Weight { inline: weight.inline + tag, ..weight })
    }

    fn serialize_unit(self) -> Weighed {
        Ok(Weight::scalar(0, 4))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Weighed {
        Ok(Weight::scalar(0, 4))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Weighed {
        Ok(Weight { niche: true, ..Weight::scalar(1, text::string(name)) })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Weighed {
        /// Special values that are texts only on their way out.
        const SMALL: [&str; 5] = ["DateTime", "Date", "Time", "Duration", "Uuid"];
        let weight = weigh(value)?;
        match name.strip_prefix(datason_core::value::protocol::PREFIX) {
            Some(name) if SMALL.contains(&name) => Ok(Weight::scalar(16, weight.text)),
            Some(_) => Ok(weight),
            None => Ok(weight.at(size_of_val(value) as u64)),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Weighed {
        let mut fields = Fields::variant(name, "");
        fields.field(value, 0)?;
        Ok(fields.weight())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Refused> {
        Ok(List { kind: self.kind, ..List::default() })
    }

    fn serialize_tuple(self, _: usize) -> Result<Fields, Refused> {
        Ok(Fields::new("[]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Fields, Refused> {
        Ok(Fields::new("[]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Fields, Refused> {
        Ok(Fields::variant(name, "[]"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Refused> {
        Ok(Entries { kind: self.kind, ..Entries::default() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Refused> {
        Ok(Fields::new("{}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Fields, Refused> {
        Ok(Fields::variant(name, "{}"))
    }
}

/// A list. Its members are handed over by reference, so what each takes is guessed; but all are
/// of one type, so the largest guess is the best.
#[derive(Default)]
pub(super) struct List {
    kind: Kind,
    members: u64,
    largest: u64,
    heap: u64,
    text: u64,
}

impl SerializeSeq for List {
    type Ok = Weight;
    type Error = Refused;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let weight = weigh(value)?;
        self.members += 1;
        self.largest = self.largest.max(weight.inline);
        self.heap += weight.heap;
        self.text += weight.text;
        Ok(())
    }

    fn end(self) -> Weighed {
        let room = self.kind.list(self.members, self.largest);
        Ok(Weight {
            inline: STRING,
            heap: room + self.heap,
            text: 2 + self.text + self.members.saturating_sub(1),
            members: Some(self.members),
            room,
            niche: true,
        })
    }
}

/// A map.
#[derive(Default)]
pub(super) struct Entries {
    kind: Kind,
    count: u64,
    largest_key: u64,
    largest_value: u64,
    heap: u64,
    text: u64,
}

impl SerializeMap for Entries {
    type Ok = Weight;
    type Error = Refused;

    fn serialize_key<K: Serialize + ?Sized>(&mut self, key: &K) -> Result<(), Refused> {
        let weight = weigh(key)?;
        self.count += 1;
        self.largest_key = self.largest_key.max(weight.inline);
        self.heap += weight.heap;
        // Keys that are no texts get quotes.
        self.text += weight.text + if weight.inline == STRING { 0 } else { 2 };
        Ok(())
    }

    fn serialize_value<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), Refused> {
        let weight = weigh(value)?;
        self.largest_value = self.largest_value.max(weight.inline);
        self.heap += weight.heap;
        self.text += weight.text;
        Ok(())
    }

    fn end(self) -> Weighed {
        let entry = (self.largest_key + self.largest_value).next_multiple_of(WORD);
        let room = self.kind.map(self.count, entry);
        Ok(Weight {
            inline: self.kind.map_itself(),
            heap: room + self.heap,
            text: 2 + self.text + self.count + self.count.saturating_sub(1),
            members: Some(self.count),
            room,
            niche: true,
        })
    }
}

/// A struct or tuple. Its members are handed over as what they are, so what each takes is known.
pub(super) struct Fields {
    count: u64,
    inline: u64,
    align: u64,
    heap: u64,
    text: u64,
    niche: bool,
    /// It says which variant it is, in a niche or in room of its own.
    tagged: bool,
}

impl Fields {
    fn new(brackets: &str) -> Self {
        let text = brackets.len() as u64;
        Self { count: 0, inline: 0, align: 1, heap: 0, text, niche: false, tagged: false }
    }

    /// A variant of an enum: its name is a key of the text.
    fn variant(name: &str, brackets: &str) -> Self {
        let text = "{:}".len() as u64 + text::string(name) + brackets.len() as u64;
        Self { text, tagged: true, ..Self::new("") }
    }

    fn field<T: Serialize + ?Sized>(&mut self, value: &T, name: u64) -> Result<(), Refused> {
        let weight = weigh(value)?.at(size_of_val(value) as u64);
        self.text += weight.text + name + u64::from(self.count > 0);
        self.count += 1;
        self.inline += weight.inline;
        self.align = self.align.max(align_of_val(value) as u64);
        self.heap += weight.heap;
        self.niche |= weight.niche;
        Ok(())
    }

    /// Fields are laid out so that only the end is padded.
    fn weight(self) -> Weight {
        let tag = if self.tagged && !self.niche { self.align } else { 0 };
        Weight {
            inline: (self.inline + tag).next_multiple_of(self.align),
            heap: self.heap,
            text: self.text,
            niche: self.niche || self.tagged,
            ..Weight::default()
        }
    }
}

macro_rules! weigh_tuples {
    ($($trait:ident::$method:ident),*) => {$(
        impl $trait for Fields {
            type Ok = Weight;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.field(value, 0)
            }

            fn end(self) -> Weighed {
                Ok(self.weight())
            }
        }
    )*};
}
weigh_tuples!(
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! weigh_structs {
    ($($trait:ident),*) => {$(
        impl $trait for Fields {
            type Ok = Weight;
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.field(value, text::string(name) + 1)
            }

            fn end(self) -> Weighed {
                Ok(self.weight())
            }
        }
    )*};
}
weigh_structs!(SerializeStruct, SerializeStructVariant);
