//! Strings as views: short ones inside the view itself.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, StringViewBuilder};
use arrow_array::{Array, ArrayRef, StringViewArray};
use arrow_schema::ArrowError;
use datason_scan::{Text, Token, Tokens, Unescaped};

use super::Column;
use super::bytes::full;
use super::cursor::{Cursor, Outcome};
use super::kept::Kept;
use super::located::Pass;

/// A column of views into buffers of its own. How large these are depends on nothing but the batch:
/// they double, up to 2 MiB.
///
/// The long strings are copied out of the text. Views into a copy of all of the text would save
/// nothing: Arrow checks each view again unless it is made of a `&str` that is copied. Of 250
/// bytes that are not ASCII that check takes three times as long as all the rest.
pub(super) struct View {
    strings: StringViewBuilder,
    kept: Kept,
    scratch: Vec<u8>,
}

impl View {
    pub(super) fn new() -> Self {
        Self { strings: StringViewBuilder::new(), kept: Kept::default(), scratch: Vec::new() }
    }

    /// Appends the string for which `token` stands. Whether it is one.
    #[inline]
    fn push_located(&mut self, token: Token, text: Text<'_>) -> bool {
        if text.bytes()[token.start()] != b'"' {
            return false;
        }
        let span = token.start() + 1..token.end() - 1;
        if token.has_escapes() {
            return self.push_unescaped(span, text).is_some();
        }
        let Some(string) = text.utf8().and_then(|utf8| utf8.get(span)) else { return false };
        self.strings.append_value(string);
        true
    }

    /// Appends what stands at `span`, between quotes, and has escapes, if these are good.
    fn push_unescaped(&mut self, span: Range<usize>, text: Text<'_>) -> Option<()> {
        let (mut string, mut from) = (String::with_capacity(span.len()), span.start);
        loop {
            let stop = text.index().string_stop(from).min(span.end);
            string.push_str(text.utf8()?.get(from..stop)?);
            if stop == span.end {
                break;
            }
            let escape = Unescaped::read(&text.bytes()[..span.end], stop)?;
            string.push(escape.letter());
            from = escape.end();
        }
        self.strings.append_value(&string);
        Some(())
    }
}

/// Whether Arrow's format can hold a string of `length` bytes.
fn fits(length: usize) -> bool {
    i32::try_from(length).is_ok()
}

impl Column for View {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let start = cursor.at();
        let mut scratch = std::mem::take(&mut self.scratch);
        let string = cursor.string(&mut scratch)?;
        // The record has been checked already, but not where anybody could see it.
        let string = simdutf8::basic::from_utf8(string).ok().filter(|string| fits(string.len()));
        let pushed = string.map(|string| self.strings.append_value(string));
        self.scratch = scratch;
        pushed.ok_or_else(|| full(start))
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        (0..count).for_each(|_| self.strings.append_null());
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        for token in tokens.iter() {
            if token.is_null() {
                self.nulls(token.nulls(), Pass::Append);
            } else if !(fits(token.end() - token.start()) && self.push_located(token, text)) {
                return false;
            }
        }
        true
    }

    fn truncate(&mut self, rows: usize) {
        self.kept.truncate(rows, self.strings.len());
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let length = self.strings.len();
        let kept = self.kept.take(length);
        let next = StringViewBuilder::with_capacity(length + length / 8);
        let all = std::mem::replace(&mut self.strings, next).finish();
        Ok(Arc::new(match kept {
            Some(runs) => only(&all, runs),
            None => all,
        }))
    }
}

/// The rows of `all` in `runs`, with no buffer that holds others.
fn only(all: &StringViewArray, runs: Vec<Range<usize>>) -> StringViewArray {
    let mut strings = StringViewBuilder::with_capacity(all.len());
    for string in runs.into_iter().flatten().map(|row| all.is_valid(row).then(|| all.value(row))) {
        strings.append_option(string);
    }
    strings.finish()
}
