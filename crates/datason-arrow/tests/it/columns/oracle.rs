//! What serde_json makes of a record, and what stands in the columns, in the same terms.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field};
use datason_arrow::{ColumnOptions, RecordShape, SchemaInference};
use datason_arrow::{Inferred, OnConflict, OnDuplicate, OnExtra};
use datason_core::Error;
use datason_json::{Format, Framer, ReaderBuilder};
use datason_scan::Kernel;
use serde_json::Value;

/// Row `row` of `array` as JSON; floats by their bits, so that nothing is forgiven.
pub(super) fn cell(array: &dyn Array, field: &Field, row: usize) -> Value {
    if array.is_null(row) || field.data_type() == &DataType::Null {
        return Value::Null;
    }
    match field.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float64 => bits(array.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => single_bits(array.as_primitive::<Float32Type>().value(row)),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|at| cell(&items, item, at)).collect()
        }
        DataType::FixedSizeList(item, _) => {
            let items = array.as_fixed_size_list().value(row);
            (0..items.len()).map(|at| cell(&items, item, at)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let members =
                columns.map(|(column, field)| (field.name().clone(), cell(column, field, row)));
            Value::Object(members.collect())
        }
        other => panic!("the oracle does not know {other}"),
    }
}

fn bits(value: f64) -> Value {
    format!("f64 {:016x}", value.to_bits()).into()
}

fn single_bits(value: f32) -> Value {
    format!("f32 {:08x}", value.to_bits()).into()
}

/// What a column of `field` holds of `value`.
pub(super) fn expected(value: &Value, text: &str, field: &Field) -> Value {
    match (field.data_type(), value) {
        (_, Value::Null) => Value::Null,
        (DataType::Float64, Value::Number(number)) => bits(number.as_f64().expect("a float")),
        (DataType::Float32, Value::Number(_)) => single_bits(text.parse().expect("a float")),
        (DataType::List(item) | DataType::FixedSizeList(item, _), Value::Array(items)) => {
            items.iter().map(|value| expected(value, &value.to_string(), item)).collect()
        }
        (DataType::Struct(fields), value) => object(value, fields),
        _ => value.clone(),
    }
}

fn object(value: &Value, fields: &[std::sync::Arc<Field>]) -> Value {
    let members = fields.iter().map(|field| {
        let member = value.get(field.name()).unwrap_or(&Value::Null);
        (field.name().clone(), expected(member, &member.to_string(), field))
    });
    Value::Object(members.collect())
}

/// The rows of `batch` in the oracle's terms, as objects of its columns.
pub(super) fn rows(batch: &RecordBatch) -> Vec<Value> {
    let schema = batch.schema();
    let row = |row| {
        let columns = batch.columns().iter().zip(schema.fields());
        let members =
            columns.map(|(column, field)| (field.name().clone(), cell(column, field, row)));
        Value::Object(members.collect())
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Rows and errors, as they come out.
pub(super) type Outcomes = Vec<Result<Value, Error>>;

/// Decodes lines with a kernel, in one piece.
pub(super) fn decode_with(options: &ColumnOptions, kernel: Kernel, text: &[u8]) -> Outcomes {
    let mut decoder = options.clone().kernel(kernel).decoder(Framer::lines()).expect("options");
    decoder.decode(text);
    decoder.finish();
    let mut outcomes = Vec::new();
    while let Some(next) = decoder.next_batch() {
        match next {
            Ok(batch) => outcomes.extend(rows(batch.data()).into_iter().map(Ok)),
            Err(error) => outcomes.push(Err(error)),
        }
    }
    outcomes
}

pub(super) fn decode(options: &ColumnOptions, text: &[u8]) -> Outcomes {
    decode_with(options, Kernel::active(), text)
}

/// The schema of the records in `text` that are valid.
pub(super) fn infer(text: &[u8]) -> Inferred {
    let mut inference = SchemaInference::new().on_conflict(OnConflict::RawJson);
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text);
    inference.observe(&mut reader, None).expect("valid lines");
    inference.schema().expect("conflicts become raw JSON")
}

/// Options that take whatever serde_json takes as a dynamic value.
pub(super) fn lenient(inferred: &Inferred) -> ColumnOptions {
    ColumnOptions::new(inferred.schema.clone())
        .shape(inferred.shape)
        .on_extra(OnExtra::Skip)
        .on_duplicate(OnDuplicate::Last)
}

/// Compares the columns with serde_json, line by line.
pub(super) fn check_lines(text: &[u8]) {
    let inferred = infer(text);
    let options = lenient(&inferred);
    let outcomes = decode(&options, text);
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let fields = inferred.schema.fields();
    let mut count = 0;
    for (line, outcome) in lines.zip(&outcomes) {
        let value: Value = serde_json::from_slice(line).expect("a valid line");
        let expected = match inferred.shape {
            RecordShape::Value => serde_json::json!({"value": expected(&value, "", &fields[0])}),
            _ => object(&value, fields),
        };
        let found = outcome.as_ref().expect("a row");
        if inferred.conflicts.is_empty() {
            assert_eq!(found, &expected, "{}", String::from_utf8_lossy(line));
        }
        count += 1;
    }
    assert_eq!(count, outcomes.len());
}
