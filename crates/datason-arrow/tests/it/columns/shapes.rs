//! Generated and real records, value by value.

use datason_fixtures::{Generator, Layout, Shape};
use datason_json::Format;
use datason_scan::Kernel;

use super::oracle::{check_lines, decode_with, infer, lenient};
use crate::shared::shared;

fn generated(shape: Shape, records: u64, seed: u64) -> Vec<u8> {
    let mut text = Vec::new();
    let mut generator = Generator::new(shape, seed);
    generator.write_records(Layout::Lines, records, &mut text).expect("memory takes all");
    text
}

#[test]
fn every_generated_shape_equals_serde_json() {
    for shape in Shape::ALL {
        check_lines(&generated(shape, 300, 7));
    }
}

#[test]
fn every_kernel_gives_the_same_rows() {
    for shape in Shape::ALL {
        let text = generated(shape, 40, 3);
        let options = lenient(&infer(&text));
        let rows = |kernel| -> Vec<_> {
            decode_with(&options, kernel, &text)
                .into_iter()
                .map(|row| row.expect("a row"))
                .collect()
        };
        let portable = rows(Kernel::Portable);
        assert_eq!(portable.len(), 40);
        for kernel in Kernel::available() {
            assert_eq!(rows(kernel), portable, "{kernel}, {shape}");
        }
    }
}

#[test]
fn real_lines_equal_serde_json() {
    let Some(folder) = shared("corpora/ndjson-small") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read(&path).unwrap_or_default();
        let lines: Vec<_> = text.split(|byte| *byte == b'\n').take(500).collect();
        let valid: Vec<_> = lines
            .into_iter()
            .filter(|line| serde_json::from_slice::<serde_json::Value>(line).is_ok())
            .collect();
        if Format::from_path(&path) == Some(Format::Jsonl) && !valid.is_empty() {
            check_lines(&valid.join(&b'\n'));
            files += 1;
        }
    }
    assert!(files > 0);
}
