//! Members that are checked and not kept.

use std::sync::Arc;

use arrow_array::{ArrayRef, NullArray};
use arrow_schema::ArrowError;
use datason_scan::{Number, Text, Token, Tokens, Unescaped};

use super::Column;
use super::cursor::{Cursor, Outcome};
use super::located::Pass;

/// A column of nothing, for values of any kind.
pub(super) struct Skipped;

impl Column for Skipped {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        cursor.skip()
    }

    fn nulls(&mut self, _: usize, _: Pass) {}

    fn is_leaf(&self) -> bool {
        true
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        tokens.iter().all(|token| token.is_null() || is_valid(token, text))
    }

    fn truncate(&mut self, _: usize) {}

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(NullArray::new(0)))
    }
}

/// Whether the value for which `token` stands is one.
#[inline]
fn is_valid(token: Token, text: Text<'_>) -> bool {
    let (start, end) = (token.start(), token.end());
    match text.bytes()[start] {
        b'"' => !token.has_escapes() || has_valid_escapes(start + 1, end - 1, text),
        b't' => &text.bytes()[start..end] == b"true",
        b'f' => &text.bytes()[start..end] == b"false",
        _ => Number::read(text.bytes(), start)
            .is_some_and(|number| number.end() == end && number.is_finite(text.bytes())),
    }
}

fn has_valid_escapes(mut from: usize, end: usize, text: Text<'_>) -> bool {
    loop {
        let stop = text.index().string_stop(from);
        if stop >= end {
            return true;
        }
        match Unescaped::read(&text.bytes()[..end], stop) {
            Some(escape) => from = escape.end(),
            None => return false,
        }
    }
}
