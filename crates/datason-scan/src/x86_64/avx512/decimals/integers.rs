//! Eight integers at a time to their digits.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_abs_epi64, _mm512_add_epi64, _mm512_and_si512,
    _mm512_cmpeq_epi64_mask, _mm512_cmplt_epu64_mask, _mm512_lzcnt_epi64, _mm512_mask_blend_epi64,
    _mm512_or_si512, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
};

use super::digits::{LANES, all, eight_digits, halves, letters, load, store};
use super::tables::WITHOUT_POINT;
use super::{SLOT, store_digits};

/// The first number that has more than sixteen digits.
const BEYOND: u64 = 10_u64.pow(16);

/// Makes the digits of eight integers, and says which of them it cannot.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512ifma")]
pub(super) fn make(
    integers: &[u64; LANES],
    slots: &mut [[u8; SLOT]; LANES],
    shapes: &mut [u64; LANES],
) -> __mmask8 {
    let integers = load(integers);
    let absolute = _mm512_abs_epi64(integers);
    let (upper, lower) = halves(absolute);
    let (upper, lower) = (eight_digits(upper), eight_digits(lower));
    store_digits(letters(upper), letters(lower), _mm512_setzero_si512(), slots);

    let skipped = skipped(upper, lower);
    let sign = _mm512_srli_epi64::<63>(integers);
    let frame = _mm512_add_epi64(sign, all(WITHOUT_POINT as u64));
    let length = _mm512_add_epi64(_mm512_sub_epi64(all(16), skipped), sign);
    let shape = _mm512_or_si512(frame, _mm512_slli_epi64::<8>(length));
    store(shapes, _mm512_or_si512(shape, _mm512_slli_epi64::<16>(skipped)));
    !_mm512_cmplt_epu64_mask(absolute, all(BEYOND))
}

/// How many of sixteen digits are zeros before the first that counts.
#[inline]
#[target_feature(enable = "avx512f,avx512cd")]
fn skipped(upper: __m512i, lower: __m512i) -> __m512i {
    let zero = _mm512_setzero_si512();
    // The last digit of the number counts even if it is zero: as if it were not.
    let lower = _mm512_or_si512(lower, all(1 << 56));
    let without_upper = _mm512_cmpeq_epi64_mask(upper, zero);
    let first = _mm512_mask_blend_epi64(without_upper, upper, lower);
    // The first digit that counts is in the lowest byte that is not zero.
    let lowest = _mm512_and_si512(first, _mm512_sub_epi64(zero, first));
    let zeros = _mm512_srli_epi64::<3>(_mm512_sub_epi64(all(63), _mm512_lzcnt_epi64(lowest)));
    let before = _mm512_mask_blend_epi64(without_upper, zero, all(8));
    _mm512_add_epi64(zeros, before)
}
