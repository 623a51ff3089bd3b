//! Members that the schema does not have, kept: no value is lost, whatever the order.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::{DataType, Field, Schema};
use datason_arrow::{ColumnOptions, OnDuplicate, OnExtra, OnMismatch, RecordShape};
use datason_core::{ByteSize, ChunkSize, ErrorKind, Rejects};
use datason_fixtures::{Generator, Layout, Random, Shape};
use datason_json::{Framer, ReaderBuilder};
use datason_scan::Kernel;
use serde_json::{Value, json};

use super::oracle::{decode, infer};

fn keeping(fields: Vec<Field>) -> ColumnOptions {
    ColumnOptions::new(Arc::new(Schema::new(fields))).on_extra(OnExtra::Keep)
}

fn id() -> Field {
    Field::new("id", DataType::Int64, true)
}

fn user() -> Field {
    Field::new_struct("user", vec![Field::new("name", DataType::Utf8, true)], true)
}

/// What the extra column holds of the only record in `text`, read both ways.
#[track_caller]
fn kept(options: &ColumnOptions, text: &str) -> Value {
    let [by_column, one_by_one] = [true, false].map(|by_column| {
        let options = options.clone().by_column(by_column);
        let row = decode(&options, text.as_bytes()).pop().expect("one");
        row.expect("a row")["_extra"].clone()
    });
    assert_eq!(by_column, one_by_one, "{text}");
    by_column
}

