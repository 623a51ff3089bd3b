//! The integer `-0`, which not every parser keeps apart from `0`.

use crate::block::{BLOCK_SIZE, Block, Task};
use crate::kernel::Kernel;

/// A block and the byte behind it, for the zero that follows a minus at the block's end.
const PAIRS: usize = BLOCK_SIZE + 1;

/// What judges the minus signs of a block: one byte before it and two behind.
const WINDOW: usize = BLOCK_SIZE + 3;

/// Whether the integer `-0` may stand somewhere in `bytes`, one whole text or several.
///
/// Some parsers read it as `0` and lose the sign; a caller that must not can ask here, and
/// take a slower way if the answer is yes. It is yes if `-0` stands at the start, or behind a
/// colon, a comma, an opening square bracket or white space, and what follows it is no digit,
/// point or exponent. So a `-0` within a string can make a false yes, never a false no.
///
/// Dates (`2024-01-02`) and fractions (`-0.5`) are told apart without leaving the fast path.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, find_negative_zero};
///
/// let kernel = Kernel::active();
/// assert!(find_negative_zero(kernel, b"[1,-0]"));
/// assert!(!find_negative_zero(kernel, br#"[-0.5,-0e0,"2024-01-02",0]"#));
/// ```
pub fn find_negative_zero(kernel: Kernel, bytes: &[u8]) -> bool {
    kernel.run(NegativeZero(bytes))
}

struct NegativeZero<'a>(&'a [u8]);

impl Task for NegativeZero<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> bool {
        let bytes = self.0;
        let Some(last) = bytes.len().checked_sub(PAIRS) else {
            return in_window::<B>(proof, &copied(bytes, 0));
        };
        // The last block overlaps the one before it: to look twice at a byte does no harm.
        let mut offset = 0;
        while offset < last {
            if in_block::<B>(proof, bytes, offset) {
                return true;
            }
            offset += BLOCK_SIZE;
        }
        in_block::<B>(proof, bytes, last)
    }
}

/// Whether one of the 64 bytes from `offset` on, of at least 65, is the minus of a `-0`.
#[inline(always)]
fn in_block<B: Block>(proof: B::Proof, bytes: &[u8], offset: usize) -> bool {
    let pairs: &[u8; PAIRS] = bytes[offset..].first_chunk().expect("offset is 65 before the end");
    let minus = from::<B, PAIRS>(proof, pairs, 0).equal(b'-');
    let zero = from::<B, PAIRS>(proof, pairs, 1).equal(b'0');
    if minus & zero == 0 {
        return false;
    }
    let around = bytes.get(offset.wrapping_sub(1)..).and_then(<[u8]>::first_chunk);
    match around {
        Some(window) => in_window::<B>(proof, window),
        None => in_window::<B>(proof, &copied(bytes, offset)),
    }
}

/// The window around the block at `offset`, with spaces for what lies outside of `bytes`.
fn copied(bytes: &[u8], offset: usize) -> [u8; WINDOW] {
    let mut window = [b' '; WINDOW];
    if let Some(before) = offset.checked_sub(1) {
        window[0] = bytes[before];
    }
    let rest = &bytes[offset..];
    let length = rest.len().min(WINDOW - 1);
    window[1..=length].copy_from_slice(&rest[..length]);
    window
}

/// Whether one of the 64 bytes from the window's second on is the minus of a `-0`.
#[inline(always)]
fn in_window<B: Block>(proof: B::Proof, window: &[u8; WINDOW]) -> bool {
    let before = from::<B, WINDOW>(proof, window, 0);
    let minus = from::<B, WINDOW>(proof, window, 1).equal(b'-');
    let zero = from::<B, WINDOW>(proof, window, 2).equal(b'0');
    let candidates = minus & zero & may_precede(before);
    candidates != 0 && candidates & !continues(from::<B, WINDOW>(proof, window, 3)) != 0
}

/// The block that begins at `start`.
#[inline(always)]
fn from<B: Block, const N: usize>(proof: B::Proof, bytes: &[u8; N], start: usize) -> B {
    let block = bytes[start..].first_chunk().expect("no caller asks for more than there is");
    B::load(proof, block)
}

/// The bytes after which a value can begin.
#[inline(always)]
fn may_precede<B: Block>(block: B) -> u64 {
    let white = block.equal(b' ') | block.equal(b'\n') | block.equal(b'\t') | block.equal(b'\r');
    white | block.equal(b':') | block.equal(b',') | block.equal(b'[')
}

/// The bytes that make a number of `-0` that is not an integer zero.
#[inline(always)]
fn continues<B: Block>(block: B) -> u64 {
    let digits = block.at_most(b'9') & !block.at_most(b'/');
    digits | block.equal(b'.') | block.equal_folded(b'e')
}
