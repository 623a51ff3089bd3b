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

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What is estimated, what is true, and how many percent the one is of the other.
fn percent(estimated: u64, truth: usize) -> u64 {
    estimated * 100 / truth as u64
}

/// The first `most` records as values, and what they take.
fn values(path: &Path, most: usize) -> (Vec<Value>, usize) {
    let before = HEAP.current_usage();
    let mut reader = ReaderBuilder::new().open(path).expect("a file");
    let mut values = Vec::new();
    values.extend(reader.rows::<Value>().take(most).map(|row| row.expect("a good record")));
    drop(reader);
    values.shrink_to_fit();
    (values, HEAP.current_usage() - before)
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
        assert!((95..=105).contains(&records), "{shape}: records {records} %");
        assert!((85..=115).contains(&resident), "{shape}: resident {resident} %");
        assert_eq!(chunk.len(), wanted);
        assert!((80..=105).contains(&filled), "{shape}: {filled} % of the budget");
    }
}
