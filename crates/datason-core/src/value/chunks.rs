//! How a [`Value`] is cut into chunks.

use std::num::NonZeroUsize;

use serde::ser::{Serialize, Serializer};

use super::{Key, Value, protocol};
use crate::chunkable::{Chunkable, Description, Pairs, Runs, SliceChunks, Strategy, room};
use crate::config::Config;
use crate::error::Result;

/// Lists and tuples are cut into runs of members, maps into runs of pairs; anything else is one
/// chunk.
impl<'a> Chunkable for &'a Value {
    type Chunk = ValueChunk<'a>;
    type Chunks = ValueChunks<'a>;

    fn describe(&self) -> Description {
        let (strategy, total) = match self {
            Value::List(members) | Value::Tuple(members) => (Strategy::Sequence, members.len()),
            Value::Map(map) => (Strategy::DictItems, map.len()),
            _ => return Description::new(Strategy::SingleObject, python_name(self), None),
        };
        let about = Description::new(strategy, python_name(self), Some(total as u64));
        match strategy {
            Strategy::DictItems => {
                about.sharing(room::grown_index(total, size_of::<(Key, Value)>()))
            }
            _ => about.of::<Value>(),
        }
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> ValueChunks<'a> {
        ValueChunks(match self {
            Value::List(members) => Cut::List(SliceChunks::new(members, size)),
            Value::Tuple(members) => Cut::Tuple(SliceChunks::new(members, size)),
            Value::Map(map) => Cut::Map(Runs::new(map.iter(), size)),
            _ => Cut::Single(Some(self)),
        })
    }

    fn items_in(chunk: &ValueChunk<'a>) -> Option<u64> {
        Some(match chunk {
            ValueChunk::List(members) | ValueChunk::Tuple(members) => members.len() as u64,
            ValueChunk::Map(pairs) => pairs.0.len() as u64,
            ValueChunk::Single(_) => 1,
        })
    }

    fn recut(
        chunks: &mut ValueChunks<'a>,
        back: Option<ValueChunk<'a>>,
        size: NonZeroUsize,
    ) -> Option<ValueChunk<'a>> {
        match (&mut chunks.0, back) {
            (Cut::List(list), Some(ValueChunk::List(back)))
            | (Cut::Tuple(list), Some(ValueChunk::Tuple(back))) => list.recut(back.len(), size),
            (Cut::List(list) | Cut::Tuple(list), None) => list.recut(0, size),
            (Cut::Map(map), Some(ValueChunk::Map(back))) => map.recut(back.0, size),
            (Cut::Map(map), None) => map.recut([], size),
            (_, back) => return back,
        }
        None
    }
}

/// A chunk of a [`Value`]. Serializes as what it is a part of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ValueChunk<'a> {
    /// A run of a list.
    List(&'a [Value]),
    /// A run of a tuple.
    Tuple(&'a [Value]),
    /// A run of a map.
    Map(Pairs<&'a Key, &'a Value>),
    /// The whole value.
    Single(&'a Value),
}

impl Serialize for ValueChunk<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::List(members) => members.serialize(serializer),
            Self::Tuple(members) => serializer.serialize_newtype_struct(protocol::TUPLE, members),
            Self::Map(pairs) => pairs.serialize(serializer),
            Self::Single(value) => value.serialize(serializer),
        }
    }
}

/// The chunks of a [`Value`].
#[derive(Debug)]
pub struct ValueChunks<'a>(Cut<'a>);

#[derive(Debug)]
enum Cut<'a> {
    List(SliceChunks<'a, Value>),
    Tuple(SliceChunks<'a, Value>),
    Map(Runs<indexmap::map::Iter<'a, Key, Value>>),
    Single(Option<&'a Value>),
}

impl<'a> Iterator for ValueChunks<'a> {
    type Item = Result<ValueChunk<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Cut::List(chunks) => chunks.next_chunk().map(ValueChunk::List).map(Ok),
            Cut::Tuple(chunks) => chunks.next_chunk().map(ValueChunk::Tuple).map(Ok),
            Cut::Map(pairs) => pairs.next_run().map(|run| Ok(ValueChunk::Map(Pairs(run)))),
            Cut::Single(value) => value.take().map(ValueChunk::Single).map(Ok),
        }
    }
}

/// The name that the feature document's metadata gives to the type.
fn python_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) => "str",
        Value::Bytes(_) => "bytes",
        Value::List(_) => "list",
        Value::Tuple(_) => "tuple",
        Value::Set(_) => "set",
        Value::Map(_) => "dict",
        Value::DateTime(_) => "datetime",
        Value::Date(_) => "date",
        Value::Time(_) => "time",
        Value::Duration(_) => "timedelta",
        Value::Decimal(_) => "Decimal",
        Value::Uuid(_) => "UUID",
        Value::Complex(_) => "complex",
        Value::Path(_) => "PosixPath",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(value: &Value) -> Vec<String> {
        let size = NonZeroUsize::new(2).unwrap();
        let chunks = value.into_chunks(size, &Config::DEFAULT);
        chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect()
    }

    #[test]
    fn each_kind_is_cut_by_its_strategy() {
        for (text, strategy, name, total, expected) in [
            ("[1,2,3]", Strategy::Sequence, "list", Some(3), vec!["[1,2]", "[3]"]),
            (
                r#"{"z":1,"a":2,"m":3}"#,
                Strategy::DictItems,
                "dict",
                Some(3),
                vec![r#"{"z":1,"a":2}"#, r#"{"m":3}"#],
            ),
            ("[]", Strategy::Sequence, "list", Some(0), vec![]),
            ("{}", Strategy::DictItems, "dict", Some(0), vec![]),
            ("\"text\"", Strategy::SingleObject, "str", None, vec!["\"text\""]),
            ("null", Strategy::SingleObject, "NoneType", None, vec!["null"]),
        ] {
            let value = Value::from_json(text.as_bytes()).unwrap();
            let description = Description { item_bytes: None, ..(&value).describe() };
            assert_eq!(description, Description::new(strategy, name, total));
            assert_eq!(chunks(&value), expected);
            assert_eq!(chunks(&value), expected, "a value can be cut again");
        }
    }

    #[test]
    fn a_chunk_of_a_tuple_is_a_tuple() {
        let tuple = Value::Tuple(vec![Value::from(1), Value::from(2), Value::from(3)]);
        let size = NonZeroUsize::new(2).unwrap();
        let first = tuple.into_chunks(size, &Config::DEFAULT).next().unwrap().unwrap();
        assert_eq!(first, ValueChunk::Tuple(&[Value::from(1), Value::from(2)]));
        assert_eq!(chunks(&tuple), ["[1,2]", "[3]"]);
    }
}
