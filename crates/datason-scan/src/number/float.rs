//! A decimal significand and exponent to the nearest float.
//!
//! Small ones are exact in floats themselves. The others are multiplied by 128 bits of a power
//! of five (Lemire, "Number Parsing at a Gigabyte per Second", 2021): for the powers in the
//! table the product decides every rounding. Whatever lies outside of the table, the standard
//! library parses from its text.

/// The powers of five of the table: those whose product is known to round correctly without a
/// second look (above 55 they do not fit into 128 bits; below -27 their inverse may mislead).
const SMALLEST: i32 = -27;
const LARGEST: i32 = 55;
const ENTRIES: usize = SMALLEST.abs_diff(LARGEST) as usize + 1;

/// 128 leading bits of each power of five, rounded up where they are not exact.
static FIVES: [u128; ENTRIES] = fives();

/// A binary floating-point format.
pub(super) trait Float {
    /// The type that holds it.
    type Value;

    /// The float nearest to `significand` times ten to the `exponent`, if that can be told
    /// without the text.
    fn nearest(significand: u64, exponent: i32) -> Option<Self::Value>;

    /// The value, negated if `negative`.
    fn with_sign(value: Self::Value, negative: bool) -> Self::Value;

    /// The float nearest to the number `text`, or `None` if that is out of range.
    fn parse(text: &str) -> Option<Self::Value>;
}

/// The format of `f64`.
#[derive(Debug)]
pub(super) struct Double;

/// The format of `f32`.
#[derive(Debug)]
pub(super) struct Single;

const EXACT_DOUBLES: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
const EXACT_SINGLES: [f32; 11] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

impl Float for Double {
    type Value = f64;

    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "only what f64 holds exactly is cast")]
    fn nearest(significand: u64, exponent: i32) -> Option<f64> {
        const FORMAT: Format = Format { explicit_bits: 52, bias: 1023, ties: (-4, 23) };
        // Numbers of 16 digits and more may be exact, too, but which of them are is hard to
        // predict.
        if significand < 1_000_000_000_000_000 {
            let size = significand as f64;
            match EXACT_DOUBLES.get(exponent.unsigned_abs() as usize) {
                Some(power) if exponent < 0 => return Some(size / power),
                Some(power) => return Some(size * power),
                None => {}
            }
        }
        FORMAT.round(significand, exponent).map(f64::from_bits)
    }

    #[inline(always)]
    fn with_sign(value: f64, negative: bool) -> f64 {
        f64::from_bits(value.to_bits() | u64::from(negative) << 63)
    }

    #[cold]
    fn parse(text: &str) -> Option<f64> {
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

impl Float for Single {
    type Value = f32;

    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "only what f32 holds exactly is cast")]
    fn nearest(significand: u64, exponent: i32) -> Option<f32> {
        const FORMAT: Format = Format { explicit_bits: 23, bias: 127, ties: (-17, 10) };
        if significand <= 1 << 24 {
            let size = significand as f32;
            match EXACT_SINGLES.get(exponent.unsigned_abs() as usize) {
                Some(power) if exponent < 0 => return Some(size / power),
                Some(power) => return Some(size * power),
                None => {}
            }
        }
        let bits = FORMAT.round(significand, exponent)?;
        Some(f32::from_bits(u32::try_from(bits).expect("a format of 32 bits")))
    }

    #[inline(always)]
    fn with_sign(value: f32, negative: bool) -> f32 {
        f32::from_bits(value.to_bits() | u32::from(negative) << 31)
    }

    #[cold]
    fn parse(text: &str) -> Option<f32> {
        text.parse().ok().filter(|value: &f32| value.is_finite())
    }
}

struct Format {
    /// The bits of the significand that are stored.
    explicit_bits: u32,
    bias: i32,
    /// The powers of ten at which a product can lie exactly between two floats.
    ties: (i32, i32),
}

impl Format {
    /// The bits of the nearest float that is normal and finite.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a product is taken apart into words")]
    fn round(&self, significand: u64, exponent: i32) -> Option<u64> {
        if significand == 0 {
            return Some(0);
        }
        let five = *FIVES.get(usize::try_from(exponent.checked_sub(SMALLEST)?).ok()?)?;
        let zeros = significand.leading_zeros();
        let product = self.product(significand << zeros, five);
        let (high, low) = ((product >> 64) as u64, product as u64);
        let upper = (high >> 63) as u32;
        let shift = upper + 64 - self.explicit_bits - 3;
        let mut kept = high >> shift;
        let power = binary_exponent(exponent) + upper.cast_signed() - zeros.cast_signed();
        let mut biased = power + self.bias;
        // Subnormal floats have fewer bits: not here.
        if biased <= 0 {
            return None;
        }
        let is_tie = low <= 1
            && (self.ties.0..=self.ties.1).contains(&exponent)
            && kept & 3 == 1
            && kept << shift == high;
        if is_tie {
            kept &= !1;
        }
        kept = (kept + (kept & 1)) >> 1;
        if kept >> (self.explicit_bits + 1) != 0 {
            kept >>= 1;
            biased += 1;
        }
        if biased > 2 * self.bias {
            return None;
        }
        let fraction = kept & !(1 << self.explicit_bits);
        Some(fraction | u64::from(biased.cast_unsigned()) << self.explicit_bits)
    }

    /// The upper 128 bits of the product, or as many as decide the rounding.
    #[inline(always)]
    fn product(&self, significand: u64, five: u128) -> u128 {
        let wide = u128::from(significand);
        let first = wide * (five >> 64);
        let undecided = u64::MAX >> (self.explicit_bits + 3);
        if (first >> 64) as u64 & undecided != undecided {
            return first;
        }
        let second = wide * (five & u128::from(u64::MAX));
        first + (second >> 64)
    }
}

/// The power of two of ten to the `exponent`, for a significand whose highest bit is set.
#[inline(always)]
const fn binary_exponent(exponent: i32) -> i32 {
    ((exponent * (152_170 + 65_536)) >> 16) + 63
}

const fn fives() -> [u128; ENTRIES] {
    let mut table = [0; ENTRIES];
    let mut index = 0;
    let mut exponent = SMALLEST;
    while index < ENTRIES {
        table[index] = if exponent < 0 {
            inverse(5_u64.pow(exponent.unsigned_abs()))
        } else {
            let five = 5_u128.pow(exponent.unsigned_abs());
            five << five.leading_zeros()
        };
        index += 1;
        exponent += 1;
    }
    table
}

/// One above the 128 leading bits of `1 / divisor`.
const fn inverse(divisor: u64) -> u128 {
    let bits = u64::BITS - divisor.leading_zeros();
    // Two to the power of `127 + bits`, divided word by word.
    let divisor = divisor as u128;
    let (mut quotient, mut rest) = (0_u128, 1_u128 << (bits - 1));
    let mut word = 0;
    while word < 2 {
        rest <<= 64;
        quotient = (quotient << 64) | (rest / divisor);
        rest %= divisor;
        word += 1;
    }
    quotient + 1
}
