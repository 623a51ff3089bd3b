use datason_scan::Kernel;
use proptest::prelude::*;

use crate::text;

fn naive(text: &[u8], base: usize) -> Vec<usize> {
    (0..text.len()).filter(|at| text[*at] == b'\n').map(|at| base + at).collect()
}

fn check_all(text: &[u8]) {
    let expected = naive(text, 0);
    for kernel in Kernel::available() {
        assert_eq!(kernel.count_newlines(text), expected.len(), "{kernel}");
        assert_eq!(kernel.first_newline(text), expected.first().copied(), "{kernel}");
        assert_eq!(kernel.last_newline(text), expected.last().copied(), "{kernel}");
        text::at_every_cut(text, |cuts| {
            let mut found = Vec::new();
            for (base, piece) in text::pieces(text, cuts) {
                kernel.newlines(piece, base, &mut found);
            }
            assert_eq!(found, expected, "{kernel}, cut at {cuts:?}");
        });
    }
}

/// Takes newlines a few at a time, each time from where the last call stopped.
fn in_portions(kernel: Kernel, text: &[u8], limit: usize) -> Vec<usize> {
    let (mut found, mut used) = (Vec::new(), 0);
    while used < text.len() {
        let before = found.len();
        used += kernel.newlines_up_to(&text[used..], used, limit, &mut found);
        let portion = &found[before..];
        assert!(portion.len() == limit || used == text.len(), "stopped early");
        assert!(portion.len() < limit || portion.last() == Some(&(used - 1)), "stopped late");
    }
    found
}

#[test]
fn one_newline_at_every_place() {
    for length in 0..200 {
        check_all(&vec![b'x'; length]);
        check_all(&vec![b'\n'; length]);
        for place in 0..length {
            let mut text = vec![b'\x8a'; length];
            text[place] = b'\n';
            let expected = Some(place);
            for kernel in Kernel::available() {
                assert_eq!(kernel.first_newline(&text), expected, "{kernel}");
                assert_eq!(kernel.last_newline(&text), expected, "{kernel}");
                assert_eq!(kernel.count_newlines(&text), 1, "{kernel}");
            }
        }
    }
}

#[test]
fn a_limit_of_nothing_takes_nothing() {
    let mut out = vec![5];
    assert_eq!(Kernel::active().newlines_up_to(b"\n\n", 0, 0, &mut out), 0);
    assert_eq!(out, [5]);
}

proptest! {
    #[test]
    fn newlines_equal_the_naive_walk(text in prop::collection::vec(
        prop::sample::select(b"\n\na\r\x0b\x8a".as_slice()), 0..200,
    )) {
        check_all(&text);
    }

    #[test]
    fn a_limit_only_spreads_the_work(
        text in prop::collection::vec(prop::sample::select(b"\nabc".as_slice()), 0..400),
        limit in 1..50_usize,
    ) {
        for kernel in Kernel::available() {
            prop_assert_eq!(in_portions(kernel, &text, limit), naive(&text, 0));
        }
    }
}
