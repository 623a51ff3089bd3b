//! How an input in memory is cut into chunks.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::error::Result;

mod into;
#[cfg(feature = "serde_json")]
mod json_value;
pub mod room;
mod runs;
mod sequences;
mod single;

pub use into::{IntoChunkable, Itself};
#[cfg(feature = "serde_json")]
pub use json_value::{JsonChunk, JsonChunks};
pub(crate) use runs::Runs;
pub use sequences::{DequeChunk, RangeChunks, RefChunks, TupleChunk, TupleRef};
pub use single::Single;

/// An input that can be cut into chunks: a sequence, a map, an iterator, a table, an array, or
/// a single object.
///
/// Cutting is lazy: a chunk is made when it is asked for. Inputs given by reference are cheap
/// to copy and can be cut again, and their chunks lend: no item is copied. [`Items`] consumes
/// its iterator, and holds one chunk of it at a time, so the input may be larger than memory.
///
/// | input | strategy | a chunk is |
/// |---|---|---|
/// | `&[T]`, `&Vec<T>`, `&[T; N]`, `&Box<[T]>`, `&Rc<[T]>`, `&Arc<[T]>`, `&VecDeque<T>` | [`Sequence`](Strategy::Sequence) | a list |
/// | tuples by reference, of 1 to 12 members of any types | `Sequence` | a list |
/// | `&BTreeSet<T>`, `&HashSet<T>`, `&IndexSet<T>` | `Sequence` | a list |
/// | [`Items`]: an iterator | `Sequence` | a list |
/// | `&BTreeMap<K, V>`, `&HashMap<K, V>`, `&IndexMap<K, V>` | [`DictItems`](Strategy::DictItems) | a map |
/// | [`&Value`](crate::Value), and with the feature `serde_json` its `&Value` | as what it holds: list, map, or one object | the same |
/// | [`Single`], `&str`, numbers, `bool`, `char` | [`SingleObject`](Strategy::SingleObject) | the value |
///
/// Tables and n-d arrays are cut by `datason-arrow`; [`IntoChunkable`] lets record batches and
/// views in as they are. Anything else that serializes goes in a [`Single`]. Sets and maps that hash are cut in the
/// order in which they happen to iterate, which differs from run to run; use the `BTree` and
/// `Index` kinds where the same input is to give the same chunks.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_core::{Chunkable, Config, Strategy};
///
/// let numbers = [1, 2, 3, 4, 5];
/// let size = NonZeroUsize::new(2).unwrap();
/// assert_eq!(numbers.as_slice().describe().strategy, Strategy::Sequence);
/// let chunks: Vec<&[i32]> =
///     numbers.as_slice().into_chunks(size, &Config::DEFAULT).collect::<Result<_, _>>()?;
/// assert_eq!(chunks, [&[1, 2][..], &[3, 4], &[5]]);
/// # Ok::<(), datason_core::Error>(())
/// ```
pub trait Chunkable {
    /// One chunk, ready to be written.
    type Chunk: Serialize;
    /// The chunks in order.
    type Chunks: Iterator<Item = Result<Self::Chunk>>;

    /// What kind of input this is and how much of it there is.
    fn describe(&self) -> Description;

    /// Cuts the input into chunks of `size` items (rows, pairs). `config` says what shape a
    /// chunk of a table has.
    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks;

    /// How many items (rows, pairs) `chunk` holds, where a chunk knows. Default: `None`; it is
    /// then counted from the total and the size, where there is a total.
    ///
    /// Implement it for inputs whose total nobody knows before the end.
    fn items_in(chunk: &Self::Chunk) -> Option<u64> {
        let _ = chunk;
        None
    }

    /// The bytes of memory that `chunk` takes of what the input holds, where the input can tell.
    /// Default: `None`; estimates then follow a model of what the chunk serializes.
    ///
    /// Implement it for inputs whose memory is not laid out item by item: columns, arrays.
    fn bytes_in(chunk: &Self::Chunk) -> Option<u64> {
        let _ = chunk;
        None
    }

    /// Appends the JSON text of `chunk` to `out` and returns true, if the chunk has a faster way
    /// to it than value by value; else leaves `out` as it was. Default: false.
    ///
    /// The text must be the one that `datason-json` makes of what the chunk serializes. What
    /// cannot be written, or exceeds a limit of `config`, is left to that, which words the error.
    fn append_text(
        chunk: &Self::Chunk,
        config: &Config,
        spacing: Spacing,
        out: &mut Vec<u8>,
    ) -> bool {
        let _ = (chunk, config, spacing, out);
        false
    }

