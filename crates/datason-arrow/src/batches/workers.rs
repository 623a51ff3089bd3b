//! Threads that read and decode in turn.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use datason_core::{Error, Held, RawChunk, Result};
use datason_json::Reader;

use crate::decoder::{ColumnLimit, Engine, HELD_BY_THREAD, Output};

/// Results of each worker that wait for the consumer.
const QUEUE: usize = 1;

/// What came of a chunk, and what is held until it has been taken.
pub(super) type Done = (Output, Option<Held>);

/// Where what each has done is received, and the threads.
type Workers = (Vec<Receiver<Done>>, Vec<JoinHandle<()>>);

/// Starts a worker with each of `engines`, of which there is one at least. What they have done is
/// received from them in turn, the first one first; the one at whose turn the input has ended
/// hangs up.
pub(super) fn start<R: Read + Send + 'static>(
    source: Source<R>,
    engines: Vec<Engine>,
) -> Result<Workers> {
    let (mut nexts, turns): (Vec<_>, Vec<_>) = engines.iter().map(|_| sync_channel(1)).unzip();
    // It is taken: the queue is empty, and its other end is here.
    let _taken = nexts[0].send(source);
    // Everyone hands the source to the one behind, the last to the first.
    nexts.rotate_left(1);
    let (mut results, mut threads) = (Vec::new(), Vec::new());
    for ((engine, turn), next) in engines.into_iter().zip(turns).zip(nexts) {
        let (done, result) = sync_channel(QUEUE);
        let worker = Worker { turn, next, engine, chunk: RawChunk::default(), done };
        let thread = Builder::new().name("datason-decode".to_owned());
        let thread = thread.spawn(move || worker.work());
        threads.push(thread.map_err(|error| Error::io("cannot start a thread", error))?);
        results.push(result);
    }
    Ok((results, threads))
}

/// Reads a chunk when it has the source, hands that on, and decodes the chunk meanwhile.
///
/// Who reads a chunk decodes it, so its text is in the nearest caches of the right processor. With
/// a thread of its own for reading, two workers were no more than 1.3 times as fast as one.
struct Worker<R> {
    turn: Receiver<Source<R>>,
    next: SyncSender<Source<R>>,
    engine: Engine,
    chunk: RawChunk,
    done: SyncSender<Done>,
}

impl<R: Read> Worker<R> {
    /// Works until the input, or the interest in it, ends. The source goes with whoever learns of
    /// that, and so, one after the other, do all who wait for it.
    fn work(mut self) {
        while let Ok(mut source) = self.turn.recv() {
            let Some(read) = source.read(&mut self.chunk) else { return };
            let ends = read.as_ref().is_err_and(Error::is_fatal);
            let goes_on = !ends && self.next.send(source).is_ok();
            let done = self.decode(read);
            if self.done.send(done).is_err() || !goes_on {
                return;
            }
        }
    }

    fn decode(&mut self, read: Result<Option<Held>>) -> Done {
        let mut output = Output::default();
        let held = match read {
            Ok(held) => held,
            Err(error) => {
                output.ready.push_back(Err(error));
                return (output, None);
            }
        };
        self.engine.decode(self.chunk.data().as_slice(), &mut output);
        self.engine.finish(&mut output);
        if held.is_some() {
            // Under a limit nothing is kept for later.
            self.chunk = RawChunk::default();
        }
        (output, held)
    }
}

/// Where chunks come from, and what bounds them.
pub(super) struct Source<R> {
    reader: Reader<R>,
    bytes: Arc<AtomicU64>,
    gate: Option<Gate>,
}

impl<R: Read> Source<R> {
    /// The source, and how it is told that memory has been given back, if there is a limit.
    pub(super) fn new(
        reader: Reader<R>,
        limit: Option<&ColumnLimit>,
    ) -> (Self, Option<SyncSender<()>>) {
        let (gate, freed) = limit.map(Gate::new).unzip();
        (Self { reader, bytes: Arc::new(AtomicU64::new(0)), gate }, freed)
    }

    /// How many bytes have been read.
    pub(super) fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }

    /// Reads the next chunk, and waits for the memory that what becomes of it takes. `None` if
    /// there is no more, or nobody takes batches any more.
    fn read(&mut self, chunk: &mut RawChunk) -> Option<Result<Option<Held>>> {
        let outcome = self.reader.read_chunk(chunk);
        self.bytes.store(self.reader.position().byte(), Ordering::Relaxed);
        match outcome {
            Ok(true) => match &self.gate {
                Some(gate) => gate.pass(chunk).map(|held| Ok(Some(held))),
                None => Some(Ok(None)),
            },
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
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
        let wanted = cost.saturating_mul(HELD_BY_THREAD).min(self.whole());
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
