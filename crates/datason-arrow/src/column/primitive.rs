//! Columns of numbers, whatever they mean.

use std::sync::Arc;

use arrow_array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::{NullBufferBuilder, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};

use super::Column;
use super::cursor::{Cursor, Notes, Outcome};
use super::located::Pass;
use datason_scan::{NullRuns, Text, Token, Tokens};

/// Makes a number of the value at the cursor.
pub(super) trait Read<N>: Send {
    /// The number. A refusal is a mismatch unless the text is no JSON.
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<N>;

    /// Appends the number for which each of `tokens` stands to `values`, zero for a null, and
    /// the rows of the nulls to `nulls`. Whether all the others were plain.
    fn read_all(
        &mut self,
        tokens: Tokens<'_>,
        text: Text<'_>,
        values: &mut Vec<N>,
        nulls: &mut NullRuns,
    ) -> bool
    where
        N: Copy + Default,
    {
        let first = values.len();
        tokens.iter().all(|token| {
            if token.is_null() {
                nulls.push(values.len() - first, token.nulls());
                values.extend(std::iter::repeat_n(N::default(), token.nulls()));
                return true;
            }
            let value = self.read_one(token, text);
            values.extend(value);
            value.is_some()
        })
    }

    /// The number for which `token`, which is no null, stands; `None` if it is not plain.
    #[inline]
    fn read_one(&mut self, token: Token, text: Text<'_>) -> Option<N> {
        read_plainly(self, token, text)
    }
}

/// As [`Read::read_one`], by the way that works for all.
pub(super) fn read_plainly<N, R: Read<N> + ?Sized>(
    reader: &mut R,
    token: Token,
    text: Text<'_>,
) -> Option<N> {
    let mut unused = Notes::default();
    let span = token.start()..token.end();
    let mut cursor = Cursor::new(text, span, 0, Pass::Append, &mut unused);
    reader.read(&mut cursor).ok().filter(|_| cursor.at() == token.end())
}

/// A column of `T`, whose numbers `R` reads.
pub(super) struct Primitive<T: ArrowPrimitiveType, R> {
    values: Vec<T::Native>,
    validity: NullBufferBuilder,
    /// The rows of the nulls among the values that are being appended.
    nulls: NullRuns,
    kind: DataType,
    reader: R,
}

impl<T: ArrowPrimitiveType, R: Read<T::Native>> Primitive<T, R> {
    /// `kind` is `T`'s own type, or one of those that share its numbers.
    pub(super) fn new(kind: &DataType, reader: R) -> Self {
        let validity = NullBufferBuilder::new(0);
        Self {
            values: Vec::new(),
            validity,
            nulls: NullRuns::default(),
            kind: kind.clone(),
            reader,
        }
    }

    pub(super) fn boxed(kind: &DataType, reader: R) -> Box<dyn Column>
    where
        R: 'static,
    {
        Box::new(Self::new(kind, reader))
    }
}

impl<T: ArrowPrimitiveType, R: Read<T::Native>> Column for Primitive<T, R> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let value = self.reader.read(cursor)?;
        self.values.push(value);
        self.validity.append_non_null();
        Ok(())
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.values.extend(std::iter::repeat_n(T::Native::default(), count));
        self.validity.append_n_nulls(count);
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Text<'_>) -> bool {
        self.nulls.clear();
        let first = self.values.len();
        if !self.reader.read_all(tokens, text, &mut self.values, &mut self.nulls) {
            return false;
        }
        append_validity(&mut self.validity, self.values.len() - first, &self.nulls);
        true
    }

    fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = ScalarBuffer::from(super::taken(&mut self.values));
        let array = PrimitiveArray::<T>::try_new(values, self.validity.finish())?;
        Ok(Arc::new(array.with_data_type(self.kind.clone())))
    }
}

/// Appends `rows` bits: zero for `nulls`, and one for the others.
pub(super) fn append_validity(validity: &mut NullBufferBuilder, rows: usize, nulls: &NullRuns) {
    let nulls = nulls.as_slice();
    let Some(some) = nulls.first() else { return validity.append_n_non_nulls(rows) };
    if *some == (0..rows) {
        return validity.append_n_nulls(rows);
    }
    let first = validity.len();
    validity.append_n_non_nulls(rows);
    // Makes the bits, if there are none yet.
    validity.set_bit(first + some.start, false);
    let Some(bits) = validity.as_slice_mut() else { return };
    for null in nulls.iter().cloned().flatten() {
        bits[(first + null) / 8] &= !(1 << ((first + null) % 8));
    }
}
