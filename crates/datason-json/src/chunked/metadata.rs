//! What is known of an input that is cut into chunks.

use datason_core::{ChunkSize, Description, Strategy};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What is known of an input that is cut into chunks.
///
/// Serializes to the keys of the feature document, in its order, which depend on the strategy:
///
/// | strategy | keys |
/// |---|---|
/// | `sequence`, `dict_items` | `total_chunks`, `total_items`, `chunk_size`, `object_type`, `chunking_strategy` |
/// | `dataframe_rows` | `total_chunks`, `total_rows`, `total_columns`, `chunk_size`, `object_type`, `chunking_strategy`, `columns` |
/// | `array_rows` | as `sequence`, then `shape`, `dtype` |
/// | `single_object` | `total_chunks`, `chunk_size`, `object_type`, `chunking_strategy` |
///
/// A total that is not known is `null`, and so is a size in bytes; in a saved file every total is
/// known.
///
/// # Example
/// ```
/// use datason_json::serialize_chunked;
///
/// let result = serialize_chunked(&[1, 2, 3, 4, 5], 2)?;
/// let metadata = result.metadata();
/// assert_eq!((metadata.total_chunks, metadata.total_items), (Some(3), Some(5)));
/// assert_eq!(
///     serde_json::to_string(metadata).unwrap(),
///     r#"{"total_chunks":3,"total_items":5,"chunk_size":2,"object_type":"list","chunking_strategy":"sequence"}"#,
/// );
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// How many chunks there are; `None` while nobody knows.
    pub total_chunks: Option<u64>,
    /// How many items, rows or pairs there are; `None` while nobody knows, and for a single
    /// object.
    pub total_items: Option<u64>,
    /// Items in each chunk but the last, which may have fewer; `None` if chunks are cut by bytes.
    pub chunk_size: Option<u64>,
    /// The type, by its name in the feature document: `list`, `dict`, `pandas.DataFrame`,
    /// `numpy.ndarray` and so on, so that files say the same in both languages.
    pub object_type: String,
    /// How the input is cut.
    pub chunking_strategy: Strategy,
    /// The columns of a table.
    pub columns: Option<Vec<String>>,
    /// The types of these columns, by Arrow's names. Not part of the text, which has the keys of
    /// the feature document; a [sidecar](crate::Sidecar) keeps them.
    pub dtypes: Option<Vec<String>>,
    /// The shape of an n-d array.
    pub shape: Option<Vec<u64>>,
    /// The type of an n-d array's elements.
    pub dtype: Option<String>,
}

impl Metadata {
    pub(crate) fn new(description: Description, size: ChunkSize) -> Self {
        let chunk_size = (size.most_bytes() == usize::MAX).then(|| size.most_records() as u64);
        let total = description.total_items;
        let single = description.strategy == Strategy::SingleObject;
        let chunks = || Some(total?.div_ceil(chunk_size?));
        Self {
            total_chunks: if single { Some(1) } else { chunks() },
            total_items: total,
            chunk_size,
            object_type: description.object_type,
            chunking_strategy: description.strategy,
            columns: description.columns,
            dtypes: description.dtypes,
            shape: description.shape,
            dtype: description.dtype,
        }
    }

    /// The items of chunk `index`, as far as the total tells.
    pub(crate) fn items_of(&self, index: u64) -> Option<u64> {
        if self.chunking_strategy == Strategy::SingleObject {
            return Some(1);
        }
        let before = index.saturating_mul(self.chunk_size?);
        Some(self.total_items?.saturating_sub(before).min(self.chunk_size?))
    }

    /// Says what was counted.
    pub(crate) fn complete(&mut self, chunks: u64, items: Option<u64>) {
        self.total_chunks = Some(chunks);
        if self.chunking_strategy != Strategy::SingleObject {
            self.total_items = items.or(self.total_items);
        }
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = self.chunking_strategy == Strategy::DataframeRows;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("total_chunks", &self.total_chunks)?;
        if table {
            map.serialize_entry("total_rows", &self.total_items)?;
            map.serialize_entry("total_columns", &self.columns.as_ref().map(Vec::len))?;
        } else if self.chunking_strategy != Strategy::SingleObject {
            map.serialize_entry("total_items", &self.total_items)?;
        }
        map.serialize_entry("chunk_size", &self.chunk_size)?;
        map.serialize_entry("object_type", &self.object_type)?;
        map.serialize_entry("chunking_strategy", &self.chunking_strategy)?;
        if let Some(columns) = &self.columns {
            map.serialize_entry("columns", columns)?;
        }
        if let Some(shape) = &self.shape {
            map.serialize_entry("shape", shape)?;
        }
        if let Some(dtype) = &self.dtype {
            map.serialize_entry("dtype", dtype)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(description: Description) -> String {
        let metadata = Metadata::new(description, ChunkSize::records(2).unwrap());
        serde_json::to_string(&metadata).unwrap()
    }

    #[test]
    fn a_table_has_rows_and_columns() {
        let mut table = Description::new(Strategy::DataframeRows, "pandas.DataFrame", Some(3));
        table.columns = Some(vec!["a".into(), "b".into()]);
        assert_eq!(
            text(table),
            r#"{"total_chunks":2,"total_rows":3,"total_columns":2,"chunk_size":2,"object_type":"pandas.DataFrame","chunking_strategy":"dataframe_rows","columns":["a","b"]}"#
        );
    }

    #[test]
    fn an_array_has_a_shape_even_without_dimensions() {
        let mut array = Description::new(Strategy::ArrayRows, "numpy.ndarray", Some(1));
        (array.shape, array.dtype) = (Some(vec![]), Some("int64".into()));
        assert_eq!(
            text(array),
            r#"{"total_chunks":1,"total_items":1,"chunk_size":2,"object_type":"numpy.ndarray","chunking_strategy":"array_rows","shape":[],"dtype":"int64"}"#
        );
    }

    #[test]
    fn what_nobody_knows_is_null_until_it_is_counted() {
        let description = Description::new(Strategy::Sequence, "iterator", None);
        let mut metadata = Metadata::new(description, ChunkSize::records(2).unwrap());
        assert_eq!((metadata.total_chunks, metadata.items_of(0)), (None, None));
        metadata.complete(2, Some(3));
        assert_eq!((metadata.total_chunks, metadata.total_items), (Some(2), Some(3)));
    }
}
