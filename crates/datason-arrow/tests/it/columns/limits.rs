//! How much is read, and how it is cut.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, Field, Schema};
use datason_arrow::{ColumnOptions, IntoBatches};
use datason_core::{Chunk, ChunkSize, Error};
use datason_json::{Format, ReaderBuilder};

fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]))
}

type Item = Result<Chunk<arrow_array::RecordBatch>, Error>;

fn ids(items: impl Iterator<Item = Item>) -> Vec<Vec<i64>> {
    let values = |item: Item| {
        let batch = item.expect("a batch").into_data();
        batch["id"].as_primitive::<Int64Type>().values().to_vec()
    };
    items.map(values).collect()
}

fn lines(rows: std::ops::Range<u32>) -> String {
    let lines: Vec<_> = rows.map(|row| format!("{{\"id\":{row}}}\n")).collect();
    lines.concat()
}

fn by_records(records: usize) -> ReaderBuilder {
    ReaderBuilder::new().chunk_size(ChunkSize::records(records).expect("a size"))
}

#[test]
fn rows_and_offset_cut_as_slices_do_on_any_number_of_threads() {
    let (text, all) = (lines(0..20), (0..20).collect::<Vec<i64>>());
    for (offset, rows) in
        [(0, 20), (0, 0), (0, 1), (3, 4), (4, 4), (5, 100), (19, 1), (20, 1), (99, 9)]
    {
        let from = usize::try_from(offset).expect("small").min(20);
        let to = usize::try_from(offset + rows).expect("small").min(20);
        let reader = || by_records(4).from_reader(Cursor::new(text.clone())).expect("options");
        let serial = reader().into_batches(schema()).expect("options");
        let serial = ids(serial.offset(offset).rows(rows));
        assert_eq!(serial.concat(), all[from..to], "{rows} from {offset}");
        let options = ColumnOptions::new(schema());
        for threads in [1, 3] {
            let parallel = options.parallel_batches(reader(), threads).expect("threads");
            assert_eq!(ids(parallel.offset(offset).rows(rows)), serial, "{threads} threads");
        }
    }
}

#[test]
fn batches_that_are_cut_are_numbered_without_gaps() {
    let text = lines(0..10);
    let reader = by_records(3).from_slice(text.as_bytes());
    let batches = reader.into_batches(schema()).expect("options").offset(4).rows(5);
    let places: Vec<_> = batches
        .map(|batch| batch.expect("a batch"))
        .map(|batch| (batch.index(), batch.start().record(), batch.data().num_rows()))
        .collect();
    assert_eq!(places, [(0, 3, 2), (1, 6, 3)]);
}

/// Counts what is read of it, and never ends.
struct Endless(Arc<AtomicU64>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = b"{\"id\":1}\n";
        let length = buffer.len() / line.len() * line.len();
        buffer[..length].chunks_mut(line.len()).for_each(|into| into.copy_from_slice(line));
        self.0.fetch_add(length as u64, Ordering::SeqCst);
        Ok(length)
    }
}

#[test]
fn an_endless_input_is_read_no_further_than_the_rows_that_are_wanted() {
    let read = Arc::new(AtomicU64::new(0));
    let builder = by_records(1_000).format(Format::Jsonl);
    let reader = || builder.from_reader(Endless(read.clone())).expect("options");
    let batches = reader().into_batches(schema()).expect("options");
    assert_eq!(ids(batches.rows(2_500)).concat().len(), 2_500);
    assert!(read.swap(0, Ordering::SeqCst) <= 512 << 10);
    let parallel = ColumnOptions::new(schema()).parallel_batches(reader(), 2).expect("threads");
    assert_eq!(ids(parallel.rows(2_500)).concat().len(), 2_500);
    let after = read.load(Ordering::SeqCst);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(read.load(Ordering::SeqCst), after, "the threads have ended");
}

#[test]
fn chunks_are_cut_by_rows_or_by_bytes() {
    let text = lines(0..10);
    let lengths = |builder: ReaderBuilder| -> Vec<usize> {
        let batches = builder.from_slice(text.as_bytes()).into_batches(schema()).expect("options");
        ids(batches).iter().map(Vec::len).collect()
    };
    assert_eq!(lengths(by_records(4)), [4, 4, 2]);
    // Each record has 8 bytes.
    let by_bytes = |size: &str| ReaderBuilder::new().chunk_size(size.parse().expect("a size"));
    assert_eq!(lengths(by_bytes("24B")), [3, 3, 3, 1]);
    assert_eq!(lengths(by_bytes("1B")), [1; 10]);
}

#[test]
fn arrays_and_pointers_give_the_batches_of_lines_on_any_number_of_threads() {
    let text = lines(0..5_000);
    let array = format!("[{}]", text.trim_end().replace('\n', " ,\n"));
    let inside = format!("{{\"a\":[1],\"b\":{{\"rows\":{array}}},\"c\":0}}");
    for size in ["7", "1000", "10KiB"] {
        let builder = ReaderBuilder::new().chunk_size(size.parse().expect("a size"));
        let expected = {
            let reader = builder.clone().format(Format::Jsonl).from_slice(text.as_bytes());
            ids(reader.into_batches(schema()).expect("options"))
        };
        for (text, builder) in [(&array, builder.clone()), (&inside, builder.pointer("/b/rows"))] {
            let reader =
                || builder.from_reader(Cursor::new(text.clone().into_bytes())).expect("options");
            assert_eq!(ids(reader().into_batches(schema()).expect("options")), expected);
            for threads in 1..=3 {
                let options = ColumnOptions::new(schema());
                let parallel = options.parallel_batches(reader(), threads).expect("threads");
                assert_eq!(ids(parallel), expected, "{threads} threads, chunks of {size}");
            }
        }
    }
}
