use datason_scan::{Kernel, ValueEnd};
use proptest::prelude::*;

use crate::text::{self, closes, opens};

/// The end of the value that begins `text`, where that is a container.
fn naive_container(text: &[u8]) -> Option<usize> {
    let mut depth = 0_u64;
    for (at, byte) in text::outside(text) {
        depth += u64::from(opens(byte));
        depth -= u64::from(closes(byte));
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The end of the string that begins `text`.
fn naive_string(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        if *byte == b'"' && !escaped {
            return Some(at + 1);
        }
        escaped = *byte == b'\\' && !escaped;
    }
    None
}

fn scan(kernel: Kernel, text: &[u8], cuts: &[usize]) -> Option<usize> {
    let mut value = ValueEnd::opened_by(text[0]).expect("the text begins a value");
    let pieces = text::pieces(&text[1..], cuts);
    pieces.into_iter().find_map(|(base, piece)| value.scan(kernel, piece, base + 1))
}

fn check(text: &[u8]) {
    let expected = match text[0] {
        b'"' => naive_string(text),
        _ => naive_container(text),
    };
    for kernel in Kernel::available() {
        text::at_every_cut(&text[1..], |cuts| {
            assert_eq!(scan(kernel, text, cuts), expected, "{kernel}, cut at {cuts:?}");
        });
    }
}

#[test]
fn cases() {
    check(b"{}");
    check(b"[1]]");
    check(br#"{"a":"}","b":[{}]}{"#);
    check(br#""a\"b\\"c""#);
    check(br#""never closed\""#);
    check(b"[[[[");
    check(&[b"[".repeat(300), b"]".repeat(300), b"]".to_vec()].concat());
    check(&[b"[[".as_slice(), &b"]{".repeat(150), &b"}".repeat(2)].concat());
}

#[test]
fn only_brackets_and_quotes_open_a_value() {
    let opening: Vec<u8> = (0..=255).filter(|byte| ValueEnd::opened_by(*byte).is_some()).collect();
    assert_eq!(opening, br#""[{"#);
}

proptest! {
    #[test]
    fn confused_text(text in text::confused(200)) {
        for first in *b"{[" {
            check(&[&[first], text.as_slice()].concat());
        }
    }

    #[test]
    fn strings(text in r#"[\\"a,}]{0,150}"#) {
        check(format!("\"{text}").as_bytes());
    }

    #[test]
    fn valid_values_end_at_their_end(value in text::value(), after in text::value()) {
        prop_assume!(value.starts_with(['{', '[', '"']));
        let text = value.clone() + &after;
        prop_assert_eq!(scan(Kernel::active(), text.as_bytes(), &[]), Some(value.len()));
        check(text.as_bytes());
    }
}
