//! One number's digits, all at once.

use std::arch::x86_64::{
    __m256i, _mm_cmpgt_epu8_mask, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_madd_epi16,
    _mm_maddubs_epi16, _mm_maskz_mov_epi8, _mm_packus_epi32, _mm_set1_epi8, _mm_set1_epi16,
    _mm_set1_epi32, _mm_sub_epi8, _mm256_castsi256_si128, _mm256_cmpeq_epi8_mask,
    _mm256_cmpgt_epu8_mask, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_mask_blend_epi8, _mm256_maskz_sub_epi8, _mm256_packus_epi32,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_sub_epi8,
};
use std::ops::Range;

use crate::number::{Decimal, EXACT_DIGITS};
use crate::x86_64::Avx512;

/// The text that is looked at: the last bytes up to the number's end.
const WINDOW: usize = 32;

/// That of integers.
const HALF: usize = WINDOW / 2;

const EIGHT_DIGITS: u64 = 100_000_000;

// The first of two counts so many times as much as the second.
const TENS: i16 = 10 + (1 << 8);
const HUNDREDS: i32 = 100 + (1 << 16);
const TEN_THOUSANDS: i32 = 10_000 + (1 << 16);

/// See [`Block::decimal`](crate::block::Block::decimal).
///
/// From behind, the last digit of every number stands at the same place, whatever its length. What
/// is before the point moves on by one byte, over the point, and what is before the number becomes
/// zeros. Then pairs, fours and eights of digits are put together (W. Muła, "Parsing series of
/// integers with SIMD", 2018).
#[inline(always)]
pub(super) fn decimal(proof: Avx512, bytes: &[u8], span: Range<usize>) -> Option<Decimal> {
    let window: &[u8; 1 + WINDOW] = bytes.get(..span.end)?.last_chunk()?;
    let negative = *bytes.get(span.start)? == b'-';
    let head = (WINDOW + usize::from(negative) + span.start).checked_sub(span.end)?;
    if head >= WINDOW {
        return None;
    }
    // SAFETY: the proof shows AVX-512 F, BW and VL; the loads cover 32 of the 33 bytes of the array
    // each.
    unsafe {
        let before = _mm256_loadu_si256(window.as_ptr().cast());
        let text = _mm256_loadu_si256(window[1..].as_ptr().cast());
        let (zero, within) = (_mm256_set1_epi8(b'0'.cast_signed()), u32::MAX << head);
        let others = _mm256_cmpgt_epu8_mask(_mm256_sub_epi8(text, zero), _mm256_set1_epi8(9));
        let point = _mm256_cmpeq_epi8_mask(text, _mm256_set1_epi8(b'.'.cast_signed())) & within;
        let (places, count, moved) = shape(head, others & within, point, window)?;
        let digits = _mm256_mask_blend_epi8(moved, text, before);
        let digits = _mm256_maskz_sub_epi8(u32::MAX << (WINDOW - count), digits, zero);
        let significand = fold(proof, digits);
        Some(Decimal { significand, places, negative, is_integer: point == 0 })
    }
}

