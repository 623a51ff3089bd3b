//! The text equals that of the original, byte by byte, but for the differences listed here.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;

use datason_core::value::{Value, ValueChunk};
use datason_core::{Chunkable, Config, ErrorKind, Result};

use super::super::{Encoder, TextStyle};
use super::support::{Case, cases, full_folder, own_folder};

const GROUPS: [&str; 7] = ["seq_", "dict_", "nan_", "date_", "rich_", "unix_ms_", "stream_"];

/// Where the original does not do what it says, and no corrected file says what is right.
const DIFFERENCES: [(&str, Difference); 5] = [
    ("dict_nonstring_keys", Difference::Refused("D29: two keys would stand twice")),
    ("rich_api", Difference::Ascii("D23: the flag for ASCII is obeyed")),
    ("rich_logging", Difference::Ascii("D23: the flag for ASCII is obeyed")),
    ("seq_long_strings_logging", Difference::Ascii("D23: the flag for ASCII is obeyed")),
    ("stream_abort_json", Difference::NotOurs("D11: what an aborted file is, the writer decides")),
];

#[derive(Clone, Copy)]
enum Difference {
    /// The value is an error.
    Refused(#[expect(dead_code, reason = "said for the reader")] &'static str),
    /// Everything but ASCII is escaped, and nothing else differs.
    Ascii(#[expect(dead_code, reason = "said for the reader")] &'static str),
    /// Not a matter of the text of a value.
    NotOurs(#[expect(dead_code, reason = "said for the reader")] &'static str),
}

#[test]
fn the_cases_that_come_with_the_sources_are_met() {
    assert!(check_all(&own_folder()) >= 12);
}

#[test]
fn all_cases_are_met() {
    match full_folder() {
        Some(folder) => assert!(check_all(&folder) >= 35),
        None => println!("skipped: the full set of cases is not here"),
    }
}

fn check_all(folder: &Path) -> usize {
    let cases = cases(folder, &GROUPS);
    cases.iter().for_each(check);
    cases.len()
}

fn check(case: &Case) {
    let difference = DIFFERENCES.iter().find(|(name, _)| *name == case.name());
    match difference.map(|(_, difference)| *difference) {
        Some(Difference::NotOurs(_)) => {}
        Some(Difference::Refused(_)) => {
            let error = records(case, TextStyle::Python, 0).expect_err(case.name());
            assert_eq!(error.kind(), ErrorKind::Data);
        }
        Some(Difference::Ascii(_)) => check_files(case, &escape_non_ascii),
        None => check_files(case, &str::to_owned),
    }
}

fn check_files(case: &Case, correct: &dyn Fn(&str) -> String) {
    let corrected = case.file("corrected.jsonl").or_else(|| case.file("expected.jsonl"));
    if let Some(expected) = corrected {
        let lines = records(case, TextStyle::Python, 0).unwrap();
        let written = lines.into_iter().map(|line| line + "\n").collect::<String>();
        assert_eq!(written, correct(&expected), "{}", case.name());
    }
    if let Some(expected) = case.file("expected.json").filter(|_| !case.is_quirk()) {
        assert_eq!(document(case), correct(&expected), "{}", case.name());
    }
}

/// The text of each record that the case writes.
fn records(case: &Case, style: TextStyle, level: usize) -> Result<Vec<String>> {
    let input = case.input();
    let mut encoder = Encoder::new(case.config(), style).level(level);
    let mut text = |chunk: &ValueChunk<'_>| {
        let mut out = Vec::new();
        encoder.append(chunk, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    };
    match case.fact("api").unwrap() {
        "stream_write_jsonl" | "stream_write_json" => {
            input.as_list().unwrap().iter().map(|item| text(&ValueChunk::Single(item))).collect()
        }
        _ => {
            let size = NonZeroUsize::new(case.chunk_size()).unwrap();
            input.into_chunks(size, &Config::DEFAULT).map(|chunk| text(&chunk?)).collect()
        }
    }
}

/// The whole file in the JSON format, as its writers frame it.
fn document(case: &Case) -> String {
    let metadata = Value::from_json(case.file("expected_metadata.json").unwrap().as_bytes());
    let metadata = |style, level| {
        let mut out = Vec::new();
        let metadata = metadata.as_ref().unwrap();
        Encoder::new(Config::DEFAULT, style).level(level).append(metadata, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    if case.fact("api").unwrap().starts_with("stream_") {
        let records = records(case, TextStyle::Python, 0).unwrap().join(", ");
        let metadata = metadata(TextStyle::Python, 0);
        return format!("{{\"data\": [{records}], \"metadata\": {metadata}}}");
    }
    let records = records(case, TextStyle::PRETTY, 2).unwrap();
    let chunks = match records.join(",\n    ") {
        none if none.is_empty() => "[]".to_owned(),
        records => format!("[\n    {records}\n  ]"),
    };
    let metadata = metadata(TextStyle::PRETTY, 1);
    format!("{{\n  \"chunks\": {chunks},\n  \"metadata\": {metadata}\n}}")
}

/// As the original's own writer does when it is asked.
fn escape_non_ascii(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if letter.is_ascii() {
            escaped.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").unwrap();
            }
        }
    }
    escaped
}
