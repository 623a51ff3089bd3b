//! What an engine found: seen fully when it is verified, and hardly at all when it is timed.

use std::fmt;
use std::hint::black_box;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use serde::Serialize;

/// What an engine made of its data: the records in their order, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The number of records.
    pub records: u64,
    /// A checksum over the records, or `None` from an engine that only counts.
    pub digest: Option<u64>,
}

impl Answer {
    /// Returns the answer of `records` records with the checksum `digest`.
    pub const fn new(records: u64, digest: u64) -> Self {
        Self { records, digest: Some(digest) }
    }

    /// Whether both can be true: same count, and same checksum where both have one.
    ///
    /// # Examples
    ///
    /// ```
    /// use datason_benches::Answer;
    ///
    /// let counted = Answer { records: 2, digest: None };
    /// assert!(counted.agrees_with(Answer::new(2, 7)));
    /// assert!(!Answer::new(2, 8).agrees_with(Answer::new(2, 7)));
    /// ```
    pub fn agrees_with(self, other: Self) -> bool {
        let digests = self.digest.zip(other.digest);
        self.records == other.records && digests.is_none_or(|(own, other)| own == other)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records", self.records)?;
        match self.digest {
            Some(digest) => write!(f, " with checksum {digest:#018x}"),
            None => Ok(()),
        }
    }
}

/// Whoever watches an engine at work.
///
/// An engine shows all it finds, so that nothing of its work can be left out by the compiler.
/// The calls are dynamic and cost one indirect jump: for framing once a block, for rows once a
/// record.
pub trait Observer {
    /// The texts of some records have been found: `spans` of `text`.
    fn records(&mut self, text: &[u8], spans: &[Range<usize>]);

    /// A row has been decoded.
    fn row(&mut self, row: &dyn Row);

    /// Rows have been decoded into columns.
    fn batch(&mut self, batch: &RecordBatch);

    /// A piece of JSON Lines has been written, anywhere cut, and with it `records` more records
    /// are said to be complete.
    fn written(&mut self, text: &[u8], records: u64);

    /// Records have been counted, no more. Whoever calls this, with 0 too, has no checksum: only
    /// the count is verified.
    fn counted(&mut self, records: u64);
}

/// A decoded row, or a part of one, that can be shown.
pub trait Row {
    /// Appends the row's canonical text.
    ///
    /// # Errors
    ///
    /// Those of the row's serializer.
    fn write_to(&self, text: &mut Vec<u8>) -> serde_json::Result<()>;
}

impl<T: Serialize> Row for T {
    fn write_to(&self, text: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(text, self)
    }
}

/// Counts, for timing.
#[derive(Debug, Default)]
pub struct Counter {
    records: u64,
}

impl Counter {
    /// Returns how many records there have been.
    pub fn count(&self) -> u64 {
        self.records
    }
}

impl Observer for Counter {
    fn records(&mut self, _: &[u8], spans: &[Range<usize>]) {
        self.records += black_box(spans).len() as u64;
    }

    fn row(&mut self, row: &dyn Row) {
        black_box(row);
        self.records += 1;
    }

    fn batch(&mut self, batch: &RecordBatch) {
        self.records += black_box(batch).num_rows() as u64;
    }

    fn written(&mut self, text: &[u8], records: u64) {
        black_box(text);
        self.records += records;
    }

    fn counted(&mut self, records: u64) {
        self.records += black_box(records);
    }
}

/// Looks at every byte of every record, for verification.
#[derive(Debug)]
pub struct Examiner {
    records: u64,
    digest: Option<u64>,
    text: Vec<u8>,
    /// The part of a line that has been written.
    rest: Vec<u8>,
}

impl Examiner {
    /// Returns one that has seen nothing.
    pub fn new() -> Self {
        Self { records: 0, digest: Some(FNV_OFFSET), text: Vec::new(), rest: Vec::new() }
    }

    /// Returns what has been seen.
    pub fn answer(&self) -> Answer {
        Answer { records: self.records, digest: self.digest }
    }

    fn record(&mut self, text: &[u8]) {
        self.records += 1;
        // The end counts too: the byte 0xFF occurs in no UTF-8 text.
        let bytes = text.iter().chain(&[0xff]);
        self.digest = self.digest.map(|digest| {
            bytes.fold(digest, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
        });
    }
}

impl Default for Examiner {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Examiner {
    fn records(&mut self, text: &[u8], spans: &[Range<usize>]) {
        for span in spans {
            self.record(&text[span.clone()]);
        }
    }

    fn row(&mut self, row: &dyn Row) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        row.write_to(&mut text).expect("what was read from JSON has a form in JSON");
        self.record(&text);
        self.text = text;
    }

    fn batch(&mut self, batch: &RecordBatch) {
        let mut writer =
            WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
        writer.write(batch).expect("what was read from JSON has a form in JSON");
        let lines = writer.into_inner();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.record(line);
        }
    }

    fn written(&mut self, text: &[u8], _: u64) {
        self.rest.extend_from_slice(text);
        let rest = std::mem::take(&mut self.rest);
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            if line.ends_with(b"\n") {
                let value: serde_json::Value =
                    serde_json::from_slice(line).expect("a line of JSON");
                self.record(value.to_string().as_bytes());
            } else {
                self.rest = line.to_vec();
            }
        }
    }

    fn counted(&mut self, records: u64) {
        self.records += records;
        self.digest = None;
    }
}

/// FNV-1a, which is short and depends on the order.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(show: impl FnOnce(&mut Examiner)) -> Answer {
        let mut examiner = Examiner::new();
        show(&mut examiner);
        examiner.answer()
    }

    #[test]
    fn a_record_counts_the_same_as_text_and_as_row() {
        let text = answer(|seen| seen.records(b"[1] 23", &[0..3, 4..6]));
        let rows = answer(|seen| {
            seen.row(&[1]);
            seen.row(&23);
        });
        assert_eq!(text, rows);
        assert_eq!(text.records, 2);
    }

    #[test]
    fn the_order_and_the_borders_of_records_count() {
        let answers = [&[0..1, 1..3][..], &[0..2, 2..3], &[1..3, 0..1]]
            .map(|spans| answer(|seen| seen.records(b"123", spans)));
        assert_eq!(answers.map(|answer| answer.records), [2; 3]);
        assert!(answers[0] != answers[1] && answers[1] != answers[2] && answers[0] != answers[2]);
    }

    #[test]
    fn who_only_counts_has_no_checksum() {
        let counted = answer(|seen| seen.counted(3));
        assert_eq!(counted, Answer { records: 3, digest: None });
        assert!(counted.agrees_with(Answer::new(3, 1)));
        assert!(!counted.agrees_with(Answer::new(4, 1)));
    }

    #[test]
    fn lines_count_the_same_wherever_they_are_cut() {
        let whole = answer(|seen| seen.written(b"{\"a\":1}\n{\"a\": 2}\n", 2));
        let cut = answer(|seen| {
            seen.written(b"{\"a\":1}\n{\"a\"", 1);
            seen.written(b": 2}\n", 1);
        });
        assert_eq!((whole.records, whole), (2, cut));
        assert!(answer(|seen| seen.written(b"{\"a\":1}\n", 2)).records == 1, "it looks itself");
    }

    #[test]
    fn both_observers_count_alike() {
        let mut counter = Counter::default();
        counter.records(b"123", &[0..1, 1..3]);
        counter.row(&1);
        counter.counted(4);
        assert_eq!(counter.count(), 7);
    }
}
