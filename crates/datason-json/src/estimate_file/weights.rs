//! What records take in memory, in three forms.

use datason_core::Value;

/// The sums over the records that were measured.
#[derive(Debug, Default)]
pub(super) struct Weights {
    pub(super) records: u64,
    pub(super) text: u64,
    pub(super) rows: u64,
    pub(super) values: u64,
    pub(super) arrow: u64,
}

impl Weights {
    /// Adds a record whose text with what separates it is `text` long, and which takes `as_value`.
    pub(super) fn add(&mut self, value: &Value, text: u64, as_value: u64) {
        const SEPARATOR: u64 = 1;
        self.records += 1;
        self.text += text + SEPARATOR;
        self.rows += row_bytes(value);
        self.values += as_value;
        self.arrow += bits(value).div_ceil(8);
    }
}

/// As a field of a struct: its names are the type's.
fn row_bytes(value: &Value) -> u64 {
    const OWNED: u64 = size_of::<String>() as u64;
    match value {
        Value::Text(text) => OWNED + text.len() as u64,
        Value::List(members) => OWNED + members.iter().map(row_bytes).sum::<u64>(),
        Value::Map(map) => map.values().map(row_bytes).sum(),
        // A `bool` is padded to its neighbours, and a `null` leaves the room of what is missing.
        _ => 8,
    }
}

/// As a slot of a column, in bits: one says whether it is there.
fn bits(value: &Value) -> u64 {
    const OFFSET: u64 = 32;
    1 + match value {
        Value::Bool(_) => 1,
        Value::Text(text) => OFFSET + 8 * text.len() as u64,
        Value::List(members) => OFFSET + members.iter().map(bits).sum::<u64>(),
        Value::Map(map) => map.values().map(bits).sum(),
        _ => 64,
    }
}
