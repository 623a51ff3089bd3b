//! What workers read from, one at a time.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use datason_core::Held;
use datason_json::{Pieces, Reader};

use super::queue::Queue;
use super::worker::{Chunk, Done};
use crate::decoder::{ColumnLimit, HELD_BY_THREAD};

/// Where chunks come from, and what bounds them.
pub(super) struct Source<R> {
    reader: Reader<R>,
    /// The number of the next chunk.
    next: u64,
    queue: Arc<Queue<Done>>,
    gate: Option<Gate>,
    /// How many bytes of text have been read, for those outside.
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Source<R> {
    pub(super) fn new(
        reader: Reader<R>,
        queue: Arc<Queue<Done>>,
        gate: Option<Gate>,
        bytes_read: Arc<AtomicU64>,
    ) -> Self {
        Self { reader, next: 0, queue, gate, bytes_read }
    }

    /// Whether the next chunk may be read at once.
    pub(super) fn may_read(&self) -> bool {
        self.queue.may_begin(self.next)
    }

    /// Reads the next chunk into `text`, as soon as it may, and waits for the memory that what
    /// becomes of it takes. `None` if there is no more, or nobody takes batches any more.
    pub(super) fn read(&mut self, mut text: Pieces) -> Option<Chunk> {
        let number = self.next;
        if !self.queue.wait_to_begin(number) {
            return None;
        }
        let outcome = self.reader.read_pieces(&mut text);
        self.bytes_read.store(self.reader.byte(), Ordering::Relaxed);
        if !self.queue.is_open() {
            return None;
        }
        let read = match outcome {
            Ok(true) => match &self.gate {
                Some(gate) => Ok(Some(gate.pass(&text)?)),
                None => Ok(None),
            },
            Ok(false) => return None,
            Err(error) => Err(error),
        };
        self.next += 1;
        Some(Chunk { number, text, read })
    }
}

/// Holds a chunk back until there is memory for what becomes of it.
pub(super) struct Gate {
    limit: ColumnLimit,
    freed: Receiver<()>,
}

impl Gate {
    /// The gate, and how it is told that memory has been given back.
    pub(super) fn new(limit: &ColumnLimit) -> (Self, SyncSender<()>) {
        let (sender, freed) = sync_channel(1);
        (Self { limit: limit.clone(), freed }, sender)
    }

    /// Waits for the memory that `chunk` and its batch take; `None` if nobody takes batches any
    /// more. Chunks pass in their order, and batches are taken in it, so the first that holds
    /// memory always comes to give it back.
    fn pass(&self, chunk: &Pieces) -> Option<Held> {
        let spans = || chunk.iter().flat_map(|piece| piece.spans());
        let cost = self.limit.cost.of(spans().count(), spans().map(Range::len).sum());
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
