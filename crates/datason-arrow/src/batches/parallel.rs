//! Batches decoded by several threads.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datason_core::{Chunk, Rejects, Result};
use datason_json::Reader;

use super::ArrowBatches;
use super::delivery::{BadRecord, Delivery};
use super::workers::Workers;
use crate::decoder::{ColumnLimit, Engine, Replaced};

/// As [`Batches`](super::Batches), decoded by several threads.
///
/// Chunk after chunk is read by whichever worker is free, and what comes of them is taken in their
/// order, in which the policy for bad records is followed too: the same batches, errors and
/// rejects for any number of threads. Made by
/// [`ColumnOptions::parallel_batches`](crate::ColumnOptions::parallel_batches).
pub struct ParallelBatches {
    schema: SchemaRef,
    /// Dropped as soon as no more is wanted; no thread outlives them.
    workers: Option<Workers>,
    delivery: Delivery,
    bytes_read: Arc<AtomicU64>,
}

impl ParallelBatches {
    pub(crate) fn start<R>(
        mut reader: Reader<R>,
        engines: Vec<Engine>,
        limit: Option<&ColumnLimit>,
    ) -> Result<Self>
    where
        R: Read + Send + 'static,
    {
        let schema = engines[0].schema().clone();
        // The reader runs ahead; what becomes of bad records is decided in their order, here.
        let delivery = Delivery::of(&mut reader);
        let rejects = delivery.passes_over();
        let engines = engines.into_iter().map(|engine| engine.rejecting(rejects)).collect();
        let workers = Workers::start(reader, engines, limit)?;
        let bytes_read = Arc::clone(workers.bytes_read());
        Ok(Self { schema, workers: Some(workers), delivery, bytes_read })
    }

    /// The file to name in errors. Default: that of the reader, if it has one.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.delivery.set_path(path.as_ref());
        self
    }

    /// As [`Batches::offset`](super::Batches::offset).
    #[must_use]
    pub fn offset(mut self, rows: u64) -> Self {
        self.delivery.set_offset(rows);
        self
    }

    /// As [`Batches::rows`](super::Batches::rows). The threads end when they are complete.
    #[must_use]
    pub fn rows(mut self, most: u64) -> Self {
        self.delivery.set_wanted(most);
        self
    }

    /// As [`Batches::keep_bad_records`](super::Batches::keep_bad_records).
    #[must_use]
    pub fn keep_bad_records(mut self) -> Self {
        self.delivery.keep_bad_records();
        self
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Values in the batches so far that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        self.delivery.replaced()
    }

    /// As [`Batches::rejects`](super::Batches::rejects).
    pub fn rejects(&self) -> &Rejects {
        self.delivery.rejects()
    }

    /// As [`Batches::next_bad_record`](super::Batches::next_bad_record).
    pub fn next_bad_record(&mut self) -> Option<BadRecord> {
        self.delivery.next_bad_record()
    }

    /// How many bytes of text have been read. The reader runs ahead of the batches.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// The same batches for those who speak Arrow's own interface.
    pub fn into_arrow(self) -> ArrowBatches<Self> {
        ArrowBatches { schema: self.schema.clone(), batches: self }
    }
}

impl Iterator for ParallelBatches {
    type Item = Result<Chunk<RecordBatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(next) = self.delivery.next() {
                return Some(next);
            }
            if self.delivery.has_ended() {
                self.workers = None;
            }
            let Some(workers) = &mut self.workers else { return self.delivery.end() };
            let Some(output) = workers.next() else {
                self.workers = None;
                continue;
            };
            self.delivery.take_in(output);
            self.delivery.reject();
        }
    }
}

impl FusedIterator for ParallelBatches {}

impl fmt::Debug for ParallelBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelBatches").field("schema", &self.schema).finish_non_exhaustive()
    }
}
