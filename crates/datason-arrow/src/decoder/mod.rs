//! Rows to arrays, pushed, without I/O.

mod cost;
mod engine;
mod flat;
mod options;

use std::fmt;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datason_core::{ByteSize, Chunk, ChunkSize, Error, ErrorKind, Position, Records, Result};
use datason_json::Framer;

pub(crate) use self::cost::{ColumnLimit, HELD_BY_THREAD};
pub(crate) use self::engine::{Engine, Output, Refused};
pub(crate) use self::options::Rules;
pub use self::options::{BinaryText, ColumnOptions, OnDuplicate, OnExtra, OnMismatch, RecordShape};

/// Blanks between records are kept up to here, as a reader does it; a longer gap is cut out, so
/// that the memory of a batch does not depend on how its records are spaced.
const LONGEST_GAP: usize = 64;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Values that became null because they did not fit ([`OnMismatch::Null`]).
#[derive(Debug, Default)]
pub struct Replaced {
    count: u64,
    first: Vec<Error>,
}

impl Replaced {
    /// As many are kept with their place.
    pub const KEPT: usize = 100;

    /// How many there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The first [`KEPT`](Self::KEPT) of them: what was wrong, and where.
    pub fn first(&self) -> &[Error] {
        &self.first
    }

    fn push(&mut self, error: impl FnOnce() -> Error) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(error());
        }
    }

    pub(crate) fn append(&mut self, others: Self) {
        let room = Self::KEPT - self.first.len();
        self.count += others.count;
        self.first.extend(others.first.into_iter().take(room));
    }
}

/// Decodes records out of bytes that are handed over piece by piece, however cut.
///
/// Does no I/O, so it serves asynchronous callers and any kind of source. The batches do not
/// depend on how the bytes are cut. Made by [`ColumnOptions::decoder`].
///
/// Holds the text of the batch being gathered, the record that is not complete yet, and the
/// batches that nobody has taken: take them after each piece.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use arrow_schema::{DataType, Field, Schema};
/// use datason_arrow::ColumnOptions;
/// use datason_json::Framer;
///
/// let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
/// let mut decoder = ColumnOptions::new(schema).decoder(Framer::lines())?;
/// let (mut rows, mut errors) = (0, Vec::new());
/// for piece in [b"{\"id\":1}\n{\"i".as_slice(), b"d\":2}\n{\"id\":\"3\"}\n{\"id\":4}"] {
///     decoder.decode(piece);
///     # let _unused = decoder.next_batch();
/// }
/// decoder.finish();
/// while let Some(batch) = decoder.next_batch() {
///     match batch {
///         Ok(batch) => rows += batch.data().num_rows(),
///         Err(error) => errors.push(error.to_string()),
///     }
/// }
/// assert_eq!(rows, 3);
/// assert_eq!(
///     errors,
///     ["expected an integer but found a string, in `/id`, at line 3, column 7 (byte 24, record 2)"],
/// );
/// # Ok::<(), datason_core::Error>(())
/// ```
pub struct Decoder {
    engine: Engine,
    framer: Framer,
    chunk_size: ChunkSize,
    max_record_size: ByteSize,
    /// Bytes in which no whole record has been found.
    window: Vec<u8>,
    /// The place of the window's first byte, and the number of the next record.
    start: Position,
    spans: Vec<Range<usize>>,
    /// The records of the next batch.
    gathered: Records,
    /// The bytes of these, without what stands between them.
    text: usize,
    output: Output,
    batches: u64,
    begun: bool,
    /// Whether the bytes that come belong to a record that has been given up.
    dropping: bool,
    done: bool,
}

impl Decoder {
    fn new(engine: Engine, framer: Framer, options: &ColumnOptions) -> Self {
        Self {
            engine,
            framer,
            chunk_size: options.chunk_size,
            max_record_size: options.max_record_size,
            window: Vec::new(),
            start: Position::START,
            spans: Vec::new(),
            gathered: Records::new(),
            text: 0,
            output: Output::default(),
            batches: 0,
            begun: false,
            dropping: false,
            done: false,
        }
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        self.engine.schema()
    }

    /// Takes `bytes`, all of them, and decodes the batches that they complete. Copies them once.
    ///
    /// After a fatal error, and after [`finish`](Self::finish), bytes are passed over.
    pub fn decode(&mut self, bytes: &[u8]) {
        if !self.done {
            self.window.extend_from_slice(bytes);
            self.frame(false);
        }
    }

    /// Decodes the records that have been gathered, though they do not fill a batch.
    pub fn flush(&mut self) {
        if !self.gathered.is_empty() {
            self.engine.decode(self.gathered.as_slice(), &mut self.output);
            self.engine.finish(&mut self.output);
            self.gathered.clear();
            self.text = 0;
        }
    }

