//! Columns of numbers, whatever they mean.

use std::sync::Arc;

use arrow_array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::{NullBufferBuilder, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};

use super::Column;
use super::cursor::{Cursor, Outcome};

/// Makes a number of the value at the cursor.
pub(super) trait Read<N>: Send {
    /// The number. A refusal is a mismatch unless the text is no JSON.
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<N>;
}

/// A column of `T`, whose numbers `R` reads.
pub(super) struct Primitive<T: ArrowPrimitiveType, R> {
    values: Vec<T::Native>,
    validity: NullBufferBuilder,
    kind: DataType,
    reader: R,
}

impl<T: ArrowPrimitiveType, R: Read<T::Native>> Primitive<T, R> {
    /// `kind` is `T`'s own type, or one of those that share its numbers.
    pub(super) fn new(kind: &DataType, reader: R) -> Self {
        let validity = NullBufferBuilder::new(0);
        Self { values: Vec::new(), validity, kind: kind.clone(), reader }
    }

    pub(super) fn boxed(kind: &DataType, reader: R) -> Box<dyn Column>
    where
        R: 'static,
    {
        Box::new(Self::new(kind, reader))
    }
}

impl<T: ArrowPrimitiveType, R: Read<T::Native>> Column for Primitive<T, R> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let value = self.reader.read(cursor)?;
        self.values.push(value);
        self.validity.append_non_null();
        Ok(())
    }

    fn null(&mut self) {
        self.values.push(T::Native::default());
        self.validity.append_null();
    }

    fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = ScalarBuffer::from(super::taken(&mut self.values));
        let array = PrimitiveArray::<T>::try_new(values, self.validity.finish())?;
        Ok(Arc::new(array.with_data_type(self.kind.clone())))
    }
}
