//! Views of arrays of the crate `ndarray`.

use std::num::NonZeroUsize;

use datason_core::value::Complex;
use datason_core::{Chunkable, Config, Description, Result};
use half::f16;
use ndarray::{ArrayBase, ArrayView, ArrayViewD, Axis, Data, Dimension, Slice};
use num_complex::Complex as Pair;
use serde::ser::{Serialize, Serializer};

use super::{Cut, Cuts, describe};
use crate::encode::hinted;

/// A view of an `ndarray` array, of any number of dimensions and any strides.
///
/// Rows are read where they lie: transposed, reversed and stepped views are not copied.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_arrow::NdArray;
/// use datason_core::{Chunkable, Config};
/// use ndarray::array;
///
/// let matrix = array![[1, 2, 3], [4, 5, 6]];
/// let view = NdArray::from(matrix.t());
/// let chunks = view.into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
/// let texts: Vec<_> = chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect();
/// assert_eq!(texts, ["[[1,4],[2,5]]", "[[3,6]]"]);
/// ```
#[derive(Clone, Debug)]
pub struct NdArray<'a, T>(ArrayViewD<'a, T>);

impl<'a, T> NdArray<'a, T> {
    /// The view.
    pub const fn view(&self) -> &ArrayViewD<'a, T> {
        &self.0
    }
}

impl<'a, T, D: Dimension> From<ArrayView<'a, T, D>> for NdArray<'a, T> {
    fn from(view: ArrayView<'a, T, D>) -> Self {
        Self(view.into_dyn())
    }
}

impl<'a, S: Data, D: Dimension> From<&'a ArrayBase<S, D>> for NdArray<'a, S::Elem> {
    fn from(array: &'a ArrayBase<S, D>) -> Self {
        Self(array.view().into_dyn())
    }
}

/// What an element of an [`NdArray`] can be: every number type of NumPy, and `bool`.
///
/// Implement it for a type of yours to have arrays of it written.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_arrow::{Element, NdArray};
/// use datason_core::{Chunkable, Config};
/// use serde::Serializer;
///
/// /// Hundredths.
/// #[derive(Clone)]
/// struct Cents(i64);
///
/// impl Element for Cents {
///     const DTYPE: &'static str = "cents";
///
///     fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
///         serializer.collect_str(&format_args!("{}.{:02}", self.0 / 100, self.0 % 100))
///     }
/// }
///
/// let prices = ndarray::arr1(&[Cents(990), Cents(5)]);
/// let chunks = NdArray::from(&prices).into_chunks(NonZeroUsize::MIN, &Config::DEFAULT);
/// let texts: Vec<_> = chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect();
/// assert_eq!(texts, [r#"["9.90"]"#, r#"["0.05"]"#]);
/// ```
pub trait Element {
    /// The name of the type in metadata, as NumPy says it.
    const DTYPE: &'static str;

    /// Whether it is a number that JSON can say. Default: `true`.
    fn is_finite(&self) -> bool {
        true
    }

    /// Writes it.
    ///
    /// # Errors
    /// Whatever the serializer refuses.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

macro_rules! elements {
    ($($type:ty: $name:literal, $method:ident;)*) => {$(
        impl Element for $type {
            const DTYPE: &'static str = $name;

            #[inline]
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$method(*self)
            }
        }
    )*};
}
elements! {
    bool: "bool", serialize_bool;
    i8: "int8", serialize_i8;
    i16: "int16", serialize_i16;
    i32: "int32", serialize_i32;
    i64: "int64", serialize_i64;
    u8: "uint8", serialize_u8;
    u16: "uint16", serialize_u16;
    u32: "uint32", serialize_u32;
    u64: "uint64", serialize_u64;
}

macro_rules! float_elements {
    ($($type:ty: $name:literal, $value:ident => $wide:expr;)*) => {$(
        impl Element for $type {
            const DTYPE: &'static str = $name;

            #[inline]
            fn is_finite(&self) -> bool {
                let $value = *self;
                $wide.is_finite()
            }

            #[inline]
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = *self;
                Serialize::serialize(&$wide, serializer)
            }
        }
    )*};
}
float_elements! {
    f16: "float16", float => float.to_f64();
    f32: "float32", float => f64::from(float);
    f64: "float64", float => float;
    Pair<f32>: "complex64", pair => Complex::new(f64::from(pair.re), f64::from(pair.im));
    Pair<f64>: "complex128", pair => Complex::new(pair.re, pair.im);
}

