//! N-d arrays: strides, lists, scalars, drops.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::types::Float32Type;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, Float64Array, Int64Array};
use arrow_schema::{DataType, Field};
use datason_arrow::{NdArray, Tensor};
use datason_core::config::{Config, NanHandling};
use datason_core::{Chunkable, ErrorKind, Result};
use datason_json::ser::{TextStyle, to_string};
use ndarray::{Array2, ArrayD, Axis, Slice, arr0, array};
use num_complex::Complex;
use proptest::prelude::*;

fn texts<C: Chunkable>(input: C, size: usize, config: &Config) -> Result<Vec<String>> {
    let size = NonZeroUsize::new(size).expect("not zero");
    input
        .into_chunks(size, config)
        .map(|chunk| to_string(&chunk?, config, TextStyle::Compact))
        .collect()
}

#[track_caller]
fn check<C: Chunkable>(input: C, dtype: &str, expected: &str) {
    assert_eq!(input.describe().dtype.as_deref(), Some(dtype));
    assert_eq!(texts(input, 100, &Config::DEFAULT).expect("an array"), [expected]);
}

#[test]
fn every_element_type_is_written() {
    check(NdArray::from(&array![true, false]), "bool", "[true,false]");
    check(
        NdArray::from(&array![i64::MIN, i64::MAX]),
        "int64",
        "[-9223372036854775808,9223372036854775807]",
    );
    check(NdArray::from(&array![u64::MAX]), "uint64", "[18446744073709551615]");
    check(NdArray::from(&array![0.1_f32, f32::NAN]), "float32", "[0.10000000149011612,null]");
    check(NdArray::from(&array![half::f16::from_f32(1.5)]), "float16", "[1.5]");
    let complex = r#"[{"_type":"complex","real":1.0,"imag":-2.0}]"#;
    check(NdArray::from(&array![Complex::new(1.0_f32, -2.0)]), "complex64", complex);
    check(NdArray::from(&array![Complex::new(1.0_f64, -2.0)]), "complex128", complex);
}

#[test]
fn a_scalar_is_one_chunk() {
    check(NdArray::from(&arr0(5_i64)), "int64", "5");
    let tensor = Tensor::new(Arc::new(Int64Array::from(vec![5])), vec![]).unwrap();
    check(&tensor, "int64", "5");
    assert_eq!(tensor.describe().total_items, Some(1));
}

#[test]
fn no_rows_make_no_chunk_and_empty_rows_do() {
    let none = Array2::<f64>::zeros((0, 3));
    assert!(texts(NdArray::from(&none), 2, &Config::DEFAULT).unwrap().is_empty());
    assert_eq!(NdArray::from(&none).describe().shape, Some(vec![0, 3]));
    let empty = Array2::<f64>::zeros((3, 0));
    assert_eq!(texts(NdArray::from(&empty), 2, &Config::DEFAULT).unwrap(), ["[[],[]]", "[[]]"]);
}

#[test]
fn dropping_keeps_the_shape_of_a_matrix() {
    let config = Config::DEFAULT.nan_handling(NanHandling::Drop);
    let line = array![1.0, f64::NAN, 3.0];
    assert_eq!(texts(NdArray::from(&line), 3, &config).unwrap(), ["[1.0,3.0]"]);
    let matrix = array![[1.0, f64::NAN], [3.0, 4.0]];
    assert_eq!(texts(NdArray::from(&matrix), 2, &config).unwrap(), ["[[1.0,null],[3.0,4.0]]"]);
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN, 3.0, 4.0]));
    let tensor = Tensor::new(values, vec![2, 2]).unwrap();
    assert_eq!(texts(&tensor, 2, &config).unwrap(), ["[[1.0,null],[3.0,4.0]]"]);
}

#[test]
fn hints_name_the_array() {
    let config = Config::DEFAULT.include_type_hints(true);
    let expected = r#"{"__datason_type__":"numpy.ndarray","__datason_value__":[1,2]}"#;
    assert_eq!(texts(NdArray::from(&array![1, 2]), 2, &config).unwrap(), [expected]);
}

