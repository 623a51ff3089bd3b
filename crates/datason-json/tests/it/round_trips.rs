//! Lines to an array and back, through gzip and zstd: every record stays what it is, byte for
//! byte. Number text, escapes, key order, equal keys.

use std::fs;
use std::path::{Path, PathBuf};

use datason_core::ByteSize;
use datason_io::Source;
use datason_json::{Layout, Reader, ReaderBuilder, WriterBuilder};

use crate::shared::{shared, table};

/// What a careless program would change. The last is no JSON, and still none of our business.
const EDGES: &str = "{\"b\":1.0e5,\"a\":-0,\"a\":12345678901234567890123}\n\
    {\"text\": \"\\u00e9 \\/ \\ud83d\\ude00 é \u{2028} \\u0000\"}\n\
    [1, 2.50 , [ ] , 1E+2, 0.1000, -0.0]\n\
    {\"\": {\"\": \"\"}, \"a\\nb\": \"\\\"\\\\\"}\n\
    null\n\
    \"two  blanks\"\n\
    00017\n";

/// The stops of the journey, each read to write the next.
const STOPS: [(&str, Layout, Option<u64>); 6] = [
    ("1.json", Layout::Array, None),
    ("2.jsonl", Layout::Lines, None),
    ("3.jsonl.gz", Layout::Lines, Some(10_000)),
    ("4.json.zst", Layout::Array, Some(10_000)),
    ("5.json.gz", Layout::Array, None),
    ("6.jsonl", Layout::Lines, None),
];

fn open(path: &Path) -> Reader<Source> {
    ReaderBuilder::new().open(path).expect("a file")
}

/// Whether there is nothing wrong between the records.
fn is_sound(path: &Path) -> bool {
    let mut reader = open(path);
    loop {
        match reader.next_record() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Copies every record. How many there were.
fn copy(mut reader: Reader<Source>, to: &Path, layout: Layout, frame: Option<u64>) -> u64 {
    let mut builder = WriterBuilder::new().layout(layout);
    if let Some(bytes) = frame {
        builder = builder.frame_size(ByteSize(bytes));
    }
    let mut writer = builder.create(to).expect("a file");
    while let Some(record) = reader.next_record().expect("a record") {
        writer.write_text(record.as_bytes()).expect("room for a record");
    }
    writer.finish().expect("a whole file").records
}

/// Sends the records of `path` through all stops. How many there were.
fn travel(path: &Path, folder: &Path) -> u64 {
    // What stands on several lines stands on one from now on.
    let start = folder.join("0.jsonl");
    let records = copy(open(path), &start, Layout::Lines, None);
    let mut last = start.clone();
    for (name, layout, frame) in STOPS {
        let stop = folder.join(name);
        assert_eq!(
            copy(open(&last), &stop, layout, frame),
            records,
            "{name} of {}",
            path.display()
        );
        last = stop;
    }
    let same = fs::read(&start).expect("a file") == fs::read(&last).expect("a file");
    assert!(same, "{}", path.display());
    records
}

#[test]
fn records_with_every_kind_of_edge_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edges.jsonl");
    fs::write(&path, EDGES).unwrap();
    assert_eq!(travel(&path, folder.path()), 7);
    assert_eq!(fs::read_to_string(folder.path().join("6.jsonl")).unwrap(), EDGES);
}

#[test]
fn the_fixtures_come_back_as_they_were() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/data");
    let folder = tempfile::tempdir().unwrap();
    let mut records = 0;
    for entry in fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains(".json") || name.contains(".geojson") {
            records += travel(&path, folder.path());
        }
    }
    assert!(records > 1_000, "{records}");
}

#[test]
fn the_corpora_come_back_as_they_were() {
    let Some(corpora) = shared("corpora") else { return };
    let list = fs::read_to_string(corpora.join("MANIFEST.tsv")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut files, mut records) = (0, 0);
    for row in table(&list) {
        let is_stream = matches!(row["kind"], "ndjson" | "json-array");
        let path = corpora.join(row["path"]);
        if is_stream && row["bad_lines"] == "0" && is_sound(&path) {
            files += 1;
            records += travel(&path, folder.path());
        }
    }
    println!("{records} records of {files} files");
    assert!(files > 10 && records > 100_000, "{records} records of {files} files");
}
