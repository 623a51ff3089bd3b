//! Tables cut into chunks.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use datason_core::{ChunkSize, Error, Result};

use super::check_schema;
use super::chunk::TableChunk;
use crate::encode::{Plan, refuse_duplicates};
use crate::slice::Room;

/// The chunks of a [`Table`](super::Table) or [`TableStream`](super::TableStream). After an error it
/// ends.
#[derive(Debug)]
pub struct TableChunks<I> {
    batches: I,
    size: ChunkSize,
    state: State,
    /// What is left of batches that chunks have ended in, the next last.
    rest: Vec<RecordBatch>,
    /// What is behind them.
    behind: Behind,
    rows: u64,
}

/// What comes behind rows that were put back.
#[derive(Debug)]
enum Behind {
    /// More batches.
    Batches,
    Error(Error),
    Nothing,
}

#[derive(Debug)]
enum State {
    Running(Arc<Plan>),
    /// The rows before the error have come out.
    Failing(Error),
    Over,
}

impl<I: Iterator<Item = Result<RecordBatch>>> TableChunks<I> {
    pub(super) fn new(batches: I, plan: Result<Plan>, size: ChunkSize) -> Self {
        let state = match plan {
            Ok(plan) => State::Running(Arc::new(plan)),
            Err(error) => State::Failing(error),
        };
        Self { batches, size, state, rest: Vec::new(), behind: Behind::Batches, rows: 0 }
    }

    /// Makes the chunks that come have `size` rows, and those of `back` come again.
    pub(super) fn recut(&mut self, back: Option<TableChunk>, size: NonZeroUsize) {
        self.size = ChunkSize::Records(size);
        let Some(back) = back else { return };
        self.rows = back.first_row();
        let plan = back.give_back(&mut self.rest);
        match std::mem::replace(&mut self.state, State::Running(plan)) {
            State::Running(_) => {}
            State::Failing(error) => self.behind = Behind::Error(error),
            State::Over => self.behind = Behind::Nothing,
        }
    }

    /// The next chunk's rows; what fails is kept in `state`.
    fn gather(&mut self, plan: &Arc<Plan>) -> Vec<RecordBatch> {
        let mut parts = Vec::new();
        let mut room = Room::new(self.size);
        while !room.is_full() {
            let batch = match self.next_batch(plan.schema()) {
                Ok(Some(batch)) => batch,
                Ok(None) => {
                    self.state = State::Over;
                    break;
                }
                Err(error) => {
                    self.state = State::Failing(error);
                    break;
                }
            };
            let rows = room.take(&batch, parts.is_empty());
            if rows > 0 {
                parts.push(batch.slice(0, rows));
            }
            if rows < batch.num_rows() {
                self.rest.push(batch.slice(rows, batch.num_rows() - rows));
            }
        }
        parts
    }

    /// What is left of the last batch, or the next that has rows.
    fn next_batch(&mut self, schema: &Schema) -> Result<Option<RecordBatch>> {
        if let Some(rest) = self.rest.pop() {
            return Ok(Some(rest));
        }
        match &self.behind {
            Behind::Batches => {}
            Behind::Nothing => return Ok(None),
            Behind::Error(_) => return self.fail_behind(),
        }
        loop {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            check_schema(schema, &batch)?;
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
    }

    #[cold]
    fn fail_behind(&mut self) -> Result<Option<RecordBatch>> {
        match std::mem::replace(&mut self.behind, Behind::Nothing) {
            Behind::Error(error) => Err(error),
            _ => Ok(None),
        }
    }

    fn chunk(&mut self, plan: Arc<Plan>, parts: Vec<RecordBatch>) -> Result<TableChunk> {
        let (first_row, rows) = (self.rows, parts.iter().map(RecordBatch::num_rows).sum());
        self.rows += rows as u64;
        if let Some(index) = plan.label_key()
            && let Err(error) = refuse_duplicates(&parts, index, first_row)
        {
            self.state = State::Over;
            return Err(error);
        }
        Ok(TableChunk::new(plan, parts, rows, first_row))
    }
}

impl<I: Iterator<Item = Result<RecordBatch>>> Iterator for TableChunks<I> {
    type Item = Result<TableChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if let State::Running(plan) = &self.state {
            let plan = Arc::clone(plan);
            let parts = self.gather(&plan);
            if !parts.is_empty() {
                return Some(self.chunk(plan, parts));
            }
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Failing(error) => Some(Err(error)),
            _ => None,
        }
    }
}

impl<I: Iterator<Item = Result<RecordBatch>>> std::iter::FusedIterator for TableChunks<I> {}
