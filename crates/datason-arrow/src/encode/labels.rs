//! Row labels: the numbers from 0, or a column.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use datason_core::{Error, ErrorKind, Result};
use serde::{Serialize, Serializer};

use super::cell::Cell;
use super::column::Column;

/// The labels of the rows of one batch.
#[derive(Debug)]
pub(super) enum Labels<'a> {
    /// Consecutive numbers from here.
    From(u64),
    /// The cells of a column.
    Column(Column<'a>),
}

impl Labels<'_> {
    #[inline]
    pub(super) fn get(&self, row: usize) -> Label<'_> {
        match self {
            Self::From(first) => Label::Number(first + row as u64),
            Self::Column(column) => Label::Cell(Cell { column, row }),
        }
    }
}

/// The label of one row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label<'a> {
    Number(u64),
    Cell(Cell<'a>),
}

impl Serialize for Label<'_> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Cell(cell) => cell.serialize(serializer),
        }
    }
}

/// Fails if two rows of `batches` have the same label in column `index`.
///
/// Only for forms where labels are keys: of two equal ones a reader would lose a row. Holds the
/// text of every label.
///
/// # Errors
/// [`ErrorKind::Data`] with the number of the second such row; rows count from `first_row`.
pub(crate) fn refuse_duplicates(
    batches: &[RecordBatch],
    index: usize,
    first_row: u64,
) -> Result<()> {
    let mut seen = HashSet::new();
    let mut row_number = first_row;
    for batch in batches {
        let column = Column::of(batch.column(index), batch.schema_ref().field(index))?;
        for row in 0..batch.num_rows() {
            let label = serde_json::to_string(&Cell { column: &column, row });
            let label = label.map_err(|error| Error::new(ErrorKind::Data, error.to_string()))?;
            if seen.contains(&label) {
                return Err(duplicate(&label, row_number));
            }
            seen.insert(label);
            row_number += 1;
        }
    }
    Ok(())
}

#[cold]
fn duplicate(label: &str, row: u64) -> Error {
    let label = datason_core::escape(label.as_bytes());
    Error::new(
        ErrorKind::Data,
        format!("row {row} has the label {label} of a row before it, and one would be lost"),
    )
}
