//! A serde deserializer over simd-json's tape that answers exactly as serde_json does.
//!
//! Where it cannot, it refuses, and the exact codec takes over. So it need not word errors.

use std::cell::{Cell, OnceCell};
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use simd_json::{Node, StaticNode};

/// "Ask the exact codec." No size, so that refusing costs nothing.
#[derive(Debug)]
pub(super) struct Refused(());

thread_local! {
    /// How many refusals there have been on this thread.
    static REFUSALS: Cell<u64> = const { Cell::new(0) };
}

/// A refusal that nobody can hide: a user's `Deserialize` may well swallow an error, and go on
/// with a default where the exact codec would have found a value, or another error.
#[cold]
fn refused() -> Refused {
    REFUSALS.set(REFUSALS.get() + 1);
    Refused(())
}

/// How many refusals there have been on this thread: whoever decodes compares it before and
/// behind.
#[inline]
pub(super) fn refusals() -> u64 {
    REFUSALS.get()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("left to the exact codec")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        refused()
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        refused()
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        refused()
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        refused()
    }

    fn missing_field(_: &'static str) -> Self {
        refused()
    }
}

/// Whether a zero on the tape may have been written `-0`, which the tape does not tell and
/// which is a float. The text is searched when the first zero is met, and only then.
pub(super) struct Zeros<F> {
    search: F,
    may_be_negative: OnceCell<bool>,
}

/// [`Zeros`] of any search.
pub(super) trait AmbiguousZero {
    fn may_be_negative(&self) -> bool;
}

impl<F: Fn() -> bool> Zeros<F> {
    pub(super) fn new(search: F) -> Self {
        Self { search, may_be_negative: OnceCell::new() }
    }
}

impl<F: Fn() -> bool> AmbiguousZero for Zeros<F> {
    fn may_be_negative(&self) -> bool {
        *self.may_be_negative.get_or_init(&self.search)
    }
}

/// One value: the first node, and behind it those of what it holds.
#[derive(Clone, Copy)]
pub(super) struct TapeDeserializer<'t, 'de> {
    nodes: &'t [Node<'de>],
    zeros: &'t dyn AmbiguousZero,
}

impl<'t, 'de> TapeDeserializer<'t, 'de> {
    pub(super) fn new(nodes: &'t [Node<'de>], zeros: &'t dyn AmbiguousZero) -> Self {
        Self { nodes, zeros }
    }

    fn split(self) -> Result<(Node<'de>, &'t [Node<'de>]), Refused> {
        let (first, rest) = self.nodes.split_first().ok_or_else(refused)?;
        Ok((*first, rest))
    }
}

/// How many nodes of the tape `node` and what it holds take up.
#[inline]
fn extent(node: Node<'_>) -> usize {
    match node {
        Node::Object { count, .. } | Node::Array { count, .. } => count + 1,
        Node::String(_) | Node::Static(_) => 1,
    }
}

#[inline]
fn visit_static<'de, V: Visitor<'de>>(
    node: StaticNode,
    zeros: &dyn AmbiguousZero,
    visitor: V,
) -> Result<V::Value, Refused> {
    match node {
        StaticNode::U64(0) | StaticNode::I64(0) if zeros.may_be_negative() => Err(refused()),
        StaticNode::Null => visitor.visit_unit(),
        StaticNode::Bool(value) => visitor.visit_bool(value),
        StaticNode::U64(value) => visitor.visit_u64(value),
        // serde_json reads whatever is not negative as unsigned; visitors may tell.
        StaticNode::I64(value) => match u64::try_from(value) {
            Ok(value) => visitor.visit_u64(value),
            Err(_) => visitor.visit_i64(value),
        },
        StaticNode::F64(value) => visitor.visit_f64(value),
    }
}

