//! AVX2: two registers of 32 bytes, and carry-less multiply.

use std::arch::asm;
use std::arch::x86_64::{
    __m256i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
};

use super::Avx2;
use crate::block::{BLOCK_SIZE, Block, FOLD, Task};

/// Sixty-four bytes in two registers. Only `load` builds one, which asks for proof of AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    low: __m256i,
    high: __m256i,
}

/// Compiles `task` for AVX2 and runs it.
pub(crate) fn run<T: Task>(proof: Avx2, task: T) -> T::Output {
    // SAFETY: an `Avx2` exists only if detection saw every feature that `compiled` enables.
    unsafe { compiled(proof, task) }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn compiled<T: Task>(proof: Avx2, task: T) -> T::Output {
    task.run::<Registers>(proof)
}

impl Block for Registers {
    type Proof = Avx2;

    #[inline(always)]
    fn load(_: Avx2, bytes: &[u8; BLOCK_SIZE]) -> Self {
        let start: *const __m256i = bytes.as_ptr().cast();
        // SAFETY: the proof shows AVX2; the two loads cover the 64 bytes of the array and ask
        // for no alignment.
        unsafe { Self { low: _mm256_loadu_si256(start), high: _mm256_loadu_si256(start.add(1)) } }
    }

    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of AVX2.
        unsafe {
            let needle = _mm256_set1_epi8(byte.cast_signed());
            mask(_mm256_cmpeq_epi8(self.low, needle), _mm256_cmpeq_epi8(self.high, needle))
        }
    }

    #[inline(always)]
    fn equal_folded(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of AVX2.
        let folded = unsafe {
            let fold = _mm256_set1_epi8(FOLD.cast_signed());
            Self { low: _mm256_or_si256(self.low, fold), high: _mm256_or_si256(self.high, fold) }
        };
        folded.equal(byte)
    }

    #[inline(always)]
    fn at_most(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of AVX2.
        unsafe {
            let bound = _mm256_set1_epi8(byte.cast_signed());
            mask(
                _mm256_cmpeq_epi8(_mm256_min_epu8(self.low, bound), self.low),
                _mm256_cmpeq_epi8(_mm256_min_epu8(self.high, bound), self.high),
            )
        }
    }

    #[inline(always)]
    fn prefix_xor(_: Avx2, mask: u64) -> u64 {
        // SAFETY: the proof shows PCLMULQDQ too.
        unsafe { multiply_by_ones(mask) }
    }
}

/// One bit for each byte of two registers of comparison results.
#[target_feature(enable = "avx2")]
#[inline]
fn mask(low: __m256i, high: __m256i) -> u64 {
    let low = _mm256_movemask_epi8(low).cast_unsigned();
    let high = _mm256_movemask_epi8(high).cast_unsigned();
    opaque(u64::from(low) | (u64::from(high) << 32))
}

/// Keeps the compiler from seeing where a mask came from.
///
/// If it knows, it may carry the mask on as a vector of single bits, which this machine does not
/// have, and take that apart byte by byte. In `find_negative_zero` it did: 1.6 GB/s on an array
/// of dates without this, 7.2 with it (`examples/scan_throughput.rs`).
#[inline(always)]
fn opaque(mut mask: u64) -> u64 {
    // SAFETY: the assembly is a comment; it reads and writes nothing but leaves `mask` as it is.
    unsafe {
        asm!("/* {0} */", inout(reg) mask, options(pure, nomem, nostack, preserves_flags));
    }
    mask
}

/// The low half of the carry-less product of `mask` and all ones: its prefix exclusive or.
#[target_feature(enable = "pclmulqdq,sse2")]
#[inline]
pub(super) fn multiply_by_ones(mask: u64) -> u64 {
    let factor = _mm_cvtsi64_si128(mask.cast_signed());
    let product = _mm_clmulepi64_si128::<0>(factor, _mm_cvtsi64_si128(-1));
    _mm_cvtsi128_si64(product).cast_unsigned()
}
