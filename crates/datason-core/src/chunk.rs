//! The unit of work and of memory.

use crate::position::Position;
use crate::records::Records;

/// Consecutive records of an input, in one of three forms, with their place.
///
/// `D` is [`Records`] (raw text), `Vec<T>` (decoded rows) or an Arrow `RecordBatch` (columns).
/// A chunk owns its data and can be sent to another thread. A stream of chunks is an
/// `Iterator<Item = Result<Chunk<D>>>`.
///
/// # Example
/// ```
/// use datason_core::{Chunk, Position};
///
/// let chunk = Chunk::new(vec![1, 2, 3], 0, Position::START);
/// let doubled = chunk.map(|rows| rows.into_iter().map(|row| row * 2).collect::<Vec<_>>());
/// assert_eq!(doubled.into_data(), [2, 4, 6]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<D> {
    data: D,
    index: u64,
    start: Position,
}

/// A chunk of raw records.
pub type RawChunk = Chunk<Records>;

impl<D> Chunk<D> {
    /// The chunk number `index` of its input, whose first record stands at `start`.
    pub const fn new(data: D, index: u64, start: Position) -> Self {
        Self { data, index, start }
    }

    /// The chunk's number in the input, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The place of the chunk's first record.
    pub const fn start(&self) -> Position {
        self.start
    }

    /// What the chunk holds.
    pub const fn data(&self) -> &D {
        &self.data
    }

    /// What the chunk holds, for changing it in place.
    pub const fn data_mut(&mut self) -> &mut D {
        &mut self.data
    }

    /// What the chunk holds, without its place.
    pub fn into_data(self) -> D {
        self.data
    }

    /// The chunk with `change` applied to what it holds; number and place stay.
    pub fn map<E>(self, change: impl FnOnce(D) -> E) -> Chunk<E> {
        Chunk { data: change(self.data), index: self.index, start: self.start }
    }

    /// As [`map`](Self::map), for a change that can fail.
    ///
    /// # Errors
    /// Whatever `change` returns.
    pub fn try_map<E, X>(self, change: impl FnOnce(D) -> Result<E, X>) -> Result<Chunk<E>, X> {
        Ok(Chunk { data: change(self.data)?, index: self.index, start: self.start })
    }
}

impl<T> Chunk<Vec<T>> {
    /// How many rows it has.
    pub const fn len(&self) -> usize {
        self.data().len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.data().is_empty()
    }

    /// The rows in order.
    ///
    /// # Example
    /// ```
    /// use datason_core::{Chunk, Position};
    ///
    /// let chunk = Chunk::new(vec![1, 2, 3], 0, Position::START);
    /// assert_eq!((chunk.len(), chunk.iter().sum::<i32>()), (3, 6));
    /// ```
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.data().iter()
    }
}

impl RawChunk {
    /// How many records it has.
    pub fn len(&self) -> usize {
        self.data().len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.data().is_empty()
    }
}

impl<'a, T> IntoIterator for &'a Chunk<Vec<T>> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Default for RawChunk {
    /// An empty chunk to read into.
    fn default() -> Self {
        Self::new(Records::new(), 0, Position::START)
    }
}

/// The rows by value: `for row in chunk?`.
impl<T> IntoIterator for Chunk<Vec<T>> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_change_returns_its_own_error() {
        let chunk = Chunk::new(1, 0, Position::START);
        assert_eq!(chunk.try_map(|_| Err::<(), _>("no")).unwrap_err(), "no");
    }

    #[test]
    fn number_and_place_survive_a_change() {
        let start = Position::START.advanced(b"[\n").with_record(40);
        let chunk = Chunk::new(vec![1], 4, start).map(|rows| rows.len());
        assert_eq!((chunk.index(), chunk.start(), *chunk.data()), (4, start, 1));
    }
}