/// See [`Block::integer`](crate::block::Block::integer).
///
/// As [`decimal`], without a point to be moved over, in half a register; one of more digits than that
/// goes there.
#[inline(always)]
pub(super) fn integer(proof: Avx512, bytes: &[u8], span: Range<usize>) -> Option<Decimal> {
    let window: &[u8; HALF] = bytes.get(..span.end)?.last_chunk()?;
    let negative = *bytes.get(span.start)? == b'-';
    let Some(head) = (HALF + usize::from(negative) + span.start).checked_sub(span.end) else {
        return decimal(proof, bytes, span);
    };
    let first = *window.get(head)?;
    let within = u16::MAX << head;
    // SAFETY: the proof shows AVX-512 BW and VL; the load covers the 16 bytes of the array.
    let (digits, others) = unsafe {
        let text = _mm_loadu_si128(window.as_ptr().cast());
        let digits = _mm_sub_epi8(text, _mm_set1_epi8(b'0'.cast_signed()));
        (digits, _mm_cmpgt_epu8_mask(digits, _mm_set1_epi8(9)))
    };
    if others & within != 0 || first == b'0' && head != HALF - 1 {
        return None;
    }
    // SAFETY: the proof shows AVX-512 BW and VL.
    let eights = unsafe {
        let digits = _mm_maskz_mov_epi8(within, digits);
        let pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(TENS));
        let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(HUNDREDS));
        let fours = _mm_packus_epi32(fours, fours);
        let eights = _mm_madd_epi16(fours, _mm_set1_epi32(TEN_THOUSANDS));
        _mm_cvtsi128_si64(eights).cast_unsigned()
    };
    let significand = (eights & u64::from(u32::MAX)) * EIGHT_DIGITS + (eights >> 32);
    Some(Decimal { significand, places: 0, negative, is_integer: true })
}

/// The number that the last nineteen digits make, of which each is a byte.
#[inline(always)]
fn fold(_: Avx512, digits: __m256i) -> u64 {
    // SAFETY: the proof shows AVX2.
    let (first, last) = unsafe {
        let pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(TENS));
        let fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(HUNDREDS));
        let fours = _mm256_packus_epi32(fours, fours);
        let eights = _mm256_madd_epi16(fours, _mm256_set1_epi32(TEN_THOUSANDS));
        (
            _mm_cvtsi128_si64(_mm256_castsi256_si128(eights)).cast_unsigned() >> 32,
            _mm_cvtsi128_si64(_mm256_extracti128_si256::<1>(eights)).cast_unsigned(),
        )
    };
    let upper = first * EIGHT_DIGITS + (last & u64::from(u32::MAX));
    upper.wrapping_mul(EIGHT_DIGITS).wrapping_add(last >> 32)
}

/// From where the first digit, the point and what is no digit stand: how many digits are behind the
/// point, how many there are in all, and which bytes come from one place before. `None` if that is
/// no plain number.
#[inline(always)]
fn shape(
    head: usize,
    others: u32,
    point: u32,
    window: &[u8; 1 + WINDOW],
) -> Option<(u32, usize, u32)> {
    let first = 1_u32 << head;
    // A point, and at least one digit on either side of it.
    let is_plain = others == point && point & point.wrapping_sub(1) == 0;
    if !is_plain || point & (first | 1 << (WINDOW - 1)) != 0 {
        return None;
    }
    let second = first << 1;
    if window[1 + head] == b'0' && second != 0 && point & second == 0 {
        return None;
    }
    let has_point = u32::from(point != 0);
    let count = WINDOW - head - has_point as usize;
    if count > EXACT_DIGITS {
        return None;
    }
    let up_to_point = point ^ point.wrapping_sub(1);
    let moved = up_to_point & 0_u32.wrapping_sub(has_point);
    Some((has_point * point.leading_zeros(), count, moved))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The general way would read these just so, and nobody would see that this one does not.
    #[test]
    fn plain_numbers_are_read_here() {
        let Some(proof) = Avx512::detect() else { return };
        let before = " ".repeat(WINDOW);
        for (text, significand) in
            [("0", 0), ("-7", 7), ("-1234567890123456", 1_234_567_890_123_456)]
        {
            let json = before.clone() + text;
            let (bytes, span) = (json.as_bytes(), before.len()..json.len());
            let negative = text.starts_with('-');
            let expected = Some(Decimal { significand, places: 0, negative, is_integer: true });
            assert_eq!(integer(proof, bytes, span.clone()), expected);
            assert_eq!(decimal(proof, bytes, span), expected);
        }
        for text in ["00", "-", "-01", "1e1", "12a", "", "1.5", "12345678901234567890"] {
            let json = before.clone() + text;
            assert_eq!(integer(proof, json.as_bytes(), before.len()..json.len()), None, "{text}");
        }
    }
}
