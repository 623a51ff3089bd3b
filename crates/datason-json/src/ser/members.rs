//! Lists and maps that are being written.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::Serializer;
use super::failure::Failure;
use super::inside::with_text;
use super::key::{KeyKinds, KeySerializer};
use super::sort::refuse_duplicates;

/// A list that is being written.
#[derive(Debug)]
pub struct Items<'s, 'a> {
    serializer: &'s mut Serializer<'a>,
    /// Where the members begin in the output.
    start: usize,
    count: usize,
}

impl<'s, 'a> Items<'s, 'a> {
    #[inline]
    pub(super) fn open(serializer: &'s mut Serializer<'a>) -> Result<Self, Failure> {
        let start = serializer.open(b'[')?;
        Ok(Self { serializer, start, count: 0 })
    }

    #[inline]
    fn member<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let serializer = &mut *self.serializer;
        if self.count == serializer.max_size() {
            return Err(serializer.too_many());
        }
        if serializer.is_full() {
            // It was the member before that had no room.
            return Err(Failure::full().inside(self.count.saturating_sub(1)));
        }
        let before = serializer.out.len();
        serializer.separate(self.start);
        if let Err(failure) = value.serialize(&mut *serializer) {
            return Err(failure.inside(self.count));
        }
        self.count += 1;
        if serializer.take_dropped() {
            serializer.out.truncate(before);
        }
        Ok(())
    }
}

/// How the entries of a map are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Written as they come.
    Plain,
    /// Written as they come; at the end it is seen whether a key stands twice.
    Checked,
    /// Put in order at the end.
    Sorted,
    /// Not a map at all: text that goes out as it is.
    Verbatim,
}

/// A map or struct that is being written.
#[derive(Debug)]
pub struct Entries<'s, 'a> {
    serializer: &'s mut Serializer<'a>,
    /// Where the entries begin in the output.
    start: usize,
    /// Where the last entry begins, what separates it included.
    entry: usize,
    count: usize,
    mode: Mode,
    kinds: KeyKinds,
}

/// The names under which serde_json passes what is already text.
const VERBATIM: [&str; 2] = ["$serde_json::private::RawValue", "$serde_json::private::Number"];

impl<'s, 'a> Entries<'s, 'a> {
    /// `trusted`: the keys are known to differ, unless their texts are alike.
    #[inline]
    pub(super) fn open(serializer: &'s mut Serializer<'a>, trusted: bool) -> Result<Self, Failure> {
        let start = serializer.open(b'{')?;
        let mode = match (serializer.config.sort_keys, trusted) {
            (true, _) => Mode::Sorted,
            (false, true) => Mode::Plain,
            (false, false) => Mode::Checked,
        };
        if mode != Mode::Plain {
            serializer.track_keys(start);
        }
        let kinds = KeyKinds::default();
        Ok(Self { serializer, start, entry: start, count: 0, mode, kinds })
    }

    /// A struct whose name begins with `$`.
    #[cold]
    pub(super) fn open_named(
        serializer: &'s mut Serializer<'a>,
        name: &'static str,
    ) -> Result<Self, Failure> {
        if !VERBATIM.contains(&name) {
            return Self::open(serializer, true);
        }
        let kinds = KeyKinds::default();
        Ok(Self { serializer, start: 0, entry: 0, count: 0, mode: Mode::Verbatim, kinds })
    }

    #[inline]
    fn begin(&mut self) -> Result<(), Failure> {
        if self.count == self.serializer.max_size() {
            return Err(self.serializer.too_many());
        }
        if self.serializer.is_full() {
            return Err(Failure::full());
        }
        self.count += 1;
        self.entry = self.serializer.out.len();
        Ok(())
    }

