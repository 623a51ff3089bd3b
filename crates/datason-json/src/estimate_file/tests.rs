use std::fmt::Write as _;
use std::io::Write as _;

use super::*;

/// Lines whose lengths drift from 20 bytes to 400.
fn drifting(lines: usize) -> String {
    (0..lines).fold(String::new(), |mut text, n| {
        let filling = "x".repeat(n * 380 / lines);
        writeln!(text, "{{\"id\": {n}, \"a\": \"{filling}\"}}").unwrap();
        text
    })
}

fn estimate(name: &str, bytes: &[u8]) -> FileEstimate {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    estimate_file(&path).unwrap()
}

fn assert_near(guess: u64, truth: u64, percent: u64, what: &str) {
    assert!(guess.abs_diff(truth) * 100 <= truth * percent, "{what}: {guess}, not {truth}");
}

#[test]
fn lines_that_drift_are_found_by_looking_around() {
    let found = estimate("drifting.jsonl", drifting(100_000).as_bytes());
    assert!(!found.basis.whole && found.basis.places == 32, "{found:?}");
    assert_near(found.records.likely, 100_000, 5, "records");
    assert!(found.records.low <= 100_000 && 100_000 <= found.records.high, "{found:?}");
    assert!(found.basis.text_bytes < 10 << 20, "{found:?}");
}

#[test]
fn long_lines_are_met_as_often_as_short_ones() {
    let text = |n: usize| "x".repeat(if n.is_multiple_of(100) { 200_000 } else { n % 90 });
    let lines = (0..10_000).fold(String::new(), |mut all, n| {
        writeln!(all, "{{\"id\": {n}, \"a\": \"{}\"}}", text(n * 7919)).unwrap();
        all
    });
    let found = estimate("skewed.jsonl", lines.as_bytes());
    assert!(!found.basis.whole, "{found:?}");
    assert!(found.records.low <= 10_000 && 10_000 <= found.records.high, "{found:?}");
    // Each is longer than what is looked at in one place.
    let giants = format!("\"{}\"\n", "x".repeat(300_000)).repeat(100);
    let found = estimate("giants.jsonl", giants.as_bytes());
    assert_near(found.records.likely, 100, 5, "records");
    assert_near(found.value_bytes, 30_000_000, 5, "values");
}

#[test]
fn compressed_files_and_arrays_are_judged_by_their_head() {
    let text = (0..900_000_u64).fold(String::new(), |mut text, n| {
        writeln!(text, "[{}]", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).unwrap();
        text
    });
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let zipped = encoder.finish().unwrap();
    let array = format!("[{}]", text.trim_end().replace('\n', ","));
    for found in [estimate("a.gz", &zipped), estimate("a.json", array.as_bytes())] {
        assert!(!found.basis.whole && found.basis.places == 1, "{found:?}");
        assert_near(found.records.likely, 900_000, 6, "records");
        assert_near(found.text_bytes.likely, text.len() as u64, 6, "text");
        assert!(found.records.low <= 900_000 && 900_000 <= found.records.high, "{found:?}");
    }
}

#[test]
fn nothing_and_little_have_sound_figures() {
    let nothing = estimate("a.jsonl", b"");
    assert_eq!((nothing.records, nothing.advice.chunks), (Guess::exactly(0), 0));
    let bad = estimate("a.jsonl", b"1\n[2\n3\n");
    assert_eq!(bad.records, Guess::exactly(3), "a bad record is one too");
}

#[test]
fn the_advice_makes_chunks_of_the_size_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, drifting(10_000)).unwrap();
    let found = FileEstimator::new().target(ByteSize::mib(1)).estimate(&path).unwrap();
    assert!(found.basis.whole);
    assert_near(found.advice.records * found.value_bytes / 10_000, 1 << 20, 1, "a chunk");
    assert_eq!(found.advice.chunks, 10_000_u64.div_ceil(found.advice.records));
}
