//! What values become: one conversion, the same in lists, tables and arrays.

use std::collections::BTreeMap;
use std::sync::Arc;

use datason::arrow_array::{
    ArrayRef, BinaryArray, Date32Array, Decimal128Array, DurationNanosecondArray, Float64Array,
    Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, TimestampNanosecondArray,
};
use datason::config::{DateFormat, LongStrings, NaiveZone, NanHandling, Orient, TypeCoercion};
use datason::ndarray::array;
use datason::value::{Date, DateTime, Decimal, Duration, Map, Uuid};
use datason::{
    ChunkedBuilder, Config, ErrorKind, Format, Result, StreamBuilder, Table, Value,
    deserialize_chunked_file,
};

use super::{folder, ids, read, texts};

fn column(name: &str, array: impl datason::arrow_array::Array + 'static) -> RecordBatch {
    let array: ArrayRef = Arc::new(array);
    RecordBatch::try_from_iter([(name, array)]).expect("one column")
}

fn value(text: &str) -> Value {
    Value::from_json(text.as_bytes()).expect("JSON")
}

/// The only chunk.
fn text_of(input: &Value, config: Config) -> Result<String> {
    texts(input, config).map(|mut texts| texts.remove(0))
}

#[test]
fn d06_cells_are_converted_like_any_value_on_every_way_out() {
    let columns: [(&str, ArrayRef); 4] = [
        ("at", Arc::new(TimestampMillisecondArray::from(vec![Some(1_704_164_645_678), None]))),
        ("day", Arc::new(Date32Array::from(vec![19_724, 0]))),
        ("f", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
        (
            "price",
            Arc::new(Decimal128Array::from(vec![990, 1]).with_precision_and_scale(9, 2).unwrap()),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    for (config, expected) in [
        (
            Config::DEFAULT,
            concat!(
                r#"[{"at": "2024-01-02T03:04:05.678000", "day": "2024-01-02", "f": 0.5, "#,
                r#""price": {"_type": "decimal", "value": "9.90", "precision": 3, "scale": 2}}, "#,
                r#"{"at": null, "day": "1970-01-01", "f": null, "#,
                r#""price": {"_type": "decimal", "value": "0.01", "precision": 3, "scale": 2}}]"#
            ),
        ),
        (
            Config::ml(),
            concat!(
                r#"[{"at": 1704164645678, "day": "2024-01-02", "f": 0.5, "price": 9.9}, "#,
                r#"{"at": null, "day": "1970-01-01", "f": null, "price": 0.01}]"#
            ),
        ),
    ] {
        let folder = folder();
        let (saved, streamed) = (folder.path().join("a.jsonl"), folder.path().join("b.jsonl"));
        let builder = ChunkedBuilder::new().config(config.clone());
        builder.serialize(&batch, 2).unwrap().save_to_file(&saved, Format::Jsonl).unwrap();
        let mut stream = StreamBuilder::new().config(config).create(&streamed).unwrap();
        stream.write_chunked(&batch, 2).unwrap();
        stream.finish().unwrap();
        assert_eq!(read(&saved), format!("{expected}\n"));
        assert_eq!(read(&saved), read(&streamed));
    }
}

#[test]
fn d20_an_identifier_is_always_its_own() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let mut stream = StreamBuilder::new().config(Config::research()).create(&path).unwrap();
    let uuid = |number: u128| Value::from(Uuid::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    for number in 0..2_000 {
        // Made and dropped, so that each may lie where another lay.
        stream.write(&Value::from(vec![uuid(number), Value::from(number)])).unwrap();
    }
    stream.finish().unwrap();
    for (number, chunk) in deserialize_chunked_file(&path).unwrap().enumerate() {
        let restored = chunk.unwrap().to_hinted_value().unwrap();
        assert_eq!(restored.as_list().unwrap()[0], uuid(number as u128));
    }
}

#[test]
fn d21_the_same_input_gives_the_same_text_whatever_went_before() {
    let maps = [2, 3, 4, 5, 6].map(|size| {
        let keys = ["f", "b", "e", "a", "d", "c"].map(datason::value::Key::from);
        Value::Map(keys.into_iter().take(size).map(|key| (key, Value::from(1))).collect())
    });
    let config = || Config::DEFAULT.sort_keys(true);
    let before: Vec<_> = maps.iter().map(|map| texts(map, config()).unwrap()).collect();
    for other in &maps {
        texts(other, Config::api()).unwrap();
        let again: Vec<_> = maps.iter().map(|map| texts(map, config()).unwrap()).collect();
        assert_eq!(again, before);
    }
    // Small maps are sorted too, and so are tables and what is spelled out.
    assert_eq!(
        text_of(&value(r#"[{"b": 1, "a": 2}]"#), config()).unwrap(),
        r#"[{"a": 2, "b": 1}]"#
    );
    let columns: [(&str, ArrayRef); 2] =
        [("b", Arc::new(Int64Array::from(vec![1]))), ("a", Arc::new(Int64Array::from(vec![2])))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    assert_eq!(texts(&batch, config()).unwrap(), [r#"[{"a": 2, "b": 1}]"#]);
}

#[test]
fn d22_every_way_to_handle_nan_does_what_it_says() {
    let floats = [1.5, f64::NAN, f64::NEG_INFINITY];
    let frame = column("f", Float64Array::from(floats.to_vec()));
    for (handling, list, cells) in [
        (NanHandling::Null, "[1.5, null]", r#"[{"f": 1.5}, {"f": null}]"#),
        (NanHandling::String, "[1.5, \"nan\"]", r#"[{"f": 1.5}, {"f": "nan"}]"#),
        (NanHandling::Drop, "[1.5]", r#"[{"f": 1.5}, {}]"#),
        (NanHandling::Keep, "[1.5, NaN]", r#"[{"f": 1.5}, {"f": NaN}]"#),
    ] {
        let config = Config::DEFAULT.nan_handling(handling);
        assert_eq!(texts(&floats, config.clone()).unwrap()[0], list);
        assert_eq!(texts(&array![1.5, f64::NAN], config.clone()).unwrap()[0], list);
        assert_eq!(texts(&frame, config).unwrap()[0], cells);
    }
}

/// A special value of a version to come.
#[derive(Clone, Copy)]
struct Newer;

impl serde::Serialize for Newer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("$datason::Unheard", "of")
    }
}

#[test]
fn d23_what_can_be_set_has_an_effect() {
    let config = Config::DEFAULT.ensure_ascii(true);
    assert_eq!(texts(&["é"], config.clone()).unwrap(), ["[\"\\u00e9\"]"]);
    let names = column("é", StringArray::from(vec!["日"]));
    assert_eq!(texts(&names, config).unwrap(), [r#"[{"\u00e9": "\u65e5"}]"#]);
    // The strict configuration refuses what it does not know.
    let error = texts(&[Newer], Config::strict()).unwrap_err();
    assert_eq!((error.kind(), error.pointer()), (ErrorKind::Data, Some("/0")));
    assert_eq!(texts(&[Newer], Config::DEFAULT).unwrap(), ["[\"of\"]"]);
}

#[test]
fn d24_what_is_within_the_limit_on_depth_is_written_whole() {
    let deep = value(&format!("[{}1{}]", "[".repeat(900), "]".repeat(900)));
    let text = text_of(&deep, Config::DEFAULT).unwrap();
    assert_eq!(value(&text), deep);
    // Exactly so many levels: leaves and small lists are no exception.
    let levels = |levels: usize| value(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    let config = Config::DEFAULT.max_depth(3);
    text_of(&Value::List(vec![levels(2)]), config.clone()).unwrap();
    let error = text_of(&Value::List(vec![levels(3)]), config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn d25_the_limit_on_size_holds_for_all_that_has_members() {
    let config = || Config::DEFAULT.max_size(2);
    let refused = |error: datason::Error| assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    let three = || [1, 2, 3].into_iter().map(Value::from);
    refused(text_of(&Value::List(vec![Value::List(three().collect())]), config()).unwrap_err());
    refused(text_of(&Value::List(vec![Value::Set(three().collect())]), config()).unwrap_err());
    refused(text_of(&Value::List(vec![Value::Tuple(three().collect())]), config()).unwrap_err());
    refused(texts(&[BTreeMap::from([(1, 1), (2, 2), (3, 3)])], config()).unwrap_err());
    // Rows and elements of a chunk count, as its members; texts have a limit of their own.
    refused(texts(&array![[1, 2], [3, 4]], config()).unwrap_err());
    let builder = ChunkedBuilder::new().config(config());
    let rows = builder.serialize(ids([1, 2, 3]), 3).unwrap().into_chunks().next().unwrap();
    refused(rows.unwrap_err());
    refused(
        text_of(&Value::from("x".repeat(9)), Config::DEFAULT.max_string_length(8)).unwrap_err(),
    );
}

#[test]
fn d26_a_long_text_is_an_error_or_marked_never_cut_in_silence() {
    let config = || Config::DEFAULT.max_string_length(3);
    let cut = || config().long_strings(LongStrings::Truncate);
    let names = column("s", StringArray::from(vec!["abcd"]));
    // In lists of any length, in cells, as keys.
    assert_eq!(texts(&["abcd"], config()).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(texts(&names, config()).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(texts(&["abcd", "abc"], cut()).unwrap(), [r#"["abc...[TRUNCATED]", "abc"]"#]);
    assert_eq!(texts(&names, cut()).unwrap(), [r#"[{"s": "abc...[TRUNCATED]"}]"#]);
    // Letters are counted, not bytes.
    assert_eq!(texts(&["日本語"], config()).unwrap(), [r#"["日本語"]"#]);
}

#[test]
fn d27_no_value_is_lost_on_the_way() {
    let spans = column("t", DurationNanosecondArray::from(vec![86_402_000_003_000]));
    assert_eq!(texts(&spans, Config::DEFAULT).unwrap(), [r#"[{"t": "1 day, 0:00:02.000003"}]"#]);
    let moments = column("t", TimestampNanosecondArray::from(vec![1_704_164_645_123_456_789]));
    let expected = r#"[{"t": "2024-01-02T03:04:05.123456789"}]"#;
    assert_eq!(texts(&moments, Config::DEFAULT).unwrap(), [expected]);
    let bytes = column("b", BinaryArray::from_vec(vec![b"ab\xc3\xa9", b"\xff\x00"]));
    assert_eq!(texts(&bytes, Config::DEFAULT).unwrap(), [r#"[{"b": "abé"}, {"b": "ff00"}]"#]);
    // Members of sets are converted, and integers beside floats stay integers.
    let day = "2024-01-02".parse::<Date>().unwrap();
    let set = Value::Set([Value::from(day)].into_iter().collect());
    assert_eq!(text_of(&Value::List(vec![set]), Config::DEFAULT).unwrap(), r#"[["2024-01-02"]]"#);
    let columns: [(&str, ArrayRef); 2] = [
        ("n", Arc::new(Int64Array::from(vec![9_007_199_254_740_993]))),
        ("f", Arc::new(Float64Array::from(vec![0.5]))),
    ];
    let mixed = RecordBatch::try_from_iter(columns).unwrap();
    let config = Config::DEFAULT.orient(Orient::Values);
    assert_eq!(texts(&mixed, config).unwrap(), ["[[9007199254740993, 0.5]]"]);
    let span = Value::from(Duration::from_microseconds(-1));
    let expected = r#"["-1 day, 23:59:59.999999"]"#;
    assert_eq!(text_of(&Value::List(vec![span]), Config::DEFAULT).unwrap(), expected);
}

#[test]
fn d28_times_are_exact_and_never_in_the_zone_of_the_machine() {
    let at = |text: &str| Value::List(vec![Value::from(text.parse::<DateTime>().unwrap())]);
    let milliseconds = || Config::DEFAULT.date_format(DateFormat::UnixMs);
    // Rounded from a float it would be one less.
    let moment = at("2004-03-31T07:19:28.018Z");
    assert_eq!(text_of(&moment, milliseconds()).unwrap(), "[1080717568018]");
    let naive = at("2024-01-01T00:00:00");
    assert_eq!(text_of(&naive, milliseconds()).unwrap(), "[1704067200000]");
    let east = milliseconds().naive_zone(NaiveZone::Offset(3_600));
    assert_eq!(text_of(&naive, east).unwrap(), "[1704063600000]");
    let refusing = milliseconds().naive_zone(NaiveZone::Error);
    assert_eq!(text_of(&naive, refusing.clone()).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(text_of(&moment, refusing).unwrap(), "[1080717568018]");
    assert_eq!(text_of(&at("0001-01-01T00:00:00"), milliseconds()).unwrap(), "[-62135596800000]");
}

#[test]
fn d29_what_would_lose_a_value_is_an_error() {
    let mut map = Map::new();
    map.insert(1, "a");
    map.insert("1", "b");
    let error = text_of(&Value::Map(map), Config::DEFAULT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    // Row labels that stand twice, and columns of one name.
    let columns: [(&str, ArrayRef); 2] = [
        ("label", Arc::new(StringArray::from(vec!["x", "x"]))),
        ("n", Arc::new(Int64Array::from(vec![1, 2]))),
    ];
    let labelled = Table::from(RecordBatch::try_from_iter(columns).unwrap());
    let labelled = labelled.index_column("label").unwrap();
    for orient in [Orient::Index, Orient::Dict] {
        let error = texts(&labelled, Config::DEFAULT.orient(orient)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
    }
    let split = texts(&labelled, Config::DEFAULT.orient(Orient::Split)).unwrap();
    assert_eq!(split, [r#"{"index": ["x", "x"], "columns": ["n"], "data": [[1], [2]]}"#]);
    let twice: [(&str, ArrayRef); 2] =
        [("n", Arc::new(Int64Array::from(vec![1]))), ("n", Arc::new(Int64Array::from(vec![2])))];
    let twice = RecordBatch::try_from_iter(twice).unwrap();
    assert_eq!(texts(&twice, Config::DEFAULT).unwrap_err().kind(), ErrorKind::Data);
    let values = texts(&twice, Config::DEFAULT.orient(Orient::Values)).unwrap();
    assert_eq!(values, ["[[1, 2]]"], "both are there");
}

#[test]
fn d30_types_come_back_when_asked_for() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let values = Value::List(vec![
        "2024-01-02T03:04:05".parse::<DateTime>().unwrap().into(),
        "9.90".parse::<Decimal>().unwrap().into(),
        Uuid::from(7).into(),
        Value::Set([1, 2].into_iter().map(Value::from).collect()),
        Value::Tuple(vec![1.into()]),
    ]);
    let builder = ChunkedBuilder::new().config(Config::research());
    builder.serialize(&values, 10).unwrap().save(&path).unwrap();
    let chunk = deserialize_chunked_file(&path).unwrap().next().unwrap().unwrap();
    assert_eq!(chunk.to_hinted_value().unwrap(), values);
    assert_ne!(chunk.to_value().unwrap(), values, "not unless asked for");
    let config = Config::DEFAULT.type_coercion(TypeCoercion::Strict);
    assert!(texts(&values, config).unwrap()[1].starts_with(r#"[{"_type": "uuid", "hex": "#));
}
