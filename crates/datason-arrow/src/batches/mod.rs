//! Batches out of a reader, on this thread or on several.

mod delivery;
mod parallel;
mod queue;
mod source;
mod worker;
mod workers;

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use datason_core::{Chunk, Rejects, Result};
use datason_json::Reader;

pub use self::delivery::BadRecord;
use self::delivery::Delivery;
pub use self::parallel::ParallelBatches;
use crate::decoder::{Engine, Replaced};

/// The rest of a reader's records as batches: one for each of the reader's chunks.
///
/// The rows before a bad record come as a smaller batch, then its error, then the rows behind
/// it. If the reader passes over bad records ([`ReaderBuilder::on_error`]), so do the batches, and
/// each has all good rows of a chunk: records that are no JSON, and those that do not fit the
/// schema, are counted, kept and limited as its [`Rejects`] say, in their order. Made by
/// [`ColumnOptions::batches`](crate::ColumnOptions::batches).
///
/// [`ReaderBuilder::on_error`]: datason_json::ReaderBuilder::on_error
///
/// # Example
/// ```
/// use arrow_schema::{DataType, Field, Schema};
/// use datason_arrow::IntoBatches;
/// use datason_core::{ByteSize, Rejects};
/// use datason_json::ReaderBuilder;
///
/// let schema = Schema::new(vec![Field::new("id", DataType::Int64, false)]);
/// let rejects = Rejects::in_memory(ByteSize::kib(64));
/// let text = b"{\"id\":1}\n{\"id\":\"2\"}\n{\"id\":3}\n{\"id\":4}\n";
/// let reader = ReaderBuilder::new().on_error(&rejects).from_slice(text);
/// let mut rows = 0;
/// for batch in reader.into_batches(schema)?.offset(1).rows(1) {
///     rows += batch?.data().num_rows();
/// }
/// assert_eq!(rows, 1);
/// assert_eq!(rejects.kept()[0].raw(), Some(&b"{\"id\":\"2\"}"[..]));
/// # Ok::<(), datason_core::Error>(())
/// ```
pub struct Batches<R> {
    reader: Reader<R>,
    engine: Engine,
    delivery: Delivery,
    /// Whether the chunk that is being read has a record.
    begun: bool,
    /// Whether the reader has nothing more.
    done: bool,
}

impl<R: Read> Batches<R> {
    pub(crate) fn new(mut reader: Reader<R>, engine: Engine) -> Self {
        let delivery = Delivery::of(&mut reader);
        let engine = engine.rejecting(delivery.passes_over());
        Self { reader, engine, delivery, begun: false, done: false }
    }

    /// The file to name in errors. Default: that of the reader, if it has one.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.delivery.set_path(path.as_ref());
        self
    }

    /// How many rows to leave out first. Default: 0.
    ///
    /// They are decoded and checked all the same, and bad records are no rows. A batch that
    /// loses its first rows keeps the place of the first of them.
    #[must_use]
    pub fn offset(mut self, rows: u64) -> Self {
        self.delivery.set_offset(rows);
        self
    }

    /// How many rows to give at most, behind those that are [left out](Self::offset). Default:
    /// all. When they are complete nothing more is read, and nothing behind is checked.
    #[must_use]
    pub fn rows(mut self, most: u64) -> Self {
        self.delivery.set_wanted(most);
        self
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        self.engine.schema()
    }

    /// Values that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        self.delivery.replaced()
    }

    /// What becomes of bad records, and what has become of them: the policy that the reader had.
    pub fn rejects(&self) -> &Rejects {
        self.delivery.rejects()
    }

    /// Keeps bad records for [`next_bad_record`](Self::next_bad_record), where the reader would pass
    /// over them: for those who have a policy of their own. A record that was too large to be held
    /// is an error among the batches then. Says nothing if the first bad record is an error.
    #[must_use]
    pub fn keep_bad_records(mut self) -> Self {
        self.delivery.keep_bad_records();
        self
    }

    /// The next bad record that was [kept](Self::keep_bad_records). To be asked, until there is
    /// none, behind each batch and at the end: then they come in their order, those of a chunk
    /// behind its batch.
    pub fn next_bad_record(&mut self) -> Option<BadRecord> {
        self.delivery.next_bad_record()
    }

    /// How many bytes of text have been read.
    pub fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The same batches for those who speak Arrow's own interface.
    pub fn into_arrow(self) -> ArrowBatches<Self> {
        ArrowBatches { schema: self.schema().clone(), batches: self }
    }

    /// Decodes more records, or ends the batch where the chunk ends.
    fn advance(&mut self) {
        let waiting = self.delivery.waiting();
        match self.reader.lend_records() {
            Ok(Some(records)) => {
                self.begun = true;
                self.engine.decode(records, waiting);
            }
            Ok(None) => {
                self.done = !std::mem::take(&mut self.begun);
                self.engine.finish(waiting);
                self.delivery.reject();
            }
            Err(error) => {
                self.done = error.is_fatal();
                waiting.ready.push_back(Err(error));
            }
        }
    }
}

impl<R: Read> Iterator for Batches<R> {
    type Item = Result<Chunk<RecordBatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(next) = self.delivery.next() {
                return Some(next);
            }
            if self.done || self.delivery.has_ended() {
                return self.delivery.end();
            }
            self.advance();
        }
    }
}

impl<R: Read> FusedIterator for Batches<R> {}

impl<R> fmt::Debug for Batches<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("schema", self.engine.schema()).finish_non_exhaustive()
    }
}

/// Batches behind Arrow's [`RecordBatchReader`]: without their places, and with our error inside
/// [`ArrowError::ExternalError`].
#[derive(Debug)]
pub struct ArrowBatches<I> {
    schema: SchemaRef,
    batches: I,
}

impl<I: Iterator<Item = Result<Chunk<RecordBatch>>>> Iterator for ArrowBatches<I> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.batches.next()?;
        Some(next.map(Chunk::into_data).map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl<I: Iterator<Item = Result<Chunk<RecordBatch>>>> RecordBatchReader for ArrowBatches<I> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
