//! Sequences that are no slices: deques, tuples, sets.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::ops::Range;

use indexmap::IndexSet;
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::{Chunkable, Description, Runs, Strategy, room};
use crate::config::Config;
use crate::error::Result;

impl<'a, T: Serialize> Chunkable for &'a VecDeque<T> {
    type Chunk = DequeChunk<'a, T>;
    type Chunks = RangeChunks<&'a VecDeque<T>>;

    fn describe(&self) -> Description {
        Description::new(Strategy::Sequence, "deque", Some(self.len() as u64)).of::<T>()
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        RangeChunks { whole: self, rest: 0..self.len(), size }
    }

    fn items_in(chunk: &Self::Chunk) -> Option<u64> {
        Some(chunk.range.len() as u64)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<Self::Chunk>,
        size: NonZeroUsize,
    ) -> Option<Self::Chunk> {
        chunks.recut(back.map_or(0, |chunk| chunk.range.len()), size);
        None
    }
}

/// The chunks of an input whose items are reached by their index.
#[derive(Debug)]
pub struct RangeChunks<W> {
    whole: W,
    rest: Range<usize>,
    size: NonZeroUsize,
}

impl<W> RangeChunks<W> {
    /// The items of the next chunk.
    fn next_range(&mut self) -> Option<Range<usize>> {
        let start = self.rest.start;
        let end = start.saturating_add(self.size.get()).min(self.rest.end);
        self.rest.start = end;
        (start < end).then_some(start..end)
    }

    /// Makes the chunks that come `size` long, and the last `back` items come again.
    fn recut(&mut self, back: usize, size: NonZeroUsize) {
        self.rest.start = self.rest.start.saturating_sub(back);
        self.size = size;
    }
}

impl<'a, T> Iterator for RangeChunks<&'a VecDeque<T>> {
    type Item = Result<DequeChunk<'a, T>>;

    fn next(&mut self) -> Option<Self::Item> {
        let range = self.next_range()?;
        Some(Ok(DequeChunk { deque: self.whole, range }))
    }
}

/// Some items of a [`VecDeque`]. Serializes as a list.
#[derive(Clone, Debug)]
pub struct DequeChunk<'a, T> {
    deque: &'a VecDeque<T>,
    range: Range<usize>,
}

impl<T: Serialize> Serialize for DequeChunk<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.deque.range(self.range.clone()))
    }
}

/// Some members of a tuple `W`. Serializes as a list.
#[derive(Clone, Debug)]
pub struct TupleChunk<'a, W> {
    tuple: &'a W,
    range: Range<usize>,
}

impl<'a, W> Iterator for RangeChunks<TupleRef<'a, W>> {
    type Item = Result<TupleChunk<'a, W>>;

    fn next(&mut self) -> Option<Self::Item> {
        let range = self.next_range()?;
        Some(Ok(TupleChunk { tuple: self.whole.0, range }))
    }
}

/// A tuple that is being cut.
#[derive(Debug)]
pub struct TupleRef<'a, W>(&'a W);

/// Tuples are cut like lists, though their members differ in type.
macro_rules! chunkable_tuple {
    ($($count:literal: $($name:ident $index:tt)*;)*) => {$(
        impl<'a, $($name: Serialize),*> Chunkable for &'a ($($name,)*) {
            type Chunk = TupleChunk<'a, ($($name,)*)>;
            type Chunks = RangeChunks<TupleRef<'a, ($($name,)*)>>;

            fn describe(&self) -> Description {
                Description::new(Strategy::Sequence, "tuple", Some($count))
            }

            fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
                RangeChunks { whole: TupleRef(self), rest: 0..$count, size }
            }

            fn items_in(chunk: &Self::Chunk) -> Option<u64> {
                Some(chunk.range.len() as u64)
            }

            fn recut(
                chunks: &mut Self::Chunks,
                back: Option<Self::Chunk>,
                size: NonZeroUsize,
            ) -> Option<Self::Chunk> {
                chunks.recut(back.map_or(0, |chunk| chunk.range.len()), size);
                None
            }
        }

        impl<$($name: Serialize),*> Serialize for TupleChunk<'_, ($($name,)*)> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut list = serializer.serialize_seq(Some(self.range.len()))?;
                $(if self.range.contains(&$index) {
                    list.serialize_element(&self.tuple.$index)?;
                })*
                list.end()
            }
        }
    )*};
}
chunkable_tuple! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

/// Sets are cut in their own order, as lists of references.
macro_rules! chunkable_set {
    ($([$($generics:tt)*] $set:ident<$($param:ident),*>, $iter:path, $room:path;)*) => {$(
        impl<'a, T: Serialize, $($generics)*> Chunkable for &'a $set<$($param),*> {
            type Chunk = Vec<&'a T>;
            type Chunks = RefChunks<$iter>;

            fn describe(&self) -> Description {
                let total = Some(self.len() as u64);
                let about = Description::new(Strategy::Sequence, "set", total);
                about.sharing($room(self.len(), size_of::<T>()))
            }

            fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> Self::Chunks {
                RefChunks(Runs::new(self.iter(), size))
            }

            fn items_in(chunk: &Self::Chunk) -> Option<u64> {
                Some(chunk.len() as u64)
            }

            fn recut(
                chunks: &mut Self::Chunks,
                back: Option<Self::Chunk>,
                size: NonZeroUsize,
            ) -> Option<Self::Chunk> {
                chunks.0.recut(back.into_iter().flatten(), size);
                None
            }
        }
    )*};
}
chunkable_set! {
    [] BTreeSet<T>, std::collections::btree_set::Iter<'a, T>, room::tree;
    [S] HashSet<T, S>, std::collections::hash_set::Iter<'a, T>, room::hashed;
    [S] IndexSet<T, S>, indexmap::set::Iter<'a, T>, room::indexed;
}

/// The chunks of a set.
#[derive(Debug)]
pub struct RefChunks<I: Iterator>(Runs<I>);

impl<I: Iterator> Iterator for RefChunks<I> {
    type Item = Result<Vec<I::Item>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_run().map(Ok)
    }
}
