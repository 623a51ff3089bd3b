//! Tables cut by rows or by bytes.
//!
//! A slice of a batch shares the batch's memory: cutting copies nothing.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{Array, GenericByteViewArray, OffsetSizeTrait, RecordBatch};
use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;
use datason_core::ChunkSize;

/// `batch` in pieces of at most `size`, in order, each of at least one row.
///
/// [`ChunkSize::Bytes`] counts the memory that the values of the rows take in Arrow's form, as
/// [`bytes_of`] does; a single row that is larger makes a piece of its own.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
/// use datason_arrow::slice::slices;
/// use datason_core::{ByteSize, ChunkSize};
///
/// let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]));
/// let batch = RecordBatch::try_from_iter([("n", numbers)])?;
/// let rows = |size| slices(&batch, size).map(|slice| slice.num_rows()).collect::<Vec<_>>();
/// assert_eq!(rows(ChunkSize::records(2)?), [2, 2, 1]);
/// assert_eq!(rows(ChunkSize::bytes(ByteSize::b(24))?), [3, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn slices(batch: &RecordBatch, size: ChunkSize) -> Slices {
    Slices { rest: batch.clone(), size }
}

/// The pieces of a batch; made by [`slices`].
#[derive(Clone, Debug)]
pub struct Slices {
    rest: RecordBatch,
    size: ChunkSize,
}

impl Iterator for Slices {
    type Item = RecordBatch;

    fn next(&mut self) -> Option<RecordBatch> {
        if self.rest.num_rows() == 0 {
            return None;
        }
        let rows = Room::new(self.size).take(&self.rest, true);
        let slice = self.rest.slice(0, rows);
        self.rest = self.rest.slice(rows, self.rest.num_rows() - rows);
        Some(slice)
    }
}

impl std::iter::FusedIterator for Slices {}

/// What is left of a chunk's size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    rows: usize,
    /// [`usize::MAX`] if they are no matter.
    bytes: usize,
}

impl Room {
    pub(crate) fn new(size: ChunkSize) -> Self {
        Self { rows: size.most_records(), bytes: size.most_bytes() }
    }

    pub(crate) fn is_full(self) -> bool {
        self.rows == 0 || self.bytes == 0
    }

    /// How many of the first rows of `batch` fit; one at least if `first` and there is one. They
    /// are taken off what is left.
    pub(crate) fn take(&mut self, batch: &RecordBatch, first: bool) -> usize {
        let all = batch.num_rows();
        if self.bytes == usize::MAX {
            let rows = all.min(self.rows);
            self.rows -= rows;
            return rows;
        }
        let rows = rows_within(batch, self.bytes).max(usize::from(first && all > 0));
        // Where the next row did not fit, no row of a later batch comes before it.
        let left = || self.bytes.saturating_sub(bytes_of(batch, 0..rows));
        self.bytes = if rows < all { 0 } else { left() };
        rows
    }
}

/// The number of rows, from the first, whose values take at most `bytes`.
fn rows_within(batch: &RecordBatch, bytes: usize) -> usize {
    let all = batch.num_rows();
    let taken = bytes_of(batch, 0..all);
    if taken <= bytes {
        return all;
    }
    // So many rows, and what they take: of those that fit, and of those that are too many.
    let (mut fits, mut exceeds) = ((0, 0), (all, taken));
    let mut halves = false;
    while exceeds.0 - fits.0 > 1 {
        let rows = exceeds.0 - fits.0;
        let each = (exceeds.1 - fits.1).div_ceil(rows).max(1);
        // Mostly one row takes about as much as another. Where that leads nowhere, halving does.
        let step = if halves { rows / 2 } else { (bytes - fits.1) / each };
        let middle = fits.0 + step.clamp(1, rows - 1);
        let found = (middle, bytes_of(batch, 0..middle));
        if found.1 <= bytes {
            fits = found;
        } else {
            exceeds = found;
        }
        halves = exceeds.0 - fits.0 > rows / 2;
    }
    fits.0
}

/// The bytes that the values of `rows` take in memory, offsets and validity included.
///
/// What rows share, the values of a dictionary for example, is not counted. Takes the time of a
/// few look-ups a column, but for views, maps and lists of lists, where it grows with the rows.
///
/// # Panics
/// If `rows` goes beyond the batch.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, RecordBatch, StringArray};
/// use datason_arrow::slice::bytes_of;
///
/// let names: ArrayRef = Arc::new(StringArray::from(vec!["ann", "bo"]));
/// let batch = RecordBatch::try_from_iter([("name", names)])?;
/// assert_eq!(bytes_of(&batch, 0..2), 5 + 2 * 4, "letters, and an offset a text");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bytes_of(batch: &RecordBatch, rows: Range<usize>) -> usize {
    assert!(rows.start <= rows.end && rows.end <= batch.num_rows(), "rows of the batch");
    batch.columns().iter().map(|column| column_bytes(column, rows.clone())).sum()
}

