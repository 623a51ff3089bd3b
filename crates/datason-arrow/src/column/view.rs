//! Strings as views: short ones inside the view itself.

use std::sync::Arc;

use arrow_array::builder::make_view;
use arrow_array::{ArrayRef, StringViewArray};
use arrow_buffer::{Buffer, NullBufferBuilder, ScalarBuffer};
use arrow_schema::ArrowError;

use super::bytes::full;
use super::cursor::{Cursor, Outcome};
use super::located::Pass;
use super::{Column, taken};

/// The longest string that a view holds without a buffer.
const INLINE: usize = 12;

/// A column of views into one buffer of its own.
pub(super) struct View {
    views: Vec<u128>,
    long: Vec<u8>,
    /// Where the long strings of each row end.
    ends: Vec<usize>,
    scratch: Vec<u8>,
    validity: NullBufferBuilder,
}

impl View {
    pub(super) fn new() -> Self {
        Self {
            views: Vec::new(),
            long: Vec::new(),
            ends: Vec::new(),
            scratch: Vec::new(),
            validity: NullBufferBuilder::new(0),
        }
    }
}

impl Column for View {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let start = cursor.at();
        let text = cursor.string(&mut self.scratch)?;
        // Arrow's format has signed offsets and lengths here.
        let (offset, length) = (i32::try_from(self.long.len()), i32::try_from(text.len()));
        let (Ok(offset), Ok(_)) = (offset, length) else { return Err(full(start)) };
        self.views.push(make_view(text, 0, offset.cast_unsigned()));
        if text.len() > INLINE {
            self.long.extend_from_slice(text);
        }
        self.ends.push(self.long.len());
        self.validity.append_non_null();
        Ok(())
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn null(&mut self, _: Pass) {
        self.views.push(0);
        self.ends.push(self.long.len());
        self.validity.append_null();
    }

    fn truncate(&mut self, rows: usize) {
        self.views.truncate(rows);
        self.ends.truncate(rows);
        self.long.truncate(self.ends.last().copied().unwrap_or(0));
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.ends.clear();
        let views = ScalarBuffer::from(taken(&mut self.views));
        let buffers = vec![Buffer::from_vec(taken(&mut self.long))];
        Ok(Arc::new(StringViewArray::try_new(views, buffers, self.validity.finish())?))
    }
}
