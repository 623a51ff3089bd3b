//! Byte strings, one behind the other.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::ByteArrayType;
use arrow_array::{ArrayRef, GenericByteArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use datason_scan::{NullRuns, Text, Token, Tokens, Unescaped};

use super::cursor::{Outcome, Refusal, Why};
use super::primitive::append_validity;
use super::taken;

/// Byte strings one behind the other, and where each ends.
pub(super) struct Bytes<O> {
    pub(super) values: Vec<u8>,
    offsets: Vec<O>,
    validity: NullBufferBuilder,
    /// The rows of the nulls among the strings that are being appended.
    nulls: NullRuns,
}

impl<O: OffsetSizeTrait> Bytes<O> {
    pub(super) fn new() -> Self {
        let validity = NullBufferBuilder::new(0);
        Self { values: Vec::new(), offsets: vec![O::zero()], validity, nulls: NullRuns::default() }
    }

    /// Ends a value whose bytes have been appended, and which began at `at` of the text.
    #[inline]
    pub(super) fn end(&mut self, at: usize) -> Outcome {
        let Some(end) = O::from_usize(self.values.len()) else { return Err(full(at)) };
        self.offsets.push(end);
        self.validity.append_non_null();
        Ok(())
    }

    pub(super) fn nulls(&mut self, count: usize) {
        if count == 0 {
            // Told of none, the builder takes it that there will be some.
            return;
        }
        let end = *self.offsets.last().expect("there is always one");
        self.offsets.extend(std::iter::repeat_n(end, count));
        self.validity.append_n_nulls(count);
    }

    pub(super) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Appends the strings for which `tokens` stand. Whether all were strings, with good escapes;
    /// if not, it is left to [`truncate`](Self::truncate) to clean up.
    pub(super) fn append_strings(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        // No string is longer than its text.
        if O::from_usize(self.values.len() + text.bytes().len()).is_none() {
            return false;
        }
        self.nulls.clear();
        let first = self.rows();
        self.offsets.reserve(tokens.len());
        for token in tokens.iter() {
            if token.is_null() {
                self.nulls.push(self.rows() - first, token.nulls());
                let end = O::usize_as(self.values.len());
                self.offsets.extend(std::iter::repeat_n(end, token.nulls()));
                continue;
            }
            if !push_string(&mut self.values, token, text) {
                return false;
            }
            self.offsets.push(O::usize_as(self.values.len()));
        }
        let rows = self.rows() - first;
        append_validity(&mut self.validity, rows, &self.nulls);
        true
    }

    /// Value `row`.
    pub(super) fn get(&self, row: usize) -> &[u8] {
        &self.values[self.offsets[row].as_usize()..self.offsets[row + 1].as_usize()]
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        let end = self.offsets.last().expect("there is always one").as_usize();
        self.values.truncate(end);
        self.validity.truncate(rows);
    }

    pub(super) fn finish<T: ByteArrayType<Offset = O>>(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.finish_array::<T>()?))
    }

    pub(super) fn finish_array<T: ByteArrayType<Offset = O>>(
        &mut self,
    ) -> Result<GenericByteArray<T>, ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(taken(&mut self.offsets)));
        self.offsets.push(O::zero());
        let values = Buffer::from_vec(taken(&mut self.values));
        GenericByteArray::try_new(offsets, values, self.validity.finish())
    }
}

/// Appends the string for which `token` stands to `values`. Whether it is one.
#[expect(clippy::inline_always, reason = "measured: 2 % of flat records")]
#[inline(always)]
fn push_string(values: &mut Vec<u8>, token: Token, text: Text<'_>) -> bool {
    let bytes = text.bytes();
    let span = token.start() + 1..token.end() - 1;
    if bytes[token.start()] != b'"' {
        return false;
    }
    if token.has_escapes() {
        return push_unescaped(values, span, text);
    }
    copy_short(values, bytes, span);
    true
}

/// Appends what stands at `span`. Copies more than that if it is short, and takes it back: a copy
/// of a size that the compiler knows is no call.
#[inline]
fn copy_short(values: &mut Vec<u8>, bytes: &[u8], span: Range<usize>) {
    const SHORT: usize = 32;
    let rest = &bytes[span.start..];
    let (length, end) = (span.len(), values.len() + span.len());
    if let Some(window) = rest.first_chunk::<SHORT>()
        && length <= SHORT
    {
        values.extend_from_slice(window);
        values.truncate(end);
    } else if let Some(window) = rest.first_chunk::<{ 2 * SHORT }>()
        && length <= 2 * SHORT
    {
        values.extend_from_slice(window);
        values.truncate(end);
    } else {
        values.extend_from_slice(&bytes[span]);
    }
}

/// Appends what stands at `span`, between quotes, and has escapes. Whether these are good.
fn push_unescaped(values: &mut Vec<u8>, span: Range<usize>, text: Text<'_>) -> bool {
    let mut from = span.start;
    loop {
        let stop = text.index().string_stop(from).min(span.end);
        values.extend_from_slice(&text.bytes()[from..stop]);
        if stop == span.end {
            return true;
        }
        let Some(escape) = Unescaped::read(&text.bytes()[..span.end], stop) else { return false };
        let mut letter = [0; 4];
        values.extend_from_slice(escape.letter().encode_utf8(&mut letter).as_bytes());
        from = escape.end();
    }
}

#[cold]
pub(super) fn full(at: usize) -> Refusal {
    Refusal::new(Why::Full, at, "more than a batch of this column type can hold")
}
