//! Elements as bytes to Arrow arrays.

use std::sync::Arc;

use arrow_array::types::{
    Date32Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeListArray, Float64Array,
    LargeBinaryArray, LargeStringArray, PrimitiveArray, StructArray,
};
use arrow_buffer::BooleanBuffer;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, FieldRef, Fields};
use datason_core::{Error, ErrorKind, Result};

use super::dtype::{DType, Kind, Member, Unit};
use crate::encode::{COMPLEX, TUPLE};
use crate::error::of_arrow;

/// An array of the `count` elements in `bytes`, and what describes it.
///
/// # Errors
/// [`ErrorKind::Data`] for what no value says: a character that does not exist, a moment beyond
/// 64 bits of its unit; [`ErrorKind::Unsupported`] for spans of months and years.
pub(super) fn decode(bytes: &[u8], dtype: &DType, count: usize) -> Result<(ArrayRef, FieldRef)> {
    let array = match &dtype.kind {
        Kind::Bool => Arc::new(BooleanArray::new(
            bytes.iter().map(|byte| *byte != 0).collect::<BooleanBuffer>(),
            None,
        )),
        Kind::Int => integers(bytes, dtype),
        Kind::UInt => unsigned(bytes, dtype),
        Kind::Float => floats(bytes, dtype),
        Kind::Complex => return complex(bytes, dtype),
        Kind::Text => texts(elements(bytes, dtype.size, count), dtype.big_endian)?,
        Kind::Bytes => binary(elements(bytes, dtype.size, count).map(without_zeros)),
        Kind::Void => binary(elements(bytes, dtype.size, count)),
        Kind::DateTime(unit) => date_times(bytes, dtype, *unit)?,
        Kind::Span(unit) => spans(bytes, dtype, *unit)?,
        Kind::Record(members) => return record(bytes, dtype, members, count),
    };
    let field = Field::new("item", array.data_type().clone(), true);
    Ok((array, Arc::new(field)))
}

macro_rules! native {
    ($type:ty, $size:literal, $bytes:expr, $big:expr) => {{
        let (elements, _) = $bytes.as_chunks::<$size>();
        let numbers: Vec<<$type as ArrowPrimitiveType>::Native> = if $big {
            elements
                .iter()
                .map(|bytes| <$type as ArrowPrimitiveType>::Native::from_be_bytes(*bytes))
                .collect()
        } else {
            elements
                .iter()
                .map(|bytes| <$type as ArrowPrimitiveType>::Native::from_le_bytes(*bytes))
                .collect()
        };
        Arc::new(PrimitiveArray::<$type>::new(numbers.into(), None)) as ArrayRef
    }};
}

fn integers(bytes: &[u8], dtype: &DType) -> ArrayRef {
    match dtype.size {
        1 => native!(Int8Type, 1, bytes, false),
        2 => native!(Int16Type, 2, bytes, dtype.big_endian),
        4 => native!(Int32Type, 4, bytes, dtype.big_endian),
        _ => native!(Int64Type, 8, bytes, dtype.big_endian),
    }
}

fn unsigned(bytes: &[u8], dtype: &DType) -> ArrayRef {
    match dtype.size {
        1 => native!(UInt8Type, 1, bytes, false),
        2 => native!(UInt16Type, 2, bytes, dtype.big_endian),
        4 => native!(UInt32Type, 4, bytes, dtype.big_endian),
        _ => native!(UInt64Type, 8, bytes, dtype.big_endian),
    }
}

fn floats(bytes: &[u8], dtype: &DType) -> ArrayRef {
    match dtype.size {
        2 => native!(Float16Type, 2, bytes, dtype.big_endian),
        4 => native!(Float32Type, 4, bytes, dtype.big_endian),
        _ => native!(Float64Type, 8, bytes, dtype.big_endian),
    }
}

