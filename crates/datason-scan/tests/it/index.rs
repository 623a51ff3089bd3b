use datason_scan::{Kernel, StringIndex};
use proptest::prelude::*;

use crate::text;

fn naive(text: &[u8], from: usize) -> usize {
    let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    (from..text.len()).find(|at| stops(&text[*at])).unwrap_or(text.len())
}

fn check(text: &[u8]) {
    let mut index = StringIndex::new();
    for kernel in Kernel::available() {
        // A used index is as good as a new one.
        index.fill(kernel, &[b'"'; 200]);
        index.fill(kernel, text);
        for from in 0..text.len() + 130 {
            assert_eq!(index.next(from), naive(text, from), "{kernel}, from {from}");
        }
    }
}

#[test]
fn cases() {
    check(b"");
    check(b"\"");
    check(br#"{"a":"b\"c"}"#);
    check(&[b' '; 64]);
    check(&[b'x'; 129]);
    check(&[&[b'x'; 200], b"\x1f".as_slice()].concat());
    check(&(0..=255).collect::<Vec<u8>>());
}

#[test]
fn corpora() {
    for (_, text) in text::corpora().iter().filter(|(_, text)| text.len() < 5_000) {
        check(text);
    }
}

proptest! {
    #[test]
    fn confused_text(text in text::confused(300)) {
        check(&text);
    }
}
