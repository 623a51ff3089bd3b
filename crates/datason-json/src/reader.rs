//! Records out of an input, one or a chunk at a time.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Position, RawChunk, Record, Rejects, Result};
use datason_io::{Compression, Encoding, Fill, Window};
use serde::de::DeserializeOwned;

use crate::builder::ReaderBuilder;
use crate::codec::{AnyCodec, Codec};
use crate::format::Format;
use crate::frame::{Framer, is_space};
use crate::rows::{Chunks, Rows};

mod decoding;
mod gather;
mod lend;
mod limits;
mod passing;
mod pieces;
mod rejecting;

use self::lend::Lent;
use self::limits::{Limits, too_large};
pub use self::pieces::Pieces;

/// Reads records from JSON Lines, a JSON array, an array inside a document, or concatenated
/// values, in memory bounded by the longest record and the chunk.
///
/// Three speeds, one input: [`next_record`](Self::next_record) lends raw text,
/// [`read_chunk`](Self::read_chunk) fills a chunk that the caller owns and reuses, and
/// [`rows`](Self::rows) and [`chunks`](Self::chunks) decode into a type.
///
/// Good records come out before the error behind them. After an error that
/// [is not fatal](Error::is_fatal), such as a bad record, reading goes on with the next record;
/// after a fatal one the reader is at its end. [`ReaderBuilder::on_error`] lets it pass over bad
/// records instead, and keep them.
///
/// # Example
/// ```
/// use datason_json::ReaderBuilder;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Event { amount: u32 }
///
/// let text = b"[{\"amount\": 1}, {\"amount\": 2}, {\"amount\": 39}]";
/// let mut total = 0;
/// for chunk in ReaderBuilder::new().from_slice(text).chunks::<Event>() {
///     total += chunk?.into_iter().map(|event| event.amount).sum::<u32>();
/// }
/// assert_eq!(total, 42);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    window: Window<R>,
    path: Option<PathBuf>,
    input: Input,
    options: ReaderBuilder,
    limits: Limits,
    codec: AnyCodec,
    /// Chosen when the first bytes are there to look at.
    framer: Option<Framer>,
    /// Records framed in the window; those before `next` have been handed out.
    spans: Vec<Range<usize>>,
    next: usize,
    /// Bytes at the front of the window that go when the framed records have been handed out.
    consumed: usize,
    /// The place of the window's first byte, and the number of the first framed record.
    start: Position,
    /// A place in the window up to which lines have been counted, as an offset and a position.
    mark: (usize, Position),
    /// How many lines end in what is consumed of the window, if the framer counted them.
    lines: Option<usize>,
    /// Whether each of these lines is one record.
    is_dense: bool,
    /// The first of the waiting records that is larger than a record may be.
    oversized: Option<usize>,
    /// What went wrong behind the framed records.
    error: Option<Error>,
    /// What went wrong behind the records of the chunk that was handed out last.
    deferred: Option<Error>,
    done: bool,
    /// Whether the end has been judged too.
    ended: bool,
    /// The number of the first record that the rejects have not heard of.
    reported: u64,
    chunks_read: u64,
    /// What the chunk that is being lent has had so far.
    lent: Lent,
}

#[derive(Clone, Copy, Debug)]
enum Input {
    PlainFile,
    Other,
}

impl<R: Read> Reader<R> {
    /// A reader of `input`, which decompresses as `compression` says.
    pub(crate) fn new(
        input: R,
        path: Option<PathBuf>,
        start: Position,
        codec: AnyCodec,
        mut options: ReaderBuilder,
        compression: Compression,
    ) -> Result<Self> {
        let limits = Limits::share_out(&mut options, compression)?;
        let window = Window::new(input).block_size(options.block_size);
        let window = limits.on_window(window.limit(options.window_limit()));
        Ok(Self {
            window,
            path,
            input: Input::Other,
            options,
            limits,
            codec,
            framer: None,
            spans: Vec::new(),
            next: 0,
            consumed: 0,
            start,
            mark: (0, start),
            lines: None,
            is_dense: false,
            oversized: None,
            error: None,
            deferred: None,
            done: false,
            ended: false,
            reported: start.record(),
            chunks_read: 0,
            lent: Lent::default(),
        })
    }

