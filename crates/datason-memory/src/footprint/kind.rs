//! What is known of a type by its name.
//!
//! A serializer is told values, and not what holds them; but it can ask for the name of the type it
//! is handed. The name is meant for people, so whatever is not known by it is weighed as before.

use std::any::type_name;

use datason_core::Value;
use datason_core::chunkable::room;

use super::walk::Weight;
use crate::value::map_bytes;

/// What holds entries or members, as far as it makes a difference to how much room it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing is known.
    #[default]
    Other,
    Hashed,
    Tree,
    Indexed,
    /// A dynamic value of `datason-core`.
    Value,
    /// A dynamic value of `serde_json`.
    JsonValue,
}

/// By what the names of types begin with.
const NAMES: [(&str, Kind); 9] = [
    ("std::collections::hash::map::HashMap<", Kind::Hashed),
    ("std::collections::hash::set::HashSet<", Kind::Hashed),
    ("alloc::collections::btree::map::BTreeMap<", Kind::Tree),
    ("alloc::collections::btree::set::BTreeSet<", Kind::Tree),
    ("indexmap::map::IndexMap<", Kind::Indexed),
    ("indexmap::set::IndexSet<", Kind::Indexed),
    ("datason_core::value::Value", Kind::Value),
    ("serde_json::value::Value", Kind::JsonValue),
    ("serde_json::map::Map<", Kind::Tree),
];
/// What hands values on as they are.
const AROUND: [&str; 4] = ["&", "alloc::boxed::Box<", "alloc::rc::Rc<", "alloc::sync::Arc<"];

/// What a value of `serde_json` takes where it lies.
const JSON_VALUE: u64 = 32;
/// Of maps whose kind is not known, half is free.
const FREE: usize = 2;

impl Kind {
    pub(super) fn of<T: ?Sized>() -> Self {
        let mut name = type_name::<T>();
        while let Some(inner) = AROUND.iter().find_map(|around| name.strip_prefix(around)) {
            name = inner;
        }
        let known = NAMES.iter().find(|(begin, _)| name.starts_with(begin));
        known.map_or(Self::Other, |(_, kind)| *kind)
    }

    /// A weight as it is in a value of this kind: dynamic values take as much room for a `null` as
    /// for a map.
    pub(super) fn place(self, weight: Weight) -> Weight {
        match self {
            Self::Value => weight.inside(size_of::<Value>() as u64),
            Self::JsonValue => weight.inside(JSON_VALUE),
            _ => weight,
        }
    }

    /// The room for the members of a list or set.
    pub(super) fn list(self, members: u64, member: u64) -> u64 {
        match self {
            Self::Hashed | Self::Tree | Self::Indexed => self.entries(members, member),
            // Parsers push members to lists, which then grow by doubling.
            Self::Value | Self::JsonValue if members > 0 => {
                members.next_power_of_two().max(4) * member
            }
            _ => members * member,
        }
    }

    /// The room for the entries of a map.
    pub(super) fn map(self, entries: u64, entry: u64) -> u64 {
        match (self, usize::try_from(entries)) {
            (Self::Value, Ok(pairs)) => map_bytes(pairs),
            _ => self.entries(entries, entry),
        }
    }

    fn entries(self, entries: u64, entry: u64) -> u64 {
        let (Ok(count), Ok(bytes)) = (usize::try_from(entries), usize::try_from(entry)) else {
            return entries.saturating_mul(entry);
        };
        let room = match self {
            Self::Hashed => room::hashed(count, bytes),
            Self::Indexed => room::indexed(count, bytes),
            Self::Tree | Self::JsonValue => room::tree(count, bytes),
            _ => count * bytes + count * bytes / FREE,
        };
        room as u64
    }

    /// What a map takes where it lies.
    pub(super) fn map_itself(self) -> u64 {
        const WORD: usize = size_of::<usize>();
        let words = match self {
            Self::Tree => 3,
            Self::Indexed => 9,
            _ => 6,
        };
        (words * WORD) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
    use std::rc::Rc;
    use std::sync::Arc;

    use indexmap::IndexMap;

    use super::*;

    #[test]
    fn types_are_known_by_their_names() {
        assert_eq!(Kind::of::<HashMap<u8, String>>(), Kind::Hashed);
        assert_eq!(Kind::of::<&HashSet<u8>>(), Kind::Hashed);
        assert_eq!(Kind::of::<&&Box<BTreeMap<u8, u8>>>(), Kind::Tree);
        assert_eq!(Kind::of::<Rc<BTreeSet<u8>>>(), Kind::Tree);
        assert_eq!(Kind::of::<Arc<IndexMap<u8, u8>>>(), Kind::Indexed);
        assert_eq!(Kind::of::<&Value>(), Kind::Value);
        assert_eq!(Kind::of::<Box<serde_json::Value>>(), Kind::JsonValue);
        assert_eq!(Kind::of::<serde_json::Map<String, serde_json::Value>>(), Kind::Tree);
        for other in [Kind::of::<Vec<Value>>(), Kind::of::<str>(), Kind::of::<[u8]>()] {
            assert_eq!(other, Kind::Other);
        }
    }

    #[test]
    fn the_size_of_foreign_values_is_theirs() {
        assert_eq!(size_of::<serde_json::Value>() as u64, JSON_VALUE);
        assert_eq!(size_of::<BTreeMap<u8, u8>>() as u64, Kind::Tree.map_itself());
        assert_eq!(size_of::<IndexMap<u8, u8>>() as u64, Kind::Indexed.map_itself());
        assert_eq!(size_of::<HashMap<u8, u8>>() as u64, Kind::Hashed.map_itself());
    }
}
