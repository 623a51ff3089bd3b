//! Numbers as text, in the form of Python's `repr`.

use super::integer::append_unsigned;

/// Appends a finite `float`: the shortest digits that read as it, always with a point or an
/// exponent; an exponent below 1e-4 and from 1e16 on, with its sign and two digits at least.
#[inline]
pub(super) fn append_float(float: f64, out: &mut Vec<u8>) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(float).as_bytes();
    // Where the decimal point goes, zmij and Python agree except for small numbers.
    if float.abs() >= 1e-4 || float == 0.0 {
        out.extend_from_slice(text);
    } else {
        append_small(text, out);
    }
}

/// `text` is a number closer to 0 than 1e-4, plain (`0.000012`) or with a short exponent
/// (`1.2e-6`).
#[cold]
fn append_small(text: &[u8], out: &mut Vec<u8>) {
    let (sign, digits) = text.split_at(usize::from(text[0] == b'-'));
    out.extend_from_slice(sign);
    match digits.iter().position(|byte| *byte == b'e') {
        Some(at) => {
            let (mantissa, exponent) = digits.split_at(at);
            out.extend_from_slice(mantissa);
            out.extend_from_slice(b"e-");
            out.extend_from_slice(if exponent.len() == 3 { b"0" } else { b"" });
            out.extend_from_slice(&exponent[2..]);
        }
        None => append_plain(digits, out),
    }
}

/// `0.0000ddd` with an exponent.
fn append_plain(digits: &[u8], out: &mut Vec<u8>) {
    let zero = |byte: &&u8| matches!(**byte, b'0' | b'.');
    let leading = digits.iter().take_while(zero).count();
    let (first, rest) = (digits[leading], &digits[leading + 1..]);
    out.push(first);
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    // The digit behind the point has exponent -1 and stands at 2.
    let exponent = leading - 1;
    out.extend_from_slice(b"e-");
    out.extend_from_slice(if exponent < 10 { b"0" } else { b"" });
    append_unsigned(exponent as u64, out);
}

/// `(3-4.5j)`, or `4j` if the real part is nothing: Python's text of a complex number.
pub(super) fn complex_text(re: f64, im: f64) -> String {
    if re == 0.0 && re.is_sign_positive() {
        return format!("{}j", part_text(im));
    }
    let sign = if im.is_sign_negative() && !im.is_nan() { "" } else { "+" };
    format!("({}{sign}{}j)", part_text(re), part_text(im))
}

/// A part of a complex number has no `.0`.
fn part_text(part: f64) -> String {
    if !part.is_finite() {
        return nonfinite_text(part).to_owned();
    }
    let mut text = Vec::new();
    append_float(part, &mut text);
    let text = String::from_utf8(text).expect("numbers are ASCII");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// `nan`, `inf` or `-inf`.
pub(super) fn nonfinite_text(float: f64) -> &'static str {
    if float.is_nan() {
        "nan"
    } else if float > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

/// `NaN`, `Infinity` or `-Infinity`: how JavaScript writes what JSON cannot.
pub(super) fn nonfinite_word(float: f64) -> &'static str {
    if float.is_nan() {
        "NaN"
    } else if float > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(float: f64) -> String {
        let mut out = Vec::new();
        append_float(float, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_form_is_that_of_python() {
        for (float, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (1e15, "1000000000000000.0"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (1.2345e17, "1.2345e+17"),
            (1e100, "1e+100"),
            (0.0001, "0.0001"),
            (0.000_123, "0.000123"),
            (0.000_099_999, "9.9999e-05"),
            (0.00001, "1e-05"),
            (-0.000_012_5, "-1.25e-05"),
            (1e-6, "1e-06"),
            (-1.25e-9, "-1.25e-09"),
            (1e-10, "1e-10"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::from(0.1_f32), "0.10000000149011612"),
        ] {
            assert_eq!(text(float), expected);
        }
    }

    #[test]
    fn complex_numbers_read_as_in_python() {
        for (re, im, expected) in [
            (3.0, -4.5, "(3-4.5j)"),
            (0.0, 4.0, "4j"),
            (-0.0, 4.0, "(-0+4j)"),
            (1e16, -0.0, "(1e+16-0j)"),
            (f64::NAN, 1.0, "(nan+1j)"),
            (1.0, f64::NEG_INFINITY, "(1-infj)"),
            (0.0, f64::NAN, "nanj"),
            (1.0, -f64::NAN, "(1+nanj)"),
        ] {
            assert_eq!(complex_text(re, im), expected);
        }
    }

    /// Rust's own exponent form has the same digits; only where they stand is ours.
    fn oracle(float: f64) -> String {
        let scientific = format!("{float:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        if float == 0.0 || (-4..16).contains(&exponent) {
            let plain = format!("{float}");
            if plain.contains('.') { plain } else { plain + ".0" }
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
    }

    /// Where two texts of the shortest length are equally near, Rust takes the larger one, and
    /// Python, as we do, the even one.
    fn check(float: f64) {
        let (found, other) = (text(float), oracle(float));
        if found != other {
            let last = |text: &str| {
                let digits = text.split('e').next().unwrap_or_default();
                digits.bytes().last().unwrap()
            };
            assert_eq!(last(&found) + 1, last(&other), "{found} beside {other}");
            assert_eq!((last(&found) % 2, found.len()), (0, other.len()), "{found}");
            assert_eq!(found.parse::<f64>(), other.parse::<f64>());
        }
    }

    #[test]
    fn of_two_that_are_equally_near_it_is_the_even_one() {
        // 2 to the power of -25 is 2.98023223876953125e-08.
        assert_eq!(text(2_f64.powi(-25)), "2.9802322387695312e-08");
        check(2_f64.powi(-25));
        check(f64::from_bits(14_045_625_653_143_915_380));
    }

    proptest! {
        #[test]
        fn any_bits_round_trip_in_the_form_of_python(bits: u64) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            check(float);
            prop_assert_eq!(text(float).parse::<f64>().unwrap().to_bits(), bits);
        }

        #[test]
        fn numbers_near_the_changes_of_form_too(digits in 1..100_000_u32, exponent in -12..20) {
            let float: f64 = format!("{digits}e{exponent}").parse().unwrap();
            check(float);
        }
    }
}
