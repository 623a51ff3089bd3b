//! Eight floats at a time to their shortest decimal texts.
//!
//! The method is that of Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020),
//! in fixed point. A float is `c` times a power of two. Multiplied by the power of ten that its
//! exponent asks for, it lies between 10^14.6 and 10^16, and as far from its neighbours as one to
//! ten units of a seventeenth digit: so either one number of sixteen digits lies nearer to it than
//! they do, and is the shortest, or it takes the nearest one of seventeen. Both questions are
//! answered by the 52 bits behind the point. Where these are so near to an answer's edge that
//! bits that were left out could change it, the float is left to the general code, and so is
//! every float that is written with an exponent.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask,
    _mm512_cmpge_epu64_mask, _mm512_cmpgt_epu64_mask, _mm512_cmplt_epu64_mask,
    _mm512_i64gather_epi64, _mm512_lzcnt_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_add_epi64, _mm512_mask_blend_epi64, _mm512_maskz_mov_epi64, _mm512_max_epi64,
    _mm512_min_epu64, _mm512_mul_epi32, _mm512_or_si512, _mm512_setzero_si512, _mm512_slli_epi64,
    _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
};

use super::digits::{LANES, all, eight_digits, halves, letters, load, store};
use super::tables::{BIAS, EXPONENTS, FIRST_EXPONENT, LEAST_POINT, LOG10_BITS, LOG10_OF_2, SCALES};
use super::{SLOT, store_digits};

/// The bits behind the binary point.
pub(super) const FRACTION: u64 = (1 << 52) - 1;

/// The first float that is written without an exponent, and the first from which on they are
/// written with one again.
const FIRST: u64 = 1e-4_f64.to_bits();
const BEYOND: u64 = 1e16_f64.to_bits();

/// Makes the digits of eight floats, given as their bits, and says which of them it cannot.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512ifma")]
pub(super) fn make(
    bits: &[u64; LANES],
    slots: &mut [[u8; SLOT]; LANES],
    shapes: &mut [u64; LANES],
) -> __mmask8 {
    let bits = load(bits);
    let absolute = _mm512_and_si512(bits, all(i64::MAX.unsigned_abs()));
    let is_plain = _mm512_cmpge_epu64_mask(absolute, all(FIRST))
        & _mm512_cmplt_epu64_mask(absolute, all(BEYOND));
    let is_zero = _mm512_cmpeq_epi64_mask(absolute, _mm512_setzero_si512());
    if is_plain | is_zero == 0 {
        return !0;
    }
    let exponent = _mm512_sub_epi64(_mm512_srli_epi64::<52>(absolute), all(FIRST_EXPONENT));
    let exponent = _mm512_maskz_mov_epi64(is_plain, exponent);
    let (sixteen, last, is_sure) = shortest(_mm512_and_si512(bits, all(FRACTION)), exponent);
    let sixteen = _mm512_maskz_mov_epi64(!is_zero, sixteen);
    let last = _mm512_maskz_mov_epi64(!is_zero, last);

    let is_short = _mm512_cmplt_epu64_mask(sixteen, all(1_000_000_000_000_000)) & !is_zero;
    let (upper, lower) = halves(sixteen);
    let (upper, lower) = (eight_digits(upper), eight_digits(lower));
    store_digits(letters(upper), letters(lower), letters(last), slots);

    let skipped = _mm512_maskz_mov_epi64(is_short, all(1));
    let binary = _mm512_sub_epi64(exponent, all(BIAS.unsigned_abs() - FIRST_EXPONENT));
    let decimal =
        _mm512_srai_epi64::<LOG10_BITS>(_mm512_mul_epi32(binary, all(LOG10_OF_2.unsigned_abs())));
    let point = _mm512_sub_epi64(_mm512_add_epi64(decimal, all(17)), skipped);
    // Zero has one digit before the point, and no other.
    let point = _mm512_mask_blend_epi64(is_zero, point, all(1));
    let count = _mm512_sub_epi64(significant(upper, lower, last), skipped);
    let sign = _mm512_srli_epi64::<63>(bits);
    store(shapes, shape(point, count, sign, skipped));
    !(is_plain & is_sure | is_zero)
}

