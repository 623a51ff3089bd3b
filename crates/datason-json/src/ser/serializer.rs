//! The serializer: scalars, and how lists and maps begin.

use std::fmt::{self, Display, Write as _};

use datason_core::Config;
use datason_core::config::NanHandling;
use serde::Serialize;

use super::TextStyle;
use super::failure::Failure;
use super::integer::{append_signed, append_unsigned, append_wide};
use super::members::{Entries, Items, Variant};
use super::number::{append_float, nonfinite_text, nonfinite_word};
use super::short::{ROOM, append, cut, put, room};
use super::sort::Sorter;
use super::text::{append_escaped, append_string, escaped_length, is_clean, within_limit};

/// A [`serde::Serializer`] that appends JSON text to a buffer, as a [`Config`] says.
///
/// Use [`append`](super::append) unless you call serde's methods yourself: it takes back what a
/// failed value has written, which this type does not.
///
/// # Example
/// ```
/// use datason_core::Config;
/// use datason_json::ser::{Serializer, TextStyle};
/// use serde::Serializer as _;
///
/// let (config, mut out) = (Config::DEFAULT, Vec::new());
/// let mut serializer = Serializer::new(&config, TextStyle::Compact, &mut out);
/// serializer.collect_seq([0.5, 1e16])?;
/// assert_eq!(out, b"[0.5,1e+16]");
/// # Ok::<(), datason_json::ser::Failure>(())
/// ```
#[derive(Debug)]
pub struct Serializer<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) config: &'a Config,
    /// Made when the keys of a map are to be sorted or checked.
    sorter: Option<Box<Sorter>>,
    /// Lists and maps that are open, with those around the value.
    depth: usize,
    outermost: usize,
    pub(super) style: TextStyle,
    /// The value just written is to be left out; nothing was written for it.
    dropped: bool,
    /// How long the output may be, about: it is asked before what can be long is written.
    most: usize,
}

impl<'a> Serializer<'a> {
    /// A serializer that appends to `out`.
    pub fn new(config: &'a Config, style: TextStyle, out: &'a mut Vec<u8>) -> Self {
        Self::within(config, style, 0, None, out)
    }

    #[inline]
    pub(super) fn within(
        config: &'a Config,
        style: TextStyle,
        level: usize,
        sorter: Option<Box<Sorter>>,
        out: &'a mut Vec<u8>,
    ) -> Self {
        Self {
            out,
            config,
            sorter,
            depth: level,
            outermost: level,
            style,
            dropped: false,
            most: usize::MAX,
        }
    }

