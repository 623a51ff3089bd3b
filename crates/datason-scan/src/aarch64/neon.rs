//! NEON: four registers of 16 bytes.

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcleq_u8, vdupq_n_u8, vgetq_lane_u64, vld1q_u8, vorrq_u8,
    vpaddq_u8, vreinterpretq_u64_u8,
};

use super::Neon;
use crate::bits;
use crate::block::{BLOCK_SIZE, Block, FOLD, Task};

const LANE: usize = 16;
const LANES: usize = BLOCK_SIZE / LANE;

/// The bit of each byte within the eight that become one byte of a mask.
const BITS: [u8; LANE] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// Sixty-four bytes in four registers, the first bytes first. Only `load` builds one, which asks
/// for proof of NEON.
#[derive(Clone, Copy)]
pub(crate) struct Registers([uint8x16_t; LANES]);

/// Compiles `task` for NEON and runs it.
pub(crate) fn run<T: Task>(proof: Neon, task: T) -> T::Output {
    // SAFETY: a `Neon` exists only if detection saw the feature that `compiled` enables.
    unsafe { compiled(proof, task) }
}

#[target_feature(enable = "neon")]
fn compiled<T: Task>(proof: Neon, task: T) -> T::Output {
    task.run::<Registers>(proof)
}

impl Block for Registers {
    type Proof = Neon;

    #[inline(always)]
    fn load(_: Neon, bytes: &[u8; BLOCK_SIZE]) -> Self {
        let start = bytes.as_ptr();
        // SAFETY: the proof shows NEON; the four loads cover the 64 bytes of the array and ask
        // for no alignment but that of a byte.
        Self(unsafe {
            [
                vld1q_u8(start),
                vld1q_u8(start.add(LANE)),
                vld1q_u8(start.add(2 * LANE)),
                vld1q_u8(start.add(3 * LANE)),
            ]
        })
    }

    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of NEON.
        unsafe {
            let needle = vdupq_n_u8(byte);
            mask(self.0.map(|lane| vceqq_u8(lane, needle)))
        }
    }

    #[inline(always)]
    fn equal_folded(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of NEON.
        let folded = unsafe {
            let fold = vdupq_n_u8(FOLD);
            self.0.map(|lane| vorrq_u8(lane, fold))
        };
        Self(folded).equal(byte)
    }

    #[inline(always)]
    fn at_most(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of NEON.
        unsafe {
            let bound = vdupq_n_u8(byte);
            mask(self.0.map(|lane| vcleq_u8(lane, bound)))
        }
    }

    /// By shifts: the carry-less product of this instruction set belongs to an extension that
    /// some machines lack.
    #[inline(always)]
    fn prefix_xor(_: Neon, mask: u64) -> u64 {
        bits::prefix_xor(mask)
    }
}

/// One bit for each byte of comparison results, which are 0 or 255 everywhere.
///
/// There is no instruction that gathers one bit of each byte. So each byte keeps the bit of its
/// place, and neighbours are added, three times, until eight of them are one byte.
#[target_feature(enable = "neon")]
#[inline]
fn mask(compared: [uint8x16_t; LANES]) -> u64 {
    // SAFETY: the pointer is to 16 readable bytes.
    let bits = unsafe { vld1q_u8(BITS.as_ptr()) };
    let [first, second, third, fourth] = compared.map(|lane| vandq_u8(lane, bits));
    let halves = vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, fourth));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(halves, halves)))
}
