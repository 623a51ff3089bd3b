//! Batches out of a reader, on this thread or on several.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use datason_core::{Chunk, Error, RawChunk, Result};
use datason_json::Reader;

use crate::decoder::{Engine, Output, Replaced, numbered};

/// The rest of a reader's records as batches: one for each of the reader's chunks.
///
/// The rows before a bad record come as a smaller batch, then its error, then the rows behind
/// it. Made by [`ColumnOptions::batches`](crate::ColumnOptions::batches).
pub struct Batches<R> {
    reader: Reader<R>,
    engine: Engine,
    output: Output,
    path: Option<PathBuf>,
    delivered: u64,
    /// Whether the chunk that is being read has a record.
    begun: bool,
    done: bool,
}

impl<R: Read> Batches<R> {
    pub(crate) fn new(reader: Reader<R>, engine: Engine) -> Self {
        Self {
            reader,
            engine,
            output: Output::default(),
            path: None,
            delivered: 0,
            begun: false,
            done: false,
        }
    }

    /// The file to name in errors. Default: none but in those of the reader itself.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_owned());
        self
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        self.engine.schema()
    }

    /// Values that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        &self.output.replaced
    }

    /// The same batches for those who speak Arrow's own interface.
    pub fn into_arrow(self) -> ArrowBatches<Self> {
        ArrowBatches { schema: self.schema().clone(), batches: self }
    }
}

impl<R: Read> Iterator for Batches<R> {
    type Item = Result<Chunk<RecordBatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(next) = self.output.ready.pop_front() {
                return Some(deliver(next, &mut self.delivered, self.path.as_deref()));
            }
            if self.done {
                return None;
            }
            match self.reader.lend_records() {
                Ok(Some(records)) => {
                    self.begun = true;
                    self.engine.decode(records, &mut self.output);
                }
                Ok(None) => {
                    self.done = !std::mem::take(&mut self.begun);
                    self.engine.finish(&mut self.output);
                }
                Err(error) => {
                    self.done = error.is_fatal();
                    return Some(deliver(Err(error), &mut self.delivered, self.path.as_deref()));
                }
            }
        }
    }
}

impl<R: Read> FusedIterator for Batches<R> {}

impl<R> fmt::Debug for Batches<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("schema", self.engine.schema()).finish_non_exhaustive()
    }
}

/// Numbers a batch, or names the file in an error.
fn deliver(
    next: Result<Chunk<RecordBatch>>,
    batches: &mut u64,
    path: Option<&Path>,
) -> Result<Chunk<RecordBatch>> {
    match (next, path) {
        (Ok(batch), _) => Ok(numbered(batch, batches)),
        (Err(error), Some(path)) if error.path().is_none() => Err(error.in_file(path)),
        (Err(error), _) => Err(error),
    }
}

/// Chunks that wait for each worker, and results that wait for the consumer.
const QUEUE: usize = 1;

/// What the reader hands to a worker: records, or why there are none.
type Job = Result<RawChunk>;

/// As [`Batches`], decoded by several threads.
///
/// Chunk after chunk goes to worker after worker and comes back in turn, so the order needs no
/// sorting. Made by [`ColumnOptions::parallel_batches`](crate::ColumnOptions::parallel_batches).
pub struct ParallelBatches {
    schema: SchemaRef,
    /// What each worker has decoded.
    workers: Vec<Receiver<Output>>,
    /// The worker whose turn it is.
    turn: usize,
    output: Output,
    path: Option<PathBuf>,
    delivered: u64,
    /// Joined when this is dropped, so that no thread outlives it.
    threads: Vec<thread::JoinHandle<()>>,
}

impl ParallelBatches {
    pub(crate) fn start<R>(reader: Reader<R>, engines: Vec<Engine>) -> Result<Self>
    where
        R: Read + Send + 'static,
    {
        let schema = engines[0].schema().clone();
        let (mut jobs, mut workers, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        let (recycle, recycled) = sync_channel(engines.len() * 4);
        for engine in engines {
            let (job, waiting) = sync_channel(QUEUE);
            let (done, results) = sync_channel(QUEUE);
            jobs.push(job);
            workers.push(results);
            let recycle = recycle.clone();
            threads.push(spawn("datason-decode", move || work(engine, &waiting, &done, &recycle))?);
        }
        threads.push(spawn("datason-read", move || read(reader, &jobs, &recycled))?);
        let (output, path) = (Output::default(), None);
        Ok(Self { schema, workers, turn: 0, output, path, delivered: 0, threads })
    }

    /// The file to name in errors. Default: none but in those of the reader itself.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_owned());
        self
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Values in the batches so far that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        &self.output.replaced
    }

    /// The same batches for those who speak Arrow's own interface.
    pub fn into_arrow(self) -> ArrowBatches<Self> {
        ArrowBatches { schema: self.schema.clone(), batches: self }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(run).map_err(|error| Error::io("cannot start a thread", error))
}

/// Frames, and hands each chunk to the worker whose turn it is, until the input or the interest
/// in it ends.
fn read<R: Read>(mut reader: Reader<R>, jobs: &[SyncSender<Job>], recycled: &Receiver<RawChunk>) {
    for job in jobs.iter().cycle() {
        let mut chunk = recycled.try_recv().unwrap_or_default();
        let (next, last) = match reader.read_chunk(&mut chunk) {
            Ok(true) => (Ok(chunk), false),
            Ok(false) => return,
            Err(error) => {
                let fatal = error.is_fatal();
                (Err(error), fatal)
            }
        };
        if job.send(next).is_err() || last {
            return;
        }
    }
}

fn work(
    mut engine: Engine,
    jobs: &Receiver<Job>,
    done: &SyncSender<Output>,
    recycle: &SyncSender<RawChunk>,
) {
    for job in jobs {
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
        if done.send(output).is_err() {
            return;
        }
    }
}

impl Iterator for ParallelBatches {
    type Item = Result<Chunk<RecordBatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(next) = self.output.ready.pop_front() {
                return Some(deliver(next, &mut self.delivered, self.path.as_deref()));
            }
            // The worker at whose turn the input ended has nothing more, nor have those behind.
            let Ok(output) = self.workers.get(self.turn)?.recv() else {
                self.stop();
                return None;
            };
            self.turn = (self.turn + 1) % self.workers.len();
            self.output.ready = output.ready;
            self.output.replaced.append(output.replaced);
        }
    }
}

impl FusedIterator for ParallelBatches {}

impl ParallelBatches {
    /// Closes the queues, at which the threads end, and waits for them. A panic in one of them
    /// goes on here.
    fn stop(&mut self) {
        self.workers.clear();
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join()
                && !thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

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
