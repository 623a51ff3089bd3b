//! Both codecs give the same verdict and the same value for the same bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
struct Everything {
    #[serde(default)]
    id: u64,
    #[serde(default)]
    small: i8,
    #[serde(default)]
    single: f32,
    #[serde(default)]
    double: f64,
    #[serde(default)]
    wide: i128,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    letter: Option<char>,
    #[serde(default)]
    flag: Option<bool>,
    #[serde(default)]
    unit: (),
    #[serde(default)]
    pair: Option<(u8, String)>,
    #[serde(default)]
    list: Vec<Choice>,
    #[serde(default)]
    by_number: BTreeMap<i32, bool>,
    #[serde(default)]
    any: Option<Untagged>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Choice {
    Unit,
    One(f64),
    Two(u8, u8),
    Named { a: Option<u8> },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    Many(Vec<Untagged>),
    Named(BTreeMap<String, Untagged>),
}

/// What a decoding came to, in terms that can be compared: floats by their bits.
fn outcome<T: DeserializeOwned + Debug>(codec: &mut impl Codec, text: &[u8]) -> String {
    show(codec.decode::<T>(text))
}

fn show<T: Debug>(decoded: Result<T, DecodeError>) -> String {
    match decoded {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?} {error}", error.kind()),
    }
}

fn assert_agree<T: DeserializeOwned + Debug>(text: &[u8]) {
    let exact = outcome::<T>(&mut SerdeJson::new(), text);
    let fast = outcome::<T>(&mut SimdJson::new(), text);
    assert_eq!(exact, fast, "{}", String::from_utf8_lossy(text));
}

fn assert_agree_on_everything(text: &[u8]) {
    assert_agree::<Value>(text);
    assert_agree::<Everything>(text);
    assert_agree::<Untagged>(text);
    assert_agree::<serde::de::IgnoredAny>(text);
    assert_agree::<Box<RawValue>>(text);
    assert_agree::<Vec<Option<f32>>>(text);
    assert_agree::<String>(text);
    assert_agree::<BTreeMap<u16, Value>>(text);
    let exact = SerdeJson::new().validate(text).map_err(|error| error.to_string());
    let fast = SimdJson::new().validate(text).map_err(|error| error.to_string());
    assert_eq!(exact, fast, "{}", String::from_utf8_lossy(text));
    let kept = SerdeJson::new().decode::<Value>(text).map(drop).map_err(|error| error.to_string());
    assert_eq!(exact.is_ok(), kept.is_ok(), "validating is as strict as keeping: {text:?}");
}

const WHERE_PARSERS_DIFFER: &[&str] = &[
    "",
    " ",
    "\n",
    "\0",
    "\u{feff}1",
    "1\0",
    "-0",
    "-0.0",
    "[-0]",
    "{\"id\":-0}",
    "[1, -0 ]",
    "{\"double\":-0}",
    "-0e1",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "{\"wide\":123456789012345678901234567890}",
    "{\"wide\":1.5}",
    "{\"wide\":-1}",
    "1e400",
    "-1e400",
    "1e-400",
    "[1e400]",
    "{\"unread\":1e400}",
    "{\"unread\":\"\\ud800\"}",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "{\"id\":1,\"id\":2}",
    "{\"x\":1,\"x\":2}",
    "{\"small\":128}",
    "{\"small\":-128}",
    "{\"id\":1.0}",
    "{\"id\":\"1\"}",
    "{\"single\":1e39}",
    "{\"single\":16777217}",
    "{\"single\":0.1}",
    "{\"single\":1.00000017881393432617187499}",
    "{\"single\":1.00000017881393432617187500}",
    "{\"single\":1.00000017881393432617187501}",
    "{\"single\":1e-46}",
    "{\"single\":7.0064923216240853546186479164495e-46}",
    "{\"letter\":\"ab\"}",
    "{\"letter\":\"\\u00e9\"}",
    "{\"unit\":null}",
    "{\"unit\":0}",
    "{\"pair\":[1,\"a\"]}",
    "{\"pair\":[1,\"a\",2]}",
    "{\"pair\":[1]}",
    "{\"pair\":{}}",
    "{\"list\":[\"Unit\",{\"One\":2},{\"Two\":[1,2]},{\"Named\":{\"a\":null}}]}",
    "{\"list\":[{\"Unit\":null}]}",
    "{\"list\":[{\"Two\":[1]}]}",
    "{\"list\":[{\"One\":1,\"b\":2}]}",
    "{\"list\":[\"One\"]}",
    "{\"list\":[{}]}",
    "{\"list\":[1]}",
    "{\"by_number\":{\"1\":true,\"-2\":false}}",
    "{\"by_number\":{\"x\":true}}",
    "{\"any\":{\"a\":[1,-1,1.5,\"x\"]}}",
    "{\"any\":null}",
    "[1,\"x\"]",
    "[]",
    "{}",
    "[1,2",
    "{\"a\"",
    "{\"a\":1,}",
    "[1,]",
    "nul",
    "tru",
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "'a'",
    "{a:1}",
    "[1}",
    "1 2",
    "{}{}",
    "\"\t\"",
    "\"\\x\"",
    "\"a\\",
    "[1.7976931348623157e308,5e-324,2.2250738585072014e-308,0.1,9007199254740993]",
    "[0.30000000000000004,123456789.12345678,1e22,1e23]",
];

