//! What the digits of numbers are made with: powers of ten, and what stands around digits.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "known when compiled, and small; constants can use no other conversion"
)]

use super::SLOT;
use super::floats::FRACTION;

/// The exponents, as they stand in a float, of what may be written without one in decimal:
/// from 2^-14 to 2^53.
pub(super) const FIRST_EXPONENT: u64 = 1_023 - 14;
pub(super) const EXPONENTS: usize = 14 + 54;
/// What is subtracted of an exponent so that the fraction's bits are whole.
pub(super) const BIAS: i64 = 1_023 + 52;

/// Upper and lower halves, for each exponent.
type Scales = ([u64; EXPONENTS], [u64; EXPONENTS]);

/// For each exponent the unit of the last binary place, scaled to sixteen digits before the point:
/// the upper and the lower 52 bits behind the binary point.
pub(super) static SCALES: Scales = {
    let (mut upper, mut lower, mut index) = ([0; EXPONENTS], [0; EXPONENTS], 0);
    while index < EXPONENTS {
        let binary = FIRST_EXPONENT as i64 + index as i64 - BIAS;
        // The unit is 2^binary / 10^decimal.
        let decimal = floor_log10_of_power_of_two(binary) + 1;
        let scale = if decimal <= 0 {
            10_u128.pow(-decimal as u32) << (104 + binary)
        } else {
            (1_u128 << (104 + binary)) / 10_u128.pow(decimal as u32)
        };
        assert!(scale >> 104 == 0 && scale >> 100 > 0);
        upper[index] = (scale >> 52) as u64;
        lower[index] = scale as u64 & FRACTION;
        index += 1;
    }
    (upper, lower)
};

pub(super) const LOG10_OF_2: i64 = 315_653;
pub(super) const LOG10_BITS: u32 = 20;

const fn floor_log10_of_power_of_two(exponent: i64) -> i64 {
    (exponent * LOG10_OF_2) >> LOG10_BITS
}

/// How digits are put together to a text, by where the point stands and by the sign: what stands
/// around them, and where they do not stand.
pub(super) struct Frame {
    pub(super) around: [u8; SLOT],
    pub(super) digits: u32,
}

/// The least that can stand before the point, in digits: `0.0001` has none, and three zeros behind
/// the point.
pub(super) const LEAST_POINT: i64 = -3;
const POINTS: usize = 20;

/// The first of two frames that have no point: without a sign, and with one.
pub(super) const WITHOUT_POINT: usize = 2 * POINTS;

pub(super) static FRAMES: [Frame; WITHOUT_POINT + 2] = {
    let mut frames = [const { Frame { around: [b'0'; SLOT], digits: 0 } }; WITHOUT_POINT + 2];
    let mut index = 0;
    while index < frames.len() {
        let (point, sign) = (index as i64 / 2 + LEAST_POINT, index % 2);
        let around = &mut frames[index].around;
        if sign == 1 {
            around[0] = b'-';
        }
        frames[index].digits = if index >= WITHOUT_POINT {
            !0 << sign
        } else if point > 0 {
            around[sign + point as usize] = b'.';
            !0 << sign ^ 1 << (sign + point as usize)
        } else {
            around[sign + 1] = b'.';
            !0 << (sign as i64 + 2 - point)
        };
        index += 1;
    }
    frames
};
