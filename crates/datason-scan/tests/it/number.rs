use datason_scan::{Kernel, Machine, NullRuns, Number, Text, Token, Tokens, ValueIndex};
use proptest::prelude::*;

/// The end of the number that begins `text`, read letter by letter as the grammar is written.
fn naive_end(text: &str) -> Option<usize> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = match unsigned.strip_prefix('0') {
        Some(rest) if digits(rest) > 0 => return None,
        Some(rest) => rest,
        None if digits(unsigned) == 0 => return None,
        None => &unsigned[digits(unsigned)..],
    };
    if let Some(fraction) = rest.strip_prefix('.') {
        if digits(fraction) == 0 {
            return None;
        }
        rest = &fraction[digits(fraction)..];
    }
    if let Some(power) = rest.strip_prefix(['e', 'E']) {
        let power = power.strip_prefix(['+', '-']).unwrap_or(power);
        if digits(power) == 0 {
            return None;
        }
        rest = &power[digits(power)..];
    }
    Some(text.len() - rest.len())
}

fn finite<T: std::str::FromStr + Copy + Into<f64>>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|value| (*value).into().is_finite())
}

/// What is read with its end known is what is read without, however much stands before it; and
/// of a piece or of more than a number nothing is read that all of it is not.
fn check_span(bytes: &[u8], span: std::ops::Range<usize>, number: &Number) {
    let padded = [b"                        ", bytes].concat();
    for (bytes, by) in [(bytes, 0), (&padded, 24)] {
        let span = span.start + by..span.end + by;
        assert_eq!(Number::i64_in(bytes, span.clone()), number.to_i64(&bytes[by..]));
        assert_eq!(Number::u64_in(bytes, span.clone()), number.to_u64(&bytes[by..]));
        let (double, single) = (number.to_f64(&bytes[by..]), number.to_f32(&bytes[by..]));
        let found = Number::f64_in(bytes, span.clone());
        assert_eq!(found.map(f64::to_bits), double.map(f64::to_bits));
        let found = Number::f32_in(bytes, span.clone());
        assert_eq!(found.map(f32::to_bits), single.map(f32::to_bits));
        for end in [span.end - 1, span.end + 1] {
            let Some(text) = bytes.get(span.start..end) else { continue };
            let text = String::from_utf8_lossy(text);
            let is_number = naive_end(&text) == Some(text.len());
            let integer = is_number && text != "-0" && !text.contains(['.', 'e', 'E']);
            let expected = text.parse().ok().filter(|_| integer);
            assert_eq!(Number::i64_in(bytes, span.start..end), expected, "{text}");
            let expected = finite::<f64>(&text).filter(|_| is_number);
            let found = Number::f64_in(bytes, span.start..end);
            assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{text}");
        }
    }
}

fn read<N: Machine>(token: Token, text: Text<'_>) -> Option<N> {
    let (mut values, mut nulls) = (Vec::new(), NullRuns::default());
    let is_read = text.read_numbers(Tokens::all(&[token]), &mut values, &mut nulls);
    values.pop().filter(|_| is_read)
}

/// What every kernel reads into columns is what the standard library reads, near the beginning of a
/// text and far from it.
fn check_columns(number: &str) {
    /// What may stand before a number and must not be taken for a part of it.
    const FULL: &str = "1234567890,-1.5,.,-,99999999999999999999999.0123456789,-0:";
    const BLANK: &str = "                                        ";
    const BEFORE: [&str; 4] = ["", BLANK, FULL, "9.9,-"];
    for (kernel, before) in Kernel::available().flat_map(|kernel| BEFORE.map(|text| (kernel, text)))
    {
        check_column(kernel, before, number);
    }
}

fn check_column(kernel: Kernel, before: &str, number: &str) {
    let is_number = naive_end(number) == Some(number.len());
    let is_integer = is_number && number != "-0" && !number.contains(['.', 'e', 'E']);
    let double = finite::<f64>(number).filter(|_| is_number).map(f64::to_bits);
    let single = finite::<f32>(number).filter(|_| is_number).map(f32::to_bits);
    let text = format!("{before}{number},");
    let mut index = ValueIndex::new();
    index.fill(kernel, text.as_bytes());
    let text = Text::from_utf8(&text, &index);
    let Some(token) = text.locate(before.len()) else { return };
    assert_eq!(read(token, text).map(f64::to_bits), double, "{kernel}: {number}");
    assert_eq!(read(token, text).map(f32::to_bits), single, "{kernel}: {number}");
    let integer = number.parse::<i64>().ok().filter(|_| is_integer);
    assert_eq!(read::<i64>(token, text), integer, "{kernel}: {number}");
    let integer = number.parse::<u64>().ok().filter(|_| is_integer);
    assert_eq!(read::<u64>(token, text), integer, "{kernel}: {number}");
    let integer = number.parse::<i16>().ok().filter(|_| is_integer);
    assert_eq!(read::<i16>(token, text), integer, "{kernel}: {number}");
}

#[test]
fn numbers_are_read_at_every_distance_from_the_beginning() {
    for number in ["7", "-7", "0.5", "-0.25", "1234567890123456789", "-1234567.890123456789", "01"]
    {
        for blanks in 0..=40 {
            for kernel in Kernel::available() {
                check_column(kernel, &" ".repeat(blanks), number);
                check_column(kernel, &"8".repeat(blanks), number);
            }
        }
    }
}