#[test]
fn where_parsers_differ_ours_do_not() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for text in WHERE_PARSERS_DIFFER {
        assert_agree_on_everything(text.as_bytes());
    }
    for levels in [1, 126, 127, 128, 129, 130, 1023, 1024, 1025, 100_000] {
        assert_agree_on_everything(deep(levels).as_bytes());
        assert_agree_on_everything("{\"a\":".repeat(levels).as_bytes());
    }
    for text in [&b"\"\xff\""[..], b"{\"unread\":\"\xc3\x28\"}", b"\xed\xa0\x80", b"[\"\xf0\x9f\"]"]
    {
        assert_agree_on_everything(text);
    }
}

/// Swallows errors, as `deserialize_with` functions do that put a default in their place.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only printed")]
struct Tolerant {
    #[serde(default, deserialize_with = "or_none")]
    x: Option<f64>,
    #[serde(default, deserialize_with = "or_none")]
    single: Option<f32>,
    #[serde(default, deserialize_with = "or_none")]
    list: Option<Vec<u8>>,
}

#[expect(clippy::unnecessary_wraps, reason = "`deserialize_with` asks for a result")]
fn or_none<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(deserializer).ok())
}

#[test]
fn a_refusal_that_is_swallowed_changes_nothing() {
    for text in [
        r#"{"x":0,"t":"see -0"}"#,
        r#"{"x":-0}"#,
        r#"{"x":[1,2]}"#,
        r#"{"x":"a"}"#,
        r#"{"single":1.00000017881393432617187499}"#,
        r#"{"list":[1,300,2]}"#,
        r#"{"list":[1,2]}"#,
    ] {
        assert_agree::<Tolerant>(text.as_bytes());
    }
}

#[test]
fn depth_is_limited_where_it_is_set() {
    for limit in [1, 5, 128, MAX_DEPTH_CEILING] {
        for kind in CodecKind::ALL {
            let mut codec = AnyCodec::new(kind, limit).unwrap();
            let text = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            codec.validate(text(limit).as_bytes()).unwrap();
            let error = codec.decode::<Value>(text(limit + 1).as_bytes()).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Limit, limit));
            let error = codec.validate("[".repeat(1_000_000).as_bytes()).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Limit, limit));
        }
    }
    for limit in [0, MAX_DEPTH_CEILING + 1] {
        let error = AnyCodec::new(CodecKind::SimdJson, limit).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
}

#[test]
fn deep_values_are_read_on_a_small_stack() {
    let text = "[".repeat(MAX_DEPTH_CEILING) + &"]".repeat(MAX_DEPTH_CEILING);
    let small = std::thread::Builder::new().stack_size(512 << 10);
    let worker = small.spawn(move || {
        for kind in CodecKind::ALL {
            let mut codec = AnyCodec::new(kind, MAX_DEPTH_CEILING).unwrap();
            codec.validate(text.as_bytes()).unwrap();
            codec.decode::<serde::de::IgnoredAny>(text.as_bytes()).unwrap();
            codec.decode::<Value>(text.as_bytes()).unwrap();
        }
    });
    worker.unwrap().join().unwrap();
}

#[test]
fn an_error_names_the_byte_and_the_value() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Row {
        user: User,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct User {
        ids: Vec<u32>,
    }
    let text = b"{\n \"user\": {\"ids\": [1, -7]}}";
    for kind in CodecKind::ALL {
        let error = AnyCodec::new(kind, 128).unwrap().decode::<Row>(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert_eq!(error.pointer(), Some("/user/ids/1"));
        assert!(
            error.to_string().starts_with("invalid value: integer `-7`, expected u32"),
            "{error}"
        );
    }
    let cases: [(&[u8], ErrorKind, usize); 6] = [
        (b"{\"a\" 1}", ErrorKind::Syntax, 5),
        (b"{\"a\":1", ErrorKind::Truncated, 6),
        (b"[1,\n2,\n x]", ErrorKind::Syntax, 8),
        (b"\"a\xff\"", ErrorKind::Utf8, 2),
        (b" ", ErrorKind::Syntax, 0),
        (b"{} x", ErrorKind::Syntax, 3),
    ];
    for (text, kind, offset) in cases {
        let error = SimdJson::new().validate(text).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{error}");
    }
}

#[test]
fn a_borrowed_row_borrows() {
    #[derive(Deserialize)]
    struct Row<'a> {
        plain: &'a str,
        #[serde(borrow)]
        escaped: Cow<'a, str>,
    }
    let text = br#"{"plain":"a","escaped":"\n"}"#;
    let mut exact = SerdeJson::new();
    let row: Row<'_> = exact.decode(text).unwrap();
    assert_eq!((row.plain, &*row.escaped), ("a", "\n"));
    let mut fast = SimdJson::new();
    let row: Row<'_> = fast.decode(text).unwrap();
    assert_eq!((row.plain, &*row.escaped), ("a", "\n"));
}

