//! Reading chunks, and decoding them.

use std::io::Read;
use std::sync::{Arc, Mutex, TryLockError};
use std::thread;

use datason_core::{Error, Held, Result};
use datason_json::Pieces;

use super::queue::Queue;
use super::source::Source;
use crate::decoder::{Engine, Output};

/// What came of a chunk, and what is held until it has been taken.
pub(super) type Done = (Output, Option<Held>);

/// Who reads a chunk, lets the next one read, and decodes the chunk meanwhile.
///
/// Who reads a chunk decodes it, so its text is in the caches of the right processor; and who is
/// free reads the next one, so nobody waits for one that is slow. With a thread of its own for
/// reading, two workers were no more than 1.3 times as fast as one.
pub(super) struct Worker<R> {
    /// `None` when there is nothing more to read.
    source: Arc<Mutex<Option<Source<R>>>>,
    queue: Arc<Queue<Done>>,
    engine: Engine,
    reads_ahead: bool,
    /// What is to be decoded next, if it has been read.
    ahead: Option<Chunk>,
    /// Memory for the text of chunks.
    spare: Pieces,
}

/// A chunk that has been read.
pub(super) struct Chunk {
    pub(super) number: u64,
    pub(super) text: Pieces,
    /// What is held for it; or what was found instead of a chunk.
    pub(super) read: Result<Option<Held>>,
}

impl<R: Read> Worker<R> {
    /// A worker of `engine`. If it `reads_ahead`, it reads the next chunk before it decodes the last
    /// piece of this one, unless somebody else is reading just then. Nothing comes of this one
    /// meanwhile, so it must not have to wait for its text. And memory is kept for text that has been
    /// decoded, so there must be no limit.
    pub(super) fn new(
        source: Arc<Mutex<Option<Source<R>>>>,
        queue: Arc<Queue<Done>>,
        engine: Engine,
        reads_ahead: bool,
    ) -> Self {
        Self { source, queue, engine, reads_ahead, ahead: None, spare: Pieces::new() }
    }

    /// Works until the input, or the interest in it, ends.
    pub(super) fn work(mut self) {
        let _leaving = Leaving(Arc::clone(&self.queue));
        while let Some(chunk) = self.next() {
            self.decode(chunk);
        }
    }

    /// For the thread of the one who takes: decodes a chunk if there is one to be had soon. Whether
    /// it did.
    pub(super) fn help(&mut self) -> bool {
        let Some(chunk) = self.ahead.take().or_else(|| self.read_soon()) else { return false };
        self.decode(chunk);
        true
    }

    fn next(&mut self) -> Option<Chunk> {
        if let Some(chunk) = self.ahead.take() {
            return self.queue.is_open().then_some(chunk);
        }
        // Who has panicked with the source left it in no state to go on with.
        let mut source = self.source.lock().ok()?;
        read(&mut source, &mut self.spare)
    }

    /// As [`read_at_once`](Self::read_at_once), behind one who reads right now. It must not wait
    /// for the lock itself: who holds that may wait until something is taken.
    fn read_soon(&mut self) -> Option<Chunk> {
        /// Together longer than a chunk of the usual size is read, if its file is in memory.
        const TRIES: usize = 300;
        for _ in 0..TRIES {
            if !matches!(self.source.try_lock(), Err(TryLockError::WouldBlock)) {
                return self.read_at_once();
            }
            if self.queue.has_next() {
                break;
            }
            thread::yield_now();
        }
        None
    }

    /// The next chunk, if nobody else reads and one may be begun.
    fn read_at_once(&mut self) -> Option<Chunk> {
        let mut source = self.source.try_lock().ok()?;
        if !source.as_ref()?.may_read() {
            return None;
        }
        read(&mut source, &mut self.spare)
    }

    fn decode(&mut self, chunk: Chunk) {
        let Chunk { number, mut text, read } = chunk;
        // Dropped in a panic, it says that nothing comes of the chunk.
        let mut promise = Promise { number, done: None, queue: Arc::clone(&self.queue) };
        let is_limited = matches!(read, Ok(Some(_)));
        debug_assert!(!(is_limited && self.reads_ahead), "see `new`");
        promise.done = Some(match read {
            Ok(held) => (self.decode_text(&mut text), held),
            Err(error) => (Output::of_error(error), None),
        });
        drop(promise);
        // Under a limit nothing is kept for later.
        if !is_limited {
            self.spare.take_memory(&mut text, 0);
        }
    }

    /// Decodes `text`, of which no more than the last piece is left if this one reads ahead.
    fn decode_text(&mut self, text: &mut Pieces) -> Output {
        let mut output = Output::default();
        if self.reads_ahead {
            let before = text.iter().count().saturating_sub(1);
            text.iter().take(before).for_each(|piece| self.engine.decode(piece, &mut output));
            self.spare.take_memory(text, 1);
            self.ahead = self.read_at_once();
        }
        text.iter().for_each(|piece| self.engine.decode(piece, &mut output));
        self.engine.finish(&mut output);
        output
    }
}

/// Reads the next chunk from `source`, as soon as it may be begun. It takes the `memory` with it.
fn read<R: Read>(source: &mut Option<Source<R>>, memory: &mut Pieces) -> Option<Chunk> {
    let chunk = source.as_mut()?.read(std::mem::take(memory));
    let goes_on =
        chunk.as_ref().is_some_and(|chunk| !chunk.read.as_ref().is_err_and(Error::is_fatal));
    if !goes_on {
        *source = None;
    }
    chunk
}

/// That something will be said of a chunk.
struct Promise {
    number: u64,
    done: Option<Done>,
    queue: Arc<Queue<Done>>,
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.queue.put(self.number, self.done.take());
    }
}

/// That it will be said that a worker is gone.
struct Leaving(Arc<Queue<Done>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_panic_says_that_nothing_comes_of_the_chunk() {
        let queue = Arc::new(Queue::new(2, 1));
        queue.put(1, Some(Done::default()));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _leaving = Leaving(Arc::clone(&queue));
            let _promise = Promise { number: 0, done: None, queue: Arc::clone(&queue) };
            panic!("no luck");
        }));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"no luck"));
        assert!(queue.has_next(), "that it is lost has been said");
        assert!(queue.take().is_none());
    }
}
