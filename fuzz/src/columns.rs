//! Columns against serde_json, line by line.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Fields};
use datason_arrow::{
    ColumnOptions, Inferred, OnConflict, OnDuplicate, OnExtra, OnMismatch, RecordShape,
    SchemaInference,
};
use datason_core::{Chunk, Error, ErrorKind, Result};
use datason_json::{Format, Framer, ReaderBuilder};
use datason_scan::Kernel;
use serde_json::Value;

use crate::reading::{depth_bound, is_blank, is_json, trimmed};

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

/// The batches of `text`, and the errors between them.
fn outcomes(options: &ColumnOptions, text: &[u8]) -> Vec<Result<RecordBatch>> {
    let reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text);
    let batches = options.batches(reader).expect("options that go together");
    batches.map(|batch| batch.map(Chunk::into_data)).collect()
}

/// The batches of `text`, and how many errors stand between them.
pub(crate) fn decode(options: &ColumnOptions, text: &[u8]) -> (Vec<RecordBatch>, usize) {
    let (batches, errors): (Vec<_>, Vec<_>) =
        outcomes(options, text).into_iter().partition(Result::is_ok);
    (batches.into_iter().flatten().collect(), errors.len())
}

/// The schema of the good lines takes each of them, and what stands in the columns is what
/// serde_json finds; the bad lines among them are errors, one each, where serde_json has them.
/// Every kernel and both ways of reading come to the same.
pub fn columns(bytes: &[u8]) {
    let Some((lines, _)) = good_lines(bytes) else { return };
    let inferred = infer(&lines);
    check(&lenient(&inferred), &inferred, bytes, Misfits::None);
}

/// As [`columns`], under the schema of the good lines of `before` and with every policy for what
/// does not fit it: that is an error of its own kind, or taken as the policy says.
pub fn columns_under(before: &[u8], bytes: &[u8]) {
    let (Some((lines, _)), Some(_)) = (good_lines(before), good_lines(bytes)) else { return };
    let inferred = infer(&lines);
    check(&inferred.options(), &inferred, bytes, Misfits::Refused);
    let keeping = lenient(&inferred).on_extra(OnExtra::Keep);
    check(&keeping, &inferred, bytes, Misfits::Refused);
    agree(&keeping.on_mismatch(OnMismatch::Null), bytes);
}

/// However `bytes` are cut in two, the columns are those of the whole.
pub fn columns_cut(bytes: &[u8]) {
    let Some((lines, _)) = good_lines(bytes) else { return };
    let options = lenient(&infer(&lines));
    for kernel in Kernel::available() {
        let options = options.clone().kernel(kernel);
        let whole = pushed(&options, &[bytes]);
        for at in 0..=bytes.len() {
            let (front, back) = bytes.split_at(at);
            assert_eq!(pushed(&options, &[front, back]), whole, "{kernel}, cut at {at}");
        }
    }
}

/// What a decoder makes of `pieces`; errors as they are shown.
fn pushed(options: &ColumnOptions, pieces: &[&[u8]]) -> Vec<Result<RecordBatch, String>> {
    let mut decoder = options.decoder(Framer::lines()).expect("options that go together");
    for piece in pieces {
        decoder.decode(piece);
    }
    decoder.finish();
    std::iter::from_fn(|| decoder.next_batch())
        .map(|next| next.map(Chunk::into_data).map_err(|error| error.to_string()))
        .collect()
}

/// Every kernel and both ways of reading come to the same.
fn agree(options: &ColumnOptions, bytes: &[u8]) {
    let with = |kernel, by_column| {
        let outcomes = outcomes(&options.clone().kernel(kernel).by_column(by_column), bytes);
        let shown = |outcome: Result<RecordBatch>| outcome.map_err(|error| error.to_string());
        outcomes.into_iter().map(shown).collect::<Vec<_>>()
    };
    let defining = with(Kernel::Portable, false);
    for kernel in Kernel::available() {
        assert_eq!(with(kernel, true), defining, "{kernel}");
    }
}

/// Whether lines that are JSON may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misfits {
    None,
    Refused,
}

/// A row for each line that is JSON, with serde_json's values; an error for each that is none,
/// where serde_json has it.
fn check(options: &ColumnOptions, inferred: &Inferred, bytes: &[u8], misfits: Misfits) {
    agree(options, bytes);
    let mut found = outcomes(options, bytes).into_iter().flat_map(|outcome| match outcome {
        Ok(batch) => rows(&batch, inferred.schema.fields()).into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    });
    let (mut start, mut record) = (0, 0);
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let text = trimmed(line);
        if !text.is_empty() {
            let blank = line.iter().take_while(|byte| is_blank(**byte)).count();
            let outcome = found.next().expect("a row or an error for each line");
            let judged = judge(outcome, text, inferred, misfits);
            if let Some((error, offset)) = judged {
                let place = error.position().expect("a place");
                let at = (start + blank + offset) as u64;
                let expected = (record, number, at);
                assert_eq!((place.record(), place.line(), place.byte()), expected, "{error}");
            }
            record += 1;
        }
        start += line.len() + 1;
    }
    assert!(found.next().is_none(), "nothing is invented");
}

/// Holds what became of the line `text` against serde_json. The error, and where it should be, if
/// it is no JSON.
fn judge(
    outcome: Result<Value>,
    text: &[u8],
    inferred: &Inferred,
    misfits: Misfits,
) -> Option<(Error, usize)> {
    let shown = String::from_utf8_lossy(text);
    let offset = match std::str::from_utf8(text) {
        Ok(text) => fault_of(text),
        Err(error) => Some(error.valid_up_to()),
    };
    match (outcome, offset) {
        (Ok(row), None) => {
            let value: Value = serde_json::from_slice(text).expect("a good line");
            let fields = inferred.schema.fields();
            let expected = match inferred.shape {
                RecordShape::Value => serde_json::json!({"value": expected(&value, &fields[0])}),
                _ => object(&value, fields),
            };
            assert_eq!(row, expected, "{shown}");
            None
        }
        (Err(error), Some(offset)) => {
            assert_ne!(error.kind(), ErrorKind::Data, "{shown}: {error}");
            Some((error, offset))
        }
        (Err(error), None) => {
            assert_eq!(
                (misfits, error.kind()),
                (Misfits::Refused, ErrorKind::Data),
                "{shown}: {error}"
            );
            None
        }
        (Ok(row), Some(at)) => panic!("{shown}: taken as {row}, but it is no JSON at {at}"),
    }
}

/// Where `line` stops being JSON.
fn fault_of(line: &str) -> Option<usize> {
    let error = serde_json::from_str::<Value>(line).err()?;
    let at_end = error.is_eof();
    Some(if at_end { line.len() } else { error.column().saturating_sub(1) })
}

/// The rows of `batch`, of the columns that `fields` name.
fn rows(batch: &RecordBatch, fields: &Fields) -> Vec<Value> {
    let row = |row| {
        let columns = batch.columns().iter().zip(fields);
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
    if is_json_text(field) {
        let text = array.as_string::<i32>().value(row);
        return serde_json::from_str(text).expect("a column of JSON holds JSON");
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

/// Whether a column holds values of several kinds, as their text.
fn is_json_text(field: &Field) -> bool {
    field.metadata().values().any(|name| name == "arrow.json")
}

fn bits(value: f64) -> Value {
    format!("f64 {:016x}", value.to_bits()).into()
}

/// What a column of `field` holds of `value`.
fn expected(value: &Value, field: &Field) -> Value {
    match (field.data_type(), value) {
        (_, Value::Null) => Value::Null,
        _ if is_json_text(field) => value.clone(),
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
