//! Some rows of a table.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::RecordBatch;
use datason_core::Result;
use datason_core::chunkable::Spacing;
use datason_core::config::Config;
use datason_json::Writer;
use serde::{Serialize, Serializer};

use crate::encode::{Encoded, Plan, Record, Rows, Weaver};
use crate::error::of_arrow;
use crate::slice::bytes_of;

/// Consecutive rows of a table: serializes as the configuration's orient says, and lends the
/// rows as record batches.
///
/// Shares the memory of the batches that it was cut from.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
/// use datason_arrow::Table;
/// use datason_core::{ChunkSize, Config};
///
/// let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..5));
/// let batch = RecordBatch::try_from_iter([("n", numbers)])?;
/// let table = Table::from(&batch);
/// let chunk = table.chunks(ChunkSize::records(2)?, &Config::DEFAULT).nth(1).unwrap()?;
/// assert_eq!((chunk.num_rows(), chunk.first_row(), chunk.num_bytes()), (2, 2, 16));
/// assert_eq!(chunk.batch()?, batch.slice(2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableChunk {
    plan: Arc<Plan>,
    parts: Vec<RecordBatch>,
    rows: usize,
    first_row: u64,
}

impl TableChunk {
    pub(super) fn new(
        plan: Arc<Plan>,
        parts: Vec<RecordBatch>,
        rows: usize,
        first_row: u64,
    ) -> Self {
        Self { plan, parts, rows, first_row }
    }

    /// Puts the rows on `rest`, whose last is the next.
    pub(super) fn give_back(self, rest: &mut Vec<RecordBatch>) -> Arc<Plan> {
        rest.extend(self.parts.into_iter().rev());
        self.plan
    }

    /// How many rows it has; never 0.
    pub const fn num_rows(&self) -> usize {
        self.rows
    }

    /// The number of its first row in the table, from 0.
    pub const fn first_row(&self) -> u64 {
        self.first_row
    }

    /// The bytes of memory that its values take, by [`slice::bytes_of`](crate::slice::bytes_of).
    pub fn num_bytes(&self) -> usize {
        self.parts.iter().map(|part| bytes_of(part, 0..part.num_rows())).sum()
    }

    /// The rows as slices of the batches that they lie in, all columns included.
    pub fn parts(&self) -> &[RecordBatch] {
        &self.parts
    }

    /// The rows as one batch. Free if they lie in one; else they are copied together.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](datason_core::ErrorKind::Limit) if they are more than one batch can
    /// hold: 2 GiB of text in a column with 32-bit offsets.
    pub fn batch(&self) -> Result<RecordBatch> {
        match self.parts.as_slice() {
            [only] => Ok(only.clone()),
            parts => {
                arrow_select::concat::concat_batches(self.plan.schema(), parts).map_err(of_arrow)
            }
        }
    }

    /// The rows one by one, each a map from column to cell, to be written as records of their
    /// own.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](datason_core::ErrorKind::Argument) if the table was cut for another
    /// form than [`Orient::Records`](datason_core::config::Orient::Records).
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    /// use datason_arrow as _;
    /// use datason_json::{serialize_chunked, stream_serialize};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("rows.jsonl");
    /// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    /// let batch = RecordBatch::try_from_iter([("id", ids)])?;
    /// let mut stream = stream_serialize(&path)?;
    /// for chunk in serialize_chunked(&batch, 2)?.pieces() {
    ///     for record in chunk?.records()?.iter() {
    ///         stream.write(&record)?;
    ///     }
    /// }
    /// stream.finish()?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "{\"id\": 1}\n{\"id\": 2}\n{\"id\": 3}\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn records(&self) -> Result<TableRecords<'_>> {
        self.plan.check_rows()?;
        Rows::of(&self.plan, &self.parts, self.first_row).map(TableRecords)
    }

    /// As [`Chunkable::append_text`](datason_core::Chunkable::append_text).
    pub(super) fn append_text(&self, config: &Config, spacing: Spacing, out: &mut Vec<u8>) -> bool {
        let Some(weaver) = Weaver::new(&self.plan, config, spacing) else { return false };
        Rows::of(&self.plan, &self.parts, self.first_row)
            .is_ok_and(|rows| weaver.append_list(&rows, out))
    }
}

/// The rows of a [`TableChunk`], one by one; made by [`TableChunk::records`].
#[derive(Debug)]
pub struct TableRecords<'a>(Rows<'a>);

impl TableRecords<'_> {
    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = TableRecord<'_>> {
        self.0.records().map(TableRecord)
    }

    /// Writes the rows, each as one record: the same as [`Writer::write_rows`] of
    /// [`iter`](Self::iter), and faster, since whole columns become text at once.
    ///
    /// That takes one or two MiB mostly, up to eight where texts are full of escapes, or about five
    /// times the text of a row that is larger. A writer
    /// with a limit on memory is given row by row, and so are the rows of this chunk that come
    /// behind one that is not plain.
    ///
    /// # Errors
    /// As [`Writer::write`], at the first row that fails; those before it are written.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    /// use datason_arrow::Table;
    /// use datason_core::{ChunkSize, Config};
    /// use datason_json::WriterBuilder;
    ///
    /// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    /// let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    /// let table = Table::from(RecordBatch::try_from_iter([("id", ids), ("name", names)])?);
    /// let mut writer = WriterBuilder::new().to_writer(Vec::new())?;
    /// for chunk in table.chunks(ChunkSize::DEFAULT, &Config::DEFAULT) {
    ///     chunk?.records()?.write_to(&mut writer)?;
    /// }
    /// let lines = "{\"id\": 1, \"name\": \"a\"}\n{\"id\": 2, \"name\": null}\n";
    /// assert_eq!(writer.into_inner()?, lines.as_bytes());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_to<W: Write>(&self, writer: &mut Writer<W>) -> Result<()> {
        let mut written = Ok(());
        let mut rows = 0;
        if let (Some(spacing), None) = (writer.style().spacing(), writer.memory_limit())
            && let config = writer.config().clone()
            && let Some(weaver) = Weaver::new(self.0.plan, &config, spacing)
        {
            weaver.blocks(&self.0, "\n", |lines, ends| {
                written = writer.write_lines(lines, ends);
                rows += ends.len();
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
        }
        written?;
        writer.write_rows(self.iter().skip(rows))
    }
}

/// A row of a [`TableChunk`]. Serializes as a map from column to cell.
#[derive(Clone, Copy, Debug)]
pub struct TableRecord<'r>(Record<'r>);

impl Serialize for TableRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for TableChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { plan, parts, first_row, .. } = self;
        Encoded { plan, batches: parts, first_row: *first_row }.serialize(serializer)
    }
}
