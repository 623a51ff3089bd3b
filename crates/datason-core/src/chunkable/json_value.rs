//! How serde_json's `Value` is cut into chunks.

use std::num::NonZeroUsize;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::{Chunkable, Description, Pairs, Runs, SliceChunks, Strategy, room};
use crate::config::Config;
use crate::error::Result;

/// Arrays are cut into runs of elements, objects into runs of members; anything else is one
/// chunk.
impl<'a> Chunkable for &'a Value {
    type Chunk = JsonChunk<'a>;
    type Chunks = JsonChunks<'a>;

    fn describe(&self) -> Description {
        let (strategy, total) = match self {
            Value::Array(elements) => (Strategy::Sequence, Some(elements.len() as u64)),
            Value::Object(members) => (Strategy::DictItems, Some(members.len() as u64)),
            _ => (Strategy::SingleObject, None),
        };
        let about = Description::new(strategy, python_name(self), total);
        match self {
            Value::Object(members) => {
                about.sharing(room::tree(members.len(), size_of::<(String, Value)>()))
            }
            _ => about.of::<Value>(),
        }
    }

    fn into_chunks(self, size: NonZeroUsize, _config: &Config) -> JsonChunks<'a> {
        JsonChunks(match self {
            Value::Array(elements) => Cut::List(SliceChunks::new(elements, size)),
            Value::Object(members) => Cut::Map(Runs::new(members.iter(), size)),
            _ => Cut::Single(Some(self)),
        })
    }

    fn items_in(chunk: &JsonChunk<'a>) -> Option<u64> {
        Some(match chunk {
            JsonChunk::List(elements) => elements.len() as u64,
            JsonChunk::Map(pairs) => pairs.0.len() as u64,
            JsonChunk::Single(_) => 1,
        })
    }

    fn recut(
        chunks: &mut JsonChunks<'a>,
        back: Option<JsonChunk<'a>>,
        size: NonZeroUsize,
    ) -> Option<JsonChunk<'a>> {
        match (&mut chunks.0, back) {
            (Cut::List(list), Some(JsonChunk::List(back))) => list.recut(back.len(), size),
            (Cut::List(list), None) => list.recut(0, size),
            (Cut::Map(map), Some(JsonChunk::Map(back))) => map.recut(back.0, size),
            (Cut::Map(map), None) => map.recut([], size),
            (_, back) => return back,
        }
        None
    }
}

/// A chunk of a JSON value. Serializes as what it is a part of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum JsonChunk<'a> {
    /// A run of an array.
    List(&'a [Value]),
    /// A run of an object.
    Map(Pairs<&'a String, &'a Value>),
    /// The whole value.
    Single(&'a Value),
}

impl Serialize for JsonChunk<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::List(elements) => elements.serialize(serializer),
            Self::Map(pairs) => pairs.serialize(serializer),
            Self::Single(value) => value.serialize(serializer),
        }
    }
}

/// The chunks of a JSON value.
#[derive(Debug)]
pub struct JsonChunks<'a>(Cut<'a>);

#[derive(Debug)]
enum Cut<'a> {
    List(SliceChunks<'a, Value>),
    Map(Runs<serde_json::map::Iter<'a>>),
    Single(Option<&'a Value>),
}

impl<'a> Iterator for JsonChunks<'a> {
    type Item = Result<JsonChunk<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Cut::List(chunks) => chunks.next_chunk().map(JsonChunk::List).map(Ok),
            Cut::Map(pairs) => pairs.next_run().map(|run| Ok(JsonChunk::Map(Pairs(run)))),
            Cut::Single(value) => value.take().map(JsonChunk::Single).map(Ok),
        }
    }
}

/// The name that the feature document's metadata gives to the type.
fn python_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_cut_as_what_it_holds() {
        let texts = |value: &Value| -> Vec<String> {
            let size = NonZeroUsize::new(2).unwrap();
            let chunks = value.into_chunks(size, &Config::DEFAULT);
            chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect()
        };
        assert_eq!(texts(&json!([1, "a", null])), ["[1,\"a\"]", "[null]"]);
        assert_eq!(texts(&json!({"a": 1, "b": 2, "c": 3})), ["{\"a\":1,\"b\":2}", "{\"c\":3}"]);
        assert_eq!(texts(&json!("x")), ["\"x\""]);
        assert!(texts(&json!([])).is_empty());
        assert_eq!((&json!(1.5)).describe().object_type, "float");
    }
}
