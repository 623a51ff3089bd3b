//! What records take as columns, at most, and what a limit on memory leaves for them.

use arrow_schema::{DataType, Field, Fields, Schema};
use datason_core::{Budget, ByteSize, Error, ErrorKind, Result};
use datason_json::RecordCost;

use super::{ColumnOptions, OnExtra, OnMismatch};
use crate::column::{EXTENSION, extras};

/// How a limit on memory is shared out among the chunks that are decoded at a time.
///
/// What a chunk takes is known before it is decoded, at most: see [`cost_of`]. While it is
/// decoded, and until its batch is taken, eight times as much is held: buffers that grow hold up to
/// three times what is in them, a finished batch up to twice, those for the next one as much as
/// there was, and the text of records that are refused is copied. So a chunk may cost a sixty-fourth,
/// a single record a sixteenth, and several threads decode as many chunks at a time as fit. None of
/// this depends on how many threads there are: the batches are the same.
#[derive(Clone, Debug)]
pub(crate) struct ColumnLimit {
    pub(crate) cost: RecordCost,
    /// What a chunk of several records may cost.
    pub(crate) chunk: usize,
    /// What a single record may cost.
    pub(crate) record: usize,
    /// What is held for the chunks that are under way.
    pub(crate) budget: Budget,
    /// As many threads may decode at most.
    pub(crate) threads: usize,
    pub(crate) limit: ByteSize,
}

/// How many times its cost a chunk is held for that a thread has read, with its text.
pub(crate) const HELD_BY_THREAD: usize = 11;
/// As many threads decode at most under a limit: what each holds all the time is in none of the
/// shares.
const MOST_THREADS: usize = 8;
/// What a column takes in each thread, however few rows it has: its buffers, and arrays that wait
/// to be taken. Measured: 1.6 to 2 KiB.
const COLUMN: usize = 2 << 10;

