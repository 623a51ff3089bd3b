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
    pub(super) values: Vec<u8>,
    offsets: Vec<O>,
    validity: NullBufferBuilder,
}

impl<O: OffsetSizeTrait> Bytes<O> {
    pub(super) fn new() -> Self {
        let validity = NullBufferBuilder::new(0);
        Self { values: Vec::new(), offsets: vec![O::zero()], validity }
    }

    /// Ends a value whose bytes have been appended, and which began at `at` of the text.
    #[inline]
    pub(super) fn end(&mut self, at: usize) -> Outcome {
        let Some(end) = O::from_usize(self.values.len()) else { return Err(full(at)) };
        self.offsets.push(end);
        self.validity.append_non_null();
        Ok(())
    }

    pub(super) fn null(&mut self) {
        let end = *self.offsets.last().expect("there is always one");
        self.offsets.push(end);
        self.validity.append_null();
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
        let array = GenericByteArray::<T>::try_new(offsets, values, self.validity.finish())?;
        Ok(Arc::new(array))
    }
}

#[cold]
pub(super) fn full(at: usize) -> Refusal {
    Refusal::new(Why::Full, at, "more than a batch of this column type can hold")
}