    /// The bytes of memory that all of the input holds, where it can tell: what its parts share is
    /// counted once. Default: `None`; estimates then add up what [chunks](Self::bytes_in) take.
    ///
    /// Implement it for inputs whose parts share memory.
    fn resident_bytes(&self) -> Option<u64> {
        None
    }

    /// Changes the size on the way: the chunks of `chunks` that come have `size` items. If the one
    /// that came last is given `back`, its items come again. Returns it where that cannot be done,
    /// and so does the default, which changes nothing.
    ///
    /// Implement it so that chunks can be cut by the bytes that they take, whatever their items
    /// take ([`ChunkSize::Auto`](crate::ChunkSize::Auto)). All inputs of this workspace do.
    ///
    /// # Example
    /// ```
    /// use std::num::NonZeroUsize;
    /// use datason_core::{Chunkable, Config};
    ///
    /// let (two, three) = (NonZeroUsize::new(2).unwrap(), NonZeroUsize::new(3).unwrap());
    /// let mut chunks = (&[1, 2, 3, 4]).into_chunks(two, &Config::DEFAULT);
    /// let first = chunks.next().transpose()?;
    /// assert_eq!(<&[i32; 4]>::recut(&mut chunks, first, three), None);
    /// assert_eq!(chunks.next().transpose()?, Some(&[1, 2, 3][..]));
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<Self::Chunk>,
        size: NonZeroUsize,
    ) -> Option<Self::Chunk> {
        let _ = (chunks, size);
        back
    }
}

/// How JSON text on one line is spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spacing {
    /// `{"a": [1, 2]}`, as Python writes it.
    Python,
    /// `{"a":[1,2]}`.
    Compact,
}

impl Spacing {
    /// What stands between two members of a list or map.
    pub const fn comma(self) -> &'static str {
        match self {
            Self::Python => ", ",
            Self::Compact => ",",
        }
    }

    /// What stands between a key and its value.
    pub const fn colon(self) -> &'static str {
        match self {
            Self::Python => ": ",
            Self::Compact => ":",
        }
    }
}

/// What [`Chunkable::describe`] says of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// How it is cut.
    pub strategy: Strategy,
    /// The name of its type, as the feature document writes it (`list`, `dict`,
    /// `pandas.DataFrame`, `numpy.ndarray`), so that files say the same on both sides.
    pub object_type: String,
    /// Items, rows or pairs; `None` where nobody knows before the end.
    pub total_items: Option<u64>,
    /// The columns of a table.
    pub columns: Option<Vec<String>>,
    /// The types of these columns, by Arrow's names.
    pub dtypes: Option<Vec<String>>,
    /// The shape of an n-d array.
    pub shape: Option<Vec<u64>>,
    /// The element type of an n-d array.
    pub dtype: Option<String>,
    /// The bytes that one item takes where it lies, without what it points to but with its share
    /// of what is left free around it; `None` where items have no such size. For estimates of
    /// memory.
    pub item_bytes: Option<usize>,
}

impl Description {
    /// An input of `total_items` items, cut by `strategy`.
    pub fn new(
        strategy: Strategy,
        object_type: impl Into<String>,
        total_items: Option<u64>,
    ) -> Self {
        Self { strategy, object_type: object_type.into(), total_items, ..Self::default() }
    }

    /// The same, of items of type `T`.
    #[must_use]
    pub fn of<T>(self) -> Self {
        Self { item_bytes: Some(size_of::<T>()), ..self }
    }

    /// The same, of items that share `bytes` of memory, without what they point to.
    #[must_use]
    pub(crate) fn sharing(self, bytes: usize) -> Self {
        let items = self.total_items.and_then(|items| usize::try_from(items).ok()).unwrap_or(0);
        Self { item_bytes: Some(bytes.div_ceil(items.max(1))), ..self }
    }
}

/// How an input is cut. Displays, and serializes, as its [name](Self::name).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strategy {
    /// Lists, tuples, iterators: runs of items.
    Sequence,
    /// Maps: runs of pairs in the map's order.
    DictItems,
    /// Tables: runs of rows.
    DataframeRows,
    /// N-d arrays: slices along the first axis.
    ArrayRows,
    /// Anything else: one chunk.
    #[default]
    SingleObject,
}

