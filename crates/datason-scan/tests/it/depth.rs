use datason_scan::{Kernel, depth_exceeds, max_depth};
use proptest::prelude::*;

use crate::text::{self, closes, opens};

fn naive(text: &[u8]) -> u64 {
    let (mut depth, mut deepest) = (0_u64, 0);
    for (_, byte) in text::outside(text) {
        depth += u64::from(opens(byte));
        depth = depth.saturating_sub(u64::from(closes(byte)));
        deepest = deepest.max(depth);
    }
    deepest
}

fn check(text: &[u8]) {
    let expected = naive(text);
    for kernel in Kernel::available() {
        assert_eq!(max_depth(kernel, text), expected, "{kernel}");
        for limit in expected.saturating_sub(3)..expected + 3 {
            assert_eq!(depth_exceeds(kernel, text, limit), expected > limit, "{kernel}, {limit}");
        }
        assert!(!depth_exceeds(kernel, text, u64::MAX));
    }
}

#[test]
fn cases() {
    check(b"");
    check(b"1");
    check(br#""[[[""#);
    check(br#"{"a":[{"b":[]}]}"#);
    check(b"]]]][[");
    check(&[b"[".repeat(1000), b"]".repeat(1000)].concat());
    check(&[b"[]".repeat(100), b"[[]]".repeat(100), b"[".repeat(70)].concat());
}

#[test]
fn the_conformance_corpora() {
    for (_, text) in text::corpora() {
        check(&text);
    }
}

proptest! {
    #[test]
    fn confused_text(text in text::confused(300)) {
        check(&text);
    }

    #[test]
    fn valid_values(value in text::value()) {
        check(value.as_bytes());
    }
}
