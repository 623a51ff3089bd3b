//! Columns with their type found out, so that a cell costs no more than a jump.

use std::collections::HashSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType, RunEndIndexType,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrowPrimitiveType, BinaryArray, BinaryViewArray, FixedSizeBinaryArray,
    LargeBinaryArray, LargeStringArray, OffsetSizeTrait, RunArray, StringArray, StringViewArray,
    downcast_run_array,
};
use arrow_buffer::{
    ArrowNativeType, BooleanBuffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, i256,
};
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use datason_core::{Error, ErrorKind, Result};

use super::zone::Zone;

/// The extension name of a list of two floats that is a complex number.
pub(crate) const COMPLEX: &str = "datason.complex";
/// The extension name of a struct that is written as a list of its fields.
pub(crate) const TUPLE: &str = "datason.tuple";
/// Arrow's own extension name of sixteen bytes that are a UUID.
const UUID: &str = "arrow.uuid";

/// A column, ready to hand out cells.
#[derive(Debug)]
pub(crate) struct Column<'a> {
    pub(super) nulls: Option<&'a NullBuffer>,
    pub(super) kind: Kind<'a>,
    /// Whether NaN and the infinities are `null`, because to leave them out would move others
    /// into their place.
    pub(super) blanks: bool,
}

/// What a column holds.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Null,
    Bool(&'a BooleanBuffer),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float16(&'a [<Float16Type as ArrowPrimitiveType>::Native]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    Decimal32(&'a [i32], i32),
    Decimal64(&'a [i64], i32),
    Decimal128(&'a [i128], i32),
    Decimal256(&'a [i256], i32),
    /// Days since 1970.
    Date32(&'a [i32]),
    /// Milliseconds since 1970.
    Date64(&'a [i64]),
    /// Units since midnight, and how many nanoseconds a unit has.
    Time32(&'a [i32], u64),
    Time64(&'a [i64], u64),
    /// Units since 1970, and how many a second has.
    Timestamp(&'a [i64], i64, Zone),
    /// Units, and how many nanoseconds a unit has.
    Duration(&'a [i64], i128),
    Months(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    TextView(&'a StringViewArray),
    Bytes(&'a BinaryArray),
    LargeBytes(&'a LargeBinaryArray),
    BytesView(&'a BinaryViewArray),
    FixedBytes(&'a FixedSizeBinaryArray),
    Uuid(&'a FixedSizeBinaryArray),
    Complex(&'a [f64]),
    List(Ranges<'a>, Box<Column<'a>>),
    Struct(Vec<(&'a str, Column<'a>)>),
    Tuple(Vec<Column<'a>>),
    Map(&'a [i32], Box<(Column<'a>, Column<'a>)>),
    /// Dictionaries and runs: which value each row has.
    Indirect(Vec<usize>, Box<Column<'a>>),
    Union(Union<'a>),
}

/// Which values belong to each list of a list column.
#[derive(Debug)]
pub(super) enum Ranges<'a> {
    Offsets(&'a [i32]),
    LargeOffsets(&'a [i64]),
    Fixed(usize),
    Views(&'a [i32], &'a [i32]),
    LargeViews(&'a [i64], &'a [i64]),
}

impl Ranges<'_> {
    #[inline]
    pub(super) fn get(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Self::Offsets(offsets) => span(offsets[row], offsets[row + 1]),
            Self::LargeOffsets(offsets) => span(offsets[row], offsets[row + 1]),
            Self::Fixed(width) => row * width..(row + 1) * width,
            Self::Views(starts, sizes) => span(starts[row], starts[row] + sizes[row]),
            Self::LargeViews(starts, sizes) => span(starts[row], starts[row] + sizes[row]),
        }
    }

    /// Whether the values of each list begin where those of the list before end.
    pub(super) const fn is_contiguous(&self) -> bool {
        !matches!(self, Self::Views(..) | Self::LargeViews(..))
    }
}

/// Arrow's offsets are never negative.
#[inline]
pub(super) fn span<O: OffsetSizeTrait>(start: O, end: O) -> std::ops::Range<usize> {
    start.as_usize()..end.as_usize()
}

/// A column of several types.
#[derive(Debug)]
pub(super) struct Union<'a> {
    types: &'a [i8],
    /// Where in its child each row is; without, at the same row.
    offsets: Option<&'a [i32]>,
    children: Vec<(i8, Column<'a>)>,
}

impl<'a> Union<'a> {
    /// The column and row in it of `row`.
    pub(super) fn get(&self, row: usize) -> Option<(&Column<'a>, usize)> {
        let wanted = self.types[row];
        let (_, child) = self.children.iter().find(|(id, _)| *id == wanted)?;
        let row = self.offsets.map_or(row, |offsets| offsets[row].as_usize());
        Some((child, row))
    }
}

impl<'a> Column<'a> {
    /// The column `array` of a table or struct, described by `field`.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a time zone nobody knows; [`ErrorKind::Data`] for a struct
    /// two of whose fields have one name.
    pub(crate) fn of(array: &'a dyn Array, field: &Field) -> Result<Self> {
        Self::extended(array, extension(field))
    }

    fn extended(array: &'a dyn Array, extension: Option<&str>) -> Result<Self> {
        let kind = match extension {
            Some(UUID) => uuid(array),
            Some(COMPLEX) => complex(array),
            Some(TUPLE) => tuple(array)?,
            _ => None,
        };
        let kind = match kind {
            Some(kind) => kind,
            None => kind_of(array)?,
        };
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        Ok(Self { nulls, kind, blanks: false })
    }

    /// The same column, whose NaN and infinities are `null` whatever the configuration drops.
    pub(crate) fn blanks(mut self, blanks: bool) -> Self {
        self.blanks = blanks;
        self
    }

    /// Whether there is no value.
    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(row))
    }

    /// The text of a cell of a column of texts.
    #[cfg(feature = "csv")]
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match &self.kind {
            Kind::Text(texts) => Some(texts.value(row)),
            Kind::LargeText(texts) => Some(texts.value(row)),
            Kind::TextView(texts) => Some(texts.value(row)),
            _ => None,
        }
    }
}

fn extension(field: &Field) -> Option<&str> {
    field.metadata().get(EXTENSION_TYPE_NAME_KEY).map(String::as_str)
}

fn numbers<T: ArrowPrimitiveType>(array: &dyn Array) -> &[T::Native] {
    array.as_primitive::<T>().values()
}

fn kind_of(array: &dyn Array) -> Result<Kind<'_>> {
    Ok(match array.data_type() {
        DataType::Null => Kind::Null,
        DataType::Boolean => Kind::Bool(array.as_boolean().values()),
        DataType::Int8 => Kind::Int8(numbers::<Int8Type>(array)),
        DataType::Int16 => Kind::Int16(numbers::<Int16Type>(array)),
        DataType::Int32 => Kind::Int32(numbers::<Int32Type>(array)),
        DataType::Int64 => Kind::Int64(numbers::<Int64Type>(array)),
        DataType::UInt8 => Kind::UInt8(numbers::<UInt8Type>(array)),
        DataType::UInt16 => Kind::UInt16(numbers::<UInt16Type>(array)),
        DataType::UInt32 => Kind::UInt32(numbers::<UInt32Type>(array)),
        DataType::UInt64 => Kind::UInt64(numbers::<UInt64Type>(array)),
        DataType::Float16 => Kind::Float16(numbers::<Float16Type>(array)),
        DataType::Float32 => Kind::Float32(numbers::<Float32Type>(array)),
        DataType::Float64 => Kind::Float64(numbers::<Float64Type>(array)),
        DataType::Decimal32(_, scale) => {
            Kind::Decimal32(numbers::<Decimal32Type>(array), i32::from(*scale))
        }
        DataType::Decimal64(_, scale) => {
            Kind::Decimal64(numbers::<Decimal64Type>(array), i32::from(*scale))
        }
        DataType::Decimal128(_, scale) => {
            Kind::Decimal128(numbers::<Decimal128Type>(array), i32::from(*scale))
        }
        DataType::Decimal256(_, scale) => {
            Kind::Decimal256(numbers::<Decimal256Type>(array), i32::from(*scale))
        }
        DataType::Utf8 => Kind::Text(array.as_string()),
        DataType::LargeUtf8 => Kind::LargeText(array.as_string()),
        DataType::Utf8View => Kind::TextView(array.as_string_view()),
        DataType::Binary => Kind::Bytes(array.as_binary()),
        DataType::LargeBinary => Kind::LargeBytes(array.as_binary()),
        DataType::BinaryView => Kind::BytesView(array.as_binary_view()),
        DataType::FixedSizeBinary(_) => Kind::FixedBytes(array.as_fixed_size_binary()),
        _ => return kind_of_time(array),
    })
}

fn kind_of_time(array: &dyn Array) -> Result<Kind<'_>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Ok(match array.data_type() {
        DataType::Date32 => Kind::Date32(numbers::<Date32Type>(array)),
        DataType::Date64 => Kind::Date64(numbers::<Date64Type>(array)),
        DataType::Time32(Second) => Kind::Time32(numbers::<Time32SecondType>(array), 1_000_000_000),
        DataType::Time32(_) => Kind::Time32(numbers::<Time32MillisecondType>(array), 1_000_000),
        DataType::Time64(Microsecond) => {
            Kind::Time64(numbers::<Time64MicrosecondType>(array), 1000)
        }
        DataType::Time64(_) => Kind::Time64(numbers::<Time64NanosecondType>(array), 1),
        DataType::Timestamp(unit, zone) => {
            let (units, per_second) = match unit {
                Second => (numbers::<TimestampSecondType>(array), 1),
                Millisecond => (numbers::<TimestampMillisecondType>(array), 1000),
                Microsecond => (numbers::<TimestampMicrosecondType>(array), 1_000_000),
                Nanosecond => (numbers::<TimestampNanosecondType>(array), 1_000_000_000),
            };
            Kind::Timestamp(units, per_second, Zone::of(zone.as_deref())?)
        }
        DataType::Duration(Second) => {
            Kind::Duration(numbers::<DurationSecondType>(array), 1_000_000_000)
        }
        DataType::Duration(Millisecond) => {
            Kind::Duration(numbers::<DurationMillisecondType>(array), 1_000_000)
        }
        DataType::Duration(Microsecond) => {
            Kind::Duration(numbers::<DurationMicrosecondType>(array), 1000)
        }
        DataType::Duration(Nanosecond) => {
            Kind::Duration(numbers::<DurationNanosecondType>(array), 1)
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            Kind::Months(numbers::<IntervalYearMonthType>(array))
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            Kind::DayTime(numbers::<IntervalDayTimeType>(array))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            Kind::MonthDayNano(numbers::<IntervalMonthDayNanoType>(array))
        }
        _ => return kind_of_nested(array),
    })
}

fn kind_of_nested(array: &dyn Array) -> Result<Kind<'_>> {
    match array.data_type() {
        DataType::List(member) => {
            let lists = array.as_list::<i32>();
            list(Ranges::Offsets(lists.value_offsets()), lists.values(), member)
        }
        DataType::LargeList(member) => {
            let lists = array.as_list::<i64>();
            list(Ranges::LargeOffsets(lists.value_offsets()), lists.values(), member)
        }
        DataType::FixedSizeList(member, width) => {
            let width = usize::try_from(*width).unwrap_or(0);
            list(Ranges::Fixed(width), array.as_fixed_size_list().values(), member)
        }
        DataType::ListView(member) => {
            let lists = array.as_list_view::<i32>();
            list(Ranges::Views(lists.offsets(), lists.sizes()), lists.values(), member)
        }
        DataType::LargeListView(member) => {
            let lists = array.as_list_view::<i64>();
            list(Ranges::LargeViews(lists.offsets(), lists.sizes()), lists.values(), member)
        }
        DataType::Struct(_) => structure(array),
        DataType::Map(..) => map(array),
        DataType::Dictionary(..) => dictionary(array),
        DataType::RunEndEncoded(_, values) => runs(array, values),
        DataType::Union(..) => union(array),
        other => Err(unsupported(other)),
    }
}

#[cold]
fn unsupported(data_type: &DataType) -> Error {
    Error::new(ErrorKind::Unsupported, format!("columns of type {data_type} are not written"))
}

fn list<'a>(ranges: Ranges<'a>, values: &'a dyn Array, member: &Field) -> Result<Kind<'a>> {
    Ok(Kind::List(ranges, Box::new(Column::of(values, member)?)))
}

fn structure(array: &dyn Array) -> Result<Kind<'_>> {
    let rows = array.as_struct();
    let mut names = HashSet::new();
    let fields = rows.fields().iter().zip(rows.columns());
    let members = fields.map(|(field, column)| {
        if !names.insert(field.name()) {
            return Err(duplicate_field(field));
        }
        Ok((field.name().as_str(), Column::of(column, field)?))
    });
    Ok(Kind::Struct(members.collect::<Result<_>>()?))
}

#[cold]
fn duplicate_field(field: &FieldRef) -> Error {
    let name = datason_core::escape(field.name().as_bytes());
    Error::new(ErrorKind::Data, format!("two fields of one struct are both named `{name}`"))
}

fn map(array: &dyn Array) -> Result<Kind<'_>> {
    let maps = array.as_map();
    let (keys, values) = maps.entries_fields();
    let keys = Column::of(maps.keys(), keys)?;
    let values = Column::of(maps.values(), values)?;
    Ok(Kind::Map(maps.value_offsets(), Box::new((keys, values))))
}

fn dictionary(array: &dyn Array) -> Result<Kind<'_>> {
    let dictionary = array.as_any_dictionary();
    if dictionary.values().is_empty() {
        return Ok(Kind::Null);
    }
    let values = Column::extended(dictionary.values(), None)?;
    Ok(Kind::Indirect(dictionary.normalized_keys(), Box::new(values)))
}

fn runs<'a>(array: &'a dyn Array, values: &Field) -> Result<Kind<'a>> {
    downcast_run_array!(
        array => run_values(array, values),
        other => Err(unsupported(other)),
    )
}

fn run_values<'a, R: RunEndIndexType>(array: &'a RunArray<R>, values: &Field) -> Result<Kind<'a>> {
    let indices = (0..array.len()).map(|row| array.get_physical_index(row)).collect();
    Ok(Kind::Indirect(indices, Box::new(Column::of(array.values(), values)?)))
}

fn union(array: &dyn Array) -> Result<Kind<'_>> {
    let union = array.as_union();
    let child = |(id, field): (i8, &FieldRef)| Ok((id, Column::of(union.child(id), field)?));
    let children = union.fields().iter().map(child).collect::<Result<_>>()?;
    let offsets = union.offsets().map(|offsets| &**offsets);
    Ok(Kind::Union(Union { types: union.type_ids(), offsets, children }))
}

fn uuid(array: &dyn Array) -> Option<Kind<'_>> {
    array.as_fixed_size_binary_opt().filter(|ids| ids.value_length() == 16).map(Kind::Uuid)
}

fn complex(array: &dyn Array) -> Option<Kind<'_>> {
    let pairs = array.as_fixed_size_list_opt().filter(|pairs| pairs.value_length() == 2)?;
    let parts = pairs.values().as_primitive_opt::<Float64Type>()?;
    Some(Kind::Complex(parts.values()))
}

fn tuple(array: &dyn Array) -> Result<Option<Kind<'_>>> {
    let Some(rows) = array.as_struct_opt() else { return Ok(None) };
    let fields = rows.fields().iter().zip(rows.columns());
    let members = fields.map(|(field, column)| Column::of(column, field));
    members.collect::<Result<_>>().map(|members| Some(Kind::Tuple(members)))
}
