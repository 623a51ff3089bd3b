//! Digits and where their point is.

use super::float::{Double, Float, Single};

/// A number without an exponent, of nineteen digits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    pub significand: u64,
    /// How many of the digits are behind the point.
    pub places: u32,
    pub negative: bool,
    /// Whether it has no point.
    pub is_integer: bool,
}

impl Decimal {
    /// The integer, if it is one and fits. `-0` is none: no integer keeps its sign.
    #[inline(always)]
    pub(crate) fn to_i64(self) -> Option<i64> {
        let Self { significand, negative, is_integer, .. } = self;
        if negative && is_integer && significand != 0 {
            return 0_i64.checked_sub_unsigned(significand);
        }
        if negative || !is_integer { None } else { i64::try_from(significand).ok() }
    }

    /// As [`to_i64`](Self::to_i64), without sign.
    #[inline(always)]
    pub(crate) fn to_u64(self) -> Option<u64> {
        (self.is_integer && !self.negative).then_some(self.significand)
    }

    /// The nearest `f64`, ties to even, if that can be told.
    #[inline(always)]
    pub(crate) fn to_f64(self) -> Option<f64> {
        self.to_float::<Double>()
    }

    /// The nearest `f32`, ties to even, if that can be told.
    #[inline(always)]
    pub(crate) fn to_f32(self) -> Option<f32> {
        self.to_float::<Single>()
    }

    #[inline(always)]
    fn to_float<F: Float>(self) -> Option<F::Value> {
        let nearest = F::nearest(self.significand, -self.places.cast_signed())?;
        Some(F::with_sign(nearest, self.negative))
    }
}
