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
fn blocks_of_all_kinds_in_groups_of_many() {
    let mut random = 1_u64;
    for length in [4_000, 4_096, 4_097, 4_159, 8_192, 9_000] {
        for rarity in [1, 2, 40, 300, 5_000] {
            let text: Vec<u8> = (0..length)
                .map(|_| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    if (random >> 33).is_multiple_of(rarity) { b'\n' } else { b'x' }
                })
                .collect();
            for kernel in Kernel::available() {
                let mut found = vec![3];
                kernel.newlines(&text, 7, &mut found);
                assert_eq!(found[0], 3);
                assert_eq!(found[1..], naive(&text, 7), "{kernel}, {length}, {rarity}");
            }
        }
    }
}

proptest! {
    #[test]
    fn newlines_equal_the_naive_walk(text in prop::collection::vec(
        prop::sample::select(b"\n\na\r\x0b\x8a".as_slice()), 0..200,
    )) {
        check_all(&text);
    }
}
