//! N-d arrays, cut along their first axis.
//!
//! - [`Tensor`]: elements in an Arrow array, in C order, and a shape; fixed-size lists and
//!   tensor columns become one without a copy.
//! - [`NdArray`]: a view of an array of the crate `ndarray`, with any strides.
//! - [`files::npy`](crate::files::npy): arrays in `.npy` files of any size.

mod dtype;
mod extension;
#[cfg(feature = "ndarray")]
mod view;

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, FixedSizeListArray};
use arrow_schema::{DataType, Field, FieldRef};
use datason_core::config::{Config, NanHandling};
use datason_core::{Chunkable, Description, Error, ErrorKind, Result, Strategy};
use serde::ser::{Error as _, Serialize, SerializeSeq, Serializer};

#[cfg(feature = "ndarray")]
pub use self::view::{Element, NdArray, NdChunk, NdChunks};
use crate::encode::{Cell, Column, hinted};
use crate::slice::array_bytes;

/// An n-d array whose elements lie in an Arrow array, the last axis the fastest.
///
/// Elements may be of any type that a table's cell may have, nulls included. Cutting copies
/// nothing.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use arrow_array::Int32Array;
/// use datason_arrow::Tensor;
/// use datason_core::{Chunkable, Config};
///
/// let numbers = Arc::new(Int32Array::from_iter_values(0..6));
/// let tensor = Tensor::new(numbers, vec![3, 2])?;
/// assert_eq!(tensor.describe().dtype.as_deref(), Some("int32"));
/// let chunks = tensor.into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
/// let texts: Vec<_> = chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect();
/// assert_eq!(texts, ["[[0,1],[2,3]]", "[[4,5]]"]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tensor {
    values: ArrayRef,
    field: FieldRef,
    shape: Vec<usize>,
}

impl Tensor {
    /// The elements `values` in the shape `shape`; the empty shape is that of a scalar.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the shape does not have as many elements as there are.
    pub fn new(values: ArrayRef, shape: Vec<usize>) -> Result<Self> {
        let field = Arc::new(Field::new("item", values.data_type().clone(), true));
        Self::of_field(values, field, shape)
    }

    /// `field` says what the data type alone does not.
    pub(crate) fn of_field(values: ArrayRef, field: FieldRef, shape: Vec<usize>) -> Result<Self> {
        if count(&shape) != Some(values.len()) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("{} elements in the shape {shape:?}", values.len()),
            ));
        }
        Ok(Self { values, field, shape })
    }

    /// The array whose rows are the lists of `lists`: a list a row, lists in lists as further
    /// axes.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if a list is null: there is no such row.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{FixedSizeListArray, Float32Array};
    /// use arrow_schema::{DataType, Field};
    /// use datason_arrow::Tensor;
    ///
    /// let field = Arc::new(Field::new("item", DataType::Float32, false));
    /// let values = Arc::new(Float32Array::from(vec![0.5; 6]));
    /// let pairs = FixedSizeListArray::try_new(field, 2, values, None)?;
    /// assert_eq!(Tensor::from_lists(&pairs)?.shape(), [3, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_lists(lists: &FixedSizeListArray) -> Result<Self> {
        let mut shape = vec![lists.len()];
        let mut lists = lists;
        loop {
            refuse_null_lists(lists)?;
            shape.push(width(lists));
            let DataType::FixedSizeList(member, _) = lists.data_type() else {
                let message = format!("{} is no type of lists of one length", lists.data_type());
                return Err(Error::new(ErrorKind::Schema, message));
            };
            match lists.values().as_fixed_size_list_opt() {
                Some(inner) if member.metadata().is_empty() => lists = inner,
                _ => return Self::of_field(lists.values().clone(), Arc::clone(member), shape),
            }
        }
    }

    /// The column `array` of a table, described by `field`: of the extension type
    /// `arrow.fixed_shape_tensor`, or of fixed-size lists.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if a row is null, or the extension's metadata do not fit the lists;
    /// [`ErrorKind::Unsupported`] for another type, and for a tensor whose axes are permuted.
    ///
    /// # Example
    /// ```
    /// use std::collections::HashMap;
    /// use std::sync::Arc;
    /// use arrow_array::{Array, FixedSizeListArray, UInt8Array};
    /// use arrow_schema::{DataType, Field};
    /// use datason_arrow::Tensor;
    ///
    /// // Two images of two by three pixels.
    /// let item = Arc::new(Field::new("item", DataType::UInt8, false));
    /// let pixels = Arc::new(UInt8Array::from_iter_values(0..12));
    /// let images = FixedSizeListArray::try_new(item, 6, pixels, None)?;
    /// let field = Field::new("image", images.data_type().clone(), false).with_metadata(HashMap::from([
    ///     ("ARROW:extension:name".to_owned(), "arrow.fixed_shape_tensor".to_owned()),
    ///     ("ARROW:extension:metadata".to_owned(), r#"{"shape": [2, 3]}"#.to_owned()),
    /// ]));
    /// assert_eq!(Tensor::from_column(&images, &field)?.shape(), [2, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_column(array: &dyn Array, field: &Field) -> Result<Self> {
        let Some(lists) = array.as_fixed_size_list_opt() else {
            let message = format!("a column of type {} is not an array's", array.data_type());
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        let Some(row_shape) = extension::row_shape(field)? else { return Self::from_lists(lists) };
        refuse_null_lists(lists)?;
        if count(&row_shape) != Some(width(lists)) {
            let message = format!("tensors of shape {row_shape:?} in lists of {}", width(lists));
            return Err(Error::new(ErrorKind::Data, message));
        }
        let shape = std::iter::once(lists.len()).chain(row_shape).collect();
        Self::new(lists.values().clone(), shape)
    }

    /// The elements, the last axis the fastest.
    pub const fn values(&self) -> &ArrayRef {
        &self.values
    }

    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The `rows` first-axis slices from `first` on. A scalar has one, itself.
    fn slice(&self, first: usize, rows: usize) -> Self {
        let Some((_, inner)) = self.shape.split_first() else { return self.clone() };
        let row: usize = inner.iter().product();
        let shape = std::iter::once(rows).chain(inner.iter().copied()).collect();
        let values = self.values.slice(first * row, rows * row);
        Self { values, field: Arc::clone(&self.field), shape }
    }
}

