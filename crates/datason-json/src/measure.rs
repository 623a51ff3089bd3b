//! How long the text of a value would be, without making it.
//!
//! Lists and maps are walked, scalars are written to a small buffer by the serializer itself and
//! counted. So the length is exact under every configuration, and the memory is that of the
//! longest scalar.

use std::fmt::{self, Display};

use datason_core::Config;
use datason_core::value::{HINT_TYPE, HINT_VALUE, protocol};
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::ser::{self, TextStyle};

/// What measuring came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// So many bytes.
    Exactly(usize),
    /// More than were asked for; where the count stopped.
    MoreThan(usize),
    /// The value cannot be serialized; whoever serializes it will learn why.
    Unknown,
}

/// The length of the text of `value`, inside `level` lists or maps that somebody else writes.
/// Stops when it is more than `most`.
pub(crate) fn measure(
    value: &(impl Serialize + ?Sized),
    config: &Config,
    style: TextStyle,
    level: usize,
    most: usize,
) -> Length {
    let mut tape = Tape {
        config,
        style,
        level,
        outermost: level,
        length: 0,
        most,
        dropped: false,
        verbatim: false,
        scratch: Vec::new(),
    };
    match value.serialize(&mut tape) {
        Ok(()) if tape.dropped => Length::Exactly("null".len()),
        Ok(()) => Length::Exactly(tape.length),
        Err(Stop::Full) => Length::MoreThan(tape.length),
        Err(Stop::Failed) => Length::Unknown,
    }
}

/// Why measuring ends early.
#[derive(Debug)]
enum Stop {
    Full,
    Failed,
}

impl serde::ser::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Self::Failed
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("measuring ended early")
    }
}

impl std::error::Error for Stop {}

type Measured = Result<(), Stop>;

/// What is measured with.
struct Tape<'a> {
    config: &'a Config,
    style: TextStyle,
    level: usize,
    outermost: usize,
    length: usize,
    most: usize,
    /// The value just measured would be left out.
    dropped: bool,
    /// Texts go out as they are.
    verbatim: bool,
    scratch: Vec<u8>,
}

impl Tape<'_> {
    fn add(&mut self, bytes: usize) -> Measured {
        self.length += bytes;
        if self.length > self.most { Err(Stop::Full) } else { Ok(()) }
    }

    /// The length of a line end and the blanks before the next line.
    fn line(&self, level: usize) -> usize {
        match self.style {
            TextStyle::Pretty { indent } => 1 + usize::from(indent) * level,
            _ => 0,
        }
    }

    fn open(&mut self) -> Measured {
        if self.level - self.outermost >= self.config.max_depth {
            return Err(Stop::Failed);
        }
        self.level += 1;
        self.add(1)
    }

    fn close(&mut self, empty: bool) -> Measured {
        self.level -= 1;
        let line = if empty { 0 } else { self.line(self.level) };
        self.add(1 + line)
    }

    fn separate(&mut self, first: bool) -> Measured {
        let comma = match self.style {
            _ if first => 0,
            TextStyle::Python => 2,
            _ => 1,
        };
        self.add(comma + self.line(self.level))
    }

    /// A member of a list. Whether it is there at all.
    fn member<T: Serialize + ?Sized>(&mut self, value: &T, first: bool) -> Result<bool, Stop> {
        let before = self.length;
        self.separate(first)?;
        value.serialize(&mut *self)?;
        Ok(self.kept_since(before))
    }

    /// An entry of a map. Whether it is there at all.
    fn entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
        first: bool,
    ) -> Result<bool, Stop> {
        let before = self.length;
        self.separate(first)?;
        self.key(key)?;
        value.serialize(&mut *self)?;
        Ok(self.kept_since(before))
    }

    fn kept_since(&mut self, before: usize) -> bool {
        let dropped = std::mem::take(&mut self.dropped);
        if dropped {
            self.length = before;
        }
        !dropped
    }

    /// A key and what stands behind it, measured on a map of its own.
    fn key<K: Serialize + ?Sized>(&mut self, key: &K) -> Measured {
        let style = match self.style {
            TextStyle::Compact => TextStyle::Compact,
            _ => TextStyle::Python,
        };
        self.scratch.clear();
        let written = ser::append(&Entry(key), self.config, style, &mut self.scratch);
        written.map_err(|_| Stop::Failed)?;
        self.add(self.scratch.len() - "{null}".len())
    }

    /// A value without members, measured in a list of its own, which shows whether it is left
    /// out.
    fn scalar<T: Serialize + ?Sized>(&mut self, value: &T) -> Measured {
        self.scratch.clear();
        let written = ser::append(&[value], self.config, self.style, &mut self.scratch);
        written.map_err(|_| Stop::Failed)?;
        if self.scratch == b"[]" {
            self.dropped = true;
            return Ok(());
        }
        let inside = self.scratch.len() - 2;
        let TextStyle::Pretty { indent } = self.style else { return self.add(inside) };
        let lines = memchr::memchr_iter(b'\n', &self.scratch).count() - 2;
        let around = self.line(1) + self.line(0);
        let deeper = (lines * self.level).saturating_sub(lines) * usize::from(indent);
        self.add(inside - around + deeper)
    }

    fn text(&mut self, text: &str) -> Measured {
        if self.verbatim {
            return self.add(text.len());
        }
        if text.len() <= self.config.max_string_length {
            // Not even looked at if it is too long as it is.
            self.add(text.len())?;
            self.length -= text.len();
            return self.add(ser::escaped_length(text, self.config.ensure_ascii));
        }
        self.scalar(text)
    }

    /// A set or tuple: a list, in a hint where those are asked for.
    fn sequence<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Measured {
        if !self.config.include_type_hints {
            return value.serialize(self);
        }
        self.open()?;
        self.entry(HINT_TYPE, name, true)?;
        self.entry(HINT_VALUE, value, false)?;
        self.close(false)
    }

    fn variant<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Measured {
        self.open()?;
        self.separate(true)?;
        self.key(name)?;
        value.serialize(&mut *self)?;
        if std::mem::take(&mut self.dropped) {
            self.add("null".len())?;
        }
        self.close(false)
    }
}

