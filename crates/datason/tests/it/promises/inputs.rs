//! What goes in: limits, iterators, columns, estimates, the size of chunks.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use datason::ndarray::{self, array};
use datason::{
    ByteSize, ChunkedBuilder, Estimator, Format, IntoChunkable, Items, ReaderBuilder,
    SECURITY_ERROR, Single, Strategy, Table, TableStream, Value, estimate_memory_usage,
    serialize_chunked, stream_serialize,
};
use datason::{Config, ErrorKind, Result};
use serde::Serialize;

use super::{folder, ids, is_empty, read, texts};

const MEGABYTE: f64 = 1_048_576.0;

#[test]
fn d01_a_memory_limit_stops_what_exceeds_it() {
    let builder = ChunkedBuilder::new().memory_limit(ByteSize::kib(512));
    let large = vec!["x".repeat(10_000); 100];
    let error = builder.serialize(&large, 100).unwrap().chunks().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), SECURITY_ERROR);
    assert_eq!(builder.serialize(&large, 25).unwrap().chunks().flatten().count(), 4);
    // Tables and arrays, too.
    let table = ids(0..100_000);
    let error = builder.serialize(&table, 50_000).unwrap().chunks().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), SECURITY_ERROR);
    assert!(builder.serialize(&table, 5_000).unwrap().chunks().all(|chunk| chunk.is_ok()));
    let matrix = ndarray::Array2::<f64>::zeros((1_000, 1_000));
    let error = builder.serialize(&matrix, 1_000).unwrap().chunks().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), SECURITY_ERROR);
}

#[test]
fn d02_the_security_error_comes_at_the_call_where_it_can() {
    let builder = ChunkedBuilder::new().memory_limit(ByteSize::mib(1));
    let numbers = vec![0_u8; 1_000_000];
    assert_eq!(builder.serialize(&numbers, 1_000_000).unwrap_err().kind(), SECURITY_ERROR);
    // Later it is of the same kind, and leaves no half file.
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let large = vec!["x".repeat(100_000), "x".repeat(2_000_000)];
    let error = builder.serialize(&large, 1).unwrap().save(&path).unwrap_err();
    assert_eq!(error.kind(), SECURITY_ERROR);
    assert!(is_empty(&folder));
}

#[test]
fn d03_what_is_larger_than_memory_is_cut_as_it_comes() {
    // Each item tells how many of its kind are alive.
    struct Counted(u32, Rc<Cell<usize>>);
    impl Serialize for Counted {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u32(self.0)
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            self.1.set(self.1.get() - 1);
        }
    }
    let (alive, most) = (Rc::new(Cell::new(0)), Cell::new(0));
    let items = (0..1_000).map(|number| {
        alive.set(alive.get() + 1);
        most.set(most.get().max(alive.get()));
        Counted(number, Rc::clone(&alive))
    });
    let folder = folder();
    let result = serialize_chunked(Items::of(items), 10).unwrap();
    let saved = result.save_to_file(folder.path().join("a.json"), Format::Json).unwrap();
    assert_eq!((saved.metadata.total_items, saved.metadata.total_chunks), (Some(1_000), Some(100)));
    assert_eq!((alive.get(), most.get()), (0, 10), "one chunk was in memory at a time");

    // Batches of a table that nobody has seen the end of.
    let batches = (0..).map(|batch| Ok::<_, datason::Error>(ids([batch, batch])));
    let endless = TableStream::new(ids([]).schema(), batches);
    let chunk = serialize_chunked(endless, 3).unwrap().into_chunks().nth(1).unwrap().unwrap();
    assert_eq!(chunk.as_str(), r#"[{"id": 1}, {"id": 2}, {"id": 2}]"#);
}

#[test]
fn d04_a_result_can_be_gone_through_again() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let table = ids([1, 2, 3]);
    let result = serialize_chunked(&table, 2).unwrap();
    assert_eq!(result.chunks().count(), 2);
    assert_eq!(result.to_list().unwrap().len(), 2);
    assert_eq!(result.pieces().count(), 2);
    result.save_to_file(&path, Format::Jsonl).unwrap();
    assert_eq!(read(&path), "[{\"id\": 1}, {\"id\": 2}]\n[{\"id\": 3}]\n");
    // An iterator is used up by `into_chunks`, which takes it: there is nothing to read twice.
}

#[test]
fn d05_chunks_of_tables_and_arrays_are_tables_and_arrays() {
    let table = ids(0..50_000);
    let result = serialize_chunked(&table, 5_000).unwrap();
    let frames: Vec<_> = result.pieces().map(|piece| piece.unwrap().batch().unwrap()).collect();
    assert_eq!((frames.len(), frames[9].num_rows()), (10, 5_000));
    assert_eq!(frames[9], table.slice(45_000, 5_000));

    let array = ndarray::Array2::from_shape_fn((100, 10), |(row, column)| row * 10 + column);
    let pieces = serialize_chunked(&array.mapv(|number| number as u64), 10)
        .unwrap()
        .pieces()
        .map(|piece| piece.unwrap().view().shape().to_vec())
        .collect::<Vec<_>>();
    assert_eq!(pieces, vec![vec![10, 10]; 10]);
}

