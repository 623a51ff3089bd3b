//! Whole records to batches: the one decoder below every interface.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_schema::{Fields, Schema, SchemaRef};
use datason_core::{Chunk, Error, ErrorKind, Position, Record, RecordSlice, Result};
use datason_json::SerdeJson;
use datason_json::codec::Codec;
use datason_scan::{Kernel, Text, ValueIndex};

use super::cost::ColumnLimit;
use super::flat::FlatRows;
use super::{ColumnOptions, OnExtra, RecordShape, Replaced};
use crate::column::cursor::{Cursor, Fault, Notes, Outcome, Refusal, Why};
use crate::column::extras::Extras;
use crate::column::located::Pass;
use crate::column::{Column, Slot, Structure, json_field};
use crate::error::of_arrow;
use crate::pointer::pointer_at;

/// What came of some records.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) ready: VecDeque<Result<Chunk<RecordBatch>>>,
    /// Bad records that are to be rejected.
    pub(crate) refused: VecDeque<Refused>,
    pub(crate) replaced: Replaced,
}

impl Output {
    /// What comes of a chunk that could not be read.
    pub(crate) fn of_error(error: Error) -> Self {
        Self { ready: [Err(error)].into(), ..Self::default() }
    }
}

/// A bad record, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: Error,
    pub(crate) text: Box<[u8]>,
    /// The place of its first byte.
    pub(crate) start: Position,
}

/// Decodes records into columns.
pub(crate) struct Engine {
    schema: SchemaRef,
    root: Root,
    kernel: Kernel,
    index: ValueIndex,
    /// Where the records of a group stand in its text.
    spans: Vec<Range<usize>>,
    /// Judges the records that the columns refuse.
    codec: SerdeJson,
    max_depth: usize,
    by_column: bool,
    /// Whether bad records are handed over to be rejected, and end no batch.
    rejects: bool,
    notes: Notes,
    /// Where extra members go, if they are kept.
    extras: Option<Extras>,
    /// As many values a group has at most.
    cells: usize,
    /// What bounds a batch, and what to begin anew with behind one that was a giant.
    limit: Option<Box<(ColumnLimit, ColumnOptions)>>,
    /// The text of the records of this batch, good and bad.
    text: usize,
    /// The rows of the batch before this one.
    rows_before: usize,
    batch: Batch,
}

enum Root {
    Object {
        structure: Box<Structure>,
        /// If none of its members holds other values.
        flat: Option<FlatRows>,
    },
    Value(Slot),
}

/// The rows that the columns hold.
#[derive(Default)]
struct Batch {
    /// The place of the first.
    start: Option<Position>,
    rows: usize,
}

/// As much text as a group has about: a block of the reader. Measured: with half of it nested
/// records and those of a few long texts take 2 % longer.
const GROUP_BYTES: usize = 256 << 10;

/// As many values as a group has at most at its top. Measured: with ten times as many, rows of a
/// hundred numbers take 2 % longer.
const GROUP_CELLS: usize = 7 << 10;

/// The text of the records of `group`, in which they stand at `spans`.
fn lend_group<'a>(
    records: RecordSlice<'a>,
    group: Range<usize>,
    spans: &mut Vec<Range<usize>>,
) -> &'a [u8] {
    let group = &records.spans()[group];
    let start = group.first().map_or(0, |span| span.start);
    let end = group.last().map_or(start, |span| span.end);
    spans.clear();
    spans.extend(group.iter().map(|span| span.start - start..span.end - start));
    &records.as_bytes()[start..end]
}

impl Engine {
    pub(crate) fn new(options: &ColumnOptions) -> Result<Self> {
        let (root, schema) = Root::new(options)?;
        let limit = options.column_limit()?;
        let cells = limit.as_ref().map_or(GROUP_CELLS, |limit| limit.cells().min(GROUP_CELLS));
        let limit = limit.map(|limit| Box::new((limit, options.clone())));
        Ok(Self {
            schema,
            root,
            kernel: options.kernel,
            index: ValueIndex::new(),
            spans: Vec::new(),
            codec: SerdeJson::with_max_depth(options.max_depth)?,
            max_depth: options.max_depth,
            by_column: options.by_column,
            rejects: false,
            notes: Notes::default(),
            extras: keeps_extras(options)
                .then(|| Extras::new(options.schema.fields(), options.max_depth)),
            cells,
            limit,
            text: 0,
            rows_before: 0,
            batch: Batch::default(),
        })
    }

    /// The same; if `rejects`, bad records are handed over to be rejected and end no batch.
    pub(crate) fn rejecting(mut self, rejects: bool) -> Self {
        self.rejects = rejects;
        self
    }

