//! Bad records under every policy: the same rows and rejects on any number of threads.

use std::io::{Cursor, Read};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use datason_arrow::{ColumnOptions, OnConflict, SchemaInference};
use datason_core::{ByteSize, Chunk, ChunkSize, Error, MaxErrors, Reject, Rejects};
use datason_json::{Reader, ReaderBuilder};

fn options() -> ColumnOptions {
    ColumnOptions::new(Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)])))
}

/// Every 50th record does not fit, every 61st is no JSON, and one is too large.
fn lines(records: u32) -> Vec<String> {
    let line = |row: u32| match row {
        700 => format!("{{\"id\":{row},\"x\":\"{}\"}}", "x".repeat(3_000)),
        row if row % 50 == 7 => format!("{{\"id\":\"{row}\"}}"),
        row if row % 61 == 8 => format!("{{\"id\":{row}]"),
        _ => format!("{{\"id\":{row}}}"),
    };
    (0..records).map(line).collect()
}

fn builder() -> ReaderBuilder {
    ReaderBuilder::new()
        .chunk_size(ChunkSize::records(300).expect("a size"))
        .max_record_size(ByteSize(2_000))
}

type Item = Result<Chunk<arrow_array::RecordBatch>, Error>;

/// Rows and errors in their order, and where batches stand.
fn described(items: impl Iterator<Item = Item>) -> Vec<String> {
    let one = |item: Item| match item {
        Ok(batch) => format!("{} {} {:?}", batch.index(), batch.start(), batch.data().column(0)),
        Err(error) => format!("{:?} {error}", error.kind()),
    };
    items.map(one).collect()
}

fn found<R: Read + Send + 'static>(reader: Reader<R>, threads: usize) -> Vec<String> {
    match threads {
        0 => described(options().batches(reader).expect("options")),
        _ => described(options().parallel_batches(reader, threads).expect("threads")),
    }
}

/// What comes out with `rejects` on no thread, and on 1 to 4, which must be the same.
#[track_caller]
fn check(text: &str, rejects: impl Fn() -> Rejects) -> (Vec<String>, Vec<Reject<'static>>) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("room for it");
    let of_file = |threads| {
        let rejects = rejects();
        let reader = builder().on_error(&rejects).open(file.path()).expect("a file");
        (found(reader, threads), rejects.kept(), rejects.bad_records(), rejects.seen_records())
    };
    let run = |threads| {
        let rejects = rejects();
        let input = Cursor::new(text.as_bytes().to_vec());
        let reader = builder().on_error(&rejects).from_reader(input).expect("options");
        (found(reader, threads), rejects.kept(), rejects.bad_records(), rejects.seen_records())
    };
    let (serial, serial_of_file) = (run(0), of_file(0));
    for threads in 1..=4 {
        assert_eq!(run(threads), serial, "{threads} threads");
        assert_eq!(of_file(threads), serial_of_file, "{threads} threads, of a file");
    }
    (serial.0, serial.1)
}

#[test]
fn bad_records_are_kept_byte_for_byte_and_the_rest_comes_out() {
    let lines = lines(2_000);
    let is_bad = |row: usize| row == 700 || row % 50 == 7 || row % 61 == 8;
    let bad: Vec<_> = (0..2_000).filter(|row| is_bad(*row)).collect();
    // An array cannot hold what breaks its brackets.
    let of_array: Vec<_> = lines.iter().map(|line| line.replace(']', "}")).collect();
    for (text, is_array) in
        [(lines.join("\n"), false), (format!("[{}]", of_array.join(",\n")), true)]
    {
        let (found, kept) = check(&text, || Rejects::in_memory(ByteSize::mib(1)));
        assert!(found.iter().all(|item| !item.contains("Data")), "{found:?}");
        let bad = bad.iter().filter(|row| !is_array || **row == 700 || **row % 50 == 7);
        let expected: Vec<_> =
            bad.map(|row| (*row as u64, (*row != 700).then(|| lines[*row].as_bytes()))).collect();
        let kept: Vec<_> = kept.iter().map(|reject| (reject.record, reject.raw())).collect();
        assert_eq!(kept, expected);
    }
}

#[test]
fn skipping_counts_all_that_was_seen() {
    let rejects = Rejects::skip();
    let text = lines(1_000).join("\n");
    let reader = builder().on_error(&rejects).from_slice(text.as_bytes());
    let batches = options().batches(reader).expect("options");
    let rows: usize = batches.map(|batch| batch.expect("a batch").data().num_rows()).sum();
    assert_eq!(rejects.seen_records(), 1_000);
    assert_eq!(rows as u64 + rejects.bad_records(), 1_000);
    assert!(rejects.bad_records() > 20);
}

#[test]
fn one_bad_record_too_many_ends_it_at_the_same_place() {
    let text = lines(2_000).join("\n");
    let limit = MaxErrors::count(30);
    let (found, kept) = check(&text, || Rejects::in_memory(ByteSize::mib(1)).max_errors(limit));
    let last = found.last().expect("an error");
    assert!(last.starts_with("TooManyErrors 31 of "), "{last}");
    assert_eq!(kept.len(), 31);
}

#[test]
fn the_share_is_judged_at_the_end() {
    let text = lines(900).join("\n");
    let (found, _) = check(&text, || Rejects::skip().max_errors("1%".parse().expect("a share")));
    assert!(found.last().expect("an error").starts_with("TooManyErrors"), "{found:?}");
}

#[test]
fn bad_records_can_be_taken_by_the_caller() {
    let text = lines(2_000).join("\n");
    let run = |threads: usize| {
        let input = Cursor::new(text.clone().into_bytes());
        let reader = builder().on_error(Rejects::skip()).from_reader(input).expect("options");
        let mut batches =
            options().parallel_batches(reader, threads).expect("threads").keep_bad_records();
        let (mut rows, mut bad) = (0, Vec::new());
        while let Some(item) = batches.next() {
            while let Some(record) = batches.next_bad_record() {
                bad.push((record.record().number(), record.record().as_bytes().to_vec()));
                assert_eq!(
                    record.error().position().map(|place| place.record()),
                    Some(record.record().number())
                );
            }
            match item {
                Ok(batch) => rows += batch.data().num_rows(),
                Err(error) => bad.push((error.position().expect("a place").record(), Vec::new())),
            }
        }
        assert!(batches.next_bad_record().is_none());
        (rows, bad)
    };
    let (rows, bad) = run(1);
    assert_eq!(run(3), (rows, bad.clone()));
    assert_eq!(rows + bad.len(), 2_000);
    assert!(bad.is_sorted_by_key(|(number, _)| *number), "{bad:?}");
    assert!(bad.contains(&(700, Vec::new())) && bad.contains(&(57, b"{\"id\":\"57\"}".to_vec())));
}

#[test]
fn inference_passes_over_what_the_reader_passes_over() {
    let text = b"{\"a\":1}\n{\"a\":[}\n{\"b\":true}\n";
    let rejects = Rejects::in_memory(ByteSize::kib(1));
    let mut inference = SchemaInference::new().on_conflict(OnConflict::Error);
    let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(text);
    inference.observe(&mut reader, None).expect("two good records");
    assert_eq!((inference.records(), rejects.bad_records(), rejects.seen_records()), (2, 1, 3));
    assert_eq!(inference.schema().expect("a schema").schema.fields().len(), 2);
}
