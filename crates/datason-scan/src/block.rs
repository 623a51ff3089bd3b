//! Sixty-four bytes compared at once: what an instruction set has to offer.
//!
//! An algorithm is written once, generic over [`Block`], in `#[inline(always)]` functions. A
//! kernel compiles it by calling it from one function that wears `#[target_feature]`
//! ([`Task::run`] is that call), so everything below it is inlined and may use the
//! instructions the kernel stands for.

use std::ops::{ControlFlow, Range};

use crate::bits;
use crate::number::Decimal;
use crate::string_column::Offset;
use crate::to_escape::{ESCAPED_SIZE, LAST_CONTROL, escape_block};
use crate::token::Tokens;

/// The bytes a [`Block`] holds: one bit of a `u64` mask for each.
pub(crate) const BLOCK_SIZE: usize = 64;

/// What pads a block that has fewer than [`BLOCK_SIZE`] bytes.
///
/// A space is no quote, no backslash, no bracket, no newline and no control character, so it
/// sets no bit in any mask.
const PADDING: u8 = b' ';

/// The bit that tells `[` from `{`, `]` from `}` and upper from lower case letters.
pub(crate) const FOLD: u8 = 0x20;

/// Sixty-four bytes in an instruction set's registers.
///
/// Bit `n` of every mask speaks of byte `n`, on every machine.
pub(crate) trait Block: Copy {
    /// What must be shown to use the instructions: `()` where the target guarantees them.
    type Proof: Copy;

    /// Reads 64 bytes from anywhere; no alignment is asked.
    fn load(proof: Self::Proof, bytes: &[u8; BLOCK_SIZE]) -> Self;

    /// The bytes equal to `byte`.
    fn equal(self, byte: u8) -> u64;

    /// The bytes equal to `byte` once [`FOLD`] is set in them, so that one comparison finds both
    /// kinds of bracket. `byte` must have the bit set, or nothing can match.
    fn equal_folded(self, byte: u8) -> u64;

    /// The bytes not above `byte`, which must be below 128.
    fn at_most(self, byte: u8) -> u64;

    /// The bytes at which a string can end, and those at which a number or word ends: see
    /// [`ValueIndex`](crate::ValueIndex).
    #[inline(always)]
    fn value_stops(self) -> [u64; 2] {
        let string = self.equal(b'"') | self.equal(b'\\') | self.at_most(LAST_CONTROL);
        let closing = self.equal_folded(b']' | FOLD);
        [string, self.equal(b',') | closing | self.at_most(b' ')]
    }

    /// Bit `n` of the result is the exclusive or of the bits 0 to `n` of `mask`.
    ///
    /// Turns marks at both ends of a span into a mask of the span: from the first mark, itself
    /// included, to the second, itself excluded.
    fn prefix_xor(proof: Self::Proof, mask: u64) -> u64;

    /// Appends `base` plus the number of each set bit of `mask`, lowest first.
    #[inline(always)]
    fn push_places(_: Self::Proof, mask: u64, base: u32, out: &mut Vec<u32>) {
        bits::push_places(mask, base, out);
    }

    /// The number that all of `span` is, if it is a plain one and there is a faster way than that
    /// which every machine has. `None` says nothing.
    #[inline(always)]
    fn decimal(_: Self::Proof, _bytes: &[u8], _span: Range<usize>) -> Option<Decimal> {
        None
    }

    /// As [`decimal`](Self::decimal), where an integer is expected.
    #[inline(always)]
    fn integer(_: Self::Proof, _bytes: &[u8], _span: Range<usize>) -> Option<Decimal> {
        None
    }

    /// Appends as many of the strings of `utf8` for which `tokens` stand as are short and have no
    /// escapes to `values`, and their ends to `ends` as long as there is room, up to the first that
    /// is anything else; returns how many these are. `None` if it is faster to look at each.
    ///
    /// An array is made of these without a check. So tokens may be those of another text, and
    /// nevertheless only what stands between two quotes may be appended, whole, and its end: the
    /// length of `values` then, cut if `O` cannot hold it.
    #[inline(always)]
    fn append_strings<O: Offset>(
        _: Self::Proof,
        _utf8: &str,
        _tokens: Tokens<'_>,
        _values: &mut Vec<u8>,
        _ends: &mut Vec<O>,
    ) -> Option<usize> {
        None
    }

    /// Copies `bytes` to the start of `room`, with an escape for each byte of `mask`; returns how
    /// long that is. `mask` has all that need one, up to some byte: what is behind that one may
    /// come out as anything, in as many bytes as there are.
    #[inline(always)]
    fn escape(
        _: Self::Proof,
        bytes: &[u8; BLOCK_SIZE],
        mask: u64,
        room: &mut [u8; ESCAPED_SIZE],
    ) -> usize {
        escape_block(bytes, mask, room)
    }
}

/// A whole scan of a buffer, for one kernel to compile and run.
pub(crate) trait Task {
    /// What the scan finds.
    type Output;

    /// The scan. Implementations are `#[inline(always)]`, and so is all they call.
    fn run<B: Block>(self, proof: B::Proof) -> Self::Output;
}

