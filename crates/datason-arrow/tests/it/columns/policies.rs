//! What becomes of records that do not fit, as each policy promises.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, Field, Schema};
use datason_arrow::{ColumnOptions, IntoBatches, OnDuplicate, OnExtra, OnMismatch};
use datason_core::{ByteSize, Chunk, ChunkSize, ErrorKind, Rejects, Result};
use datason_json::{Framer, ReaderBuilder};
use serde_json::json;

use super::oracle::decode;

fn options(fields: Vec<Field>) -> ColumnOptions {
    ColumnOptions::new(Arc::new(Schema::new(fields)))
}

fn id(nullable: bool) -> ColumnOptions {
    options(vec![Field::new("id", DataType::Int64, nullable)])
}

/// The only error that `text` gives: its message, its pointer, its column.
#[track_caller]
fn refused(options: &ColumnOptions, text: &str) -> (String, String, u64) {
    let error = decode(options, text.as_bytes()).pop().expect("one").expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(!error.is_fatal());
    let column = error.position().expect("a place").column();
    (error.message().to_owned(), error.pointer().expect("a pointer").to_owned(), column)
}

#[track_caller]
fn check(options: &ColumnOptions, text: &str, message: &str, pointer: &str, column: u64) {
    assert_eq!(refused(options, text), (message.to_owned(), pointer.to_owned(), column), "{text}");
}

#[test]
fn by_default_what_does_not_fit_is_an_error_that_names_its_place() {
    let id = id(false);
    check(&id, "{\"id\":\"1\"}", "expected an integer but found a string", "/id", 7);
    check(&id, "{\"id\":1.0}", "expected an integer but found 1.0", "/id", 7);
    check(&id, "{\"id\":-0}", "expected an integer but found -0", "/id", 7);
    let large = "9223372036854775808 is out of the range of i64";
    check(&id, "{\"id\":9223372036854775808}", large, "/id", 7);
    check(&id, "{\"id\":null}", "null where the column has none", "/id", 7);
    check(&id, "{}", "the field `id` is missing", "", 1);
    check(&id, "{\"id\":1,\"x\":2}", "the schema has no field of this name", "/x", 9);
    check(&id, "{\"id\":1,\"id\":2}", "the key `id` comes twice", "/id", 9);
    check(&id, " [1]", "expected an object but found an array", "", 2);
    let nested = options(vec![Field::new_list(
        "l",
        Field::new_struct("item", vec![Field::new("a/b", DataType::Boolean, true)], true),
        true,
    )]);
    let text = "{\"l\":[{\"a/b\":true},{\"a/b\":0}]}";
    check(&nested, text, "expected a boolean but found a number", "/l/1/a~1b", 27);
}

#[test]
fn a_mismatch_becomes_null_and_is_reported() {
    let options = options(vec![
        Field::new("id", DataType::Int8, true),
        Field::new_list("l", Field::new_list_field(DataType::Utf8, true), true),
        Field::new_fixed_size_list("f", Field::new_list_field(DataType::Int64, true), 2, true),
    ])
    .on_mismatch(OnMismatch::Null);
    let text = b"{\"id\":300,\"l\":[\"a\",1,\"b\"],\"f\":[1,2,3]}\n{\"id\":{\"x\":[1]},\"l\":7,\"f\":[4,5]}";
    let rows: Vec<_> = decode(&options, text).into_iter().map(|row| row.expect("a row")).collect();
    assert_eq!(rows[0]["l"], json!(["a", null, "b"]));
    assert_eq!((&rows[0]["f"], &rows[0]["id"]), (&json!(null), &json!(null)));
    assert_eq!(rows[1]["f"], json!([4, 5]));

    let mut decoder = options.decoder(Framer::lines()).expect("options");
    decoder.decode(text);
    decoder.finish();
    let places: Vec<_> = decoder
        .replaced()
        .first()
        .iter()
        .map(|error| {
            (error.position().expect("a place").line(), error.pointer().expect("one").to_owned())
        })
        .collect();
    let expected = [(1, "/id"), (1, "/l/1"), (1, "/f"), (2, "/id"), (2, "/l")];
    assert_eq!(places, expected.map(|(line, pointer)| (line, pointer.to_owned())));
    assert_eq!(decoder.replaced().count(), 5);
}

#[test]
fn a_mismatch_where_no_null_may_be_is_an_error() {
    let options = id(false).on_mismatch(OnMismatch::Null);
    check(&options, "{\"id\":true}", "expected an integer but found a boolean", "/id", 7);
}