    #[inline(always)]
    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        if self.mode != Mode::Plain {
            return self.unusual_field(name, value);
        }
        self.begin()?;
        self.serializer.field(self.start, name);
        if let Err(failure) = value.serialize(&mut *self.serializer) {
            return Err(failure.inside(name));
        }
        self.finish_plain();
        Ok(())
    }

    fn unusual_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        if self.mode == Mode::Verbatim {
            return with_text(value, |text| {
                self.serializer.check_bytes(text.len())?;
                self.serializer.verbatim(text);
                Ok(())
            });
        }
        self.begin()?;
        self.serializer.tracked_key(self.start, name);
        self.write_value(value)
    }

    #[inline]
    fn write_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.begin()?;
        key.serialize(KeySerializer {
            serializer: &mut *self.serializer,
            kinds: &mut self.kinds,
            start: self.start,
            tracked: self.mode != Mode::Plain,
        })
    }

    #[inline]
    fn write_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        if let Err(failure) = value.serialize(&mut *self.serializer) {
            return Err(failure.inside(self.last_key()));
        }
        if self.mode == Mode::Plain {
            self.finish_plain();
        } else {
            self.finish_tracked();
        }
        Ok(())
    }

    #[inline]
    fn finish_plain(&mut self) {
        if self.serializer.take_dropped() {
            self.serializer.out.truncate(self.entry);
        }
    }

    fn finish_tracked(&mut self) {
        if self.serializer.take_dropped() {
            self.serializer.out.truncate(self.entry);
            self.serializer.sorter().forget();
        } else {
            let end = self.serializer.out.len();
            self.serializer.sorter().end(end);
        }
    }

    /// The key of the last entry, read back from the output: only failures ask for it.
    #[cold]
    fn last_key(&self) -> String {
        let entry = self.serializer.out.get(self.entry..).unwrap_or_default();
        let quote = entry.iter().position(|byte| *byte == b'"').unwrap_or(0);
        let mut keys = serde_json::Deserializer::from_slice(&entry[quote..]).into_iter::<String>();
        keys.next().and_then(Result::ok).unwrap_or_default()
    }
}

/// Takes its arguments one by one, so that a map that is done need not be in memory.
#[inline]
fn close_entries(
    serializer: &mut Serializer<'_>,
    start: usize,
    mode: Mode,
    kinds: KeyKinds,
) -> Result<(), Failure> {
    if mode != Mode::Plain || kinds.may_collide() {
        return close_unusual(serializer, start, mode);
    }
    serializer.close(start, b'}');
    Ok(())
}

#[inline(never)]
fn close_unusual(serializer: &mut Serializer<'_>, start: usize, mode: Mode) -> Result<(), Failure> {
    match mode {
        Mode::Sorted => serializer.finish_keys(true)?,
        Mode::Checked => serializer.finish_keys(false)?,
        Mode::Plain => refuse_duplicates(&serializer.out[start..])?,
        Mode::Verbatim => return Ok(()),
    }
    serializer.close(start, b'}');
    Ok(())
}

/// The content of an enum's variant: `{"name": content}`.
#[derive(Debug)]
pub struct Variant<M> {
    content: M,
    name: &'static str,
}

impl<'s, 'a> Variant<Items<'s, 'a>> {
    pub(super) fn open(
        serializer: &'s mut Serializer<'a>,
        name: &'static str,
    ) -> Result<Self, Failure> {
        serializer.open_variant(name)?;
        let content = Items::open(serializer).map_err(|failure| failure.inside(name))?;
        Ok(Self { content, name })
    }
}

impl<'s, 'a> Variant<Entries<'s, 'a>> {
    pub(super) fn open(
        serializer: &'s mut Serializer<'a>,
        name: &'static str,
    ) -> Result<Self, Failure> {
        serializer.open_variant(name)?;
        let content = Entries::open(serializer, true).map_err(|failure| failure.inside(name))?;
        Ok(Self { content, name })
    }
}

impl SerializeTupleVariant for Variant<Items<'_, '_>> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.content.member(value).map_err(|failure| failure.inside(self.name))
    }

    fn end(self) -> Result<(), Failure> {
        let Items { serializer, start, .. } = self.content;
        serializer.close(start, b']');
        serializer.close_variant();
        Ok(())
    }
}

impl SerializeStructVariant for Variant<Entries<'_, '_>> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.content.field(name, value).map_err(|failure| failure.inside(self.name))
    }

    fn end(self) -> Result<(), Failure> {
        let Entries { serializer, start, mode, kinds, .. } = self.content;
        close_entries(serializer, start, mode, kinds)
            .map_err(|failure| failure.inside(self.name))?;
        serializer.close_variant();
        Ok(())
    }
}

macro_rules! impl_members {
    ($($shape:ident::$method:ident),*) => {$(
        impl $shape for Items<'_, '_> {
            type Ok = ();
            type Error = Failure;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
                self.member(value)
            }

            #[inline]
            fn end(self) -> Result<(), Failure> {
                self.serializer.close(self.start, b']');
                Ok(())
            }
        }
    )*};
}
impl_members! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field
}

impl SerializeStruct for Entries<'_, '_> {
    type Ok = ();
    type Error = Failure;

    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<(), Failure> {
        close_entries(self.serializer, self.start, self.mode, self.kinds)
    }
}

impl SerializeMap for Entries<'_, '_> {
    type Ok = ();
    type Error = Failure;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.write_key(key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.write_value(value)
    }

    #[inline]
    fn end(self) -> Result<(), Failure> {
        close_entries(self.serializer, self.start, self.mode, self.kinds)
    }
}
