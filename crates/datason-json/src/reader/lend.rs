//! Records lent a chunk's piece at a time, as they lie in the window.

use std::io::Read;
use std::ops::Range;

use datason_core::{RecordSlice, Result};

use super::Reader;
use crate::shares::Filled;

/// The records of a chunk that have been lent, and the last of them as spans.
#[derive(Debug, Default)]
pub(super) struct Lent {
    filled: Filled,
    spans: Vec<Range<usize>>,
}

impl<R: Read> Reader<R> {
    /// More records of the next chunk, lent from the reader's buffer; `None` if the chunk is
    /// complete, and once more at the end of the input.
    ///
    /// Together the pieces are the records that [`read_chunk`](Self::read_chunk) copies. Nothing
    /// is copied here, so who can do with records as they come in gets them while they are in
    /// the nearest caches.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record). If records come before the error, the chunk ends
    /// before it.
    ///
    /// # Example
    /// ```
    /// use datason_core::ChunkSize;
    /// use datason_json::ReaderBuilder;
    ///
    /// let builder = ReaderBuilder::new().chunk_size(ChunkSize::records(2)?);
    /// let mut reader = builder.from_slice(b"1\n2\n3\n");
    /// let mut chunks = Vec::new();
    /// loop {
    ///     let mut records = 0;
    ///     while let Some(piece) = reader.lend_records()? {
    ///         records += piece.len();
    ///     }
    ///     if records == 0 {
    ///         break;
    ///     }
    ///     chunks.push(records);
    /// }
    /// assert_eq!(chunks, [2, 1]);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn lend_records(&mut self) -> Result<Option<RecordSlice<'_>>> {
        let filled = self.lent.filled;
        let more = match self.refill_chunk(filled) {
            Err(error) if filled.count > 0 => {
                self.deferred = Some(error);
                false
            }
            outcome => outcome?,
        };
        if !more {
            self.lent = Lent { spans: std::mem::take(&mut self.lent.spans), ..Lent::default() };
            return Ok(None);
        }
        Ok(Some(self.lend_waiting()))
    }

    /// Whether there is a record for a chunk that holds `filled`.
    fn refill_chunk(&mut self, filled: Filled) -> Result<bool> {
        Ok(self.limits.chunk.has_room(filled) && self.refill()? && self.fits_next(filled))
    }

    /// Lends the waiting records that fit into the chunk.
    fn lend_waiting(&mut self) -> RecordSlice<'_> {
        let (first, start) = (self.next, self.mark_next());
        let place = self.mark.1;
        let waiting = self.waiting();
        self.next += self.limits.chunk.take(&mut self.lent.filled, &self.spans[waiting]);
        self.report_seen();
        let run = &self.spans[first..self.next];
        let bytes = &self.window.bytes()[start..run[run.len() - 1].end];
        let shifted = run.iter().map(|span| span.start - start..span.end - start);
        self.lent.spans.clear();
        self.lent.spans.extend(shifted);
        let number = self.start.record() + first as u64;
        RecordSlice::new(bytes, &self.lent.spans, place.with_record(number))
    }
}