/// As [`bytes_of`], of all of one array.
pub(crate) fn array_bytes(array: &dyn Array) -> usize {
    column_bytes(array, 0..array.len())
}

fn column_bytes(array: &dyn Array, rows: Range<usize>) -> usize {
    let validity = if array.nulls().is_some() { rows.len().div_ceil(8) } else { 0 };
    validity + value_bytes(array, rows)
}

fn value_bytes(array: &dyn Array, rows: Range<usize>) -> usize {
    if let Some(width) = array.data_type().primitive_width() {
        return width * rows.len();
    }
    match array.data_type() {
        DataType::Boolean => rows.len().div_ceil(8),
        DataType::Utf8 => text_bytes::<arrow_array::types::Utf8Type>(array, rows),
        DataType::LargeUtf8 => text_bytes::<arrow_array::types::LargeUtf8Type>(array, rows),
        DataType::Binary => text_bytes::<arrow_array::types::BinaryType>(array, rows),
        DataType::LargeBinary => text_bytes::<arrow_array::types::LargeBinaryType>(array, rows),
        DataType::Utf8View => view_bytes(array.as_string_view(), rows),
        DataType::BinaryView => view_bytes(array.as_binary_view(), rows),
        DataType::FixedSizeBinary(width) => width.as_usize() * rows.len(),
        DataType::FixedSizeList(_, width) => {
            let members = rows.start * width.as_usize()..rows.end * width.as_usize();
            column_bytes(array.as_fixed_size_list().values(), members)
        }
        DataType::List(_) => list_bytes(array.as_list::<i32>(), rows),
        DataType::LargeList(_) => list_bytes(array.as_list::<i64>(), rows),
        DataType::Struct(_) => array
            .as_struct()
            .columns()
            .iter()
            .map(|column| column_bytes(column, rows.clone()))
            .sum(),
        DataType::Map(..) => {
            let map = array.as_map();
            let entries = between(map.value_offsets(), &rows);
            size_of::<i32>() * rows.len()
                + column_bytes(map.keys(), entries.clone())
                + column_bytes(map.values(), entries)
        }
        DataType::Dictionary(key, _) => key.primitive_width().unwrap_or(0) * rows.len(),
        // Runs, unions and list views share their values in ways that only a walk would tell.
        _ => proportion(array, rows.len()),
    }
}

fn text_bytes<T: ByteArrayType>(array: &dyn Array, rows: Range<usize>) -> usize {
    let offsets = array.as_bytes::<T>().value_offsets();
    between(offsets, &rows).len() + size_of::<T::Offset>() * rows.len()
}

fn list_bytes<O: OffsetSizeTrait>(
    lists: &arrow_array::GenericListArray<O>,
    rows: Range<usize>,
) -> usize {
    let members = between(lists.value_offsets(), &rows);
    size_of::<O>() * rows.len() + column_bytes(lists.values(), members)
}

fn between<O: OffsetSizeTrait>(offsets: &[O], rows: &Range<usize>) -> Range<usize> {
    offsets[rows.start].as_usize()..offsets[rows.end].as_usize()
}

/// A view is 16 bytes, and holds texts of up to 12 bytes itself.
fn view_bytes<T: ByteViewType>(views: &GenericByteViewArray<T>, rows: Range<usize>) -> usize {
    let outside = |length: u32| if length > 12 { length as usize } else { 0 };
    let lengths = views.lengths().skip(rows.start).take(rows.len());
    16 * rows.len() + lengths.map(outside).sum::<usize>()
}

/// `rows` rows' share of all memory of `array`.
fn proportion(array: &dyn Array, rows: usize) -> usize {
    match array.len() {
        0 => 0,
        all => array.get_array_memory_size() / all * rows,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_many_rows_fit_as_one_after_the_other(
            lengths in prop::collection::vec(prop_oneof![0..9_usize, 0..500_usize], 1..60),
        ) {
            let texts = lengths.iter().map(|length| Some("x".repeat(*length)));
            let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
            let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
            for bytes in (0..=bytes_of(&batch, 0..lengths.len())).step_by(3) {
                let fits = (0..=lengths.len()).rev().find(|rows| bytes_of(&batch, 0..*rows) <= bytes);
                prop_assert_eq!(Some(rows_within(&batch, bytes)), fits, "{} bytes", bytes);
            }
        }
    }
}
