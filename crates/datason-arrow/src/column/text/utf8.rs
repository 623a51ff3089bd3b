//! Strings of any characters.

use std::fmt::Write;
use std::ops::Range;

use arrow_array::builder::{ArrayBuilder, GenericStringBuilder};
use arrow_array::{Array, GenericStringArray, OffsetSizeTrait};
use arrow_schema::ArrowError;
use datason_scan::{Text as Block, Token, Tokens, Unescaped};

use super::super::kept::Kept;

/// Strings in Arrow's own builder, which takes what is known to be UTF-8 as it is. A builder
/// cannot take back: see [`Kept`].
pub(super) struct Utf8<O: OffsetSizeTrait> {
    strings: GenericStringBuilder<O>,
    kept: Kept,
}

impl<O: OffsetSizeTrait> From<GenericStringArray<O>> for Utf8<O> {
    fn from(strings: GenericStringArray<O>) -> Self {
        let mut utf8 = Self::with_room(strings.len(), strings.value_data().len());
        utf8.strings.append_array(&strings).expect("a builder takes one array");
        utf8
    }
}

impl<O: OffsetSizeTrait> Utf8<O> {
    fn with_room(rows: usize, bytes: usize) -> Self {
        let strings = GenericStringBuilder::with_capacity(rows, bytes);
        Self { strings, kept: Kept::default() }
    }

    pub(super) fn rows(&self) -> usize {
        self.kept.rows(self.strings.len())
    }

    /// How many rows are held, with those that have been taken back.
    #[cfg(test)]
    pub(super) fn length(&self) -> usize {
        self.strings.len()
    }

    pub(super) fn nulls(&mut self, count: usize) {
        if count > 0 {
            self.strings.append_nulls(count);
        }
    }

    /// Appends `string`. Whether there is room for it.
    pub(super) fn push(&mut self, string: &str) -> bool {
        let fits = self.has_room(string.len());
        if fits {
            self.strings.append_value(string);
        }
        fits
    }

    /// As [`Column::append`](super::Column::append).
    pub(super) fn append(&mut self, tokens: Tokens<'_>, text: Block<'_>) -> bool {
        // No string is longer than its text.
        if !self.has_room(text.bytes().len()) {
            return false;
        }
        tokens.iter().all(|token| {
            if token.is_null() {
                self.strings.append_nulls(token.nulls());
                return true;
            }
            self.push_located(token, text)
        })
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.kept.truncate(rows, self.strings.len());
    }

    /// The rows that count. None are left, but room for as many.
    pub(super) fn finish(&mut self) -> Result<GenericStringArray<O>, ArrowError> {
        let (rows, bytes) = (self.rows(), self.strings.values_slice().len());
        let array = self.take()?;
        *self = Self::with_room(rows + rows / 8, bytes + bytes / 8);
        Ok(array)
    }

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
