//! Strings.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::GenericStringBuilder;
use arrow_array::{ArrayRef, OffsetSizeTrait};
use arrow_schema::ArrowError;
use datason_scan::{Text as Block, Token, Tokens, Unescaped};

use super::Column;
use super::bytes::full;
use super::cursor::{Cursor, Outcome};
use super::located::Pass;

/// A column of strings, with offsets of type `O`.
///
/// Arrow's own builder takes what is known to be UTF-8 as it is; an array made from plain bytes
/// would be checked again, which for text that is not ASCII costs more than all the rest.
pub(super) struct Text<O: OffsetSizeTrait> {
    strings: GenericStringBuilder<O>,
    rows: usize,
    scratch: Vec<u8>,
}

impl<O: OffsetSizeTrait> Text<O> {
    pub(super) fn new() -> Self {
        Self { strings: GenericStringBuilder::with_capacity(0, 0), rows: 0, scratch: Vec::new() }
    }

    /// Appends `string`, which began at `at` of the text.
    pub(super) fn push(&mut self, string: &[u8], at: usize) -> Outcome {
        // The record has been checked already, but not where anybody could see it.
        let Ok(string) = simdutf8::basic::from_utf8(string) else { return Err(full(at)) };
        if !self.has_room(string.len()) {
            return Err(full(at));
        }
        self.strings.append_value(string);
        self.rows += 1;
        Ok(())
    }

    fn has_room(&self, bytes: usize) -> bool {
        O::from_usize(self.strings.values_slice().len() + bytes).is_some()
    }

    /// Appends the string for which `token` stands. Whether it is one.
    #[inline]
    fn push_located(&mut self, token: Token, text: Block<'_>) -> bool {
        if text.bytes()[token.start()] != b'"' {
            return false;
        }
        let span = token.start() + 1..token.end() - 1;
        if token.has_escapes() {
            return self.push_unescaped(span, text);
        }
        let Some(string) = text.utf8().and_then(|utf8| utf8.get(span)) else { return false };
        self.strings.append_value(string);
        true
    }

    /// Appends what stands at `span`, between quotes, and has escapes. Whether these are good.
    fn push_unescaped(&mut self, span: Range<usize>, text: Block<'_>) -> bool {
        let mut from = span.start;
        loop {
            let stop = text.index().string_stop(from).min(span.end);
            let plain = text.utf8().and_then(|utf8| utf8.get(from..stop));
            let Some(plain) = plain else { return false };
            self.strings.write_str(plain).expect("a builder takes any text");
            if stop == span.end {
                self.strings.append_value("");
                return true;
            }
            let Some(escape) = Unescaped::read(&text.bytes()[..span.end], stop) else {
                return false;
            };
            self.strings.write_char(escape.letter()).expect("a builder takes any text");
            from = escape.end();
        }
    }
}

impl<O: OffsetSizeTrait> Column for Text<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let start = cursor.at();
        let mut scratch = std::mem::take(&mut self.scratch);
        let string = cursor.string(&mut scratch);
        let pushed = string.and_then(|string| self.push(string, start));
        self.scratch = scratch;
        pushed
    }

    fn null(&mut self, _: Pass) {
        self.strings.append_null();
        self.rows += 1;
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Block<'_>) -> bool {
        // No string is longer than its text.
        let most = tokens.iter().map(|token| token.end() - token.start()).sum();
        if !self.has_room(most) {
            return false;
        }
        for token in tokens.iter() {
            if token.is_null() {
                self.strings.append_null();
            } else if !self.push_located(token, text) {
                return false;
            }
        }
        self.rows += tokens.len();
        true
    }

    fn truncate(&mut self, rows: usize) {
        // A builder cannot take back, not even the start of a string that was given up.
        self.rows = self.rows.min(rows);
        self.strings.append_value("");
        let kept = self.strings.finish().slice(0, self.rows);
        self.strings.append_array(&kept).expect("what has fitted before fits again");
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let next = (self.rows + self.rows / 8, self.strings.values_slice().len() / 8 * 9);
        self.rows = 0;
        let array = self.strings.finish();
        self.strings = GenericStringBuilder::with_capacity(next.0, next.1);
        Ok(Arc::new(array))
    }
}