/// Records in one block, and the spans at which they stand.
fn block_of(records: &[String]) -> (Vec<u8>, Vec<Range<usize>>) {
    let mut block = Vec::new();
    let spans = records.iter().map(|record| {
        let start = block.len();
        block.extend_from_slice(record.as_bytes());
        block.push(b'\n');
        start..start + record.len()
    });
    let spans = spans.collect();
    (block, spans)
}

/// The records of a batch come out as they do one by one, from every codec, in this order.
fn assert_batch_agrees(records: &[String], order: &[usize]) {
    let (block, spans) = block_of(records);
    for kind in CodecKind::ALL {
        let mut alone = AnyCodec::new(kind, 128).unwrap();
        let mut codec = AnyCodec::new(kind, 128).unwrap();
        let mut batch = codec.batch(&block);
        for index in order {
            let text = String::from_utf8_lossy(&block[spans[*index].clone()]).into_owned();
            let decoded = show(batch.decode::<Value>(spans[*index].clone()));
            assert_eq!(decoded, outcome::<Value>(&mut alone, text.as_bytes()), "{text}");
        }
    }
}

#[test]
fn a_batch_reads_a_record_again_and_looks_back() {
    // The parser unescapes its copy in place, so a second reading needs a fresh one.
    let escaped = |fill: usize| format!("[\"\\u00e9\\n\", \"{}\"]", "x".repeat(fill));
    let records: Vec<_> = [1, 70, 3_000, 1, 9_000, 0].map(escaped).into();
    assert_batch_agrees(&records, &[0, 0, 1, 1, 5, 4, 4, 2, 3, 0, 5]);
    let (block, _) = block_of(&records);
    let mut codec = SimdJson::new();
    let mut batch = codec.batch(&block);
    // Spans that overlap: the elements of the first record, one by one, and all of it.
    for _ in 0..2 {
        assert_eq!(batch.decode::<String>(1..11).unwrap(), "\u{e9}\n");
        assert_eq!(batch.decode::<(String, String)>(0..17).unwrap().1, "x");
        assert_eq!(batch.decode::<String>(13..16).unwrap(), "x");
    }
    assert_eq!(batch.decode::<Value>(3..3).unwrap_err().kind(), ErrorKind::Syntax);
}

#[test]
fn a_batch_lends_from_the_block_or_the_codec() {
    #[derive(Deserialize)]
    struct Row<'a> {
        plain: &'a str,
        #[serde(borrow)]
        escaped: Cow<'a, str>,
    }
    let block = br#"{"plain":"a","escaped":"\n"} {"plain":"b","escaped":"\t"}"#;
    for kind in CodecKind::ALL {
        let mut codec = AnyCodec::new(kind, 128).unwrap();
        let mut batch = codec.batch(block);
        for (span, expected) in [(0..28, ("a", "\n")), (29..57, ("b", "\t"))] {
            let row: Row<'_> = batch.decode(span).unwrap();
            assert_eq!((row.plain, &*row.escaped), expected);
        }
    }
}

/// Text that is nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-0".to_owned()),
        "-?[0-9]{1,22}",
        "-?[0-9]{1,19}\\.[0-9]{1,19}(e-?[0-9]{1,3})?",
        "\"[a-z\u{e9}\u{20ac}]{0,6}\"",
        "\"(\\\\n|\\\\u00e9|\\\\ud83d\\\\ude00|\\\\\"|a){0,4}\"",
        any::<f64>().prop_map(|value| format!("{value:e}")),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let keys = "\"(id|small|single|double|wide|text|letter|flag|any|list|x)\"";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((keys, inner), 0..5).prop_map(|pairs| {
                let pairs: Vec<_> =
                    pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", pairs.join(" ,"))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn codecs_agree_on_json(text in nearly_json()) {
        assert_agree_on_everything(text.as_bytes());
    }

    #[test]
    fn codecs_agree_on_json_with_a_byte_changed(text in nearly_json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        assert_agree_on_everything(&bytes);
    }

    #[test]
    fn a_batch_agrees_with_its_records_one_by_one(
        records in proptest::collection::vec(nearly_json(), 1..6),
        seeds in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let ascending = 0..records.len();
        let order: Vec<_> =
            ascending.chain(seeds.iter().map(|seed| seed.index(records.len()))).collect();
        assert_batch_agrees(&records, &order);
    }

    #[test]
    fn single_precision_is_rounded_once(bits in any::<u32>(), digits in "[0-9]{1,9}") {
        let value = f64::from(f32::from_bits(bits));
        prop_assume!(value.is_finite());
        // Near the middle between two neighbours, where rounding twice goes wrong.
        let next = f64::from(f32::from_bits(bits.wrapping_add(1)));
        prop_assume!(next.is_finite());
        let middle = format!("{:.60}", f64::midpoint(value, next));
        assert_agree::<f32>(middle.as_bytes());
        assert_agree::<f32>((middle + &digits).as_bytes());
    }
}
