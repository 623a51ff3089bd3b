//! Records into an output, each whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use datason_core::{ByteSize, Config, Error, ErrorKind, Result};
use datason_io::{Receipt, Sink, into_error};
use serde::Serialize;

use crate::append::Tail;
use crate::chunked::TextBudget;
use crate::compact::{append_line, is_one_line};
use crate::format::Format;
use crate::layout::Layout;
use crate::measure::{Length, measure};
use crate::ser::{Encoder, Refused, TextStyle};

mod builder;
mod limit;

pub use self::builder::WriterBuilder;
use self::limit::{SLACK, TextLimit, is_full};

/// Writes records as JSON Lines or as one JSON document.
///
/// A record is serialized whole before any of it goes out: one that fails leaves no trace, and
/// the next can be written. What has been written is complete only when
/// [`finish`](Self::finish) has returned; where the output is no [`Sink`], it is
/// [`into_inner`](Self::into_inner) that completes it and gives it back.
#[derive(Debug)]
#[must_use = "an output is complete only when it is finished"]
pub struct Writer<W: Write> {
    output: W,
    layout: Layout,
    /// Kept from record to record, and with it the memory in which keys are sorted.
    encoder: Encoder,
    buffer: Vec<u8>,
    buffer_size: usize,
    limit: Option<TextLimit>,
    records: u64,
    bytes: u64,
    failed: bool,
    tail: Option<Tail>,
    frames: Option<Frames<W>>,
}

/// Cuts an output into frames.
#[derive(Clone, Copy, Debug)]
struct Frames<W> {
    size: u64,
    /// The bytes of text before the current frame.
    start: u64,
    cut: fn(&mut W) -> Result<()>,
}

impl<W: Write> Writer<W> {
    /// Writes `row` as one record.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if `row` cannot be serialized and [`ErrorKind::Limit`] if it exceeds
    /// a limit of the configuration or the [memory limit](WriterBuilder::memory_limit): the output
    /// is as if `write` had not been called. [`ErrorKind::Io`] if the output fails; every later
    /// call fails then.
    pub fn write<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<()> {
        let most = self.room();
        let outcome = self.append(|encoder, buffer| encoder.append_within(row, most, buffer))?;
        if !is_full(&outcome) {
            return Ok(outcome?);
        }
        let length = self.make_room_for(row)?;
        let outcome = self.append(|encoder, buffer| encoder.append_within(row, length, buffer))?;
        match &self.limit {
            Some(limit) if is_full(&outcome) => Err(limit.exceeded(self.records, length + 1)),
            _ => Ok(outcome?),
        }
    }

    /// How long a text may be that is put behind what is in the buffer.
    fn room(&self) -> usize {
        match &self.limit {
            None => usize::MAX,
            Some(_) => (self.buffer.capacity() - self.buffer.len()).saturating_sub(SLACK),
        }
    }

    /// Makes the buffer large enough for the text of `row`, and says how long that is.
    #[cold]
    fn make_room_for<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<usize> {
        let Some(limit) = &self.limit else { return Ok(usize::MAX) };
        let (config, style) = (self.encoder.config(), self.encoder.style());
        let length = match measure(row, config, style, 0, limit.text) {
            Length::Exactly(length) => length,
            Length::MoreThan(length) => return Err(limit.exceeded(self.records, length)),
            // Why it cannot be written, the encoder says.
            Length::Unknown => limit.text,
        };
        self.drain()?;
        if self.room() < length {
            // Let go of the old one first: growing would hold both.
            self.buffer = Vec::new();
            self.buffer.try_reserve_exact(length + SLACK).map_err(|cause| {
                let size = ByteSize(length as u64);
                let message = format!("no memory for a record of {size}");
                Error::new(ErrorKind::Limit, message).caused_by(cause)
            })?;
        }
        Ok(length)
    }

    /// Writes a record that is JSON text already, byte for byte. White space around it goes; if
    /// it holds line breaks, so does all white space outside its strings.
    ///
    /// Not checked: text that is not JSON makes an output that is not JSON.
    ///
    /// Takes no memory for a record that is larger than the buffer, unless line breaks are to go:
    /// then as much as the record, which must not be more than a
    /// [memory limit](WriterBuilder::memory_limit) leaves.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails; [`ErrorKind::Limit`] for a record above the memory
    /// limit, as if it had not been written.
    pub fn write_text(&mut self, record: &[u8]) -> Result<()> {
        if record.len() >= self.buffer_size.max(1) && is_one_line(record) {
            return self.pass_through(record);
        }
        if let Some(limit) = &self.limit
            && self.room() < record.len()
        {
            if record.len() > limit.text {
                return Err(limit.exceeded(self.records, record.len()));
            }
            self.drain()?;
            if self.room() < record.len() {
                self.buffer = Vec::new();
                self.buffer.reserve_exact(record.len() + SLACK);
            }
        }
        Ok(self.append(|_, buffer| {
            append_line(record, buffer);
            Ok(())
        })??)
    }

