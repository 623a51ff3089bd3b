//! Lists, of any and of one length.

use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, GenericListArray, OffsetSizeTrait};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef};
use datason_core::Result;

use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::located::Pass;
use super::{Column, Slot, senseless, taken};
use crate::decoder::Rules;
use datason_scan::Text;

/// Appends the elements of the array that begins at the cursor, and counts them.
#[inline]
fn elements(cursor: &mut Cursor<'_>, items: &mut Slot) -> Outcome<usize> {
    cursor.open(b'[')?;
    if cursor.close(b']') {
        return Ok(0);
    }
    let mut count = 0;
    loop {
        items.read(cursor)?;
        count += 1;
        if !cursor.another(b']')? {
            return Ok(count);
        }
    }
}

/// A column of lists, with offsets of type `O`.
pub(super) struct List<O> {
    items: Slot,
    field: FieldRef,
    offsets: Vec<O>,
    validity: NullBufferBuilder,
}

impl<O: OffsetSizeTrait> List<O> {
    pub(super) fn new(item: &FieldRef, rules: &Rules) -> Result<Self> {
        Ok(Self {
            items: Slot::new(item, rules)?,
            field: item.clone(),
            offsets: vec![O::zero()],
            validity: NullBufferBuilder::new(0),
        })
    }

    fn last(&self) -> O {
        *self.offsets.last().expect("there is always one")
    }
}

impl<O: OffsetSizeTrait> Column for List<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'[' {
            return Err(cursor.mismatch("an array"));
        }
        let start = cursor.at();
        let count = elements(cursor, &mut self.items)?;
        let end = self.last().as_usize() + count;
        let Some(end) = O::from_usize(end) else { return Err(super::bytes::full(start)) };
        self.offsets.push(end);
        self.validity.append_non_null();
        Ok(())
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.offsets.extend(std::iter::repeat_n(self.last(), count));
        self.validity.append_n_nulls(count);
    }

    fn append_inner(&mut self, text: Text<'_>) -> bool {
        self.items.append_located(text)
    }

    fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        self.items.truncate(self.last().as_usize());
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(taken(&mut self.offsets)));
        self.offsets.push(O::zero());
        let (items, validity) = (self.items.finish()?, self.validity.finish());
        let array = GenericListArray::<O>::try_new(self.field.clone(), offsets, items, validity)?;
        Ok(Arc::new(array))
    }
}

/// A column of lists that all have `size` elements.
pub(super) struct Fixed {
    items: Slot,
    field: FieldRef,
    size: usize,
    rows: usize,
    validity: NullBufferBuilder,
}

impl Fixed {
    pub(super) fn new(item: &FieldRef, size: i32, rules: &Rules) -> Result<Self> {
        let size = usize::try_from(size)
            .map_err(|_| senseless(&DataType::FixedSizeList(item.clone(), size)))?;
        Ok(Self {
            items: Slot::new(item, rules)?,
            field: item.clone(),
            size,
            rows: 0,
            validity: NullBufferBuilder::new(0),
        })
    }
}

impl Column for Fixed {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'[' {
            return Err(cursor.mismatch("an array"));
        }
        let start = cursor.at();
        let count = elements(cursor, &mut self.items)?;
        if count != self.size {
            self.items.truncate(self.rows * self.size);
            let message = format!("expected {} elements but found {count}", self.size);
            return Err(Refusal::new(Why::Mismatch, start, message));
        }
        self.rows += 1;
        self.validity.append_non_null();
        Ok(())
    }

    fn nulls(&mut self, count: usize, pass: Pass) {
        self.items.nulls(count * self.size, pass);
        self.rows += count;
        self.validity.append_n_nulls(count);
    }

    fn append_inner(&mut self, text: Text<'_>) -> bool {
        self.items.append_located(text)
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.items.truncate(self.rows * self.size);
        self.validity.truncate(self.rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let size = i32::try_from(self.size).expect("it was one");
        let (items, validity) = (self.items.finish()?, self.validity.finish());
        let field = self.field.clone();
        let array = FixedSizeListArray::try_new_with_length(field, size, items, validity, rows)?;
        Ok(Arc::new(array))
    }
}
