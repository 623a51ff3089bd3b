use datason_scan::{Kernel, ScanEnd, Separators};
use proptest::prelude::*;

use crate::text::{self, closes, opens};

/// What is left to say of a scan when the text has run out.
#[derive(Debug, PartialEq)]
struct Outcome {
    commas: Vec<usize>,
    end: ScanEnd,
    depth: u64,
}

fn naive(text: &[u8]) -> Outcome {
    let (mut commas, mut depth) = (Vec::new(), 0);
    for (at, byte) in text::outside(text) {
        if opens(byte) {
            depth += 1;
        } else if closes(byte) {
            if depth == 0 {
                return Outcome { commas, end: ScanEnd::Closed { at }, depth };
            }
            depth -= 1;
        } else if byte == b',' && depth == 0 {
            commas.push(at);
        }
    }
    Outcome { commas, end: ScanEnd::NeedMore, depth }
}

fn scan(kernel: Kernel, text: &[u8], cuts: &[usize]) -> Outcome {
    let mut separators = Separators::new();
    let (mut commas, mut end) = (Vec::new(), ScanEnd::NeedMore);
    for (base, piece) in text::pieces(text, cuts) {
        end = separators.scan(kernel, piece, base, &mut commas);
        if end != ScanEnd::NeedMore {
            assert_eq!(separators, Separators::new(), "a scanner is as new when it has closed");
            break;
        }
    }
    Outcome { commas, end, depth: separators.depth() }
}

fn check(text: &[u8]) {
    let expected = naive(text);
    for kernel in Kernel::available() {
        text::at_every_cut(text, |cuts| {
            assert_eq!(scan(kernel, text, cuts), expected, "{kernel}, cut at {cuts:?}");
        });
    }
}

#[test]
fn cases() {
    check(b"");
    check(b"]");
    check(b",,]");
    check(br#"1,"a,]\"",[2,{"b":[3,4]}],{}]"#);
    check(br#""\\",1]"#);
    check(b"[[[[1,2],3],4],5],6]7,8]");
    check(&[b"[".repeat(200), b",".to_vec(), b"]".repeat(200), b",1]".to_vec()].concat());
    check(&b"[],".repeat(60));
    check(&b"{\"a\":{}},".repeat(30));
}

#[test]
fn a_string_is_told_when_it_is_cut() {
    let mut separators = Separators::default();
    separators.scan(Kernel::active(), br#""ab\"c"#, 0, &mut Vec::new());
    assert!(separators.in_string());
    separators.scan(Kernel::active(), br#"d""#, 6, &mut Vec::new());
    assert!(!separators.in_string());
}

#[test]
fn the_conformance_corpora() {
    for (path, text) in text::corpora() {
        let expected = naive(&text);
        for kernel in Kernel::available() {
            for cuts in [&[][..], &[text.len() / 2], &[text.len() / 3, text.len() * 2 / 3]] {
                assert_eq!(scan(kernel, &text, cuts), expected, "{}, {kernel}", path.display());
            }
        }
    }
}

/// Blocks that lie in a string whole, with what ends it, or does not, before and behind them.
#[test]
fn long_strings() {
    for end in ["\"", "\\\"\"", "\\\\\"", "\\"] {
        for length in (0..200).step_by(3) {
            let plain = "[{,}]".repeat(length / 5) + &",".repeat(length % 5);
            for before in 0..3 {
                let string = format!("{}\"{plain}{end}{plain}", "1,".repeat(before * 20));
                for text in [format!("{string}\",2]"), format!("{{{string}\"}},[3]]"), string] {
                    check(text.as_bytes());
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn confused_text(text in text::confused(200)) {
        check(&text);
    }

    #[test]
    fn short_confused_text(text in text::confused(24)) {
        check(&text);
    }

    #[test]
    fn elements_of_valid_arrays(elements in prop::collection::vec(text::value(), 1..12)) {
        let text = elements.join(",") + "]";
        let mut expected = Vec::new();
        for element in &elements[..elements.len() - 1] {
            let start = expected.last().map_or(0, |comma| comma + 1);
            expected.push(start + element.len());
        }
        let outcome = scan(Kernel::active(), text.as_bytes(), &[]);
        prop_assert_eq!(outcome.commas, expected);
        prop_assert_eq!(outcome.end, ScanEnd::Closed { at: text.len() - 1 });
        check(text.as_bytes());
    }
}
