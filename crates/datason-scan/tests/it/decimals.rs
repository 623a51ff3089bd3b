//! Numbers on their way out: every kernel against the standard library.

use datason_scan::{Kernel, Numeral};
use proptest::prelude::*;

fn numeral(text: &str) -> Numeral {
    Numeral::new(text.as_bytes()).expect("no longer than a number")
}

fn strings(numerals: &[Numeral]) -> Vec<String> {
    let text = |numeral: &Numeral| String::from_utf8(numeral.text().to_vec());
    numerals.iter().map(|numeral| text(numeral).expect("digits are ASCII")).collect()
}

/// The texts of `floats` by `kernel`, and how many of them the general code was asked for.
fn texts(kernel: Kernel, floats: &[f64]) -> (Vec<String>, usize) {
    let (mut out, mut asked) = (vec![numeral("before")], 0);
    let general = |at: usize| {
        asked += 1;
        numeral(&format!("{:?}", floats[at]))
    };
    kernel.spell_floats(floats, general, &mut out);
    assert_eq!(out.remove(0).text(), b"before");
    (strings(&out), asked)
}

/// Compares with the standard library, and returns how many floats the general code was asked for.
fn check(floats: &[f64]) -> Vec<usize> {
    let expected: Vec<String> = floats.iter().map(|float| format!("{float:?}")).collect();
    let asked = |kernel| {
        let (found, asked) = texts(kernel, floats);
        assert_eq!(found, expected, "{kernel}");
        asked
    };
    Kernel::available().map(asked).collect()
}

#[test]
fn floats_of_every_kind_come_in_their_order() {
    let plain = [
        0.0,
        -0.0,
        0.1,
        1.0,
        -1.5,
        123.0,
        1e15,
        9_007_199_254_740_991.0,
        0.000_1,
        -0.000_123,
        3e-4,
    ];
    let other = [1e16, 1e300, 9.9e-5, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY];
    for length in 0..200 {
        let kinds = plain.iter().chain(&other).cycle().skip(length % 16).take(length);
        check(&kinds.copied().collect::<Vec<_>>());
    }
    if Kernel::detect().name() == "avx512" {
        assert_eq!(check(&plain)[0], 0, "none of these is a matter for the general code");
        assert_eq!(check(&other)[0], other.len());
        assert_eq!(check(&[2_f64.powi(49) + 0.25])[0], 1, "in the middle of two texts");
    }
}

#[test]
fn every_power_of_two_and_of_ten_and_their_neighbours_are_right() {
    let powers = (-16..56).map(|power| 2_f64.powi(power));
    let powers = powers.chain((-6..18).map(|power| format!("1e{power}").parse().unwrap()));
    let neighbours = powers.flat_map(|power: f64| {
        let bits = power.to_bits();
        (bits - 100..bits + 100).map(f64::from_bits)
    });
    check(&neighbours.collect::<Vec<_>>());
}

/// A number below 2^53, of which there is a float.
#[expect(clippy::cast_precision_loss, reason = "none is lost")]
fn whole(number: u64) -> f64 {
    number as f64
}

/// A generator of numbers that is as good as any for this (Knuth, TAOCP 3.3.4).
fn random(seed: u64) -> impl Iterator<Item = u64> {
    let next = |state: &u64| {
        Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), next).map(|state| state ^ state >> 29)
}

#[test]
fn half_a_million_floats_are_right_and_hardly_any_is_left_to_the_general_code() {
    let span = 1e-4_f64.to_bits()..1e16_f64.to_bits();
    let any = random(1).map(|bits| f64::from_bits(span.start + bits % (span.end - span.start)));
    let cut = random(2)
        .map(|bits| whole(bits % 1_000_000_007) / 10_f64.powi(i32::from((bits >> 60) as u8)));
    let near = random(3).map(|bits| whole(bits >> 11) / 4_503.0);
    for floats in [
        any.take(200_000).collect::<Vec<_>>(),
        cut.take(200_000).collect(),
        near.take(100_000).collect(),
    ] {
        let asked = check(&floats);
        if Kernel::detect().name() == "avx512" {
            let zeros = floats.iter().filter(|float| float.abs() < 1e-4).count();
            // Some between 2^49 and 2^50 lie in the middle of two texts.
            assert!(asked[0] <= zeros + floats.len() / 50, "{} were", asked[0]);
        }
    }
}

/// As [`check`], for integers.
fn check_integers(integers: &[i64]) {
    for kernel in Kernel::available() {
        let (mut out, mut asked) = (Vec::new(), Vec::new());
        let general = |at: usize| {
            asked.push(integers[at]);
            numeral(&integers[at].to_string())
        };
        kernel.spell_integers(integers, general, &mut out);
        let expected = integers.iter().map(i64::to_string);
        assert_eq!(strings(&out), expected.collect::<Vec<_>>(), "{kernel}");
        if kernel.name() == "avx512" {
            asked.retain(|integer| integer.unsigned_abs() < 10_u64.pow(16));
            assert!(asked.is_empty(), "{asked:?} are no matter for the general code");
        }
    }
}

#[test]
fn integers_of_every_length_come_in_their_order() {
    let powers = (0..19).map(|power| 10_i64.pow(power));
    let numbers = powers.flat_map(|power| [power - 1, power, power + 1, power / 7 * 3]);
    let numbers: Vec<_> = numbers
        .flat_map(|number| [number, -number])
        .chain([i64::MIN, i64::MIN + 1, i64::MAX])
        .collect();
    for length in 0..numbers.len() {
        check_integers(&numbers[..length]);
        check_integers(&numbers[length..]);
    }
}

#[test]
fn half_a_million_integers_are_right() {
    let numbers = random(4).zip(random(5)).map(|(bits, shift)| bits.cast_signed() >> (shift >> 58));
    check_integers(&numbers.take(500_000).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn any_integers_are_right(integers in prop::collection::vec(any::<i64>(), 0..200)) {
        check_integers(&integers);
    }

    #[test]
    fn any_floats_are_right(bits in prop::collection::vec(any::<u64>(), 0..100)) {
        check(&bits.into_iter().map(f64::from_bits).collect::<Vec<_>>());
    }

    #[test]
    fn floats_of_a_few_digits_are_right(
        numbers in prop::collection::vec((-999_999_999_999_i64..1_000_000_000_000, -18..6), 0..100),
    ) {
        let floats = numbers.iter().map(|(digits, power)| format!("{digits}e{power}"));
        check(&floats.map(|text| text.parse().unwrap()).collect::<Vec<_>>());
    }
}
