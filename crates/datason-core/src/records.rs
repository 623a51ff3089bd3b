//! Many records in one buffer, and one record lent from it.

use std::fmt;
use std::ops::Range;

use crate::error::escape;
use crate::position::Position;

/// Consecutive records as they stand in the input: raw text, not decoded.
///
/// The text lies in one buffer, separators included, so a chunk of a million records is one
/// allocation, and reading into a used `Records` allocates nothing. The place of each record is
/// not stored but counted when somebody asks, since mostly nobody does.
///
/// # Example
/// ```
/// use datason_core::{Position, Records};
///
/// let mut records = Records::new();
/// records.begin_run(Position::START);
/// records.append(b"{\"id\":1}\n{\"id\":2}\n", [0..8, 9..17]);
/// assert_eq!(records.len(), 2);
/// let second = records.get(1).unwrap();
/// assert_eq!(second.as_bytes(), b"{\"id\":2}");
/// assert_eq!((second.position().line(), second.position().record()), (2, 1));
/// ```
#[derive(Clone, Default)]
pub struct Records {
    bytes: Vec<u8>,
    spans: Vec<Range<usize>>,
    runs: Vec<Run>,
}

/// A stretch of the buffer that stood in one piece in the input.
///
/// A new one begins where the reader left something out, such as a megabyte of blanks between
/// two records, and every few kilobytes, so that counting lines never starts far away.
#[derive(Clone, Copy, Debug)]
struct Run {
    first_record: usize,
    first_byte: usize,
    start: Position,
}

impl Run {
    /// Record `index` of those that stand at `spans` of `bytes`; it is one of this run.
    fn record<'a>(&self, bytes: &'a [u8], spans: &[Range<usize>], index: usize) -> Record<'a> {
        let span = spans[index].clone();
        let number = self.start.record() + (index - self.first_record) as u64;
        Record {
            bytes: &bytes[span.clone()],
            before: &bytes[self.first_byte..span.start],
            start: self.start.with_record(number),
        }
    }
}

/// Consecutive records in one buffer, lent: what [`Records`] hold, or a reader's window.
///
/// # Example
/// ```
/// use datason_core::{Position, RecordSlice};
///
/// let spans = [0..2, 3..4];
/// let records = RecordSlice::new(b"12\n3\n", &spans, Position::START);
/// assert_eq!(records.get(1).unwrap().as_bytes(), b"3");
/// assert_eq!(records.get(1).unwrap().position().line(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RecordSlice<'a> {
    bytes: &'a [u8],
    spans: &'a [Range<usize>],
    places: Places<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Places<'a> {
    Runs(&'a [Run]),
    One(Run),
}

impl<'a> RecordSlice<'a> {
    /// The records at `spans` of `bytes`, which stand in one piece at `start` of the input. The
    /// record number of `start` is that of the first of them.
    pub const fn new(bytes: &'a [u8], spans: &'a [Range<usize>], start: Position) -> Self {
        let places = Places::One(Run { first_record: 0, first_byte: 0, start });
        Self { bytes, spans, places }
    }

    /// The buffer with the text of all records.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where each record stands in the buffer.
    pub const fn spans(&self) -> &'a [Range<usize>] {
        self.spans
    }

    /// How many records there are.
    pub const fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no record.
    pub const fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Record `index`, counted from the first of these.
    pub fn get(&self, index: usize) -> Option<Record<'a>> {
        if index >= self.len() {
            return None;
        }
        let run = match self.places {
            Places::Runs(runs) => runs[runs.partition_point(|run| run.first_record <= index) - 1],
            Places::One(run) => run,
        };
        Some(run.record(self.bytes, self.spans, index))
    }
}

impl Records {
    /// No records.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), spans: Vec::new(), runs: Vec::new() }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The buffer that holds the text of all records, for readers that keep offsets into it.
    ///
    /// Not the text of the input: what stood between two records may be missing.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Heap bytes held, whether used or spare.
    pub fn allocated_bytes(&self) -> usize {
        self.bytes.capacity()
            + self.spans.capacity() * size_of::<Range<usize>>()
            + self.runs.capacity() * size_of::<Run>()
    }