/// serde_json refuses a value that is not of the kind asked for, even if the visitor would take
/// it; so do these.
macro_rules! hints {
    ($($kind:pat => $($method:ident)*;)*) => {$(hints!(@each $kind => $($method)*);)*};
    (@each $kind:pat => $($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            match self.nodes.first() {
                Some($kind) => self.deserialize_any(visitor),
                _ => Err(refused()),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for TapeDeserializer<'_, 'de> {
    type Error = Refused;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let zeros = self.zeros;
        let (node, rest) = self.split()?;
        match node {
            Node::String(text) => visitor.visit_borrowed_str(text),
            Node::Static(node) => visit_static(node, zeros, visitor),
            Node::Array { len, .. } => {
                visit_whole(Items { rest, len, zeros }, |items| visitor.visit_seq(items))
            }
            Node::Object { len, .. } => {
                let mut pairs = Pairs { rest, len, zeros };
                let value = visitor.visit_map(&mut pairs)?;
                if pairs.len == 0 { Ok(value) } else { Err(refused()) }
            }
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.nodes.first() {
            Some(Node::Static(StaticNode::Null)) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        // Asks for the raw text, which a tape does not have.
        if name == "$serde_json::private::RawValue" {
            return Err(refused());
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.nodes.first() {
            Some(Node::Static(StaticNode::F64(value))) if !rounds_once(*value) => Err(refused()),
            _ => self.deserialize_f64(visitor),
        }
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.nodes.first() {
            // Rounded already, if the text was an integer of more than 64 bits.
            Some(Node::Static(StaticNode::F64(_))) => Err(refused()),
            _ => self.deserialize_i64(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_i128(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self.nodes.first() {
            Some(Node::Object { .. } | Node::Array { .. }) => self.deserialize_any(visitor),
            _ => Err(refused()),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.nodes.first() {
            Some(Node::String(text)) => visitor.visit_borrowed_bytes(text.as_bytes()),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let zeros = self.zeros;
        let (node, rest) = self.split()?;
        match node {
            Node::String(name) => visitor.visit_enum(name.into_deserializer()),
            Node::Object { len: 1, .. } => visitor.visit_enum(Variant { nodes: rest, zeros }),
            _ => Err(refused()),
        }
    }

    hints! {
        Node::Static(StaticNode::Null) => deserialize_unit;
        Node::Static(StaticNode::Bool(_)) => deserialize_bool;
        Node::Static(StaticNode::I64(_) | StaticNode::U64(_) | StaticNode::F64(_)) =>
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
            deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f64;
        Node::String(_) =>
            deserialize_char deserialize_str deserialize_string deserialize_identifier;
        Node::Array { .. } => deserialize_seq;
        Node::Object { .. } => deserialize_map;
    }
}

/// A sequence must be read to its end: serde_json calls what is left "trailing characters".
fn visit_whole<'t, 'de, T>(
    mut items: Items<'t, 'de>,
    visit: impl FnOnce(&mut Items<'t, 'de>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let value = visit(&mut items)?;
    if items.len == 0 { Ok(value) } else { Err(refused()) }
}

/// Whether `value`, rounded from its text to `f64`, can be rounded on to `f32` with the result
/// of rounding the text in one step. It cannot be told for values half-way between two `f32`
/// and for those too small to be normal; one too large is an error to the exact codec.
fn rounds_once(value: f64) -> bool {
    const DROPPED: u64 = (1 << 29) - 1;
    const HALF: u64 = 1 << 28;
    let size = value.abs();
    let normal = size >= f64::from(f32::MIN_POSITIVE) && size <= f64::from(f32::MAX);
    value == 0.0 || normal && value.to_bits() & DROPPED != HALF
}

struct Items<'t, 'de> {
    rest: &'t [Node<'de>],
    len: usize,
    zeros: &'t dyn AmbiguousZero,
}

impl<'t, 'de> Items<'t, 'de> {
    // One value a call, and left to itself the compiler calls it: 8 % of decoding flat records.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "measured, see above")]
    fn take(&mut self) -> Result<TapeDeserializer<'t, 'de>, Refused> {
        let extent = extent(*self.rest.first().ok_or_else(refused)?);
        let (nodes, rest) = self.rest.split_at_checked(extent).ok_or_else(refused)?;
        self.rest = rest;
        Ok(TapeDeserializer { nodes, zeros: self.zeros })
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Refused;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        if self.len == 0 {
            return Ok(None);
        }
        self.len -= 1;
        seed.deserialize(self.take()?).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len)
    }
}

struct Pairs<'t, 'de> {
    rest: &'t [Node<'de>],
    len: usize,
    zeros: &'t dyn AmbiguousZero,
}

impl<'de> MapAccess<'de> for &mut Pairs<'_, 'de> {
    type Error = Refused;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        if self.len == 0 {
            return Ok(None);
        }
        self.len -= 1;
        let Some((Node::String(key), rest)) = self.rest.split_first() else {
            return Err(refused());
        };
        self.rest = rest;
        // A key that is to be a number is refused here, and read by the exact codec.
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let mut items = Items { rest: self.rest, len: 0, zeros: self.zeros };
        let value = items.take()?;
        self.rest = items.rest;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len)
    }
}

/// `{"Name": content}`
struct Variant<'t, 'de> {
    nodes: &'t [Node<'de>],
    zeros: &'t dyn AmbiguousZero,
}

impl<'t, 'de> EnumAccess<'de> for Variant<'t, 'de> {
    type Error = Refused;
    type Variant = TapeDeserializer<'t, 'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Refused> {
        let Some((Node::String(name), nodes)) = self.nodes.split_first() else {
            return Err(refused());
        };
        let name = seed.deserialize(BorrowedStrDeserializer::new(name))?;
        Ok((name, TapeDeserializer { nodes, zeros: self.zeros }))
    }
}

impl<'de> VariantAccess<'de> for TapeDeserializer<'_, 'de> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refused> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_any(visitor)
    }
}
