//! The kernel that runs anywhere: eight bytes at a time in a plain `u64`, no intrinsics.

use crate::bits;
use crate::block::{BLOCK_SIZE, Block, FOLD, Task};

/// The lowest bit of each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
/// All bits but the highest of each byte of a word.
const LOW_SEVEN: u64 = 0x7f * ONES;
/// The highest bit of each byte of a word.
const HIGH: u64 = 0x80 * ONES;
const WORDS: usize = BLOCK_SIZE / 8;

/// Sixty-four bytes as eight words, the first byte lowest.
#[derive(Clone, Copy)]
pub(crate) struct Words([u64; WORDS]);

/// Compiles `task` for any machine and runs it.
pub(crate) fn run<T: Task>(task: T) -> T::Output {
    task.run::<Words>(())
}

impl Block for Words {
    type Proof = ();

    #[inline(always)]
    fn load((): (), bytes: &[u8; BLOCK_SIZE]) -> Self {
        let (chunks, _) = bytes.as_chunks::<8>();
        let mut words = [0; WORDS];
        for (word, chunk) in words.iter_mut().zip(chunks) {
            *word = u64::from_le_bytes(*chunk);
        }
        Words(words)
    }

    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        self.xor(byte).at_most(0)
    }

    #[inline(always)]
    fn equal_folded(self, byte: u8) -> u64 {
        let fold = u64::from(FOLD) * ONES;
        Words(self.0.map(|word| word | fold)).equal(byte)
    }

    #[inline(always)]
    fn at_most(self, byte: u8) -> u64 {
        // Adding this to seven bits carries into the eighth exactly when they exceed `byte`.
        let complement = u64::from(0x7f - byte) * ONES;
        let mut columns = 0;
        for (index, word) in self.0.into_iter().enumerate() {
            let above = ((word & LOW_SEVEN) + complement) | word;
            columns |= (!above & HIGH) >> (7 - index);
        }
        transpose(columns)
    }

    #[inline(always)]
    fn prefix_xor((): (), mask: u64) -> u64 {
        bits::prefix_xor(mask)
    }
}

impl Words {
    #[inline(always)]
    fn xor(self, byte: u8) -> Self {
        let pattern = u64::from(byte) * ONES;
        Words(self.0.map(|word| word ^ pattern))
    }
}

/// Swaps rows and columns of a matrix of eight by eight bits.
///
/// Comparing words leaves bit `w` of byte `b` for byte `b` of word `w`; a mask wants bit `b` of
/// byte `w`. One transposition a block is cheaper than gathering the bits of every word.
#[inline(always)]
fn transpose(mut matrix: u64) -> u64 {
    matrix = swap_bits(matrix, 7, 0x00aa_00aa_00aa_00aa);
    matrix = swap_bits(matrix, 14, 0x0000_cccc_0000_cccc);
    swap_bits(matrix, 28, 0x0000_0000_f0f0_f0f0)
}

/// Exchanges the bits under `mask` with those `distance` above them.
#[inline(always)]
fn swap_bits(value: u64, distance: u32, mask: u64) -> u64 {
    let changed = (value ^ (value >> distance)) & mask;
    value ^ changed ^ (changed << distance)
}