impl Strategy {
    /// The name in metadata: `sequence`, `dict_items`, `dataframe_rows`, `array_rows` or
    /// `single_object`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::DictItems => "dict_items",
            Self::DataframeRows => "dataframe_rows",
            Self::ArrayRows => "array_rows",
            Self::SingleObject => "single_object",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl<'a, T: Serialize> Chunkable for &'a [T] {
    type Chunk = &'a [T];
    type Chunks = SliceChunks<'a, T>;

    fn describe(&self) -> Description {
        Description::new(Strategy::Sequence, "list", Some(self.len() as u64)).of::<T>()
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        SliceChunks::new(self, size)
    }

    fn items_in(chunk: &Self::Chunk) -> Option<u64> {
        Some(chunk.len() as u64)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<Self::Chunk>,
        size: NonZeroUsize,
    ) -> Option<Self::Chunk> {
        chunks.recut(back.map_or(0, <[T]>::len), size);
        None
    }
}

/// The chunks of a slice.
#[derive(Debug)]
pub struct SliceChunks<'a, T> {
    whole: &'a [T],
    next: usize,
    size: NonZeroUsize,
}

impl<'a, T> SliceChunks<'a, T> {
    pub(crate) fn new(whole: &'a [T], size: NonZeroUsize) -> Self {
        Self { whole, next: 0, size }
    }

    /// Makes the chunks that come `size` long, and the last `back` items come again.
    pub(crate) fn recut(&mut self, back: usize, size: NonZeroUsize) {
        self.next = self.next.saturating_sub(back);
        self.size = size;
    }

    pub(crate) fn next_chunk(&mut self) -> Option<&'a [T]> {
        let rest = &self.whole[self.next..];
        let chunk = &rest[..rest.len().min(self.size.get())];
        self.next += chunk.len();
        (!chunk.is_empty()).then_some(chunk)
    }
}

impl<'a, T> Iterator for SliceChunks<'a, T> {
    type Item = Result<&'a [T]>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_chunk().map(Ok)
    }

    fn nth(&mut self, skipped: usize) -> Option<Self::Item> {
        let items = skipped.saturating_mul(self.size.get());
        self.next = self.next.saturating_add(items).min(self.whole.len());
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.whole.len() - self.next).div_ceil(self.size.get());
        (left, Some(left))
    }
}

/// What can be lent as a slice is cut like one.
macro_rules! chunkable_as_slice {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<'a, T: Serialize, $($generics)*> Chunkable for &'a $type {
            type Chunk = &'a [T];
            type Chunks = SliceChunks<'a, T>;

            fn describe(&self) -> Description {
                (&self[..]).describe()
            }

            fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
                (&self[..]).into_chunks(size, config)
            }

            fn items_in(chunk: &Self::Chunk) -> Option<u64> {
                Some(chunk.len() as u64)
            }

            fn recut(
                chunks: &mut Self::Chunks,
                back: Option<Self::Chunk>,
                size: NonZeroUsize,
            ) -> Option<Self::Chunk> {
                <&[T]>::recut(chunks, back, size)
            }
        }
    )*};
}
chunkable_as_slice!([] Vec<T>, [const N: usize] [T; N], [] Box<[T]>, [] Rc<[T]>, [] Arc<[T]>);

/// Maps are cut in their own order: insertion for `IndexMap`, key order for `BTreeMap`, and
/// for `HashMap` the order in which it happens to iterate.
macro_rules! chunkable_map {
    ($([$($generics:tt)*] $map:ident<$($param:ident),*>, $iter:path, $room:path;)*) => {$(
        impl<'a, K: Serialize, V: Serialize, $($generics)*> Chunkable for &'a $map<$($param),*> {
            type Chunk = Pairs<&'a K, &'a V>;
            type Chunks = PairChunks<$iter>;

            fn describe(&self) -> Description {
                let total = Some(self.len() as u64);
                let about = Description::new(Strategy::DictItems, "dict", total);
                about.sharing($room(self.len(), size_of::<(K, V)>()))
            }

            fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
                PairChunks(Runs::new(self.iter(), size))
            }

            fn items_in(chunk: &Self::Chunk) -> Option<u64> {
                Some(chunk.0.len() as u64)
            }

            fn recut(
                chunks: &mut Self::Chunks,
                back: Option<Self::Chunk>,
                size: NonZeroUsize,
            ) -> Option<Self::Chunk> {
                chunks.0.recut(back.into_iter().flat_map(|pairs| pairs.0), size);
                None
            }
        }
    )*};
}
chunkable_map! {
    [] BTreeMap<K, V>, std::collections::btree_map::Iter<'a, K, V>, room::tree;
    [S] HashMap<K, V, S>, std::collections::hash_map::Iter<'a, K, V>, room::hashed;
    [S] IndexMap<K, V, S>, indexmap::map::Iter<'a, K, V>, room::indexed;
}

