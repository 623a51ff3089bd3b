//! Columns against serde_json, line by line.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Fields};
use datason_arrow::{
    ColumnOptions, Inferred, OnConflict, OnDuplicate, OnExtra, RecordShape, SchemaInference,
};
use datason_json::{Format, ReaderBuilder};
use serde_json::Value;

use crate::reading::{depth_bound, is_json, trimmed};

/// The lines that are JSON, and how many others there are; `None` if one may be too deep, or the
/// first bytes say that this is no UTF-8.
pub(crate) fn good_lines(bytes: &[u8]) -> Option<(Vec<&[u8]>, usize)> {
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(bytes);
    let readable = reader.next_record().is_ok() && !bytes.starts_with(b"\xef\xbb\xbf");
    let lines = bytes.split(|byte| *byte == b'\n').map(trimmed);
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    let shallow = lines.iter().all(|line| depth_bound(line) < 100);
    let (good, bad): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| is_json(line));
    (readable && shallow).then_some((good, bad.len()))
}

/// The schema of `lines`, where conflicts become raw JSON.
pub(crate) fn infer(lines: &[&[u8]]) -> Inferred {
    let text = lines.join(&b'\n');
    let mut inference = SchemaInference::new().on_conflict(OnConflict::RawJson);
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(&text);
    inference.observe(&mut reader, None).expect("good lines are observed");
    inference.schema().expect("conflicts become raw JSON")
}

/// Options that take whatever serde_json takes as a dynamic value.
pub(crate) fn lenient(inferred: &Inferred) -> ColumnOptions {
    ColumnOptions::new(inferred.schema.clone())
        .shape(inferred.shape)
        .on_extra(OnExtra::Skip)
        .on_duplicate(OnDuplicate::Last)
}

/// The batches of `text`, and how many errors stand between them.
pub(crate) fn decode(options: &ColumnOptions, text: &[u8]) -> (Vec<RecordBatch>, usize) {
    let reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text);
    let (mut batches, mut errors) = (Vec::new(), 0);
    for batch in options.batches(reader).expect("options that go together") {
        match batch {
            Ok(batch) => batches.push(batch.into_data()),
            Err(_) => errors += 1,
        }
    }
    (batches, errors)
}

/// The schema of the good lines takes each of them, and what stands in the columns is what
/// serde_json finds; the bad lines among them are errors, one each.
pub fn columns(bytes: &[u8]) {
    let Some((lines, bad)) = good_lines(bytes) else { return };
    let inferred = infer(&lines);
    let (batches, errors) = decode(&lenient(&inferred), bytes);
    let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(
        (count, errors),
        (lines.len(), bad),
        "a row for each good line, an error for each bad one"
    );
    // Where kinds conflict the column holds text, which is not compared.
    if !inferred.conflicts.is_empty() {
        return;
    }
    let fields = inferred.schema.fields();
    for (line, row) in lines.iter().zip(batches.iter().flat_map(rows)) {
        let value: Value = serde_json::from_slice(line).expect("a good line");
        let expected = match inferred.shape {
            RecordShape::Value => serde_json::json!({"value": expected(&value, &fields[0])}),
            _ => object(&value, fields),
        };
        assert_eq!(row, expected, "{}", String::from_utf8_lossy(line));
    }
}

fn rows(batch: &RecordBatch) -> Vec<Value> {
    let schema = batch.schema();
    let row = |row| {
        let columns = batch.columns().iter().zip(schema.fields());
        let members =
            columns.map(|(column, field)| (field.name().clone(), cell(column, field, row)));
        Value::Object(members.collect())
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Row `row` of `array` as JSON; floats by their bits, so that nothing is forgiven.
fn cell(array: &dyn Array, field: &Field, row: usize) -> Value {
    if array.is_null(row) || field.data_type() == &DataType::Null {
        return Value::Null;
    }
    match field.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float64 => bits(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|at| cell(&items, item, at)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let members =
                columns.map(|(column, field)| (field.name().clone(), cell(column, field, row)));
            Value::Object(members.collect())
        }
        other => panic!("inference gives no {other}"),
    }
}

fn bits(value: f64) -> Value {
    format!("f64 {:016x}", value.to_bits()).into()
}

/// What a column of `field` holds of `value`.
fn expected(value: &Value, field: &Field) -> Value {
    match (field.data_type(), value) {
        (_, Value::Null) => Value::Null,
        (DataType::Float64, Value::Number(number)) => bits(number.as_f64().expect("a float")),
        (DataType::List(item), Value::Array(items)) => {
            items.iter().map(|value| expected(value, item)).collect()
        }
        (DataType::Struct(fields), value) => object(value, fields),
        _ => value.clone(),
    }
}

fn object(value: &Value, fields: &Fields) -> Value {
    let members = fields.iter().map(|field| {
        let member = value.get(field.name()).unwrap_or(&Value::Null);
        (field.name().clone(), expected(member, field))
    });
    Value::Object(members.collect())
}
