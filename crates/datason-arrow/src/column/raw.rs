//! JSON text, kept as it stands.

use arrow_array::types::GenericStringType;
use arrow_array::{ArrayRef, OffsetSizeTrait};
use arrow_schema::{ArrowError, DataType};
use datason_core::Result;

use super::cursor::{Cursor, Outcome};
use super::text::Bytes;
use super::{Column, unsupported};

/// The column for `kind`, a string type whose field is marked as JSON.
pub(super) fn column(kind: &DataType) -> Result<Box<dyn Column>> {
    match kind {
        DataType::Utf8 => Ok(Box::new(Raw::<i32>(Bytes::new()))),
        DataType::LargeUtf8 => Ok(Box::new(Raw::<i64>(Bytes::new()))),
        _ => Err(unsupported(kind)),
    }
}

struct Raw<O>(Bytes<O>);

impl<O: OffsetSizeTrait> Column for Raw<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let start = cursor.at();
        cursor.skip()?;
        self.0.values.extend_from_slice(cursor.since(start));
        self.0.end(start)
    }

    fn null(&mut self) {
        self.0.null();
    }

    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.0.finish::<GenericStringType<O>>()
    }
}