fn refuse_null_lists(lists: &FixedSizeListArray) -> Result<()> {
    match lists.nulls().and_then(|nulls| nulls.iter().position(|valid| !valid)) {
        None => Ok(()),
        Some(row) => Err(Error::new(ErrorKind::Data, format!("row {row} of an n-d array is null"))),
    }
}

fn width(lists: &FixedSizeListArray) -> usize {
    usize::try_from(lists.value_length()).unwrap_or(0)
}

/// The elements of an array of this shape; `None` if no number says it.
pub(crate) fn count(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_usize, |count, length| count.checked_mul(*length))
}

impl Chunkable for Tensor {
    type Chunk = TensorChunk;
    type Chunks = TensorChunks;

    fn describe(&self) -> Description {
        describe(&self.shape, dtype::name(&self.field), self.values.data_type().primitive_width())
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        let cuts = Cuts::new(&self.shape, size, config);
        TensorChunks { tensor: self, cuts }
    }

    fn items_in(chunk: &TensorChunk) -> Option<u64> {
        Some(chunk.num_rows() as u64)
    }

    fn bytes_in(chunk: &TensorChunk) -> Option<u64> {
        Some(chunk.num_bytes() as u64)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TensorChunk>,
        size: NonZeroUsize,
    ) -> Option<TensorChunk> {
        chunks.cuts.recut(back.map(|chunk| chunk.first_row()), size);
        None
    }
}

impl Chunkable for &Tensor {
    type Chunk = TensorChunk;
    type Chunks = TensorChunks;

    fn describe(&self) -> Description {
        (*self).describe()
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        self.clone().into_chunks(size, config)
    }

    fn items_in(chunk: &TensorChunk) -> Option<u64> {
        Tensor::items_in(chunk)
    }

    fn bytes_in(chunk: &TensorChunk) -> Option<u64> {
        Tensor::bytes_in(chunk)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TensorChunk>,
        size: NonZeroUsize,
    ) -> Option<TensorChunk> {
        Tensor::recut(chunks, back, size)
    }
}

/// The chunks of a [`Tensor`], which share its elements.
#[derive(Clone, Debug)]
pub struct TensorChunks {
    tensor: Tensor,
    cuts: Cuts,
}

impl Iterator for TensorChunks {
    type Item = Result<TensorChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let cut = self.cuts.next()?;
        Some(cut.map(|cut| TensorChunk::new(self.tensor.slice(cut.first, cut.rows), &cut)))
    }
}

/// Consecutive slices of an n-d array along its first axis: serializes as nested lists, and
/// lends the slices as an array. Shares the memory of the elements.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use arrow_array::Int32Array;
/// use datason_arrow::Tensor;
/// use datason_core::{Chunkable, Config};
///
/// let tensor = Tensor::new(Arc::new(Int32Array::from_iter_values(0..6)), vec![3, 2])?;
/// let mut chunks = tensor.into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
/// let last = chunks.nth(1).unwrap()?;
/// assert_eq!((last.first_row(), last.num_rows(), last.num_bytes()), (2, 1, 8));
/// assert_eq!(last.tensor().shape(), [1, 2]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TensorChunk {
    tensor: Tensor,
    first_row: usize,
    style: Style,
}

