//! Values read column by column are those read one by one, and so are the errors.

use datason_arrow::{ColumnOptions, OnDuplicate, OnExtra, OnMismatch};
use datason_fixtures::{Generator, Layout, Random, Shape};
use datason_scan::Kernel;

use super::oracle::{decode, infer};
use super::verdicts::mutate;
use crate::shared::shared;

#[track_caller]
fn check(options: &ColumnOptions, text: &[u8]) {
    let one_by_one = format!("{:?}", decode(&options.clone().by_column(false), text));
    for kernel in Kernel::available() {
        let by_column = format!("{:?}", decode(&options.clone().kernel(kernel), text));
        if by_column != one_by_one {
            let at = by_column.bytes().zip(one_by_one.bytes()).take_while(|(a, b)| a == b).count();
            let from = at.saturating_sub(300);
            let shown = |text: &str| {
                text.get(from..).unwrap_or_default()[..].chars().take(600).collect::<String>()
            };
            panic!("{kernel}: {}\n---\n{}", shown(&by_column), shown(&one_by_one));
        }
    }
}

/// `lines` of which one in `every` has been damaged.
fn damaged(lines: &[&[u8]], every: u64, random: &mut Random) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        let damage = random.one_in(every);
        let line = if damage { mutate(line, random) } else { line.to_vec() };
        text.extend(line.iter().filter(|byte| **byte != b'\n'));
        text.push(b'\n');
    }
    text
}

/// Every policy that decides what becomes of a record.
fn policies(options: &ColumnOptions) -> [ColumnOptions; 6] {
    let lenient = options.clone().on_extra(OnExtra::Skip);
    [
        options.clone(),
        lenient.clone().on_mismatch(OnMismatch::Null),
        lenient.clone().on_extra(OnExtra::Keep).on_duplicate(OnDuplicate::Last),
        lenient.clone().on_extra(OnExtra::Keep).on_mismatch(OnMismatch::Null),
        lenient.clone().on_duplicate(OnDuplicate::Last),
        lenient.on_duplicate(OnDuplicate::First),
    ]
}

#[test]
fn damaged_records_of_every_shape() {
    let mut random = Random::new(21);
    for shape in Shape::ALL {
        let mut text = Vec::new();
        let bytes = if shape == Shape::Flat { 200_000 } else { 100_000 };
        Generator::new(shape, 9).write(Layout::Lines, bytes, &mut text).expect("a buffer");
        let inferred = infer(&text);
        let options = ColumnOptions::new(inferred.schema.clone()).shape(inferred.shape);
        let lines: Vec<&[u8]> = text.trim_ascii_end().split(|byte| *byte == b'\n').collect();
        for options in policies(&options) {
            for every in [2, 10, 100, 100_000] {
                check(&options, &damaged(&lines, every, &mut random));
            }
        }
    }
}

#[test]
fn some_columns_of_damaged_records() {
    let mut random = Random::new(22);
    let mut text = Vec::new();
    Generator::new(Shape::Flat, 9).write(Layout::Lines, 100_000, &mut text).expect("a buffer");
    let inferred = infer(&text);
    let lines: Vec<&[u8]> = text.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    let options = ColumnOptions::new(inferred.schema.clone());
    for names in [["id", "message"], ["time", "ok"], ["user", "latency_ms"]] {
        for options in policies(&options.clone().select(names)) {
            check(&options, &damaged(&lines, 5, &mut random));
            check(&options, &damaged(&lines, 500, &mut random));
        }
    }
}

/// Real records, of many forms that take turns.
#[test]
fn records_of_the_corpora() {
    let Some(folder) = shared("corpora/ndjson-small") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let Ok(text) = std::fs::read(&path) else { continue };
        if text.len() > 3_000_000
            || std::str::from_utf8(&text).is_err()
            || text.starts_with(b"\x1f")
        {
            continue;
        }
        let Ok(inferred) = std::panic::catch_unwind(|| infer(&text)) else { continue };
        let options = ColumnOptions::new(inferred.schema.clone()).shape(inferred.shape);
        for options in policies(&options) {
            check(&options, &text);
        }
        files += 1;
    }
    assert!(files > 0, "a file was read");
}
