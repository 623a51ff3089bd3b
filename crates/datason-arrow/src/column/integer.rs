//! Integers of 8 to 64 bits.

use std::marker::PhantomData;

use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::DataType;
use datason_scan::{Machine, NullRuns, Number, Text, Tokens};

use super::Column;
use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::primitive::{Primitive, Read};

/// The column for `kind`, an integer type.
pub(super) fn column(kind: &DataType) -> Box<dyn Column> {
    match kind {
        DataType::Int8 => Primitive::<Int8Type, _>::boxed(kind, Signed::<i8>::default()),
        DataType::Int16 => Primitive::<Int16Type, _>::boxed(kind, Signed::<i16>::default()),
        DataType::Int32 => Primitive::<Int32Type, _>::boxed(kind, Signed::<i32>::default()),
        DataType::UInt8 => Primitive::<UInt8Type, _>::boxed(kind, Unsigned::<u8>::default()),
        DataType::UInt16 => Primitive::<UInt16Type, _>::boxed(kind, Unsigned::<u16>::default()),
        DataType::UInt32 => Primitive::<UInt32Type, _>::boxed(kind, Unsigned::<u32>::default()),
        DataType::UInt64 => Primitive::<UInt64Type, _>::boxed(kind, Unsigned::<u64>::default()),
        _ => Primitive::<Int64Type, _>::boxed(kind, Signed::<i64>::default()),
    }
}

/// Reads signed integers into `N`.
#[derive(Default)]
pub(super) struct Signed<N>(PhantomData<N>);

#[derive(Default)]
struct Unsigned<N>(PhantomData<N>);

impl<N: Machine + TryFrom<i64> + Send> Read<N> for Signed<N> {
    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<N> {
        let number = begin(cursor)?;
        let value = number.to_i64(cursor.text());
        end(cursor, &number, value.and_then(|value| N::try_from(value).ok()))
    }

    fn read_all(
        &mut self,
        tokens: Tokens<'_>,
        text: Text<'_>,
        values: &mut Vec<N>,
        nulls: &mut NullRuns,
    ) -> bool {
        text.read_numbers(tokens, values, nulls)
    }
}

impl<N: Machine + TryFrom<u64> + Send> Read<N> for Unsigned<N> {
    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<N> {
        let number = begin(cursor)?;
        let value = number.to_u64(cursor.text());
        end(cursor, &number, value.and_then(|value| N::try_from(value).ok()))
    }

    fn read_all(
        &mut self,
        tokens: Tokens<'_>,
        text: Text<'_>,
        values: &mut Vec<N>,
        nulls: &mut NullRuns,
    ) -> bool {
        text.read_numbers(tokens, values, nulls)
    }
}

#[inline]
fn begin(cursor: &Cursor<'_>) -> Outcome<Number> {
    match cursor.peek() {
        b'-' | b'0'..=b'9' => cursor.number(),
        _ => Err(cursor.mismatch("an integer")),
    }
}

/// Passes over `number`, if it is one that `N` holds.
#[inline]
fn end<N>(cursor: &mut Cursor<'_>, number: &Number, value: Option<N>) -> Outcome<N> {
    let Some(value) = value else { return Err(refuse::<N>(cursor, number)) };
    cursor.pass(number);
    Ok(value)
}

#[cold]
fn refuse<N>(cursor: &Cursor<'_>, number: &Number) -> Refusal {
    let text = number.text(cursor.text()).unwrap_or_default();
    let message = if number.is_integer() {
        format!("{text} is out of the range of {}", std::any::type_name::<N>())
    } else {
        format!("expected an integer but found {text}")
    };
    Refusal::new(Why::Mismatch, cursor.at(), message)
}
