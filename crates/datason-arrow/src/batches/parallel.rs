//! Batches decoded by several threads.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datason_core::{Chunk, Held, Rejects, Result};
use datason_json::Reader;

use super::ArrowBatches;
use super::delivery::{BadRecord, Delivery};
use super::workers::{Done, Source, start};
use crate::decoder::{ColumnLimit, Engine, Replaced};

/// As [`Batches`](super::Batches), decoded by several threads.
///
/// Chunk after chunk is read by worker after worker and comes back in turn, so the order needs no
/// sorting, and the policy for bad records is followed in their order too: the same batches,
/// errors and rejects for any number of threads. Made by
/// [`ColumnOptions::parallel_batches`](crate::ColumnOptions::parallel_batches).
pub struct ParallelBatches {
    schema: SchemaRef,
    /// What each worker has decoded.
    workers: Vec<Receiver<Done>>,
    /// What is held for the batches that were taken last, which are being handed out.
    held: Option<Held>,
    /// Says that something that was held has been given back.
    freed: Option<SyncSender<()>>,
    /// The worker whose turn it is.
    turn: usize,
    delivery: Delivery,
    bytes: Arc<AtomicU64>,
    /// Joined when this is dropped, so that no thread outlives it.
    threads: Vec<thread::JoinHandle<()>>,
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
        let (source, freed) = Source::new(reader, limit);
        let bytes = source.bytes_read();
        let (workers, threads) = start(source, engines)?;
        Ok(Self { schema, workers, held: None, freed, turn: 0, delivery, bytes, threads })
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
        self.bytes.load(Ordering::Relaxed)
    }

    /// The same batches for those who speak Arrow's own interface.
    pub fn into_arrow(self) -> ArrowBatches<Self> {
        ArrowBatches { schema: self.schema.clone(), batches: self }
    }

    /// Gives back what was held for batches that have all been handed out.
    fn give_back(&mut self) {
        if self.held.take().is_some()
            && let Some(freed) = &self.freed
        {
            // If it is full, the reader will look anyway.
            let _told = freed.try_send(());
        }
    }

    /// Closes the queues, at which the threads end, and waits for them. A panic in one of them
    /// goes on here.
    fn stop(&mut self) {
        self.workers.clear();
        (self.held, self.freed) = (None, None);
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join()
                && !thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
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
                self.stop();
            }
            self.give_back();
            let Some(worker) = self.workers.get(self.turn) else { return self.delivery.end() };
            // The worker at whose turn the input ended has nothing more, nor have those behind.
            let Ok((output, held)) = worker.recv() else {
                self.stop();
                continue;
            };
            self.held = held;
            self.turn = (self.turn + 1) % self.workers.len();
            self.delivery.take_in(output);
            self.delivery.reject();
        }
    }
}

impl FusedIterator for ParallelBatches {}

impl Drop for ParallelBatches {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for ParallelBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelBatches").field("schema", &self.schema).finish_non_exhaustive()
    }
}
