//! One decoder for each type of column: the text of a value goes straight into the buffers of an
//! Arrow array.

mod binary;
mod boolean;
mod bytes;
pub(crate) mod cursor;
mod decimal;
mod dictionary;
pub(crate) mod extras;
mod float;
mod integer;
mod kept;
mod keys;
mod lent;
mod list;
pub(crate) mod located;
mod map;
mod null;
mod primitive;
mod raw;
mod skipped;
mod structure;
mod temporal;
mod text;
mod view;

use arrow_array::ArrayRef;
use arrow_schema::{ArrowError, DataType, Field};
use datason_core::{Error, ErrorKind, Result};

use self::cursor::{Cursor, Notes, Outcome, Refusal, Why};
use self::located::Pass;
pub(crate) use self::structure::Structure;
use crate::decoder::Rules;
use datason_scan::{Text, Token, Tokens};

/// The name by which Arrow marks a column of JSON text, in the metadata of its field.
pub(crate) const EXTENSION: (&str, &str) = ("ARROW:extension:name", "arrow.json");

/// Collects the values of one column.
pub(crate) trait Column: Send {
    /// Appends the value that begins at the cursor, which is not `null`.
    ///
    /// If it is refused as a [`Why::Mismatch`], the column is as before. Any other refusal
    /// leaves it to [`truncate`](Self::truncate) to clean up.
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome;

    /// Appends `count` nulls. Only containers ask what becomes of the values in them.
    fn nulls(&mut self, count: usize, pass: Pass);

    /// Whether values are located first and appended together; only for values that are no
    /// containers.
    fn is_leaf(&self) -> bool {
        false
    }

    /// Appends the values that `tokens` stand for. Whether all were plainly what the column
    /// holds; if not, it is left to [`truncate`](Self::truncate) to clean up.
    fn append(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        let mut unused = Notes::default();
        tokens.iter().all(|token| append_one(self, token, text, &mut unused))
    }

    /// Appends the values that have been located for the columns in this one.
    fn append_inner(&mut self, _text: Text<'_>) -> bool {
        true
    }

    /// Forgets all but the first `rows` values, and what is left of one that was refused.
    fn truncate(&mut self, rows: usize);

    /// The values as an array. The column is empty after that.
    fn finish(&mut self) -> Result<ArrayRef, ArrowError>;
}

/// Appends one value by the way that works for all.
fn append_one<C: Column + ?Sized>(
    column: &mut C,
    token: Token,
    text: Text<'_>,
    unused: &mut Notes,
) -> bool {
    if token.is_null() {
        column.nulls(token.nulls(), Pass::Append);
        return true;
    }
    let span = token.start()..token.end();
    let mut cursor = Cursor::new(text, span, 0, Pass::Append, unused);
    column.value(&mut cursor).is_ok() && cursor.at() == token.end()
}

/// A column in its place: below a name, or in a list.
pub(crate) struct Slot {
    column: Box<dyn Column>,
    is_leaf: bool,
    /// Values that have been located and not yet appended.
    tokens: Vec<Token>,
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
        let column = column(field, rules).map_err(|error| error.below(field.name()))?;
        let nullable = field.is_nullable();
        let is_leaf = column.is_leaf();
        let lenient = nullable && rules.replaces_mismatches();
        Ok(Self { column, is_leaf, tokens: Vec::new(), nullable, lenient })
    }

    /// The place of a member that is checked and not kept.
    pub(crate) fn skipped() -> Self {
        let column = Box::new(skipped::Skipped);
        Self { column, is_leaf: true, tokens: Vec::new(), nullable: true, lenient: false }
    }

    /// Whether values here are located first and appended together.
    pub(crate) fn is_leaf(&self) -> bool {
        self.is_leaf
    }

    pub(crate) fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Appends the value that begins at the cursor.
    #[inline]
    pub(crate) fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if self.is_leaf && cursor.pass_of_values() == Pass::Locate {
            return self.locate(cursor);
        }
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
    fn locate(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let token = cursor.locate()?;
        if token.is_null() && !self.nullable {
            return Err(null_where_none_is(token.start()));
        }
        self.tokens.push(token);
        Ok(())
    }

    #[inline]
    fn read_null(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let start = cursor.at();
        cursor.word(b"null")?;
        if !self.nullable {
            return Err(null_where_none_is(start));
        }
        self.nulls(1, cursor.pass_of_values());
        Ok(())
    }

    #[cold]
    fn cope(&mut self, refusal: Refusal, mark: cursor::Mark, cursor: &mut Cursor<'_>) -> Outcome {
        if !(self.lenient && refusal.is_mismatch()) || cursor.pass_of_values() == Pass::Locate {
            return Err(refusal.of_record());
        }
        cursor.rewind(mark);
        cursor.skip()?;
        cursor.report(refusal);
        self.column.nulls(1, Pass::Append);
        Ok(())
    }

    /// Appends `count` nulls.
    #[inline]
    pub(crate) fn nulls(&mut self, count: usize, pass: Pass) {
        if self.is_leaf && pass == Pass::Locate {
            self.locate_nulls(count);
        } else {
            self.column.nulls(count, pass);
        }
    }

    /// Has one token stand for nulls that follow one another: where few objects have a member, that
    /// is most of the tokens.
    #[inline]
    fn locate_nulls(&mut self, count: usize) {
        let before = self.tokens.pop_if(|token| token.is_absent()).map_or(0, Token::nulls);
        let mut rest = before + count;
        while rest > 0 {
            let some = rest.min(Token::MOST_ABSENT);
            self.tokens.push(Token::absent(some));
            rest -= some;
        }
    }

    /// Appends a null for a value that is not there. Whether there may be one.
    #[inline]
    pub(crate) fn absent(&mut self, pass: Pass) -> bool {
        if self.nullable {
            self.nulls(1, pass);
        }
        self.nullable
    }

    /// Appends the values that have been located, here and below. As [`Column::append`].
    pub(crate) fn append_located(&mut self, text: Text<'_>) -> bool {
        if !self.is_leaf {
            return self.column.append_inner(text);
        }
        let appended = self.column.append(Tokens::all(&self.tokens), text);
        self.tokens.clear();
        appended
    }

    /// As [`Column::append`].
    pub(crate) fn append(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        self.column.append(tokens, text)
    }

    /// Takes back the last value that has been located and not yet appended.
    pub(crate) fn take_located(&mut self) -> Token {
        let token = self.tokens.pop().unwrap_or(Token::ABSENT);
        debug_assert!(token.nulls() == 1, "a value, or the lack of one");
        token
    }

    /// As [`Column::truncate`]; values that have only been located are forgotten too.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.tokens.clear();
        self.column.truncate(rows);
    }

    /// As [`Column::finish`].
    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.column.finish()
    }
}

#[cold]
fn null_where_none_is(at: usize) -> Refusal {
    Refusal::new(Why::Reject, at, "null where the column has none")
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
