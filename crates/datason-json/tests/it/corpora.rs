//! Every record of the real files, counted and compared.

use std::path::Path;

use datason_core::{ByteSize, ChunkSize, RawChunk};
use datason_json::{CodecKind, Decode, ReaderBuilder};
use serde_json::Value;

use crate::shared::{shared, table};

/// Where our count and the list's differ: the list takes each of these for lines, and to us a
/// file named `.json` whose first line is no whole value is a document.
const COUNTED_OTHERWISE: [(&str, u64, u64); 5] = [
    // A pretty-printed object behind a byte order mark.
    ("duckdb-json/sample_utf8_bom.json", 1, 0),
    // A document needs a value.
    ("duckdb-json/whitespace_only.json", 0, 1),
    // `[ , ]` lacks two elements.
    ("duckdb-json/malformed/array_comma_malformed.json", 0, 2),
    ("duckdb-json/malformed/empty_array_malformed.json", 0, 1),
    // Nothing may stand behind an array.
    ("duckdb-json/malformed/empty_array_trailing.json", 0, 1),
];

/// The good and the bad records of the file at `path`.
fn count(path: &Path, codec: CodecKind) -> (u64, u64) {
    let mut reader = ReaderBuilder::new().codec(codec).open(path).expect("a readable file");
    let (mut good, mut bad) = (0, 0);
    loop {
        match reader.next_validated() {
            Ok(Some(_)) => good += 1,
            Ok(None) => return (good, bad),
            Err(_) => bad += 1,
        }
    }
}

#[test]
fn every_file_has_the_records_that_its_list_says() {
    let Some(folder) = shared("corpora") else { return };
    let list = std::fs::read_to_string(folder.join("MANIFEST.tsv")).expect("a list");
    let (mut records, mut wrong) = (0, Vec::new());
    for row in table(&list) {
        let (path, kind) = (row["path"], row["kind"]);
        if !matches!(kind, "ndjson" | "json-array" | "json-object") {
            continue;
        }
        let number = |column: &str| row[column].parse::<u64>().expect("a number");
        let expected = match COUNTED_OTHERWISE.iter().find(|(name, ..)| *name == path) {
            Some((_, good, bad)) => (*good, *bad),
            // The list counts an object's members; to us the object is one record.
            None if kind == "json-object" => (1, 0),
            None => (number("records"), number("bad_lines")),
        };
        for codec in CodecKind::ALL {
            let counted = count(&folder.join(path), codec);
            if counted != expected {
                wrong.push(format!("{path}: {counted:?}, expected {expected:?}"));
            }
        }
        records += expected.0;
    }
    assert_eq!(wrong, Vec::<String>::new());
    println!("{records} records");
}

#[test]
fn every_value_is_the_one_that_serde_json_reads() {
    let Some(folder) = shared("corpora") else { return };
    let list = std::fs::read_to_string(folder.join("MANIFEST.tsv")).expect("a list");
    let builder = ReaderBuilder::new().chunk_size(ChunkSize::bytes(ByteSize::kib(100)).unwrap());
    let mut compared = 0;
    for row in table(&list) {
        let is_read = matches!(row["kind"], "ndjson" | "json-array" | "json-object");
        let is_good = row["bad_lines"] == "0"
            && COUNTED_OTHERWISE.iter().all(|(name, _, bad)| *name != row["path"] || *bad == 0);
        if !is_read || !is_good {
            continue;
        }
        let path = folder.join(row["path"]);
        let mut raw = builder.clone().codec(CodecKind::SerdeJson).open(&path).expect("a file");
        let mut fast = builder.clone().codec(CodecKind::SimdJson).open(&path).expect("a file");
        let mut chunk = RawChunk::default();
        let mut rows = fast.rows::<Value>();
        while raw.read_chunk(&mut chunk).expect("good records") {
            for record in chunk.data() {
                let exact: Value = serde_json::from_slice(record.as_bytes()).expect("JSON");
                assert_eq!(rows.next().expect("a row").expect("a good one"), exact);
                assert_eq!(record.deserialize::<Value>().expect("a good one"), exact);
                compared += 1;
            }
        }
        assert!(rows.next().is_none(), "{}", path.display());
    }
    assert!(compared >= 260_000, "{compared} records");
    println!("{compared} records");
}
