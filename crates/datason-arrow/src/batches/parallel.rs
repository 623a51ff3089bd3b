//! Batches decoded by several threads.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datason_core::{Chunk, Error, Held, RawChunk, Rejects, Result};
use datason_json::Reader;

use super::ArrowBatches;
use super::delivery::{BadRecord, Delivery};
use crate::decoder::{ColumnLimit, Engine, HELD_IN_QUEUE, Output, Replaced};

/// Chunks that wait for each worker, and results that wait for the consumer.
const QUEUE: usize = 1;

/// What the reader hands to a worker: records, or why there are none, and what is held for them.
type Job = (Result<RawChunk>, Option<Held>);

/// What comes of it, and what is held until it has been taken.
type Done = (Output, Option<Held>);

/// As [`Batches`](super::Batches), decoded by several threads.
///
/// Chunk after chunk goes to worker after worker and comes back in turn, so the order needs no
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
        let (mut jobs, mut workers, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        // Under a limit nothing is kept for later.
        let kept = if limit.is_some() { 0 } else { engines.len() * 4 };
        let (recycle, recycled) = sync_channel(kept);
        for engine in engines {
            let (job, waiting) = sync_channel(QUEUE);
            let (done, results) = sync_channel(QUEUE);
            jobs.push(job);
            workers.push(results);
            let (recycle, engine) = (recycle.clone(), engine.rejecting(delivery.passes_over()));
            threads.push(spawn("datason-decode", move || work(engine, &waiting, &done, &recycle))?);
        }
        let bytes = Arc::new(AtomicU64::new(0));
        let count = bytes.clone();
        let (gate, freed) = limit.map(Gate::new).unzip();
        let feed = Feed { jobs, recycled, gate };
        threads.push(spawn("datason-read", move || feed.read(reader, &count))?);
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

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(run).map_err(|error| Error::io("cannot start a thread", error))
}

/// Holds a chunk back until there is memory for what becomes of it.
struct Gate {
    limit: ColumnLimit,
    freed: Receiver<()>,
}

impl Gate {
    /// The gate, and how it is told that memory has been given back.
    fn new(limit: &ColumnLimit) -> (Self, SyncSender<()>) {
        let (sender, freed) = sync_channel(1);
        (Self { limit: limit.clone(), freed }, sender)
    }

    /// Waits for the memory that `chunk` and its batch take; `None` if nobody takes batches any
    /// more. Chunks pass in their order, and batches are taken in it, so the first that holds
    /// memory always comes to give it back.
    fn pass(&self, chunk: &RawChunk) -> Option<Held> {
        let text = chunk.data().iter().map(|record| record.as_bytes().len()).sum();
        let cost = self.limit.cost.of(chunk.data().len(), text);
        // A chunk is bounded so that one always fits.
        let wanted = cost.saturating_mul(HELD_IN_QUEUE).min(self.whole());
        loop {
            match self.limit.budget.try_hold(wanted) {
                Ok(held) => return Some(held),
                Err(_full) => self.freed.recv().ok()?,
            }
        }
    }

    fn whole(&self) -> usize {
        usize::try_from(self.limit.budget.limit().as_u64()).unwrap_or(usize::MAX)
    }
}

/// The way from the reader to the workers.
struct Feed {
    jobs: Vec<SyncSender<Job>>,
    recycled: Receiver<RawChunk>,
    gate: Option<Gate>,
}

impl Feed {
    /// Frames, and hands each chunk to the worker whose turn it is, until the input or the
    /// interest in it ends.
    fn read<R: Read>(&self, mut reader: Reader<R>, bytes: &AtomicU64) {
        for job in self.jobs.iter().cycle() {
            let mut chunk = self.recycled.try_recv().unwrap_or_default();
            let outcome = reader.read_chunk(&mut chunk);
            bytes.store(reader.position().byte(), Ordering::Relaxed);
            let (next, last) = match outcome {
                Ok(true) => {
                    let held = match &self.gate {
                        Some(gate) => match gate.pass(&chunk) {
                            None => return,
                            held => held,
                        },
                        None => None,
                    };
                    ((Ok(chunk), held), false)
                }
                Ok(false) => return,
                Err(error) => {
                    let fatal = error.is_fatal();
                    ((Err(error), None), fatal)
                }
            };
            if job.send(next).is_err() || last {
                return;
            }
        }
    }
}

fn work(
    mut engine: Engine,
    jobs: &Receiver<Job>,
    done: &SyncSender<Done>,
    recycle: &SyncSender<RawChunk>,
) {
    for (job, held) in jobs {
        let mut output = Output::default();
        match job {
            Ok(chunk) => {
                engine.decode(chunk.data().as_slice(), &mut output);
                engine.finish(&mut output);
                // If nobody takes the memory back it is freed.
                drop(recycle.try_send(chunk));
            }
            Err(error) => output.ready.push_back(Err(error)),
        }
        if done.send((output, held)).is_err() {
            return;
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
