//! What a reader may take of memory.

use std::io::Read;

use datason_core::{Budget, ByteSize, Error, ErrorKind, Held, Records, Result};
use datason_io::{Compression, Window};

use super::Reader;
use crate::builder::ReaderBuilder;
use crate::shares::{ChunkLimit, RecordCost, Shares};

/// The limits of one reader.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) chunk: ChunkLimit,
    /// The limit on memory, where it is what limits records.
    pub(super) record_limited_by: Option<ByteSize>,
    budget: Option<Budget>,
    /// What the reader holds all the time.
    _share: Option<Held>,
}

impl Limits {
    /// Shares out the limit on memory, if there is one, and narrows `options` accordingly.
    ///
    /// # Errors
    /// `Argument` for a limit that is too low, `Limit` if others have taken too much of the
    /// budget.
    pub(super) fn share_out(options: &mut ReaderBuilder, compression: Compression) -> Result<Self> {
        let limit = options.checked_memory_limit()?;
        let size = options.chunk_size.under(limit);
        let mut chunk = ChunkLimit { size, memory: usize::MAX, made: None };
        let Some(limit) = limit else {
            return Ok(Self { chunk, record_limited_by: None, budget: None, _share: None });
        };
        let shares = Shares::of(limit, compression);
        let budget = options.budget.clone().unwrap_or_else(|| Budget::new(limit));
        let share = budget.try_hold(shares.fixed)?;
        let record = ByteSize(shares.record as u64);
        let record_limited_by = (record < options.max_record_size).then_some(limit);
        options.max_record_size = options.max_record_size.min(record);
        options.block_size = options.block_size.min(shares.block);
        chunk.memory = shares.chunk;
        Ok(Self { chunk, record_limited_by, budget: Some(budget), _share: Some(share) })
    }

    /// The window, held against the budget.
    pub(super) fn on_window<R>(&self, window: Window<R>) -> Window<R> {
        match &self.budget {
            Some(budget) => window.budget(budget.clone()),
            None => window,
        }
    }

    /// Whether there is no limit on memory, nor on what is made of the records.
    pub(super) fn are_none(&self) -> bool {
        self.budget.is_none() && self.chunk.made.is_none()
    }

    /// Lets go of the memory of a chunk that had one giant record: the window may need it.
    pub(super) fn let_go_of_giant(&self, records: &mut Records) {
        if self.budget.is_some() && records.allocated_bytes() / 2 > self.chunk.memory {
            *records = Records::new();
        }
    }

    /// Makes room for a chunk's first record of `length` bytes, so that a giant takes its length
    /// and not twice that.
    pub(super) fn make_room(&self, records: &mut Records, length: usize) {
        if self.budget.is_some() && records.is_empty() && length > self.chunk.memory {
            records.reserve_exact(length);
        }
    }
}

impl<R: Read> Reader<R> {
    /// Limits what the records take in the form that the caller makes of them, under a `limit` of
    /// memory for that: what is said to cost more than `chunk` bytes together does not come in one
    /// chunk, and a record that costs more than `record` bytes itself is [`ErrorKind::Limit`] with
    /// its place, before room is made for it, and bad like any other. Counts from the records on
    /// that have not been read yet.
    ///
    /// For those who turn records into something that may be much larger than their text.
    ///
    /// # Example
    /// ```
    /// use datason_core::{ByteSize, ErrorKind};
    /// use datason_json::{ReaderBuilder, RecordCost};
    ///
    /// let mut reader = ReaderBuilder::new().from_slice(b"1\n2\n3\n[4,5,6,7,8]\n");
    /// reader.limit_records(ByteSize(600), RecordCost { record: 100, byte: 10 }, 250, 200);
    /// let mut chunks = reader.chunks::<u8>();
    /// assert_eq!(chunks.next().unwrap()?.data(), &[1, 2]);
    /// assert_eq!(chunks.next().unwrap()?.data(), &[3]);
    /// assert_eq!(chunks.next().unwrap().unwrap_err().kind(), ErrorKind::Limit);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn limit_records(
        &mut self,
        limit: ByteSize,
        cost: RecordCost,
        chunk: usize,
        record: usize,
    ) {
        self.limits.chunk.made = Some((cost, chunk));
        let longest = ByteSize(cost.text_within(record) as u64);
        if longest < self.options.max_record_size {
            self.options.max_record_size = longest;
            self.limits.record_limited_by = Some(limit);
            self.window.set_limit(self.options.window_limit());
            self.find_oversized();
        }
    }
}

/// The error for a record above `limit` that begins with `text`.
#[cold]
pub(super) fn too_large(limit: ByteSize, memory: Option<ByteSize>, text: &[u8]) -> Error {
    let message = match memory {
        None => format!("a record is above the limit of {limit} a record"),
        Some(memory) => format!(
            "a record is above {limit}, which is what the memory limit of {memory} leaves for one"
        ),
    };
    Error::new(ErrorKind::Limit, message).with_snippet(text, 0)
}
