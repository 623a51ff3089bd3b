//! Decimals, exact or refused.

use arrow_array::types::{Decimal128Type, Decimal256Type};
use arrow_buffer::i256;
use arrow_schema::DataType;
use datason_core::Result;

use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::primitive::{Primitive, Read};
use super::{Column, senseless};

/// The column for `kind`, a decimal type. Values are numbers, or strings that hold one.
pub(super) fn column(kind: &DataType) -> Result<Box<dyn Column>> {
    match *kind {
        DataType::Decimal128(digits @ 1..=38, scale) if scale.unsigned_abs() <= digits => {
            Ok(Primitive::<Decimal128Type, _>::boxed(kind, Decimal::new(digits, scale)))
        }
        DataType::Decimal256(digits @ 1..=76, scale) if scale.unsigned_abs() <= digits => {
            Ok(Primitive::<Decimal256Type, _>::boxed(kind, Decimal::new(digits, scale)))
        }
        _ => Err(senseless(kind)),
    }
}

struct Decimal {
    /// How many digits a value has at most.
    digits: usize,
    /// How many of them stand behind the point.
    scale: i64,
    scratch: Vec<u8>,
}

impl Decimal {
    fn new(digits: u8, scale: i8) -> Self {
        Self { digits: digits.into(), scale: scale.into(), scratch: Vec::new() }
    }

    fn read_as<N: Unscaled>(&mut self, cursor: &mut Cursor<'_>) -> Outcome<N> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let outcome = self.read_with(cursor, &mut scratch);
        self.scratch = scratch;
        outcome
    }

    fn read_with<N: Unscaled>(&self, cursor: &mut Cursor<'_>, scratch: &mut Vec<u8>) -> Outcome<N> {
        let mark = cursor.mark();
        let text = match cursor.peek() {
            b'"' => cursor.string(scratch)?,
            b'-' | b'0'..=b'9' => {
                let number = cursor.number()?;
                cursor.pass(&number);
                cursor.since(mark.at())
            }
            _ => return Err(cursor.mismatch("a decimal number")),
        };
        match unscaled(text, self.digits, self.scale) {
            Some(value) => Ok(value),
            None => Err(self.refuse(text, mark.at())),
        }
    }

    #[cold]
    fn refuse(&self, text: &[u8], at: usize) -> Refusal {
        let text = datason_core::escape(&text[..text.len().min(100)]);
        let Self { digits, scale, .. } = self;
        let message =
            format!("{text} is no decimal of {digits} digits, {scale} of them behind the point");
        Refusal::new(Why::Mismatch, at, message)
    }
}

impl Read<i128> for Decimal {
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<i128> {
        self.read_as(cursor)
    }
}

impl Read<i256> for Decimal {
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<i256> {
        self.read_as(cursor)
    }
}

/// An integer that holds as many digits as its decimal type allows.
trait Unscaled: Copy {
    const ZERO: Self;
    /// Ten times this, minus or plus `digit`.
    fn push(self, digit: u8, negative: bool) -> Self;
}

impl Unscaled for i128 {
    const ZERO: Self = 0;

    fn push(self, digit: u8, negative: bool) -> Self {
        let digit = Self::from(digit);
        self * 10 + if negative { -digit } else { digit }
    }
}

impl Unscaled for i256 {
    const ZERO: Self = Self::ZERO;

    fn push(self, digit: u8, negative: bool) -> Self {
        let digit = Self::from_i128(digit.into());
        let tenfold = self.wrapping_mul(Self::from_i128(10));
        if negative { tenfold.wrapping_sub(digit) } else { tenfold.wrapping_add(digit) }
    }
}

/// The number `text` times ten to the `scale`, if that is an integer of at most `most` digits.
fn unscaled<N: Unscaled>(text: &[u8], most: usize, scale: i64) -> Option<N> {
    let number = datason_scan::Number::read(text, 0).filter(|number| number.end() == text.len())?;
    let written = number.text(text)?;
    let (negative, written) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written),
    };
    let (mantissa, power) = match written.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i64>().ok()),
        None => (written, Some(0)),
    };
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0');
    let all = digits.clone().count();
    let trailing = digits.clone().rev().take_while(|digit| *digit == 0).count();
    if trailing == all {
        return Some(N::ZERO);
    }
    // The digits that count, and how many zeros have to follow them.
    let leading = digits.clone().take_while(|digit| *digit == 0).count();
    let zeros = power?
        .checked_add(scale)?
        .checked_sub(i64::try_from(fraction).ok()?)?
        .checked_add(i64::try_from(trailing).ok()?)?;
    let zeros = usize::try_from(zeros).ok()?;
    if (all - leading - trailing).checked_add(zeros)? > most {
        return None;
    }
    let counted = digits.skip(leading).take(all - leading - trailing);
    let padded = counted.chain(std::iter::repeat_n(0, zeros));
    Some(padded.fold(N::ZERO, |value, digit| value.push(digit, negative)))
}
