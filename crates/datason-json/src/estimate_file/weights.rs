//! What records take in memory, in three forms.

use std::collections::BTreeMap;

use datason_core::value::Key;
use datason_core::{ChunkSize, Value};
use datason_memory::Footprint;

use super::scaled;

/// As many places of records are told apart at most; what is at others is weighed by itself.
const MOST_PLACES: usize = 4_096;
/// Places farther inside are not told apart.
const LEVELS: usize = 32;

/// The sums over the records that were measured.
#[derive(Debug, Default)]
pub(super) struct Weights {
    pub(super) records: u64,
    pub(super) text: u64,
    pub(super) values: u64,
    root: Place,
    /// What is still told apart.
    room: Room,
}

#[derive(Debug)]
struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MOST_PLACES)
    }
}

/// The values seen at one place of the records.
#[derive(Debug, Default)]
struct Place {
    count: u64,
    nulls: u64,
    truths: u64,
    numbers: u64,
    texts: u64,
    lists: u64,
    objects: u64,
    /// The letters of the texts.
    letters: u64,
    /// The length of all values as JSON.
    json: u64,
    /// The members of the lists.
    items: Option<Box<Place>>,
    members: BTreeMap<Box<str>, Place>,
    /// What is inside and was not told apart: as rows, and as columns.
    loose: (u64, u64),
}

impl Weights {
    /// Adds a record whose text with what separates it is `text` long, and which takes `as_value`.
    pub(super) fn add(&mut self, value: &Value, text: u64, as_value: u64) {
        const SEPARATOR: u64 = 1;
        self.records += 1;
        self.text += text + SEPARATOR;
        self.values += as_value;
        self.root.add(value, LEVELS, &mut self.room.0);
    }

    /// The records that were measured as rows of a type that has a field for every member.
    pub(super) fn rows(&self) -> u64 {
        self.records * self.root.inline(false) + self.root.heap()
    }

    /// A whole of `text` bytes as columns, in batches as a reader makes them.
    pub(super) fn arrow(&self, text: u64) -> u64 {
        let records = scaled(self.records, text, self.text);
        self.root.columns(self.records, &Batches { text, sample: self.text, records })
    }
}

impl Place {
    /// Adds a value; returns how long it is as JSON.
    fn add(&mut self, value: &Value, levels: usize, room: &mut usize) -> u64 {
        self.count += 1;
        let json = match value {
            Value::List(members) => {
                self.lists += 1;
                let items = self.items.get_or_insert_default();
                let lengths = members.iter().map(|member| match levels.checked_sub(1) {
                    Some(levels) => items.add(member, levels, room) + 1,
                    None => loosen(&mut items.loose, member),
                });
                lengths.sum::<u64>() + 1
            }
            Value::Map(map) => {
                self.objects += 1;
                let mut json = 1;
                for (key, member) in map {
                    let name = Key::as_str(key).unwrap_or_default();
                    json += name.len() as u64 + "\"\":,".len() as u64;
                    json += match self.member(name, levels, room) {
                        Some((place, levels)) => place.add(member, levels, room),
                        None => loosen(&mut self.loose, member),
                    };
                }
                json
            }
            scalar => self.add_scalar(scalar),
        };
        self.json += json;
        json
    }

    fn add_scalar(&mut self, scalar: &Value) -> u64 {
        match scalar {
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.truths += 1,
            Value::Text(text) => {
                self.texts += 1;
                self.letters += text.len() as u64;
            }
            _ => self.numbers += 1,
        }
        Footprint::of(scalar).map_or(0, |footprint| footprint.serialized_bytes)
    }

    /// The place of a member and how many levels there are below it; `None` if it is not told apart.
    fn member(
        &mut self,
        name: &str,
        levels: usize,
        room: &mut usize,
    ) -> Option<(&mut Self, usize)> {
        let levels = levels.checked_sub(1)?;
        if !self.members.contains_key(name) {
            *room = room.checked_sub(1)?;
            self.members.insert(name.into(), Self::default());
        }
        self.members.get_mut(name).map(|place| (place, levels))
    }

    /// Whether all values but nulls are of the kind that `count` of them are of.
    fn only(&self, count: u64) -> bool {
        count > 0 && count + self.nulls == self.count
    }

    /// What a field of a struct takes for this, where it may be `missing`.
    fn inline(&self, missing: bool) -> u64 {
        const WORD: u64 = 8;
        const OWNED: u64 = size_of::<String>() as u64;
        let tag = |bytes| if missing || self.nulls > 0 { bytes } else { 0 };
        if self.only(self.truths) {
            1
        } else if self.only(self.numbers) {
            WORD + tag(WORD)
        } else if self.only(self.texts) || self.only(self.lists) {
            OWNED
        } else if self.only(self.objects) {
            let members = self.members.values();
            let members = members.map(|member| member.inline(member.count < self.objects));
            members.sum::<u64>().next_multiple_of(WORD)
        } else if self.count == self.nulls {
            WORD
        } else {
            // An enum: the largest, and which it is.
            OWNED + WORD
        }
    }

