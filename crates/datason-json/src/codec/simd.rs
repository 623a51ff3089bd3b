//! The SIMD fast path: simd-json's tape, read by our own deserializer.

use std::fmt;
use std::ops::Range;

use datason_core::Result;
use datason_scan::{Kernel, find_negative_zero, prefetch};
use serde::Deserialize;
use simd_json::{Buffers, INPUT_PADDING, Tape};

use super::tape::{TapeDeserializer, Zeros, refusals};
use super::{Batch, Codec, DecodeError, SerdeJson};

/// Decodes with [`simd_json`], in buffers that are reused from record to record.
///
/// What it cannot decide exactly as [`SerdeJson`] does, and whatever it refuses, is decoded
/// once more by `SerdeJson`. Copies each record once, since the parser unescapes in place; a
/// decoded `&str` borrows from that copy. A [`batch`](Codec::batch) copies many records at once,
/// which is faster.
pub struct SimdJson {
    exact: SerdeJson,
    kernel: Kernel,
    /// The longest record that is parsed here: the parser holds offsets in 32 bits.
    longest: usize,
    /// A copy of the text, and behind it what the parser may read beyond its end.
    input: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
}

impl SimdJson {
    /// A codec with the default depth limit.
    pub fn new() -> Self {
        Self::from_parts(SerdeJson::new(), super::DEFAULT_MAX_DEPTH)
    }

    /// A codec that allows `max_depth` levels of nesting.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](datason_core::ErrorKind::Argument) if `max_depth` is 0 or above
    /// [`MAX_DEPTH_CEILING`](super::MAX_DEPTH_CEILING).
    pub fn with_max_depth(max_depth: usize) -> Result<Self> {
        Ok(Self::from_parts(SerdeJson::with_max_depth(max_depth)?, max_depth))
    }

    fn from_parts(exact: SerdeJson, max_depth: usize) -> Self {
        Self {
            exact,
            kernel: Kernel::active(),
            longest: LONGEST,
            input: Vec::new(),
            buffers: Buffers::with_max_depth(0, max_depth),
            tape: Tape(Vec::new()),
        }
    }

    /// Leaves records above `bytes` to the exact codec.
    pub(super) fn limit_records(&mut self, bytes: usize) {
        self.longest = bytes.min(LONGEST);
    }

    /// Whether `text` is parsed here. The parser has a wording of its own for an empty text.
    #[inline]
    fn is_parsable(&self, text: &[u8]) -> bool {
        !text.is_empty() && text.len() <= self.longest
    }

    /// Makes `text` the beginning of the input.
    fn copy(&mut self, text: &[u8]) {
        self.let_go_of_giants();
        let needed = text.len() + INPUT_PADDING;
        if self.input.len() < needed {
            self.input.resize(needed.next_multiple_of(4 << 10), 0);
        }
        self.input[..text.len()].copy_from_slice(text);
    }

    /// Gives back the memory of a record so large that making room for the next costs little
    /// beside parsing it.
    fn let_go_of_giants(&mut self) {
        const GIANT: usize = 4 << 20;
        if self.input.len() > GIANT {
            let longest = self.longest;
            *self = Self::from_parts(self.exact.clone(), self.exact.max_depth());
            self.longest = longest;
        }
    }

    /// Decodes `text`, whose copy stands at byte `at` of the input. The copy is spent then.
    fn decode_copy<'a, T: Deserialize<'a>>(
        &'a mut self,
        text: &'a [u8],
        at: usize,
    ) -> Result<T, DecodeError> {
        let Self { exact, kernel, input, buffers, tape, .. } = self;
        if !exact.needs_deep_stack(text) {
            let mut parsed: Tape<'a> = std::mem::replace(tape, Tape(Vec::new()));
            let before = refusals();
            if fill(&mut input[at..], text.len(), buffers, &mut parsed) {
                let zeros = Zeros::new(|| find_negative_zero(*kernel, text));
                // Returned from here, so that a large row is not moved about.
                if let Ok(value) = T::deserialize(TapeDeserializer::new(&parsed.0, &zeros))
                    && refusals() == before
                {
                    *tape = parsed.reset();
                    return Ok(value);
                }
            }
            *tape = parsed.reset();
        }
        exact.decode_borrowed(text)
    }
}

