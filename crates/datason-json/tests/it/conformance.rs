//! The verdict on every file of the conformance sets, by every way in.

use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind};
use datason_json::{CodecKind, Format, ReaderBuilder};
use serde_json::Value;

use crate::shared::{shared, table};

/// What RFC 8259 leaves open, decided. The first column is the file's name in JSONTestSuite
/// without `i_` and `.json`; the second says whether it is accepted, and the third why.
const DECIDED: [(&str, bool, &str); 35] = [
    ("number_double_huge_neg_exp", true, "rounds to zero"),
    ("number_huge_exp", false, "beyond f64: infinity would alter the data"),
    ("number_neg_int_huge_exp", false, "beyond f64"),
    ("number_pos_double_huge_exp", false, "beyond f64"),
    ("number_real_neg_overflow", false, "beyond f64"),
    ("number_real_pos_overflow", false, "beyond f64"),
    ("number_real_underflow", true, "rounds to zero"),
    ("number_too_big_neg_int", true, "text is kept; as a number the nearest f64"),
    ("number_too_big_pos_int", true, "text is kept; as a number the nearest f64"),
    ("number_very_big_negative_int", true, "text is kept; as a number the nearest f64"),
    ("object_key_lone_2nd_surrogate", false, "no Unicode text"),
    ("string_1st_surrogate_but_2nd_missing", false, "no Unicode text"),
    ("string_1st_valid_surrogate_2nd_invalid", false, "no Unicode text"),
    ("string_UTF-16LE_with_BOM", false, "JSON for exchange is UTF-8; the error names UTF-16"),
    ("string_UTF-8_invalid_sequence", false, "not UTF-8"),
    ("string_UTF8_surrogate_U+D800", false, "not UTF-8"),
    ("string_incomplete_surrogate_and_escape_valid", false, "no Unicode text"),
    ("string_incomplete_surrogate_pair", false, "no Unicode text"),
    ("string_incomplete_surrogates_escape_valid", false, "no Unicode text"),
    ("string_invalid_lonely_surrogate", false, "no Unicode text"),
    ("string_invalid_surrogate", false, "no Unicode text"),
    ("string_invalid_utf-8", false, "not UTF-8"),
    ("string_inverted_surrogates_U+1D11E", false, "no Unicode text"),
    ("string_iso_latin_1", false, "not UTF-8"),
    ("string_lone_second_surrogate", false, "no Unicode text"),
    ("string_lone_utf8_continuation_byte", false, "not UTF-8"),
    ("string_not_in_unicode_range", false, "not UTF-8"),
    ("string_overlong_sequence_2_bytes", false, "not UTF-8"),
    ("string_overlong_sequence_6_bytes", false, "not UTF-8"),
    ("string_overlong_sequence_6_bytes_null", false, "not UTF-8"),
    ("string_truncated-utf-8", false, "not UTF-8"),
    ("string_utf16BE_no_BOM", false, "the error names UTF-16"),
    ("string_utf16LE_no_BOM", false, "the error names UTF-16"),
    ("structure_500_nested_arrays", false, "deeper than the default limit of 128"),
    ("structure_UTF-8_BOM_empty_object", true, "a mark at the start of the input is passed over"),
];

/// The records of `text` and whether all of it was accepted.
fn read(builder: &ReaderBuilder, text: &[u8]) -> (Vec<Value>, bool) {
    let mut reader = builder.from_slice(text);
    let (mut rows, mut accepted) = (Vec::new(), true);
    for row in reader.rows::<Value>() {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => {
                accepted = false;
                assert!(error.position().is_some(), "{error:?}");
            }
        }
    }
    (rows, accepted)
}

fn validates(builder: &ReaderBuilder, text: &[u8]) -> bool {
    let mut reader = builder.from_slice(text);
    let mut accepted = true;
    while let Some(record) = reader.next_validated().map_err(|_| accepted = false).transpose() {
        accepted &= record.is_ok();
    }
    accepted
}