    /// The schema of the batches.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Decodes `records`: more of the batch that was begun. A bad record ends it, and its error
    /// comes behind.
    pub(crate) fn decode(&mut self, records: RecordSlice<'_>, output: &mut Output) {
        let mut rest = 0..records.len();
        while !rest.is_empty() {
            let group = self.next_group(records, &mut rest);
            self.decode_group(records, group, output);
        }
        if self.limit.is_some() {
            self.text += records.spans().iter().map(Range::len).sum::<usize>();
        }
    }

    /// Lets go of the memory of a giant, which a limit has room for only once.
    fn let_go_of_giant(&mut self, rows: usize) -> Result<()> {
        let text = std::mem::take(&mut self.text);
        let Some(limit) = &self.limit else { return Ok(()) };
        let (limit, options) = limit.as_ref();
        if limit.cost.of(rows, text) > limit.chunk {
            self.root = Root::new(options)?.0;
            self.index = ValueIndex::new();
        }
        Ok(())
    }

    /// Takes some records from the `rest`: few enough that their text is still in the nearest
    /// caches when the values are read, and enough that reading them column by column pays.
    fn next_group(&self, records: RecordSlice<'_>, rest: &mut Range<usize>) -> Range<usize> {
        let most = (self.cells / self.schema.fields().len().max(1)).max(1);
        let spans = &records.spans()[rest.clone()];
        let spans = &spans[..most.min(spans.len())];
        let first = spans.first().map_or(0, |span| span.start);
        let count = spans.partition_point(|span| span.start < first + GROUP_BYTES);
        let group = rest.start..rest.start + count;
        rest.start = group.end;
        group
    }

    /// Appends the records of `group` to the columns: all of them together or, if one of them
    /// needs a closer look, one by one.
    fn decode_group(&mut self, records: RecordSlice<'_>, group: Range<usize>, output: &mut Output) {
        let (mut index, mut spans) =
            (std::mem::take(&mut self.index), std::mem::take(&mut self.spans));
        let block = lend_group(records, group.clone(), &mut spans);
        index.fill(self.kernel, block);
        let utf8 = simdutf8::basic::from_utf8(block);
        let text =
            utf8.map_or_else(|_| Text::new(block, &index), |utf8| Text::from_utf8(utf8, &index));
        let locates = self.by_column && utf8.is_ok() && block.len() <= Text::MOST;
        if locates && self.append_group(text, &spans) {
            let first = || records.get(group.start).map(|record| record.position());
            self.batch.start = self.batch.start.or_else(first);
            self.batch.rows += group.len();
        } else {
            for (record, span) in group.filter_map(|at| records.get(at)).zip(&spans) {
                self.decode_record(text, record, span.clone(), utf8.is_ok(), output);
            }
        }
        (self.index, self.spans) = (index, spans);
    }

    /// Appends the records at `spans`, all of them or none. Whether it did.
    fn append_group(&mut self, text: Text<'_>, spans: &[Range<usize>]) -> bool {
        let appended = self.root.append(text, spans, self.max_depth, &mut self.notes);
        let appended = appended.and_then(|()| match &mut self.extras {
            Some(extras) => extras.append(&mut self.notes.extras, text.bytes(), spans),
            None => Ok(()),
        });
        if appended.is_err() {
            self.truncate();
        }
        appended.is_ok()
    }

    /// Forgets what has been read since the last record that is a row.
    #[cold]
    fn truncate(&mut self) {
        self.root.truncate(self.batch.rows);
        if let Some(extras) = &mut self.extras {
            extras.truncate(self.batch.rows);
        }
        self.notes.clear();
    }

    /// Appends `record` to the columns, or leaves them as they were and ends the batch with its
    /// error.
    fn decode_record(
        &mut self,
        text: Text<'_>,
        record: Record<'_>,
        span: Range<usize>,
        is_utf8: bool,
        output: &mut Output,
    ) {
        let start = span.start;
        let outcome = if is_utf8 || simdutf8::basic::from_utf8(record.as_bytes()).is_ok() {
            self.append_record(text, span)
        } else {
            Err(Refusal::new(Why::Syntax, start, "not UTF-8"))
        };
        if let Err(refusal) = outcome {
            self.truncate();
            let error = self.explain(record, start, refusal.into_fault());
            self.refuse(error, record, output);
            return;
        }
        if !self.notes.replaced.is_empty() {
            self.report(record, start, output);
        }
        self.batch.start = self.batch.start.or_else(|| Some(record.position()));
        self.batch.rows += 1;
    }

    fn append_record(&mut self, text: Text<'_>, span: Range<usize>) -> Outcome {
        let (levels, notes) = (self.max_depth, &mut self.notes);
        let mut cursor = Cursor::new(text, span.clone(), levels, Pass::Append, notes);
        self.root.read(&mut cursor)?;
        match &mut self.extras {
            Some(extras) => extras.append(&mut notes.extras, text.bytes(), &[span]),
            None => Ok(()),
        }
    }

