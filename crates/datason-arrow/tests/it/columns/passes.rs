//! Values read column by column are those read one by one, and so are the errors.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datason_arrow::{BinaryText, ColumnOptions, OnDuplicate, OnExtra, OnMismatch};
use datason_core::{ByteSize, Rejects};
use datason_fixtures::{Generator, Layout, Random, Shape};
use datason_json::{Format, ReaderBuilder};
use datason_scan::Kernel;

use super::oracle::{decode, infer, rows};
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

/// `schema` with `kind` for each `Utf8` at its top.
fn with_strings(schema: &Schema, kind: &DataType) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => field.as_ref().clone().with_data_type(kind.clone()),
        _ => field.as_ref().clone(),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

#[test]
fn every_kind_of_string_column_holds_the_same_of_damaged_records() {
    let mut random = Random::new(23);
    let mut text = Vec::new();
    for shape in [Shape::Flat, Shape::Text] {
        text.clear();
        Generator::new(shape, 9).write(Layout::Lines, 60_000, &mut text).expect("a buffer");
        let schema = infer(&text).schema;
        let lines: Vec<&[u8]> = text.trim_ascii_end().split(|byte| *byte == b'\n').collect();
        for every in [2, 30, 100_000] {
            let damaged = damaged(&lines, every, &mut random);
            let rows = [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View].map(|kind| {
                let options = ColumnOptions::new(with_strings(&schema, &kind));
                check(&options, &damaged);
                // One batch, from which the bad ones are taken back.
                let rejects = Rejects::in_memory(ByteSize::mib(1));
                let reader = ReaderBuilder::new().format(Format::Jsonl).on_error(rejects);
                let batches = options.batches(reader.from_slice(&damaged)).expect("options");
                let rows = batches.flat_map(|batch| rows(batch.expect("good rows").data()));
                (format!("{:?}", decode(&options, &damaged)), rows.collect::<Vec<_>>())
            });
            assert!(!rows[0].1.is_empty());
            assert_eq!(rows[0], rows[1], "{shape:?}, {every}");
            assert_eq!(rows[0], rows[2], "{shape:?}, {every}");
        }
    }
}

/// A column of each kind, and two texts that are values of it.
fn kinds() -> Vec<(DataType, [&'static str; 2])> {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let item = |kind| Arc::new(Field::new_list_field(kind, true));
    let inner = vec![
        Field::new("a", DataType::Int64, true),
        Field::new("b", DataType::Utf8, true),
        Field::new(
            "c",
            DataType::Struct(vec![Field::new("d", DataType::UInt8, true)].into()),
            true,
        ),
    ];
    vec![
        (DataType::Int16, ["-7", "12345"]),
        (DataType::UInt64, ["0", "18446744073709551615"]),
        (DataType::Float32, ["0.5", "1e3"]),
        (DataType::Float64, ["-0.125", "3"]),
        (DataType::Boolean, ["true", "false"]),
        (DataType::Utf8, ["\"\"", "\"some text\""]),
        (DataType::Utf8, ["\"\\u00e9\"", "\"ä\""]),
        (DataType::LargeUtf8, ["\"x\"", "\"ö\""]),
        (DataType::Utf8View, ["\"short\"", "\"longer than a view can hold\""]),
        (dictionary, ["\"one\"", "\"two\""]),
        (DataType::Binary, ["\"YQ==\"", "\"\""]),
        (DataType::Decimal128(10, 2), ["1.25", "-3"]),
        (DataType::Date32, ["\"2026-11-26\"", "\"1969-01-01\""]),
        (DataType::Null, ["null", "null"]),
        (DataType::List(item(DataType::Int64)), ["[]", "[1,null,3]"]),
        (DataType::FixedSizeList(item(DataType::Utf8), 2), ["[\"a\",null]", "[null,\"b\"]"]),
        (DataType::Struct(inner.into()), ["{\"a\":1}", "{\"c\":{\"d\":2},\"b\":\"y\"}"]),
    ]
}

/// Objects that are mostly missing or null, in others that are too: long runs of nulls, and short
/// ones, for a column of each kind.
#[test]
fn runs_of_nulls_in_every_kind_of_column() {
    let kinds = kinds();
    let members: Vec<_> = kinds
        .iter()
        .enumerate()
        .map(|(at, (kind, _))| Field::new(format!("{at}"), kind.clone(), true))
        .collect();
    let schema = Schema::new(vec![Field::new("s", DataType::Struct(members.into()), true)]);
    let options = ColumnOptions::new(Arc::new(schema)).binary(BinaryText::Base64);
    let mut random = Random::new(24);
    for (objects, values) in [(1, 2), (2, 5), (7, 1), (40, 3), (1_000, 1)] {
        let mut member = |at: usize, texts: &[&str; 2]| {
            let text = if random.one_in(values) { texts[at % 2] } else { "null" };
            random.one_in(2).then(|| format!("\"{at}\":{text}"))
        };
        let mut object = || {
            let members = kinds.iter().enumerate().filter_map(|(at, (_, texts))| member(at, texts));
            members.collect::<Vec<_>>().join(",")
        };
        let objects_of = |row: u64| match row % 3 {
            _ if row.is_multiple_of(objects) => format!("{{\"s\":{{{}}}}}\n", object()),
            0 => "{}\n".to_owned(),
            _ => "{\"s\":null}\n".to_owned(),
        };
        let text: String = (0..600).map(objects_of).collect();
        let batch = |options: ColumnOptions| {
            let reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text.as_bytes());
            let mut batches = options.batches(reader).expect("options");
            batches.next().expect("a batch").expect("good rows").into_data()
        };
        let one_by_one = batch(options.clone().by_column(false));
        assert_eq!(one_by_one.num_rows(), 600);
        for kernel in Kernel::available() {
            assert_eq!(batch(options.clone().kernel(kernel)), one_by_one, "{kernel}");
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