/// For each float its first sixteen digits, rounded if these are enough, the seventeenth, and
/// whether that is sure.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn shortest(fraction: __m512i, exponent: __m512i) -> (__m512i, __m512i, __mmask8) {
    /// So many units may be missing of what is computed, at most, rounded up.
    const DOUBT: u64 = 4;
    let (upper, lower) = scales(exponent);
    // The significand, which is 2^52 and the fraction, times the scale, but for the lowest bits.
    let behind = _mm512_madd52hi_epu64(lower, fraction, lower);
    let behind = _mm512_madd52lo_epu64(behind, fraction, upper);
    let whole = _mm512_madd52hi_epu64(upper, fraction, upper);
    let whole = _mm512_add_epi64(whole, _mm512_srli_epi64::<52>(behind));
    let behind = _mm512_and_si512(behind, all(FRACTION));

    // Whatever lies nearer than half a unit reads as this float.
    let half = _mm512_srli_epi64::<1>(upper);
    let (one, doubt) = (all(1 << 52), all(DOUBT));
    let above = _mm512_add_epi64(behind, half);
    let down = _mm512_cmplt_epu64_mask(_mm512_add_epi64(behind, doubt), half);
    let up = _mm512_cmpgt_epu64_mask(above, _mm512_add_epi64(one, doubt));
    let not_down = _mm512_cmpgt_epu64_mask(behind, _mm512_add_epi64(half, doubt));
    let not_up = _mm512_cmplt_epu64_mask(_mm512_add_epi64(above, doubt), one);
    let whole = _mm512_mask_add_epi64(whole, up, whole, all(1));

    // One digit more, rounded. It is never a tenth: that would have been rounded up above.
    let tenfold = _mm512_add_epi64(_mm512_slli_epi64::<3>(behind), _mm512_slli_epi64::<1>(behind));
    let tenfold = _mm512_add_epi64(tenfold, all(1 << 51));
    let last = _mm512_srli_epi64::<52>(tenfold);
    let edge = _mm512_and_si512(_mm512_add_epi64(tenfold, all(10 * DOUBT)), all(FRACTION));
    let is_clear =
        _mm512_cmpgt_epu64_mask(edge, all(20 * DOUBT)) & _mm512_cmplt_epu64_mask(last, all(10));
    let is_shorter = down | up;
    let last = _mm512_maskz_mov_epi64(!is_shorter, last);
    (whole, last, is_shorter | not_down & not_up & is_clear)
}

/// The scales of eight exponents.
#[inline]
#[target_feature(enable = "avx512f")]
fn scales(exponent: __m512i) -> (__m512i, __m512i) {
    let exponent = _mm512_min_epu64(exponent, all(EXPONENTS as u64 - 1));
    // SAFETY: no index is beyond the last entry of the tables.
    unsafe {
        (
            _mm512_i64gather_epi64::<8>(exponent, SCALES.0.as_ptr().cast()),
            _mm512_i64gather_epi64::<8>(exponent, SCALES.1.as_ptr().cast()),
        )
    }
}

/// How many of seventeen digits there are without the zeros at the end.
#[inline]
#[target_feature(enable = "avx512f,avx512cd")]
fn significant(upper: __m512i, lower: __m512i, last: __m512i) -> __m512i {
    let bytes = |digits| _mm512_srli_epi64::<3>(_mm512_lzcnt_epi64(digits));
    let is_zero = |digits| _mm512_cmpeq_epi64_mask(digits, _mm512_setzero_si512());
    let within_upper = _mm512_sub_epi64(all(8), bytes(upper));
    let within_lower = _mm512_sub_epi64(all(16), bytes(lower));
    let count = _mm512_mask_blend_epi64(is_zero(lower), within_lower, within_upper);
    _mm512_mask_blend_epi64(is_zero(last), all(17), count)
}

/// The numbers of the frames, the lengths of the texts, and what is skipped.
#[inline]
#[target_feature(enable = "avx512f")]
fn shape(point: __m512i, count: __m512i, sign: __m512i, skipped: __m512i) -> __m512i {
    let (one, zero) = (all(1), _mm512_setzero_si512());
    // A digit at least behind the point, and a zero before it if there is no other.
    let digits = _mm512_max_epi64(count, _mm512_add_epi64(point, one));
    let before = _mm512_max_epi64(_mm512_sub_epi64(one, point), zero);
    let length = _mm512_add_epi64(_mm512_add_epi64(digits, before), _mm512_add_epi64(sign, one));
    let index = _mm512_add_epi64(point, all(LEAST_POINT.unsigned_abs()));
    let frame = _mm512_add_epi64(_mm512_slli_epi64::<1>(index), sign);
    // What is not plain may be anything, and is not used.
    let frame = _mm512_and_si512(frame, all(0xff));
    let length = _mm512_slli_epi64::<8>(_mm512_and_si512(length, all(0xff)));
    _mm512_or_si512(_mm512_or_si512(frame, length), _mm512_slli_epi64::<16>(skipped))
}