#[test]
fn d15_an_estimate_looks_at_the_items() {
    let texts = vec!["x".repeat(10_000); 1_000];
    let stats = estimate_memory_usage(&texts).unwrap();
    assert!((9.5..10.0).contains(&stats.object_size_mb), "{stats:?}");
    assert!((9.5..10.0).contains(&stats.estimated_serialized_mb), "{stats:?}");
    // A view tells what it shows, a set and a text how many and how long they are.
    let matrix = ndarray::Array2::<f64>::zeros((1_000, 100));
    let view = estimate_memory_usage(matrix.view()).unwrap();
    assert!((view.object_size_mb * MEGABYTE - 800_000.0).abs() < 100.0, "{view:?}");
    let set: std::collections::BTreeSet<u32> = (0..1_000).collect();
    assert_eq!(estimate_memory_usage(&set).unwrap().item_count, 1_000);
    // The configuration counts, and chunks are rounded up.
    let plain = estimate_memory_usage(ids(0..1_000)).unwrap();
    let config = Config::performance();
    let rows = Estimator::new().config(config).estimate(ids(0..1_000)).unwrap();
    assert!(rows.estimated_serialized_mb < plain.estimated_serialized_mb * 0.7);
    let stats = Estimator::new().target(ByteSize::kib(1)).estimate(&vec![0_u8; 1_000]).unwrap();
    assert!(stats.recommended_chunk_size * stats.recommended_chunks >= 1_000, "{stats:?}");
}

#[test]
fn d16_the_recommended_size_is_a_size_one_can_use() {
    let target = ByteSize::kib(256);
    let close = |first: usize| {
        assert!((200 << 10..300 << 10).contains(&first), "{first} bytes");
    };
    let rows: Vec<String> = (0..50_000).map(|n| format!("row {n}")).collect();
    let stats = Estimator::new().target(target).estimate(&rows).unwrap();
    let size = usize::try_from(stats.recommended_chunk_size).unwrap();
    close(
        serialize_chunked(&rows, size).unwrap().chunks().next().unwrap().unwrap().as_bytes().len(),
    );
    let table = ids(0..50_000);
    let stats = Estimator::new().target(target).estimate(&table).unwrap();
    let size = usize::try_from(stats.recommended_chunk_size).unwrap();
    close(
        serialize_chunked(&table, size).unwrap().chunks().next().unwrap().unwrap().as_bytes().len(),
    );
}

#[test]
fn d17_a_chunk_size_of_0_is_an_error_whatever_is_cut() {
    fn refused<Way>(input: impl IntoChunkable<Way>) {
        assert_eq!(serialize_chunked(input, 0).unwrap_err().kind(), ErrorKind::Argument);
    }
    refused(&[1, 2]);
    refused(&Vec::<u8>::new());
    refused(&BTreeMap::from([("a", 1)]));
    refused(Table::from(ids([1])));
    refused(ids([1]));
    refused(&array![1, 2]);
    refused(Items::of(0..3));
    refused(Single(1));
    let folder = folder();
    let mut stream = stream_serialize(folder.path().join("a.jsonl")).unwrap();
    assert_eq!(stream.write_chunked(ids([1]), 0).unwrap_err().kind(), ErrorKind::Argument);
    // A negative one cannot be said.
}

#[test]
fn d18_a_scalar_is_one_chunk() {
    let scalar = ndarray::arr0(1.5);
    let result = serialize_chunked(&scalar, 10).unwrap();
    assert_eq!(result.metadata().chunking_strategy, Strategy::ArrayRows);
    assert_eq!(result.metadata().total_chunks, Some(1));
    assert_eq!(texts(&scalar, Config::DEFAULT).unwrap(), ["1.5"]);
}

#[test]
fn d19_the_size_of_a_chunk_is_always_said() {
    assert_eq!(datason::DEFAULT_CHUNK_SIZE, 1_000);
    let rows = vec![0_u8; 2_500];
    let result = serialize_chunked(&rows, datason::DEFAULT_CHUNK_SIZE).unwrap();
    assert_eq!(result.metadata().total_chunks, Some(3));
}

#[test]
fn d34_chunks_lend_and_nobody_can_change_what_is_lent() {
    // Neither `Clone` nor `Copy`, so no pair can have been copied.
    #[derive(Debug, PartialEq, Serialize)]
    struct Item(u8);
    let map = BTreeMap::from([("a", Item(1)), ("b", Item(2))]);
    let result = serialize_chunked(&map, 1).unwrap();
    let first = result.pieces().next().unwrap().unwrap();
    assert!(std::ptr::eq(first.0[0].1, &raw const map["a"]));
    let items = vec![Item(1), Item(2), Item(3)];
    let second = serialize_chunked(&items, 2).unwrap().pieces().nth(1).unwrap().unwrap();
    assert!(std::ptr::eq(second, &raw const items[2..3]));
    // Rows of a table lie where they lay.
    let table = ids([1, 2, 3]);
    let second = serialize_chunked(&table, 2).unwrap().pieces().nth(1).unwrap().unwrap();
    let (part, whole) = (second.parts()[0].column(0).to_data(), table.column(0).to_data());
    let place = |data: &[u8]| data.as_ptr() as usize;
    let (part, whole) = (place(part.buffers()[0].as_slice()), place(whole.buffers()[0].as_slice()));
    assert_eq!(part - whole, 16, "two rows of eight bytes before it");
    // And a reader's records are cut as they are read.
    let reader = ReaderBuilder::new().from_slice(b"1\n2\n3\n");
    let result = serialize_chunked(Items(reader.into_rows::<Value>()), 2).unwrap();
    assert_eq!(result.into_chunks().count(), 2);
}