/// The verdict on `text` as a document, as an array's element and as a line, asserting that
/// its neighbours come out and that codecs, decoding and validating agree.
fn verdicts(name: &str, text: &[u8]) -> Vec<(&'static str, bool)> {
    let mut verdicts = Vec::new();
    for codec in CodecKind::ALL {
        let builder = ReaderBuilder::new().codec(codec);
        let document = builder.clone().format(Format::Json);
        let (_, accepted) = read(&document, text);
        assert_eq!(validates(&document, text), accepted, "{name}: validating a document");
        verdicts.push(("document", accepted));
        if text.trim_ascii().is_empty() {
            continue;
        }
        let array = [b"[0,", text, b",0]"].concat();
        let (rows, accepted) = read(&document, &array);
        assert_eq!(validates(&document, &array), accepted, "{name}: validating an array");
        assert_eq!(rows.first(), Some(&Value::from(0)), "{name}: the element before");
        if accepted {
            assert_eq!(rows.last(), Some(&Value::from(0)), "{name}: the element behind");
        }
        verdicts.push(("element", accepted));
        if !text.contains(&b'\n') {
            let lines = [b"0\n", text, b"\n2\n"].concat();
            let (rows, accepted) = read(&builder.clone().format(Format::Jsonl), &lines);
            assert_eq!(rows.first(), Some(&Value::from(0)), "{name}: the line before");
            assert_eq!(rows.last(), Some(&Value::from(2)), "{name}: the line behind");
            verdicts.push(("line", accepted));
        }
    }
    verdicts
}

fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let json = paths.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    json.map(|path| (name(&path), path)).collect()
}

#[test]
fn json_test_suite() {
    let Some(folder) = shared("corpora/jsontestsuite/test_parsing") else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for (name, path) in files(&folder) {
        let expected = match name.split_once('_').expect("a kind") {
            ("y", _) => true,
            ("n", _) => false,
            ("i", rest) => {
                let decided = DECIDED.iter().find(|(name, ..)| *name == rest);
                decided.expect("each of the free ones is decided").1
            }
            _ => panic!("{name}"),
        };
        let text = std::fs::read(path).expect("a file");
        for (way, accepted) in verdicts(&name, &text) {
            // A byte order mark is one only at the start of an input.
            let expected = expected && (way == "document" || !text.starts_with(b"\xef\xbb\xbf"));
            if accepted != expected {
                wrong.push(format!("{name} as {way}: accepted {accepted}"));
            }
        }
        count += 1;
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(count, 318);
}

#[test]
fn checker_sets() {
    let Some(folder) = shared("corpora") else { return };
    let list = std::fs::read_to_string(folder.join("CONFORMANCE.tsv")).expect("a list");
    let (mut count, mut wrong) = (0, Vec::new());
    for row in table(&list) {
        let path = row["path"];
        if !path.starts_with("jsonchecker/") {
            continue;
        }
        let text = std::fs::read(folder.join(path)).expect("a file");
        // V8 reads `1e1111` as infinity; the names of these two files say "fail", and so do we.
        let beyond_f64 = path.ends_with("/fail60.json") || path.ends_with("/fail73.json");
        let expected = row["v8_JSON.parse_verdict"] == "accept" && !beyond_f64;
        for (way, accepted) in verdicts(path, &text) {
            if accepted != expected {
                wrong.push(format!("{path} as {way}: accepted {accepted}"));
            }
        }
        count += 1;
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(count, 172);
}

#[test]
fn transformations_keep_what_they_should() {
    let Some(folder) = shared("corpora/jsontestsuite/test_transform") else { return };
    for (name, path) in files(&folder) {
        let text = std::fs::read(path).expect("a file");
        let exact = serde_json::from_slice::<Value>(&text);
        for codec in CodecKind::ALL {
            let builder = ReaderBuilder::new().codec(codec).format(Format::Jsonl);
            let line = text.trim_ascii();
            let (rows, accepted) = read(&builder, line);
            assert_eq!(accepted, exact.is_ok(), "{name}");
            assert_eq!(rows.first(), exact.as_ref().ok(), "{name}");
        }
    }
}

#[test]
fn depth_is_an_error_and_never_an_overflow() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    for codec in CodecKind::ALL {
        for (limit, levels) in [(128, 129), (128, 1_024), (128, 100_000), (1_024, 1_000_000)] {
            let builder = ReaderBuilder::new().codec(codec).format(Format::Jsonl).max_depth(limit);
            let text = format!("1\n{}\n2\n{}\n3\n", nested(limit), nested(levels));
            let mut reader = builder.from_slice(text.as_bytes());
            let outcomes: Vec<_> = reader.rows::<serde::de::IgnoredAny>().collect();
            let kinds: Vec<_> =
                outcomes.iter().map(|row| row.as_ref().err().map(Error::kind)).collect();
            assert_eq!(kinds, [None, None, None, Some(ErrorKind::Limit), None], "{levels}");
        }
    }
}