impl Default for SimdJson {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SimdJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimdJson").field("exact", &self.exact).finish_non_exhaustive()
    }
}

impl Codec for SimdJson {
    type Batch<'a> = SimdJsonBatch<'a>;

    fn decode<'a, T: Deserialize<'a>>(&'a mut self, text: &'a [u8]) -> Result<T, DecodeError> {
        if !self.is_parsable(text) {
            return self.exact.decode_borrowed(text);
        }
        self.copy(text);
        self.decode_copy(text, 0)
    }

    fn batch<'a>(&'a mut self, block: &'a [u8]) -> SimdJsonBatch<'a> {
        SimdJsonBatch { codec: self, block, origin: 0, fresh: 0..0 }
    }

    fn validate(&mut self, text: &[u8]) -> Result<(), DecodeError> {
        if !self.is_parsable(text) {
            return self.exact.validate(text);
        }
        self.copy(text);
        let Self { exact, input, buffers, tape, .. } = self;
        let mut parsed: Tape<'_> = std::mem::replace(tape, Tape(Vec::new()));
        let accepted = fill(input, text.len(), buffers, &mut parsed);
        *tape = parsed.reset();
        if accepted { Ok(()) } else { exact.validate(text) }
    }
}

/// [`SimdJson`] at work on a block: see [`Codec::batch`].
///
/// Copies the block in pieces, as decoding comes to them. Copying record by record is slower by
/// more than the calls: the parser would load bytes whose stores are still under way. It reads a
/// few bytes beyond a record, which are those of the next one.
#[derive(Debug)]
pub struct SimdJsonBatch<'a> {
    codec: &'a mut SimdJson,
    block: &'a [u8],
    /// Which byte of the block the input begins with.
    origin: usize,
    /// The bytes of the block whose copy is fresh: the parser has not unescaped it yet.
    fresh: Range<usize>,
}

impl SimdJsonBatch<'_> {
    /// How much is copied at once, unless a record is longer.
    const PIECE: usize = 2 << 10;
    /// How far before its turn text is fetched.
    const AHEAD: usize = 4 << 10;

    /// Fetches as much of what follows as is used up now, so that copying need not wait for
    /// memory. Flat rows that borrow, from 64 MiB: 1.28 times the exact codec, 1.19 without.
    #[inline]
    fn fetch_ahead(&self, span: &Range<usize>) {
        let start = span.start + Self::AHEAD;
        let end = start + span.len().min(Self::AHEAD);
        if let Some(text) = self.block.get(start..end) {
            prefetch(text);
        }
    }

    /// Where in the input a fresh copy of the block's `span` stands. It counts as spent from now.
    #[inline]
    fn place_of_copy(&mut self, span: Range<usize>) -> usize {
        if span.start < self.fresh.start || span.end > self.fresh.end {
            let end = span.end.max(self.block.len().min(span.start + Self::PIECE));
            self.codec.copy(&self.block[span.start..end]);
            self.origin = span.start;
            self.fresh = span.start..end;
        }
        self.fresh.start = span.end;
        span.start - self.origin
    }
}

impl Batch for SimdJsonBatch<'_> {
    fn decode<'a, T: Deserialize<'a>>(&'a mut self, span: Range<usize>) -> Result<T, DecodeError> {
        let text = &self.block[span.clone()];
        if !self.codec.is_parsable(text) {
            return self.codec.exact.decode_borrowed(text);
        }
        self.fetch_ahead(&span);
        let at = self.place_of_copy(span);
        self.codec.decode_copy(text, at)
    }
}

/// What offsets of 32 bits can reach.
const LONGEST: usize = (u32::MAX as usize) - INPUT_PADDING;

/// Parses the first `len` bytes of `input`. Whether it could.
fn fill<'a>(input: &'a mut [u8], len: usize, buffers: &mut Buffers, tape: &mut Tape<'a>) -> bool {
    input
        .get_mut(..len + INPUT_PADDING)
        .is_some_and(|input| simd_json::fill_tape_padded(input, len, buffers, tape).is_ok())
}