    #[cold]
    fn refuse(&mut self, error: Error, record: Record<'_>, output: &mut Output) {
        if self.rejects {
            let (text, start) = (record.as_bytes().into(), record.position());
            output.refused.push_back(Refused { error, text, start });
        } else {
            self.finish(output);
            output.ready.push_back(Err(error));
        }
    }

    /// Ends the batch, if there is a row in it.
    pub(crate) fn finish(&mut self, output: &mut Output) {
        let Batch { start: Some(position), rows } = std::mem::take(&mut self.batch) else { return };
        let columns = match &mut self.root {
            Root::Object { structure, .. } => structure.finish_members(),
            Root::Value(slot) => slot.finish().map(|column| vec![column]),
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = self.schema.clone();
        let batch = columns.and_then(|mut columns| {
            if let Some(extras) = &mut self.extras {
                columns.push(extras.finish()?);
            }
            // The buffers of the first batch have grown by doubling, and those of the others were
            // made for as many rows as there were before; the last is mostly shorter. A limit has
            // no room for a second copy.
            let spare = self.rows_before == 0 || rows * 4 < self.rows_before * 3;
            if spare && self.limit.is_none() {
                columns.iter_mut().for_each(Array::shrink_to_fit);
            }
            RecordBatch::try_new_with_options(schema, columns, &options)
        });
        output.ready.push_back(match batch {
            Ok(batch) => Ok(Chunk::new(batch, 0, position)),
            Err(error) => Err(of_arrow(error).at(position)),
        });
        self.rows_before = rows;
        if let Err(error) = self.let_go_of_giant(rows) {
            output.ready.push_back(Err(error));
        }
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
        for refusal in self.notes.replaced.drain(..) {
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
                let kept = with_extras(root.fields(), options)?;
                let flat = root.flat_width().map(FlatRows::new);
                Ok((Self::Object { structure: Box::new(root), flat }, kept))
            }
            RecordShape::Value => match schema.fields().as_ref() {
                [field] => {
                    let kept = with_extras(schema.fields(), options)?;
                    Ok((Self::Value(Slot::new(field, rules)?), kept))
                }
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
            Self::Object { structure, .. } => structure.value(cursor)?,
            Self::Value(slot) => slot.read(cursor)?,
        }
        cursor.finish()
    }

    /// Locates the values of the records at `spans`, and appends them column by column.
    fn append(
        &mut self,
        text: Text<'_>,
        spans: &[Range<usize>],
        levels: usize,
        notes: &mut Notes,
    ) -> Outcome {
        let appended = match self {
            Self::Object { structure, flat: Some(flat) } => {
                flat.locate(text, spans, levels, structure, notes)?;
                structure.append_rows(flat.cells(), text)
            }
            Self::Object { structure, flat: None } => {
                locate(text, spans, levels, notes, |cursor| structure.value(cursor))?;
                structure.append_inner(text)
            }
            Self::Value(slot) => {
                locate(text, spans, levels, notes, |cursor| slot.read(cursor))?;
                slot.append_located(text)
            }
        };
        let refused = || Refusal::new(Why::Mismatch, 0, "a value that is not plain");
        if appended { Ok(()) } else { Err(refused()) }
    }

    #[cold]
    fn truncate(&mut self, rows: usize) {
        match self {
            Self::Object { structure, .. } => structure.truncate(rows),
            Self::Value(slot) => slot.truncate(rows),
        }
    }
}

/// Locates the values of the records at `spans` with `read`.
fn locate(
    text: Text<'_>,
    spans: &[Range<usize>],
    levels: usize,
    notes: &mut Notes,
    mut read: impl FnMut(&mut Cursor<'_>) -> Outcome,
) -> Outcome {
    spans.iter().try_for_each(|span| {
        let mut cursor = Cursor::new(text, span.clone(), levels, Pass::Locate, notes);
        cursor.space();
        read(&mut cursor)?;
        cursor.finish()
    })
}

fn keeps_extras(options: &ColumnOptions) -> bool {
    options.rules.extra == OnExtra::Keep
}

/// The schema of `fields`, and of the column for extra members if they are kept.
fn with_extras(fields: &Fields, options: &ColumnOptions) -> Result<SchemaRef> {
    let ColumnOptions { schema, extra_column, .. } = options;
    let mut fields = fields.to_vec();
    if keeps_extras(options) {
        if schema.field_with_name(extra_column).is_ok() {
            let message = format!(
                "the schema has a field `{extra_column}`, which is to be the name of the column \
                 for extra members"
            );
            return Err(Error::new(ErrorKind::Argument, message));
        }
        fields.push(Arc::new(json_field(extra_column, true)));
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}

/// The first selected name that the schema does not have.
fn unknown<'a>(schema: &Schema, selected: Option<&'a [String]>) -> Option<&'a String> {
    selected?.iter().find(|name| schema.field_with_name(name).is_err())
}
