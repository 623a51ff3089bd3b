//! JSON Lines: a record a line.
//!
//! A raw line end cannot occur inside a JSON string, so line ends are all there is to find.
//! `\n` and `\r\n` end a line, the last line needs no end, and lines of nothing but white space
//! are passed over; blanks around a record do not belong to it. (jsonlines.org calls blank lines invalid; everybody writes them.)

use std::ops::Range;

use datason_scan::Kernel;

use super::{Framed, first_solid, trimmed};

/// Frames JSON Lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Bytes at the front of the unconsumed ones that hold no line end.
    scanned: usize,
    /// Whether the line that stands here has been given up.
    dropping: bool,
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn frame(
        &mut self,
        kernel: Kernel,
        bytes: &[u8],
        at_end: bool,
        spans: &mut Vec<Range<usize>>,
    ) -> Framed {
        self.ends.clear();
        kernel.newlines(&bytes[self.scanned..], self.scanned, &mut self.ends);
        let (mut start, before) = (0, spans.len());
        spans.reserve(self.ends.len());
        for &end in &self.ends {
            push_line(bytes, start..end, &mut self.dropping, spans);
            start = end + 1;
        }
        let is_dense = spans.len() - before == self.ends.len();
        if at_end && start < bytes.len() {
            push_line(bytes, start..bytes.len(), &mut self.dropping, spans);
            start = bytes.len();
        }
        // What need not be kept: a record given up, and blanks before one.
        start = match first_solid(&bytes[start..]) {
            Some(blank) if !self.dropping => start + blank,
            _ => bytes.len(),
        };
        self.scanned = bytes.len() - start;
        Framed { lines: Some(self.ends.len()), is_dense, ..Framed::consumed(start) }
    }

    pub(super) fn drop_record(&mut self) -> usize {
        self.dropping = true;
        std::mem::take(&mut self.scanned)
    }
}

/// Nearly every line begins with a brace and ends with one: two looks tell that there is nothing
/// to trim.
#[inline]
fn push_line(bytes: &[u8], line: Range<usize>, dropping: &mut bool, spans: &mut Vec<Range<usize>>) {
    let record = trimmed(bytes, line);
    if !record.is_empty() && !*dropping {
        spans.push(record);
    }
    *dropping = false;
}