/// The chunks of a map.
#[derive(Debug)]
pub struct PairChunks<I: Iterator>(Runs<I>);

impl<K, V, I: Iterator<Item = (K, V)>> Iterator for PairChunks<I> {
    type Item = Result<Pairs<K, V>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_run().map(|pairs| Ok(Pairs(pairs)))
    }
}

/// Some pairs of a map, in order. Serializes as a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs<K, V>(pub Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The items of an iterator, of which nobody need know how many there are.
///
/// One chunk is in memory at a time. An item may be an error: the stream of chunks then yields
/// the items before it as a shorter chunk, then the error. [`Items::of`] takes an iterator whose
/// items cannot fail.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_core::chunkable::Items;
/// use datason_core::{Chunkable, Config};
///
/// let squares = Items((0..).map(|n: u64| Ok(n * n)));
/// assert_eq!(squares.describe().total_items, None);
/// let mut chunks = squares.into_chunks(NonZeroUsize::new(3).unwrap(), &Config::DEFAULT);
/// assert_eq!(chunks.next().unwrap()?, [0, 1, 4]);
/// assert_eq!(chunks.next().unwrap()?, [9, 16, 25]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Items<I>(pub I);

impl<I: Iterator> Items<Sound<I>> {
    /// The items of `items`, none of which can be an error.
    ///
    /// # Example
    /// ```
    /// use datason_core::chunkable::Items;
    /// use datason_core::Chunkable;
    ///
    /// assert_eq!(Items::of(0..10).describe().total_items, Some(10));
    /// ```
    pub fn of(items: impl IntoIterator<IntoIter = I>) -> Self {
        Self(Sound(items.into_iter()))
    }
}

/// An iterator each of whose items is [`Ok`]: see [`Items::of`].
#[derive(Clone, Debug)]
pub struct Sound<I>(I);

impl<I: Iterator> Iterator for Sound<I> {
    type Item = Result<I::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T: Serialize, I: Iterator<Item = Result<T>>> Chunkable for Items<I> {
    type Chunk = Vec<T>;
    type Chunks = ItemChunks<I>;

    fn describe(&self) -> Description {
        let total = match self.0.size_hint() {
            (low, Some(high)) if low == high => Some(low as u64),
            _ => None,
        };
        Description::new(Strategy::Sequence, "iterator", total).of::<T>()
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        ItemChunks { items: Runs::new(self.0, size), error: None }
    }

    fn items_in(chunk: &Self::Chunk) -> Option<u64> {
        Some(chunk.len() as u64)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<Self::Chunk>,
        size: NonZeroUsize,
    ) -> Option<Self::Chunk> {
        // An error that ended the chunk comes behind its items, as it did.
        let error = chunks.error.take().map(Err);
        chunks.items.recut(back.into_iter().flatten().map(Ok).chain(error), size);
        None
    }
}

/// The chunks of [`Items`].
#[derive(Debug)]
pub struct ItemChunks<I: Iterator> {
    items: Runs<I>,
    error: Option<crate::Error>,
}

impl<T, I: Iterator<Item = Result<T>>> Iterator for ItemChunks<I> {
    type Item = Result<Vec<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let mut chunk = Vec::new();
        while chunk.len() < self.items.size().get() {
            match self.items.next_item() {
                Some(Ok(item)) => chunk.push(item),
                Some(Err(error)) if chunk.is_empty() => return Some(Err(error)),
                Some(Err(error)) => {
                    self.error = Some(error);
                    break;
                }
                None => break,
            }
        }
        (!chunk.is_empty()).then_some(Ok(chunk))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use indexmap::IndexSet;

    use super::single::class_name;
    use super::*;
    use crate::error::{Error, ErrorKind};

    const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    fn texts<C: Chunkable>(input: C) -> Vec<String> {
        let chunks = input.into_chunks(TWO, &Config::DEFAULT);
        chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect()
    }

    #[test]
    fn every_sequence_is_cut_alike() {
        let expected = ["[1,2]", "[3,4]", "[5]"];
        assert_eq!(texts(&[1, 2, 3, 4, 5]), expected);
        assert_eq!(texts(&vec![1, 2, 3, 4, 5]), expected);
        assert_eq!(texts(Items((1..=5).map(Ok))), expected);
    }

