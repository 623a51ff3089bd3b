//! Estimates of files against the truth: every record decoded, and what the allocator was asked
//! for.
//!
//! One test only, since the allocator counts for the whole process. `cargo xtask memory` does the
//! same for records and text on files of any size.

use std::path::Path;

use datason_core::{ByteSize, Value};
use datason_fixtures::{Generator, Layout, Shape};
use datason_json::{FileEstimator, ReaderBuilder};
use peak_alloc::PeakAlloc;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What is estimated, what is true, and how many percent the one is of the other.
fn percent(estimated: u64, truth: usize) -> u64 {
    estimated * 100 / truth as u64
}

/// The first `most` records as values, and what they take.
fn values(path: &Path, most: usize) -> (Vec<Value>, usize) {
    rows(path, most)
}

/// The same as rows of a type.
fn rows<T: DeserializeOwned>(path: &Path, most: usize) -> (Vec<T>, usize) {
    let before = HEAP.current_usage();
    let mut reader = ReaderBuilder::new().open(path).expect("a file");
    let mut rows = Vec::new();
    rows.extend(reader.rows::<T>().take(most).map(|row| row.expect("a good record")));
    drop(reader);
    rows.shrink_to_fit();
    (rows, HEAP.current_usage() - before)
}

/// A record of the flat shape, as one would write its type.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only its memory is looked at")]
struct Flat {
    id: u64,
    trace: String,
    time: String,
    level: String,
    service: String,
    host: String,
    latency_ms: f64,
    bytes: u64,
    status: u16,
    ok: bool,
    user: Option<String>,
    message: String,
}

/// What the records of `shape` take as rows of a type, where there is one here.
fn row_bytes(shape: Shape, path: &Path) -> Option<usize> {
    match shape {
        Shape::Flat => Some(rows::<Flat>(path, usize::MAX).1),
        Shape::Floats => Some(rows::<Box<[f64]>>(path, usize::MAX).1),
        _ => None,
    }
}

#[test]
fn what_is_estimated_is_near_the_truth() {
    const BUDGET: ByteSize = ByteSize::mib(4);
    let folder = tempfile::tempdir().expect("a folder");
    for (number, shape) in Shape::ALL.into_iter().enumerate() {
        let path = folder.path().join(format!("{shape}.jsonl"));
        let mut text = Vec::new();
        let mut generator = Generator::new(shape, number as u64);
        let written = generator.write(Layout::Lines, 9 << 19, &mut text).expect("memory");
        std::fs::write(&path, &text).expect("a file");
        drop(text);
        let found = FileEstimator::new().target(BUDGET).estimate(&path).expect("a good file");
        let (all, held) = values(&path, usize::MAX);
        let records = percent(found.records.likely, all.len());
        assert_eq!(written.records, all.len() as u64);
        drop(all);
        let resident = percent(found.value_bytes, held);
        let wanted = usize::try_from(found.advice.records).expect("a small number");
        let (chunk, held) = values(&path, wanted);
        let filled = held as u64 * 100 / BUDGET.as_u64();
        println!("{shape}: records {records} %, resident {resident} %, budget {filled} %");
        if let Some(held) = row_bytes(shape, &path) {
            let rows = percent(found.rows_bytes, held);
            println!("{shape}: as rows {rows} %");
            assert!((85..=115).contains(&rows), "{shape}: as rows {rows} %");
        }
        assert!((95..=105).contains(&records), "{shape}: records {records} %");
        assert!((85..=115).contains(&resident), "{shape}: resident {resident} %");
        assert_eq!(chunk.len(), wanted);
        assert!((80..=105).contains(&filled), "{shape}: {filled} % of the budget");
    }
}
