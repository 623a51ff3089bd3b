//! How an input in memory is cut into chunks.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;

use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::config::Config;
use crate::error::Result;

/// An input that can be cut into chunks: a sequence, a map, an iterator, a table, an array, or
/// a single object.
///
/// Cutting is lazy: a chunk is made when it is asked for. Inputs given by reference are cheap
/// to copy and can be cut again; [`Items`] consumes its iterator, and holds one chunk of it at
/// a time, so the input may be larger than memory.
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
    /// The shape of an n-d array.
    pub shape: Option<Vec<u64>>,
    /// The element type of an n-d array.
    pub dtype: Option<String>,
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
}

/// How an input is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

impl<'a, T: Serialize> Chunkable for &'a [T] {
    type Chunk = &'a [T];
    type Chunks = SliceChunks<'a, T>;

    fn describe(&self) -> Description {
        Description::new(Strategy::Sequence, "list", Some(self.len() as u64))
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        SliceChunks(self.chunks(size.get()))
    }
}

/// The chunks of a slice.
#[derive(Debug)]
pub struct SliceChunks<'a, T>(std::slice::Chunks<'a, T>);

impl<'a, T> Iterator for SliceChunks<'a, T> {
    type Item = Result<&'a [T]>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// What can be lent as a slice is cut like one.
macro_rules! chunkable_as_slice {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<'a, T: Serialize, $($generics)*> Chunkable for &'a $type {
            type Chunk = &'a [T];
            type Chunks = SliceChunks<'a, T>;

            fn describe(&self) -> Description {
                self.as_slice().describe()
            }

            fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
                self.as_slice().into_chunks(size, config)
            }
        }
    )*};
}
chunkable_as_slice!([] Vec<T>, [const N: usize] [T; N]);

/// Maps are cut in their own order: insertion for `IndexMap`, key order for `BTreeMap`, and
/// for `HashMap` the order in which it happens to iterate.
macro_rules! chunkable_map {
    ($([$($generics:tt)*] $map:ident<$($param:ident),*>, $iter:path;)*) => {$(
        impl<'a, K: Serialize, V: Serialize, $($generics)*> Chunkable for &'a $map<$($param),*> {
            type Chunk = Pairs<&'a K, &'a V>;
            type Chunks = PairChunks<$iter>;

            fn describe(&self) -> Description {
                Description::new(Strategy::DictItems, "dict", Some(self.len() as u64))
            }

            fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
                PairChunks { pairs: self.iter(), size }
            }
        }
    )*};
}
chunkable_map! {
    [] BTreeMap<K, V>, std::collections::btree_map::Iter<'a, K, V>;
    [S] HashMap<K, V, S>, std::collections::hash_map::Iter<'a, K, V>;
    [S] IndexMap<K, V, S>, indexmap::map::Iter<'a, K, V>;
}

/// The chunks of a map.
#[derive(Debug)]
pub struct PairChunks<I> {
    pairs: I,
    size: NonZeroUsize,
}

impl<K, V, I: Iterator<Item = (K, V)>> Iterator for PairChunks<I> {
    type Item = Result<Pairs<K, V>>;

    fn next(&mut self) -> Option<Self::Item> {
        let pairs: Vec<_> = self.pairs.by_ref().take(self.size.get()).collect();
        (!pairs.is_empty()).then_some(Ok(Pairs(pairs)))
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
/// the items before it as a shorter chunk, then the error.
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

impl<T: Serialize, I: Iterator<Item = Result<T>>> Chunkable for Items<I> {
    type Chunk = Vec<T>;
    type Chunks = ItemChunks<I>;

    fn describe(&self) -> Description {
        let total = match self.0.size_hint() {
            (low, Some(high)) if low == high => Some(low as u64),
            _ => None,
        };
        Description::new(Strategy::Sequence, "iterator", total)
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        ItemChunks { items: self.0, size, error: None }
    }
}

/// The chunks of [`Items`].
#[derive(Debug)]
pub struct ItemChunks<I> {
    items: I,
    size: NonZeroUsize,
    error: Option<crate::Error>,
}

impl<T, I: Iterator<Item = Result<T>>> Iterator for ItemChunks<I> {
    type Item = Result<Vec<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let mut chunk = Vec::new();
        while chunk.len() < self.size.get() {
            match self.items.next() {
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

/// Any value as one chunk.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_core::chunkable::Single;
/// use datason_core::{Chunkable, Config};
///
/// let chunks = Single("text").into_chunks(NonZeroUsize::MIN, &Config::DEFAULT);
/// assert_eq!(chunks.count(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Single<T>(pub T);

impl<T: Serialize> Chunkable for Single<T> {
    type Chunk = T;
    type Chunks = std::option::IntoIter<Result<T>>;

    fn describe(&self) -> Description {
        Description::new(Strategy::SingleObject, std::any::type_name::<T>(), None)
    }

    fn into_chunks(self, _size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        Some(Ok(self.0)).into_iter()
    }
}

#[cfg(test)]
mod tests {
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
