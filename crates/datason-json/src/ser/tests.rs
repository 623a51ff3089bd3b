mod golden;
mod support;

use std::collections::{BTreeMap, HashMap};

use datason_core::config::{DateFormat, LongStrings, NaiveZone, NanHandling, TypeCoercion};
use datason_core::value::{
    Bytes, Complex, Date, DateTime, Decimal, Duration, FilePath, Integer, Key, Map, Set, Time,
    Uuid, Value,
};
use datason_core::{Config, Error, ErrorKind};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

fn python(value: &(impl Serialize + ?Sized), config: &Config) -> String {
    to_string(value, config, TextStyle::Python).unwrap()
}

fn compact(value: &(impl Serialize + ?Sized)) -> String {
    to_string(value, &Config::DEFAULT, TextStyle::Compact).unwrap()
}

fn failure(value: &(impl Serialize + ?Sized), config: &Config) -> Error {
    let mut out = b"before".to_vec();
    let error = append(value, config, TextStyle::Python, &mut out).expect_err("it must fail");
    assert_eq!(out, b"before", "what was written is taken back");
    error
}

fn kind_and_pointer(value: &(impl Serialize + ?Sized), config: &Config) -> (ErrorKind, String) {
    let error = failure(value, config);
    (error.kind(), error.pointer().unwrap_or("none").to_owned())
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(f64),
    Tuple(i32, f64),
    Struct { b: f64, a: i32 },
}

#[derive(Serialize)]
struct Wrapper(f64);

#[test]
fn serde_s_whole_model_is_written_as_serde_json_writes_it() {
    #[derive(Serialize)]
    struct All<'a> {
        unit: (),
        nothing: Option<u8>,
        something: Option<u8>,
        text: &'a str,
        letter: char,
        small: i8,
        large: u128,
        negative: i128,
        wrapper: Wrapper,
        shapes: Vec<Shape>,
        map: BTreeMap<i32, bool>,
        empty: (Vec<u8>, BTreeMap<u8, u8>),
    }
    let all = All {
        unit: (),
        nothing: None,
        something: Some(1),
        text: "é\n\"",
        letter: '"',
        small: -128,
        large: u128::MAX,
        negative: i128::MIN,
        wrapper: Wrapper(0.5),
        shapes: vec![
            Shape::Unit,
            Shape::New(1.0),
            Shape::Tuple(1, 2.0),
            Shape::Struct { b: 1.0, a: 2 },
        ],
        map: BTreeMap::from([(-1, true), (2, false)]),
        empty: (vec![], BTreeMap::new()),
    };
    assert_eq!(compact(&all), serde_json::to_string(&all).unwrap());
    let pretty = to_string(&all, &Config::DEFAULT, TextStyle::PRETTY).unwrap();
    assert_eq!(pretty, serde_json::to_string_pretty(&all).unwrap());
}

