//! Finding the places where a file can be cut.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use datason_core::{ChunkSize, Error, ErrorKind, Position, Record, Result};
use datason_io::{Compression, Frame, Source, checksum};

use super::{ChunkIndex, IndexedChunk, VERSION, ends, length};
use crate::beside::failed;
use crate::builder::ReaderBuilder;
use crate::format::Format;
use crate::frame::is_space;

/// Members or frames that have begun and have not been looked at.
type Frames = Rc<RefCell<VecDeque<Frame>>>;

/// A source that tells where its members or frames begin.
struct Watched {
    source: Source,
    frames: Frames,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.fill(buffer)?;
        if let Some(frame) = self.source.frame().filter(|_| read > 0) {
            let mut frames = self.frames.borrow_mut();
            if frames.back() != Some(&frame) {
                frames.push_back(frame);
            }
        }
        Ok(read)
    }
}

pub(super) fn run(path: &Path, builder: &ReaderBuilder) -> Result<ChunkIndex> {
    let source = builder.open_source(path)?;
    let compression = source.compression();
    if !path.is_file() {
        let message = "only a regular file can be indexed";
        return Err(Error::new(ErrorKind::Argument, message).in_file(path));
    }
    let file_bytes = length(path)?;
    let frames = Frames::default();
    let watched = Watched { source, frames: Rc::clone(&frames) };
    let mut reader = builder.reader_of(watched, path)?;
    let format = reader.sniffed_format()?;
    let size = builder.chunk_size.under(builder.checked_memory_limit()?);
    let mut cuts = Cuts::new(format, size);
    cuts.frames = (compression != Compression::None).then_some(frames);
    // The array at a pointer begins inside some frame.
    cuts.may_cut = compression == Compression::None || builder.pointer.is_none();
    while let Some(record) = reader.next_record()? {
        cuts.before(&record);
        cuts.behind(&record);
    }
    let mut chunks = cuts.finish(file_bytes, builder.pointer.is_some());
    if builder.pointer.is_some() && chunks.len() > 1 {
        let bracket = bracket_before(path, chunks[0].start.byte())?;
        chunks[0].start = bracket;
        chunks[0].bytes.start = bracket.byte();
    }
    for chunk in &mut chunks {
        chunk.checksum = checksum(path, chunk.bytes.clone())?;
    }
    Ok(ChunkIndex {
        version: VERSION,
        path: path.to_owned(),
        format,
        compression: compression.name().to_owned(),
        pointer: builder.pointer.clone(),
        file_bytes,
        ends: ends(path, file_bytes)?,
        records: chunks.iter().map(|chunk| chunk.records).sum(),
        chunks,
    })
}

/// Gathers records to chunks. A chunk ends behind a record, before what separates that from the
/// next: so each but the first begins with a comma, or a line end, and their lengths add up.
struct Cuts {
    format: Format,
    size: ChunkSize,
    frames: Option<Frames>,
    may_cut: bool,
    chunks: Vec<IndexedChunk>,
    /// Where the chunk that is being gathered begins: in the file, and in the text.
    raw_start: u64,
    start: Position,
    records: u64,
    /// The end of the last record, if the chunk is as large as it should be.
    full: Option<Position>,
    first_record: Option<Position>,
    last_end: u64,
}

impl Cuts {
    fn new(format: Format, size: ChunkSize) -> Self {
        Self {
            format,
            size,
            frames: None,
            may_cut: true,
            chunks: Vec::new(),
            raw_start: 0,
            start: Position::START,
            records: 0,
            full: None,
            first_record: None,
            last_end: 0,
        }
    }

    /// Cuts before `record` if the chunk is full and a cut is possible there.
    fn before(&mut self, record: &Record<'_>) {
        if self.first_record.is_none() {
            self.first_record = Some(record.position());
        }
        let Some(end) = self.full.take() else { return };
        if let Some((raw, start)) = self.place(end, record) {
            self.end_chunk(raw);
            self.raw_start = raw;
            self.start = start.with_record(record.number());
        }
    }

    fn behind(&mut self, record: &Record<'_>) {
        self.records += 1;
        let length = record.as_bytes().len();
        self.last_end = record.byte() + length as u64;
        let bytes = usize::try_from(self.last_end - self.start.byte()).unwrap_or(usize::MAX);
        let records = usize::try_from(self.records).unwrap_or(usize::MAX);
        let is_full = !self.size.has_room(records, bytes);
        if is_full && self.may_cut {
            self.full = Some(record.position_at(length));
        }
    }

    /// A place between the record that ended at `end` and `next` at which reading can begin: in
    /// the file, and in the text. In compressed data that is where a frame begins.
    fn place(&self, end: Position, next: &Record<'_>) -> Option<(u64, Position)> {
        let Some(frames) = &self.frames else { return Some((end.byte(), end)) };
        let mut frames = frames.borrow_mut();
        while frames.front().is_some_and(|frame| frame.text_start < end.byte()) {
            frames.pop_front();
        }
        let frame = frames.front()?;
        if frame.text_start == end.byte() {
            Some((frame.raw_start, end))
        } else if self.format != Format::Json && frame.text_start == next.byte() {
            Some((frame.raw_start, next.position()))
        } else {
            None
        }
    }

    fn end_chunk(&mut self, raw_end: u64) {
        let records = std::mem::take(&mut self.records);
        let bytes = self.raw_start..raw_end;
        self.chunks.push(IndexedChunk { bytes, start: self.start, records, checksum: 0 });
    }

    /// The chunks of a file, or of an array inside it.
    fn finish(mut self, file_bytes: u64, inside: bool) -> Vec<IndexedChunk> {
        if self.records > 0 {
            let cut = !self.chunks.is_empty();
            self.end_chunk(if inside && cut { self.last_end } else { file_bytes });
            if let Some(first) = self.first_record.filter(|_| inside && cut) {
                self.chunks[0].start = first;
            }
        }
        self.chunks
    }
}

/// The place of the bracket that opens an array, before its first element at byte `first`.
fn bracket_before(path: &Path, first: u64) -> Result<Position> {
    const BLOCK: usize = 256 << 10;
    let fail = |cause| failed("read", path, cause);
    let mut file = File::open(path).map_err(fail)?;
    let mut block = vec![0; BLOCK];
    let mut end = first;
    let bracket = loop {
        let start = end.saturating_sub(BLOCK as u64);
        let bytes = &mut block[..usize::try_from(end - start).unwrap_or(BLOCK)];
        file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(bytes)).map_err(fail)?;
        match bytes.iter().rposition(|byte| !is_space(*byte)) {
            Some(at) => break start + at as u64,
            None if start == 0 => break 0,
            None => end = start,
        }
    };
    file.seek(SeekFrom::Start(0)).map_err(fail)?;
    let mut place = Position::START;
    while place.byte() < bracket {
        let room = usize::try_from(bracket - place.byte()).unwrap_or(BLOCK).min(BLOCK);
        file.read_exact(&mut block[..room]).map_err(fail)?;
        place = place.advanced(&block[..room]);
    }
    Ok(place)
}
