//! Types of `arrow` and `ndarray` as inputs that are cut, without a wrapper.
//!
//! | input | becomes |
//! |---|---|
//! | `RecordBatch`, `&RecordBatch` | [`Table`] |
//! | `Vec<RecordBatch>`, `&Vec<RecordBatch>`, `&[RecordBatch]`: batches of one schema | [`Table`]; of no batches, one without columns |
//! | [`Batches`], [`ParallelBatches`], [`ArrowBatches`]: batches out of JSON | [`TableStream`] |
//! | `RecordBatchIterator`, boxed `RecordBatchReader`s | [`TableStream`] |
//! | `&FixedSizeListArray`, `&PrimitiveArray<T>`, `ArrayRef`, `&ArrayRef` | [`Tensor`]: fixed-size lists are further axes |
//! | `ArrayView`, `&Array` and all their kin of `ndarray` | [`NdArray`](crate::NdArray) |
//!
//! A table with an index column is made by [`Table::index_column`], any other reader of batches
//! goes in by [`TableStream::from_reader`]. A stream ends with its first error, as a table that
//! lacks rows is another table; to pass over bad records, leave out the errors of the batches
//! before they become a [`TableStream`].
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use arrow_array::{ArrayRef, Int64Array, RecordBatch};
//! use datason_arrow as _; // brings the implementations; nothing of it need be named
//! use datason_json::serialize_chunked;
//!
//! let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
//! let batch = RecordBatch::try_from_iter([("id", ids.clone())])?;
//! let texts = |chunks: Vec<datason_json::ChunkText>| {
//!     chunks.iter().map(|chunk| chunk.as_str().to_owned()).collect::<Vec<_>>()
//! };
//! let table = serialize_chunked(&batch, 2)?.chunks().collect::<Result<_, _>>()?;
//! assert_eq!(texts(table), [r#"[{"id": 1}, {"id": 2}]"#, r#"[{"id": 3}]"#]);
//! let array = serialize_chunked(&ids, 2)?.chunks().collect::<Result<_, _>>()?;
//! assert_eq!(texts(array), ["[1, 2]", "[3]"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::Read;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, FixedSizeListArray, PrimitiveArray, RecordBatch,
    RecordBatchIterator, RecordBatchReader,
};
use arrow_schema::{ArrowError, Schema};
use datason_core::{Chunk, IntoChunkable, Result};

use crate::batches::{ArrowBatches, Batches, ParallelBatches};
use crate::table::{Table, TableStream};
use crate::tensor::Tensor;

/// The [way](IntoChunkable) of what lies in columns and arrays.
#[derive(Clone, Copy, Debug)]
pub enum Columns {}

impl IntoChunkable<Columns> for RecordBatch {
    type Chunkable = Table;

    fn into_chunkable(self) -> Result<Table> {
        Ok(Table::from(self))
    }
}

impl IntoChunkable<Columns> for &RecordBatch {
    type Chunkable = Table;

    fn into_chunkable(self) -> Result<Table> {
        Ok(Table::from(self))
    }
}

/// Fails with [`ErrorKind::Schema`](datason_core::ErrorKind::Schema) if the batches differ in
/// schema.
impl IntoChunkable<Columns> for Vec<RecordBatch> {
    type Chunkable = Table;

    fn into_chunkable(self) -> Result<Table> {
        let schema = self.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        Table::new(schema, self)
    }
}

/// Fails with [`ErrorKind::Schema`](datason_core::ErrorKind::Schema) if the batches differ in
/// schema.
impl IntoChunkable<Columns> for &[RecordBatch] {
    type Chunkable = Table;

    fn into_chunkable(self) -> Result<Table> {
        self.to_vec().into_chunkable()
    }
}

/// Fails with [`ErrorKind::Schema`](datason_core::ErrorKind::Schema) if the batches differ in
/// schema.
impl IntoChunkable<Columns> for &Vec<RecordBatch> {
    type Chunkable = Table;

    fn into_chunkable(self) -> Result<Table> {
        self.clone().into_chunkable()
    }
}

