use datason_scan::{Kernel, find_negative_zero};
use proptest::prelude::*;

use crate::text;

fn naive(text: &[u8]) -> bool {
    (0..text.len()).any(|at| {
        let before = at.checked_sub(1).map(|before| text[before]);
        let may_precede = before.is_none_or(|byte| b":,[ \t\r\n".contains(&byte));
        let continues = |byte: &u8| byte.is_ascii_digit() || b".eE".contains(byte);
        may_precede && text[at..].starts_with(b"-0") && !text.get(at + 2).is_some_and(continues)
    })
}

fn check(text: &[u8]) {
    for kernel in Kernel::available() {
        assert_eq!(find_negative_zero(kernel, text), naive(text), "{kernel}");
    }
}

#[test]
fn cases() {
    let yes = ["-0", " -0 ", "[-0]", "{\"a\":-0}", "[1,-0,2]", "[1,\n-0\n]", "-0\t", "\"a,-0\""];
    let no = ["", "-", "0", "-1", "-0.0", "-0e1", "-0E1", "-00", "1-0", "\"2024-01-02\"", "e-0"];
    for text in yes {
        assert!(naive(text.as_bytes()), "{text}");
    }
    for text in no {
        assert!(!naive(text.as_bytes()), "{text}");
    }
    yes.iter().chain(&no).for_each(|text| check(text.as_bytes()));
}

#[test]
fn at_every_place_around_the_ends_of_blocks() {
    for length in (0..4_usize).chain(62..70).chain(126..136).chain([200]) {
        for place in 0..length {
            for after in [None, Some(b','), Some(b'.'), Some(b'5')] {
                let mut text = vec![b','; length];
                text[place] = b'-';
                text.get_mut(place + 1).into_iter().for_each(|byte| *byte = b'0');
                text.get_mut(place + 2).into_iter().zip(after).for_each(|(to, byte)| *to = byte);
                check(&text);
            }
        }
    }
}

#[test]
fn the_conformance_corpora() {
    for (_, text) in text::corpora() {
        check(&text);
    }
}

proptest! {
    #[test]
    fn few_bytes(text in r#"[-0 ,:\[5.eEx"]{0,12}"#, lead in 0..140_usize) {
        check(text.as_bytes());
        check((".".repeat(lead) + &text).as_bytes());
    }

    #[test]
    fn valid_values(value in text::value()) {
        check(value.as_bytes());
    }
}
