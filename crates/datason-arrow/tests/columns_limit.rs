//! What decoding into columns holds stays below its limit, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datason_arrow::{BinaryText, ColumnOptions, OnExtra};
use datason_core::{ByteSize, Chunk, OnError, Rejects, Result};
use datason_json::ReaderBuilder;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that was held beyond what was held before, while `work` ran, in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = work();
    (HEAP.peak_usage().saturating_sub(before), result)
}

/// Some text many times.
struct Cycle(Vec<u8>, usize);

impl Read for Cycle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let given = (&self.0[self.1..]).read(buffer)?;
        self.1 = (self.1 + given) % self.0.len();
        Ok(given)
    }
}

fn many(piece: &str, bytes: usize) -> impl Read + Send + 'static {
    let times = bytes / piece.len();
    let block = piece.repeat((1 << 16) / piece.len() + 1).into_bytes();
    Cycle(block, 0).take((times * piece.len()) as u64)
}

/// A record with a list of numbers that is `bytes` long, between two small ones.
fn long_list(bytes: usize) -> impl Read + Send + 'static {
    let front = io::Cursor::new("{\"a\":[1]}\n{\"a\":[1");
    front.chain(many(",1", bytes)).chain(io::Cursor::new("]}\n{\"a\":[3]}\n"))
}

fn schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

fn list() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Int64, true)))
}

/// The rows of all batches, each of which is let go of.
fn rows(batches: impl Iterator<Item = Result<Chunk<RecordBatch>>>) -> Vec<usize> {
    batches.map(|batch| batch.expect("bad records are passed over").data().num_rows()).collect()
}

/// Decodes `input` within `limit` on one thread and on several, and expects the same batches.
fn check<R: Read + Send + 'static>(
    name: &str,
    schema: &SchemaRef,
    limit: ByteSize,
    input: impl Fn() -> R,
    counts: (usize, u64),
) {
    check_options(name, &ColumnOptions::new(schema.clone()), limit, input, counts);
}

fn check_options<R: Read + Send + 'static>(
    name: &str,
    options: &ColumnOptions,
    limit: ByteSize,
    input: impl Fn() -> R,
    (good, bad): (usize, u64),
) {
    let reading = ByteSize::mib(8);
    let most = usize::try_from(limit.as_u64() + reading.as_u64()).expect("a small number");
    let options = options.clone().memory_limit(limit);
    let mut found: Option<Vec<usize>> = None;
    for threads in [1, 3] {
        let rejects = Rejects::from(OnError::Skip);
        let builder = ReaderBuilder::new().memory_limit(reading).on_error(rejects.clone());
        let (held, sizes) = peak(|| {
            let reader = builder.from_reader(input()).expect("a good limit");
            match threads {
                1 => rows(options.batches(reader).expect("a good limit")),
                threads => rows(options.parallel_batches(reader, threads).expect("a good limit")),
            }
        });
        assert_eq!(sizes.iter().sum::<usize>(), good, "{name}, {threads} threads");
        assert_eq!(rejects.bad_records(), bad, "{name}, {threads} threads");
        assert!(held <= most, "{name}, {threads} threads: {held} of {most} bytes were held");
        // The order and the cuts do not depend on the threads.
        assert_eq!(*found.get_or_insert_with(|| sizes.clone()), sizes, "{name}, {threads} threads");
    }
}

#[test]
fn what_decoding_holds_stays_below_the_limit() {
    for limit in [ByteSize::mib(4), ByteSize::mib(16)] {
        let numbers = schema(vec![Field::new("a", DataType::Int64, true)]);
        let digit = "{\"a\":1}\n";
        check("numbers", &numbers, limit, || many(digit, 3 << 20), ((3 << 20) / digit.len(), 0));
        // Three bytes of text are 500 columns of 8 bytes.
        let wide = (0..500).map(|n| Field::new(format!("c{n}"), DataType::Int64, true)).collect();
        check("wide", &schema(wide), limit, || many("{}\n", 60_000), (20_000, 0));
        let texts = schema(vec![Field::new("a", DataType::Utf8, true)]);
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1_000));
        check("texts", &texts, limit, || many(&line, 3 << 20), ((3 << 20) / line.len(), 0));
        let labels = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let labels = schema(vec![Field::new("a", labels, true)]);
        check("labels", &labels, limit, || many(&line, 1 << 20), ((1 << 20) / line.len(), 0));
        let bytes = schema(vec![Field::new("a", DataType::Binary, true)]);
        let bytes = ColumnOptions::new(bytes).binary(BinaryText::Base64);
        let count = (1 << 20) / line.len();
        check_options("bytes", &bytes, limit, || many(&line, 1 << 20), (count, 0));
        let lists = schema(vec![Field::new("a", list(), true)]);
        let short = "{\"a\":[1,2,3]}\n";
        check("lists", &lists, limit, || many(short, 2 << 20), ((2 << 20) / short.len(), 0));
        // A number takes two bytes of text, and 17 with its place and its validity as a column.
        let bytes = usize::try_from(limit.as_u64()).expect("a small number");
        check("a long list", &lists, limit, || long_list(bytes / 16 / 10), (3, 0));
        check("a longer list", &lists, limit, || long_list(bytes / 8), (2, 1));
        // Members of which each is noted, and gets a pointer.
        let keeping =
            |schema: &SchemaRef| ColumnOptions::new(schema.clone()).on_extra(OnExtra::Keep);
        let extra = format!("{{\"a\":1{}}}\n", ",\"x\":0".repeat(2_000));
        let count = (2 << 20) / extra.len();
        let options = keeping(&numbers);
        check_options("extra members", &options, limit, || many(&extra, 2 << 20), (count, 0));
        let inner = Field::new_struct("inner", vec![Field::new("a", DataType::Int64, true)], true);
        let nested = schema(vec![Field::new_struct("outer", vec![inner], true)]);
        let members = ",\"x\":0".repeat(2_000);
        let extra = format!("{{\"outer\":{{\"inner\":{{\"a\":1{members}}}}}}}\n");
        let count = (2 << 20) / extra.len();
        let options = keeping(&nested);
        check_options("extras inside", &options, limit, || many(&extra, 2 << 20), (count, 0));
        // Bad records are handed over with their text.
        let bad = "{\"a\":\"no number\"}\n";
        let count = (2 << 20) / bad.len();
        check("bad records", &numbers, limit, || many(bad, 2 << 20), (0, count as u64));
    }
}
