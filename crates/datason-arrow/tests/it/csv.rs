//! Tables from CSV files.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use datason_arrow::files::csv::CsvBuilder;
use datason_core::{ChunkSize, Config, ErrorKind, Result};
use datason_json::ser::{TextStyle, to_string};
use datason_json::{Format, serialize_chunked};

fn texts(builder: &CsvBuilder, path: &Path) -> Result<Vec<String>> {
    let table = builder.open(path)?;
    let config = Config::DEFAULT;
    let chunks = table.chunks(ChunkSize::records(2)?, &config);
    chunks.map(|chunk| to_string(&chunk?, &config, TextStyle::Compact)).collect()
}

fn file(folder: &tempfile::TempDir, text: &str) -> std::path::PathBuf {
    let path = folder.path().join("a.csv");
    fs::write(&path, text).expect("room on the disk");
    path
}

#[test]
fn types_are_inferred_and_gaps_are_null() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        file(&folder, "id,price,day,name\n1,0.5,2024-01-02,\"a, b\"\n2,,2024-01-03,é\n3,2,,x\n");
    let expected = [
        r#"[{"id":1,"price":0.5,"day":"2024-01-02","name":"a, b"},{"id":2,"price":null,"day":"2024-01-03","name":"é"}]"#,
        r#"[{"id":3,"price":2.0,"day":null,"name":"x"}]"#,
    ];
    assert_eq!(texts(&CsvBuilder::new().batch_rows(1), &path).unwrap(), expected);
}

#[test]
fn a_schema_keeps_digits_that_inference_would_lose() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "007;1\n");
    let fields = [("code", DataType::Utf8), ("n", DataType::UInt8)];
    let fields = fields.map(|(name, data_type)| Field::new(name, data_type, true));
    let builder = CsvBuilder::new().header(false).delimiter(b';');
    let schema = Arc::new(Schema::new(fields.to_vec()));
    assert_eq!(
        texts(&builder.clone().schema(schema), &path).unwrap(),
        [r#"[{"code":"007","n":1}]"#]
    );
    assert_eq!(texts(&builder, &path).unwrap(), [r#"[{"column_1":7,"column_2":1}]"#]);
}

/// How many rows come out, and the place of the one that does not: byte, line, record.
fn up_to_the_bad_row(builder: &CsvBuilder, path: &Path) -> (usize, (u64, u64, u64)) {
    let table = builder.open(path).expect("a table");
    let mut rows = 0;
    let mut chunks = table.chunks(ChunkSize::records(2).expect("not 0"), &Config::DEFAULT);
    let error = loop {
        match chunks.next().expect("an error before the end") {
            Ok(chunk) => rows += chunk.num_rows(),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.path()), (ErrorKind::Data, Some(path)));
    assert!(std::error::Error::source(&error).is_some());
    assert!(chunks.next().is_none());
    let place = error.position().expect("a place");
    (rows, (place.byte(), place.line(), place.record()))
}

#[test]
fn good_rows_come_out_before_a_bad_one_whose_place_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    for batch_rows in [1, 2, 3, 100] {
        let builder = CsvBuilder::new().inferred_rows(2).batch_rows(batch_rows);
        let no_header = builder.clone().header(false);
        let good = "n,t\n1,a\n2,\"b\n\nc\"\n";
        for (builder, bad, expected) in [
            (&builder, "x,d\n4,e\n", (2, (17, 6, 2))),
            (&builder, "3\n4,e\n", (2, (17, 6, 2))),
            (&builder, "3,d,e\n4,e\n", (2, (17, 6, 2))),
            (&builder, "\n\nx,d", (2, (19, 8, 2))),
            (&builder, "3,d\n4,e\nx,f", (4, (25, 8, 4))),
        ] {
            let path = file(&folder, &format!("{good}{bad}"));
            assert_eq!(up_to_the_bad_row(builder, &path), expected, "{bad:?} by {batch_rows}");
            let path = file(&folder, &format!("{good}{bad}").replace('\n', "\r\n"));
            let (rows, (_, line, record)) = up_to_the_bad_row(builder, &path);
            assert_eq!((rows, line, record), (expected.0, expected.1.1, expected.1.2));
        }
        let path = file(&folder, "1,a\nx,b\n");
        assert_eq!(up_to_the_bad_row(&no_header.inferred_rows(1), &path), (1, (4, 2, 1)));
    }
}

#[test]
fn a_row_beyond_the_first_block_has_its_place_too() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..50_000).map(|n| format!("{n},row {n}\n")).collect::<Vec<_>>().concat();
    let path = file(&folder, &format!("n,text\n{rows}bad,row\n1,more\n"));
    let place = (7 + rows.len() as u64, 50_002, 50_000);
    assert_eq!(up_to_the_bad_row(&CsvBuilder::new(), &path), (50_000, place));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = CsvBuilder::new().open("/no/such/file.csv").unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Io, Some(Path::new("/no/such/file.csv"))));
}

#[test]
fn a_csv_file_becomes_a_jsonl_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    let mut csv = fs::File::create(&path).unwrap();
    writeln!(csv, "n,text").unwrap();
    (0..2500).for_each(|n| writeln!(csv, "{n},row {n}").unwrap());
    let table = CsvBuilder::new().batch_rows(1000).open(&path).unwrap();
    let target = folder.path().join("large.jsonl");
    let saved =
        serialize_chunked(table, 600).unwrap().save_to_file(&target, Format::Jsonl).unwrap();
    assert_eq!((saved.metadata.total_chunks, saved.metadata.total_items), (Some(5), Some(2500)));
    let text = fs::read_to_string(&target).unwrap();
    assert!(text.ends_with("{\"n\": 2499, \"text\": \"row 2499\"}]\n"));
}
