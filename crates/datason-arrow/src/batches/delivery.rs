//! What the iterators over batches have in common: bad records, files, rows that are asked for.

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use datason_core::{Chunk, Error, ErrorKind, OnError, Position, Record, Rejects, Result};
use datason_json::Reader;

use crate::decoder::{Output, Refused, Replaced, numbered};

/// A bad record: what is wrong with it, and its text.
#[derive(Debug)]
pub struct BadRecord {
    error: Error,
    text: Box<[u8]>,
    start: Position,
}

impl BadRecord {
    /// What is wrong, and where.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Hands both to `take`.
    pub fn hand_over<T>(self, take: impl FnOnce(Error, Record<'_>) -> T) -> T {
        let Self { error, text, start } = self;
        take(error, Record::new(&text, b"", start))
    }

    /// The record, with its text and its place.
    pub fn record(&self) -> Record<'_> {
        Record::new(&self.text, b"", self.start)
    }

    /// The error, and the record without it.
    fn of(refused: Refused, path: Option<&Path>) -> Self {
        let Refused { error, text, start } = refused;
        Self { error: located(error, path), text, start }
    }
}

fn located(error: Error, path: Option<&Path>) -> Error {
    match path {
        Some(path) if error.path().is_none() => error.in_file(path),
        _ => error,
    }
}

/// Hands batches and errors on in their order, as the policy for bad records says, and no more
/// rows than are wanted.
#[derive(Debug)]
pub(super) struct Delivery {
    waiting: Output,
    rejects: Rejects,
    /// Bad records, if the caller wants to see them.
    bad: Option<VecDeque<BadRecord>>,
    path: Option<PathBuf>,
    batches: u64,
    /// Rows that are still to be left out.
    offset: u64,
    /// Rows that are still wanted.
    wanted: u64,
    /// Whether nothing comes any more but what is ready.
    ended: bool,
    /// Whether the share of bad records has been judged, or need not be.
    judged: bool,
}

impl Delivery {
    /// That of the batches of `reader`, whose policy it takes over.
    pub(super) fn of<R: Read>(reader: &mut Reader<R>) -> Self {
        Self {
            waiting: Output::default(),
            rejects: reader.replace_rejects(Rejects::FAIL),
            bad: None,
            path: reader.path().map(Path::to_owned),
            batches: 0,
            offset: 0,
            wanted: u64::MAX,
            ended: false,
            judged: false,
        }
    }

    /// Whether bad records are to be handed over and end no batch.
    pub(super) fn passes_over(&self) -> bool {
        self.rejects.on_error() != OnError::Fail
    }

    /// Rejects nothing itself: errors of the reader come through.
    pub(super) fn keep_bad_records(&mut self) {
        self.rejects = Rejects::FAIL;
        self.bad = Some(VecDeque::new());
    }

    pub(super) fn next_bad_record(&mut self) -> Option<BadRecord> {
        self.bad.as_mut()?.pop_front()
    }

    pub(super) fn set_path(&mut self, path: &Path) {
        self.path = Some(path.to_owned());
    }

    pub(super) fn set_offset(&mut self, rows: u64) {
        self.offset = rows;
    }

    pub(super) fn set_wanted(&mut self, rows: u64) {
        self.wanted = rows;
        if rows == 0 {
            self.stop();
        }
    }

    /// Wants nothing more.
    fn stop(&mut self) {
        (self.ended, self.judged) = (true, true);
        self.waiting.ready.clear();
        self.waiting.refused.clear();
    }

    pub(super) fn replaced(&self) -> &Replaced {
        &self.waiting.replaced
    }

    pub(super) fn rejects(&self) -> &Rejects {
        &self.rejects
    }

    /// Whether nothing more is to be decoded.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Where to decode to.
    pub(super) fn waiting(&mut self) -> &mut Output {
        &mut self.waiting
    }

    /// Takes what another thread has decoded.
    pub(super) fn take_in(&mut self, mut decoded: Output) {
        self.waiting.ready.append(&mut decoded.ready);
        self.waiting.refused.append(&mut decoded.refused);
        self.waiting.replaced.append(decoded.replaced);
    }

    /// The next of what is ready.
    pub(super) fn next(&mut self) -> Option<Result<Chunk<RecordBatch>>> {
        loop {
            match self.waiting.ready.pop_front()? {
                Ok(batch) => {
                    if let Some(batch) = self.cut(batch) {
                        return Some(Ok(numbered(batch, &mut self.batches)));
                    }
                }
                Err(error) => {
                    if let Err(error) = self.pass_over(error, None) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    /// Rejects what was refused in a chunk whose batches are ready. If that is too much, the
    /// error comes behind them.
    pub(super) fn reject(&mut self) {
        for refused in std::mem::take(&mut self.waiting.refused) {
            let bad = BadRecord::of(refused, self.path.as_deref());
            if let Some(kept) = &mut self.bad {
                kept.push_back(bad);
            } else if !self.ended
                && let Err(error) = self.pass_over(bad.error, Some((&bad.text, bad.start)))
            {
                self.waiting.ready.push_back(Err(error));
            }
        }
    }

    /// Hears that the input is at its end: the share of bad records is judged, once.
    pub(super) fn end(&mut self) -> Option<Result<Chunk<RecordBatch>>> {
        self.ended = true;
        if std::mem::replace(&mut self.judged, true) {
            return None;
        }
        let judged = self.rejects.check_end();
        judged.err().map(|error| Err(located(error, self.path.as_deref())))
    }

    /// Passes over a bad record if the policy says so, and ends if the error is fatal.
    #[cold]
    fn pass_over(&mut self, error: Error, record: Option<(&[u8], Position)>) -> Result<()> {
        let error = located(error, self.path.as_deref());
        let of_record = !matches!(error.kind(), ErrorKind::Io | ErrorKind::Argument);
        if of_record && !error.is_fatal() {
            self.rejects.saw(1);
        }
        let record = record.map(|(text, start)| Record::new(text, b"", start));
        let taken = self.rejects.take(error, record);
        if taken.as_ref().is_err_and(Error::is_fatal) {
            (self.ended, self.judged) = (true, true);
        }
        taken
    }

    /// The rows of `batch` that are wanted.
    fn cut(&mut self, batch: Chunk<RecordBatch>) -> Option<Chunk<RecordBatch>> {
        let rows = batch.data().num_rows() as u64;
        self.rejects.saw(rows);
        let skipped = self.offset.min(rows);
        let kept = self.wanted.min(rows - skipped);
        self.offset -= skipped;
        self.wanted -= kept;
        if self.wanted == 0 {
            self.stop();
        }
        if kept == rows {
            return Some(batch);
        }
        let narrow = |rows| usize::try_from(rows).expect("no more than the batch has");
        let start = batch.start();
        let slice = batch.into_data().slice(narrow(skipped), narrow(kept));
        (kept > 0).then(|| Chunk::new(slice, 0, start))
    }
}