/// Arrow has no complex numbers: pairs of doubles, which say so.
fn complex(bytes: &[u8], dtype: &DType) -> Result<(ArrayRef, FieldRef)> {
    let parts = match (dtype.size, dtype.big_endian) {
        (8, big) => wide(bytes, |part: [u8; 4]| {
            f64::from(if big { f32::from_be_bytes(part) } else { f32::from_le_bytes(part) })
        }),
        (_, true) => wide(bytes, f64::from_be_bytes),
        (_, false) => wide(bytes, f64::from_le_bytes),
    };
    let part = Arc::new(Field::new("part", DataType::Float64, false));
    let pairs = FixedSizeListArray::try_new(part, 2, Arc::new(parts), None).map_err(of_arrow)?;
    Ok(extended(Arc::new(pairs), COMPLEX))
}

fn wide<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f64) -> Float64Array {
    let (parts, _) = bytes.as_chunks::<N>();
    Float64Array::from_iter_values(parts.iter().map(|part| read(*part)))
}

fn extended(array: ArrayRef, name: &str) -> (ArrayRef, FieldRef) {
    let metadata = [(EXTENSION_TYPE_NAME_KEY.to_owned(), name.to_owned())];
    let field = Field::new("item", array.data_type().clone(), true).with_metadata(metadata.into());
    (array, Arc::new(field))
}

/// Each element's bytes, which may be none.
fn elements(bytes: &[u8], size: usize, count: usize) -> impl Iterator<Item = &[u8]> {
    (0..count).map(move |index| &bytes[index * size..(index + 1) * size])
}

fn texts<'b>(elements: impl Iterator<Item = &'b [u8]>, big_endian: bool) -> Result<ArrayRef> {
    let texts = elements.map(|element| text(element, big_endian)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(LargeStringArray::from_iter_values(texts)))
}

/// The characters up to the zeros at the end.
fn text(element: &[u8], big_endian: bool) -> Result<String> {
    let (codes, _) = element.as_chunks::<4>();
    let read = if big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    let end = codes.iter().rposition(|bytes| read(*bytes) != 0).map_or(0, |last| last + 1);
    codes[..end]
        .iter()
        .map(|bytes| {
            let code = read(*bytes);
            char::from_u32(code).ok_or_else(|| {
                Error::new(ErrorKind::Data, format!("there is no character U+{code:04X}"))
            })
        })
        .collect()
}

fn binary<'b>(elements: impl Iterator<Item = &'b [u8]>) -> ArrayRef {
    Arc::new(LargeBinaryArray::from_iter_values(elements))
}

fn without_zeros(element: &[u8]) -> &[u8] {
    let end = element.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &element[..end]
}

/// Counts of a unit, `None` for "not a time"; multiplied by `factor`, if that fits.
fn counts(bytes: &[u8], dtype: &DType, factor: i64) -> Result<Vec<Option<i64>>> {
    let (elements, _) = bytes.as_chunks::<8>();
    let read = if dtype.big_endian { i64::from_be_bytes } else { i64::from_le_bytes };
    elements
        .iter()
        .map(|element| match read(*element) {
            i64::MIN => Ok(None),
            count => count.checked_mul(factor).map(Some).ok_or_else(|| out_of_range(count, dtype)),
        })
        .collect()
}

#[cold]
fn out_of_range(count: i64, dtype: &DType) -> Error {
    Error::new(ErrorKind::Data, format!("{count} of {dtype} is out of range"))
}

fn collected<T: ArrowPrimitiveType<Native = i64>>(counts: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(counts.into_iter().collect::<PrimitiveArray<T>>())
}

fn date_times(bytes: &[u8], dtype: &DType, unit: Unit) -> Result<ArrayRef> {
    let of = |factor: i64| match unit.count.checked_mul(factor) {
        Some(factor) => counts(bytes, dtype, factor),
        None => Err(out_of_range(unit.count, dtype)),
    };
    Ok(match unit.name {
        "Y" => days(of(12)?, days_before)?,
        "M" => days(of(1)?, days_before)?,
        "W" => days(of(7)?, Some)?,
        "D" => days(of(1)?, Some)?,
        "h" => collected::<TimestampSecondType>(of(3600)?),
        "m" => collected::<TimestampSecondType>(of(60)?),
        "s" => collected::<TimestampSecondType>(of(1)?),
        "ms" => collected::<TimestampMillisecondType>(of(1)?),
        "us" => collected::<TimestampMicrosecondType>(of(1)?),
        _ => collected::<TimestampNanosecondType>(of(1)?),
    })
}

