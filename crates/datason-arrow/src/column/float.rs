//! Floats, correctly rounded.

use arrow_array::types::{Float32Type, Float64Type};
use arrow_schema::DataType;
use datason_scan::{NullRuns, Number, Text, Tokens};

use super::Column;
use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::primitive::{Primitive, Read};

/// The column for `kind`, an `f32` or `f64`.
pub(super) fn column(kind: &DataType) -> Box<dyn Column> {
    match kind {
        DataType::Float32 => Primitive::<Float32Type, _>::boxed(kind, Single),
        _ => Primitive::<Float64Type, _>::boxed(kind, Double),
    }
}

struct Single;
struct Double;

impl Read<f32> for Single {
    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<f32> {
        read(cursor, Number::to_f32)
    }

    fn read_all(
        &mut self,
        tokens: Tokens<'_>,
        text: Text<'_>,
        values: &mut Vec<f32>,
        nulls: &mut NullRuns,
    ) -> bool {
        text.read_numbers(tokens, values, nulls)
    }
}

impl Read<f64> for Double {
    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Outcome<f64> {
        read(cursor, Number::to_f64)
    }

    fn read_all(
        &mut self,
        tokens: Tokens<'_>,
        text: Text<'_>,
        values: &mut Vec<f64>,
        nulls: &mut NullRuns,
    ) -> bool {
        text.read_numbers(tokens, values, nulls)
    }
}

#[inline]
fn read<N>(cursor: &mut Cursor<'_>, round: impl Fn(&Number, &[u8]) -> Option<N>) -> Outcome<N> {
    if !matches!(cursor.peek(), b'-' | b'0'..=b'9') {
        return Err(cursor.mismatch("a number"));
    }
    let number = cursor.number()?;
    match round(&number, cursor.text()) {
        Some(value) => {
            cursor.pass(&number);
            Ok(value)
        }
        None => Err(refuse::<N>(cursor, &number)),
    }
}

#[cold]
fn refuse<N>(cursor: &Cursor<'_>, number: &Number) -> Refusal {
    let text = number.text(cursor.text()).unwrap_or_default();
    let message = format!("{text} is out of the range of {}", std::any::type_name::<N>());
    Refusal::new(Why::Mismatch, cursor.at(), message)
}
