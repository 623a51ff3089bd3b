//! Everything that goes into the verbs as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use datason::arrow_array::cast::AsArray;
use datason::arrow_array::types::Int64Type;
use datason::arrow_array::{
    Array, ArrayRef, FixedSizeListArray, Float64Array, Int64Array, RecordBatch,
    RecordBatchIterator, RecordBatchReader,
};
use datason::arrow_schema::{DataType, Field, Schema};
use datason::ndarray::{self, array};
use datason::{
    ColumnOptions, ErrorKind, Format, IntoBatches, IntoChunkable, Items, Npy, ReaderBuilder,
    Result, Strategy, Table, TableStream, Tensor, estimate_memory_usage, serialize_chunked,
    stream_serialize,
};

fn batch(ids: &[i64]) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    RecordBatch::try_from_iter([("id", ids)]).expect("one column")
}

fn lists() -> FixedSizeListArray {
    let field = Arc::new(Field::new("item", DataType::Float64, true));
    let values = Arc::new(Float64Array::from_iter_values([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    FixedSizeListArray::new(field, 2, values, None)
}

/// The chunks of two items each, and the strategy that cut them.
fn cut<Way>(input: impl IntoChunkable<Way>) -> Result<(Strategy, Vec<String>)> {
    let result = serialize_chunked(input, 2)?;
    let strategy = result.metadata().chunking_strategy;
    let chunks = result.into_chunks().map(|chunk| Ok(chunk?.into_string()));
    Ok((strategy, chunks.collect::<Result<_>>()?))
}

const ROWS: [&str; 2] = [r#"[{"id": 1}, {"id": 2}]"#, r#"[{"id": 3}]"#];

#[test]
fn tables_of_every_kind_are_cut_by_rows() {
    let whole = batch(&[1, 2, 3]);
    let parts = vec![batch(&[1]), batch(&[2, 3])];
    let reader = || RecordBatchIterator::new(parts.clone().into_iter().map(Ok), whole.schema());
    let boxed: Box<dyn RecordBatchReader + Send> = Box::new(reader());
    let json = || ReaderBuilder::new().from_slice(b"{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n");
    let table = Table::from(&whole);
    for (strategy, chunks) in [
        cut(&whole),
        cut(whole.clone()),
        cut(&parts),
        cut(parts.as_slice()),
        cut(parts.clone()),
        cut(&table),
        cut(table.clone()),
        cut(reader()),
        cut(boxed),
        cut(TableStream::from_reader(reader())),
        cut(json().into_batches(whole.schema()).expect("a schema")),
        cut(ColumnOptions::new(whole.schema()).parallel_batches(json(), 2).expect("a schema")),
    ]
    .map(Result::unwrap)
    {
        assert_eq!((strategy, chunks), (Strategy::DataframeRows, ROWS.map(str::to_owned).to_vec()));
    }
}

#[test]
fn arrays_of_every_kind_are_cut_along_the_first_axis() {
    let lists = lists();
    let matrix = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let tensor = Tensor::from_lists(&lists).expect("no list is null");
    let erased: ArrayRef = Arc::new(lists.clone());
    for (strategy, chunks) in [
        cut(&lists),
        cut(&tensor),
        cut(tensor.clone()),
        cut(&erased),
        cut(&matrix),
        cut(matrix.view()),
    ]
    .map(Result::unwrap)
    {
        assert_eq!(strategy, Strategy::ArrayRows);
        assert_eq!(chunks, ["[[1.0, 2.0], [3.0, 4.0]]", "[[5.0, 6.0]]"]);
    }
    assert_eq!(cut(&Int64Array::from(vec![1, 2, 3])).unwrap().1, ["[1, 2]", "[3]"]);
    assert_eq!(cut(&ndarray::arr0(7)).unwrap().1, ["7"]);
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
    let file = [&b"\x93NUMPY\x01\x00\x3a\x00"[..], header.as_bytes(), &[1, 2, 3]].concat();
    let npy = Npy::from_bytes(file).expect("a file");
    assert_eq!(cut(&npy).unwrap().1, ["[1, 2]", "[3]"]);
    assert_eq!(cut(npy).unwrap().1, ["[1, 2]", "[3]"]);
}

#[test]
fn what_was_taken_before_is_taken_as_before() {
    assert_eq!(cut(&[1, 2, 3]).unwrap().1, ["[1, 2]", "[3]"]);
    assert_eq!(cut(&vec!["a"]).unwrap().1, ["[\"a\"]"]);
    assert_eq!(cut(&BTreeMap::from([("a", 1)])).unwrap().1, ["{\"a\": 1}"]);
    assert_eq!(cut(Items::of(0..3)).unwrap().1, ["[0, 1]", "[2]"]);
    assert_eq!(cut(&(1, "x")).unwrap().1, ["[1, \"x\"]"]);
    assert_eq!(cut(5).unwrap().1, ["5"]);
    assert_eq!(cut("text").unwrap().1, ["\"text\""]);
}

#[test]
fn batches_that_do_not_fit_together_are_refused_at_the_call() {
    let other = RecordBatch::try_from_iter([("x", batch(&[1]).column(0).clone())]).unwrap();
    let error = serialize_chunked(vec![batch(&[1]), other], 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert!(cut(Vec::<RecordBatch>::new()).unwrap().1.is_empty());
}

#[test]
fn chunks_are_offered_as_text_as_values_and_as_columns() {
    let whole = batch(&[1, 2, 3]);
    let result = serialize_chunked(&whole, 2).unwrap();
    let texts: Vec<_> = result.chunks().map(|chunk| chunk.unwrap().into_string()).collect();
    assert_eq!(texts, ROWS);
    let values = result.to_list().unwrap();
    assert_eq!(values[1].pointer("/0/id").and_then(datason::Value::as_i64), Some(3));
    let batches: Vec<_> = result.pieces().map(|piece| piece.unwrap().batch().unwrap()).collect();
    assert_eq!(batches, [whole.slice(0, 2), whole.slice(2, 1)]);

    let matrix = array![[1, 2], [3, 4], [5, 6]];
    let pieces = serialize_chunked(&matrix, 2).unwrap().into_pieces();
    let views: Vec<_> = pieces.map(|piece| piece.unwrap().view().to_owned()).collect();
    assert_eq!(views[1], array![[5, 6]].into_dyn());
    let tensors = serialize_chunked(&lists(), 2).unwrap().into_pieces();
    let shapes: Vec<_> = tensors.map(|piece| piece.unwrap().tensor().shape().to_vec()).collect();
    assert_eq!(shapes, [[2, 2], [1, 2]]);
}

#[test]
fn tables_and_arrays_are_saved_and_streamed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let whole = batch(&[1, 2, 3]);
    let saved = serialize_chunked(&whole, 2).unwrap().save_to_file(&path, Format::Jsonl).unwrap();
    assert_eq!(saved.metadata.total_items, Some(3));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ROWS.join("\n") + "\n");

    let mut stream = stream_serialize(&path).unwrap();
    assert_eq!(stream.write_chunked(&whole, 2).unwrap(), 2);
    assert_eq!(stream.write_chunked(&array![[1, 2]], 2).unwrap(), 1);
    stream.finish().unwrap();
    let expected = ROWS.join("\n") + "\n[[1, 2]]\n";
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
}

#[test]
fn what_columns_hold_is_measured() {
    let megabyte = 1_048_576.0;
    let ids: Vec<i64> = (0..100_000).collect();
    let table = estimate_memory_usage(batch(&ids)).unwrap();
    assert_eq!(table.item_count, 100_000);
    assert!((7.9..8.1).contains(&(table.object_size_mb * megabyte / 100_000.0)), "{table:?}");

    let matrix = ndarray::Array2::<f32>::zeros((10_000, 10));
    let array = estimate_memory_usage(&matrix).unwrap();
    assert_eq!((array.item_count, array.object_type.as_str()), (10_000, "numpy.ndarray"));
    assert!((39.9..40.1).contains(&(array.object_size_mb * megabyte / 10_000.0)), "{array:?}");
    assert!((52_428_800 / 53..=52_428_800 / 51).contains(&array.recommended_chunk_size));
}

#[test]
fn a_file_becomes_batches_and_its_errors_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, "{\"id\":1}\n{\"id\":\"x\"}\n{\"id\":3}\n").unwrap();
    let schema = Schema::new(vec![Field::new("id", DataType::Int64, false)]);
    let batches = datason::open(&path).unwrap().into_batches(schema).unwrap();
    let (mut ids, mut errors) = (Vec::new(), Vec::new());
    for batch in batches {
        match batch {
            Ok(batch) => {
                let column = batch.data()["id"].clone();
                assert!(column.null_count() == 0);
                ids.extend_from_slice(column.as_primitive::<Int64Type>().values());
            }
            Err(error) => errors.push(error),
        }
    }
    assert_eq!(ids, [1, 3]);
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!((error.pointer(), error.path()), (Some("/id"), Some(path.as_path())));
    assert_eq!(error.position().map(|place| place.line()), Some(2));
}
