//! Others who find records: `memchr`, `serde_json`, and the naive ways that give the answer.

use std::fmt;
use std::ops::Range;

use serde::de::{
    self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::value::RawValue;

use super::BLOCK;
use crate::answer::{Answer, Examiner, Observer};
use crate::definition::{Engine, Role};
use crate::fixture::Data;

/// The right answer for lines.
#[expect(clippy::unnecessary_wraps, reason = "an oracle may fail, this one does not")]
pub(super) fn naive_lines(data: &Data) -> anyhow::Result<Answer> {
    let mut examiner = Examiner::new();
    examiner.records(&data.bytes, &data.lines);
    Ok(examiner.answer())
}

/// The right answer for the elements of the array that `keys` lead to.
pub(super) fn naive_elements(data: &Data, keys: &'static [&'static str]) -> anyhow::Result<Answer> {
    let mut examiner = Examiner::new();
    each_element(&data.bytes, keys, &mut examiner)?;
    Ok(examiner.answer())
}

/// Counts the ends of lines and keeps nothing: as fast as anybody can look for them.
pub(super) fn count_newlines() -> Engine {
    Engine::new("memchr count", Role::Ceiling, |data, seen| {
        let count = memchr::memchr_iter(b'\n', &data.bytes).count();
        seen.counted(count as u64);
        Ok(())
    })
}

/// What one writes by hand: `memchr` from line to line.
pub(super) fn memchr_lines() -> Engine {
    let mut spans: Vec<Range<usize>> = Vec::new();
    Engine::new("memchr lines", Role::Peer, move |data, seen| {
        let (mut start, mut end) = (0, 0);
        while end < data.bytes.len() {
            end = data.bytes.len().min(end + BLOCK);
            let held = &data.bytes[start..end];
            let mut line = 0;
            spans.clear();
            spans.extend(
                memchr::memchr_iter(b'\n', held)
                    .map(|newline| std::mem::replace(&mut line, newline + 1)..newline),
            );
            seen.records(held, &spans);
            start += line;
        }
        Ok(())
    })
}

/// The parser, keeping nothing: how one cuts a stream of values with `serde_json`.
pub(super) fn serde_json_stream() -> Engine {
    Engine::new("serde_json", Role::Baseline, |data, seen| {
        let parser = serde_json::Deserializer::from_slice(&data.bytes);
        let mut values = parser.into_iter::<IgnoredAny>();
        let mut start = 0;
        while let Some(value) = values.next() {
            let IgnoredAny = value?;
            let record = data.bytes[start..values.byte_offset()].trim_ascii_start();
            seen.records(record, &[whole(record)]);
            start = values.byte_offset();
        }
        Ok(())
    })
}

/// How one cuts an array with `serde_json`, whose stream does not look inside of values.
pub(super) fn serde_json_elements(keys: &'static [&'static str]) -> Engine {
    Engine::new("serde_json", Role::Baseline, move |data, seen| {
        each_element(&data.bytes, keys, seen)
    })
}

fn each_element(
    bytes: &[u8],
    keys: &'static [&'static str],
    seen: &mut dyn Observer,
) -> anyhow::Result<()> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    Elements { keys, seen }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(())
}

fn whole(record: &[u8]) -> Range<usize> {
    0..record.len()
}

/// Shows the raw text of each element of the array that `keys` lead to.
struct Elements<'o> {
    keys: &'static [&'static str],
    seen: &'o mut dyn Observer,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keys.first() {
            Some(key) => write!(f, "an object with the key `{key}`"),
            None => f.write_str("an array"),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Some((wanted, keys)) = self.keys.split_first() else {
            return Err(de::Error::invalid_type(Unexpected::Map, &self));
        };
        while let Some(key) = members.next_key::<String>()? {
            if key == *wanted {
                members.next_value_seed(Elements { keys, seen: &mut *self.seen })?;
            } else {
                let IgnoredAny = members.next_value()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<&RawValue>()? {
            let record = element.get().as_bytes();
            self.seen.records(record, &[whole(record)]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_those_at_the_end_of_the_keys() {
        let text = br#"{"meta":{"rows":[0]},"data":{"x":[9],"rows":[1, {"a":2} ]}}"#;
        let mut examiner = Examiner::new();
        each_element(text, &["data", "rows"], &mut examiner).expect("a document");
        let mut expected = Examiner::new();
        expected.records(br#"1{"a":2}"#, &[0..1, 1..8]);
        assert_eq!(examiner.answer(), expected.answer());
    }

    #[test]
    fn what_is_no_array_is_an_error() {
        for text in ["1", "{\"a\":1}", "[1] 2"] {
            let result = each_element(text.as_bytes(), &[], &mut Examiner::new());
            assert!(result.is_err(), "{text}");
        }
    }
}
