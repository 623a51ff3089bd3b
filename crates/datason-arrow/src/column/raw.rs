//! JSON text, kept as it stands.

use arrow_array::{ArrayRef, OffsetSizeTrait};
use arrow_schema::{ArrowError, DataType};
use datason_core::Result;
use datason_scan::Offset;

use super::cursor::{Cursor, Outcome};
use super::located::Pass;
use super::text::Text;
use super::{Column, unsupported};

/// The column for `kind`, a string type whose field is marked as JSON.
pub(super) fn column(kind: &DataType) -> Result<Box<dyn Column>> {
    match kind {
        DataType::Utf8 => Ok(Box::new(Raw::<i32>(Text::new()))),
        DataType::LargeUtf8 => Ok(Box::new(Raw::<i64>(Text::new()))),
        _ => Err(unsupported(kind)),
    }
}

/// Any value, as its text; so it is no leaf, and takes each value as it comes.
struct Raw<O>(Text<O>);

impl<O: OffsetSizeTrait + Offset> Column for Raw<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let start = cursor.at();
        cursor.skip()?;
        self.0.push(cursor.since(start), start)
    }

    fn nulls(&mut self, count: usize, pass: Pass) {
        self.0.nulls(count, pass);
    }

    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.0.finish()
    }
}
