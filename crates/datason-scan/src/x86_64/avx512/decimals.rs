//! Eight numbers at a time to their decimal texts.

use std::arch::x86_64::{
    __m256i, __m512i, __mmask8, _mm256_loadu_si256, _mm256_mask_expand_epi8, _mm256_storeu_si256,
    _mm512_permutex2var_epi64, _mm512_storeu_si512, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

mod digits;
mod floats;
mod integers;
mod tables;

use self::digits::{LANES, load};
use self::tables::FRAMES;
use crate::decimals::Numeral;
use crate::x86_64::Avx512;

/// Numbers whose digits are made before the first text is put together. Not fewer: what was stored
/// by the register must have left the way to memory when it is read by the number.
const NUMBERS: usize = 8 * LANES;
/// Bytes in which the digits of a number, or its text, stand.
const SLOT: usize = Numeral::SIZE;
/// Where the digits of each lane are stored: the even lanes first.
const SLOT_OF_LANE: [usize; LANES] = [0, 4, 1, 5, 2, 6, 3, 7];

/// Makes the digits of eight numbers, given as bits, and what else a [`Batch`] knows of each; says
/// which numbers it cannot.
type Make = unsafe fn(&[u64; LANES], &mut [[u8; SLOT]; LANES], &mut [u64; LANES]) -> __mmask8;

/// The digits of some numbers.
struct Batch {
    digits: [[u8; SLOT]; NUMBERS + 1],
    /// For each number that of its frame, the length of its text, and how many of its first digits
    /// are zeros that do not count: a byte each.
    shapes: [[u64; LANES]; NUMBERS / LANES],
    /// The numbers that are not here.
    others: [u8; NUMBERS / LANES],
}

/// As [`Kernel::spell_floats`](crate::Kernel::spell_floats) says.
///
/// Measured: rows of floats are written 2.7 times as fast.
pub(crate) fn spell_floats(
    _proof: Avx512,
    floats: &[f64],
    general: impl FnMut(usize) -> Numeral,
    out: &mut Vec<Numeral>,
) {
    // SAFETY: an `Avx512` exists only if detection saw every feature that is enabled.
    unsafe { spell(floats, f64::to_bits, floats::make, general, out) }
}

/// As [`Kernel::spell_integers`](crate::Kernel::spell_integers) says.
///
/// Measured: two thirds of the time.
pub(crate) fn spell_integers(
    _proof: Avx512,
    integers: &[i64],
    general: impl FnMut(usize) -> Numeral,
    out: &mut Vec<Numeral>,
) {
    // SAFETY: an `Avx512` exists only if detection saw every feature that is enabled.
    unsafe { spell(integers, i64::cast_unsigned, integers::make, general, out) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn spell<N: Copy>(
    numbers: &[N],
    bits: impl Fn(N) -> u64,
    make: Make,
    mut general: impl FnMut(usize) -> Numeral,
    out: &mut Vec<Numeral>,
) {
    let mut batch = Batch::new();
    out.reserve(numbers.len());
    for (batch_number, numbers) in numbers.chunks(NUMBERS).enumerate() {
        batch.fill(numbers, &bits, make);
        for index in 0..numbers.len() {
            out.push(if batch.has(index) {
                batch.numeral(index)
            } else {
                general(batch_number * NUMBERS + index)
            });
        }
    }
}

impl Batch {
    const fn new() -> Self {
        Self {
            digits: [[b'0'; SLOT]; NUMBERS + 1],
            shapes: [[0; LANES]; NUMBERS / LANES],
            others: [0; NUMBERS / LANES],
        }
    }

    /// Makes the digits of as many numbers as a batch has, or fewer.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
    fn fill<N: Copy>(&mut self, numbers: &[N], bits: impl Fn(N) -> u64, make: Make) {
        let (slots, _) = self.digits.as_chunks_mut();
        let lanes = slots.iter_mut().zip(&mut self.shapes).zip(&mut self.others);
        for (numbers, ((slots, shapes), others)) in numbers.chunks(LANES).zip(lanes) {
            let mut lanes = [0; LANES];
            for (lane, number) in lanes.iter_mut().zip(numbers) {
                *lane = bits(*number);
            }
            // SAFETY: the features that it enables are enabled here.
            *others = unsafe { make(&lanes, slots, shapes) };
        }
    }

    /// Whether the number at `index` has digits here.
    #[inline(always)]
    fn has(&self, index: usize) -> bool {
        self.others[index / LANES] >> (index % LANES) & 1 == 0
    }

    /// The text of the number at `index`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2")]
    fn numeral(&self, index: usize) -> Numeral {
        let [frame, length, skipped, ..] = self.shapes[index / LANES][index % LANES].to_le_bytes();
        let slot = index / LANES * LANES + SLOT_OF_LANE[index % LANES];
        let start = slot * SLOT + usize::from(skipped);
        let digits: &[u8; SLOT] =
            self.digits.as_flattened()[start..].first_chunk().expect("a slot follows the last");
        let frame = &FRAMES[usize::from(frame)];
        let text =
            _mm256_mask_expand_epi8(load_slot(&frame.around), frame.digits, load_slot(digits));
        let mut numeral = Numeral::EMPTY;
        // SAFETY: the store covers the 32 bytes of the array and asks for no alignment.
        unsafe {
            _mm256_storeu_si256(std::ptr::from_mut::<[u8; SLOT]>(numeral.room()).cast(), text);
        }
        numeral.set_len(usize::from(length));
        numeral
    }
}

/// Stores the letters of eight numbers one behind the other, in the order of [`SLOT_OF_LANE`].
#[inline]
#[target_feature(enable = "avx512f")]
fn store_digits(upper: __m512i, lower: __m512i, last: __m512i, slots: &mut [[u8; SLOT]; LANES]) {
    let (first_pair, second_pair) =
        (load(&[0, 1, 8, 9, 2, 3, 10, 11]), load(&[4, 5, 12, 13, 6, 7, 14, 15]));
    let even = (_mm512_unpacklo_epi64(upper, lower), _mm512_unpacklo_epi64(last, last));
    let odd = (_mm512_unpackhi_epi64(upper, lower), _mm512_unpackhi_epi64(last, last));
    let (pairs, _) = slots.as_flattened_mut().as_chunks_mut::<64>();
    let rows = [(even, first_pair), (even, second_pair), (odd, first_pair), (odd, second_pair)];
    for (pair, ((sixteen, last), order)) in pairs.iter_mut().zip(rows) {
        let letters = _mm512_permutex2var_epi64(sixteen, order, last);
        // SAFETY: the store covers the 64 bytes of the array and asks for no alignment.
        unsafe { _mm512_storeu_si512(std::ptr::from_mut(pair).cast(), letters) };
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_slot(slot: &[u8; SLOT]) -> __m256i {
    // SAFETY: the load covers the 32 bytes of the array and asks for no alignment.
    unsafe { _mm256_loadu_si256(std::ptr::from_ref(slot).cast()) }
}