#[test]
fn replaced_values_must_be_json_too() {
    let options = id(true).on_mismatch(OnMismatch::Null);
    for text in ["{\"id\":1e999}", "{\"id\":\"\\ud800\"}", "{\"id\":[1,]}", "{\"id\":01}"] {
        let error = decode(&options, text.as_bytes()).pop().expect("one").expect_err("an error");
        assert!(matches!(error.kind(), ErrorKind::Syntax), "{error:?}");
    }
}

#[test]
fn duplicates() {
    let options = id(false);
    let row = |policy| {
        let text = b"{\"id\":1,\"id\":2}";
        decode(&options.clone().on_duplicate(policy), text).pop().expect("one").expect("a row")
    };
    assert_eq!(row(OnDuplicate::First), json!({"id": 1}));
    assert_eq!(row(OnDuplicate::Last), json!({"id": 2}));
}

#[test]
fn keys_may_be_written_with_escapes() {
    let options = options(vec![Field::new("a\"é\n", DataType::Int64, false)]);
    let text = "{\"a\\\"é\\n\":1}\n{\"\\u0061\\u0022\\u00e9\\u000a\":2}";
    let rows: Vec<_> =
        decode(&options, text.as_bytes()).into_iter().map(|row| row.expect("a row")).collect();
    assert_eq!(rows, [json!({"a\"é\n": 1}), json!({"a\"é\n": 2})]);
}

#[test]
fn members_in_any_order_and_missing() {
    let names: Vec<_> = (0..40).map(|at| format!("a long name of field {at}")).collect();
    let fields = names.iter().map(|name| Field::new(name, DataType::Int64, true)).collect();
    let options = options(fields);
    let mut random = datason_fixtures::Random::new(4);
    for _ in 0..200 {
        let mut row = serde_json::Map::new();
        let mut members = Vec::new();
        for name in &names {
            row.insert(name.clone(), json!(null));
        }
        for _ in 0..random.below(60) {
            let name = &names[random.index_below(names.len())];
            if row[name].is_null() {
                let value = random.below(1_000);
                row.insert(name.clone(), json!(value));
                members.push(format!("\"{name}\": {value}"));
            }
        }
        let text = format!("{{{}}}", members.join(" ,"));
        let found = decode(&options, text.as_bytes()).pop().expect("one").expect("a row");
        assert_eq!(found, serde_json::Value::Object(row));
    }
}

#[test]
fn a_projection_keeps_the_order_of_the_schema_and_checks_the_rest() {
    let fields = ["a", "b", "c"].map(|name| Field::new(name, DataType::Int64, true)).to_vec();
    let options = options(fields).select(["c", "a"]);
    let rows = decode(&options, b"{\"a\":1,\"b\":\"not read\",\"c\":3}\n{\"a\":1,\"b\":01}");
    assert_eq!(rows[0].as_ref().expect("a row"), &json!({"a": 1, "c": 3}));
    assert_eq!(rows[1].as_ref().expect_err("an error").kind(), ErrorKind::Syntax);
    let decoder = options.decoder(Framer::lines()).expect("options");
    let names: Vec<_> =
        decoder.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["a", "c"]);
    let error = options.select(["d"]).decoder(Framer::lines()).expect_err("no such field");
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[test]
fn good_rows_come_before_the_error_and_after_it() {
    let outcomes = decode(&id(false), b"{\"id\":1}\n{\"id\":2}\n{\"id\":}\n{\"id\":4}\n");
    let shape: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(shape, [true, true, false, true]);
}

#[test]
fn extra_members_can_be_skipped() {
    let options = id(false).on_extra(OnExtra::Skip);
    let text = b"{\"x\":[{}],\"id\":1,\"y\":\"\\n\"}";
    assert_eq!(decode(&options, text)[0].as_ref().expect("a row"), &json!({"id": 1}));
}

#[test]
fn arrow_speaks_its_own_interface() {
    let reader = ReaderBuilder::new().from_slice(b"{\"id\":1}\n{\"id\":2}\n{");
    let mut batches = id(false).batches(reader).expect("options").in_file("x.jsonl").into_arrow();
    assert_eq!(batches.schema().field(0).name(), "id");
    assert_eq!(batches.next().expect("a batch").expect("rows").num_rows(), 2);
    let error = batches.next().expect("an error").expect_err("an error").to_string();
    assert!(error.contains("line 3, column 2"), "{error}");
    assert!(batches.next().is_none());
}

