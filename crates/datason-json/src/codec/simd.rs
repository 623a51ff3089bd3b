//! The SIMD fast path: simd-json's tape, read by our own deserializer.

use std::fmt;

use datason_core::Result;
use datason_scan::{Kernel, find_negative_zero};
use serde::Deserialize;
use simd_json::{Buffers, INPUT_PADDING, Tape};

use super::tape::{TapeDeserializer, Zeros, refusals};
use super::{Codec, DecodeError, SerdeJson};

/// Decodes with [`simd_json`], in buffers that are reused from record to record.
///
/// What it cannot decide exactly as [`SerdeJson`] does, and whatever it refuses, is decoded
/// once more by `SerdeJson`. Copies each record once, since the parser unescapes in place; a
/// decoded `&str` borrows from that copy.
pub struct SimdJson {
    exact: SerdeJson,
    kernel: Kernel,
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
            input: Vec::new(),
            buffers: Buffers::with_max_depth(0, max_depth),
            tape: Tape(Vec::new()),
        }
    }

    /// Gives back the memory of a record so large that making room for the next costs little
    /// beside parsing it.
    fn let_go_of_giants(&mut self) {
        const GIANT: usize = 4 << 20;
        if self.input.len() > GIANT {
            *self = Self::from_parts(self.exact.clone(), self.exact.max_depth());
        }
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
    fn decode<'a, T: Deserialize<'a>>(&'a mut self, text: &'a [u8]) -> Result<T, DecodeError> {
        self.let_go_of_giants();
        let Self { exact, kernel, input, buffers, tape } = self;
        if is_parsable(text) && !exact.needs_deep_stack(text) {
            let mut parsed: Tape<'a> = std::mem::replace(tape, Tape(Vec::new()));
            let before = refusals();
            let decoded = if fill(text, input, buffers, &mut parsed) {
                let zeros = Zeros::new(|| find_negative_zero(*kernel, text));
                T::deserialize(TapeDeserializer::new(&parsed.0, &zeros)).ok()
            } else {
                None
            };
            *tape = parsed.reset();
            if refusals() == before
                && let Some(value) = decoded
            {
                return Ok(value);
            }
        }
        exact.decode_borrowed(text)
    }

    fn validate(&mut self, text: &[u8]) -> Result<(), DecodeError> {
        self.let_go_of_giants();
        let Self { exact, input, buffers, tape, .. } = self;
        let mut parsed: Tape<'_> = std::mem::replace(tape, Tape(Vec::new()));
        let accepted = is_parsable(text) && fill(text, input, buffers, &mut parsed);
        *tape = parsed.reset();
        if accepted { Ok(()) } else { exact.validate(text) }
    }
}

/// The parser holds offsets in 32 bits, and has a wording of its own for an empty text.
fn is_parsable(text: &[u8]) -> bool {
    !text.is_empty() && u32::try_from(text.len() + INPUT_PADDING).is_ok()
}

/// Parses a copy of `text` that lies in `input`. Whether it could.
fn fill<'a>(
    text: &[u8],
    input: &'a mut Vec<u8>,
    buffers: &mut Buffers,
    tape: &mut Tape<'a>,
) -> bool {
    let needed = text.len() + INPUT_PADDING;
    if input.len() < needed {
        input.resize(needed.next_multiple_of(4 << 10), 0);
    }
    input[..text.len()].copy_from_slice(text);
    simd_json::fill_tape_padded(&mut input[..needed], text.len(), buffers, tape).is_ok()
}