    /// Forgets the records and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
        self.runs.clear();
    }

    /// Makes room for `bytes` of text behind what is there, and not for more.
    pub fn reserve_exact(&mut self, bytes: usize) {
        self.bytes.reserve_exact(bytes);
    }

    /// The place of the first record's text, or of the input's start if there is no record.
    pub fn start(&self) -> Position {
        self.get(0).map_or(Position::START, |record| record.position())
    }

    /// Record `index`, counted from the first of these.
    pub fn get(&self, index: usize) -> Option<Record<'_>> {
        self.as_slice().get(index)
    }

    fn in_run(&self, run: usize, index: usize) -> Record<'_> {
        self.runs[run].record(&self.bytes, &self.spans, index)
    }

    /// All of them, lent.
    pub fn as_slice(&self) -> RecordSlice<'_> {
        RecordSlice { bytes: &self.bytes, spans: &self.spans, places: Places::Runs(&self.runs) }
    }

    /// The records in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { records: self, rest: 0..self.len(), run: 0 }
    }

    /// Says that what is appended next stands at `start` of the input, and whose record number
    /// is that of the next record. Readers call it for a chunk's first bytes and behind a gap.
    pub fn begin_run(&mut self, start: Position) {
        let run = Run { first_record: self.spans.len(), first_byte: self.bytes.len(), start };
        self.runs.push(run);
    }

    /// Appends `bytes` and the records in them. `spans` are relative to `bytes`, ascending and
    /// disjoint. Copies `bytes`.
    ///
    /// # Panics
    /// If no run has begun, or a span does not lie in `bytes`.
    pub fn append(&mut self, bytes: &[u8], spans: impl IntoIterator<Item = Range<usize>>) {
        assert!(!self.runs.is_empty(), "begin_run comes before the first append");
        let base = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.spans.extend(spans.into_iter().map(|span| {
            assert!(span.end <= bytes.len(), "a record ends inside the bytes it came with");
            base + span.start..base + span.end
        }));
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = Record<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The records of a [`Records`], in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    records: &'a Records,
    rest: Range<usize>,
    /// The run of the record before the next one.
    run: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let index = self.rest.next()?;
        let runs = &self.records.runs;
        while runs.get(self.run + 1).is_some_and(|next| next.first_record <= index) {
            self.run += 1;
        }
        Some(self.records.in_run(self.run, index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// One record: the text of one JSON value, and where it stands.
///
/// `Copy`, and borrows only the buffer that holds the text.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
    before: &'a [u8],
    start: Position,
}

impl<'a> Record<'a> {
    /// The record whose text is `bytes`, behind `before`, which stands at `start`. The record
    /// number is that of `start`.
    pub const fn new(bytes: &'a [u8], before: &'a [u8], start: Position) -> Self {
        Self { bytes, before, start }
    }

    /// The raw text, without what separates it from its neighbours. Blanks around the value
    /// may be part of it.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The record's number in the input, from 0.
    pub const fn number(&self) -> u64 {
        self.start.record()
    }

    /// The place of the record's first byte. Counts lines from the chunk's start: cheap
    /// enough for an error, not for every record.
    pub fn position(&self) -> Position {
        self.start.advanced(self.before)
    }

    /// The [byte](Position::byte) of that place. Costs nothing.
    pub const fn byte(&self) -> u64 {
        self.start.byte() + self.before.len() as u64
    }

    /// The place of byte `offset` of the record's text.
    pub fn position_at(&self, offset: usize) -> Position {
        self.position().advanced(&self.bytes[..offset.min(self.bytes.len())])
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("number", &self.number())
            .field("bytes", &format_args!("`{}`", escape(self.bytes)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_between_runs_does_not_shift_positions() {
        let mut records = Records::new();
        records.begin_run(Position::START.advanced(b"[\n").with_record(0));
        records.append(b"1,", std::iter::once(0..1));
        records.begin_run(Position::START.advanced(b"[\n1,\n\n\n  ").with_record(1));
        records.append(b"22,\n3", [0..2, 4..5]);
        let places: Vec<_> = records
            .iter()
            .map(|record| {
                let place = record.position();
                (place.byte(), place.line(), place.column(), place.record())
            })
            .collect();
        assert_eq!(places, [(2, 2, 1, 0), (9, 5, 3, 1), (13, 6, 1, 2)]);
    }

    #[test]
    fn clearing_keeps_the_memory() {
        let mut records = Records::new();
        records.begin_run(Position::START);
        records.append(&[b'1'; 100], std::iter::once(0..100));
        let held = records.allocated_bytes();
        records.clear();
        assert!(records.is_empty());
        assert_eq!(records.allocated_bytes(), held);
    }

    #[test]
    fn debug_shows_text_and_escapes_what_is_none() {
        let record = Record::new(b"{\"a\":\x1b}", b"", Position::START);
        assert_eq!(format!("{record:?}"), "Record { number: 0, bytes: `{\"a\":\\u{1b}}` }");
    }
}
