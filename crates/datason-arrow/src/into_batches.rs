//! Readers of records as iterators over batches.

use std::io::Read;

use arrow_schema::SchemaRef;
use datason_core::Result;
use datason_json::Reader;

use crate::batches::{Batches, ParallelBatches};
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

    /// As [`into_batches`](Self::into_batches), on `threads` that read a chunk at a time and decode
    /// it: the same batches in the same order, see [`ColumnOptions::parallel_batches`].
    ///
    /// # Errors
    /// As [`ColumnOptions::parallel_batches`].
    ///
    /// # Example
    /// ```
    /// use arrow_schema::{DataType, Field, Schema};
    /// use datason_arrow::IntoBatches;
    /// use datason_core::ChunkSize;
    /// use datason_json::ReaderBuilder;
    ///
    /// let schema = Schema::new(vec![Field::new("id", DataType::Int64, false)]);
    /// let text: String = (0..1_000).map(|id| format!("{{\"id\":{id}}}\n")).collect();
    /// let reader = ReaderBuilder::new()
    ///     .chunk_size(ChunkSize::records(100)?)
    ///     .from_reader(std::io::Cursor::new(text))?;
    /// let mut first_records = Vec::new();
    /// for batch in reader.into_parallel_batches(schema, 3)? {
    ///     let batch = batch?;
    ///     assert_eq!(batch.data().num_rows(), 100);
    ///     first_records.push(batch.start().record());
    /// }
    /// assert_eq!(first_records, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    fn into_parallel_batches(
        self,
        schema: impl Into<SchemaRef>,
        threads: usize,
    ) -> Result<ParallelBatches>
    where
        Self::Input: Send + 'static;
}

impl<R: Read> IntoBatches for Reader<R> {
    type Input = R;

    fn into_batches(self, schema: impl Into<SchemaRef>) -> Result<Batches<R>> {
        ColumnOptions::new(schema.into()).batches(self)
    }

    fn into_parallel_batches(
        self,
        schema: impl Into<SchemaRef>,
        threads: usize,
    ) -> Result<ParallelBatches>
    where
        R: Send + 'static,
    {
        ColumnOptions::new(schema.into()).parallel_batches(self, threads)
    }
}
