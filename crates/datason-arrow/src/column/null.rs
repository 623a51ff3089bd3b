//! A column of nothing but nulls.

use std::sync::Arc;

use arrow_array::{ArrayRef, NullArray};
use arrow_schema::ArrowError;

use super::Column;
use super::cursor::{Cursor, Outcome};
use super::located::Pass;

/// Counts nulls.
#[derive(Default)]
pub(super) struct Null {
    rows: usize,
}

impl Column for Null {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        Err(cursor.mismatch("null"))
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.rows += count;
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(NullArray::new(std::mem::take(&mut self.rows))))
    }
}
