//! What records are made of, in short.

use std::collections::BTreeMap;

use datason_core::Value;
use datason_core::value::{Key, Map};
use serde::Serialize;

/// As many fields are told at most.
pub const MOST_FIELDS: usize = 200;

/// Fields farther inside, and with longer names together, are left out.
const LEVELS: usize = 8;
const LONGEST: usize = 256;

/// A member of records, by what was seen of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldSketch {
    /// Where it stands in a record: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What it holds (`null`, `boolean`, `integer`, `float`, `string`, `array`, `object`), the most
    /// frequent first.
    pub kinds: Vec<&'static str>,
    /// Of 100 records so many have it, also as `null`.
    pub percent: f64,
}

/// The fields that have been seen.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// How often each was seen with each kind of value.
    seen: BTreeMap<String, BTreeMap<&'static str, u64>>,
    more: bool,
}

impl Fields {
    /// Looks at a record.
    pub(super) fn add(&mut self, record: &Value) {
        if let Value::Map(map) = record {
            self.add_members(&mut String::new(), map, LEVELS);
        }
    }

    fn add_members(&mut self, pointer: &mut String, map: &Map, levels: usize) {
        let before = pointer.len();
        for (key, value) in map {
            let Some(name) = Key::as_str(key) else { continue };
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            let known = pointer.len() <= LONGEST && self.count(pointer, value);
            self.more |= !known;
            if let Value::Map(inner) = value {
                match levels.checked_sub(1) {
                    Some(levels) if known => self.add_members(pointer, inner, levels),
                    _ => self.more |= !inner.is_empty(),
                }
            }
            pointer.truncate(before);
        }
    }

    /// Counts a value. Whether the field is one of those that are told.
    fn count(&mut self, pointer: &str, value: &Value) -> bool {
        if !self.seen.contains_key(pointer) {
            if self.seen.len() == MOST_FIELDS {
                return false;
            }
            self.seen.insert(pointer.to_owned(), BTreeMap::new());
        }
        if let Some(kinds) = self.seen.get_mut(pointer) {
            *kinds.entry(kind(value)).or_insert(0) += 1;
        }
        true
    }

    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// The fields of `records` records.
    #[expect(clippy::cast_precision_loss, reason = "a share to look at")]
    pub(super) fn sketches(&self, records: u64) -> Vec<FieldSketch> {
        let sketch = |(pointer, kinds): (&String, &BTreeMap<&'static str, u64>)| {
            let mut kinds: Vec<_> = kinds.iter().map(|(kind, count)| (*kind, *count)).collect();
            kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let count: u64 = kinds.iter().map(|(_, count)| count).sum();
            let percent = count as f64 * 100.0 / records.max(1) as f64;
            let kinds = kinds.into_iter().map(|(kind, _)| kind).collect();
            FieldSketch { pointer: pointer.clone(), kinds, percent }
        };
        self.seen.iter().map(sketch).collect()
    }
}

/// What comes out of JSON, by the names that schema inference has for it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Float(_) => "float",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "integer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketches(records: &[&str]) -> (Vec<FieldSketch>, bool) {
        let mut fields = Fields::default();
        for record in records {
            fields.add(&Value::from_json(record.as_bytes()).unwrap());
        }
        (fields.sketches(records.len() as u64), fields.has_more())
    }

    #[test]
    fn members_are_told_with_their_kinds_and_how_many_have_them() {
        let records =
            [r#"{"id": 1, "at/b": {"x": 1.5}}"#, r#"{"id": null}"#, r#"{"id": 7}"#, "[1]"];
        let (found, more) = sketches(&records);
        let told: Vec<_> = found.iter().map(|field| (&*field.pointer, field.percent)).collect();
        assert_eq!(told, [("/at~1b", 25.0), ("/at~1b/x", 25.0), ("/id", 75.0)]);
        assert_eq!(found[2].kinds, ["integer", "null"]);
        assert!(!more);
    }

    #[test]
    fn records_with_many_names_do_not_take_much() {
        let names = (0..1_000).map(|n| format!("\"name {n}\": {n}")).collect::<Vec<_>>();
        let wide = format!("{{{}}}", names.join(","));
        let long = format!("{{\"{}\": 1}}", "x".repeat(100_000));
        let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        let (found, more) = sketches(&[&long, &deep, &wide]);
        assert_eq!((found.len(), more), (MOST_FIELDS, true));
        assert!(found.iter().all(|field| field.pointer.len() <= LONGEST));
        assert_eq!(sketches(&[&long]), (Vec::new(), true));
        assert!(sketches(&[&deep]).1);
    }
}
