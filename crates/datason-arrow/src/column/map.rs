//! Objects whose keys are data.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, MapArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef, Fields};
use datason_core::Result;

use super::bytes::full;
use super::cursor::{Cursor, Outcome};
use super::located::Pass;
use super::{Column, Slot, senseless, taken};
use crate::decoder::Rules;
use datason_scan::Text;

/// A column of maps. The members stand in the order of the text, and a key that comes twice is
/// kept twice.
pub(super) struct Map {
    keys: Slot,
    values: Slot,
    entries: FieldRef,
    fields: Fields,
    sorted: bool,
    offsets: Vec<i32>,
    validity: NullBufferBuilder,
}

impl Map {
    pub(super) fn new(entries: &FieldRef, sorted: bool, rules: &Rules) -> Result<Self> {
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(senseless(&DataType::Map(entries.clone(), sorted)));
        };
        let [key, value] = fields.as_ref() else {
            return Err(senseless(&DataType::Map(entries.clone(), sorted)));
        };
        // Arrow refuses the finished array, and with it every record of the batch.
        if key.is_nullable() {
            return Err(senseless(&DataType::Map(entries.clone(), sorted)));
        }
        Ok(Self {
            keys: Slot::new(key, rules)?,
            values: Slot::new(value, rules)?,
            entries: entries.clone(),
            fields: fields.clone(),
            sorted,
            offsets: vec![0],
            validity: NullBufferBuilder::new(0),
        })
    }

    fn read_members(&mut self, cursor: &mut Cursor<'_>) -> Outcome<i32> {
        let start = cursor.at();
        cursor.open(b'{')?;
        let mut end = self.last();
        if cursor.close(b'}') {
            return Ok(end);
        }
        loop {
            if cursor.peek() != b'"' {
                return Err(cursor.syntax());
            }
            self.keys.read(cursor)?;
            cursor.colon()?;
            self.values.read(cursor)?;
            end = end.checked_add(1).ok_or_else(|| full(start))?;
            if !cursor.another(b'}')? {
                return Ok(end);
            }
        }
    }

    fn last(&self) -> i32 {
        *self.offsets.last().expect("there is always one")
    }
}

impl Column for Map {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'{' {
            return Err(cursor.mismatch("an object"));
        }
        let end = self.read_members(cursor)?;
        self.offsets.push(end);
        self.validity.append_non_null();
        Ok(())
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.offsets.extend(std::iter::repeat_n(self.last(), count));
        self.validity.append_n_nulls(count);
    }

    fn append_inner(&mut self, text: Text<'_>) -> bool {
        self.keys.append_located(text) && self.values.append_located(text)
    }

    fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        let members = usize::try_from(self.last()).expect("an offset is not negative");
        self.keys.truncate(members);
        self.values.truncate(members);
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(taken(&mut self.offsets)));
        self.offsets.push(0);
        let keys = self.keys.finish()?;
        let members = keys.len();
        let arrays = vec![keys, self.values.finish()?];
        let entries = StructArray::try_new_with_length(self.fields.clone(), arrays, None, members)?;
        let (field, validity) = (self.entries.clone(), self.validity.finish());
        Ok(Arc::new(MapArray::try_new(field, offsets, entries, validity, self.sorted)?))
    }
}
