//! Threads that read and decode, each a chunk at a time.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, JoinHandle};

use datason_core::{Error, Held, Result};
use datason_json::{Pieces, Reader};

use super::source::{Gate, Shared, Source};
use crate::decoder::{ColumnLimit, Engine, Output};

/// As many chunks for each worker have been read and not been taken, at most: one that it decodes,
/// and one that waits to be taken.
const CHUNKS: usize = 2;

/// What came of a chunk, and what is held until it has been taken.
type Done = (Output, Option<Held>);

/// A chunk's number, and what came of it; nothing if its worker has panicked.
type Message = (u64, Option<Done>);

/// The threads, and what they have done in the order of the chunks.
///
/// Who reads a chunk decodes it, so its text is in the caches of the right processor; and who is
/// free reads the next one, so nobody waits for a worker that is slow. With a thread of its own
/// for reading, two workers were no more than 1.3 times as fast as one.
pub(super) struct Workers {
    done: Receiver<Message>,
    /// What was done before its turn.
    early: BTreeMap<u64, Option<Done>>,
    /// The number of the next chunk.
    next: u64,
    /// What is held for what was taken last.
    held: Option<Held>,
    /// Each allows a chunk to be read.
    permits: SyncSender<()>,
    /// Says that something that was held has been given back; only with a limit.
    freed: Option<SyncSender<()>>,
    shared: Arc<Shared>,
    /// The last to be dropped: with all that is above gone, they end.
    threads: Threads,
}

/// Threads that are waited for. A panic in one of them goes on here.
struct Threads(Vec<JoinHandle<()>>);

impl Workers {
    /// Starts one with each of `engines`, of which there is one at least.
    pub(super) fn start<R: Read + Send + 'static>(
        reader: Reader<R>,
        engines: Vec<Engine>,
        limit: Option<&ColumnLimit>,
    ) -> Result<Self> {
        let chunks = engines.len() * CHUNKS;
        let ((permits, permitted), (sender, done)) = (sync_channel(chunks), sync_channel(chunks));
        let (gate, freed) = limit.map(Gate::new).unzip();
        let shared = Arc::new(Shared::default());
        let source = Source::new(reader, permitted, gate, Arc::clone(&shared));
        let source = Arc::new(Mutex::new(Some(source)));
        let (early, threads) = (BTreeMap::new(), Threads(Vec::new()));
        let mut workers =
            Self { done, early, next: 0, held: None, permits, freed, shared, threads };
        (0..chunks).for_each(|_| workers.permit());
        for engine in engines {
            let (source, done) = (Arc::clone(&source), sender.clone());
            let worker = Worker { source, chunk: Pieces::new(), engine, done };
            let thread = Builder::new().name("datason-decode".to_owned());
            let thread = thread.spawn(move || worker.work());
            let thread = thread.map_err(|error| Error::io("cannot start a thread", error))?;
            workers.threads.0.push(thread);
        }
        Ok(workers)
    }

    /// What is known of the source.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What came of the next chunk. `None` if there is none, or it is lost in a panic.
    pub(super) fn next(&mut self) -> Option<Output> {
        self.give_back();
        let (output, held) = self.wait_for_next()?;
        self.next += 1;
        self.held = held;
        self.permit();
        Some(output)
    }

    fn wait_for_next(&mut self) -> Option<Done> {
        if let Some(done) = self.early.remove(&self.next) {
            return done;
        }
        loop {
            let (number, done) = self.done.recv().ok()?;
            if number == self.next {
                return done;
            }
            self.early.insert(number, done);
        }
    }

    fn permit(&self) {
        // There is room for all there are. If nobody reads any more, none is needed.
        let _sent = self.permits.try_send(());
    }

    /// Gives back what was held for what was taken last.
    fn give_back(&mut self) {
        if self.held.take().is_some()
            && let Some(freed) = &self.freed
        {
            // If it is full, whoever waits will look anyway.
            let _told = freed.try_send(());
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let ends: Vec<_> = self.0.drain(..).map(JoinHandle::join).collect();
        if let Some(panic) = ends.into_iter().find_map(Result::err)
            && !thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Reads a chunk, lets the next worker read, and decodes the chunk meanwhile.
struct Worker<R> {
    /// `None` when there is nothing more to read.
    source: Arc<Mutex<Option<Source<R>>>>,
    chunk: Pieces,
    engine: Engine,
    done: SyncSender<Message>,
}

impl<R: Read> Worker<R> {
    /// Works until the input, or the interest in it, ends.
    fn work(mut self) {
        while let Some((number, read)) = self.read() {
            // Dropped in a panic, it says that nothing comes of the chunk.
            let mut promise = Promise { number, done: None, sender: self.done.clone() };
            promise.done = Some(self.decode(read));
        }
    }

    fn read(&mut self) -> Option<(u64, Result<Option<Held>>)> {
        // Who has panicked with the source left it in no state to go on with.
        let mut source = self.source.lock().ok()?;
        let read = source.as_mut()?.read(&mut self.chunk);
        let goes_on =
            read.as_ref().is_some_and(|(_, read)| !read.as_ref().is_err_and(Error::is_fatal));
        if !goes_on {
            *source = None;
        }
        read
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
        for piece in self.chunk.iter() {
            self.engine.decode(piece, &mut output);
        }
        self.engine.finish(&mut output);
        if held.is_some() {
            // Under a limit nothing is kept for later.
            self.chunk = Pieces::new();
        }
        (output, held)
    }
}

/// That something will be said of a chunk.
struct Promise {
    number: u64,
    done: Option<Done>,
    sender: SyncSender<Message>,
}

impl Drop for Promise {
    fn drop(&mut self) {
        // If nobody takes it, there will be nothing more to read either.
        let _sent = self.sender.send((self.number, self.done.take()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another worker lives on, and has done more.
    #[test]
    fn nobody_waits_for_what_was_lost_in_a_panic() {
        let ((permits, _permitted), (sender, done)) = (sync_channel(2), sync_channel(2));
        sender.send((1, Some(Done::default()))).unwrap();
        let mine = sender.clone();
        let thread = thread::spawn(move || {
            let _promise = Promise { number: 0, done: None, sender: mine };
            panic!("no luck");
        });
        let (early, threads, shared) = (BTreeMap::new(), Threads(vec![thread]), Arc::default());
        let mut workers =
            Workers { done, early, next: 0, held: None, permits, freed: None, shared, threads };
        assert!(workers.next().is_none());
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(workers)));
        assert_eq!(dropped.unwrap_err().downcast_ref(), Some(&"no luck"));
        assert!(sender.send((2, None)).is_err());
    }
}
