//! The rows of a CSV file in batches, with the places of those that do not fit.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_csv::ReaderBuilder;
use arrow_csv::reader::{Decoder, Format};
use arrow_schema::{ArrowError, SchemaRef};
use datason_core::{Error, ErrorKind, Position, Result};
use datason_io::into_error;

use crate::error::of_arrow;

/// Bytes read at once.
const BLOCK: usize = 64 << 10;

/// How a file is read.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) schema: SchemaRef,
    pub(super) format: Format,
    pub(super) header: bool,
    pub(super) batch_rows: usize,
}

impl Layout {
    /// A decoder for batches of `rows`; `header` says whether the first line is still to come.
    fn decoder(&self, rows: usize, header: bool) -> Decoder {
        ReaderBuilder::new(Arc::clone(&self.schema))
            .with_format(self.format.clone().with_header(header))
            .with_batch_size(rows)
            .build_decoder()
    }
}

/// The batches of a CSV file: see [`CsvBuilder`](super::CsvBuilder).
///
/// Holds the text of one batch beside the batch. The rows before one that does not fit come out
/// first, then its error, with the place of the row in the (decompressed) file; then nothing.
///
/// # Example
/// ```
/// use datason_arrow::CsvBuilder;
/// use datason_core::{ChunkSize, Config};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("numbers.csv");
/// std::fs::write(&path, "n\n1\n2\nthree\n")?;
/// let table = CsvBuilder::new().inferred_rows(2).open(&path)?;
/// let mut chunks = table.chunks(ChunkSize::records(10)?, &Config::DEFAULT);
/// assert_eq!(chunks.next().unwrap()?.num_rows(), 2);
/// let error = chunks.next().unwrap().unwrap_err();
/// let place = error.position().unwrap();
/// assert_eq!((place.line(), place.byte(), place.record()), (4, 6, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CsvBatches<R> {
    input: R,
    path: Option<PathBuf>,
    layout: Layout,
    decoder: Decoder,
    /// Text from the first row of the batch on.
    held: Vec<u8>,
    /// How much of it the decoder has seen.
    seen: usize,
    /// Where the held text stands.
    start: Position,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Whether the held text begins with the header.
    Reading {
        header: bool,
    },
    /// The rows before the error have come out.
    Failing(Error),
    Over,
}

impl<R: Read> CsvBatches<R> {
    pub(super) fn new(input: R, path: Option<PathBuf>, layout: Layout) -> Self {
        let header = layout.header;
        let decoder = layout.decoder(layout.batch_rows, header);
        let (held, seen, start) = (Vec::new(), 0, Position::START);
        let state = State::Reading { header };
        Self { input, path, layout, decoder, held, seen, start, state }
    }

    /// The next batch. On an error of the text nothing is lost: it is held.
    fn read(&mut self) -> Result<Result<Option<RecordBatch>, ArrowError>> {
        loop {
            if self.seen == self.held.len() {
                self.fill()?;
            }
            match self.decoder.decode(&self.held[self.seen..]) {
                Ok(decoded) => {
                    self.seen += decoded;
                    if decoded == 0 || self.decoder.capacity() == 0 {
                        return Ok(self.decoder.flush());
                    }
                }
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Reads a block behind what is held, or nothing at the end.
    fn fill(&mut self) -> Result<()> {
        let held = self.held.len();
        self.held.resize(held + BLOCK, 0);
        let read = loop {
            match self.input.read(&mut self.held[held..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.held.truncate(held + read.as_ref().map_or(0, |read| *read));
        read.map(|_| ()).map_err(|error| into_error(error, "cannot read"))
    }

    /// Lets go of the text of a batch that has come out.
    fn release(&mut self, rows: usize) {
        let record = self.start.record() + rows as u64;
        self.start = self.start.advanced(&self.held[..self.seen]).with_record(record);
        self.held.drain(..self.seen);
        self.seen = 0;
    }

    /// The rows of the held text before the one that does not fit, and the place of that one:
    /// reads them again one by one.
    fn good_rows(&self, mut header: bool) -> (Vec<RecordBatch>, Position) {
        let mut decoder = self.layout.decoder(1, header);
        let (mut rows, mut seen, mut row) = (Vec::new(), 0, 0);
        while rows.len() < self.layout.batch_rows {
            row = seen;
            while let Ok(decoded @ 1..) = decoder.decode(&self.held[seen..]) {
                seen += decoded;
                if decoder.capacity() == 0 {
                    break;
                }
                if std::mem::take(&mut header) {
                    row = seen;
                }
            }
            match decoder.flush() {
                Ok(Some(good)) => rows.push(good),
                _ => break,
            }
        }
        // The second half of a line end, and empty lines, belong to no row.
        let blank = self.held[row..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
        let row = row + blank.count();
        let record = self.start.record() + rows.len() as u64;
        (rows, self.start.advanced(&self.held[..row]).with_record(record))
    }

    /// What comes out in the place of a batch that has a row which does not fit.
    fn fail(&mut self, cause: ArrowError, header: bool) -> Result<RecordBatch> {
        let (rows, place) = self.good_rows(header);
        let error = Error::new(ErrorKind::Data, "a row that does not fit the table's columns");
        let error = self.named(error.caused_by(cause).at(place));
        if rows.is_empty() {
            return Err(error);
        }
        self.state = State::Failing(error);
        let good = arrow_select::concat::concat_batches(&self.layout.schema, &rows);
        good.map_err(of_arrow)
    }

    fn named(&self, error: Error) -> Error {
        match &self.path {
            Some(path) if error.path().is_none() => error.in_file(path),
            _ => error,
        }
    }
}

impl<R: Read> Iterator for CsvBatches<R> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let header = match std::mem::replace(&mut self.state, State::Over) {
            State::Reading { header } => header,
            State::Failing(error) => return Some(Err(error)),
            State::Over => return None,
        };
        match self.read() {
            Ok(Ok(Some(batch))) => {
                self.release(batch.num_rows());
                self.state = State::Reading { header: false };
                Some(Ok(batch))
            }
            Ok(Ok(None)) => None,
            Ok(Err(cause)) => Some(self.fail(cause, header)),
            Err(error) => Some(Err(self.named(error))),
        }
    }
}

impl<R: Read> std::iter::FusedIterator for CsvBatches<R> {}
