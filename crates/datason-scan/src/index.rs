//! Where values stop: the index a decoder walks by.

use std::ops::Range;

use crate::block::{BLOCK_SIZE, Block, Task, padded};
use crate::kernel::Kernel;
use crate::to_escape::LAST_CONTROL;

/// For each byte two bits: whether the plain text of a string can end there (a quote, a
/// backslash, or a control character), and whether a number or word ends there (a comma, a
/// closing bracket, white space, or a control character).
///
/// A decoder that stands in a value asks for the next of its kind and knows that all before it
/// can be taken as it is; then it looks at the byte. So nothing has to be known of what lies
/// before a place: the index of a block does not depend on how the input is cut, nor on whether
/// the text is JSON, and building it is a few comparisons for 64 bytes. It takes a quarter of the
/// text's memory, and keeps it for the next block.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, ValueIndex};
///
/// let text = br#"{"name":"a\nb","n":12}"#;
/// let mut index = ValueIndex::new();
/// index.fill(Kernel::active(), text);
/// assert_eq!(index.string_stop(2), 6); // the quote that closes the key
/// assert_eq!(index.string_stop(9), 10); // the backslash
/// assert_eq!(index.scalar_end(19), 21); // the brace behind 12
/// assert_eq!(index.string_stop(21), text.len()); // nothing follows
/// ```
#[derive(Debug, Clone)]
pub struct ValueIndex {
    words: Vec<Stops>,
    length: usize,
    kernel: Kernel,
}

impl Default for ValueIndex {
    fn default() -> Self {
        Self::new()
    }
}

/// The two masks of a block.
#[derive(Debug, Clone, Copy)]
struct Stops {
    string: u64,
    scalar: u64,
}

impl ValueIndex {
    /// The index of no text.
    pub const fn new() -> Self {
        Self { words: Vec::new(), length: 0, kernel: Kernel::Portable }
    }

    /// The instructions that made it, and that go on where it leads.
    pub const fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Makes this the index of `bytes`. Costs one pass over them, and an allocation only where
    /// no text so long has been indexed before.
    pub fn fill(&mut self, kernel: Kernel, bytes: &[u8]) {
        let mut words = std::mem::take(&mut self.words);
        words.clear();
        words.reserve(bytes.len().div_ceil(BLOCK_SIZE));
        kernel.run(Index { bytes, words: &mut words });
        *self = Self { words, length: bytes.len(), kernel };
    }

    /// The first quote, backslash or control character at or behind `from`, or the length of
    /// the text if there is none.
    #[inline]
    pub fn string_stop(&self, from: usize) -> usize {
        self.next(from, |stops| stops.string)
    }

    /// The first comma, closing bracket, space or control character at or behind `from`, or the
    /// length of the text if there is none.
    #[inline]
    pub fn scalar_end(&self, from: usize) -> usize {
        self.next(from, |stops| stops.scalar)
    }

    /// The stops of strings in the given `blocks` of 64 bytes: where each begins, and its mask.
    /// Of a text below 4 GiB.
    #[inline(always)]
    pub(crate) fn string_words(
        &self,
        blocks: Range<usize>,
    ) -> impl Iterator<Item = (u32, u64)> + use<'_> {
        let step = u32::try_from(BLOCK_SIZE).unwrap_or(u32::MAX);
        let mut at = u32::try_from(blocks.start * BLOCK_SIZE).unwrap_or(u32::MAX);
        self.words.get(blocks).unwrap_or_default().iter().map(move |stops| {
            let begin = at;
            at = at.wrapping_add(step);
            (begin, stops.string)
        })
    }

    #[inline(always)]
    fn next(&self, from: usize, mask: impl Fn(&Stops) -> u64) -> usize {
        let mut at = from / BLOCK_SIZE;
        let Some(first) = self.words.get(at) else { return self.length };
        let mut stops = mask(first) & (u64::MAX << (from % BLOCK_SIZE));
        while stops == 0 {
            at += 1;
            match self.words.get(at) {
                Some(word) => stops = mask(word),
                None => return self.length,
            }
        }
        at * BLOCK_SIZE + stops.trailing_zeros() as usize
    }
}

/// Whether the plain text of a string can end at `byte`.
pub(crate) const fn can_end_string(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | ..=LAST_CONTROL)
}

/// Whether a number or word ends at `byte`.
pub(crate) const fn ends_scalar(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | ..=b' ')
}

struct Index<'a> {
    bytes: &'a [u8],
    words: &'a mut Vec<Stops>,
}

impl Task for Index<'_> {
    type Output = ();

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) {
        let (blocks, tail) = self.bytes.as_chunks::<BLOCK_SIZE>();
        self.words.extend(blocks.iter().map(|bytes| Stops::of(B::load(proof, bytes))));
        if !tail.is_empty() {
            let Stops { string, scalar } = Stops::of(B::load(proof, &padded(tail)));
            // What pads the last block is white space that is not there.
            let scalar = scalar & (u64::MAX >> (BLOCK_SIZE - tail.len()));
            self.words.push(Stops { string, scalar });
        }
    }
}

impl Stops {
    #[inline(always)]
    fn of<B: Block>(block: B) -> Self {
        let [string, scalar] = block.value_stops();
        Self { string, scalar }
    }
}