    /// Gives half of what a limit leaves for text to somebody who makes texts for
    /// [`write_encoded`](Self::write_encoded), until the next record is written in another way.
    pub(crate) fn lend_text(&mut self) -> Result<Option<TextBudget>> {
        let Some(limit) = &self.limit else { return Ok(None) };
        let budget = TextBudget { limit: limit.limit, text: limit.text / 2 };
        if self.buffer.capacity() > budget.text {
            self.drain()?;
            self.buffer = Vec::with_capacity(self.buffer_size);
        }
        Ok(Some(budget))
    }

    /// Writes what is text already and has no line breaks that are to go.
    pub(crate) fn write_encoded(&mut self, record: &[u8]) -> Result<()> {
        if self.room() < record.len() {
            return self.pass_through(record);
        }
        Ok(self.append(|_, buffer| {
            buffer.extend_from_slice(record);
            Ok(())
        })??)
    }

    /// Hands a large record to the output without a copy.
    fn pass_through(&mut self, record: &[u8]) -> Result<()> {
        self.check_output()?;
        self.buffer.extend_from_slice(self.before_next().as_bytes());
        self.drain()?;
        self.bytes += record.len() as u64;
        let written = self.output.write_all(record);
        self.note(written)?;
        self.buffer.extend_from_slice(self.layout.behind_each().as_bytes());
        self.records += 1;
        if self.buffer_size == 0 {
            self.drain()?;
        }
        self.cut_frame()
    }

