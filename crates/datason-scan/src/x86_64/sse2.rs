//! SSE2: four registers of 16 bytes. Every x86-64 machine has it, so no proof is asked.

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
    _mm_set1_epi8,
};

use crate::bits;
use crate::block::{BLOCK_SIZE, Block, FOLD, Task};

const LANE: usize = 16;
const LANES: usize = BLOCK_SIZE / LANE;

/// Sixty-four bytes in four registers, the first bytes first.
#[derive(Clone, Copy)]
pub(crate) struct Registers([__m128i; LANES]);

/// Compiles `task` for SSE2 and runs it. No attribute is needed: the target itself has SSE2.
pub(crate) fn run<T: Task>(task: T) -> T::Output {
    task.run::<Registers>(())
}

impl Block for Registers {
    type Proof = ();

    #[inline(always)]
    fn load((): (), bytes: &[u8; BLOCK_SIZE]) -> Self {
        let mut lanes = [splat(0); LANES];
        for (lane, chunk) in lanes.iter_mut().zip(bytes.as_chunks::<LANE>().0) {
            *lane = load(chunk);
        }
        Self(lanes)
    }

    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        let needle = splat(byte);
        gather(self.0, |lane| equal(lane, needle))
    }

    #[inline(always)]
    fn equal_folded(self, byte: u8) -> u64 {
        let (needle, fold) = (splat(byte), splat(FOLD));
        gather(self.0, |lane| equal(or(lane, fold), needle))
    }

    #[inline(always)]
    fn at_most(self, byte: u8) -> u64 {
        let bound = splat(byte);
        gather(self.0, |lane| equal(minimum(lane, bound), lane))
    }

    #[inline(always)]
    fn prefix_xor((): (), mask: u64) -> u64 {
        bits::prefix_xor(mask)
    }
}

/// One bit for each byte of what `compare` makes of the lanes, which is 0 or 255 everywhere.
#[inline(always)]
fn gather(lanes: [__m128i; LANES], compare: impl Fn(__m128i) -> __m128i) -> u64 {
    let mut mask = 0;
    for (index, lane) in lanes.into_iter().enumerate() {
        mask |= sign_bits(compare(lane)) << (index * LANE);
    }
    mask
}

#[inline(always)]
fn load(bytes: &[u8; LANE]) -> __m128i {
    // SAFETY: SSE2 is part of x86-64, the pointer is to 16 readable bytes, and this load asks
    // for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline(always)]
fn splat(byte: u8) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_set1_epi8(byte.cast_signed()) }
}

#[inline(always)]
fn equal(left: __m128i, right: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cmpeq_epi8(left, right) }
}

#[inline(always)]
fn or(left: __m128i, right: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_or_si128(left, right) }
}

#[inline(always)]
fn minimum(left: __m128i, right: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_min_epu8(left, right) }
}

#[inline(always)]
fn sign_bits(lane: __m128i) -> u64 {
    // SAFETY: SSE2 is part of x86-64.
    let bits = unsafe { _mm_movemask_epi8(lane) };
    u64::from(bits.cast_unsigned())
}
