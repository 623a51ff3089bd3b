//! Every type of column: what it takes, and what it refuses.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use datason_arrow::{BinaryText, ColumnOptions, RecordShape};
use datason_json::Framer;

fn decode(field: Field, binary: Option<BinaryText>, values: &[&str]) -> (Option<ArrayRef>, usize) {
    let mut options =
        ColumnOptions::new(Arc::new(Schema::new(vec![field]))).shape(RecordShape::Value);
    if let Some(form) = binary {
        options = options.binary(form);
    }
    let mut decoder = options.decoder(Framer::lines()).expect("options");
    decoder.decode(values.join("\n").as_bytes());
    decoder.finish();
    let (mut arrays, mut errors) = (Vec::new(), 0);
    while let Some(next) = decoder.next_batch() {
        match next {
            Ok(batch) => arrays.push(batch.data().column(0).clone()),
            Err(error) => {
                assert_ne!(error.message(), "this is not JSON");
                errors += 1;
            }
        }
    }
    (arrays.pop(), errors)
}

fn shown(array: &dyn Array) -> Vec<String> {
    let options = FormatOptions::new().with_null("null");
    let formatter = ArrayFormatter::try_new(array, &options).expect("it can be shown");
    (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
}

#[track_caller]
fn takes(kind: &DataType, binary: Option<BinaryText>, cases: &[(&str, &str)]) {
    let values: Vec<_> = cases.iter().map(|(value, _)| *value).chain(["null"]).collect();
    let expected: Vec<_> = cases.iter().map(|(_, shown)| *shown).chain(["null"]).collect();
    let (array, errors) = decode(Field::new("value", kind.clone(), true), binary, &values);
    let array = array.expect("an array");
    array.to_data().validate_full().expect("a valid array");
    assert_eq!((array.data_type(), errors), (kind, 0));
    assert_eq!(shown(&array), expected, "{kind}");
}

#[track_caller]
fn refuses(kind: &DataType, binary: Option<BinaryText>, values: &[&str]) {
    for value in values {
        let (array, errors) = decode(Field::new("value", kind.clone(), true), binary, &[value]);
        assert!(array.is_none() && errors == 1, "{kind} took {value}: {array:?}");
    }
}

#[test]
fn integers() {
    takes(&DataType::Int8, None, &[("-128", "-128"), ("127", "127"), ("0", "0")]);
    refuses(&DataType::Int8, None, &["-129", "128", "1.0", "1e1", "-0", "\"1\"", "true", "[]"]);
    takes(&DataType::UInt8, None, &[("255", "255"), ("0", "0")]);
    refuses(&DataType::UInt8, None, &["256", "-1", "-0"]);
    takes(&DataType::Int16, None, &[("-32768", "-32768")]);
    takes(&DataType::UInt16, None, &[("65535", "65535")]);
    takes(&DataType::Int32, None, &[("-2147483648", "-2147483648")]);
    refuses(&DataType::Int32, None, &["2147483648"]);
    takes(&DataType::UInt32, None, &[("4294967295", "4294967295")]);
    takes(&DataType::Int64, None, &[("-9223372036854775808", "-9223372036854775808")]);
    refuses(&DataType::Int64, None, &["-9223372036854775809", "9223372036854775808"]);
    takes(&DataType::UInt64, None, &[("18446744073709551615", "18446744073709551615")]);
    refuses(&DataType::UInt64, None, &["18446744073709551616", "100000000000000000000"]);
}

#[test]
fn floats() {
    takes(
        &DataType::Float64,
        None,
        &[("-0", "-0.0"), ("1", "1.0"), ("0.1", "0.1"), ("1E5", "100000.0")],
    );
    takes(
        &DataType::Float32,
        None,
        &[("16777217", "16777216.0"), ("0.1", "0.1"), ("1e-46", "0.0")],
    );
    refuses(&DataType::Float32, None, &["1e39", "-3.5e38", "\"1\""]);
}

#[test]
fn decimals() {
    let kind = DataType::Decimal128(5, 2);
    takes(
        &kind,
        None,
        &[
            ("1", "1.00"),
            ("-1.5", "-1.50"),
            ("123.45", "123.45"),
            ("1e2", "100.00"),
            ("\"0.01\"", "0.01"),
            ("1.500", "1.50"),
            ("0", "0.00"),
            ("-0", "0.00"),
            ("0e999999999", "0.00"),
            ("12345e-2", "123.45"),
            ("0.0000", "0.00"),
        ],
    );
    refuses(
        &kind,
        None,
        &["1234", "0.001", "1e3", "\"\"", "\"1 \"", "\"x\"", "true", "1e-3", "\"01\""],
    );
    let nines = "9".repeat(38);
    takes(&DataType::Decimal128(38, 0), None, &[(&nines, &nines)]);
    let many = format!("-{}", "9".repeat(76));
    takes(&DataType::Decimal256(76, 0), None, &[(&many, &many)]);
    refuses(&DataType::Decimal256(76, 0), None, &[&format!("1{}", "0".repeat(76))]);
    takes(&DataType::Decimal128(5, -2), None, &[("1200", "1200")]);
    refuses(&DataType::Decimal128(5, -2), None, &["1250"]);
}

#[test]
fn times() {
    takes(&DataType::Date32, None, &[("\"2024-02-29\"", "2024-02-29"), ("1", "1970-01-02")]);
    refuses(&DataType::Date32, None, &["\"2023-02-29\"", "\"2024-02-29T00:00:00\"", "2147483648"]);
    takes(&DataType::Date64, None, &[("\"1969-12-31\"", "1969-12-31T00:00:00")]);
    takes(
        &DataType::Time32(TimeUnit::Second),
        None,
        &[("\"01:02:03\"", "01:02:03"), ("0", "00:00:00")],
    );
    refuses(
        &DataType::Time32(TimeUnit::Second),
        None,
        &["\"01:02:03.5\"", "86400", "-1", "\"24:00:00\""],
    );
    takes(
        &DataType::Time64(TimeUnit::Nanosecond),
        None,
        &[("\"01:02:03.000000001\"", "01:02:03.000000001")],
    );
    let naive = DataType::Timestamp(TimeUnit::Millisecond, None);
    takes(
        &naive,
        None,
        &[
            ("\"2024-02-29T12:00:00.250\"", "2024-02-29T12:00:00.250"),
            ("\"2024-02-29T12:00:00+02:00\"", "2024-02-29T10:00:00"),
            ("-1", "1969-12-31T23:59:59.999"),
        ],
    );
    refuses(&naive, None, &["\"2024-02-29T12:00:00.2505\"", "\"2024-02-29\"", "1.5", "true"]);
    let zoned = DataType::Timestamp(TimeUnit::Second, Some("+00:00".into()));
    takes(&zoned, None, &[("\"2024-02-29T12:00:00Z\"", "2024-02-29T12:00:00Z")]);
    refuses(&zoned, None, &["\"2024-02-29T12:00:00\""]);
    refuses(&DataType::Timestamp(TimeUnit::Nanosecond, None), None, &["\"9999-01-01T00:00:00\""]);
    takes(&DataType::Duration(TimeUnit::Second), None, &[("90", "PT90S")]);
}

#[test]
fn bytes() {
    let (hex, base64) = (Some(BinaryText::Hex), Some(BinaryText::Base64));
    takes(&DataType::Binary, hex, &[("\"00fF\"", "00ff"), ("\"\"", "")]);
    refuses(&DataType::Binary, hex, &["\"0\"", "\"0g\"", "1"]);
    takes(
        &DataType::LargeBinary,
        base64,
        &[("\"AP8=\"", "00ff"), ("\"AP8A\"", "00ff00"), ("\"AA==\"", "00"), ("\"\"", "")],
    );
    refuses(
        &DataType::LargeBinary,
        base64,
        &["\"AP9=\"", "\"AP8\"", "\"A===\"", "\"AP8=AP8A\"", "\"A-_=\"", "\"====\""],
    );
    takes(&DataType::FixedSizeBinary(2), hex, &[("\"0102\"", "0102")]);
    refuses(&DataType::FixedSizeBinary(2), hex, &["\"01\"", "\"010203\""]);
}

#[test]
fn strings_and_dictionaries() {
    let cases = [
        ("\"a\\u00e9\\n\"", "aé\n"),
        ("\"\"", ""),
        ("\"a long string beyond the inline size\"", "a long string beyond the inline size"),
    ];
    for kind in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
        takes(&kind, None, &cases);
        refuses(&kind, None, &["1", "{}", "false"]);
    }
    let kind = DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into());
    takes(&kind, None, &[("\"b\"", "b"), ("\"a\"", "a"), ("\"b\"", "b")]);
    let (array, _) =
        decode(Field::new("value", kind.clone(), true), None, &["\"x\"", "\"y\"", "\"x\""]);
    let array = array.expect("an array");
    let dictionary =
        array.as_any().downcast_ref::<arrow_array::Int8DictionaryArray>().expect("one");
    assert_eq!(
        (dictionary.values().len(), dictionary.keys().values().as_ref()),
        (2, [0, 1, 0].as_slice())
    );
    let many: Vec<_> = (0..129).map(|at| format!("\"{at}\"")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let (_, errors) = decode(Field::new("value", kind, true), None, &many);
    assert_eq!(errors, 1);
}

