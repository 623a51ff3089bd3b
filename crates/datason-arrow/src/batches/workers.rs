//! Workers that read and decode, each a chunk at a time, and their threads.

use std::hint::black_box;
use std::io::Read;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder, JoinHandle};

use datason_core::{Error, Held, Result};
use datason_json::Reader;

use super::queue::Queue;
use super::source::{Gate, Source};
use super::worker::{Done, Worker};
use crate::decoder::{ColumnLimit, Engine, Output};

/// As many chunks for each worker have been read and not been taken, at most: one that it decodes,
/// and one that waits to be taken.
const CHUNKS: usize = 2;

/// The same if workers read ahead: with fewer, one waits now and then for another that is late.
/// Measured: with two, nothing is gained by reading ahead.
const CHUNKS_AHEAD: usize = 4;

/// Works for a while. Whether there was anything to do.
type Help = Box<dyn FnMut() -> bool + Send>;

/// The threads, and what they have done in the order of the chunks.
pub(super) struct Workers {
    queue: Arc<Queue<Done>>,
    /// One of the workers, if it has no thread of its own: it works while nothing can be taken.
    help: Option<Help>,
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
    /// A plain file has its bytes, so with one of these nobody waits long for what is being read:
    /// the thread that takes is a worker too, and all read ahead. Measured: with threads for
    /// all workers that read when they have nothing else to do, two take 3 to 7 % longer, for the
    /// switches between three threads and for the times when both want to read.
    pub(super) fn start<R: Read + Send + 'static>(
        reader: Reader<R>,
        engines: Vec<Engine>,
        limit: Option<&ColumnLimit>,
    ) -> Result<Self> {
        let (helps, count) = (reader.is_plain_file() && limit.is_none(), engines.len());
        let reads_ahead = helps && count > 1;
        let most = count * if reads_ahead { CHUNKS_AHEAD } else { CHUNKS };
        let queue = Arc::new(Queue::new(most, count - usize::from(helps)));
        let (gate, freed) = limit.map(Gate::new).unzip();
        let bytes_read = Arc::default();
        let source = Source::new(reader, Arc::clone(&queue), gate, Arc::clone(&bytes_read));
        let source = Arc::new(Mutex::new(Some(source)));
        let new_worker = |queue: &Arc<Queue<Done>>, engine| {
            Worker::new(Arc::clone(&source), Arc::clone(queue), engine, reads_ahead)
        };
        let mut engines = engines.into_iter();
        let helper = if helps { engines.next() } else { None };
        let help = helper.map(|engine| {
            let mut worker = new_worker(&queue, engine);
            Box::new(move || worker.help()) as Help
        });
        if reads_ahead {
            keep_freed_memory();
        }
        let threads = Threads(Vec::new());
        let mut workers = Self { queue, help, held: None, freed, bytes_read, threads };
        // Nobody reads until all have started: who waits for a pipe cannot be told to end.
        let mut reading = source.lock().unwrap_or_else(PoisonError::into_inner);
        for engine in engines {
            let worker = new_worker(&workers.queue, engine);
            let thread = Builder::new().name("datason-decode".to_owned());
            match thread.spawn(move || worker.work()) {
                Ok(thread) => workers.threads.0.push(thread),
                Err(error) => {
                    *reading = None;
                    return Err(Error::io("cannot start a thread", error));
                }
            }
        }
        drop(reading);
        Ok(workers)
    }

    /// How many bytes of text have been read.
    pub(super) fn bytes_read(&self) -> &Arc<AtomicU64> {
        &self.bytes_read
    }

    /// What came of the next chunk. `None` if there is none, or it is lost in a panic.
    pub(super) fn next(&mut self) -> Option<Output> {
        self.give_back();
        if let Some(help) = &mut self.help {
            while !self.queue.has_next() && help() {}
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
/// anew: with long strings two threads took 2 to 10 % longer. From one large block, never touched, it
/// learns that there will be more.
/// (`M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD` in mallopt(3).)
fn keep_freed_memory() {
    const LARGE: usize = 8 << 20;
    if cfg!(target_env = "gnu") {
        let mut block = Vec::<u8>::new();
        // If there is no room for it, nothing is learnt.
        let _reserved = block.try_reserve_exact(LARGE);
        drop(black_box(block));
    }
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
            Workers { queue, help: None, held: None, freed: None, bytes_read, threads };
        assert!(workers.next().is_none());
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(workers)));
        assert_eq!(dropped.unwrap_err().downcast_ref(), Some(&"no luck"));
    }

    #[test]
    fn behind_a_panic_of_the_thread_that_takes_nothing_comes_and_nobody_hangs() {
        let (queue, bytes_read) = (Arc::new(Queue::new(2, 1)), Arc::default());
        let of_thread = Arc::clone(&queue);
        let thread = thread::spawn(move || {
            assert!(!of_thread.wait_to_begin(9), "nobody takes any more");
            of_thread.leave();
        });
        let of_taker = Arc::clone(&queue);
        let help = move || -> bool {
            of_taker.put(0, None);
            panic!("no luck");
        };
        let (help, threads) = (Some(Box::new(help) as Help), Threads(vec![thread]));
        let mut workers = Workers { queue, help, held: None, freed: None, bytes_read, threads };
        let next = std::panic::AssertUnwindSafe(|| workers.next().is_none());
        let panic = std::panic::catch_unwind(next).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"no luck"));
        assert!(workers.next().is_none());
        drop(workers);
    }
}
