//! Whole records to batches: the one decoder below every interface.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use datason_core::{Chunk, Error, ErrorKind, Record, Records, Result};
use datason_json::SerdeJson;
use datason_json::codec::Codec;
use datason_scan::{Kernel, StringIndex};

use super::{ColumnOptions, RecordShape, Replaced};
use crate::column::cursor::{Cursor, Fault, Outcome, Refusal, Why};
use crate::column::{Column, Slot, Structure};
use crate::error::of_arrow;
use crate::pointer::pointer_at;

/// What came of some records.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) ready: VecDeque<Result<Chunk<RecordBatch>>>,
    pub(crate) replaced: Replaced,
}

/// Decodes records into columns.
pub(crate) struct Engine {
    schema: SchemaRef,
    root: Root,
    kernel: Kernel,
    index: StringIndex,
    /// Judges the records that the columns refuse.
    codec: SerdeJson,
    max_depth: usize,
    replaced: Vec<Refusal>,
}

enum Root {
    Object(Box<Structure>),
    Value(Slot),
}

impl Engine {
    pub(crate) fn new(options: &ColumnOptions) -> Result<Self> {
        let (root, schema) = Root::new(options)?;
        Ok(Self {
            schema,
            root,
            kernel: options.kernel,
            index: StringIndex::new(),
            codec: SerdeJson::with_max_depth(options.max_depth)?,
            max_depth: options.max_depth,
            replaced: Vec::new(),
        })
    }

    /// The schema of the batches.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Decodes `records`: a batch of them all, or one of those before each bad record and then
    /// its error.
    pub(crate) fn decode(&mut self, records: &Records, output: &mut Output) {
        let block = records.as_bytes();
        self.index.fill(self.kernel, block);
        let is_utf8 = simdutf8::basic::from_utf8(block).is_ok();
        let (mut first, mut rows) = (None, 0);
        for record in records {
            match self.decode_row(block, record, is_utf8, rows, output) {
                Ok(()) => {
                    first.get_or_insert(record);
                    rows += 1;
                }
                Err(error) => {
                    self.finish(first.take(), std::mem::take(&mut rows), output);
                    output.ready.push_back(Err(error));
                }
            }
        }
        self.finish(first, rows, output);
    }

    /// Appends `record` to the columns, which hold `rows`, or leaves them as they were.
    #[inline]
    fn decode_row(
        &mut self,
        block: &[u8],
        record: Record<'_>,
        is_utf8: bool,
        rows: usize,
        output: &mut Output,
    ) -> Result<()> {
        let text = record.as_bytes();
        // Records lend their bytes from the block: their place in it is the distance.
        let start = text.as_ptr().addr() - block.as_ptr().addr();
        let outcome = if is_utf8 || simdutf8::basic::from_utf8(text).is_ok() {
            let (end, levels) = (start + text.len(), self.max_depth);
            let mut cursor =
                Cursor::new(block, start, end, &self.index, levels, &mut self.replaced);
            self.root.read(&mut cursor)
        } else {
            Err(Refusal::new(Why::Syntax, start, "not UTF-8"))
        };
        if let Err(refusal) = outcome {
            self.root.truncate(rows);
            self.replaced.clear();
            return Err(self.explain(record, start, refusal.into_fault()));
        }
        if !self.replaced.is_empty() {
            self.report(record, start, output);
        }
        Ok(())
    }

    /// Ends a batch.
    fn finish(&mut self, first: Option<Record<'_>>, rows: usize, output: &mut Output) {
        let Some(first) = first else { return };
        let columns = match &mut self.root {
            Root::Object(structure) => structure.finish_members(),
            Root::Value(slot) => slot.column.finish().map(|column| vec![column]),
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = self.schema.clone();
        let batch = columns
            .and_then(|columns| RecordBatch::try_new_with_options(schema, columns, &options));
        let position = first.position();
        output.ready.push_back(match batch {
            Ok(batch) => Ok(Chunk::new(batch, 0, position)),
            Err(error) => Err(of_arrow(error).at(position)),
        });
    }

    /// The error for a record that was refused. The exact codec decides whether it is JSON at
    /// all, and words it.
    #[cold]
    fn explain(&mut self, record: Record<'_>, start: usize, fault: Fault) -> Error {
        match self.codec.validate(record.as_bytes()) {
            Err(error) => error.at(record),
            Ok(()) => in_place(record, start, fault),
        }
    }

    #[cold]
    fn report(&mut self, record: Record<'_>, start: usize, output: &mut Output) {
        for refusal in self.replaced.drain(..) {
            output.replaced.push(|| in_place(record, start, refusal.into_fault()));
        }
    }
}

/// The error for a record that is JSON and does not fit.
#[cold]
fn in_place(record: Record<'_>, start: usize, fault: Fault) -> Error {
    let Fault { at, why, message } = fault;
    let (text, offset) = (record.as_bytes(), at - start);
    let kind = if why == Why::Full { ErrorKind::Limit } else { ErrorKind::Data };
    Error::new(kind, message)
        .at(record.position_at(offset))
        .with_pointer(pointer_at(text, offset))
        .with_snippet(text, offset)
}

impl Root {
    fn new(options: &ColumnOptions) -> Result<(Self, SchemaRef)> {
        let ColumnOptions { schema, selected, rules, shape, .. } = options;
        if let Some(name) = unknown(schema, selected.as_deref()) {
            let message = format!("the schema has no field `{name}` to select");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        match shape {
            RecordShape::Object => {
                let root = Structure::new(schema.fields(), selected.as_deref(), rules)?;
                let metadata = schema.metadata().clone();
                let kept = Schema::new_with_metadata(root.fields().clone(), metadata);
                Ok((Self::Object(Box::new(root)), Arc::new(kept)))
            }
            RecordShape::Value => match schema.fields().as_ref() {
                [field] => Ok((Self::Value(Slot::new(field, rules)?), schema.clone())),
                fields => {
                    let message =
                        format!("records that are values are one column, not {}", fields.len());
                    Err(Error::new(ErrorKind::Argument, message))
                }
            },
        }
    }

    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        cursor.space();
        match self {
            Self::Object(structure) => structure.value(cursor)?,
            Self::Value(slot) => slot.read(cursor)?,
        }
        cursor.finish()
    }

    #[cold]
    fn truncate(&mut self, rows: usize) {
        match self {
            Self::Object(structure) => structure.truncate(rows),
            Self::Value(slot) => slot.column.truncate(rows),
        }
    }
}

/// The first selected name that the schema does not have.
fn unknown<'a>(schema: &Schema, selected: Option<&'a [String]>) -> Option<&'a String> {
    selected?.iter().find(|name| schema.field_with_name(name).is_err())
}
