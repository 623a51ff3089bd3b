//! Batches out of a reader, on this thread or on several.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use datason_core::{Chunk, Error, OnError, RawChunk, Record, Rejects, Result};
use datason_json::Reader;

use crate::decoder::{Engine, Output, Refused, Replaced, numbered};

/// The rest of a reader's records as batches: one for each of the reader's chunks.
///
/// The rows before a bad record come as a smaller batch, then its error, then the rows behind
/// it. If the reader [passes over](datason_core::OnError) bad records, so does this: a batch then
/// has all good rows of a chunk. Made by [`ColumnOptions::batches`](crate::ColumnOptions::batches).
pub struct Batches<R> {
    reader: Reader<R>,
    engine: Engine,
    delivery: Delivery,
    /// Whether the chunk that is being read has a record.
    begun: bool,
    done: bool,
}

impl<R: Read> Batches<R> {
    pub(crate) fn new(reader: Reader<R>, engine: Engine) -> Self {
        let delivery = Delivery::new(reader.rejects().clone());
        let engine = engine.rejecting(delivery.rejects.on_error() != OnError::Fail);
        Self { reader, engine, delivery, begun: false, done: false }
    }

    /// The file to name in errors. Default: none but in those of the reader itself.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.delivery.path = Some(path.as_ref().to_owned());
        self
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        self.engine.schema()
    }

    /// Values that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        &self.delivery.output.replaced
    }

    /// The same batches for those who speak Arrow's own interface.
    pub fn into_arrow(self) -> ArrowBatches<Self> {
        ArrowBatches { schema: self.schema().clone(), batches: self }
    }

    /// Decodes more of the chunk that is being read, or ends its batch.
    fn advance(&mut self) {
        let output = &mut self.delivery.output;
        match self.reader.lend_records() {
            Ok(Some(records)) => {
                self.begun = true;
                self.engine.decode(records, output);
            }
            Ok(None) => {
                self.done = !std::mem::take(&mut self.begun);
                self.engine.finish(output);
                self.delivery.reject();
            }
            Err(error) => {
                self.done = error.is_fatal();
                output.ready.push_back(Err(error));
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
            if self.done || self.delivery.ended {
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

/// Hands out what was decoded: numbers batches, names the file in errors, rejects bad records.
struct Delivery {
    output: Output,
    path: Option<PathBuf>,
    delivered: u64,
    rejects: Rejects,
    /// Whether the share of bad records has been judged.
    judged: bool,
    /// Whether nothing comes any more but what is ready.
    ended: bool,
}

impl Delivery {
    fn new(rejects: Rejects) -> Self {
        let (output, judged) = (Output::default(), rejects.on_error() == OnError::Fail);
        Self { output, path: None, delivered: 0, rejects, judged, ended: false }
    }

    /// The next of what is ready.
    fn next(&mut self) -> Option<Result<Chunk<RecordBatch>>> {
        let next = self.output.ready.pop_front()?;
        Some(match next {
            Ok(batch) => Ok(numbered(batch, &mut self.delivered)),
            Err(error) => Err(self.located(error)),
        })
    }

    /// Rejects what was refused in a chunk whose batches are ready. If that is too much, the
    /// error comes behind them.
    fn reject(&mut self) {
        while let Some(Refused { error, text, start }) = self.output.refused.pop_front() {
            if self.ended {
                continue;
            }
            let record = Record::new(&text, b"", start);
            let taken = self.rejects.take(self.located(error), Some(record));
            if let Err(error) = taken {
                self.ended = true;
                self.judged = true;
                self.output.ready.push_back(Err(error));
            }
        }
    }

    /// Judges the share of bad records, once.
    fn end(&mut self) -> Option<Result<Chunk<RecordBatch>>> {
        if std::mem::replace(&mut self.judged, true) {
            return None;
        }
        let judged = self.rejects.check_end();
        judged.err().map(|error| Err(self.located(error)))
    }

    fn located(&self, error: Error) -> Error {
        match &self.path {
            Some(path) if error.path().is_none() => error.in_file(path),
            _ => error,
        }
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
    delivery: Delivery,
    /// Joined when this is dropped, so that no thread outlives it.
    threads: Vec<thread::JoinHandle<()>>,
}

impl ParallelBatches {
    pub(crate) fn start<R>(reader: Reader<R>, engines: Vec<Engine>) -> Result<Self>
    where
        R: Read + Send + 'static,
    {
        let schema = engines[0].schema().clone();
        let delivery = Delivery::new(reader.rejects().clone());
        let rejects = delivery.rejects.on_error() != OnError::Fail;
        let (mut jobs, mut workers, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        let (recycle, recycled) = sync_channel(engines.len() * 4);
        for engine in engines {
            let (job, waiting) = sync_channel(QUEUE);
            let (done, results) = sync_channel(QUEUE);
            jobs.push(job);
            workers.push(results);
            let (recycle, engine) = (recycle.clone(), engine.rejecting(rejects));
            threads.push(spawn("datason-decode", move || work(engine, &waiting, &done, &recycle))?);
        }
        threads.push(spawn("datason-read", move || read(reader, &jobs, &recycled))?);
        Ok(Self { schema, workers, turn: 0, delivery, threads })
    }

    /// The file to name in errors. Default: none but in those of the reader itself.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.delivery.path = Some(path.as_ref().to_owned());
        self
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Values in the batches so far that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        &self.delivery.output.replaced
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
            if let Some(next) = self.delivery.next() {
                return Some(next);
            }
            if self.delivery.ended {
                self.stop();
            }
            let Some(worker) = self.workers.get(self.turn) else { return self.delivery.end() };
            // The worker at whose turn the input ended has nothing more, nor have those behind.
            let Ok(output) = worker.recv() else {
                self.stop();
                continue;
            };
            self.turn = (self.turn + 1) % self.workers.len();
            self.delivery.output.ready = output.ready;
            self.delivery.output.refused = output.refused;
            self.delivery.output.replaced.append(output.replaced);
            self.delivery.reject();
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
