//! The array at a pointer against a walk through a parsed document.

use std::fmt;

use datason_json::ReaderBuilder;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::reading::{depth_bound, is_json, read, split, without_mark};

/// The way to an array, as a pointer and as steps.
const WAYS: [(&str, &[&str]); 5] = [
    ("/a", &["a"]),
    ("/a/b", &["a", "b"]),
    ("/a/0", &["a", "0"]),
    ("/1", &["1"]),
    ("/a~1b/~0", &["a/b", "~"]),
];

/// Where a walk through the document ends at an array, reading gives its elements; where the
/// document is no JSON, reading says so.
pub fn pointer(bytes: &[u8]) {
    let (text, cut) = split(bytes);
    for (pointer, steps) in WAYS {
        let outcome = read(&ReaderBuilder::new().pointer(pointer), text, cut);
        let text = without_mark(text);
        if outcome.is_unsupported() || depth_bound(text) > 100 {
            continue;
        }
        if !is_json(text) {
            let well_formed = serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
            assert!(!outcome.is_clean() || well_formed, "{pointer}: {outcome:?}");
            continue;
        }
        let whole = std::str::from_utf8(text).expect("what is JSON is text");
        match walk(whole, steps) {
            Walked::Array(elements) => {
                assert!(outcome.is_clean(), "{pointer}: {outcome:?}");
                let found = outcome.good.iter().map(|(_, text)| text.as_slice());
                assert!(found.eq(elements.iter().map(|text| text.get().as_bytes())), "{pointer}");
            }
            Walked::Nowhere => assert!(outcome.end.is_some(), "{pointer}: {outcome:?}"),
            Walked::Twice => {}
        }
    }
}

enum Walked<'a> {
    Array(Vec<&'a RawValue>),
    /// There is no array.
    Nowhere,
    /// There are two ways, which is for nobody to decide here.
    Twice,
}

fn walk<'a>(mut text: &'a str, steps: &[&str]) -> Walked<'a> {
    for step in steps {
        let Ok(members) = serde_json::from_str::<Members<'_>>(text) else { return Walked::Nowhere };
        let mut found = members.0.into_iter().filter(|(name, _)| name == step);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => text = value.get(),
            (None, _) => return Walked::Nowhere,
            (Some(_), Some(_)) => return Walked::Twice,
        }
    }
    match serde_json::from_str(text) {
        Ok(elements) => Walked::Array(elements),
        Err(_) => Walked::Nowhere,
    }
}

/// The members of an object, or the elements of an array by their numbers.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or an array")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(element) = list.next_element()? {
                    members.push((members.len().to_string(), element));
                }
                Ok(members)
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Err(E::custom("null has no members"))
            }
        }

        deserializer.deserialize_any(Collect).map(Self)
    }
}
