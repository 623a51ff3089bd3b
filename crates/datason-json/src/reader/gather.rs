//! The records of a chunk, gathered from the window.

use std::io::Read;
use std::ops::Range;

use datason_core::{Records, Result};

use super::{RUN_BYTES, Reader};
use crate::shares::Filled;

/// Blanks between records are kept up to here; a longer gap is cut out, so that a chunk's memory
/// does not depend on how its records are spaced.
const LONGEST_GAP: usize = 64;

impl<R: Read> Reader<R> {
    pub(super) fn fill_records(&mut self, records: &mut Records) -> Result<bool> {
        self.gather(|reader, filled| reader.hand_over(records, filled))
    }

    /// Reads the records of a chunk. `take` takes some of those that wait, of which one at least
    /// fits. Whether there were any.
    pub(super) fn gather(&mut self, mut take: impl FnMut(&mut Self, &mut Filled)) -> Result<bool> {
        let mut filled = Filled::default();
        while self.limits.chunk.has_room(filled) {
            match self.refill() {
                Ok(true) if !self.fits_next(filled) => break,
                Ok(true) => take(self, &mut filled),
                Ok(false) => break,
                Err(error) if filled.count == 0 => return Err(error),
                Err(error) => {
                    self.deferred = Some(error);
                    break;
                }
            }
        }
        Ok(filled.count > 0)
    }

    /// Whether the next waiting record fits into a chunk as well. The first always does.
    pub(super) fn fits_next(&self, filled: Filled) -> bool {
        self.limits.chunk.fits(filled, self.spans[self.next].len())
    }

    /// The records that wait to be handed out, up to the first that is larger than it may be.
    pub(super) fn waiting(&self) -> Range<usize> {
        self.next..self.oversized.unwrap_or(self.spans.len())
    }

    /// Copies the next waiting records to `records`: as many as fit into the chunk and stand close
    /// together. At least one, which must fit.
    pub(super) fn hand_over(&mut self, records: &mut Records, filled: &mut Filled) {
        let first = self.next;
        let start = self.mark_next();
        self.limits.make_room(records, self.spans[first].len());
        let close = first + close_together(&self.spans[self.waiting()]).count();
        self.next += self.limits.chunk.take(filled, &self.spans[first..close]);
        records.begin_run(self.mark.1.with_record(self.start.record() + first as u64));
        let run = &self.spans[first..self.next];
        let shifted = run.iter().map(|span| span.start - start..span.end - start);
        records.append(&self.window.bytes()[start..run[run.len() - 1].end], shifted);
    }
}

/// The first of `spans` that can be one run.
fn close_together(spans: &[Range<usize>]) -> impl Iterator<Item = &Range<usize>> {
    let start = spans.first().map_or(0, |first| first.start);
    let mut end = start;
    spans.iter().take_while(move |span| {
        let follows = span.start - end <= LONGEST_GAP && span.start - start < RUN_BYTES;
        end = span.end;
        follows
    })
}