impl<'a, T: Element> Chunkable for NdArray<'a, T> {
    type Chunk = NdChunk<'a, T>;
    type Chunks = NdChunks<'a, T>;

    fn describe(&self) -> Description {
        describe(self.0.shape(), T::DTYPE.to_owned(), Some(size_of::<T>()))
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        let cuts = Cuts::new(self.0.shape(), size, config);
        NdChunks { view: self.0, cuts }
    }

    fn items_in(chunk: &NdChunk<'a, T>) -> Option<u64> {
        Some(chunk.num_rows() as u64)
    }

    fn bytes_in(chunk: &NdChunk<'a, T>) -> Option<u64> {
        Some((chunk.view.len() * size_of::<T>()) as u64)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<NdChunk<'a, T>>,
        size: NonZeroUsize,
    ) -> Option<NdChunk<'a, T>> {
        chunks.cuts.recut(back.map(|chunk| chunk.first_row()), size);
        None
    }
}

/// The chunks of an [`NdArray`].
#[derive(Clone, Debug)]
pub struct NdChunks<'a, T> {
    view: ArrayViewD<'a, T>,
    cuts: Cuts,
}

impl<'a, T> Iterator for NdChunks<'a, T> {
    type Item = Result<NdChunk<'a, T>>;

    fn next(&mut self) -> Option<Self::Item> {
        let cut = self.cuts.next()?;
        Some(cut.map(|cut| NdChunk { view: rows(self.view.clone(), &cut), cut }))
    }
}

fn rows<'a, T>(mut view: ArrayViewD<'a, T>, cut: &Cut) -> ArrayViewD<'a, T> {
    if view.ndim() > 0 {
        view.slice_axis_inplace(Axis(0), Slice::from(cut.first..cut.first + cut.rows));
    }
    view
}

/// Consecutive rows of an [`NdArray`]: serializes as nested lists, and lends the rows as a view.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_arrow::NdArray;
/// use datason_core::{Chunkable, Config};
/// use ndarray::array;
///
/// let matrix = array![[1, 2], [3, 4], [5, 6]];
/// let chunks = NdArray::from(&matrix).into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
/// let last = chunks.last().unwrap()?;
/// assert_eq!((last.first_row(), last.num_rows()), (2, 1));
/// assert_eq!(last.view(), array![[5, 6]].into_dyn());
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NdChunk<'a, T> {
    view: ArrayViewD<'a, T>,
    cut: Cut,
}

impl<'a, T> NdChunk<'a, T> {
    /// The rows.
    pub const fn view(&self) -> &ArrayViewD<'a, T> {
        &self.view
    }

    /// The number of the first row in the whole array, from 0.
    pub const fn first_row(&self) -> usize {
        self.cut.first
    }

    /// How many rows there are; 1 if the array is a scalar.
    pub const fn num_rows(&self) -> usize {
        self.cut.rows
    }
}

impl<T: Element> Serialize for NdChunk<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nested = Nested { view: self.view.view(), blanks: self.cut.style.blanks };
        if self.cut.style.hints {
            return hinted("numpy.ndarray", &nested, serializer);
        }
        nested.serialize(serializer)
    }
}

struct Nested<'v, T> {
    view: ArrayViewD<'v, T>,
    blanks: bool,
}

impl<T: Element> Serialize for Nested<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { view, blanks } = self;
        let scalar = |element| Scalar { element, blanks: *blanks };
        match (view.ndim(), view.as_slice()) {
            (0, _) => scalar(view.first().expect("a view without axes has one element"))
                .serialize(serializer),
            (1, Some(elements)) => serializer.collect_seq(elements.iter().map(scalar)),
            (1, None) => serializer.collect_seq(view.iter().map(scalar)),
            _ => serializer
                .collect_seq(view.axis_iter(Axis(0)).map(|view| Nested { view, blanks: *blanks })),
        }
    }
}

struct Scalar<'v, T> {
    element: &'v T,
    blanks: bool,
}

impl<T: Element> Serialize for Scalar<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.blanks && !self.element.is_finite() {
            return serializer.serialize_none();
        }
        self.element.serialize(serializer)
    }
}