    fn before_next(&self) -> &'static str {
        match self.records {
            0 => self.layout.before_first(),
            _ => self.layout.between(),
        }
    }

    /// Writes records that are JSON Lines already, each of which ends at one of `ends`, its line
    /// end included.
    ///
    /// Not checked: text that is not JSON makes an output that is not JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails.
    ///
    /// # Panics
    /// If `ends` are not in order, or beyond the text.
    ///
    /// # Example
    /// ```
    /// use datason_json::{Layout, WriterBuilder};
    ///
    /// let mut writer = WriterBuilder::new().layout(Layout::Array).to_writer(Vec::new())?;
    /// writer.write_lines(b"[1]\n[2,3]\n", &[4, 10])?;
    /// assert_eq!(writer.into_inner()?, b"[\n[1],\n[2,3]\n]\n");
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn write_lines(&mut self, lines: &[u8], ends: &[usize]) -> Result<()> {
        if self.layout == Layout::Lines && self.frames.is_none() && self.limit.is_none() {
            self.check_output()?;
            self.records += ends.len() as u64;
            return self.pass_on(&lines[..ends.last().copied().unwrap_or(0)]);
        }
        let mut start = 0;
        ends.iter().try_for_each(|end| {
            let line = &lines[start..*end];
            start = *end;
            self.write_encoded(line.strip_suffix(b"\n").unwrap_or(line))
        })
    }

    /// Writes each of `rows`.
    ///
    /// # Errors
    /// As [`write`](Self::write), at the first row that fails; those before it are written.
    pub fn write_rows<T: Serialize>(&mut self, rows: impl IntoIterator<Item = T>) -> Result<()> {
        rows.into_iter().try_for_each(|row| self.write(&row))
    }

    /// How values become text.
    pub const fn config(&self) -> &Config {
        self.encoder.config()
    }

    /// The limit on memory, if there is one.
    pub fn memory_limit(&self) -> Option<ByteSize> {
        self.limit.as_ref().map(|limit| limit.limit)
    }

    /// How a record's text looks.
    pub const fn style(&self) -> TextStyle {
        self.encoder.style()
    }

    /// The records written so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Bytes of text written so far, before any compression.
    pub fn bytes(&self) -> u64 {
        self.bytes + self.buffer.len() as u64
    }

    /// What stood at the end of a file that is [added to](WriterBuilder::append).
    pub fn tail(&self) -> Option<Tail> {
        self.tail
    }

    /// The output. What is still in the buffer has not reached it.
    pub fn get_ref(&self) -> &W {
        &self.output
    }

    /// Hands what is in the buffer to the output, and has the output do the same.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails.
    pub fn flush(&mut self) -> Result<()> {
        self.drain()?;
        let flushed = self.output.flush();
        self.note(flushed)
    }

    /// Completes the text and returns the output. A [`Sink`] is not published by that:
    /// [`finish`](Self::finish) does both.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails, now or before.
    pub fn into_inner(mut self) -> Result<W> {
        let end = self.layout.behind_last(self.records);
        self.buffer.extend_from_slice(end.as_bytes());
        self.flush()?;
        Ok(self.output)
    }

    /// Puts a record into the buffer, and that out if it is full. The inner error is the record's,
    /// which leaves no trace.
    fn append(
        &mut self,
        record: impl FnOnce(&mut Encoder, &mut Vec<u8>) -> Result<(), Refused>,
    ) -> Result<Result<(), Refused>> {
        self.check_output()?;
        let start = self.buffer.len();
        self.buffer.extend_from_slice(self.before_next().as_bytes());
        if let Err(refused) = record(&mut self.encoder, &mut self.buffer) {
            self.buffer.truncate(start);
            return Ok(Err(refused));
        }
        self.buffer.extend_from_slice(self.layout.behind_each().as_bytes());
        self.records += 1;
        self.drain_if_full()?;
        self.cut_frame().map(Ok)
    }

    /// Hands `text` to the output behind what is in the buffer, by way of that if it is short.
    fn pass_on(&mut self, text: &[u8]) -> Result<()> {
        if text.len() < self.buffer_size {
            self.buffer.extend_from_slice(text);
            return self.drain_if_full();
        }
        if !self.buffer.is_empty() {
            self.drain()?;
        }
        self.bytes += text.len() as u64;
        let written = self.output.write_all(text);
        self.note(written)
    }

    fn drain_if_full(&mut self) -> Result<()> {
        if self.buffer.len() >= self.buffer_size { self.drain() } else { Ok(()) }
    }

    /// Ends the frame behind a record if it is large enough.
    fn cut_frame(&mut self) -> Result<()> {
        let bytes = self.bytes();
        let Some(frames) = &mut self.frames else { return Ok(()) };
        if bytes - frames.start < frames.size.max(1) {
            return Ok(());
        }
        frames.start = bytes;
        let cut = frames.cut;
        self.drain()?;
        cut(&mut self.output).inspect_err(|_| self.failed = true)
    }

    fn check_output(&self) -> Result<()> {
        if self.failed {
            return Err(Error::new(ErrorKind::Io, "the output failed before").fatal());
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<()> {
        self.check_output()?;
        let written = self.output.write_all(&self.buffer);
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        if self.limit.is_some() && self.buffer.capacity() > self.buffer_size + SLACK {
            // The memory of a giant is not kept, nor held beside the new one.
            self.buffer = Vec::new();
            self.buffer.reserve_exact(self.buffer_size + SLACK);
        }
        self.note(written)
    }

    /// Remembers if the output has failed.
    fn note(&mut self, written: io::Result<()>) -> Result<()> {
        written.map_err(|error| {
            self.failed = true;
            into_error(error, "cannot write")
        })
    }
}

impl Writer<Sink> {
    /// Takes `records` with `bytes` of text for written already.
    pub(crate) fn behind(self, records: u64, bytes: u64) -> Self {
        let frames = self.frames.map(|frames| Frames { start: bytes, ..frames });
        Self { records, bytes, frames, ..self }
    }

    /// Completes the text and publishes it: the file appears, whole and durable. Says what has
    /// been written, and whether it would survive a power cut.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails. Nothing is published then.
    ///
    /// # Example
    /// ```
    /// use datason_json::WriterBuilder;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("numbers.jsonl");
    /// let mut writer = WriterBuilder::new().create(&path)?;
    /// writer.write_rows([1, 2])?;
    /// assert!(!path.exists());
    /// let written = writer.finish()?;
    /// assert_eq!((written.records, written.length, written.durable), (2, 4, true));
    /// assert_eq!(std::fs::read(&path)?, b"1\n2\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(self) -> Result<Written> {
        let records = self.records;
        let sink = self.into_inner()?;
        let path = sink.path().map(Path::to_owned);
        Ok(Written::new(records, path, sink.finish()?))
    }

    /// Gives up, as [`Sink::abort`] does. Dropping does the same and cannot tell of errors.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if what was written cannot be removed.
    pub fn abort(self) -> Result<()> {
        self.output.abort()
    }

    /// Brings every record written so far to disk, and says what is there: whole records, and
    /// whole compressed data up to here. See [`Sink::flush_durable`] for what that means for a
    /// file that is not published yet.
    ///
    /// Waits for the disk, so call it every so many records and not for each.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails; every later call fails then.
    pub fn flush_durable(&mut self) -> Result<Written> {
        self.drain()?;
        let receipt = self.output.flush_durable().inspect_err(|_| self.failed = true)?;
        let bytes = self.bytes();
        if let Some(frames) = &mut self.frames {
            frames.start = bytes;
        }
        Ok(Written::new(self.records, self.output.path().map(Path::to_owned), receipt))
    }
}

