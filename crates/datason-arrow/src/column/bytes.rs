//! Byte strings, one behind the other.

use std::sync::Arc;

use arrow_array::types::ByteArrayType;
use arrow_array::{ArrayRef, GenericByteArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use super::cursor::{Outcome, Refusal, Why};
use super::taken;

/// Byte strings one behind the other, and where each ends.
pub(super) struct Bytes<O> {
    values: Vec<u8>,
    offsets: Vec<O>,
    validity: NullBufferBuilder,
}

impl<O: OffsetSizeTrait> Bytes<O> {
    pub(super) fn new() -> Self {
        let validity = NullBufferBuilder::new(0);
        Self { values: Vec::new(), offsets: vec![O::zero()], validity }
    }

    /// All values; the bytes of the next one are to be appended.
    pub(super) fn values(&mut self) -> &mut Vec<u8> {
        &mut self.values
    }

    /// Ends a value whose bytes have been appended, and which began at `at` of the text.
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
        let end = *self.offsets.last().expect("there is always one");
        self.offsets.extend(std::iter::repeat_n(end, count));
        self.validity.append_n_nulls(count);
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
        let offsets = OffsetBuffer::new(ScalarBuffer::from(taken(&mut self.offsets)));
        self.offsets.push(O::zero());
        let values = Buffer::from_vec(taken(&mut self.values));
        Ok(Arc::new(GenericByteArray::<T>::try_new(offsets, values, self.validity.finish())?))
    }
}

#[cold]
pub(super) fn full(at: usize) -> Refusal {
    Refusal::new(
        Why::Full,
        at,
        "more than a batch of this column type can hold: smaller chunks have less",
    )
}