/// What a forward scan does with each block.
pub(crate) trait Visitor {
    /// What a scan that ends early found.
    type Found;

    /// Looks at the `length` bytes (1 to 64) that start at `offset` of the buffer.
    ///
    /// Bytes of the block beyond `length` are spaces.
    fn visit<B: Block>(
        &mut self,
        proof: B::Proof,
        block: B,
        length: usize,
        offset: usize,
    ) -> ControlFlow<Self::Found>;
}

/// A forward scan of a buffer: a [`Visitor`] and the bytes it is to see.
///
/// The visitor goes in and comes out by value, so that its state stays in registers meanwhile.
pub(crate) struct Walk<'a, V> {
    pub(crate) bytes: &'a [u8],
    pub(crate) visitor: V,
}

impl<V: Visitor> Task for Walk<'_, V> {
    type Output = (V, Option<V::Found>);

    #[inline(always)]
    fn run<B: Block>(mut self, proof: B::Proof) -> Self::Output {
        let found = self.run_through::<B>(proof);
        (self.visitor, found)
    }
}

impl<V: Visitor> Walk<'_, V> {
    #[inline(always)]
    fn run_through<B: Block>(&mut self, proof: B::Proof) -> Option<V::Found> {
        let (blocks, tail) = self.bytes.as_chunks::<BLOCK_SIZE>();
        for (index, bytes) in blocks.iter().enumerate() {
            let block = B::load(proof, bytes);
            let flow = self.visitor.visit(proof, block, BLOCK_SIZE, index * BLOCK_SIZE);
            if let ControlFlow::Break(found) = flow {
                return Some(found);
            }
        }
        if tail.is_empty() {
            return None;
        }
        let block = B::load(proof, &padded(tail));
        self.visitor.visit(proof, block, tail.len(), blocks.len() * BLOCK_SIZE).break_value()
    }
}

/// Copies fewer than 64 bytes to the start of a block of spaces.
#[inline(always)]
pub(crate) fn padded(bytes: &[u8]) -> [u8; BLOCK_SIZE] {
    let mut block = [PADDING; BLOCK_SIZE];
    block[..bytes.len()].copy_from_slice(bytes);
    block
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::index::{can_end_string, ends_scalar};
    use crate::kernel::Kernel;

    /// Every operation of a block, asked with one byte.
    struct Operations<'a> {
        bytes: &'a [u8; BLOCK_SIZE],
        byte: u8,
    }

    impl Task for Operations<'_> {
        type Output = ([u64; 6], Vec<u32>);

        #[inline(always)]
        fn run<B: Block>(self, proof: B::Proof) -> Self::Output {
            let block = B::load(proof, self.bytes);
            let equal = block.equal(self.byte);
            let folded = block.equal_folded(self.byte | FOLD);
            let at_most = block.at_most(self.byte & 0x7f);
            let mut places = vec![7];
            B::push_places(proof, equal, 1_000, &mut places);
            let [string, scalar] = block.value_stops();
            ([equal, folded, at_most, B::prefix_xor(proof, equal), string, scalar], places)
        }
    }

    fn naive(bytes: &[u8; BLOCK_SIZE], byte: u8) -> <Operations<'_> as Task>::Output {
        let mask = |test: &dyn Fn(u8) -> bool| {
            (0..BLOCK_SIZE).fold(0, |mask, bit| mask | (u64::from(test(bytes[bit])) << bit))
        };
        let equal = mask(&|other| other == byte);
        let folded = mask(&|other| other | FOLD == byte | FOLD);
        let at_most = mask(&|other| other <= byte & 0x7f);
        let bits = (0..64).filter(|bit| equal >> bit & 1 == 1).map(|bit| 1_000 + bit);
        let places = std::iter::once(7).chain(bits).collect();
        let (string, scalar) = (mask(&can_end_string), mask(&ends_scalar));
        ([equal, folded, at_most, bits::prefix_xor(equal), string, scalar], places)
    }

    fn check(bytes: &[u8; BLOCK_SIZE], byte: u8) {
        for kernel in Kernel::available() {
            let found = kernel.run(Operations { bytes, byte });
            assert_eq!(found, naive(bytes, byte), "{kernel}, asked for {byte:#x}");
        }
    }

    #[test]
    fn every_byte_meets_every_byte() {
        for start in (0..=u8::MAX).step_by(BLOCK_SIZE) {
            let all: Vec<u8> = (start..=u8::MAX).collect();
            let bytes = *all.first_chunk().unwrap();
            (0..=255).for_each(|byte| check(&bytes, byte));
        }
    }

    #[test]
    fn padding_is_spaces() {
        assert_eq!(padded(b""), [b' '; BLOCK_SIZE]);
        assert_eq!(padded(b"ab").trim_ascii_end(), b"ab");
    }

    proptest! {
        #[test]
        fn bytes_in_any_order(bytes: [[u8; 8]; 8], byte: u8, few in 0..4_u8) {
            let bytes = bytes.as_flattened().first_chunk().unwrap();
            check(bytes, byte);
            check(&bytes.map(|byte| byte & few), byte & few);
        }
    }
}