impl TensorChunk {
    pub(crate) fn new(tensor: Tensor, cut: &Cut) -> Self {
        Self { tensor, first_row: cut.first, style: cut.style }
    }

    /// The slices as an array.
    pub const fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// The number of the first slice in the whole array, from 0.
    pub const fn first_row(&self) -> usize {
        self.first_row
    }

    /// How many slices there are; 1 if the array is a scalar.
    pub fn num_rows(&self) -> usize {
        self.tensor.shape.first().copied().unwrap_or(1)
    }

    /// The bytes of memory that the elements take, validity included.
    pub fn num_bytes(&self) -> usize {
        array_bytes(&self.tensor.values)
    }
}

impl Serialize for TensorChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Tensor { values, field, shape } = &self.tensor;
        let column = Column::of(values, field).map_err(S::Error::custom)?.blanks(self.style.blanks);
        let nested = Nested { column: &column, shape, start: 0 };
        if self.style.hints {
            return hinted("numpy.ndarray", &nested, serializer);
        }
        nested.serialize(serializer)
    }
}

/// The part of an array with all indices but those of the axes in `shape` fixed.
#[derive(Clone, Copy, Debug)]
struct Nested<'c> {
    column: &'c Column<'c>,
    shape: &'c [usize],
    /// Its first element.
    start: usize,
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { column, shape, start } = *self;
        match shape {
            [] => Cell { column, row: start }.serialize(serializer),
            [length] => column.serialize_run(start..start + length, serializer),
            [length, shape @ ..] => {
                let step: usize = shape.iter().product();
                let mut list = serializer.serialize_seq(Some(*length))?;
                for index in 0..*length {
                    let start = start + index * step;
                    list.serialize_element(&Nested { column, shape, start })?;
                }
                list.end()
            }
        }
    }
}

/// How the elements of a chunk are written.
#[derive(Clone, Copy, Debug)]
struct Style {
    /// Whether the chunk is wrapped in a type hint.
    hints: bool,
    /// Whether what is to be dropped is null instead. In a list of numbers an element may be
    /// missing; in a matrix all behind it would stand in the wrong column.
    blanks: bool,
}

/// Where an array is cut.
#[derive(Clone, Debug)]
pub(crate) struct Cuts {
    style: Style,
    rows: usize,
    /// Elements of a row.
    row: Option<usize>,
    size: usize,
    max_size: usize,
    next: usize,
}

/// One piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) first: usize,
    pub(crate) rows: usize,
    style: Style,
}

impl Cuts {
    pub(crate) fn new(shape: &[usize], size: NonZeroUsize, config: &Config) -> Self {
        let drops = config.nan_handling == NanHandling::Drop;
        Self {
            style: Style { hints: config.include_type_hints, blanks: drops && shape.len() > 1 },
            rows: shape.first().copied().unwrap_or(1),
            row: count(shape.get(1..).unwrap_or_default()),
            size: size.get(),
            max_size: config.max_size,
            next: 0,
        }
    }

    /// Makes the pieces that come have `size` rows, from row `first` on if it is given.
    pub(crate) fn recut(&mut self, first: Option<usize>, size: NonZeroUsize) {
        self.next = first.unwrap_or(self.next);
        self.size = size.get();
    }
}

impl Iterator for Cuts {
    type Item = Result<Cut>;

    /// The limit on size is that on the elements of a chunk.
    fn next(&mut self) -> Option<Result<Cut>> {
        let (first, rows) = (self.next, self.size.min(self.rows - self.next));
        if rows == 0 {
            return None;
        }
        if self.row.and_then(|row| row.checked_mul(rows)).is_none_or(|count| count > self.max_size)
        {
            self.next = self.rows;
            return Some(Err(too_many(rows, self.max_size)));
        }
        self.next += rows;
        Some(Ok(Cut { first, rows, style: self.style }))
    }
}

#[cold]
fn too_many(rows: usize, max_size: usize) -> Error {
    let message = format!("{rows} rows of an array, more than the {max_size} elements allowed");
    Error::new(ErrorKind::Limit, message)
}

/// Rows are items; a scalar is one. `element_bytes` is what an element takes where it lies.
pub(crate) fn describe(
    shape: &[usize],
    dtype: String,
    element_bytes: Option<usize>,
) -> Description {
    let rows = shape.first().copied().unwrap_or(1) as u64;
    let mut description = Description::new(Strategy::ArrayRows, "numpy.ndarray", Some(rows));
    description.shape = Some(shape.iter().map(|length| *length as u64).collect());
    description.dtype = Some(dtype);
    description.item_bytes = element_bytes.filter(|_| shape.len() == 1);
    description
}
