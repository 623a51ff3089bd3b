//! The schema of records: the same whatever their order, with every conflict named.

use datason_arrow::{JsonKind, Nullability, OnConflict, RecordShape, SchemaInference};
use datason_core::ErrorKind;
use datason_fixtures::Random;
use datason_json::ReaderBuilder;
use proptest::prelude::*;

fn seen(text: &str) -> SchemaInference {
    let mut inference = SchemaInference::new();
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    inference.observe(&mut reader, None).expect("records");
    inference
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let inferred = seen(text).schema().expect("a schema");
    let fields = inferred.schema.fields().iter();
    let fields: Vec<_> =
        fields.map(|field| format!("{}: {}", field.name(), field.data_type())).collect();
    assert_eq!(fields, expected, "{text}");
}

#[test]
fn types() {
    check(
        "{\"a\":1,\"b\":true,\"c\":\"2024-01-01\",\"d\":null}",
        &["a: Int64", "b: Boolean", "c: Utf8", "d: Null"],
    );
    check("{\"a\":1}\n{\"a\":1.5}", &["a: Float64"]);
    check("{\"a\":-0}", &["a: Float64"]);
    check("{\"a\":18446744073709551615}\n{\"a\":1}", &["a: UInt64"]);
    check(
        "{\"b\":[]}\n{\"a\":[1],\"b\":[{\"x\":1}]}",
        &["a: List(Int64)", "b: List(Struct(\"x\": Int64))"],
    );
    check("{}", &[]);
    let values = seen("[1]\n[2.5]").schema().expect("a schema");
    assert_eq!((values.shape, values.schema.fields().len()), (RecordShape::Value, 1));
}

#[test]
fn conflicts_are_named_with_the_first_record_of_each_kind() {
    for (text, pointer, records) in [
        (
            "{\"a\":1}\n{\"a\":null}\n{\"a\":\"x\"}\n{\"a\":2}",
            "/a",
            vec![(JsonKind::Integer, 0), (JsonKind::String, 2)],
        ),
        (
            "{\"a\":[{\"b/c\":[]},{\"b/c\":{}}]}",
            "/a/-/b~1c",
            vec![(JsonKind::Array, 0), (JsonKind::Object, 0)],
        ),
        ("{\"a\":18446744073709551615}\n{\"a\":-1}", "/a", vec![(JsonKind::Integer, 0)]),
        (
            "{\"a\":9007199254740993}\n{\"a\":0.5}",
            "/a",
            vec![(JsonKind::Integer, 0), (JsonKind::Float, 1)],
        ),
        ("{\"a\":123456789012345678901234567890}", "/a", vec![(JsonKind::Integer, 0)]),
        ("{}\n[]", "", vec![(JsonKind::Array, 1), (JsonKind::Object, 0)]),
    ] {
        let error = seen(text).schema().expect_err("a conflict");
        assert_eq!((error.kind(), error.pointer()), (ErrorKind::Schema, Some(pointer)), "{text}");
        let raw = seen(text).on_conflict(OnConflict::RawJson).schema().expect("raw JSON");
        let [conflict] = raw.conflicts.as_slice() else { panic!("{:?}", raw.conflicts) };
        let kinds: Vec<_> =
            conflict.kinds.iter().map(|(kind, first)| (*kind, first.record())).collect();
        assert_eq!((conflict.pointer.as_str(), kinds), (pointer, records), "{text}");
    }
}

#[test]
fn nullability_can_be_as_seen() {
    let text = "{\"a\":1,\"b\":null,\"l\":[1]}\n{\"a\":2,\"c\":1,\"l\":[null]}";
    let inferred = seen(text).nullability(Nullability::AsSeen).schema().expect("a schema");
    let nullable: Vec<_> = inferred
        .schema
        .fields()
        .iter()
        .map(|field| (field.name().as_str(), field.is_nullable()))
        .collect();
    assert_eq!(nullable, [("a", false), ("b", true), ("c", true), ("l", false)]);
}

#[test]
fn bad_records_and_too_many_fields_are_errors() {
    let observe = |text: &str, inference: SchemaInference| {
        let mut inference = inference;
        let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
        inference.observe(&mut reader, None).expect_err("an error")
    };
    let error = observe("{\"a\":1}\n{\"a\":\"\\ud800\"}", SchemaInference::new());
    assert_eq!(
        (error.kind(), error.position().map(|place| place.record())),
        (ErrorKind::Syntax, Some(1))
    );
    let error = observe("{\"a\":1,\"b\":{\"c\":1}}", SchemaInference::new().max_fields(2));
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn a_sample_stops_at_its_limit() {
    let mut inference = SchemaInference::new();
    let mut reader = ReaderBuilder::new().from_slice(b"{\"a\":1}\n{\"a\":2}\n{\"b\":3}\n");
    inference.observe(&mut reader, Some(2)).expect("records");
    assert_eq!(
        (inference.records(), inference.schema().expect("one").schema.fields().len()),
        (2, 1)
    );
}

proptest! {
    #[test]
    fn the_order_of_records_and_files_does_not_matter(
        records in prop::collection::vec(
            r#"\{("a":(1|2\.5|null|"x"),)?("b":\[(1|true|\{"y":1\})?\],)?"c":\{("z":1)?\}\}"#, 1..12),
        seed: u64,
    ) {
        let describe = |inference: &SchemaInference| {
            let raw = inference.clone().on_conflict(OnConflict::RawJson).nullability(Nullability::AsSeen);
            format!("{:?}", raw.schema().expect("raw JSON").schema)
        };
        let whole = describe(&seen(&records.join("\n")));
        let (mut shuffled, mut random) = (records.clone(), Random::new(seed));
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.index_below(at + 1));
        }
        prop_assert_eq!(describe(&seen(&shuffled.join("\n"))), whole.clone());
        let (first, second) = shuffled.split_at(random.index_below(shuffled.len()));
        let mut merged = seen(&second.join("\n"));
        merged.merge(seen(&first.join("\n"))).expect("few fields");
        prop_assert_eq!(describe(&merged), whole);
    }
}
