//! Eight numbers at a time to their decimal digits.

use std::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_madd52hi_epu64, _mm512_mul_epu32, _mm512_mulhi_epu16,
    _mm512_mullo_epi16, _mm512_or_si512, _mm512_set1_epi16, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_slli_epi32, _mm512_slli_epi64, _mm512_srli_epi16,
    _mm512_srli_epi64, _mm512_storeu_si512, _mm512_sub_epi64,
};

/// Numbers that one register holds.
pub(super) const LANES: usize = 8;

/// A number of sixteen digits as two of eight.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn halves(number: __m512i) -> (__m512i, __m512i) {
    // 10^8 is 2^8 times 5^8, by which 46 bits are divided.
    const BITS: u32 = 70 - 52;
    /// 2^70 / 5^8, rounded up.
    const INVERSE: u64 = 3_022_314_549_036_573;
    const { assert!(INVERSE as u128 * 390_625 - (1 << 70) < 390_625) };
    let quotient =
        _mm512_madd52hi_epu64(_mm512_setzero_si512(), _mm512_srli_epi64::<8>(number), all(INVERSE));
    let upper = _mm512_srli_epi64::<BITS>(quotient);
    (upper, _mm512_sub_epi64(number, _mm512_mul_epu32(upper, all(100_000_000))))
}

/// The digits of numbers below 10^8, one a byte, the first in the lowest.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn eight_digits(number: __m512i) -> __m512i {
    let words = |word: i16| _mm512_set1_epi16(word);
    // Halves of four digits, then pairs of two, then single digits.
    let upper = _mm512_srli_epi64::<40>(_mm512_mul_epu32(number, all(109_951_163)));
    let lower = _mm512_sub_epi64(number, _mm512_mul_epu32(upper, all(10_000)));
    let halves = _mm512_or_si512(upper, _mm512_slli_epi64::<32>(lower));
    let upper = _mm512_srli_epi16::<3>(_mm512_mulhi_epu16(halves, words(5_243)));
    let lower = _mm512_sub_epi64(halves, _mm512_mullo_epi16(upper, words(100)));
    let pairs = _mm512_or_si512(upper, _mm512_slli_epi32::<16>(lower));
    let upper = _mm512_mulhi_epu16(pairs, words(6_554));
    let lower = _mm512_sub_epi64(pairs, _mm512_mullo_epi16(upper, words(10)));
    _mm512_or_si512(upper, _mm512_slli_epi64::<8>(lower))
}

/// The digits as letters.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn letters(digits: __m512i) -> __m512i {
    _mm512_or_si512(digits, all(u64::MAX / 255 * u64::from(b'0')))
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn all(number: u64) -> __m512i {
    _mm512_set1_epi64(number.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(numbers: &[u64; LANES]) -> __m512i {
    // SAFETY: the load covers the 64 bytes of the array and asks for no alignment.
    unsafe { _mm512_loadu_si512(std::ptr::from_ref(numbers).cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(numbers: &mut [u64; LANES], register: __m512i) {
    // SAFETY: the store covers the 64 bytes of the array and asks for no alignment.
    unsafe { _mm512_storeu_si512(std::ptr::from_mut(numbers).cast(), register) };
}