impl<R: Read> IntoChunkable<Columns> for Batches<R> {
    type Chunkable = TableStream<ArrowBatches<Self>>;

    fn into_chunkable(self) -> Result<Self::Chunkable> {
        self.into_arrow().into_chunkable()
    }
}

impl IntoChunkable<Columns> for ParallelBatches {
    type Chunkable = TableStream<ArrowBatches<Self>>;

    fn into_chunkable(self) -> Result<Self::Chunkable> {
        self.into_arrow().into_chunkable()
    }
}

impl<I> IntoChunkable<Columns> for ArrowBatches<I>
where
    I: Iterator<Item = Result<Chunk<RecordBatch>>>,
{
    type Chunkable = TableStream<Self>;

    fn into_chunkable(self) -> Result<TableStream<Self>> {
        Ok(TableStream::from_reader(self))
    }
}

impl<I> IntoChunkable<Columns> for RecordBatchIterator<I>
where
    I: IntoIterator<Item = Result<RecordBatch, ArrowError>>,
{
    type Chunkable = TableStream<Self>;

    fn into_chunkable(self) -> Result<TableStream<Self>> {
        Ok(TableStream::from_reader(self))
    }
}

impl IntoChunkable<Columns> for Box<dyn RecordBatchReader> {
    type Chunkable = TableStream<Self>;

    fn into_chunkable(self) -> Result<TableStream<Self>> {
        Ok(TableStream::from_reader(self))
    }
}

impl IntoChunkable<Columns> for Box<dyn RecordBatchReader + Send> {
    type Chunkable = TableStream<Self>;

    fn into_chunkable(self) -> Result<TableStream<Self>> {
        Ok(TableStream::from_reader(self))
    }
}

/// Fails with [`ErrorKind::Data`](datason_core::ErrorKind::Data) if a list is null.
impl IntoChunkable<Columns> for &FixedSizeListArray {
    type Chunkable = Tensor;

    fn into_chunkable(self) -> Result<Tensor> {
        Tensor::from_lists(self)
    }
}

impl<T: ArrowPrimitiveType> IntoChunkable<Columns> for &PrimitiveArray<T> {
    type Chunkable = Tensor;

    fn into_chunkable(self) -> Result<Tensor> {
        Tensor::new(Arc::new(self.clone()), vec![self.len()])
    }
}

/// Fails with [`ErrorKind::Data`](datason_core::ErrorKind::Data) if a fixed-size list is null.
impl IntoChunkable<Columns> for ArrayRef {
    type Chunkable = Tensor;

    fn into_chunkable(self) -> Result<Tensor> {
        if let Some(lists) = self.as_fixed_size_list_opt() {
            return Tensor::from_lists(lists);
        }
        let shape = vec![self.len()];
        Tensor::new(self, shape)
    }
}

/// Fails with [`ErrorKind::Data`](datason_core::ErrorKind::Data) if a fixed-size list is null.
impl IntoChunkable<Columns> for &ArrayRef {
    type Chunkable = Tensor;

    fn into_chunkable(self) -> Result<Tensor> {
        Arc::clone(self).into_chunkable()
    }
}

#[cfg(feature = "ndarray")]
mod views {
    use ndarray::{ArrayBase, ArrayView, Data, Dimension};

    use super::{Columns, IntoChunkable, Result};
    use crate::tensor::{Element, NdArray};

    impl<'a, T: Element, D: Dimension> IntoChunkable<Columns> for ArrayView<'a, T, D> {
        type Chunkable = NdArray<'a, T>;

        fn into_chunkable(self) -> Result<NdArray<'a, T>> {
            Ok(NdArray::from(self))
        }
    }

    impl<'a, T, S, D> IntoChunkable<Columns> for &'a ArrayBase<S, D>
    where
        T: Element + 'a,
        S: Data<Elem = T>,
        D: Dimension,
    {
        type Chunkable = NdArray<'a, T>;

        fn into_chunkable(self) -> Result<NdArray<'a, T>> {
            Ok(NdArray::from(self))
        }
    }
}
