//! Booleans.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};
use arrow_buffer::{BooleanBufferBuilder, NullBufferBuilder};
use arrow_schema::ArrowError;

use super::Column;
use super::cursor::{Cursor, Outcome};
use super::located::Pass;
use super::primitive::append_validity;
use datason_scan::{NullRuns, Text, Tokens};

/// A column of booleans.
pub(super) struct Boolean {
    values: BooleanBufferBuilder,
    validity: NullBufferBuilder,
    /// The rows of the nulls among the values that are being appended.
    nulls: NullRuns,
}

impl Boolean {
    pub(super) fn new() -> Self {
        let validity = NullBufferBuilder::new(0);
        Self { values: BooleanBufferBuilder::new(0), validity, nulls: NullRuns::default() }
    }
}

impl Column for Boolean {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let value = match cursor.peek() {
            b't' => cursor.word(b"true").map(|()| true)?,
            b'f' => cursor.word(b"false").map(|()| false)?,
            _ => return Err(cursor.mismatch("a boolean")),
        };
        self.values.append(value);
        self.validity.append_non_null();
        Ok(())
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.values.append_n(count, false);
        self.validity.append_n_nulls(count);
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        self.nulls.clear();
        let first = self.values.len();
        for token in tokens.iter() {
            if token.is_null() {
                self.nulls.push(self.values.len() - first, token.nulls());
                self.values.append_n(token.nulls(), false);
                continue;
            }
            let value = match text.bytes()[token.start()..token.end()] {
                [b't', b'r', b'u', b'e'] => true,
                [b'f', b'a', b'l', b's', b'e'] => false,
                _ => return false,
            };
            self.values.append(value);
        }
        append_validity(&mut self.validity, self.values.len() - first, &self.nulls);
        true
    }

    fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(BooleanArray::new(self.values.finish(), self.validity.finish())))
    }
}
