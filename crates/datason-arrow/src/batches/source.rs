//! What workers read from, one at a time.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use datason_core::{Held, Result};
use datason_json::{Pieces, Reader};

use crate::decoder::{ColumnLimit, HELD_BY_THREAD};

/// Where chunks come from, and what bounds them.
pub(super) struct Source<R> {
    reader: Reader<R>,
    /// The number of the next chunk.
    next: u64,
    /// Each allows a chunk to be read.
    permits: Receiver<()>,
    gate: Option<Gate>,
    shared: Arc<Shared>,
}

/// What is known of the source outside.
#[derive(Default)]
pub(super) struct Shared {
    bytes_read: AtomicU64,
    /// Whether nobody takes batches any more.
    stopped: AtomicBool,
}

impl Shared {
    /// How many bytes of text have been read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Has nothing more read.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn goes_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }
}

impl<R: Read> Source<R> {
    pub(super) fn new(
        reader: Reader<R>,
        permits: Receiver<()>,
        gate: Option<Gate>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { reader, next: 0, permits, gate, shared }
    }

    /// Reads the next chunk, as soon as it may, and waits for the memory that what becomes of it
    /// takes: its number, and what is held. `None` if there is no more, or nobody takes batches
    /// any more.
    pub(super) fn read(&mut self, chunk: &mut Pieces) -> Option<(u64, Result<Option<Held>>)> {
        self.permits.recv().ok().filter(|()| self.shared.goes_on())?;
        let outcome = self.reader.read_pieces(chunk);
        self.shared.bytes_read.store(self.reader.byte(), Ordering::Relaxed);
        if !self.shared.goes_on() {
            return None;
        }
        let read = match outcome {
            Ok(true) => match &self.gate {
                Some(gate) => Ok(Some(gate.pass(chunk)?)),
                None => Ok(None),
            },
            Ok(false) => return None,
            Err(error) => Err(error),
        };
        self.next += 1;
        Some((self.next - 1, read))
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