    #[test]
    fn what_is_no_slice_is_cut_like_one() {
        let expected = ["[1,2]", "[3,4]", "[5]"];
        let mut deque: VecDeque<_> = (2..=5).collect();
        deque.push_front(1);
        assert_eq!(texts(&deque), expected);
        assert_eq!(texts(&(1..=5).collect::<Box<[i32]>>()), expected);
        assert_eq!(texts(&(1..=5).collect::<Arc<[i32]>>()), expected);
        assert_eq!(texts(&(1..=5).collect::<BTreeSet<i32>>()), expected);
        assert_eq!(texts(&(1..=5).collect::<IndexSet<i32>>()), expected);
        assert_eq!(texts(Items::of(1..=5)), expected);
    }

    #[test]
    fn a_tuple_keeps_the_types_of_its_members() {
        assert_eq!(
            texts(&(1, "a", true, None::<u8>, [2.5])),
            ["[1,\"a\"]", "[true,null]", "[[2.5]]"]
        );
        assert_eq!((&(1, "a", true)).describe().total_items, Some(3));
    }

    #[test]
    fn one_object_is_one_chunk() {
        assert_eq!(texts("text"), ["\"text\""]);
        assert_eq!(texts(1.5), ["1.5"]);
        assert_eq!(texts(Single(vec![1, 2, 3])), ["[1,2,3]"]);
        assert_eq!("text".describe().object_type, "str");
    }

    #[test]
    fn a_class_name_has_no_path() {
        let cases = [
            ("i32", "i32"),
            ("&alloc::string::String", "String"),
            ("app::shapes::Event<'_, u8>", "Event"),
            ("&mut [app::Event]", "Event"),
            ("alloc::vec::Vec<alloc::string::String>", "Vec"),
            ("()", ""),
        ];
        for (path, name) in cases {
            let path = path.replace("&mut [", "&mut ");
            assert_eq!(class_name(&path), name, "{path}");
        }
    }

    #[test]
    fn no_item_is_copied() {
        // Not even `Clone`, so that a copy could not be made.
        #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
        struct Large(u8);
        let items = [Large(1), Large(2), Large(3)];
        let chunks = items.as_slice().into_chunks(TWO, &Config::DEFAULT);
        let first = chunks.map(Result::unwrap).next().unwrap();
        assert!(std::ptr::eq(first.as_ptr(), items.as_ptr()));
        assert_eq!(texts(&items.into_iter().collect::<VecDeque<_>>()), ["[1,2]", "[3]"]);
    }

    #[test]
    fn a_chunk_tells_its_items_where_nobody_knows_the_total() {
        fn counts<C: Chunkable>(input: C) -> Vec<Option<u64>> {
            let chunks = input.into_chunks(TWO, &Config::DEFAULT);
            chunks.map(|chunk| C::items_in(&chunk.unwrap())).collect()
        }
        assert_eq!(counts(Items::of((0..9).filter(|n| n % 3 == 0))), [Some(2), Some(1)]);
        assert_eq!(counts(&(1, 2, 3)), [Some(2), Some(1)]);
        assert_eq!(counts(&BTreeMap::from([(1, 2)])), [Some(1)]);
    }

    #[test]
    fn strategies_read_as_they_are_named() {
        for strategy in [Strategy::Sequence, Strategy::DataframeRows, Strategy::SingleObject] {
            let text = serde_json::to_string(&strategy).unwrap();
            assert_eq!(text, format!("\"{strategy}\""));
            assert_eq!(serde_json::from_str::<Strategy>(&text).unwrap(), strategy);
        }
    }

    #[test]
    fn a_map_keeps_its_order_across_chunks() {
        let map: IndexMap<_, _> = [("z", 1), ("a", 2), ("m", 3)].into_iter().collect();
        assert_eq!(texts(&map), [r#"{"z":1,"a":2}"#, r#"{"m":3}"#]);
        assert_eq!((&map).describe().total_items, Some(3));
    }

    #[test]
    fn nothing_makes_no_chunk() {
        assert!(texts(&Vec::<i32>::new()).is_empty());
        assert!(texts(&BTreeMap::<String, i32>::new()).is_empty());
    }

    #[test]
    fn good_items_come_out_before_the_error_beside_them() {
        let items = [Ok(1), Ok(2), Ok(3), Err(Error::new(ErrorKind::Data, "no")), Ok(5)];
        let chunks: Vec<_> = Items(items.into_iter()).into_chunks(TWO, &Config::DEFAULT).collect();
        assert_eq!(chunks.len(), 4);
        assert_eq!(chunks[1].as_ref().unwrap(), &[3]);
        assert_eq!(chunks[2].as_ref().unwrap_err().kind(), ErrorKind::Data);
        assert_eq!(chunks[3].as_ref().unwrap(), &[5]);
    }
}
