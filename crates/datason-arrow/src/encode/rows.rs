//! The rows of a chunk, which may lie in several batches.

use arrow_array::RecordBatch;
use datason_core::Result;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::cell::Cell;
use super::column::Column;
use super::labels::{Label, Labels};
use super::plan::Plan;
use crate::slice;

/// The rows of a chunk, with the types of their columns found out.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) plan: &'a Plan,
    pub(super) names: Vec<&'a str>,
    parts: Vec<Part<'a>>,
    pub(super) count: usize,
}

/// Those of one batch.
#[derive(Debug)]
pub(super) struct Part<'a> {
    batch: &'a RecordBatch,
    labels: Labels<'a>,
    pub(super) columns: Vec<Column<'a>>,
    pub(super) count: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(plan: &'a Plan, batches: &'a [RecordBatch], first: u64) -> Result<Self> {
        let mut rows = Self { plan, names: plan.names(), parts: Vec::new(), count: 0 };
        for batch in batches {
            let label = first + rows.count as u64;
            rows.parts.push(Part::of(plan, batch, label)?);
            rows.count += batch.num_rows();
        }
        Ok(rows)
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.parts.iter().flat_map(|part| (0..part.count).map(move |row| Row { part, row }))
    }

    /// The rows of each batch.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter()
    }

    /// The rows as maps from column to cell.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.iter().map(|row| Record { names: &self.names, row })
    }

    /// The cells of the column that is written as the `column`-th.
    pub(super) fn column(&self, column: usize) -> Values<'_> {
        Values { rows: self, column }
    }

    /// The names, each with its column.
    pub(super) fn columns(&self) -> impl ExactSizeIterator<Item = (&'a str, Values<'_>)> {
        self.names.iter().enumerate().map(|(column, name)| (*name, self.column(column)))
    }

    /// The row labels, as a list.
    pub(super) fn labels(&self) -> AllLabels<'_> {
        AllLabels(self)
    }
}

impl<'a> Part<'a> {
    fn of(plan: &Plan, batch: &'a RecordBatch, first: u64) -> Result<Self> {
        let column = |index: usize, blanks| {
            let column = Column::of(batch.column(index), plan.schema.field(index))?;
            Ok(column.blanks(blanks))
        };
        let labels = match plan.index {
            Some(index) => Labels::Column(column(index, plan.blank_labels)?),
            None => Labels::From(first),
        };
        let columns = plan.columns.iter().map(|index| column(*index, plan.blanks));
        let columns = columns.collect::<Result<_>>()?;
        Ok(Self { batch, labels, columns, count: batch.num_rows() })
    }

    /// The bytes that the values of `rows` rows from `start` on take in memory.
    pub(super) fn bytes_of(&self, start: usize, rows: usize) -> usize {
        slice::bytes_of(self.batch, start..(start + rows).min(self.count))
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    part: &'r Part<'r>,
    row: usize,
}

impl<'r> Row<'r> {
    #[inline]
    pub(super) fn label(self) -> Label<'r> {
        self.part.labels.get(self.row)
    }

    #[inline]
    fn cell(self, column: usize) -> Cell<'r> {
        Cell { column: &self.part.columns[column], row: self.row }
    }

    #[inline]
    fn cells(self) -> impl ExactSizeIterator<Item = Cell<'r>> {
        self.part.columns.iter().map(move |column| Cell { column, row: self.row })
    }
}

/// A row as a map from column to cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'r> {
    pub(super) names: &'r [&'r str],
    pub(super) row: Row<'r>,
}

impl Serialize for Record<'_> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.names.len()))?;
        for (name, cell) in self.names.iter().zip(self.row.cells()) {
            map.serialize_entry(name, &cell)?;
        }
        map.end()
    }
}

/// A row as the list of its cells.
#[derive(Debug)]
pub(super) struct Cells<'r>(pub(super) Row<'r>);

impl Serialize for Cells<'_> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.cells())
    }
}

/// All rows, each the list of its cells.
#[derive(Debug)]
pub(super) struct Matrix<'r>(pub(super) &'r Rows<'r>);

impl Serialize for Matrix<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.count))?;
        self.0.iter().try_for_each(|row| list.serialize_element(&Cells(row)))?;
        list.end()
    }
}

/// The labels of all rows, as a list.
#[derive(Debug)]
pub(super) struct AllLabels<'r>(&'r Rows<'r>);

impl Serialize for AllLabels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.count))?;
        self.0.iter().try_for_each(|row| list.serialize_element(&row.label()))?;
        list.end()
    }
}

/// The cells of one column, as a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'r> {
    rows: &'r Rows<'r>,
    column: usize,
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.rows.count))?;
        self.rows.iter().try_for_each(|row| list.serialize_element(&row.cell(self.column)))?;
        list.end()
    }
}

/// The cells of one column, as a map by label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labelled<'r>(pub(super) Values<'r>);

impl Serialize for Labelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Values { rows, column } = self.0;
        let mut map = serializer.serialize_map(Some(rows.count))?;
        rows.iter().try_for_each(|row| map.serialize_entry(&row.label(), &row.cell(column)))?;
        map.end()
    }
}