#[test]
fn errors_name_the_file_of_the_reader() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "{\"id\":1}\n{\"id\":\"2\"}\n").expect("room");
    let open = || ReaderBuilder::new().open(file.path()).expect("the file");
    let schema = || Schema::new(vec![Field::new("id", DataType::Int64, false)]);
    let one = id(false).batches(open()).expect("options").nth(1);
    let two = id(false).parallel_batches(open(), 2).expect("options").nth(1);
    let alone = open().into_batches(schema()).expect("options").nth(1);
    let together = open().into_parallel_batches(schema(), 2).expect("options").nth(1);
    for batch in [one, two, alone, together] {
        let error = batch.expect("two items").expect_err("a text is no integer");
        assert_eq!(error.path(), Some(file.path()));
    }
}

#[test]
fn schemas_that_make_no_sense() {
    let kind = |kind| options(vec![Field::new("x", kind, true)]);
    let error = |options: ColumnOptions| options.decoder(Framer::lines()).expect_err("refused");
    let float16 = error(kind(DataType::Float16));
    assert_eq!((float16.kind(), float16.pointer()), (ErrorKind::Unsupported, Some("/x")));
    assert_eq!(error(kind(DataType::Binary)).kind(), ErrorKind::Argument);
    assert_eq!(error(kind(DataType::Decimal128(39, 0))).kind(), ErrorKind::Schema);
    assert_eq!(error(id(true).max_depth(0)).kind(), ErrorKind::Argument);
    let twice = vec![Field::new("x", DataType::Null, true), Field::new("x", DataType::Null, true)];
    assert_eq!(error(options(twice)).kind(), ErrorKind::Schema);
}

/// Every tenth record is bad in one of three ways.
fn spoilt(records: u64) -> String {
    (0..records)
        .map(|id| match id % 30 {
            9 => format!("{{\"id\":{id}\n"),
            19 => format!("{{\"id\":\"{id}\"}}\n"),
            29 => format!("{{\"id\":{id}.5}}\n"),
            _ => format!("{{\"id\":{id}}}\n"),
        })
        .collect()
}

fn rejecting(text: &str, rejects: &Rejects, threads: Option<usize>) -> Vec<Result<usize>> {
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    let builder = ReaderBuilder::new()
        .chunk_size(ChunkSize::records(50).expect("sound options"))
        .on_error(rejects.clone());
    let reader = builder.from_reader(Cursor::new(text.to_owned())).expect("sound options");
    let rows = |batch: Result<Chunk<RecordBatch>>| batch.map(|batch| batch.data().num_rows());
    let options = ColumnOptions::new(schema);
    match threads {
        None => options.batches(reader).expect("sound options").map(rows).collect(),
        Some(threads) => {
            options.parallel_batches(reader, threads).expect("sound options").map(rows).collect()
        }
    }
}

#[test]
fn bad_records_are_rejected_and_end_no_batch() {
    let text = spoilt(300);
    for threads in [None, Some(1), Some(3)] {
        let rejects = Rejects::in_memory(ByteSize::mib(1));
        let batches = rejecting(&text, &rejects, threads);
        let rows: Vec<_> = batches.into_iter().map(|batch| batch.unwrap()).collect();
        assert_eq!(rows, [45; 6], "{threads:?}");
        let kept = rejects.kept();
        let numbers: Vec<_> = kept.iter().map(|reject| reject.record).collect();
        let expected: Vec<_> = (0..30).map(|at| at * 10 + 9).collect();
        assert_eq!(numbers, expected, "{threads:?}");
        let lines: Vec<_> = text.lines().collect();
        for reject in &kept {
            let line = lines[usize::try_from(reject.record).unwrap()];
            assert_eq!(reject.raw().unwrap(), line.as_bytes());
            assert_eq!(reject.line, reject.record + 1);
        }
    }
}

#[test]
fn too_many_bad_records_end_the_batches_behind_the_good_ones() {
    let text = spoilt(300);
    for threads in [None, Some(2)] {
        let rejects = Rejects::skip().max_errors("7".parse().unwrap());
        let mut batches = rejecting(&text, &rejects, threads);
        let error = batches.pop().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyErrors, "{threads:?}");
        let rows: usize = batches.into_iter().map(|batch| batch.unwrap()).sum();
        assert_eq!((rows, rejects.bad_records()), (90, 8), "{threads:?}");

        let rejects = Rejects::skip().max_errors("30".parse().unwrap());
        assert!(rejecting(&text, &rejects, threads).iter().all(Result::is_ok));
        let rejects = Rejects::skip().max_errors("9%".parse().unwrap());
        assert!(rejecting(&text, &rejects, threads).last().unwrap().is_err());
    }
}
