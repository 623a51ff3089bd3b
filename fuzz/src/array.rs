//! A JSON document against serde_json.

use datason_json::{Format, ReaderBuilder};
use serde_json::value::RawValue;

use crate::reading::{depth_bound, is_json, read, split, without_mark};

/// A document is clean if and only if serde_json takes it, and then its records are what
/// serde_json finds in it.
pub fn array(bytes: &[u8]) {
    let (text, cut) = split(bytes);
    let outcome = read(&ReaderBuilder::new().format(Format::Json), text, cut);
    let text = without_mark(text);
    if outcome.is_unsupported() || depth_bound(text) > 100 {
        return;
    }
    assert_eq!(outcome.is_clean(), is_json(text), "{outcome:?}");
    if !outcome.is_clean() {
        return;
    }
    let whole = std::str::from_utf8(text).expect("what is JSON is text");
    let found = outcome.good.iter().map(|(_, text)| text.as_slice());
    if whole.trim_ascii_start().starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(whole).expect("an array");
        assert!(found.eq(elements.iter().map(|element| element.get().as_bytes())));
    } else {
        assert!(found.eq([whole.trim_ascii().as_bytes()]));
    }
}