    /// Says that no more bytes will come, and decodes what is left.
    pub fn finish(&mut self) {
        if !self.done {
            self.frame(true);
            self.flush();
            self.done = true;
        }
    }

    /// The next batch, or the error of the record behind the batches before.
    ///
    /// # Errors
    /// `Utf8`, `Syntax`, `Truncated` for text that is not JSON, `Limit` for what is too deep or
    /// too large, `Data` for what does not fit the schema. All but faults between the records
    /// are not [fatal](Error::is_fatal): the records behind follow.
    pub fn next_batch(&mut self) -> Option<Result<Chunk<RecordBatch>>> {
        let next = self.output.ready.pop_front()?;
        Some(next.map(|batch| numbered(batch, &mut self.batches)))
    }

    /// Values that became null because they did not fit.
    pub fn replaced(&self) -> &Replaced {
        &self.output.replaced
    }

    fn frame(&mut self, at_end: bool) {
        if !self.begin(at_end) {
            return;
        }
        self.spans.clear();
        let framed = self.framer.frame(&self.window, at_end, &mut self.spans);
        self.gather();
        let place = self.start.with_record(self.start.record() + self.spans.len() as u64);
        if let Some(fault) = framed.fault {
            self.fail(fault.into_error(&self.window, place));
            return;
        }
        self.start = place.advanced(&self.window[..framed.consumed]);
        self.window.drain(..framed.consumed);
        self.dropping &= framed.consumed == 0;
        if self.window.len() as u64 > self.max_record_size.as_u64() {
            self.give_up_record();
        }
    }

    /// Passes over a byte order mark. Whether enough has come to tell.
    fn begin(&mut self, at_end: bool) -> bool {
        if self.begun {
            return true;
        }
        if self.window.len() < BYTE_ORDER_MARK.len() && !at_end {
            return false;
        }
        if self.window.starts_with(BYTE_ORDER_MARK) {
            self.start = self.start.advanced(BYTE_ORDER_MARK);
            self.window.drain(..BYTE_ORDER_MARK.len());
        }
        self.begun = true;
        true
    }

    /// Moves the framed records to those gathered, and decodes these whenever they fill a batch.
    fn gather(&mut self) {
        let (mut next, mut place, mut offset) = (0, self.start, 0);
        while next < self.spans.len() {
            let count = self.fitting(next);
            if count == 0 {
                self.flush();
                continue;
            }
            let run = &self.spans[next..next + count];
            let (from, to) = (run[0].start, run[count - 1].end);
            place = place.advanced(&self.window[offset..from]);
            let number = self.start.record() + next as u64;
            self.gathered.begin_run(place.with_record(number));
            let shifted = run.iter().map(|span| span.start - from..span.end - from);
            self.gathered.append(&self.window[from..to], shifted);
            self.text += run.iter().map(Range::len).sum::<usize>();
            (next, offset) = (next + count, from);
        }
    }

    /// How many of the framed records from `next` on the batch has room for, and stand close
    /// together.
    fn fitting(&self, next: usize) -> usize {
        let waiting = &self.spans[next..];
        let (mut count, mut text, mut end) = (self.gathered.len(), self.text, waiting[0].start);
        let fits = waiting.iter().take_while(|span| {
            let fits =
                self.chunk_size.fits(count, text, span.len()) && span.start - end <= LONGEST_GAP;
            (count, text, end) = (count + 1, text + span.len(), span.end);
            fits
        });
        fits.count()
    }

    #[cold]
    fn give_up_record(&mut self) {
        let held = ByteSize(self.window.len() as u64);
        let limit = self.max_record_size;
        let message = format!("a record of {held} or more is above the limit of {limit} a record");
        let error = Error::new(ErrorKind::Limit, message).at(self.start);
        let looked_at = self.framer.drop_record();
        self.start = self.start.advanced(&self.window[..looked_at]);
        self.window.drain(..looked_at);
        if !self.dropping {
            self.dropping = true;
            self.start = self.start.with_record(self.start.record() + 1);
            self.flush();
            self.output.ready.push_back(Err(error));
        }
    }

    #[cold]
    fn fail(&mut self, error: Error) {
        self.flush();
        self.output.ready.push_back(Err(error));
        self.done = true;
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("schema", self.schema())
            .field("framer", &self.framer)
            .field("position", &self.start)
            .finish_non_exhaustive()
    }
}

/// The batch, with the next number.
pub(crate) fn numbered(batch: Chunk<RecordBatch>, batches: &mut u64) -> Chunk<RecordBatch> {
    let (number, start) = (*batches, batch.start());
    *batches += 1;
    Chunk::new(batch.into_data(), number, start)
}
