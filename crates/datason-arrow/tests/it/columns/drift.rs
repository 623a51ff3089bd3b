//! Keys and kinds that come late: no value is lost, and the schema is the same whatever comes
//! first.

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use datason_arrow::{ColumnOptions, OnConflict, SchemaInference};
use datason_fixtures::Random;
use datason_json::{Format, ReaderBuilder};
use serde_json::Value;

/// Rows of one kind up to row `from`, and of another from there on.
fn drift(rows: usize, from: usize, early: &str, late: &str) -> Vec<String> {
    let row = |row| {
        let field = if row < from { early } else { late };
        format!("{{\"id\":{row}{field}}}")
    };
    (0..rows).map(row).collect()
}

/// What readers stumble over, each with the name of what drifts.
fn drifts() -> Vec<(&'static str, Vec<String>)> {
    let at_2948 = |early, late| drift(3_000, 2_947, early, late);
    vec![
        ("a key first seen at row 101", drift(1_000, 100, "", ",\"v\":\"x\"")),
        ("a key first seen at row 20,481", drift(30_000, 20_480, "", ",\"v\":7")),
        ("integer to float", at_2948(",\"v\":1", ",\"v\":1.5")),
        ("integer to text", at_2948(",\"v\":1", ",\"v\":\"one\"")),
        ("null to object", at_2948(",\"v\":null", ",\"v\":{\"a\":1}")),
        ("object to list", at_2948(",\"v\":{\"a\":1}", ",\"v\":[1]")),
        ("empty list to list of texts", at_2948(",\"v\":[]", ",\"v\":[\"x\"]")),
        ("list of objects to list of numbers", at_2948(",\"v\":[{\"a\":1}]", ",\"v\":[1]")),
        ("date to text", at_2948(",\"v\":\"2026-01-01\"", ",\"v\":\"soon\"")),
        ("number to text with zeros before it", at_2948(",\"v\":17", ",\"v\":\"00017\"")),
        ("boolean to text", at_2948(",\"v\":true", ",\"v\":\"yes\"")),
    ]
}

fn seen(rows: &[String]) -> SchemaInference {
    let text = rows.join("\n");
    let mut inference = SchemaInference::new().on_conflict(OnConflict::RawJson);
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text.as_bytes());
    inference.observe(&mut reader, None).expect("valid rows");
    inference
}

fn schema(rows: &[String]) -> SchemaRef {
    seen(rows).schema().expect("conflicts become raw JSON").schema
}

fn batches(schema: &SchemaRef, rows: &[String]) -> Vec<RecordBatch> {
    let text = rows.join("\n");
    let reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text.as_bytes());
    let batches = ColumnOptions::new(schema.clone()).batches(reader).expect("options");
    batches.map(|batch| batch.expect("every row fits").into_data()).collect()
}

#[test]
fn no_value_is_lost_or_nulled() {
    for (name, rows) in drifts() {
        let batches = batches(&schema(&rows), &rows);
        let held = |field: &str| {
            let columns = batches.iter().map(|batch| batch.column_by_name(field).expect(field));
            columns.map(|column| column.len() - column.logical_null_count()).sum::<usize>()
        };
        let values = rows.iter().map(|row| serde_json::from_str::<Value>(row).expect("a row"));
        let there = values.filter(|row| row.get("v").is_some_and(|value| !value.is_null())).count();
        assert_eq!((held("id"), held("v")), (rows.len(), there), "{name}");
    }
}

#[test]
fn the_schema_is_the_same_in_100_orders_of_rows_and_of_files() {
    let mut random = Random::new(12);
    for (name, mut rows) in drifts() {
        let first = schema(&rows);
        // The long one takes long.
        let turns = if rows.len() > 10_000 { 10 } else { 100 };
        for turn in 0..turns {
            for at in (1..rows.len()).rev() {
                rows.swap(at, random.index_below(at + 1));
            }
            // The same rows in as many files as the turn says, seen in turn and merged.
            let files: Vec<_> = rows.chunks(rows.len().div_ceil(turn % 5 + 1)).map(seen).collect();
            let merged = files.into_iter().reduce(|mut all, file| {
                all.merge(file).expect("few fields");
                all
            });
            let merged = merged.expect("a file").schema().expect("conflicts become raw JSON");
            assert_eq!(merged.schema, first, "{name}, turn {turn}");
        }
        let count: usize = batches(&first, &rows).iter().map(RecordBatch::num_rows).sum();
        assert_eq!(count, rows.len(), "{name}");
    }
}
