//! The examples do what they say.

use std::fs;
use std::path::{Path, PathBuf};

use datason::{ByteSize, Error, ErrorKind, Value};

#[path = "../../examples/error_handling.rs"]
#[expect(dead_code, reason = "`main` is for whoever runs the example")]
mod error_handling;
#[path = "../../examples/large_csv_to_jsonl.rs"]
#[expect(dead_code, reason = "`main` is for whoever runs the example")]
mod large_csv_to_jsonl;
#[path = "../../examples/memory_monitoring.rs"]
#[expect(dead_code, reason = "`main` is for whoever runs the example")]
mod memory_monitoring;
#[path = "../../examples/time_series_windows.rs"]
#[expect(dead_code, reason = "`main` is for whoever runs the example")]
mod time_series_windows;
#[path = "../../examples/training_pipeline.rs"]
#[expect(dead_code, reason = "`main` is for whoever runs the example")]
mod training_pipeline;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/data").join(name)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn values(path: &Path) -> Vec<Value> {
    let rows = datason::open(path).expect("a file").into_rows();
    rows.collect::<datason::Result<_>>().expect("records")
}

#[test]
fn a_csv_file_becomes_lines() {
    let folder = folder();
    let output = folder.path().join("weather.jsonl.gz");
    let written =
        large_csv_to_jsonl::process_large_csv(&data("seattle-weather.csv"), &output).unwrap();
    let records = values(&output);
    assert_eq!((written, records.len()), (1_461, 1_461));
    let first = &records[0];
    assert_eq!(first.get("date").and_then(Value::as_str), Some("2012-01-01"));
    assert_eq!(first.get("temp_range").and_then(Value::as_f64), Some(12.8 - 5.0));
}

#[test]
fn a_pipeline_prepares_all_records() {
    let folder = folder();
    let (chunked, processed) = (folder.path().join("c.jsonl"), folder.path().join("p.jsonl"));
    let raw = data("seattle-weather.jsonl");
    let summary = training_pipeline::create_training_pipeline(&raw, &chunked, &processed).unwrap();
    assert_eq!(summary.records, 1_461);
    assert_eq!(summary.chunks_read, 1_461_u64.div_ceil(summary.recommended_chunk_size as u64));
    let lines = values(&processed);
    let features: usize = lines.iter().map(|line| line.as_list().expect("a list").len()).sum();
    assert_eq!(features, 1_461);
    let first = lines[0].pointer("/0").expect("a record");
    assert_eq!(first.get("temp_mean").and_then(Value::as_f64), Some(8.9));
    assert_eq!(first.get("label").and_then(Value::as_str), Some("dull"));
}

#[test]
fn days_become_months() {
    let folder = folder();
    let output = folder.path().join("months.jsonl");
    let raw = data("seattle-weather.jsonl");
    assert_eq!(time_series_windows::process_time_series(&raw, &output).unwrap(), 48);
    let months = values(&output);
    let days: i64 = months.iter().filter_map(|month| month.get("days")?.as_i64()).sum();
    assert_eq!(days, 1_461);
    assert_eq!(months[1].get("start").and_then(Value::as_str), Some("2012-02-01"));
    assert_eq!(months[1].get("days").and_then(Value::as_i64), Some(29));
}

#[test]
fn memory_is_told_chunk_by_chunk() {
    let mut out = Vec::new();
    let bytes = memory_monitoring::monitor(10_000, 1_000, &mut out).unwrap();
    assert!(bytes > 10_000 * 10);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 10);
    assert!(text.starts_with("chunk 0: "));
}

#[test]
fn errors_are_told_and_leave_nothing_behind() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let texts = vec!["x".repeat(10_000); 100];
    let size = error_handling::save_within_limit(&texts, ByteSize::kib(512), &path).unwrap();
    assert_eq!((size, values(&path).len()), (25, 4));
    fs::remove_file(&path).unwrap();

    let failing = [Ok(1), Err(Error::new(ErrorKind::Data, "no"))].into_iter();
    assert!(error_handling::stream_all(failing, &path).is_err());
    assert!(!path.exists());

    fs::write(&path, "[1, 2]\n[3, \"x\"]\n[4\n[5]\n").unwrap();
    let mut report = Vec::new();
    assert_eq!(error_handling::sum_good_chunks(&path, &mut report).unwrap(), 8);
    let report = String::from_utf8(report).unwrap();
    let lines: Vec<_> = report.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["line 2", "line 3"]);
}