#[test]
fn each_style_spaces_as_it_says() {
    let value = json!({"a": [1, {"b": null}], "c": {}});
    assert_eq!(python(&value, &Config::DEFAULT), r#"{"a": [1, {"b": null}], "c": {}}"#);
    assert_eq!(compact(&value), r#"{"a":[1,{"b":null}],"c":{}}"#);
    let wide = to_string(&json!([[1]]), &Config::DEFAULT, TextStyle::Pretty { indent: 4 });
    assert_eq!(wide.unwrap(), "[\n    [\n        1\n    ]\n]");
}

#[test]
fn an_inner_value_is_indented_from_its_level() {
    let mut encoder = Encoder::new(Config::DEFAULT.max_depth(1), TextStyle::PRETTY).level(2);
    let mut out = b"    ".to_vec();
    encoder.append(&[1], &mut out).unwrap();
    assert_eq!(out, b"    [\n      1\n    ]");
    assert!(encoder.append(&[[1]], &mut out).is_err(), "limits count from the value");
}

#[test]
fn every_policy_for_nan_is_kept_to_everywhere() {
    let value = (
        f64::NAN,
        [f32::INFINITY, f32::NEG_INFINITY, 1.0],
        BTreeMap::from([("a", f64::NAN), ("b", 1.0)]),
        Some(Wrapper(f64::NAN)),
        [Shape::New(f64::NAN), Shape::Tuple(1, f64::NAN), Shape::Struct { b: f64::NAN, a: 1 }],
        Complex::new(f64::NAN, 1.0),
    );
    for (policy, expected) in [
        (
            NanHandling::Null,
            r#"[null,[null,null,1.0],{"a":null,"b":1.0},null,[{"New":null},{"Tuple":[1,null]},{"Struct":{"b":null,"a":1}}],null]"#,
        ),
        (
            NanHandling::String,
            r#"["nan",["inf","-inf",1.0],{"a":"nan","b":1.0},"nan",[{"New":"nan"},{"Tuple":[1,"nan"]},{"Struct":{"b":"nan","a":1}}],"(nan+1j)"]"#,
        ),
        (
            NanHandling::Keep,
            r#"[NaN,[Infinity,-Infinity,1.0],{"a":NaN,"b":1.0},NaN,[{"New":NaN},{"Tuple":[1,NaN]},{"Struct":{"b":NaN,"a":1}}],{"_type":"complex","real":NaN,"imag":1.0}]"#,
        ),
        (NanHandling::Drop, r#"[[1.0],{"b":1.0},[{"New":null},{"Tuple":[1]},{"Struct":{"a":1}}]]"#),
    ] {
        let config = Config::DEFAULT.nan_handling(policy);
        assert_eq!(to_string(&value, &config, TextStyle::Compact).unwrap(), expected);
    }
}

#[test]
fn dropping_leaves_no_trace_in_any_style() {
    let config = Config::DEFAULT.nan_handling(NanHandling::Drop);
    let nan = f64::NAN;
    assert_eq!(python(&nan, &config), "null", "alone there is nothing to drop it from");
    for (list, expected) in [
        (vec![nan], "[]"),
        (vec![nan, 1.0], "[1.0]"),
        (vec![1.0, nan], "[1.0]"),
        (vec![nan, 1.0, nan, nan, 2.0, nan], "[1.0, 2.0]"),
    ] {
        assert_eq!(python(&list, &config), expected);
        let pretty = to_string(&list, &config, TextStyle::PRETTY).unwrap();
        let kept: Vec<_> = list.into_iter().filter(|float| float.is_finite()).collect();
        assert_eq!(pretty, serde_json::to_string_pretty(&kept).unwrap());
    }
    let map =
        Value::from([("c", nan), ("b", 1.0), ("d", nan), ("a", 2.0)].into_iter().collect::<Map>());
    assert_eq!(python(&map, &config), r#"{"b": 1.0, "a": 2.0}"#);
    assert_eq!(python(&map, &config.sort_keys(true)), r#"{"a": 2.0, "b": 1.0}"#);
}

#[test]
fn keys_are_sorted_by_code_point_at_every_level() {
    #[derive(Serialize)]
    struct Unordered {
        z: u8,
        #[serde(rename = "\"")]
        quote: u8,
        a: Map,
    }
    let inner = [("é", 1), ("z", 2), ("\u{ffff}", 3), ("😀", 4), ("\n", 5), ("", 6)];
    let value = vec![Unordered { z: 1, quote: 2, a: inner.into_iter().collect() }];
    let config = Config::DEFAULT.sort_keys(true);
    assert_eq!(
        python(&value, &config),
        "[{\"\\\"\": 2, \"a\": {\"\": 6, \"\\n\": 5, \"z\": 2, \"é\": 1, \"\u{ffff}\": 3, \"😀\": 4}, \"z\": 1}]"
    );
    assert_eq!(
        python(&value, &config.ensure_ascii(true)),
        r#"[{"\"": 2, "a": {"": 6, "\n": 5, "z": 2, "\u00e9": 1, "\uffff": 3, "\ud83d\ude00": 4}, "z": 1}]"#
    );
}

#[test]
fn numbers_as_keys_are_sorted_as_texts() {
    let map = BTreeMap::from([(9, 'a'), (10, 'b'), (-1, 'c')]);
    let config = Config::DEFAULT.sort_keys(true);
    assert_eq!(python(&map, &config), r#"{"-1": "c", "10": "b", "9": "a"}"#);
}

#[test]
fn any_scalar_can_be_a_key() {
    let keys = [
        (Key::from(1), 0),
        (Key::from(-3), 1),
        (Key::from(2.5), 2),
        (Key::from(1e16), 3),
        (Key::from(true), 4),
        (Key::from(()), 5),
        (Key::from("é"), 6),
        (Key::from("9".repeat(40).parse::<Integer>().unwrap()), 7),
        (Key::from(f64::NAN), 8),
        (Key::from(f64::NEG_INFINITY), 9),
    ];
    let map = Value::from(keys.into_iter().collect::<Map>());
    let digits = "9".repeat(40);
    assert_eq!(
        python(&map, &Config::DEFAULT),
        format!(
            r#"{{"1": 0, "-3": 1, "2.5": 2, "1e+16": 3, "true": 4, "null": 5, "é": 6, "{digits}": 7, "NaN": 8, "-Infinity": 9}}"#
        )
    );
    let dates = BTreeMap::from([(Date::new(2024, 1, 2).unwrap(), 1)]);
    assert_eq!(python(&dates, &Config::DEFAULT), r#"{"2024-01-02": 1}"#);
    let moments = HashMap::from([("2024-01-02T03:04:05Z".parse::<DateTime>().unwrap(), 1)]);
    assert_eq!(python(&moments, &Config::ml()), r#"{"1704164645000": 1}"#);
    assert_eq!(python(&moments, &Config::performance()), r#"{"1704164645.0": 1}"#);
    assert_eq!(python(&moments, &Config::research()), r#"{"2024-01-02T03:04:05+00:00": 1}"#);
    let ids = BTreeMap::from([(Uuid::from(1), 1)]);
    assert_eq!(python(&ids, &Config::DEFAULT), r#"{"00000000-0000-0000-0000-000000000001": 1}"#);
    assert_eq!(compact(&BTreeMap::from([('x', Shape::Unit)])), r#"{"x":"Unit"}"#);
    assert_eq!(compact(&BTreeMap::from([(Some(1.5_f32.to_bits()), 1)])), r#"{"1069547520":1}"#);
}

#[test]
fn what_is_no_scalar_is_no_key() {
    let data = |pointer: &str| (ErrorKind::Data, pointer.to_owned());
    let default = Config::DEFAULT;
    assert_eq!(kind_and_pointer(&BTreeMap::from([([1], 1)]), &default), data(""));
    assert_eq!(kind_and_pointer(&[BTreeMap::from([((1, 2), 1)])], &default), data("/0"));
    let strict = Config::strict();
    assert_eq!(kind_and_pointer(&BTreeMap::from([(Uuid::from(1), 1)]), &strict), data(""));
    assert_eq!(kind_and_pointer(&BTreeMap::from([(Bytes::from("a"), 1)]), &strict), data(""));
}

/// A map that may repeat itself, and may tell its size.
struct Pairs(Option<usize>, Vec<(Key, i32)>);

impl Serialize for Pairs {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(self.0)?;
        for (key, value) in &self.1 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[test]
fn keys_that_are_written_alike_are_an_error() {
    let mixed = || vec![(Key::from(1), 1), (Key::from("x\"{,"), 2), (Key::from("1"), 3)];
    let repeated = || vec![(Key::from("a\\"), 1), (Key::from("b"), 2), (Key::from("a\\"), 3)];
    let sorted = Config::DEFAULT.sort_keys(true);
    for (pairs, config) in [
        (Pairs(Some(3), mixed()), Config::DEFAULT),
        (Pairs(None, mixed()), Config::DEFAULT),
        (Pairs(None, repeated()), Config::DEFAULT),
        (Pairs(Some(3), repeated()), sorted.clone()),
        (Pairs(Some(3), mixed()), sorted),
    ] {
        let error = failure(&[pairs], &config);
        assert_eq!((error.kind(), error.pointer()), (ErrorKind::Data, Some("/0")));
        assert!(error.message().starts_with("two keys of one map are both written `"), "{error}");
    }
    let distinct = Pairs(None, vec![(Key::from(1), 1), (Key::from("2"), 2), (Key::Null, 3)]);
    for style in [TextStyle::Python, TextStyle::Compact, TextStyle::PRETTY] {
        to_vec(&[distinct.1.len()], &Config::DEFAULT, style).unwrap();
        to_vec(&distinct, &Config::DEFAULT, style).unwrap();
    }
}

#[test]
fn a_flattened_field_cannot_hide_another() {
    #[derive(Serialize)]
    struct Outer {
        id: u32,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, u32>,
    }
    let fine = Outer { id: 1, rest: BTreeMap::from([("x", 2)]) };
    assert_eq!(compact(&fine), r#"{"id":1,"x":2}"#);
    let hidden = Outer { id: 1, rest: BTreeMap::from([("id", 2)]) };
    assert_eq!(kind_and_pointer(&hidden, &Config::DEFAULT), (ErrorKind::Data, String::new()));
}

#[test]
fn limits_name_the_place() {
    let limit = |pointer: &str| (ErrorKind::Limit, pointer.to_owned());
    let value = json!({"a/b": [1, {"~": [[2]]}]});
    let depth = Config::DEFAULT.max_depth(4);
    assert_eq!(kind_and_pointer(&value, &depth), limit("/a~1b/1/~0/0"));
    assert!(to_vec(&value, &depth.clone().max_depth(5), TextStyle::Python).is_ok());
    assert_eq!(kind_and_pointer(&value, &depth.sort_keys(true)), limit("/a~1b/1/~0/0"));

    let size = Config::DEFAULT.max_size(2);
    assert!(to_vec(&[1, 2], &size, TextStyle::Python).is_ok());
    assert_eq!(kind_and_pointer(&([1, 2], [1, 2, 3]), &size), limit("/1"));
    assert_eq!(kind_and_pointer(&json!({"a": 1, "b": 2, "c": 3}), &size), limit(""));
    assert_eq!(kind_and_pointer(&Shape::Tuple(1, 2.0), &size.clone().max_size(1)), limit("/Tuple"));
    assert_eq!(
        kind_and_pointer(&(vec![f64::NAN; 3],), &size.nan_handling(NanHandling::Drop)),
        limit("/0")
    );

    let length = Config::DEFAULT.max_string_length(3);
    assert!(to_vec(&["éüö", "abc"], &length, TextStyle::Python).is_ok(), "characters, not bytes");
    assert_eq!(kind_and_pointer(&["abc", "abcd"], &length), limit("/1"));
    assert_eq!(kind_and_pointer(&[Bytes::from(&b"\xff\xff"[..])], &length), limit("/0"));
    assert_eq!(kind_and_pointer(&[FilePath::from("/a/b")], &length), limit("/0"));
    assert_eq!(kind_and_pointer(&json!({"long": 1}), &length), limit(""));
    assert!(to_vec(&Date::new(2024, 1, 2).unwrap(), &length, TextStyle::Python).is_ok());
    assert!(
        to_vec(&Shape::Struct { b: 1.0, a: 1 }, &length, TextStyle::Python).is_ok(),
        "names are no data"
    );
}

#[test]
fn long_texts_are_cut_and_marked_where_that_is_asked_for() {
    let config = Config::DEFAULT.max_string_length(3).long_strings(LongStrings::Truncate);
    let value = json!(["abc", "abcd", "éüöä", "a\nb\nc"]);
    assert_eq!(
        python(&value, &config),
        r#"["abc", "abc...[TRUNCATED]", "éüö...[TRUNCATED]", "a\nb...[TRUNCATED]"]"#
    );
    assert_eq!(python(&json!({"abcd": 1}), &config), r#"{"abc...[TRUNCATED]": 1}"#);
    let same = json!({"abcd": 1, "abce": 2});
    assert_eq!(failure(&same, &config).kind(), ErrorKind::Data, "no entry may hide another");
    assert_eq!(failure(&same, &config.sort_keys(true)).kind(), ErrorKind::Data);
}

struct Shown<'a>(&'a str);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|letter| write!(f, "{letter}"))
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[test]
fn what_is_formatted_is_escaped_and_limited_like_any_text() {
    let text = "\"é\n";
    assert_eq!(compact(&Shown(text)), compact(text));
    let config = Config::DEFAULT.max_string_length(3).ensure_ascii(true);
    assert_eq!(python(&Shown(text), &config), python(text, &config));
    assert_eq!(failure(&Shown("abcd"), &config).kind(), ErrorKind::Limit);
    let cut = config.long_strings(LongStrings::Truncate);
    assert_eq!(python(&Shown("abcd"), &cut), "\"abc...[TRUNCATED]\"");
    assert_eq!(compact(&BTreeMap::from([("k", Shown("x"))])), r#"{"k":"x"}"#);
}

#[test]
fn raw_json_goes_out_as_it_is_but_on_one_line() {
    let raw: Box<serde_json::value::RawValue> =
        serde_json::from_str("{ \"z\": 1.50,\n\t\"a\": \"x  y\" }").unwrap();
    assert_eq!(compact(&[&raw]), r#"[{"z":1.50,"a":"x  y"}]"#);
    let one_line: &serde_json::value::RawValue = serde_json::from_str("{ \"z\": 1.50 }").unwrap();
    assert_eq!(compact(&[one_line]), r#"[{ "z": 1.50 }]"#);
    let pretty = to_string(&raw, &Config::DEFAULT, TextStyle::PRETTY).unwrap();
    assert_eq!(pretty, raw.get());
    assert_eq!(python(&(1, one_line, 2), &Config::api()), r#"[1, { "z": 1.50 }, 2]"#);
    assert_eq!(compact(&json!([1, -1, 1.0, u64::MAX])), "[1,-1,1.0,18446744073709551615]");
}

#[test]
fn a_value_s_own_error_keeps_its_words_and_gets_a_place() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let error = failure(&BTreeMap::from([("a", vec![Ok(1), Err(Refuses)])]), &Config::DEFAULT);
    assert_eq!((error.kind(), error.message()), (ErrorKind::Data, "not today"));
    assert_eq!(error.pointer(), Some("/a/1/Err"));
}

#[test]
fn a_failure_does_not_disturb_the_next_value() {
    let mut encoder = Encoder::new(Config::api().max_size(2), TextStyle::Compact);
    let mut out = Vec::new();
    for _ in 0..2 {
        let error = encoder.append(&json!({"b": {"d": [1, 2, 3], "c": 1}, "a": 2}), &mut out);
        assert_eq!(error.unwrap_err().pointer(), Some("/b/d"));
        encoder.append(&json!({"b": 1, "a": 2}), &mut out).unwrap();
    }
    assert_eq!(out, br#"{"a":2,"b":1}{"a":2,"b":1}"#);
}

#[test]
fn dates_are_written_as_each_format_says() {
    let naive: DateTime = "2024-01-02T03:04:05.678901".parse().unwrap();
    let zoned: DateTime = "2024-01-02T03:04:05.000000001+05:30".parse().unwrap();
    let value = (naive, zoned);
    for (format, expected) in [
        (
            DateFormat::Iso,
            r#"["2024-01-02T03:04:05.678901", "2024-01-02T03:04:05.000000001+05:30"]"#,
        ),
        (
            DateFormat::String,
            r#"["2024-01-02 03:04:05.678901", "2024-01-02 03:04:05.000000001+05:30"]"#,
        ),
        (DateFormat::Unix, "[1704164645.678901, 1704144845.0]"),
        (DateFormat::UnixMs, "[1704164645678, 1704144845000]"),
        (
            DateFormat::Custom("%d.%m.%y \"%f\"".into()),
            r#"["02.01.24 \"678901\"", "02.01.24 \"000000\""]"#,
        ),
        (
            DateFormat::Custom("".into()),
            r#"["2024-01-02T03:04:05.678901", "2024-01-02T03:04:05.000000001+05:30"]"#,
        ),
    ] {
        assert_eq!(python(&value, &Config::DEFAULT.date_format(format)), expected);
    }
    let bad = Config::DEFAULT.date_format(DateFormat::Custom("%Q".into()));
    assert_eq!(kind_and_pointer(&value, &bad), (ErrorKind::Argument, "/0".to_owned()));
}

#[test]
fn the_zone_of_a_naive_date_is_the_configuration_s_and_never_the_machine_s() {
    let naive: DateTime = "1970-01-01T00:00:00".parse().unwrap();
    let config = Config::financial();
    assert_eq!(python(&naive, &config), "0");
    assert_eq!(python(&naive, &config.clone().naive_zone(NaiveZone::Offset(-18_000))), "18000000");
    let refusing = config.naive_zone(NaiveZone::Error);
    assert_eq!(failure(&naive, &refusing).kind(), ErrorKind::Data);
    let zoned: DateTime = "1970-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(python(&zoned, &refusing), "0");
    assert_eq!(
        python(&naive, &Config::DEFAULT.naive_zone(NaiveZone::Error)),
        "\"1970-01-01T00:00:00\""
    );
}

#[test]
fn complex_numbers_follow_both_switches() {
    let number = Complex::new(3.0, -4.5);
    let plain = Config::DEFAULT.preserve_complex(false);
    assert_eq!(
        python(&number, &Config::DEFAULT),
        r#"{"_type": "complex", "real": 3.0, "imag": -4.5}"#
    );
    assert_eq!(python(&number, &plain), "\"(3-4.5j)\"");
    assert_eq!(python(&number, &plain.type_coercion(TypeCoercion::Aggressive)), "[3.0, -4.5]");
}

#[test]
fn only_the_strict_configuration_refuses_the_unknown() {
    struct Newer;
    impl Serialize for Newer {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_struct("$datason::Newer", "plain")
        }
    }
    assert_eq!(python(&[Newer], &Config::DEFAULT), r#"["plain"]"#);
    let (kind, pointer) = kind_and_pointer(&[Newer], &Config::strict());
    assert_eq!((kind, pointer.as_str()), (ErrorKind::Data, "/0"));
}

#[test]
fn a_false_name_cannot_smuggle_text_into_the_output() {
    struct Liar(&'static str, Value);
    impl Serialize for Liar {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_struct(self.0, &self.1)
        }
    }
    use datason_core::value::protocol;
    for (name, inside) in [
        (protocol::INTEGER, Value::from("1], [2")),
        (protocol::DECIMAL, Value::from("x")),
        (protocol::DATE_TIME, Value::from(7)),
        (protocol::COMPLEX, Value::from("x")),
        (protocol::COMPLEX, Value::from([1.0])),
    ] {
        assert_eq!(
            failure(&Liar(name, inside), &Config::DEFAULT).kind(),
            ErrorKind::Data,
            "{name}"
        );
    }
    let quoted = python(&Liar(protocol::DATE, Value::from("\"")), &Config::DEFAULT);
    assert_eq!(quoted, r#""\"""#);
}

/// One value of every kind that hints or spelled-out forms restore.
fn restorable() -> Vec<Value> {
    let member = Value::from("2024-01-02T03:04:05+05:30".parse::<DateTime>().unwrap());
    vec![
        Value::Null,
        Value::from(true),
        Value::from("9".repeat(60).parse::<Integer>().unwrap()),
        Value::from(1.0),
        Value::from("text"),
        member.clone(),
        Value::from("2024-01-02T03:04:05.000000001".parse::<DateTime>().unwrap()),
        Value::from(Uuid::from(0x1234_5678_1234_4678_9234_5678_1234_5678)),
        Value::from("-123.4500".parse::<Decimal>().unwrap()),
        Value::from("1E+5".parse::<Decimal>().unwrap()),
        Value::from(Complex::new(3.0, -4.5)),
        Value::Tuple(vec![Value::from(1), Value::Tuple(vec![]), member.clone()]),
        Value::Set([Value::from("b"), Value::from("a"), member].into_iter().collect::<Set>()),
    ]
}

#[test]
fn every_hinted_value_comes_back_as_it_was() {
    let values = restorable();
    let map: Map =
        values.iter().enumerate().map(|(n, value)| (format!("k{n:02}"), value.clone())).collect();
    for value in values.iter().cloned().chain([Value::List(values.clone()), Value::Map(map)]) {
        for style in [TextStyle::Python, TextStyle::Compact, TextStyle::PRETTY] {
            let text = to_vec(&value, &Config::research(), style).unwrap();
            let restored = Value::from_hinted(Value::from_json(&text).unwrap());
            assert_eq!(restored, value, "{}", datason_core::escape(&text));
        }
    }
}

#[test]
fn what_the_strict_configuration_spells_out_comes_back_too() {
    for value in [
        Value::from(Bytes::from(&b"\xff\x00"[..])),
        Value::from(FilePath::from("/data/in/file.tar.gz")),
        Value::from(Uuid::from(7)),
    ] {
        let text = to_vec(&value, &Config::strict(), TextStyle::Python).unwrap();
        assert_eq!(Value::from_hinted(Value::from_json(&text).unwrap()), value);
    }
}

#[test]
fn a_type_of_the_user_reads_back_what_hints_wrap() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        at: DateTime,
        id: Uuid,
        price: Decimal,
        z: Complex,
        tags: Set,
    }
    let row = Row {
        at: "2024-01-02T03:04:05Z".parse().unwrap(),
        id: Uuid::from(1),
        price: "1.50".parse().unwrap(),
        z: Complex::new(0.0, 1.0),
        tags: ["b", "a"].into_iter().map(Value::from).collect(),
    };
    for config in [Config::DEFAULT, Config::research(), Config::strict()] {
        let text = python(&row, &config);
        assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row, "{text}");
    }
}

#[test]
fn the_plain_kinds_of_special_values_have_one_text() {
    let value: Value = [
        Value::from(Date::new(2024, 2, 29).unwrap()),
        Value::from(Time::new(23, 59, 59, 100_000).unwrap()),
        Value::from(Duration::from_microseconds(-1)),
    ]
    .into_iter()
    .collect();
    let expected = r#"["2024-02-29", "23:59:59.000100", "-1 day, 23:59:59.999999"]"#;
    for preset in datason_core::config::Preset::ALL {
        assert_eq!(python(&value, &preset.config()), expected, "{}", preset.name());
    }
}

#[test]
fn the_deepest_value_allowed_is_written() {
    let text = "[".repeat(Value::MAX_DEPTH) + &"]".repeat(Value::MAX_DEPTH);
    let value = Value::from_json(text.as_bytes()).unwrap();
    assert_eq!(compact(&value), text);
    let deeper = Value::from([value]);
    let error = failure(&deeper, &Config::DEFAULT);
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(error.pointer(), Some("/0".repeat(Value::MAX_DEPTH).as_str()));
}

#[test]
fn what_is_written_can_be_read_under_the_same_limit_on_depth() {
    let price = Value::from("1.50".parse::<Decimal>().unwrap());
    let value = Value::Tuple(vec![Value::Tuple(vec![price])]);
    let config = Config::research();
    let levels = (1..10).find(|depth| {
        to_vec(&value, &config.clone().max_depth(*depth), TextStyle::Compact).is_ok()
    });
    assert_eq!(levels, Some(5), "two tuples in two hints, and a decimal");
    let text = to_vec(&value, &config, TextStyle::Compact).unwrap();
    assert!(Value::from_json_within(&text, 5).is_ok());
    assert!(Value::from_json_within(&text, 4).is_err());
}

#[test]
fn text_goes_to_a_writer_only_when_it_is_whole() {
    let mut file = Vec::new();
    let config = Config::DEFAULT.max_size(1);
    assert!(to_writer(&[1, 2], &config, TextStyle::Compact, &mut file).is_err());
    assert!(file.is_empty());
    to_writer(&[1], &config, TextStyle::Compact, &mut file).unwrap();
    assert_eq!(file, b"[1]");
}

#[derive(Debug, Serialize)]
struct Flat {
    id: u64,
    delta: i32,
    name: String,
    note: Option<String>,
    active: bool,
    letter: char,
    pair: (i8, u16),
}

prop_compose! {
    fn flat()(
        id: u64, delta: i32, name in "[ -~]{0,40}", note in proptest::option::of("[ -~]{0,10}"),
        active: bool, letter in proptest::char::range(' ', '~'), pair: (i8, u16),
    ) -> Flat {
        Flat { id, delta, name, note, active, letter, pair }
    }
}

/// Trees whose floats have one text in Python and serde_json.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_000_000_000..1_000_000_000_i32).prop_map(|n| Value::from(f64::from(n) / 64.0)),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        let key = prop_oneof!["[a-c]{0,2}", ".{0,3}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #[test]
    fn flat_structs_of_ascii_equal_serde_json(row in flat()) {
        prop_assert_eq!(compact(&row), serde_json::to_string(&row).unwrap());
    }

    #[test]
    fn any_tree_reads_back_as_itself(tree in tree()) {
        for style in [TextStyle::Python, TextStyle::Compact, TextStyle::PRETTY] {
            let text = to_vec(&tree, &Config::DEFAULT, style).unwrap();
            prop_assert_eq!(&Value::from_json(&text).unwrap(), &tree);
        }
        let text = compact(&tree);
        prop_assert!(!text.contains('\n') && !python(&tree, &Config::DEFAULT).contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), tree);
    }

    /// serde_json's own map is sorted by code point.
    #[test]
    fn sorted_text_equals_that_of_a_sorted_map(tree in tree()) {
        let naive: serde_json::Value = serde_json::from_str(&compact(&tree)).unwrap();
        let config = Config::DEFAULT.sort_keys(true);
        let sorted = to_string(&tree, &config, TextStyle::Compact).unwrap();
        prop_assert_eq!(sorted, serde_json::to_string(&naive).unwrap());
        let pretty = to_string(&tree, &config, TextStyle::PRETTY).unwrap();
        prop_assert_eq!(pretty, serde_json::to_string_pretty(&naive).unwrap());
    }

    #[test]
    fn sorting_and_escaping_change_no_meaning(tree in tree()) {
        let config = Config::DEFAULT.sort_keys(true).ensure_ascii(true);
        let text = to_vec(&tree, &config, TextStyle::Python).unwrap();
        prop_assert!(text.is_ascii());
        prop_assert_eq!(Value::from_json(&text).unwrap(), tree);
    }

    #[test]
    fn a_value_of_floats_reads_back_bit_by_bit(bits: Vec<u64>) {
        let floats: Vec<f64> = bits.into_iter().map(f64::from_bits).filter(|f| f.is_finite()).collect();
        let read: Vec<f64> = serde_json::from_str(&compact(&floats)).unwrap();
        let bits = |floats: &[f64]| floats.iter().map(|float| float.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&read), bits(&floats));
    }
}