    /// What all values own on the heap as fields of structs.
    fn heap(&self) -> u64 {
        let items = self.items.as_ref();
        let items = items.map_or(0, |items| items.count * items.inline(false) + items.heap());
        let members = self.members.values().map(Self::heap).sum::<u64>();
        self.letters + items + members + self.loose.0
    }

    /// What a column with this in it takes, and `slots` places for it.
    fn columns(&self, slots: u64, batches: &Batches) -> u64 {
        const OFFSET: u64 = 4;
        const NUMBER: u64 = 8;
        let bits = |slots: u64| batches.hold(slots.div_ceil(8));
        // What an array takes beside its values, with what says where its buffers are.
        let (array, values) = if self.count == self.nulls {
            return batches.each(48);
        } else if self.only(self.truths) {
            (200, bits(slots))
        } else if self.only(self.numbers) {
            (200, batches.hold(slots * NUMBER))
        } else if self.only(self.texts) {
            (300, batches.hold(slots * OFFSET + self.letters))
        } else if self.only(self.lists) {
            let items = self.items.as_ref().map_or(0, |items| items.columns(items.count, batches));
            (200, batches.hold(slots * OFFSET) + items)
        } else if self.only(self.objects) {
            let members = self.members.values().map(|member| member.columns(slots, batches));
            (150, members.sum())
        } else {
            // What has no type of its own is kept as text.
            (300, batches.hold(slots * OFFSET + self.json))
        };
        let validity = if self.nulls > 0 || self.count < slots { bits(slots) } else { 0 };
        batches.each(array) + values + validity + batches.hold(self.loose.1)
    }
}

/// Weighs a value that stands at a place that is not told apart: as rows, and as columns.
fn loosen((rows, columns): &mut (u64, u64), value: &Value) -> u64 {
    let footprint = Footprint::of(value).unwrap_or_default();
    *rows += footprint.resident_bytes;
    *columns += footprint.serialized_bytes;
    footprint.serialized_bytes
}

/// How the columns of a whole file are cut.
struct Batches {
    /// The text of the whole.
    text: u64,
    /// And of what was measured.
    sample: u64,
    /// The records of the whole.
    records: u64,
}

impl Batches {
    /// What buffers hold for `bytes` of what was measured: those of each batch but the first and a
    /// short last one have an eighth more than the one before used.
    fn hold(&self, bytes: u64) -> u64 {
        let bytes = scaled(bytes, self.text, self.sample);
        if self.count() <= 1 {
            return bytes;
        }
        let chunk = Self::chunk();
        let (full, rest) = (self.text / chunk - 1, self.text % chunk);
        let last = if rest >= chunk / 4 * 3 { chunk / 8 * 9 - rest } else { 0 };
        bytes + scaled(bytes, full * chunk / 8 + last, self.text)
    }

    /// What each batch holds once.
    fn each(&self, bytes: u64) -> u64 {
        self.count() * bytes
    }

    /// How many batches there are; one for a record that is longer than a batch.
    fn count(&self) -> u64 {
        self.text.div_ceil(Self::chunk()).min(self.records.max(1))
    }

    /// The text of a batch.
    fn chunk() -> u64 {
        ChunkSize::default().under(None).most_bytes() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(records: &[&str]) -> Weights {
        let mut weights = Weights::default();
        for record in records {
            let value = Value::from_json(record.as_bytes()).unwrap();
            weights.add(&value, record.len() as u64, 0);
        }
        weights
    }

    #[test]
    fn members_that_are_missing_have_their_room_in_a_row() {
        let found = weights(&[r#"{"a": 1, "b": "four"}"#, r#"{"b": null}"#, r#"{"a": 2}"#]);
        assert_eq!(found.rows(), 3 * (16 + 24) + 4);
        let found = weights(&[r#"[[1, 2], {"x": true}]"#]);
        assert_eq!(found.rows(), 24 + 2 * 32 + 2 * 8);
    }

    #[test]
    fn members_that_are_missing_have_their_room_in_a_column() {
        let found = weights(&[r#"{"a": 1, "b": {"c": "four"}}"#, "{}", "{}", "{}"]);
        // For each column its values, and a byte that says which are there.
        let (a, b, c) = (4 * 8 + 1, 1, 4 * 4 + 4 + 1);
        let arrays = 2 * 150 + 200 + 300;
        assert_eq!(found.arrow(found.text), arrays + a + b + c);
    }

    #[test]
    fn names_without_end_do_not_take_much() {
        let records: Vec<String> = (0..10_000).map(|n| format!("{{\"key {n}\": {n}}}")).collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let found = weights(&records);
        assert_eq!(found.root.members.len(), MOST_PLACES);
        assert!(found.root.loose.0 > 0 && found.root.loose.1 > 0);
    }
}
