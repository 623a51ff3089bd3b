//! Readers of records as iterators over batches.

use std::io::Read;

use arrow_schema::SchemaRef;
use datason_core::Result;
use datason_json::Reader;

use crate::batches::Batches;
use crate::decoder::ColumnOptions;

/// Turns a reader of records into batches of columns.
///
/// An extension of [`Reader`], which knows no columns; bring it into scope to call it.
///
/// # Example
/// ```
/// use arrow_array::cast::AsArray;
/// use arrow_array::types::Int64Type;
/// use arrow_schema::{DataType, Field, Schema};
/// use datason_arrow::IntoBatches;
/// use datason_json::ReaderBuilder;
///
/// let schema = Schema::new(vec![Field::new("id", DataType::Int64, false)]);
/// let reader = ReaderBuilder::new().from_slice(b"[{\"id\": 1}, {\"id\": 2}]");
/// let mut sum = 0;
/// for batch in reader.into_batches(schema)? {
///     let batch = batch?.into_data();
///     sum += batch["id"].as_primitive::<Int64Type>().values().iter().sum::<i64>();
/// }
/// assert_eq!(sum, 3);
/// # Ok::<(), datason_core::Error>(())
/// ```
pub trait IntoBatches {
    /// Where the text comes from.
    type Input: Read;

    /// The rest of the records as batches of `schema`, one for each chunk of the reader, strictly:
    /// a value that does not fit its column, or a member that the schema does not have, is an
    /// error of its record, and the rows before and behind it come out.
    /// [`ColumnOptions::batches`] has options.
    ///
    /// # Errors
    /// As [`ColumnOptions::decoder`].
    fn into_batches(self, schema: impl Into<SchemaRef>) -> Result<Batches<Self::Input>>;
}

impl<R: Read> IntoBatches for Reader<R> {
    type Input = R;

    fn into_batches(self, schema: impl Into<SchemaRef>) -> Result<Batches<R>> {
        let path = self.path().map(ToOwned::to_owned);
        let batches = ColumnOptions::new(schema.into()).batches(self)?;
        Ok(match path {
            Some(path) => batches.in_file(path),
            None => batches,
        })
    }
}
