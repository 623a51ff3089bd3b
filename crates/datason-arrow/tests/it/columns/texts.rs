//! Schemas as text and as JSON: what is printed is read back.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use datason_arrow::{RecordShape, SchemaText};
use datason_core::{Error, ErrorKind};
use proptest::prelude::*;

#[track_caller]
fn check_both_ways(text: &SchemaText) {
    let shown = text.to_string();
    assert_eq!(&shown.parse::<SchemaText>().expect("its own text"), text, "{shown}");
    let json = text.to_json();
    assert_eq!(&json.parse::<SchemaText>().expect("its own JSON"), text, "{json}");
}

#[test]
fn every_type_that_is_read_comes_back() {
    let key = |kind| DataType::Dictionary(Box::new(kind), Box::new(DataType::Utf8));
    let entries = Field::new_struct(
        "entries",
        vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Int8, true)],
        false,
    );
    let item = Arc::new(Field::new_list_field(DataType::Float32, false));
    let mut kinds = vec![
        DataType::Null,
        DataType::Boolean,
        DataType::UInt64,
        DataType::Float64,
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Binary,
        DataType::LargeBinary,
        DataType::FixedSizeBinary(16),
        DataType::Date32,
        DataType::Date64,
        DataType::Time32(TimeUnit::Millisecond),
        DataType::Time64(TimeUnit::Nanosecond),
        DataType::Decimal128(10, -2),
        DataType::Decimal256(76, 3),
        key(DataType::Int32),
        DataType::List(item.clone()),
        DataType::LargeList(item.clone()),
        DataType::FixedSizeList(item, 3),
        DataType::Map(Arc::new(entries.clone()), false),
        DataType::Map(Arc::new(entries), true),
        DataType::Struct(Fields::empty()),
    ];
    for unit in
        [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]
    {
        kinds.push(DataType::Duration(unit));
        kinds.push(DataType::Timestamp(unit, None));
        kinds.push(DataType::Timestamp(unit, Some("Europe/Berlin".into())));
    }
    let fields: Vec<_> = kinds
        .into_iter()
        .enumerate()
        .map(|(at, kind)| Field::new(format!("field {at}"), kind, at % 2 == 0))
        .collect();
    check_both_ways(&SchemaText::new(Schema::new(fields)));
}

#[test]
fn odd_names_and_metadata_come_back() {
    let marked = Field::new("a: \"b\" {}\n", DataType::Utf8, false)
        .with_metadata([("k {".to_owned(), "v not null".to_owned())].into());
    let json = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())];
    let raw = Field::new("", DataType::LargeUtf8, true).with_metadata(json.into());
    let inner = Field::new_struct("@values", vec![marked, raw], false);
    let metadata = [("made by".to_owned(), "hand".to_owned())].into();
    let mut text = SchemaText::new(Schema::new_with_metadata(vec![inner], metadata));
    check_both_ways(&text);
    text.shape = RecordShape::Value;
    check_both_ways(&text);
    let expected = "\
        @values\n\
        @metadata {\"made by\":\"hand\"}\n\
        \"@values\": Struct not null\n  \
        \"a: \\\"b\\\" {}\\n\": Utf8 not null {\"k {\":\"v not null\"}\n  \
        \"\": LargeJson\n";
    assert_eq!(text.to_string(), expected);
}

#[test]
fn people_may_write_it_as_they_like() {
    let text =
        "# made by hand\n\nid :Int64   not null\ntags: List(Utf8)\n\nat: Struct\n    x: Json\n";
    let schema = text.parse::<SchemaText>().expect("a schema").schema;
    let fields: Vec<_> =
        schema.fields().iter().map(|field| (field.name().as_str(), field.is_nullable())).collect();
    assert_eq!(fields, [("id", false), ("tags", true), ("at", true)]);
    assert_eq!("".parse::<SchemaText>().expect("no fields").schema.fields().len(), 0);
}

#[test]
fn what_is_no_schema_is_refused_with_its_line() {
    let error = |text: &str| -> Error { text.parse::<SchemaText>().expect_err(text) };
    for (text, message) in [
        ("id Int64", "line 1 of the schema: expected `name: Type`"),
        ("a: Int64\n: Int64", "line 2 of the schema: expected a name"),
        ("a: Int64\n   b: Int64\n  c: Int64", "line 3 of the schema: this line begins"),
        ("  a: Int64", "line 1 of the schema: this line begins farther in"),
        ("a: Integer", "there is no type `Integer`"),
        ("a: List", "a column of type `List` has one field in it, not 0"),
        ("a: Int64\n  b: Int64", "a column of type `Int64` has no fields in it, not 1"),
        ("a: Int64 {1}", "line 1 of the schema: "),
        ("@other\na: Int64", "line 1 of the schema: expected `@values`"),
        ("{\"fields\": 1}", "this is no schema: "),
        ("{\"fields\": [], \"more\": 1}", "this is no schema: unknown field `more`"),
    ] {
        let error = error(text);
        assert_eq!(error.kind(), ErrorKind::Schema, "{text}");
        assert!(error.message().starts_with(message), "{text}: {}", error.message());
    }
    let nested = error("a/b: Struct\n  c: Nothing");
    assert_eq!(nested.pointer(), Some("/a~1b/c"));
}

fn field() -> impl Strategy<Value = Field> {
    let leaf = prop_oneof![
        Just(DataType::Int64),
        Just(DataType::Utf8),
        Just(DataType::Null),
        Just(DataType::Float64),
    ];
    let leaf = (any::<String>(), leaf, any::<bool>())
        .prop_map(|(name, kind, nullable)| Field::new(name, kind, nullable));
    leaf.prop_recursive(4, 20, 4, |inner| {
        let fields = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (any::<String>(), fields, any::<bool>())
                .prop_map(|(name, fields, nullable)| Field::new_struct(name, fields, nullable)),
            (any::<String>(), inner, any::<bool>())
                .prop_map(|(name, item, nullable)| Field::new_list(name, item, nullable)),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_comes_back(fields in prop::collection::vec(field(), 0..5)) {
        check_both_ways(&SchemaText::new(Schema::new(fields)));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(@values|@metadata|\"a\"|a|:|Struct|List|not null|Int64|\\{|\\}|\n|  | ){0,12}") {
        drop(text.parse::<SchemaText>());
    }
}