    /// The same, whose input is a plain file.
    pub(crate) fn of_plain_file(self) -> Self {
        Self { input: Input::PlainFile, ..self }
    }

    /// The next record's raw text, lent from the reader's buffer; `None` at the end.
    ///
    /// Frames only: whether the text is JSON is for the codec to say
    /// ([`Decode::deserialize`](crate::Decode::deserialize)). Allocates nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] and [`ErrorKind::Truncated`] from the source, [`ErrorKind::Syntax`] for
    /// what stands around and between records, [`ErrorKind::Limit`] for a record above the size
    /// limit, [`ErrorKind::Unsupported`] for UTF-16 and UTF-32, [`ErrorKind::Data`] for a
    /// pointer at which there is no array.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        let Some(index) = self.advance()? else { return Ok(None) };
        self.report_seen();
        Ok(Some(self.framed(index)))
    }

    /// The next record, decoded with the reader's codec; `None` at the end.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record), and those of the codec, after which the next call
    /// goes on with the next record.
    pub fn next_row<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        loop {
            let Some(index) = self.advance()? else { return Ok(None) };
            if let Some(row) = self.decode(index)? {
                return Ok(Some(row));
            }
        }
    }

    /// Checks the next record as strictly as if all of it were kept; `None` at the end.
    ///
    /// # Errors
    /// As [`next_row`](Self::next_row).
    pub fn next_validated(&mut self) -> Result<Option<Record<'_>>> {
        loop {
            let Some(index) = self.advance()? else { return Ok(None) };
            let bytes = &self.window.bytes()[self.spans[index].clone()];
            match self.codec.validate(bytes) {
                Ok(()) => return Ok(Some(self.framed(index))),
                Err(error) => self.reject(error.at(self.framed(index)), index)?,
            }
        }
    }

    /// Reads the next chunk of raw records into `chunk`, reusing its memory. Whether there was
    /// one: `false` at the end.
    ///
    /// How much it reads is the builder's [`chunk_size`](ReaderBuilder::chunk_size). Copies the
    /// text once.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record). If records come before the error, they are
    /// returned first.
    pub fn read_chunk(&mut self, chunk: &mut RawChunk) -> Result<bool> {
        let mut records = std::mem::take(chunk.data_mut());
        records.clear();
        self.limits.let_go_of_giant(&mut records);
        let outcome = self.fill_records(&mut records);
        let start = records.start();
        *chunk = RawChunk::new(records, self.chunks_read, start);
        let read = outcome?;
        self.report_seen();
        self.chunks_read += u64::from(read);
        Ok(read)
    }

    /// The rest of the input as rows of type `T`, decoded with the reader's codec.
    ///
    /// A bad record is an `Err` item, and the row behind it follows.
    pub fn rows<T: DeserializeOwned>(&mut self) -> Rows<&mut Self, R, T> {
        Rows::new(self)
    }

    /// As [`rows`](Self::rows), owning the reader.
    pub fn into_rows<T: DeserializeOwned>(self) -> Rows<Self, R, T> {
        Rows::new(self)
    }

    /// The rest of the input as chunks of rows of type `T`.
    ///
    /// The rows before a bad record come as a shorter chunk, then the error as an `Err` item,
    /// then the rows behind it.
    pub fn chunks<T: DeserializeOwned>(&mut self) -> Chunks<&mut Self, R, T> {
        Chunks::new(self)
    }

    /// As [`chunks`](Self::chunks), owning the reader.
    pub fn into_chunks<T: DeserializeOwned>(self) -> Chunks<Self, R, T> {
        Chunks::new(self)
    }

    /// The place of the next record, or of the end. If a bad record was come by on the way and is
    /// still to be told of, its place: whoever goes on from there comes by it again.
    pub fn position(&self) -> Position {
        let untold = self.deferred.as_ref().filter(|error| !error.is_fatal());
        if let Some(place) = untold.and_then(Error::position) {
            return place;
        }
        let (marked, place) = self.mark;
        let at = self.spans.get(self.next).map_or(self.consumed, |span| span.start);
        place.advanced(&self.window.bytes()[marked.min(at)..at]).with_record(self.taken())
    }

    /// The byte of the next record, or of the end: as [`position`](Self::position) says, which
    /// counts lines too.
    pub fn byte(&self) -> u64 {
        let at = self.spans.get(self.next).map_or(self.consumed, |span| span.start);
        self.start.byte() + at as u64
    }

    /// The format of the input; `None` until something has been read.
    pub fn format(&self) -> Option<Format> {
        self.framer.as_ref().map(Framer::format)
    }

    /// Heap bytes that the reader holds for the text it is reading. The codec's are not
    /// counted.
    pub fn allocated_bytes(&self) -> usize {
        self.window.allocated_bytes() + self.spans.capacity() * size_of::<Range<usize>>()
    }

    /// What becomes of bad records, and what has become of them. Hand it those that are found
    /// in [`next_record`](Self::next_record) and [`read_chunk`](Self::read_chunk).
    pub fn rejects(&self) -> &Rejects {
        &self.options.rejects
    }

    /// The source.
    pub fn get_ref(&self) -> &R {
        self.window.get_ref()
    }

    pub(crate) fn codec_mut(&mut self) -> &mut AnyCodec {
        &mut self.codec
    }

    /// Puts another policy for bad records in the place of [`rejects`](Self::rejects), and
    /// returns the one that stood there.
    ///
    /// For those who hand bad records on themselves, in an order of their own: a decoder on
    /// several threads leaves the reader with [`Rejects::FAIL`].
    pub fn replace_rejects(&mut self, policy: impl Into<Rejects>) -> Rejects {
        std::mem::replace(&mut self.options.rejects, policy.into())
    }

    /// The file that is read, if it is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether the input was opened by its path, is a regular file whose size is known, and is not
    /// compressed: reading it takes about as long as to copy it.
    ///
    /// # Example
    /// ```
    /// use datason_json::ReaderBuilder;
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// std::fs::write(file.path(), "1\n2\n")?;
    /// assert!(ReaderBuilder::new().open(file.path())?.is_plain_file());
    /// assert!(!ReaderBuilder::new().from_reader(std::io::empty())?.is_plain_file());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn is_plain_file(&self) -> bool {
        matches!(self.input, Input::PlainFile)
    }

    /// The same error, with the input's path.
    pub(crate) fn located(&self, error: Error) -> Error {
        match &self.path {
            Some(path) if error.path().is_none() => error.in_file(path),
            _ => error,
        }
    }

    /// A framed record that is not behind the mark's end.
    fn framed(&self, index: usize) -> Record<'_> {
        let (bytes, span) = (self.window.bytes(), self.spans[index].clone());
        let (marked, place) = self.mark;
        let number = self.start.record() + index as u64;
        Record::new(&bytes[span.clone()], &bytes[marked..span.start], place.with_record(number))
    }

    /// Takes the next record, if there is one.
    fn advance(&mut self) -> Result<Option<usize>> {
        Ok(if self.refill()? { Some(self.take()) } else { None })
    }

    /// Takes the next of the waiting records.
    fn take(&mut self) -> usize {
        self.move_mark(self.spans[self.next].start);
        self.next += 1;
        self.next - 1
    }

    /// Counts lines up to byte `at` of the window, if that is far enough from where they have
    /// been counted. Each byte is counted once, and no place is ever far from a known one.
    fn move_mark(&mut self, at: usize) {
        let (marked, place) = self.mark;
        if at - marked >= RUN_BYTES {
            self.mark = (at, place.advanced(&self.window.bytes()[marked..at]));
        }
    }

    /// Moves the mark to the next of the waiting records, and returns where that stands.
    fn mark_next(&mut self) -> usize {
        let (bytes, at, (marked, place)) =
            (self.window.bytes(), self.spans[self.next].start, self.mark);
        let place = if self.is_dense {
            self.start.advanced_by_lines(&bytes[..at], self.next)
        } else {
            place.advanced(&bytes[marked..at])
        };
        self.mark = (at, place);
        at
    }

    /// Frames more records if all that were framed have been handed out. Whether there are any.
    fn refill(&mut self) -> Result<bool> {
        if let Some(error) = self.deferred.take() {
            return Err(self.ended_by(error));
        }
        while self.has_waiting()? {
            if self.oversized != Some(self.next) {
                return Ok(true);
            }
            self.refuse_oversized()?;
        }
        Ok(false)
    }

    /// As [`refill`](Self::refill), oversized records included.
    fn has_waiting(&mut self) -> Result<bool> {
        while self.next == self.spans.len() {
            if let Some(error) = self.error.take() {
                self.reject_unseen(error)?;
                continue;
            }
            if self.done {
                return self.check_end().map(|()| false);
            }
            self.release();
            if let Err(error) = self.frame_more() {
                self.error = Some(error);
            }
        }
        Ok(true)
    }

    /// Lets go of the records that have been handed out.
    fn release(&mut self) {
        let consumed = self.forget_spans();
        self.window.consume(consumed);
    }

    /// Forgets the records that have been handed out: as many bytes of the window are to go.
    fn forget_spans(&mut self) -> usize {
        let (marked, place) = self.mark;
        let bytes = self.window.bytes();
        let number = self.start.record() + self.spans.len() as u64;
        let end = match self.lines.take() {
            Some(lines) => self.start.advanced_by_lines(&bytes[..self.consumed], lines),
            None => place.advanced(&bytes[marked..self.consumed]),
        };
        self.start = end.with_record(number);
        self.mark = (0, self.start);
        self.spans.clear();
        self.is_dense = false;
        self.next = 0;
        self.oversized = None;
        std::mem::take(&mut self.consumed)
    }

    /// Reads a block and frames it.
    fn frame_more(&mut self) -> Result<()> {
        let full = match self.window.fill() {
            Ok(fill) => fill == Fill::Full,
            Err(error) => return Err(error.at(self.start.advanced(self.window.bytes())).fatal()),
        };
        if full && self.framer.is_some() {
            return Err(self.give_up_record());
        }
        let complete = full || self.window.at_end();
        let begun = self.begin(complete).map_err(|error| {
            let place = error.position().unwrap_or(self.start);
            error.at(place).fatal()
        });
        if !begun? {
            return Ok(());
        }
        let at_end = self.window.at_end();
        let (before, bytes) = self.window.bytes().split_at(self.consumed);
        let is_whole = before.is_empty();
        let Some(framer) = &mut self.framer else { return Ok(()) };
        let found = framer.frame(bytes, at_end, &mut self.spans);
        if is_whole {
            (self.lines, self.is_dense) = (found.lines, found.is_dense);
        } else {
            shift(&mut self.spans, before.len());
        }
        self.consumed += found.consumed;
        self.done = at_end;
        self.error = found.fault.map(|fault| {
            let number = self.start.record() + self.spans.len() as u64;
            fault.into_error(bytes, self.start.advanced(before).with_record(number))
        });
        self.find_oversized();
        Ok(())
    }

    /// Chooses the framer by the first bytes. Whether there were enough of them: the choice must
    /// not depend on how the input happens to be cut into reads.
    fn begin(&mut self, complete: bool) -> Result<bool> {
        if self.framer.is_some() {
            return Ok(true);
        }
        let bytes = self.window.bytes();
        let mut blank = 0;
        if self.start.byte() == 0 {
            // Only here may a byte order mark stand.
            if bytes.len() < 4 && !complete {
                return Ok(false);
            }
            let encoding = Encoding::from_prefix(bytes);
            if !encoding.is_utf8() {
                let message = format!("the input is {}, not UTF-8", encoding.name());
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            blank = encoding.bom_len();
        }
        blank += bytes[blank..].iter().take_while(|byte| is_space(**byte)).count();
        let (first, text) = (bytes.get(blank).copied(), &bytes[blank..]);
        if first == Some(RECORD_SEPARATOR) {
            // Its own place: how many of the blanks before it are gone depends on the reads.
            let place = self.start.advanced(&bytes[..blank]);
            return Err(Error::new(ErrorKind::Unsupported, TEXT_SEQUENCE).at(place));
        }
        self.consumed = blank;
        if first.is_none() && !complete {
            return Ok(false);
        }
        let hint = self.path.as_deref().and_then(Format::from_path);
        let known = self.options.format.or(self.options.pointer.as_ref().map(|_| Format::Json));
        let Some(format) = known.or_else(|| Format::decide(text, complete, hint)) else {
            return Ok(false);
        };
        self.framer = Some(self.framer(format, first == Some(b'['))?);
        Ok(true)
    }

    fn framer(&self, format: Format, begins_array: bool) -> Result<Framer> {
        Ok(match (&self.options.pointer, format) {
            (Some(pointer), _) => Framer::pointer(pointer, self.options.max_depth)?,
            (None, Format::Jsonl) => Framer::lines(),
            (None, Format::Json) if begins_array => Framer::array(),
            (None, Format::Json) => Framer::document(),
            (None, Format::Concatenated) => Framer::concatenated(),
        })
    }

    /// The format, found out by reading the beginning if need be. No record is lost by it.
    ///
    /// # Errors
    /// Of the source, before the format is known.
    pub(crate) fn sniffed_format(&mut self) -> Result<Format> {
        while self.framer.is_none() && !self.done {
            self.release();
            self.frame_more()?;
        }
        Ok(self.format().unwrap_or(Format::Jsonl))
    }

    /// Looks for the next record above the size limit. Seldom looks at all: only where the
    /// limit is set below what the window holds.
    fn find_oversized(&mut self) {
        let most = self.options.max_record_size.as_u64();
        self.oversized = None;
        if self.window.bytes().len() as u64 > most {
            let waiting = self.spans.iter().enumerate().skip(self.next);
            self.oversized =
                waiting.filter(|(_, span)| span.len() as u64 > most).map(|(at, _)| at).next();
        }
    }

    /// Passes over a whole record that is larger than it may be.
    #[cold]
    fn refuse_oversized(&mut self) -> Result<()> {
        let index = self.take();
        let record = self.framed(index);
        let error = self.too_large(record.as_bytes());
        let error = error.at(record.position());
        self.find_oversized();
        // Its text is not kept, though it is here: whether it is depends on how the input is
        // cut into blocks.
        self.reject_unseen(error)
    }

    /// Passes over a record that is larger than it may be and has not even ended.
    #[cold]
    fn give_up_record(&mut self) -> Error {
        let error = self.too_large(self.window.bytes()).at(self.start);
        self.consumed = self.framer.as_mut().map_or(0, Framer::drop_record);
        // It counts as a record, though nobody will see it.
        self.start = self.start.with_record(self.start.record() + 1);
        self.mark = (0, self.start);
        error
    }

    /// The error for a record that begins with `text`.
    #[cold]
    fn too_large(&self, text: &[u8]) -> Error {
        too_large(self.options.max_record_size, self.limits.record_limited_by, text)
    }
}

/// What stands before each text of an RFC 7464 sequence. It begins no JSON.
const RECORD_SEPARATOR: u8 = 0x1e;

const TEXT_SEQUENCE: &str = "the input is a JSON text sequence (RFC 7464), which is not read; \
    without its record separators (`tr -d '\\036'`) it is";

/// Lines are counted again from no farther away than this.
const RUN_BYTES: usize = 16 << 10;

fn shift(spans: &mut [Range<usize>], by: usize) {
    for span in spans {
        *span = span.start + by..span.end + by;
    }
}

#[cfg(test)]
mod tests;
