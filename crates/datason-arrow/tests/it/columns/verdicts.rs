//! Accept and reject agree with serde_json, in columns that are kept and members that are not.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use datason_arrow::{ColumnOptions, OnDuplicate, OnExtra, RecordShape};
use datason_core::ErrorKind;
use datason_fixtures::{Generator, Random, Shape};
use datason_json::SerdeJson;
use datason_json::codec::Codec;
use proptest::prelude::*;
use serde_json::Value;

use super::oracle::{decode, expected, infer, lenient};
use crate::shared::shared;

/// Options that know nothing of the records: everything is skipped.
fn skipping() -> ColumnOptions {
    let schema = Schema::new(vec![Field::new("never there", DataType::Null, true)]);
    ColumnOptions::new(Arc::new(schema)).on_extra(OnExtra::Skip)
}

/// The verdict on `line` as one of three lines, asserting that its neighbours come out and that
/// the error stands where the codec has it.
#[track_caller]
fn check(options: &ColumnOptions, line: &[u8]) {
    if line.contains(&b'\n') || line.trim_ascii().is_empty() {
        return;
    }
    let text = [b"{}\n", line, b"\n{}\n"].concat();
    let outcomes = decode(options, &text);
    let shown = String::from_utf8_lossy(line);
    assert_eq!(outcomes.len(), 3, "{shown}");
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{shown}: {outcomes:?}");
    // Blanks around a record do not belong to it.
    let before = line.len() - line.trim_ascii_start().len();
    let line = line.trim_ascii();
    match (SerdeJson::new().validate(line), &outcomes[1]) {
        (Ok(()), Ok(_)) => {}
        (Ok(()), Err(error)) => {
            // Valid JSON is refused for nothing but its type.
            assert_eq!(error.kind(), ErrorKind::Data, "{shown}: {error}");
            assert_ne!(error.message(), "this is not JSON", "{shown}");
        }
        (Err(verdict), Err(error)) => {
            assert_eq!(error.kind(), verdict.kind(), "{shown}: {error}");
            let place = error.position().expect("a place");
            let at = (3 + before + verdict.offset()) as u64;
            assert_eq!((place.record(), place.byte(), place.line()), (1, at, 2), "{shown}");
        }
        (Err(verdict), Ok(_)) => panic!("{shown}: accepted, but {verdict}"),
    }
}

/// As [`check`], and valid lines must come out with serde_json's values.
fn check_values(options: &ColumnOptions, field: &Field, line: &[u8]) {
    check(options, line);
    let Ok(value) = serde_json::from_slice::<Value>(line) else { return };
    let text = [b"{}\n", line, b"\n"].concat();
    if let Ok(row) = &decode(options, &text)[1] {
        assert_eq!(row, &expected(&value, "", field), "{}", String::from_utf8_lossy(line));
    }
}

/// A schema for which every member of `line` is read, and none is missed.
fn options_for(line: &[u8]) -> (ColumnOptions, Field) {
    let inferred = infer(&[b"{}\n".as_slice(), line].concat());
    let whole = Field::new_struct("row", inferred.schema.fields().clone(), false);
    (lenient(&inferred), whole)
}

#[test]
fn json_test_suite() {
    let Some(folder) = shared("corpora/jsontestsuite/test_parsing") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let text = std::fs::read(entry.expect("an entry").path()).expect("a file");
        let line = [b"{\"x\":".as_slice(), &text, b"}"].concat();
        check(&skipping(), &line);
        for kind in [DataType::Float64, DataType::Utf8, DataType::Boolean, DataType::Int64] {
            let list = DataType::new_list(kind.clone(), true);
            for kind in [kind, list] {
                let schema = Schema::new(vec![Field::new("x", kind, true)]);
                check(&ColumnOptions::new(Arc::new(schema)), &line);
            }
        }
        files += 1;
    }
    assert_eq!(files, 318);
}

/// Changes, removes or adds a byte or two.
pub(super) fn mutate(line: &[u8], random: &mut Random) -> Vec<u8> {
    const BYTES: &[u8] = b"\"\\{}[],:0123456789-+.eEtfnu /\t\r\x00\x1f\x7f\x80\xc3\xff";
    let mut line = line.to_vec();
    for _ in 0..=random.below(2) {
        if line.is_empty() {
            break;
        }
        let at = random.index_below(line.len());
        let byte = BYTES[random.index_below(BYTES.len())];
        match random.below(5) {
            0 => line[at] = byte,
            1 => drop(line.remove(at)),
            2 => line.insert(at, byte),
            3 => line[at] ^= 1 << random.below(8),
            _ => line.truncate(at + 1),
        }
    }
    line
}

#[test]
fn mutated_lines_of_every_shape() {
    let mut random = Random::new(11);
    for shape in [Shape::Flat, Shape::Nested, Shape::Text, Shape::Wide] {
        let mut line = Vec::new();
        Generator::new(shape, 5).record(&mut line);
        let (options, whole) = options_for(&line);
        let rounds = if shape == Shape::Flat { 4_000 } else { 700 };
        for _ in 0..rounds {
            let mutated = mutate(&line, &mut random);
            check_values(&options, &whole, &mutated);
            check(&skipping(), &mutated);
        }
    }
}