#[test]
fn nested_types() {
    takes(
        &DataType::new_large_list(DataType::Int64, true),
        None,
        &[("[1,null]", "[1, null]"), ("[ ]", "[]")],
    );
    takes(&DataType::new_fixed_size_list(DataType::Int64, 2, true), None, &[("[1,2]", "[1, 2]")]);
    refuses(
        &DataType::new_fixed_size_list(DataType::Int64, 2, true),
        None,
        &["[1]", "[1,2,3]", "7"],
    );
    let entries = Field::new_struct(
        "entries",
        vec![
            Field::new("keys", DataType::Utf8, false),
            Field::new("values", DataType::Int64, true),
        ],
        false,
    );
    let map = DataType::Map(Arc::new(entries), false);
    takes(&map, None, &[("{\"b\":1,\"a\":null}", "{b: 1, a: null}"), ("{}", "{}")]);
    refuses(&map, None, &["[]", "{\"a\":\"x\"}"]);
}

#[test]
fn raw_json_keeps_the_text() {
    let metadata = HashMap::from([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())]);
    let field = Field::new("value", DataType::Utf8, true).with_metadata(metadata);
    let values = ["{\"a\" : 1.50}", "\"\\u0041\"", "[1, 2]", "null", "-0"];
    let (array, errors) = decode(field, None, &values);
    assert_eq!(errors, 0);
    assert_eq!(shown(&array.expect("an array")), values);
}
