//! AVX-512: one register of 64 bytes, whose comparisons are masks already.

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmple_epu8_mask, _mm512_loadu_si512, _mm512_or_si512,
    _mm512_set1_epi8,
};

use super::Avx512;
use super::avx2::multiply_by_ones;
use crate::block::{BLOCK_SIZE, Block, FOLD, Task};

/// Sixty-four bytes in one register. Only `load` builds one, which asks for proof of AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct Register(__m512i);

/// Compiles `task` for AVX-512 and runs it.
pub(crate) fn run<T: Task>(proof: Avx512, task: T) -> T::Output {
    // SAFETY: an `Avx512` exists only if detection saw every feature that `compiled` enables.
    unsafe { compiled(proof, task) }
}

#[target_feature(enable = "avx512f,avx512bw,avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn compiled<T: Task>(proof: Avx512, task: T) -> T::Output {
    task.run::<Register>(proof)
}

impl Block for Register {
    type Proof = Avx512;

    #[inline(always)]
    fn load(_: Avx512, bytes: &[u8; BLOCK_SIZE]) -> Self {
        // SAFETY: the proof shows AVX-512 F; the load covers the 64 bytes of the array and asks
        // for no alignment.
        Self(unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of AVX-512 F and BW.
        unsafe { _mm512_cmpeq_epi8_mask(self.0, _mm512_set1_epi8(byte.cast_signed())) }
    }

    #[inline(always)]
    fn equal_folded(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of AVX-512 F.
        let folded = unsafe { _mm512_or_si512(self.0, _mm512_set1_epi8(FOLD.cast_signed())) };
        Self(folded).equal(byte)
    }

    #[inline(always)]
    fn at_most(self, byte: u8) -> u64 {
        // SAFETY: `self` was loaded, so there is proof of AVX-512 F and BW.
        unsafe { _mm512_cmple_epu8_mask(self.0, _mm512_set1_epi8(byte.cast_signed())) }
    }

    #[inline(always)]
    fn prefix_xor(_: Avx512, mask: u64) -> u64 {
        // SAFETY: the proof shows PCLMULQDQ too.
        unsafe { multiply_by_ones(mask) }
    }
}
