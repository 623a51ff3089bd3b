//! Strings.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, GenericStringBuilder};
use arrow_array::{ArrayRef, GenericStringArray, OffsetSizeTrait};
use arrow_schema::ArrowError;
use datason_scan::{Text as Block, Token, Tokens, Unescaped};

use super::Column;
use super::bytes::full;
use super::cursor::{Cursor, Outcome};
use super::kept::Kept;
use super::located::Pass;

/// A column of strings, with offsets of type `O`.
///
/// Arrow's own builder takes what is known to be UTF-8 as it is; an array made from plain bytes
/// would be checked again, which for text that is not ASCII costs more than all the rest.
///
/// A builder cannot take back: see [`Kept`].
pub(super) struct Text<O: OffsetSizeTrait> {
    strings: GenericStringBuilder<O>,
    kept: Kept,
    scratch: Vec<u8>,
}

impl<O: OffsetSizeTrait> Text<O> {
    pub(super) fn new() -> Self {
        Self {
            strings: GenericStringBuilder::with_capacity(0, 0),
            kept: Kept::default(),
            scratch: Vec::new(),
        }
    }

    fn rows(&self) -> usize {
        self.kept.rows(self.strings.len())
    }

    /// The rows that count. None are left.
    fn take(&mut self) -> Result<GenericStringArray<O>, ArrowError> {
        let (rows, kept) = (self.rows(), self.kept.take(self.strings.len()));
        let all = self.strings.finish();
        let Some(kept) = kept else { return Ok(all) };
        let mut strings = GenericStringBuilder::with_capacity(rows, all.value_data().len());
        for run in kept {
            strings.append_array(&all.slice(run.start, run.len()))?;
        }
        Ok(strings.finish())
    }

    /// Appends `count` nulls.
    pub(super) fn nulls(&mut self, count: usize) {
        self.strings.append_nulls(count);
    }

    /// Appends `string`, which began at `at` of the text.
    pub(super) fn push(&mut self, string: &[u8], at: usize) -> Outcome {
        // The record has been checked already, but not where anybody could see it.
        let Ok(string) = simdutf8::basic::from_utf8(string) else { return Err(full(at)) };
        if !self.has_room(string.len()) {
            return Err(full(at));
        }
        self.strings.append_value(string);
        Ok(())
    }

    /// Whether `bytes` more fit, if need be in the place of what was taken back.
    fn has_room(&mut self, bytes: usize) -> bool {
        let fits = |strings: &GenericStringBuilder<O>| {
            O::from_usize(strings.values_slice().len() + bytes).is_some()
        };
        if !fits(&self.strings) && self.kept.has_gaps() {
            return self.take().and_then(|kept| self.strings.append_array(&kept)).is_ok()
                && fits(&self.strings);
        }
        fits(&self.strings)
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
        let are_good = self.write_unescaped(span, text).is_some();
        // Ends the string, also one that is to be taken back.
        self.strings.append_value("");
        are_good
    }

    fn write_unescaped(&mut self, span: Range<usize>, text: Block<'_>) -> Option<()> {
        let mut from = span.start;
        loop {
            let stop = text.index().string_stop(from).min(span.end);
            self.strings
                .write_str(text.utf8()?.get(from..stop)?)
                .expect("a builder takes any text");
            if stop == span.end {
                return Some(());
            }
            let escape = Unescaped::read(&text.bytes()[..span.end], stop)?;
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
        true
    }

    fn truncate(&mut self, rows: usize) {
        self.kept.truncate(rows, self.strings.len());
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = self.rows();
        let next = (rows + rows / 8, self.strings.values_slice().len() / 8 * 9);
        let array = self.take()?;
        self.strings = GenericStringBuilder::with_capacity(next.0, next.1);
        Ok(Arc::new(array))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;

    use super::*;

    fn push<O: OffsetSizeTrait>(column: &mut Text<O>, strings: &[&str]) {
        for string in strings {
            column.push(string.as_bytes(), 0).unwrap();
        }
    }

    fn finished<O: OffsetSizeTrait>(column: &mut Text<O>) -> Vec<String> {
        let array = column.finish().unwrap();
        array.as_string::<O>().iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn to_take_back_copies_nothing_and_leaves_nothing() {
        let mut column = Text::<i32>::new();
        for row in 0..1_000 {
            push(&mut column, &["kept", "lost"]);
            column.truncate(row + 1);
            assert_eq!(column.rows(), row + 1);
            assert_eq!(column.strings.len(), 2 * (row + 1), "nothing is copied");
        }
        assert_eq!(finished(&mut column), ["kept"; 1_000]);
        assert_eq!((column.rows(), finished(&mut column)), (0, Vec::new()));
    }

    #[test]
    fn any_rows_are_taken_back() {
        let mut column = Text::<i64>::new();
        push(&mut column, &["a", "b", "c"]);
        column.truncate(3);
        column.truncate(2);
        push(&mut column, &["d", "e"]);
        column.truncate(3);
        push(&mut column, &["f"]);
        column.truncate(1);
        column.null(Pass::Append);
        push(&mut column, &["g"]);
        assert_eq!(column.rows(), 3);
        let array = column.finish().unwrap();
        let found: Vec<_> = array.as_string::<i64>().iter().collect();
        assert_eq!(found, [Some("a"), None, Some("g")]);
        push(&mut column, &["h"]);
        column.truncate(0);
        assert_eq!(finished(&mut column), Vec::<String>::new());
    }
}