/// Compares with the standard library, to the bit, with anything behind the number.
fn check(text: &str) {
    if !text.is_empty() {
        check_columns(text);
    }
    for tail in ["", ",", "}         ", "\"abcdefghijkl", " 1234567890123456"] {
        let whole = format!("[{text}{tail}");
        let found = Number::read(whole.as_bytes(), 1);
        let end = naive_end(&whole[1..]);
        assert_eq!(found.map(|number| number.end()), end.map(|end| end + 1), "{whole}");
        let (Some(number), Some(end)) = (found, end) else { continue };
        let (bytes, text) = (whole.as_bytes(), &whole[1..=end]);
        assert_eq!(number.text(bytes), Some(text));
        assert_eq!(
            number.to_f64(bytes).map(f64::to_bits),
            finite(text).map(f64::to_bits),
            "{text}"
        );
        assert_eq!(
            number.to_f32(bytes).map(f32::to_bits),
            finite(text).map(f32::to_bits),
            "{text}"
        );
        assert_eq!(number.is_finite(bytes), finite::<f64>(text).is_some(), "{text}");
        if tail == "," {
            check_span(bytes, 1..number.end(), &number);
        }
        let integer = text != "-0" && !text.contains(['.', 'e', 'E']);
        assert_eq!(number.is_integer(), integer, "{text}");
        assert_eq!(number.to_i64(bytes), text.parse().ok().filter(|_| integer), "{text}");
        assert_eq!(number.to_u64(bytes), text.parse().ok().filter(|_| integer), "{text}");
    }
}

/// What rounds wrongly, overflows, or is no number at all.
const CASES: &[&str] = &[
    "",
    "-",
    "+1",
    "0",
    "-0",
    "00",
    "01",
    "-01",
    "1.",
    ".1",
    "1.e1",
    "1e",
    "1e+",
    "1E-",
    "1e5",
    "0.0",
    "-0.0",
    "0e0",
    "0e999999999999",
    "1e400",
    "-1e400",
    "1e-400",
    "1e308",
    "1.8e308",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "5e-324",
    "2e-324",
    "3e-324",
    "2.2250738585072014e-308",
    "2.2250738585072011e-308",
    "9007199254740993",
    "9007199254740992.5",
    "9007199254740993.0",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999",
    "0.1",
    "0.30000000000000004",
    "1e23",
    "8.5e22",
    "9.5e23",
    "16777217",
    "1.00000017881393432617187499",
    "3.4028235e38",
    "1.00000017881393432617187500",
    "1.00000017881393432617187501",
    "3.4028236e38",
    "1e39",
    "0.00000000000000000000000000000000000000123456789",
    "123456789012345678901234567890",
    "0.000000000000000000000000000001e30",
    "1e-45",
    "7e-46",
    "1.1754944e-38",
    "1e55",
    "1e56",
    "12345678",
    "1234567",
    "123456789",
    "1234567.8",
    "12345678.12345678",
    "1.0000000000000000",
];

#[test]
fn cases() {
    for text in CASES {
        check(text);
        check(&format!("-{text}"));
    }
    let long = "1".repeat(400);
    check(&long);
    check(&format!("0.{long}"));
    check(&format!("0.{}1", "0".repeat(400)));
    check(&format!("{long}e-400"));
}

#[test]
fn every_short_run_of_digits() {
    for digits in 1..=24 {
        let run = "9".repeat(digits);
        for point in 0..digits {
            check(&format!("{}.{}", &run[..point], &run[point..]));
        }
        for power in -60..60 {
            check(&format!("{run}e{power}"));
        }
    }
}

/// Halves between two floats, and their neighbours in the last digit, are what rounds wrongly.
#[test]
fn halves_between_floats() {
    for shift in 0..11_u32 {
        for odd in [1_u64, 3, 1 << 20 | 1, (1 << 53) - 1] {
            let half = ((1 << 53 | odd) << shift) + (1 << shift >> 1);
            for number in [half - 1, half, half + 1] {
                check(&number.to_string());
                check(&format!("{}.5", number / 2));
            }
        }
    }
    for bits in (0..1_u32 << 24).step_by(65_537).map(|low| 1 << 24 | low) {
        check(&format!("{}", u64::from(bits) * 2 + 1));
        check(&format!("{:.20}", f64::from(bits) / 1024.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn shortest_and_long_texts_of_any_double(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        check(&format!("{value:e}"));
        check(&format!("{value:.25e}"));
        check(&format!("{:?}", f32::from_bits((bits >> 32) as u32)));
    }

    #[test]
    fn doubles_of_daily_use(size in 0.0..1e6_f64, places in 0..20_usize) {
        check(&format!("{size}"));
        check(&format!("{size:.places$}"));
        check(&format!("-{}", size * 1e-9));
    }

    #[test]
    fn nearly_numbers(
        text in "[-0-9.]{1,24}|-?[0-9]{0,20}[./:eE+-]?[0-9]{0,12}[./:eE+-]?[0-9]{0,9}",
    ) {
        check(&text);
    }

    #[test]
    fn numbers_and_nearly(text in "-?[0-9]{0,20}(\\.[0-9]{0,25})?([eE][-+]?[0-9]{0,4})?") {
        check(&text);
    }

    #[test]
    fn integers(value: i64, large: u64) {
        check(&value.to_string());
        check(&large.to_string());
    }
}
