//! Byte strings, one behind the other.

use std::mem;
use std::sync::Arc;

use arrow_array::types::ByteArrayType;
use arrow_array::{ArrayRef, GenericByteArray, OffsetSizeTrait};
use arrow_buffer::{ArrowNativeType, Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use datason_scan::{NullRuns, Offset, Text, Tokens};

use super::cursor::{Outcome, Refusal, Why};
use super::primitive::append_validity;

/// Byte strings one behind the other, and where each ends.
pub(super) struct Bytes<O> {
    values: Vec<u8>,
    offsets: Vec<O>,
    /// The memory of the last array's values and offsets, until there is a value again.
    lent: Option<(Lent, Lent)>,
    validity: NullBufferBuilder,
    /// The rows of the nulls among the strings that are being appended.
    nulls: NullRuns,
}

impl<O: OffsetSizeTrait> Bytes<O> {
    pub(super) fn new() -> Self {
        let (validity, nulls) = (NullBufferBuilder::new(0), NullRuns::default());
        Self { values: Vec::new(), offsets: vec![O::zero()], lent: None, validity, nulls }
    }

    /// All values; the bytes of the next one are to be appended.
    #[inline]
    pub(super) fn values(&mut self) -> &mut Vec<u8> {
        self.take_back();
        &mut self.values
    }

    /// To be called before anything is appended.
    #[inline]
    fn take_back(&mut self) {
        if let Some((values, offsets)) = self.lent.take() {
            self.values = values.take_back();
            self.offsets = offsets.take_back();
            self.offsets.push(O::zero());
        }
    }

    /// Ends a value whose bytes have been appended, and which began at `at` of the text.
    #[inline]
    pub(super) fn end(&mut self, at: usize) -> Outcome {
        let Some(end) = O::from_usize(self.values.len()) else { return Err(full(at)) };
        self.offsets.push(end);
        self.validity.append_non_null();
        Ok(())
    }

    pub(super) fn nulls(&mut self, count: usize) {
        if count == 0 {
            // Told of none, the builder takes it that there will be some.
            return;
        }
        self.take_back();
        let end = *self.offsets.last().expect("there is always one");
        self.offsets.extend(std::iter::repeat_n(end, count));
        self.validity.append_n_nulls(count);
    }

    pub(super) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Value `row`.
    pub(super) fn get(&self, row: usize) -> &[u8] {
        &self.values[self.offsets[row].as_usize()..self.offsets[row + 1].as_usize()]
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        let end = self.offsets.last().expect("there is always one").as_usize();
        self.values.truncate(end);
        self.validity.truncate(rows);
    }

    pub(super) fn finish<T: ByteArrayType<Offset = O>>(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.finish_array::<T>()?))
    }

    pub(super) fn finish_array<T: ByteArrayType<Offset = O>>(
        &mut self,
    ) -> Result<GenericByteArray<T>, ArrowError> {
        let offsets = Buffer::from_vec(mem::replace(&mut self.offsets, vec![O::zero()]));
        let values = Buffer::from_vec(mem::take(&mut self.values));
        self.lent = Some((Lent::of(&values), Lent::of(&offsets)));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        GenericByteArray::try_new(offsets, values, self.validity.finish())
    }
}

impl<O: OffsetSizeTrait + Offset> Bytes<O> {
    /// Appends the strings for which `tokens` stand. Whether all were strings, with good escapes;
    /// if not, it is left to [`truncate`](Self::truncate) to clean up.
    pub(super) fn append_strings(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        self.take_back();
        self.nulls.clear();
        let first = self.rows();
        if !text.read_strings(tokens, &mut self.values, &mut self.offsets, &mut self.nulls) {
            return false;
        }
        let rows = self.rows() - first;
        append_validity(&mut self.validity, rows, &self.nulls);
        true
    }
}

/// Memory that went away with an array. Mostly who took that has let go of it when the next batch
/// begins, and it can be used again. Measured: nested records, which have many columns, take 2 % less
/// time.
struct Lent {
    /// How many bytes it held.
    length: usize,
    buffer: Option<Buffer>,
}

impl Lent {
    fn of(buffer: &Buffer) -> Self {
        let length = buffer.len();
        // One with much spare room is better shrunk, which it cannot be while it is shared.
        let is_full = buffer.capacity() <= length + length / 4;
        Self { length, buffer: is_full.then(|| buffer.clone()) }
    }

    /// The memory without what it held, or new memory for as much and a little more.
    fn take_back<T: ArrowNativeType>(self) -> Vec<T> {
        let vec = self.buffer.and_then(|buffer| buffer.into_vec().ok());
        let room = || self.length / size_of::<T>();
        let mut vec = vec.unwrap_or_else(|| Vec::with_capacity(room() + room() / 8));
        vec.clear();
        vec
    }
}

#[cold]
pub(super) fn full(at: usize) -> Refusal {
    Refusal::new(Why::Full, at, "more than a batch of this column type can hold")
}

#[cfg(test)]
mod tests {
    use arrow_array::types::Utf8Type;
    use arrow_array::{Array, StringArray};

    use super::*;

    fn push(strings: &mut Bytes<i32>, string: &str) {
        strings.values().extend_from_slice(string.as_bytes());
        strings.end(0).unwrap();
    }

    /// A batch of strings of `letter`, and a null if asked for.
    fn batch(strings: &mut Bytes<i32>, letter: &str, nulls: usize) -> StringArray {
        strings.nulls(nulls);
        (0..100).for_each(|_| push(strings, &letter.repeat(10)));
        strings.finish_array::<Utf8Type>().unwrap()
    }

    #[test]
    fn memory_is_used_again_unless_somebody_holds_it() {
        let mut strings = Bytes::new();
        drop(batch(&mut strings, "a", 0));
        // The first has grown by doubling and keeps its memory to itself.
        let second = batch(&mut strings, "b", 0);
        let memory = second.value_data().as_ptr();
        drop(second);
        let third = batch(&mut strings, "c", 1);
        assert_eq!(third.value_data().as_ptr(), memory);
        assert_eq!((third.len(), third.null_count(), third.value(100)), (101, 1, "cccccccccc"));
        let fourth = batch(&mut strings, "d", 0);
        assert_ne!(fourth.value_data().as_ptr(), memory);
        assert!((1..101).all(|row| third.value(row) == "cccccccccc"));
        assert!((0..100).all(|row| fourth.value(row) == "dddddddddd"));
    }

    #[test]
    fn what_has_much_spare_room_is_not_shared() {
        let mut strings = Bytes::new();
        drop(batch(&mut strings, "a", 0));
        push(&mut strings, "short");
        let mut short = strings.finish_array::<Utf8Type>().unwrap();
        short.shrink_to_fit();
        assert_eq!(short.values().capacity(), 5);
        assert_eq!(strings.finish_array::<Utf8Type>().unwrap().len(), 0);
    }
}
