//! What is said of the memory of tables and arrays, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray,
};
use datason_arrow::SchemaInference;
use datason_arrow::footprint::resident_bytes;
use datason_core::ByteSize;
use datason_fixtures::{Generator, Layout, Shape};
use datason_json::{FileEstimator, ReaderBuilder, estimate_memory_usage};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What is held of what `make` makes, and that.
fn held<T>(make: impl FnOnce() -> T) -> (usize, T) {
    let before = HEAP.current_usage();
    let made = make();
    (HEAP.current_usage() - before, made)
}

#[track_caller]
fn assert_near(name: &str, said: u64, truth: usize, percent: u64) {
    let truth = truth as u64;
    assert!(said.abs_diff(truth) * 100 <= truth * percent, "{name}: {said} of {truth} bytes");
}

const ROWS: usize = 50_000;

fn columns() -> Vec<(&'static str, ArrayRef)> {
    let text = |n: usize| format!("value number {n}");
    let mut lists = ListBuilder::with_capacity(Int64Builder::with_capacity(3 * ROWS), ROWS);
    (0..ROWS).for_each(|_| lists.append_value([Some(1), None, Some(3)]));
    let labels: DictionaryArray<Int32Type> = (0..ROWS).map(|n| ["a", "b", "c"][n % 3]).collect();
    let numbers = Int64Array::from_iter_values((0..).take(ROWS));
    let halves = (0..ROWS).map(|n| (n % 2 == 0).then_some(0.5)).collect::<Float64Array>();
    vec![
        ("numbers", Arc::new(numbers)),
        ("halves", Arc::new(halves)),
        ("truths", Arc::new(BooleanArray::from(vec![true; ROWS]))),
        ("texts", Arc::new(StringArray::from_iter_values((0..ROWS).map(text)))),
        ("views", Arc::new(StringViewArray::from_iter_values((0..ROWS).map(text)))),
        ("lists", Arc::new(lists.finish())),
        ("labels", Arc::new(labels)),
    ]
}

#[test]
fn what_is_said_is_near_what_was_asked_for() {
    each_type();
    what_is_shared();
    views_of_arrays();
    estimated_files();
}

/// A copy that has no more room than it needs.
fn copied(column: &ArrayRef) -> ArrayRef {
    // Otherwise copies share what the views lead to.
    if let Some(views) = column.as_string_view_opt() {
        return Arc::new(views.gc());
    }
    let (front, back) = (column.slice(0, ROWS / 2), column.slice(ROWS / 2, ROWS / 2));
    arrow_select::concat::concat(&[&front, &back]).expect("columns of one type")
}

fn each_type() {
    for (name, column) in columns() {
        let (truth, copy) = held(|| copied(&column));
        let batch = RecordBatch::try_from_iter([(name, copy)]).expect("one column");
        let said = estimate_memory_usage(&batch).expect("a table").footprint().resident_bytes;
        assert_near(name, said, truth, 15);
    }
}

fn what_is_shared() {
    let (truth, batch) = held(|| {
        let numbers: Arc<Int64Array> = Arc::new(Int64Array::from_iter_values((0..).take(ROWS)));
        let [first, second]: [ArrayRef; 2] = [numbers.clone(), numbers];
        RecordBatch::try_from_iter([("a", first), ("b", second)]).expect("two columns")
    });
    let said = estimate_memory_usage(&batch).expect("a table").footprint().resident_bytes;
    assert_near("two columns of one", said, truth, 15);
    let tenth = batch.slice(ROWS / 2, ROWS / 10);
    let said = estimate_memory_usage(&tenth).expect("a table").footprint().resident_bytes;
    assert_near("a tenth of it", said, truth / 10, 15);
}

fn views_of_arrays() {
    let (truth, array) = held(|| ndarray::Array2::<f64>::zeros((1_000, 30)));
    let said = estimate_memory_usage(&array).expect("an array").footprint().resident_bytes;
    assert_near("an array", said, truth, 15);
    let half = array.slice(ndarray::s![..500, ..]);
    let said = estimate_memory_usage(half).expect("a view").footprint().resident_bytes;
    assert_near("half of it", said, truth / 2, 15);
}

/// What a look at a file says of its columns, beside those.
fn estimated_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, shape) in Shape::ALL.into_iter().enumerate() {
        let path = folder.path().join(format!("{shape}.jsonl"));
        let mut text = Vec::new();
        let mut generator = Generator::new(shape, number as u64);
        generator.write(Layout::Lines, 5 << 19, &mut text).expect("memory");
        std::fs::write(&path, &text).expect("a file");
        let said = FileEstimator::new().target(ByteSize::mib(4)).estimate(&path);
        let mut inference = SchemaInference::new();
        let mut reader = ReaderBuilder::new().open(&path).expect("a file");
        inference.observe(&mut reader, None).expect("good records");
        let options = inference.schema().expect("a schema").options();
        let (truth, batches) = held(|| {
            let reader = ReaderBuilder::new().open(&path).expect("a file");
            let batches = options.batches(reader).expect("a schema");
            batches.map(|batch| batch.expect("good records").into_data()).collect::<Vec<_>>()
        });
        assert_near(shape.name(), resident_bytes(&batches) as u64, truth, 15);
        assert_near(shape.name(), said.expect("a good file").arrow_bytes, truth, 15);
    }
}
