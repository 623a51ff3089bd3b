//! One decoder for each type of column: the text of a value goes straight into the buffers of an
//! Arrow array.

mod binary;
mod boolean;
pub(crate) mod cursor;
mod decimal;
mod dictionary;
mod float;
mod integer;
mod keys;
mod list;
mod map;
mod null;
mod primitive;
mod raw;
mod structure;
mod temporal;
mod text;
mod view;

use arrow_array::ArrayRef;
use arrow_schema::{ArrowError, DataType, Field};
use datason_core::{Error, ErrorKind, Result};

use self::cursor::{Cursor, Outcome, Refusal, Why};
pub(crate) use self::structure::Structure;
use crate::decoder::Rules;

/// The name by which Arrow marks a column of JSON text, in the metadata of its field.
const EXTENSION: (&str, &str) = ("ARROW:extension:name", "arrow.json");

/// Collects the values of one column.
pub(crate) trait Column: Send {
    /// Appends the value that begins at the cursor, which is not `null`.
    ///
    /// If it is refused as a [`Why::Mismatch`], the column is as before. Any other refusal
    /// leaves it to [`truncate`](Self::truncate) to clean up.
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome;

    /// Appends a null.
    fn null(&mut self);

    /// Forgets all but the first `rows` values, and what is left of one that was refused.
    fn truncate(&mut self, rows: usize);

    /// The values as an array. The column is empty after that.
    fn finish(&mut self) -> Result<ArrayRef, ArrowError>;
}

/// A column in its place: below a name, or in a list.
pub(crate) struct Slot {
    pub(crate) column: Box<dyn Column>,
    nullable: bool,
    /// Whether a value that does not fit becomes null.
    lenient: bool,
}

impl Slot {
    /// The column for `field`.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a type that is not read, [`ErrorKind::Schema`] for one
    /// that makes no sense.
    pub(crate) fn new(field: &Field, rules: &Rules) -> Result<Self> {
        let column = column(field, rules).map_err(|error| below(error, field.name()))?;
        let nullable = field.is_nullable();
        Ok(Self { column, nullable, lenient: nullable && rules.replaces_mismatches() })
    }

    /// Appends the value that begins at the cursor.
    #[inline]
    pub(crate) fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() == b'n' {
            return self.read_null(cursor);
        }
        let mark = cursor.mark();
        match self.column.value(cursor) {
            Ok(()) => Ok(()),
            Err(refusal) => self.cope(refusal, mark, cursor),
        }
    }

    #[inline]
    fn read_null(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let start = cursor.at();
        cursor.word(b"null")?;
        if !self.nullable {
            return Err(Refusal::new(Why::Reject, start, "null where the column has none"));
        }
        self.column.null();
        Ok(())
    }

    #[cold]
    fn cope(&mut self, refusal: Refusal, mark: cursor::Mark, cursor: &mut Cursor<'_>) -> Outcome {
        if !(self.lenient && refusal.is_mismatch()) {
            return Err(refusal.of_record());
        }
        cursor.rewind(mark);
        cursor.skip()?;
        cursor.report(refusal);
        self.column.null();
        Ok(())
    }

    /// Appends a null for a value that is not there. Whether there may be one.
    #[inline]
    pub(crate) fn absent(&mut self) -> bool {
        if self.nullable {
            self.column.null();
        }
        self.nullable
    }
}

/// The error, with the name of the field it was found in.
fn below(error: Error, name: &str) -> Error {
    let token = name.replace('~', "~0").replace('/', "~1");
    let pointer = format!("/{token}{}", error.pointer().unwrap_or_default());
    error.with_pointer(pointer)
}

fn column(field: &Field, rules: &Rules) -> Result<Box<dyn Column>> {
    let kind = field.data_type();
    if field.metadata().get(EXTENSION.0).is_some_and(|name| name == EXTENSION.1) {
        return raw::column(kind);
    }
    Ok(match kind {
        DataType::Null => Box::new(null::Null::default()),
        DataType::Boolean => Box::new(boolean::Boolean::new()),
        DataType::Utf8 => Box::new(text::Text::<i32>::new()),
        DataType::LargeUtf8 => Box::new(text::Text::<i64>::new()),
        DataType::Utf8View => Box::new(view::View::new()),
        DataType::Struct(fields) => Box::new(Structure::new(fields, None, rules)?),
        DataType::List(item) => Box::new(list::List::<i32>::new(item, rules)?),
        DataType::LargeList(item) => Box::new(list::List::<i64>::new(item, rules)?),
        DataType::FixedSizeList(item, size) => Box::new(list::Fixed::new(item, *size, rules)?),
        DataType::Map(entries, sorted) => Box::new(map::Map::new(entries, *sorted, rules)?),
        DataType::Dictionary(key, value) => dictionary::column(key, value)?,
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            binary::column(kind, rules)?
        }
        kind if kind.is_integer() => integer::column(kind),
        DataType::Float32 | DataType::Float64 => float::column(kind),
        DataType::Decimal128(..) | DataType::Decimal256(..) => decimal::column(kind)?,
        kind if kind.is_temporal() => temporal::column(kind)?,
        kind => return Err(unsupported(kind)),
    })
}

#[cold]
fn unsupported(kind: &DataType) -> Error {
    Error::new(ErrorKind::Unsupported, format!("no JSON is read into a column of type {kind}"))
}

#[cold]
fn senseless(kind: &DataType) -> Error {
    Error::new(ErrorKind::Schema, format!("{kind} is not a type that a column can have"))
}

/// What `buffer` holds. It stays behind with as much room, since the next batch is like this one.
fn taken<T>(buffer: &mut Vec<T>) -> Vec<T> {
    let room = buffer.len() + buffer.len() / 8;
    std::mem::replace(buffer, Vec::with_capacity(room))
}

/// The field of a column of JSON text.
pub(crate) fn json_field(name: &str, nullable: bool) -> Field {
    let (key, value) = EXTENSION;
    let metadata = [(key.to_owned(), value.to_owned())].into();
    Field::new(name, DataType::Utf8, nullable).with_metadata(metadata)
}