#[test]
fn bytes_and_order_are_those_of_the_record() {
    let options = keeping(vec![id(), user()]);
    for (text, expected) in [
        (r#"{"id":1}"#, json!(null)),
        ("{}", json!(null)),
        (r#"{"x":1.50,"id":1,"y" : [ 1, "\u0041" ] }"#, json!(r#"{"x":1.50,"y":[ 1, "\u0041" ]}"#)),
        (r#"{"x":1,"x":2,"id":3,"x":{}}"#, json!(r#"{"x":1,"x":2,"x":{}}"#)),
        (
            r#"{"\u0078":-0,"":1E400000}"#.replace("1E400000", "1E4").as_str(),
            json!(r#"{"\u0078":-0,"":1E4}"#),
        ),
        (
            r#"{"user":{"name":"a","nick":"b","age":1}}"#,
            json!(r#"{"/user/nick":"b","/user/age":1}"#),
        ),
        (
            r#"{"/user":0,"\/a":1,"\u002f~":2,"b/":3}"#,
            json!(r#"{"/~1user":0,"/~1a":1,"/~1~0":2,"b/":3}"#),
        ),
        (r#"{"a":1,"user":{"\n/":2},"z":3}"#, json!(r#"{"a":1,"/user/\n~1":2,"z":3}"#)),
    ] {
        assert_eq!(kept(&options, text), expected, "{text}");
    }
}

#[test]
fn members_of_objects_in_lists_and_maps() {
    let item = Field::new_struct("item", vec![Field::new("sku", DataType::Int64, true)], true);
    let list = keeping(vec![Field::new_list("items", item.clone(), true)]);
    let text = r#"{"items":[{"sku":1,"n":2},{"sku":3},{"n":[4],"sku":5}]}"#;
    assert_eq!(kept(&list, text), json!(r#"{"/items/0/n":2,"/items/2/n":[4]}"#));

    let values =
        ColumnOptions::new(Arc::new(Schema::new(vec![Field::new_list("value", item, true)])))
            .shape(RecordShape::Value)
            .on_extra(OnExtra::Keep);
    assert_eq!(kept(&values, r#"[{"sku":1,"/":2}]"#), json!(r#"{"/0/~1":2}"#));
}

/// A list so long that to look for each member from the record's start would take minutes.
#[test]
fn many_members_of_one_record_take_one_walk() {
    let item = Field::new_struct("item", vec![Field::new("sku", DataType::Int64, true)], true);
    let options = keeping(vec![Field::new_list("items", item, true)]);
    let items: Vec<_> = (0..100_000).map(|at| format!(r#"{{"sku":{at},"n":0}}"#)).collect();
    let found = kept(&options, &format!(r#"{{"items":[{}]}}"#, items.join(",")));
    let found: serde_json::Map<String, Value> =
        serde_json::from_str(found.as_str().expect("text")).expect("an object");
    assert_eq!(found.len(), items.len());
    assert_eq!(found["/items/99999/n"], json!(0));
}

/// A long key of a map above many members would be repeated for each of them.
#[test]
fn pointers_do_not_fill_the_memory() {
    let fields = vec![Field::new("a", DataType::Int64, true)];
    let map = Field::new_map(
        "m",
        "entries",
        Field::new("key", DataType::Utf8, false),
        Field::new_struct("value", fields, true),
        false,
        true,
    );
    let options = keeping(vec![map]);
    let members: Vec<_> = (0..50_000).map(|at| format!("\"{at}\":0")).collect();
    let (key, members) = ("k".repeat(500_000), members.join(","));
    let short = r#"{"m":{"k":{"b":1,"a":2},"l":{"c":[3]}}}"#;
    let text = format!("{short}\n{{\"m\":{{\"{key}\":{{{members}}}}}}}\n{{}}\n");
    for by_column in [true, false] {
        let options = options.clone().by_column(by_column);
        let reader = ReaderBuilder::new().from_slice(text.as_bytes());
        let mut batches = options.batches(reader).expect("options");
        let first = batches.next().expect("three").expect("a row").into_data();
        assert_eq!(rest_of(&[first]), [Some(r#"{"/m/k/b":1,"/m/l/c":[3]}"#.to_owned())]);
        let error = batches.next().expect("three").expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(error.position().map(|place| place.line()), Some(2));
        assert!(batches.next().expect("three").is_ok());
    }
}

#[test]
fn what_does_not_count_is_not_kept() {
    let options = keeping(vec![id(), user()]);
    let text = r#"{"user":{"a":1},"id":1,"b":2,"user":{"c":3},"user":{"d":4}}"#;
    let last = options.clone().on_duplicate(OnDuplicate::Last);
    assert_eq!(kept(&last, text), json!(r#"{"b":2,"/user/d":4}"#));
    let first = options.clone().on_duplicate(OnDuplicate::First);
    assert_eq!(kept(&first, text), json!(r#"{"/user/a":1,"b":2}"#));
    let pair = Field::new_fixed_size_list("pair", user(), 1, true);
    let lenient = keeping(vec![pair]).on_mismatch(OnMismatch::Null);
    let text = r#"{"a":1,"pair":[{"b":2},{"c":3}],"d":4}"#;
    assert_eq!(kept(&lenient, text), json!(r#"{"a":1,"d":4}"#));
}

#[test]
fn what_is_not_selected_is_no_extra_member() {
    let options = keeping(vec![id(), user(), Field::new("other", DataType::Int64, true)]);
    let text = r#"{"user":{"nick":1},"other":2,"id":3,"x":4}"#;
    let row = decode(&options.clone().select(["id"]), text.as_bytes()).pop().expect("one");
    assert_eq!(row.expect("a row"), json!({"id": 3, "_extra": r#"{"x":4}"#}));
}

#[test]
fn extra_members_are_checked() {
    for text in [r#"{"x":01}"#, r#"{"x":1e999}"#, r#"{"x":"\ud800"}"#, r#"{"x":[1,]}"#, r#"{"x"1}"#]
    {
        let error = decode(&keeping(vec![id()]), text.as_bytes()).pop().expect("one");
        assert_eq!(error.expect_err("no JSON").kind(), ErrorKind::Syntax, "{text}");
    }
}

#[test]
fn the_column_has_a_name_of_its_own() {
    let options = keeping(vec![Field::new("_extra", DataType::Int64, true)]);
    let error = options.decoder(Framer::lines()).expect_err("two of a name");
    assert_eq!(error.kind(), ErrorKind::Argument);
    let decoder = options.extra_column("rest").decoder(Framer::lines()).expect("a free name");
    let field = decoder.schema().field(1);
    assert_eq!((field.name().as_str(), field.data_type()), ("rest", &DataType::Utf8));
    assert!(field.is_nullable());
    assert_eq!(field.metadata()["ARROW:extension:name"], "arrow.json");
}

/// `line` with its members in another order, and with some more of them.
fn shuffled(line: &str, random: &mut Random) -> (String, Vec<(String, String)>) {
    let value: serde_json::Map<String, Value> = serde_json::from_str(line).expect("an object");
    let mut members: Vec<_> =
        value.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
    let mut extras = Vec::new();
    for _ in 0..random.below(4) {
        let key = format!("new{}", random.below(3));
        let value = ["1.50", "[1, {\"a\":null}]", "\"\\u00e9\"", "null"][random.index_below(4)];
        members.push((key, value.to_owned()));
    }
    for at in (1..members.len()).rev() {
        members.swap(at, random.index_below(at + 1));
    }
    for (key, value) in &members {
        if key.starts_with("new") {
            extras.push((key.clone(), value.clone()));
        }
    }
    let text: Vec<_> = members
        .iter()
        .map(|(key, value)| format!("{}: {value}", Value::from(key.as_str())))
        .collect();
    (format!("{{{}}}", text.join(", ")), extras)
}

fn rest_of(batches: &[RecordBatch]) -> Vec<Option<String>> {
    let of_batch = |batch: &RecordBatch| {
        let rest = batch["_extra"].as_string::<i32>();
        rest.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of_batch).collect()
}

/// Records of every shape, with bad ones among them: every extra member is there, byte for byte,
/// whatever the kernel, the way of reading, the number of threads and the size of the chunks.
#[test]
fn no_value_is_lost_whatever_the_order() {
    let mut random = Random::new(31);
    for shape in Shape::ALL {
        let mut text = Vec::new();
        Generator::new(shape, 5).write(Layout::Lines, 60_000, &mut text).expect("a buffer");
        let inferred = infer(&text);
        if inferred.shape != RecordShape::Object {
            continue;
        }
        let options = inferred.options().on_extra(OnExtra::Keep);
        let (mut lines, mut expected) = (String::new(), Vec::new());
        for line in std::str::from_utf8(&text).expect("text").lines() {
            let (line, extras) = shuffled(line, &mut random);
            lines += &line;
            lines.push('\n');
            let members: Vec<_> =
                extras.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            expected.push((!members.is_empty()).then(|| format!("{{{}}}", members.join(","))));
            if random.one_in(20) {
                lines += "{\"new0\":1,\"new1\":\n";
            }
        }
        for (threads, records) in [(0, 1_000_000), (0, 7), (1, 40), (3, 40)] {
            for kernel in Kernel::available() {
                for by_column in [true, false] {
                    let rejects = Rejects::in_memory(ByteSize::mib(1));
                    let reader = ReaderBuilder::new()
                        .chunk_size(ChunkSize::records(records).expect("a size"))
                        .on_error(rejects)
                        .from_reader(Cursor::new(lines.clone()))
                        .expect("options");
                    let options = options.clone().kernel(kernel).by_column(by_column);
                    let found: Vec<_> = if threads == 0 {
                        let batches = options.batches(reader).expect("options");
                        batches.map(|batch| batch.expect("rows").into_data()).collect()
                    } else {
                        let batches = options.parallel_batches(reader, threads).expect("options");
                        batches.map(|batch| batch.expect("rows").into_data()).collect()
                    };
                    assert_eq!(rest_of(&found), expected, "{shape:?}, {threads}, {kernel}");
                }
            }
        }
    }
}
