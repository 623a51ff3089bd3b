//! The value by which a record is sorted.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What stands at a pointer of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// A scalar as JSON: a string in the one form that writers have, anything else as it stands.
    Value(String),
    /// A list or an object.
    Nested,
}

/// Finds what stands at the place with these `tokens`. Of a key that stands twice, the last
/// counts, as everywhere.
pub(super) fn find(record: &[u8], tokens: &[String]) -> serde_json::Result<Found> {
    let mut parser = serde_json::Deserializer::from_slice(record);
    parser.disable_recursion_limit();
    let found = At(tokens).deserialize(&mut parser)?;
    parser.end()?;
    let Some(raw) = found else { return Ok(Found::Nothing) };
    Ok(match raw.get().as_bytes().first() {
        Some(b'{' | b'[') => Found::Nested,
        Some(b'"') => {
            let text: String = serde_json::from_str(raw.get())?;
            Found::Value(serde_json::to_string(&text)?)
        }
        _ => Found::Value(raw.get().to_owned()),
    })
}

/// The way to a place.
#[derive(Clone, Copy)]
struct At<'t>(&'t [String]);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.0.split_first() {
            None => serde::Deserialize::deserialize(deserializer).map(Some),
            Some((first, rest)) => deserializer.deserialize_any(Step { first, rest }),
        }
    }
}

struct Step<'t> {
    first: &'t str,
    rest: &'t [String],
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Is(self.first))? {
            if is_it {
                found = map.next_value_seed(At(self.rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // RFC 6901 knows no leading zeros.
        let is_index = self.first == "0" || !self.first.starts_with(['0', '+']);
        let index = self.first.parse::<usize>().ok().filter(|_| is_index);
        for at in 0.. {
            let more = if Some(at) == index {
                match list.next_element_seed(At(self.rest))? {
                    Some(found) => {
                        while list.next_element::<IgnoredAny>()?.is_some() {}
                        return Ok(found);
                    }
                    None => false,
                }
            } else {
                list.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Whether a key is this one.
struct Is<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(record: &str, pointer: &str, expected: &Found) {
        let tokens = crate::frame::parse_pointer(pointer).unwrap();
        assert_eq!(&find(record.as_bytes(), &tokens).unwrap(), expected, "{record} {pointer}");
    }

    fn value(text: &str) -> Found {
        Found::Value(text.to_owned())
    }

    #[test]
    fn scalars_are_found_and_numbers_keep_their_text() {
        check(r#"{"a": 1.50}"#, "/a", &value("1.50"));
        check(
            r#"{"a": 123456789012345678901234567890}"#,
            "/a",
            &value("123456789012345678901234567890"),
        );
        check(r#"{"a": {"b/c": ["x", null]}}"#, "/a/b~1c/1", &value("null"));
        check(r#"{"a": true, "a": "\u0041"}"#, "/a", &value("\"A\""));
        check(r#"{"a": "A"}"#, "/a", &value("\"A\""));
        check(r#"{"": "\u0000\/"}"#, "/", &value(r#""\u0000/""#));
        check(r#"{"é": 1}"#, "/é", &value("1"));
        check(r#"{"\u00e9": 2}"#, "/é", &value("2"));
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        for record in ["1", "\"a\"", "null", "[]", "{}", r#"{"b": {"a": 1}}"#, "1.5", "-2", "true"]
        {
            check(record, "/a", &Found::Nothing);
        }
        for pointer in ["/01", "/-", "/2", "/+1", "/x"] {
            check("[5, 6]", pointer, &Found::Nothing);
        }
        check(r#"{"a": 1}"#, "/a/b", &Found::Nothing);
        check(r#"{"a": {"b": 1}, "a": {}}"#, "/a/b", &Found::Nothing);
        check(r#"{"a": [1]}"#, "/a", &Found::Nested);
        check("[5, {}]", "/1", &Found::Nested);
    }

    #[test]
    fn depth_takes_no_stack_beside_the_way() {
        let deep = format!("{{\"x\": {}{}, \"a\": 7}}", "[".repeat(1_000), "]".repeat(1_000));
        check(&deep, "/a", &value("7"));
    }
}