#[test]
fn mutated_rows_of_floats() {
    let mut random = Random::new(12);
    let mut line = Vec::new();
    Generator::new(Shape::Floats, 5).record(&mut line);
    let options = lenient(&infer(&line));
    for _ in 0..2_000 {
        let mutated = mutate(&line, &mut random);
        let text = [b"[]\n", mutated.as_slice(), b"\n[]\n"].concat();
        if mutated.contains(&b'\n') || mutated.trim_ascii().is_empty() {
            continue;
        }
        let outcomes = decode(&options, &text);
        let verdict = SerdeJson::new().validate(&mutated);
        let shown = String::from_utf8_lossy(&mutated);
        assert!(verdict.is_ok() || outcomes[1].is_err(), "{shown}");
        assert_eq!((outcomes.len(), outcomes[0].is_ok(), outcomes[2].is_ok()), (3, true, true));
    }
}

#[test]
fn depth_is_counted_as_the_codec_counts_it() {
    let kind = (0..130).fold(DataType::Null, |kind, _| DataType::new_list(kind, true));
    let deep = Schema::new(vec![Field::new("x", kind, true)]);
    for levels in 120..135 {
        let line = format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        check(&skipping(), line.as_bytes());
        check(&ColumnOptions::new(Arc::new(deep.clone())), line.as_bytes());
    }
}

#[test]
fn bad_utf8_spoils_one_record_only() {
    for bad in [b"{\"x\":\"\xff\"}".as_slice(), b"{\"\xc3\":1}", b"\xc3", b"{}\xe2\x82"] {
        check(&skipping(), bad);
    }
}

#[test]
fn number_files_to_the_last_bit() {
    let Some(folder) = shared("corpora/numbers") else { return };
    let field = Field::new("value", DataType::Float64, true);
    let options = ColumnOptions::new(Arc::new(Schema::new(vec![field]))).shape(RecordShape::Value);
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.extension().is_none_or(|kind| kind != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            let number = if name.starts_with("parse") {
                line.split(' ').next_back().expect("a number")
            } else {
                line
            };
            let outcome = decode(&options, number.as_bytes()).pop().expect("an outcome");
            let verdict = SerdeJson::new().validate(number.as_bytes());
            assert_eq!(outcome.is_ok(), verdict.is_ok(), "{name}: {number}");
            if let Ok(found) = outcome {
                let value: f64 = number.trim().parse().expect("a float");
                let expected = format!("f64 {:016x}", value.to_bits());
                assert_eq!(found["value"], expected, "{name}: {number}");
                lines += 1;
            }
        }
    }
    assert!(lines > 10_000, "{lines}");
}

/// JSON values whose numbers, strings and blanks are odd.
fn odd_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,21})(\\.[0-9]{1,22})?([eE][-+]?[0-9]{1,3})?",
        "(true|false|null|-0|nul|tru|1\\.|\\.5|01|1e|NaN|\"|\\\\)",
        r#""([ -!#-\[\]-~é]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud83d\\ude00|\\[xu]){0,8}""#,
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let blank = "[ \t\r]{0,2}";
        let element = (blank, inner, blank).prop_map(|(a, b, c)| a + &b + &c).boxed();
        let member = ("\"[abcdx]{0,2}\"", blank, element.clone())
            .prop_map(|(key, blank, value)| key + &blank + ":" + &value);
        prop_oneof![
            prop::collection::vec(element, 0..5).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    })
}

fn any_type() -> impl Strategy<Value = DataType> {
    let leaf = prop::sample::select(vec![
        DataType::Null,
        DataType::Boolean,
        DataType::Int64,
        DataType::UInt64,
        DataType::Float64,
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
    ]);
    leaf.prop_recursive(3, 20, 4, |inner| {
        let members = prop::collection::vec((inner.clone(), any::<bool>()), 0..4);
        prop_oneof![
            (inner.clone(), any::<bool>())
                .prop_map(|(kind, nullable)| DataType::new_list(kind, nullable)),
            (inner, 0..3).prop_map(|(kind, size)| DataType::new_fixed_size_list(kind, size, true)),
            members.prop_map(|members| DataType::Struct(fields(members))),
        ]
    })
}

fn fields(members: Vec<(DataType, bool)>) -> arrow_schema::Fields {
    let named = members.into_iter().zip(["a", "b", "", "ab"]);
    named.map(|((kind, nullable), name)| Field::new(name, kind, nullable)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_schema_meets_any_text(
        members in prop::collection::vec(any_type(), 0..4),
        lines in prop::collection::vec(odd_value(), 1..6),
    ) {
        let members = members.into_iter().map(|kind| (kind, true)).collect();
        let fields = fields(members);
        let whole = Field::new_struct("row", fields.clone(), false);
        let options = ColumnOptions::new(Arc::new(Schema::new(fields)))
            .on_extra(OnExtra::Skip)
            .on_duplicate(OnDuplicate::Last);
        for line in lines {
            check_values(&options, &whole, format!("{{\"a\":{line},\"b\":{line}}}").as_bytes());
            check(&skipping(), line.as_bytes());
        }
    }
}