#[test]
fn more_elements_than_allowed_are_refused() {
    let matrix = Array2::<u8>::zeros((4, 3));
    let config = Config::DEFAULT.max_size(6);
    assert_eq!(texts(NdArray::from(&matrix), 2, &config).unwrap().len(), 2);
    let error = texts(NdArray::from(&matrix), 3, &config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn fixed_size_lists_are_arrays() {
    let rows = (0..3_u8).map(|row| Some([row, row + 1].map(|n| Some(f32::from(n)))));
    let lists = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(rows, 2);
    let tensor = Tensor::from_lists(&lists).unwrap();
    assert_eq!(tensor.shape(), [3, 2]);
    check(&tensor, "float32", "[[0.0,1.0],[1.0,2.0],[2.0,3.0]]");
    let sliced = Tensor::from_lists(&lists.slice(1, 2)).unwrap();
    check(&sliced, "float32", "[[1.0,2.0],[2.0,3.0]]");
    let member = Arc::new(Field::new("item", lists.data_type().clone(), true));
    let nested = FixedSizeListArray::new(member, 3, Arc::new(lists), None);
    assert_eq!(Tensor::from_lists(&nested).unwrap().shape(), [1, 3, 2]);
    let gap =
        FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>([Some([Some(1.0)]), None], 1);
    assert_eq!(Tensor::from_lists(&gap).unwrap_err().kind(), ErrorKind::Data);
}

#[test]
fn a_tensor_column_says_its_shape() {
    let values: ArrayRef = Arc::new(Int64Array::from_iter_values(0..12));
    let member = Arc::new(Field::new("item", DataType::Int64, false));
    let lists = FixedSizeListArray::new(member, 6, values, None);
    let read = |metadata: &str| {
        let metadata = [
            ("ARROW:extension:name".to_owned(), "arrow.fixed_shape_tensor".to_owned()),
            ("ARROW:extension:metadata".to_owned(), metadata.to_owned()),
        ];
        let field =
            Field::new("t", lists.data_type().clone(), false).with_metadata(metadata.into());
        Tensor::from_column(&lists, &field)
    };
    let tensor = read(r#"{"shape":[2,3],"dim_names":["a","b"]}"#).unwrap();
    assert_eq!(tensor.shape(), [2, 2, 3]);
    assert_eq!(texts(&tensor, 1, &Config::DEFAULT).unwrap()[1], "[[[6,7,8],[9,10,11]]]");
    assert_eq!(read(r#"{"shape":[2,2]}"#).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(read("").unwrap_err().kind(), ErrorKind::Data);
    let permuted = read(r#"{"shape":[2,3],"permutation":[1,0]}"#);
    assert_eq!(permuted.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_shape_that_does_not_fit_is_refused() {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    for shape in [vec![2], vec![], vec![usize::MAX, 4], vec![3, 0]] {
        let error = Tensor::new(Arc::clone(&values), shape).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
}

proptest! {
    #[test]
    fn a_view_of_any_strides_is_written_as_its_copy(
        shape in proptest::collection::vec(0..5_usize, 1..4),
        size in 1..6_usize,
        steps in proptest::collection::vec(prop_oneof![Just(1_isize), Just(-1), Just(2), Just(-2)], 3),
        transposed: bool,
    ) {
        let count = shape.iter().product::<usize>();
        let array = ArrayD::from_shape_vec(shape, (0_u32..).take(count).collect::<Vec<_>>()).unwrap();
        let array = array.mapv(|n| f64::from(n) / 3.0);
        let mut view = array.view();
        for (axis, step) in steps.iter().take(view.ndim()).enumerate() {
            view.slice_axis_inplace(Axis(axis), Slice::new(0, None, *step));
        }
        if transposed {
            view = view.reversed_axes();
        }
        let copy = view.to_owned();
        let plain = Tensor::new(
            Arc::new(Float64Array::from_iter_values(copy.iter().copied())),
            copy.shape().to_vec(),
        ).unwrap();
        let found = texts(NdArray::from(view.view()), size, &Config::DEFAULT).unwrap();
        prop_assert_eq!(&found, &texts(NdArray::from(&copy), size, &Config::DEFAULT).unwrap());
        prop_assert_eq!(&found, &texts(&plain, size, &Config::DEFAULT).unwrap());
    }
}
