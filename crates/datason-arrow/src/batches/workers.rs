//! Threads that read and decode, each a chunk at a time.

use std::hint::black_box;
use std::io::Read;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, JoinHandle};

use datason_core::{Error, Held, Result};
use datason_json::Reader;

use super::queue::Queue;
use super::source::{Gate, Source};
use super::worker::{Done, Helper, Worker};
use crate::decoder::{ColumnLimit, Engine, Output};

/// As many chunks for each worker have been read and not been taken, at most: one that it decodes,
/// one that it has read ahead, and two that wait to be taken. Measured: with two, a worker waits
/// for another one that is late now and then, and two threads take 4 % longer.
const CHUNKS: usize = 4;

/// The threads, and what they have done in the order of the chunks.
pub(super) struct Workers {
    queue: Arc<Queue<Done>>,
    /// One of the workers, if it has no thread of its own: it works while nothing can be taken.
    helper: Option<Box<dyn Helper>>,
    /// What is held for what was taken last.
    held: Option<Held>,
    /// Says that something that was held has been given back; only with a limit.
    freed: Option<SyncSender<()>>,
    bytes_read: Arc<AtomicU64>,
    /// The last to be dropped: with all that is above gone, they end.
    threads: Threads,
}

/// Threads that are waited for. A panic in one of them goes on here.
struct Threads(Vec<JoinHandle<()>>);

impl Workers {
    /// Starts one with each of `engines`, of which there is one at least.
    ///
    /// A regular file gives its bytes at once, so with one of these nobody waits for what is being
    /// read: the thread that takes is a worker too, and all read ahead. Measured: with threads for
    /// all workers that read when they have nothing else to do, two take 5 to 7 % longer, for the
    /// switches between three threads and for the times when both want to read.
    pub(super) fn start<R: Read + Send + 'static>(
        reader: Reader<R>,
        engines: Vec<Engine>,
        limit: Option<&ColumnLimit>,
    ) -> Result<Self> {
        let never_waits = reader.is_regular_file() && limit.is_none();
        let helpers = usize::from(never_waits);
        let queue = Arc::new(Queue::new(engines.len() * CHUNKS, engines.len() - helpers));
        let (gate, freed) = limit.map(Gate::new).unzip();
        let bytes_read = Arc::default();
        let source = Source::new(reader, Arc::clone(&queue), gate, Arc::clone(&bytes_read));
        let source = Arc::new(Mutex::new(Some(source)));
        let worker = |queue, engine| Worker::new(Arc::clone(&source), queue, engine, never_waits);
        let mut engines = engines.into_iter();
        let helper = engines.by_ref().take(helpers).next();
        let helper = helper.map(|engine| worker(Arc::clone(&queue), engine));
        let helper = helper.map(|worker| Box::new(worker) as Box<dyn Helper>);
        if limit.is_none() && engines.len() > 0 {
            keep_freed_memory();
        }
        let threads = Threads(Vec::new());
        let mut workers = Self { queue, helper, held: None, freed, bytes_read, threads };
        for engine in engines {
            let worker = worker(Arc::clone(&workers.queue), engine);
            let thread = Builder::new().name("datason-decode".to_owned());
            let thread = thread.spawn(move || worker.work());
            let thread = thread.map_err(|error| Error::io("cannot start a thread", error))?;
            workers.threads.0.push(thread);
        }
        Ok(workers)
    }

    /// How many bytes of text have been read.
    pub(super) fn bytes_read(&self) -> &Arc<AtomicU64> {
        &self.bytes_read
    }

    /// What came of the next chunk. `None` if there is none, or it is lost in a panic.
    pub(super) fn next(&mut self) -> Option<Output> {
        self.give_back();
        if let Some(helper) = &mut self.helper {
            while !self.queue.has_next() && helper.help() {}
        }
        let (output, held) = self.queue.take()?;
        self.held = held;
        Some(output)
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
        self.queue.close();
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

/// Has the allocator of glibc keep what batches give back for the next ones.
///
/// It hands memory at the end of a thread's heap back to the system as soon as that is twice as
/// much as the largest mapping that was ever freed. Strings of a chunk are a mebibyte, and come back
/// a few at a time, so it did that every few batches, and each page had to be mapped and cleared
/// anew: with long strings two threads took 8 % longer. From one large block, never touched, it
/// learns that there will be more; other allocators do not care.
/// (`M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD` in mallopt(3).)
fn keep_freed_memory() {
    const LARGE: usize = 8 << 20;
    drop(black_box(Vec::<u8>::with_capacity(LARGE)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_thread_goes_on_where_it_is_waited_for() {
        let (queue, bytes_read) = (Arc::new(Queue::new(2, 1)), Arc::default());
        let of_thread = Arc::clone(&queue);
        let thread = thread::spawn(move || {
            of_thread.put(0, None);
            panic!("no luck");
        });
        let threads = Threads(vec![thread]);
        let mut workers =
            Workers { queue, helper: None, held: None, freed: None, bytes_read, threads };
        assert!(workers.next().is_none());
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(workers)));
        assert_eq!(dropped.unwrap_err().downcast_ref(), Some(&"no luck"));
    }
}