fn days(counts: Vec<Option<i64>>, day: impl Fn(i64) -> Option<i64>) -> Result<ArrayRef> {
    let day = |count: i64| {
        let day = day(count).and_then(|day| i32::try_from(day).ok());
        day.ok_or_else(|| Error::new(ErrorKind::Data, format!("the date {count} is out of range")))
    };
    let days = counts.into_iter().map(|count| count.map(day).transpose());
    Ok(Arc::new(days.collect::<Result<PrimitiveArray<Date32Type>>>()?))
}

/// The day since 1970 on which the month begins that is `months` after January 1970.
fn days_before(months: i64) -> Option<i64> {
    let year = i16::try_from(1970 + months.div_euclid(12)).ok()?;
    let month = u8::try_from(months.rem_euclid(12) + 1).ok()?;
    let first = datason_core::value::Date::new(year, month, 1).ok()?;
    Some(first.days_since_1970())
}

fn spans(bytes: &[u8], dtype: &DType, unit: Unit) -> Result<ArrayRef> {
    let of = |factor: i64| match unit.count.checked_mul(factor) {
        Some(factor) => counts(bytes, dtype, factor),
        None => Err(out_of_range(unit.count, dtype)),
    };
    Ok(match unit.name {
        "W" => collected::<DurationSecondType>(of(7 * 86_400)?),
        "D" => collected::<DurationSecondType>(of(86_400)?),
        "h" => collected::<DurationSecondType>(of(3600)?),
        "m" => collected::<DurationSecondType>(of(60)?),
        "s" => collected::<DurationSecondType>(of(1)?),
        "ms" => collected::<DurationMillisecondType>(of(1)?),
        "us" => collected::<DurationMicrosecondType>(of(1)?),
        "ns" => collected::<DurationNanosecondType>(of(1)?),
        _ => {
            let message = format!("a span of type {dtype} has no fixed length");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    })
}

/// A record is written as the list of its fields, as NumPy's `tolist` makes tuples of them.
fn record(
    bytes: &[u8],
    dtype: &DType,
    members: &[Member],
    count: usize,
) -> Result<(ArrayRef, FieldRef)> {
    let columns = members.iter().map(|member| decode_member(bytes, dtype, member, count));
    let (columns, fields): (Vec<_>, Vec<_>) =
        columns.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let rows = StructArray::try_new_with_length(Fields::from(fields), columns, None, count);
    Ok(extended(Arc::new(rows.map_err(of_arrow)?), TUPLE))
}

fn decode_member(
    bytes: &[u8],
    dtype: &DType,
    member: &Member,
    count: usize,
) -> Result<(ArrayRef, FieldRef)> {
    let each: usize = member.shape.iter().product();
    let place = member.offset..member.offset + each * member.dtype.size;
    let pieces = elements(bytes, dtype.size, count).map(|record| &record[place.clone()]);
    let (mut array, mut field) =
        decode(&pieces.collect::<Vec<_>>().concat(), &member.dtype, count * each)?;
    for (axis, length) in member.shape.iter().enumerate().rev() {
        let lists = count * member.shape[..axis].iter().product::<usize>();
        (array, field) = in_lists(array, field, *length, lists)?;
    }
    Ok((array, Arc::new(field.as_ref().clone().with_name(&member.name))))
}

/// `array` in `lists` lists of `length` members.
fn in_lists(
    array: ArrayRef,
    field: FieldRef,
    length: usize,
    lists: usize,
) -> Result<(ArrayRef, FieldRef)> {
    let width = i32::try_from(length).map_err(|cause| {
        Error::new(ErrorKind::Limit, format!("a field of {length} elements")).caused_by(cause)
    })?;
    let lists = FixedSizeListArray::try_new_with_length(field, width, array, None, lists);
    let lists = lists.map_err(of_arrow)?;
    let field = Field::new("item", lists.data_type().clone(), true);
    Ok((Arc::new(lists), Arc::new(field)))
}