    /// Fails where the output would become longer than `most`.
    #[inline]
    pub(super) fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Whether the output is longer than it may be.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.out.len() > self.most
    }

    /// Fails if the output has no room for `text`, escaped and in quotes.
    #[inline]
    pub(super) fn check_room(&self, text: &str) -> Result<(), Failure> {
        /// What the longest escape makes of a byte.
        const ESCAPED: usize = 6;
        let left = self.most.saturating_sub(self.out.len());
        if text.len() < left / ESCAPED { Ok(()) } else { self.check_length(text, left) }
    }

    /// Fails if the output has no room for `bytes` bytes.
    pub(super) fn check_bytes(&self, bytes: usize) -> Result<(), Failure> {
        let fits = bytes <= self.most.saturating_sub(self.out.len());
        if fits { Ok(()) } else { Err(Failure::full()) }
    }

    #[cold]
    fn check_length(&self, text: &str, left: usize) -> Result<(), Failure> {
        let fits = text.len() <= left && escaped_length(text, self.config.ensure_ascii) <= left;
        if fits { Ok(()) } else { Err(Failure::full()) }
    }

    #[inline]
    pub(super) fn into_sorter(self) -> Option<Box<Sorter>> {
        self.sorter
    }

    pub(super) fn sorter(&mut self) -> &mut Sorter {
        self.sorter.get_or_insert_default()
    }

    /// A map begins whose keys the sorter is to know.
    #[inline(never)]
    pub(super) fn track_keys(&mut self, start: usize) {
        self.sorter().open(start);
    }

    /// Writes the key of an entry that the sorter is to know, with what stands around it.
    pub(super) fn tracked_key(&mut self, start: usize, key: &str) {
        let before = self.out.len();
        self.plain_key(start, key);
        // Nothing that separates entries has a quote.
        let separator = self.out[before..].iter().take_while(|byte| **byte != b'"').count();
        self.sorter().begin(key, before + separator);
    }

    /// Writes a key with what stands around it.
    pub(super) fn plain_key(&mut self, start: usize, key: &str) {
        self.field(start, key);
    }

    /// The map whose keys the sorter knows ends.
    pub(super) fn finish_keys(&mut self, reorder: bool) -> Result<(), Failure> {
        match &mut self.sorter {
            Some(sorter) => sorter.finish(reorder, self.out),
            None => Ok(()),
        }
    }

    #[inline]
    pub(super) fn max_size(&self) -> usize {
        self.config.max_size
    }

    /// Opens a list or map, and returns where its members begin.
    #[inline]
    pub(super) fn open(&mut self, bracket: u8) -> Result<usize, Failure> {
        if self.depth - self.outermost >= self.config.max_depth {
            return Err(self.too_deep());
        }
        if self.is_full() {
            return Err(Failure::full());
        }
        self.depth += 1;
        self.out.push(bracket);
        Ok(self.out.len())
    }

    /// Closes the list or map whose members began at `start`.
    #[inline]
    pub(super) fn close(&mut self, start: usize, bracket: u8) {
        self.depth -= 1;
        if matches!(self.style, TextStyle::Pretty { .. }) && self.out.len() != start {
            self.new_line();
        }
        self.out.push(bracket);
    }

    /// Writes what stands before a member of the list whose members began at `start`.
    #[inline]
    pub(super) fn separate(&mut self, start: usize) {
        let first = self.out.len() == start;
        match self.style {
            TextStyle::Pretty { .. } => self.separate_line(first),
            _ if first => {}
            TextStyle::Python => self.out.extend_from_slice(b", "),
            TextStyle::Compact => self.out.push(b','),
        }
    }

    #[cold]
    fn separate_line(&mut self, first: bool) {
        if !first {
            self.out.push(b',');
        }
        self.new_line();
    }

    #[cold]
    fn new_line(&mut self) {
        self.out.push(b'\n');
        if let TextStyle::Pretty { indent } = self.style {
            let blanks = usize::from(indent) * self.depth;
            self.out.resize(self.out.len() + blanks, b' ');
        }
    }

    /// Writes what stands between a key and its value.
    #[inline]
    pub(super) fn colon(&mut self) {
        match self.style {
            TextStyle::Compact => self.out.push(b':'),
            _ => self.out.extend_from_slice(b": "),
        }
    }

    /// Writes the name of a field, with what stands before and behind it.
    #[inline(always)]
    pub(super) fn field(&mut self, start: usize, name: &str) {
        /// Before the name stand three bytes at most, and as many behind.
        const LONGEST: usize = ROOM - 6;
        let plain = !self.config.ensure_ascii && !matches!(self.style, TextStyle::Pretty { .. });
        if !plain || name.len() > LONGEST || !is_clean(name.as_bytes()) {
            return self.unusual_field(start, name);
        }
        let first = self.out.len() == start;
        let blank = self.style == TextStyle::Python;
        let slot = room(self.out);
        let (before, at) = match (first, blank) {
            (true, _) => (*b"\"  ", 1),
            (false, false) => (*b",\" ", 2),
            (false, true) => (*b", \"", 3),
        };
        slot[..3].copy_from_slice(&before);
        let end = put(slot, at, name.as_bytes());
        slot[end..end + 3].copy_from_slice(b"\": ");
        cut(self.out, end + 2 + usize::from(blank));
    }

    #[inline(never)]
    fn unusual_field(&mut self, start: usize, name: &str) {
        self.separate(start);
        self.short_text(name);
        self.colon();
    }

    /// Writes a text of the value, within the limit on length.
    #[inline]
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        if text.len() > self.config.max_string_length {
            return self.long_text(text);
        }
        self.check_room(text)?;
        append_string(text, self.config.ensure_ascii, self.out);
        Ok(())
    }

    #[cold]
    fn long_text(&mut self, text: &str) -> Result<(), Failure> {
        let text = within_limit(text, self.config)?;
        self.check_room(&text)?;
        append_string(&text, self.config.ensure_ascii, self.out);
        Ok(())
    }

    /// Whether `text` may exceed the limit on length.
    #[inline]
    pub(super) fn is_long(&self, text: &str) -> bool {
        text.len() > self.config.max_string_length
    }

    /// Writes a text that no limit concerns.
    #[inline]
    pub(super) fn short_text(&mut self, text: &str) {
        append_string(text, self.config.ensure_ascii, self.out);
    }

    pub(super) fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    pub(super) fn bool(&mut self, truth: bool) {
        append(if truth { b"true" } else { b"false" }, self.out);
    }

    #[inline]
    pub(super) fn float(&mut self, float: f64) {
        if float.is_finite() {
            append_float(float, self.out);
        } else {
            self.nonfinite(nonfinite_text(float), nonfinite_word(float));
        }
    }

    /// A value that JSON cannot say: `text` where texts are asked for, `word` where it is kept.
    #[cold]
    pub(super) fn nonfinite(&mut self, text: &str, word: &str) {
        match self.config.nan_handling {
            NanHandling::String => self.short_text(text),
            NanHandling::Keep => self.out.extend_from_slice(word.as_bytes()),
            NanHandling::Drop if self.depth > self.outermost => self.dropped = true,
            _ => self.null(),
        }
    }

    /// Whether the value just written is to be left out.
    #[inline]
    pub(super) fn take_dropped(&mut self) -> bool {
        self.dropped && std::mem::take(&mut self.dropped)
    }

    /// Opens `{"name": `.
    pub(super) fn open_variant(&mut self, name: &str) -> Result<(), Failure> {
        let start = self.open(b'{')?;
        self.field(start, name);
        Ok(())
    }

    /// Closes it. A variant without its content would read as something else, so what was
    /// dropped is `null`.
    pub(super) fn close_variant(&mut self) {
        if self.take_dropped() {
            self.null();
        }
        self.close(0, b'}');
    }

    #[cold]
    fn too_deep(&self) -> Failure {
        let levels = self.config.max_depth;
        Failure::limit(format!("nested deeper than the {levels} levels allowed"))
    }

    #[cold]
    pub(super) fn too_many(&self) -> Failure {
        Failure::limit(format!("more than the {} members allowed", self.config.max_size))
    }
}