/// A map of one entry.
struct Entry<'a, K: ?Sized>(&'a K);

impl<K: Serialize + ?Sized> Serialize for Entry<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &())?;
        map.end()
    }
}

/// A special value with its name.
struct Special<'a, T: ?Sized>(&'static str, &'a T);

impl<T: Serialize + ?Sized> Serialize for Special<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.0, self.1)
    }
}

/// Raw bytes.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

macro_rules! measure_scalars {
    ($($method:ident($type:ty)),* $(,)?) => {$(
        fn $method(self, scalar: $type) -> Measured {
            self.scalar(&scalar)
        }
    )*};
}

impl<'t, 'a> Serializer for &'t mut Tape<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Members<'t, 'a>;
    type SerializeTuple = Members<'t, 'a>;
    type SerializeTupleStruct = Members<'t, 'a>;
    type SerializeTupleVariant = Members<'t, 'a>;
    type SerializeMap = Members<'t, 'a>;
    type SerializeStruct = Members<'t, 'a>;
    type SerializeStructVariant = Members<'t, 'a>;

    measure_scalars!(
        serialize_bool(bool),
        serialize_char(char),
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
        serialize_f32(f32),
        serialize_f64(f64),
    );

    fn serialize_str(self, text: &str) -> Measured {
        self.text(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Measured {
        self.scalar(&Raw(bytes))
    }

    fn serialize_none(self) -> Measured {
        self.scalar(&())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Measured {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Measured {
        self.scalar(&())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Measured {
        self.scalar(&())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Measured {
        self.key(variant)?;
        // A key is measured with its colon.
        self.length -= if self.style == TextStyle::Compact { 1 } else { 2 };
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Measured {
        match name {
            protocol::SET => self.sequence("set", value),
            protocol::TUPLE => self.sequence("tuple", value),
            _ if name.starts_with(protocol::PREFIX) => self.scalar(&Special(name, value)),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Measured {
        self.variant(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'t, 'a>, Stop> {
        Members::open(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'t, 'a>, Stop> {
        Members::open(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'t, 'a>, Stop> {
        Members::open(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'t, 'a>, Stop> {
        Members::open_variant(self, variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'t, 'a>, Stop> {
        Members::open(self)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Members<'t, 'a>, Stop> {
        // The names under which serde_json passes what is already text.
        if name.starts_with("$serde_json::private::") {
            self.verbatim = true;
            return Ok(Members { tape: self, first: true, variant: false, verbatim: true });
        }
        Members::open(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'t, 'a>, Stop> {
        Members::open_variant(self, variant)
    }
}

/// A list or map that is being measured.
struct Members<'t, 'a> {
    tape: &'t mut Tape<'a>,
    first: bool,
    /// The map that names the variant is open around it.
    variant: bool,
    /// No map at all, but text that goes out as it is.
    verbatim: bool,
}

impl<'t, 'a> Members<'t, 'a> {
    fn open(tape: &'t mut Tape<'a>) -> Result<Self, Stop> {
        tape.open()?;
        Ok(Self { tape, first: true, variant: false, verbatim: false })
    }

    fn open_variant(tape: &'t mut Tape<'a>, name: &'static str) -> Result<Self, Stop> {
        tape.open()?;
        tape.separate(true)?;
        tape.key(name)?;
        Ok(Self { variant: true, ..Self::open(tape)? })
    }

    fn member<T: Serialize + ?Sized>(&mut self, value: &T) -> Measured {
        let kept = self.tape.member(value, self.first)?;
        self.first &= !kept;
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Measured {
        if self.verbatim {
            return value.serialize(&mut *self.tape);
        }
        let kept = self.tape.entry(name, value, self.first)?;
        self.first &= !kept;
        Ok(())
    }

    fn close(self) -> Measured {
        if self.verbatim {
            self.tape.verbatim = false;
            return Ok(());
        }
        self.tape.close(self.first)?;
        if self.variant { self.tape.close(false) } else { Ok(()) }
    }
}

macro_rules! measure_lists {
    ($($trait:ident::$method:ident),*) => {$(
        impl $trait for Members<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Measured {
                self.member(value)
            }

            fn end(self) -> Measured {
                self.close()
            }
        }
    )*};
}
measure_lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! measure_structs {
    ($($trait:ident),*) => {$(
        impl $trait for Members<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Measured {
                self.field(name, value)
            }

            fn end(self) -> Measured {
                self.close()
            }
        }
    )*};
}
measure_structs!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Members<'_, '_> {
    type Ok = ();
    type Error = Stop;

    /// Only for maps that give keys and values apart: whether the value will be left out is not
    /// known here, so such an entry is counted in any case.
    fn serialize_key<K: Serialize + ?Sized>(&mut self, key: &K) -> Measured {
        self.tape.separate(self.first)?;
        self.tape.key(key)?;
        self.first = false;
        Ok(())
    }

    fn serialize_value<V: Serialize + ?Sized>(&mut self, value: &V) -> Measured {
        value.serialize(&mut *self.tape)?;
        self.tape.dropped = false;
        Ok(())
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Measured {
        let kept = self.tape.entry(key, value, self.first)?;
        self.first &= !kept;
        Ok(())
    }

    fn end(self) -> Measured {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use datason_core::Value;
    use datason_core::config::{NanHandling, Preset};
    use datason_core::value::{Complex, DateTime, Decimal, Map};
    use proptest::prelude::*;

    use super::*;

    const STYLES: [TextStyle; 3] = [TextStyle::Compact, TextStyle::Python, TextStyle::PRETTY];

    fn check(value: &(impl Serialize + ?Sized), config: &Config) {
        for style in STYLES {
            let text = ser::to_string(value, config, style).expect("a value that has a text");
            let length = measure(value, config, style, 0, usize::MAX);
            assert_eq!(length, Length::Exactly(text.len()), "{text}");
            let less = measure(value, config, style, 0, text.len() - 1);
            assert!(matches!(less, Length::MoreThan(_)), "{text}");
        }
    }

    fn configs() -> impl Iterator<Item = Config> {
        let presets = Preset::ALL.into_iter().map(Preset::config);
        presets.chain([Config::DEFAULT.nan_handling(NanHandling::Drop)])
    }

    #[test]
    fn special_values_have_the_length_of_their_text() {
        let moment: DateTime = "2024-01-02T03:04:05.678+01:00".parse().unwrap();
        let price: Decimal = "123.450".parse().unwrap();
        let mut map = Map::new();
        map.insert("at \u{e9}\n", moment);
        map.insert(7, price);
        map.insert("pair", Value::Tuple(vec![1.into(), Complex::new(1.0, -2.5).into()]));
        map.insert("nan", vec![f64::NAN, 1.0, f64::INFINITY]);
        map.insert("only", f64::NAN);
        map.insert("bytes", vec![0xff_u8, 0]);
        map.insert("none", Value::List(Vec::new()));
        for config in configs() {
            check(&Value::from(vec![map.clone(), Map::new()]), &config);
        }
    }

    #[test]
    fn every_shape_of_serde_has_the_length_of_its_text() {
        #[derive(Serialize)]
        struct Unit;
        #[derive(Serialize)]
        struct New(f64);
        #[derive(Serialize)]
        enum Shape {
            Point,
            Circle(f64),
            Line(i8, i8),
            Box { wide: u8, high: Option<&'static str> },
        }
        let raw = serde_json::value::RawValue::from_string("{\"a\":  1}".to_owned()).unwrap();
        let shapes = [Shape::Point, Shape::Circle(f64::NAN), Shape::Line(1, -1)];
        let boxes = [Shape::Box { wide: 3, high: Some("x\u{1}") }];
        for config in configs() {
            check(&(Unit, New(1.5), &shapes, &boxes, 'c', true, u128::MAX), &config);
            check(&[&raw], &config);
        }
    }

    #[test]
    fn a_value_that_cannot_be_written_has_no_length() {
        let config = Config::DEFAULT.max_depth(1);
        assert_eq!(measure(&[[1]], &config, TextStyle::Compact, 0, 100), Length::Unknown);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_json_has_the_length_of_its_text(text in r#"(\[|\]|\{"\\n\u{e9}":|\}|"[a\\"]"|,|1\.5|1|null){0,20}"#) {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
                check(&value, &Config::DEFAULT);
                check(&value, &Config::api());
            }
        }

        #[test]
        fn any_map_has_the_length_of_its_text(
            value in proptest::collection::btree_map(".{0,4}", any::<(f64, Option<char>)>(), 0..4),
        ) {
            for config in configs() {
                check(&value, &config);
            }
        }
    }
}