impl ColumnLimit {
    /// # Errors
    /// `Argument` if not even one row fits into its share, or there are too many columns.
    pub(crate) fn new(options: &ColumnOptions, limit: ByteSize) -> Result<Self> {
        let bytes = usize::try_from(limit.as_u64()).unwrap_or(usize::MAX);
        let cost = cost_of(options);
        let (chunk, record) = (bytes / 64, bytes / 16);
        let columns = options.schema.flattened_fields().len();
        let fixed = columns.saturating_mul(COLUMN);
        // Some of it is taken beside the limit, which is not for what is there without records.
        if fixed / 4 > bytes {
            let all = ByteSize(fixed as u64);
            let message =
                format!("a memory limit of {limit} for columns: {columns} of them take {all}");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let least = cost.of(1, 2);
        if least > record {
            let (row, least) = (ByteSize(least as u64), ByteSize(least as u64).as_u64() * 16);
            let message = format!(
                "a memory limit of {limit} for columns: a row of this schema takes up to {row}, so \
                 at least {} are needed",
                ByteSize(least)
            );
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let budget = Budget::new(ByteSize(limit.as_u64() / 4 * 3));
        let threads = (bytes / 2).checked_div(fixed).unwrap_or(MOST_THREADS);
        let threads = threads.clamp(1, MOST_THREADS);
        Ok(Self { cost, chunk, record, budget, threads, limit })
    }

    /// How many values are located at a time.
    pub(crate) fn cells(&self) -> usize {
        const CELL: usize = 8 * 3;
        (self.chunk / 4 / CELL).max(1)
    }
}

/// What a record takes in the columns of `options`, at most.
fn cost_of(options: &ColumnOptions) -> RecordCost {
    /// For the place of a record in its chunk, twice while the list grows.
    const PLACE: usize = 32;
    let kept = |field: &Field| {
        options.selected.as_ref().is_none_or(|names| names.iter().any(|name| name == field.name()))
    };
    let schema: &Schema = &options.schema;
    let fields = schema.fields().iter().filter(|field| kept(field)).map(AsRef::as_ref);
    let Weight { fixed, byte } = together(fields);
    // What says why a value became null.
    let replaced = if options.rules.mismatch == OnMismatch::Null { 24 } else { 0 };
    // An offset, and the braces around what is in none of the fields; their keys are pointers.
    let (extras, pointers) = match options.rules.extra {
        OnExtra::Keep => (24, extras::growth(schema.fields())),
        _ => (0, 0),
    };
    let byte = byte.max(1).max(pointers) + replaced;
    RecordCost { record: fixed.saturating_add(PLACE + extras), byte }
}

/// What a value takes: in any case, and for each byte of its text.
#[derive(Clone, Copy, Default)]
struct Weight {
    fixed: usize,
    byte: usize,
}

/// Values beside each other: a byte of text belongs to one of them.
fn together<'f>(fields: impl IntoIterator<Item = &'f Field>) -> Weight {
    fields.into_iter().map(of_field).fold(Weight::default(), |all, one| Weight {
        fixed: all.fixed.saturating_add(one.fixed),
        byte: all.byte.max(one.byte),
    })
}

fn of_field(field: &Field) -> Weight {
    /// For saying whether there is one.
    const VALIDITY: usize = 1;
    let is_json = field.metadata().get(EXTENSION.0).is_some_and(|name| name == EXTENSION.1);
    let Weight { fixed, byte } = if is_json { of_text() } else { of_type(field.data_type()) };
    Weight { fixed: fixed.saturating_add(VALIDITY), byte }
}

/// An offset, and the text.
const fn of_text() -> Weight {
    Weight { fixed: 8, byte: 1 }
}

fn of_type(kind: &DataType) -> Weight {
    let plain = |fixed| Weight { fixed, byte: 0 };
    match kind {
        DataType::Null => plain(0),
        DataType::Boolean => plain(1),
        DataType::FixedSizeBinary(width) => plain(usize::try_from(*width).unwrap_or(0)),
        DataType::Utf8View => Weight { fixed: 16, byte: 1 },
        // In the worst case each text is another: it stands in the table and in the values.
        DataType::Dictionary(..) => Weight { fixed: 48, byte: 2 },
        DataType::Struct(fields) => of_struct(fields),
        DataType::List(item) | DataType::LargeList(item) => several(8, of_field(item), 2),
        DataType::FixedSizeList(item, count) => {
            let (count, one) = (usize::try_from(*count).unwrap_or(0), of_field(item));
            let elements = several(0, one, 2);
            Weight { fixed: one.fixed.saturating_mul(count), byte: elements.byte }
        }
        // `"":0,` is five bytes.
        DataType::Map(entries, _) => several(8, of_field(entries), 4),
        kind => match kind.primitive_width() {
            Some(width) => plain(width),
            None => of_text(),
        },
    }
}

fn of_struct(fields: &Fields) -> Weight {
    together(fields.iter().map(AsRef::as_ref))
}

/// Elements of a list, each of which has at least `least` bytes of text.
fn several(offset: usize, one: Weight, least: usize) -> Weight {
    /// The place of a value that has been located.
    const LOCATED: usize = 8;
    let element = one.fixed.saturating_add(LOCATED);
    Weight { fixed: offset, byte: one.byte.saturating_add(element.div_ceil(least)) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn limit(columns: usize, mib: u64) -> Result<ColumnLimit> {
        let field = |at| Field::new(format!("{at}"), DataType::Int64, true);
        let schema = Schema::new((0..columns).map(field).collect::<Vec<_>>());
        ColumnLimit::new(&ColumnOptions::new(Arc::new(schema)), ByteSize(mib << 20))
    }

    #[test]
    fn thousands_of_columns_leave_room_for_few_threads() {
        let threads = |columns, mib| limit(columns, mib).unwrap().threads;
        assert_eq!([threads(0, 8), threads(12, 8), threads(1_000, 8)], [8, 8, 2]);
        assert_eq!([threads(5_000, 8), threads(5_000, 64), threads(5_000, 512)], [1, 3, 8]);
        let error = limit(20_000, 8).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.to_string().contains("20000 of them"), "{error}");
    }
}
