use datason_scan::Unescaped;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    let found = Unescaped::read(text.as_bytes(), 0);
    assert_eq!(found.as_ref().map(Unescaped::as_bytes), expected.map(str::as_bytes), "{text}");
}

#[test]
fn simple_escapes() {
    for (letter, text) in
        [('"', "\""), ('\\', "\\"), ('/', "/"), ('n', "\n"), ('t', "\t"), ('r', "\r")]
    {
        check(&format!("\\{letter}x"), Some(text));
    }
    check("\\b", Some("\u{8}"));
    check("\\f", Some("\u{c}"));
    for wrong in ["\\", "\\a", "\\N", "\\0", "\\x41", "\\'", "\\ ", "\\\n"] {
        check(wrong, None);
    }
}

#[test]
fn half_a_pair_is_no_character() {
    for wrong in [
        "\\ud800",
        "\\udc00",
        "\\ud800\\ud800",
        "\\ud800x",
        "\\ud800\\n",
        "\\udbff\\ue000",
        "\\ud800\\u",
        "\\udfff\\ud800",
        "\\u123",
        "\\u12g4",
        "\\u+123",
        "\\U0041",
    ] {
        check(wrong, None);
    }
}

proptest! {
    #[test]
    fn every_character_comes_back(letter: char, upper: bool) {
        let units = letter.encode_utf16(&mut [0; 2]).iter().map(|unit| {
            if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") }
        }).collect::<String>();
        let text = units.clone() + "0";
        check(&text, Some(&letter.to_string()));
        let end = Unescaped::read(text.as_bytes(), 0).map(|found| found.end());
        prop_assert_eq!(end, Some(units.len()));
    }
}
