use datason_scan::{Kernel, ValueIndex};
use proptest::prelude::*;

use crate::text;

fn first(text: &[u8], from: usize, stops: impl Fn(u8) -> bool) -> usize {
    (from..text.len()).find(|at| stops(text[*at])).unwrap_or(text.len())
}

const fn stops_string(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

const fn ends_scalar(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}' | 0..=0x20)
}

fn check(text: &[u8]) {
    let mut index = ValueIndex::new();
    for kernel in Kernel::available() {
        // A used index is as good as a new one.
        index.fill(kernel, &[b'"'; 200]);
        index.fill(kernel, text);
        for from in 0..text.len() + 130 {
            let string = first(text, from, stops_string);
            assert_eq!(index.string_stop(from), string, "{kernel}, from {from}");
            let scalar = first(text, from, ends_scalar);
            assert_eq!(index.scalar_end(from), scalar, "{kernel}, from {from}");
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
