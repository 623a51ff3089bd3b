//! The text of one chunk.

use std::path::Path;
use std::sync::Arc;

use datason_core::{Error, Position, Record, Result, Value};
use serde::Deserialize;

use crate::codec::{DEFAULT_MAX_DEPTH, MAX_DEPTH_CEILING, SerdeJson};

/// The JSON text of one chunk, with its number: what serializing yields and reading a chunked
/// file gives back. Owns its text, and can be sent to another thread.
///
/// # Example
/// ```
/// use datason_json::serialize_chunked;
///
/// let result = serialize_chunked(&["a", "b", "c"], 2)?;
/// let first = result.chunks().next().unwrap()?;
/// assert_eq!((first.index(), first.item_count()), (0, Some(2)));
/// assert_eq!(first.as_str(), r#"["a", "b"]"#);
/// assert_eq!(first.deserialize::<Vec<&str>>()?, ["a", "b"]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkText {
    pub(crate) text: String,
    pub(crate) index: u64,
    pub(crate) items: Option<u64>,
    pub(crate) start: Position,
    pub(crate) path: Option<Arc<Path>>,
    pub(crate) max_depth: usize,
}

impl ChunkText {
    /// The chunk's number, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many items, rows or pairs the chunk holds. `None` for one read from a file: its text
    /// has not been looked into.
    pub fn item_count(&self) -> Option<u64> {
        self.items
    }

    /// Where the chunk stands in its file; the start for one that was made here.
    pub fn position(&self) -> Position {
        self.start
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        self.text
    }

    /// Decodes the chunk, borrowing from its text where `T` does.
    ///
    /// A list of records is a `Vec<Record>`, a chunk of a map a map, a single record the type
    /// itself. A `&str` can be borrowed only from a text without escapes; a `Cow<str>` (with
    /// `#[serde(borrow)]`) always works.
    ///
    /// # Errors
    /// `Syntax`, `Truncated`, `Data` or `Limit`, with the place in the file and the JSON pointer
    /// in the chunk.
    pub fn deserialize<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let codec = self.codec()?;
        codec
            .decode_borrowed(self.as_bytes())
            .map_err(|error| self.located(error.at(self.record())))
    }

    /// The chunk as a [`Value`]: integers of any size are exact, maps keep their order, and type
    /// hints stay the maps that they are.
    ///
    /// # Errors
    /// As [`deserialize`](Self::deserialize).
    pub fn to_value(&self) -> Result<Value> {
        Value::from_json_within(self.as_bytes(), self.max_depth).map_err(|error| {
            let offset = error.position().map_or(0, |place| place.byte());
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            let record = self.record();
            let kind_and_text = Error::new(error.kind(), error.message());
            let placed = kind_and_text.at(record.position_at(offset));
            self.located(placed.with_snippet(self.as_bytes(), offset))
        })
    }

    /// The chunk as a [`Value`] with date-times, decimals, UUIDs, sets and so on in the place of
    /// the maps that stand for them: see [`Value::from_hinted`].
    ///
    /// # Errors
    /// As [`deserialize`](Self::deserialize).
    ///
    /// # Example
    /// ```
    /// use datason_core::{Config, Value};
    /// use datason_json::ChunkedBuilder;
    ///
    /// let price: Value = "9.90".parse::<datason_core::value::Decimal>()?.into();
    /// let builder = ChunkedBuilder::new().config(Config::research());
    /// let prices = Value::List(vec![price]);
    /// let chunk = builder.serialize(&prices, 10)?.chunks().next().unwrap()?;
    /// assert_eq!(chunk.to_hinted_value()?, prices);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn to_hinted_value(&self) -> Result<Value> {
        self.to_value().map(Value::from_hinted)
    }

    /// The exact codec; the one for great depth, which takes longer, only for text that may have
    /// it.
    fn codec(&self) -> Result<SerdeJson> {
        let deep =
            memchr::memchr2_iter(b'[', b'{', self.as_bytes()).nth(DEFAULT_MAX_DEPTH).is_some();
        let allowed = self.max_depth.clamp(1, MAX_DEPTH_CEILING);
        SerdeJson::with_max_depth(if deep { allowed } else { allowed.min(DEFAULT_MAX_DEPTH) })
    }

    fn record(&self) -> Record<'_> {
        Record::new(self.as_bytes(), b"", self.start)
    }

    fn located(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(&**path),
            None => error,
        }
    }
}

impl AsRef<[u8]> for ChunkText {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<str> for ChunkText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(text: &str) -> ChunkText {
        ChunkText {
            text: text.to_owned(),
            index: 3,
            items: None,
            start: Position::START.advanced(b"1\n2\n").with_record(2),
            path: Some(Path::new("a.jsonl").into()),
            max_depth: Value::MAX_DEPTH,
        }
    }

    #[test]
    fn an_error_knows_its_place_and_file() {
        let typed = chunk("[1, \"x\"]").deserialize::<Vec<u8>>().unwrap_err();
        let place = typed.position().unwrap();
        assert_eq!((place.line(), place.record(), typed.pointer()), (3, 2, Some("/1")));
        let value = chunk("[1,,]").to_value().unwrap_err();
        let place = value.position().unwrap();
        assert_eq!((place.line(), place.column(), place.byte()), (3, 4, 7));
        assert_eq!(value.path(), Some(Path::new("a.jsonl")));
    }

    #[test]
    fn what_is_written_by_default_is_not_too_deep_to_read() {
        let deep = "[".repeat(900) + &"]".repeat(900);
        assert_eq!(chunk(&deep).to_value().unwrap().kind(), "list");
        chunk(&deep).deserialize::<serde::de::IgnoredAny>().unwrap();
        let deeper = "[".repeat(1_001) + &"]".repeat(1_001);
        let error = chunk(&deeper).deserialize::<serde::de::IgnoredAny>().unwrap_err();
        assert_eq!(error.kind(), datason_core::ErrorKind::Limit);
    }
}
