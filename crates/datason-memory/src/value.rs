//! What dynamic values take.

use datason_core::Value;
use datason_core::chunkable::room;
use datason_core::value::Key;

/// The bytes that `value` takes with all it owns on the heap, for values as they come out of JSON.
///
/// Serializing does not show that a `Value` takes as much room for a `null` as for a map, nor how
/// full its tables are; this looks at the values themselves. Numbers beyond 64 bits, sets and the
/// types that JSON lacks count as if they lay in the value.
///
/// # Example
/// ```
/// use datason_core::Value;
///
/// let list = Value::from(vec![1, 2, 3]);
/// assert_eq!(datason_memory::value_bytes(&list), 4 * size_of::<Value>() as u64);
/// ```
pub fn value_bytes(value: &Value) -> u64 {
    (size_of::<Value>() as u64).saturating_add(heap(value))
}

fn heap(value: &Value) -> u64 {
    match value {
        Value::Text(text) => text.capacity() as u64,
        Value::List(members) | Value::Tuple(members) => {
            let spare = members.capacity() - members.len();
            let spare = (spare * size_of::<Value>()) as u64;
            members.iter().map(value_bytes).sum::<u64>() + spare
        }
        Value::Map(map) => {
            let keys = map.keys().filter_map(Key::as_str).map(|key| key.len() as u64);
            map_bytes(map.len()) + keys.sum::<u64>() + map.values().map(heap).sum::<u64>()
        }
        _ => 0,
    }
}

/// What a map of `pairs` takes without what its keys and values own: itself in its box, and the room
/// for its pairs.
pub(crate) fn map_bytes(pairs: usize) -> u64 {
    const FIXED: usize = 72;
    (FIXED + room::grown_index(pairs, size_of::<(Key, Value)>())) as u64
}
