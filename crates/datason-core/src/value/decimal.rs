//! Decimal numbers that keep their digits.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// A finite decimal number with exactly the digits it was given, trailing zeros included.
///
/// A carrier: to calculate, use a decimal crate and convert through the text. Two decimals are
/// equal if they print alike, so `1.0` and `1.00` differ.
///
/// # Example
/// ```
/// use datason_core::value::Decimal;
///
/// let price: Decimal = "123.450".parse()?;
/// assert_eq!((price.as_str(), price.precision(), price.scale()), ("123.450", 6, 3));
/// assert_eq!(Decimal::from_parts(123_450, 3), price);
/// assert_eq!("0.1e6".parse::<Decimal>()?.as_str(), "1E+5");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// `coefficient` divided by ten to the power `scale`.
    pub fn from_parts(coefficient: i128, scale: i32) -> Self {
        let digits = coefficient.unsigned_abs().to_string();
        Self(canonical(coefficient < 0, &digits, -i64::from(scale)))
    }

    /// The decimal with the fewest digits that reads as `float`; `None` for NaN and the
    /// infinities.
    pub fn from_f64(float: f64) -> Option<Self> {
        let plain = float == 0.0 || (1e-6..1e16).contains(&float.abs());
        let text = if plain { format!("{float}") } else { format!("{float:e}") };
        float.is_finite().then(|| text.parse().ok()).flatten()
    }

    /// The number in the one form that it has: `123.450`, or `1E+5`, `1.5E-10` where the plain
    /// form would not show the digits given, or is longer than six zeros.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number's length without point and minus signs. For the plain form that is the count
    /// of digits.
    pub fn precision(&self) -> usize {
        precision(&self.0)
    }

    /// Digits behind the point, were the number written without exponent.
    pub fn scale(&self) -> u64 {
        scale(&self.0).unwrap_or(0)
    }

    /// What [`precision`](Self::precision) and [`scale`](Self::scale) say of the decimal that
    /// `text` writes, for serializers that meet the text of one. Allocates nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if `text` is not the text of a decimal.
    ///
    /// # Example
    /// ```
    /// use datason_core::value::Decimal;
    ///
    /// assert_eq!(Decimal::precision_and_scale_of("-12.50")?, (4, 2));
    /// assert!(Decimal::precision_and_scale_of("12,50").is_err());
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn precision_and_scale_of(text: &str) -> Result<(usize, u64)> {
        match scale(text) {
            Some(scale) => Ok((precision(text), scale)),
            None => Err(no_decimal(text)),
        }
    }

    /// The nearest double; infinite beyond its range.
    pub fn to_f64(&self) -> f64 {
        super::nearest_float(&self.0)
    }
}

impl FromStr for Decimal {
    type Err = Error;

    /// An optional sign, digits with at most one point among them, and an optional exponent of
    /// up to nine digits.
    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| Error::new(ErrorKind::Data, format!("`{text}` is not a decimal")))
    }
}

#[cold]
fn no_decimal(text: &str) -> Error {
    Error::new(ErrorKind::Data, format!("`{text}` is not a decimal"))
}

fn parse(text: &str) -> Option<Decimal> {
    let parts = Parts::of(text)?;
    let digits = [parts.whole, parts.fraction].concat();
    Some(Decimal(canonical(parts.negative, &digits, parts.exponent())))
}

fn precision(text: &str) -> usize {
    text.bytes().filter(|byte| !matches!(byte, b'.' | b'-')).count()
}

fn scale(text: &str) -> Option<u64> {
    Some(u64::try_from(-Parts::of(text)?.exponent()).unwrap_or(0))
}

/// A decimal's text, taken apart.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    written_exponent: i64,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, written_exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let some = !(whole.is_empty() && fraction.is_empty());
        (some && all_digits(whole) && all_digits(fraction)).then_some(Self {
            negative,
            whole,
            fraction,
            written_exponent,
        })
    }

    /// The power of ten by which the digits, read as an integer, are multiplied.
    fn exponent(&self) -> i64 {
        self.written_exponent - i64::try_from(self.fraction.len()).unwrap_or(i64::MAX)
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let short = (1..=9).contains(&digits.len()) && all_digits(digits);
    if short { text.parse().ok() } else { None }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `digits` times ten to the power `exponent`, in the form of Python's `str(Decimal)`.
fn canonical(negative: bool, digits: &str, exponent: i64) -> Box<str> {
    let digits = match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let sign = if negative { "-" } else { "" };
    // How many digits stand before the point in the plain form.
    let whole = i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_add(exponent);
    match usize::try_from(whole) {
        Ok(_) if exponent == 0 => format!("{sign}{digits}"),
        Ok(whole) if exponent < 0 && whole > 0 => {
            let (whole, fraction) = digits.split_at(whole);
            format!("{sign}{whole}.{fraction}")
        }
        _ if exponent < 0 && whole > -6 => {
            let zeros = usize::try_from(-whole).unwrap_or(0);
            format!("{sign}0.{}{digits}", "0".repeat(zeros))
        }
        _ => scientific(sign, digits, whole - 1),
    }
    .into()
}

fn scientific(sign: &str, digits: &str, exponent: i64) -> String {
    match digits.split_at(1) {
        (digit, "") => format!("{sign}{digit}E{exponent:+}"),
        (digit, rest) => format!("{sign}{digit}.{rest}E{exponent:+}"),
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::from_parts(i128::from(number), 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_printed_as_python_does() {
        for (given, printed, precision, scale) in [
            ("123.4500", "123.4500", 7, 4),
            ("-0.001", "-0.001", 4, 3),
            ("42", "42", 2, 0),
            ("1E+5", "1E+5", 4, 0),
            ("100000", "100000", 6, 0),
            ("1E-7", "1E-7", 3, 7),
            ("0.000001", "0.000001", 7, 6),
            ("0.00000123", "0.00000123", 9, 8),
            ("0.000000123", "1.23E-7", 5, 9),
            ("-007.50", "-7.50", 3, 2),
            ("-0.00", "-0.00", 3, 2),
            ("0E+3", "0E+3", 4, 0),
            (".5", "0.5", 2, 1),
            ("5.", "5", 1, 0),
            ("+12.5e1", "125", 3, 0),
            ("12e-1", "1.2", 2, 1),
        ] {
            let decimal: Decimal = given.parse().unwrap();
            assert_eq!(decimal.as_str(), printed);
            assert_eq!((decimal.precision(), decimal.scale()), (precision, scale), "{given}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", ".", "-", "1.2.3", "1e", "e5", "1e+", "NaN", "0x1", "1_0", "1e1234567890"]
        {
            assert_eq!(text.parse::<Decimal>().unwrap_err().kind(), ErrorKind::Data, "{text}");
        }
    }

    #[test]
    fn a_float_becomes_its_shortest_decimal() {
        for (float, text) in [(123.45, "123.45"), (1e300, "1E+300"), (-0.0, "-0"), (1e-7, "1E-7")] {
            assert_eq!(Decimal::from_f64(float).unwrap().as_str(), text);
        }
        assert_eq!(Decimal::from_f64(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn the_printed_form_reads_as_the_same(coefficient: i128, scale in -20..60_i32) {
            let decimal = Decimal::from_parts(coefficient, scale);
            prop_assert_eq!(&decimal.as_str().parse::<Decimal>().unwrap(), &decimal);
            prop_assert_eq!(decimal.scale(), u64::try_from(scale).unwrap_or(0));
        }

        #[test]
        fn any_float_survives(float: f64) {
            prop_assert_eq!(Decimal::from_f64(float).unwrap().to_f64().to_bits(), float.to_bits());
        }
    }
}