macro_rules! serialize_integers {
    ($($append:ident: $($method:ident($type:ty))*;)*) => {$($(
        #[inline]
        fn $method(self, integer: $type) -> Result<(), Failure> {
            $append(integer.into(), self.out);
            Ok(())
        }
    )*)*};
}

impl<'s, 'a> serde::Serializer for &'s mut Serializer<'a> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Items<'s, 'a>;
    type SerializeTuple = Items<'s, 'a>;
    type SerializeTupleStruct = Items<'s, 'a>;
    type SerializeTupleVariant = Variant<Items<'s, 'a>>;
    type SerializeMap = Entries<'s, 'a>;
    type SerializeStruct = Entries<'s, 'a>;
    type SerializeStructVariant = Variant<Entries<'s, 'a>>;

    serialize_integers! {
        append_signed: serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64);
        append_unsigned: serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64);
    }

    fn serialize_i128(self, integer: i128) -> Result<(), Failure> {
        append_wide(integer, self.out);
        Ok(())
    }

    fn serialize_u128(self, integer: u128) -> Result<(), Failure> {
        append_wide(integer, self.out);
        Ok(())
    }

    #[inline]
    fn serialize_bool(self, truth: bool) -> Result<(), Failure> {
        self.bool(truth);
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, float: f32) -> Result<(), Failure> {
        self.float(f64::from(float));
        Ok(())
    }

    #[inline]
    fn serialize_f64(self, float: f64) -> Result<(), Failure> {
        self.float(float);
        Ok(())
    }

    #[inline]
    fn serialize_char(self, letter: char) -> Result<(), Failure> {
        self.text(letter.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Failure> {
        self.text(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        self.bytes(bytes)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Failure> {
        self.null();
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Failure> {
        self.null();
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Failure> {
        self.null();
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Failure> {
        self.short_text(variant);
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
        variant: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.open_variant(variant)?;
        value.serialize(&mut *self).map_err(|failure| failure.inside(variant))?;
        self.close_variant();
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, _length: Option<usize>) -> Result<Items<'s, 'a>, Failure> {
        Items::open(self)
    }

    #[inline]
    fn serialize_tuple(self, _length: usize) -> Result<Items<'s, 'a>, Failure> {
        Items::open(self)
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Items<'s, 'a>, Failure> {
        Items::open(self)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Failure> {
        Variant::<Items<'_, '_>>::open(self, variant)
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Entries<'s, 'a>, Failure> {
        Entries::open(self, length.is_some())
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        _length: usize,
    ) -> Result<Entries<'s, 'a>, Failure> {
        if name.starts_with('$') {
            Entries::open_named(self, name)
        } else {
            Entries::open(self, true)
        }
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Failure> {
        Variant::<Entries<'_, '_>>::open(self, variant)
    }

    /// Escapes while formatting, so that no `String` is made.
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Failure> {
        let start = self.out.len();
        self.out.push(b'"');
        let (ascii, most) = (self.config.ensure_ascii, self.most);
        let mut escaping = Escaping { ascii, most, length: 0, out: &mut *self.out };
        let formatted = write!(escaping, "{value}");
        let length = escaping.length;
        if self.is_full() {
            return Err(Failure::full());
        }
        if formatted.is_err() {
            return Err(Failure::data("a value refuses to be formatted"));
        }
        if length > self.config.max_string_length {
            self.out.truncate(start);
            return self.text(&value.to_string());
        }
        self.out.push(b'"');
        Ok(())
    }
}

/// A formatter's target that escapes what it is given.
struct Escaping<'o> {
    ascii: bool,
    /// How long the output may be.
    most: usize,
    length: usize,
    out: &'o mut Vec<u8>,
}

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.out.len() > self.most {
            return Err(fmt::Error);
        }
        self.length += text.len();
        append_escaped(text, self.ascii, self.out);
        Ok(())
    }
}
