//! Maps with keys of any scalar kind.

use std::hash::{Hash, Hasher};

use indexmap::{Equivalent, IndexMap};

use super::{Integer, Value};

/// The key of a [`Map`]: mostly text, but Python's maps also have numbers and others.
///
/// Keys of different kinds differ, `1` from `1.0` and from `"1"`, though JSON writes the first
/// and the last alike; writing such a map is an error, never a silent loss. Floats are the same
/// key if their bits are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Key {
    /// Text.
    Text(String),
    /// A whole number.
    Int(Integer),
    /// A double.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Nothing.
    Null,
}

impl Key {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.to_bits() == right.to_bits(),
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Null, Self::Null) => true,
            _ => false,
        }
    }
}

impl Eq for Key {}

/// A text key hashes as its text, so that a map is searched without making a `Key`.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Text(text) => text.as_str().hash(state),
            Self::Int(integer) => (1_u8, integer).hash(state),
            Self::Float(float) => (2_u8, float.to_bits()).hash(state),
            Self::Bool(truth) => (3_u8, truth).hash(state),
            Self::Null => 4_u8.hash(state),
        }
    }
}

/// Text to look up, since a trait may not be implemented for `str` and a foreign map at once.
#[derive(Hash)]
struct TextKey<'a>(&'a str);

impl Equivalent<Key> for TextKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        key.as_str() == Some(self.0)
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Text(text) => Self::Text(text),
            Key::Int(integer) => Self::Int(integer),
            Key::Float(float) => Self::Float(float),
            Key::Bool(truth) => Self::Bool(truth),
            Key::Null => Self::Null,
        }
    }
}

/// Pairs in insertion order, each key once.
///
/// # Example
/// ```
/// use datason_core::value::{Key, Map, Value};
///
/// let mut map = Map::new();
/// map.insert("b", 1);
/// map.insert("a", 2);
/// assert_eq!(map.insert("b", 3), Some(Value::from(1)), "the last wins, the place stays");
/// map.insert(1, "one");
/// let keys: Vec<&Key> = map.keys().collect();
/// assert_eq!(keys, [&Key::from("b"), &Key::from("a"), &Key::from(1)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Map(Box<IndexMap<Key, Value>>);

impl Map {
    /// No pairs. Allocates only the fixed part.
    pub fn new() -> Self {
        Self::default()
    }

    /// No pairs, and room for `pairs`.
    pub fn with_capacity(pairs: usize) -> Self {
        Self(Box::new(IndexMap::with_capacity(pairs)))
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the value of `key` and returns the one before. A new key goes last, a known one
    /// keeps its place.
    pub fn insert(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> Option<Value> {
        self.0.insert(key.into(), value.into())
    }

    /// The value of the text key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(&TextKey(key))
    }

    /// The value of the text key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.get_mut(&TextKey(key))
    }

    /// The value of a key of any kind.
    pub fn get_key(&self, key: &Key) -> Option<&Value> {
        self.0.get(key)
    }

    /// Takes out the text key, and closes the gap. Costs one move per later pair.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.shift_remove(&TextKey(key))
    }

    /// The pairs in order.
    pub fn iter(&self) -> indexmap::map::Iter<'_, Key, Value> {
        self.0.iter()
    }

    /// The pairs in order, values to change.
    pub fn iter_mut(&mut self) -> indexmap::map::IterMut<'_, Key, Value> {
        self.0.iter_mut()
    }

    /// The keys in order.
    pub fn keys(&self) -> indexmap::map::Keys<'_, Key, Value> {
        self.0.keys()
    }

    /// The values in order of their keys.
    pub fn values(&self) -> indexmap::map::Values<'_, Key, Value> {
        self.0.values()
    }
}

/// As in Python, the order of the pairs is not compared.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Into<Key>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self(Box::new(pairs.collect()))
    }
}

impl<K: Into<Key>, V: Into<Value>> Extend<(K, V)> for Map {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        self.0.extend(pairs.into_iter().map(|(key, value)| (key.into(), value.into())));
    }
}

impl IntoIterator for Map {
    type Item = (Key, Value);
    type IntoIter = indexmap::map::IntoIter<Key, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Key, &'a Value);
    type IntoIter = indexmap::map::Iter<'a, Key, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a mut Map {
    type Item = (&'a Key, &'a mut Value);
    type IntoIter = indexmap::map::IterMut<'a, Key, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}