/// What has been written, as [`Writer::finish`] and [`Writer::flush_durable`] tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Records.
    pub records: u64,
    /// Bytes of text, with what stands between the records.
    pub bytes: u64,
    /// Bytes that went to the output, after compression.
    pub stored_bytes: u64,
    /// The length of the file with it, and with what one that was added to held before.
    pub length: u64,
    /// Whether all of it would survive a power cut. `false` for what was handed over to a pipe,
    /// a device or a writer.
    pub durable: bool,
    /// The file as it was named, if the output is one.
    pub path: Option<PathBuf>,
}

impl Written {
    fn new(records: u64, path: Option<PathBuf>, receipt: Receipt) -> Self {
        let Receipt { bytes, stored_bytes, length, durable, .. } = receipt;
        Self { records, bytes, stored_bytes, length, durable, path }
    }
}

/// The layout that a format has unless another is asked for.
impl From<Format> for Layout {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Array,
            Format::Jsonl | Format::Concatenated => Self::Lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(layout: Layout, rows: &[u8]) -> String {
        let mut writer = WriterBuilder::new().layout(layout).to_writer(Vec::new()).unwrap();
        writer.write_rows(rows).unwrap();
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn every_layout_is_complete_also_when_empty() {
        assert_eq!(written(Layout::Lines, &[]), "");
        assert_eq!(written(Layout::Lines, &[1, 2]), "1\n2\n");
        assert_eq!(written(Layout::Array, &[]), "[]\n");
        assert_eq!(written(Layout::Array, &[1, 2]), "[\n1,\n2\n]\n");
        let empty = "{\"data\": [], \"metadata\": {\"items_written\": 0}}";
        assert_eq!(written(Layout::Data, &[]), empty);
        let two = "{\"data\": [1, 2], \"metadata\": {\"items_written\": 2}}";
        assert_eq!(written(Layout::Data, &[1, 2]), two);
    }

    #[test]
    fn a_record_of_several_lines_is_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        let lines = WriterBuilder::new().style(TextStyle::PRETTY);
        let refusals = [
            lines.to_writer(Vec::new()).map(drop).unwrap_err(),
            lines.stdout().map(drop).unwrap_err(),
            lines.create(&path).map(drop).unwrap_err(),
        ];
        assert!(refusals.iter().all(|error| error.kind() == ErrorKind::Argument));
        assert_eq!(refusals[2].path(), Some(path.as_path()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut array = lines.layout(Layout::Array).to_writer(Vec::new()).unwrap();
        array.write(&[1]).unwrap();
        assert_eq!(array.into_inner().unwrap(), b"[\n[\n  1\n]\n]\n");
    }

    #[test]
    fn sorting_begins_anew_with_each_record_also_behind_one_that_failed() {
        let config = Config::DEFAULT.sort_keys(true).max_size(2);
        let mut writer = WriterBuilder::new().config(config).to_writer(Vec::new()).unwrap();
        let row = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        writer.write(&row(r#"{"b": {"d": 1, "c": 2}, "a": 3}"#)).unwrap();
        writer.write(&row(r#"{"z": {"y": 1}, "x": [1, 2, 3]}"#)).unwrap_err();
        writer.write(&std::collections::HashMap::from([("f", 1), ("e", 2)])).unwrap();
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert_eq!(text, "{\"a\": 3, \"b\": {\"c\": 2, \"d\": 1}}\n{\"e\": 2, \"f\": 1}\n");
    }

    #[test]
    fn a_record_that_fails_leaves_no_trace() {
        let mut writer = WriterBuilder::new()
            .layout(Layout::Array)
            .config(Config::DEFAULT.max_size(2))
            .to_writer(Vec::new())
            .unwrap();
        writer.write(&[1]).unwrap();
        let error = writer.write(&(2, [1, 2, 3])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        writer.write(&[3]).unwrap();
        assert_eq!(writer.records(), 2);
        assert_eq!(writer.into_inner().unwrap(), b"[\n[1],\n[3]\n]\n");
    }

    /// Takes a number of bytes, then fails.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0 == 0 {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_failed_stays_failed() {
        let builder = WriterBuilder::new().buffer_size(ByteSize(0));
        let mut writer = builder.to_writer(Full(1)).unwrap();
        assert_eq!(
            writer.write(&1).and_then(|()| writer.write(&2)).unwrap_err().kind(),
            ErrorKind::Io
        );
        assert_eq!(writer.write(&3).unwrap_err().kind(), ErrorKind::Io);
        writer.output = Full(100);
        assert_eq!(writer.flush().unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(writer.into_inner().err().map(|error| error.kind()), Some(ErrorKind::Io));
    }

    #[test]
    fn a_line_that_is_flushed_has_its_end() {
        let mut writer = WriterBuilder::new().to_writer(Vec::new()).unwrap();
        writer.write(&1).unwrap();
        writer.flush().unwrap();
        assert_eq!(writer.get_ref(), b"1\n");
    }
}
