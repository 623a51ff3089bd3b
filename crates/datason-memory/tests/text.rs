//! The length of the text is that of the text.

use std::collections::BTreeMap;

use datason_memory::Footprint;
use proptest::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Box { wide: u8, high: Option<String> },
}

fn check(value: &impl Serialize) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(value).expect("a value that has a text");
    let footprint = Footprint::of(value).expect("a value that has a text");
    prop_assert_eq!(footprint.serialized_bytes, text.len() as u64, "{}", text);
    Ok(())
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Point),
        (-1e4..1e4).prop_map(Shape::Circle),
        any::<(i32, i32)>().prop_map(|(from, to)| Shape::Line(from, to)),
        any::<(u8, Option<String>)>().prop_map(|(wide, high)| Shape::Box { wide, high }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn of_records(rows in proptest::collection::vec(any::<(String, u64, i128, Option<bool>, char)>(), 0..4)) {
        check(&rows)?;
    }

    #[test]
    fn of_maps(map in proptest::collection::btree_map(any::<u8>(), ".{0,8}", 0..8)) {
        let map: BTreeMap<u8, String> = map;
        check(&map)?;
    }

    #[test]
    fn of_enums(shapes in proptest::collection::vec(shapes(), 0..10)) {
        check(&shapes)?;
    }

    #[test]
    fn of_dynamic_values(text in r#"(\[|\]|\{"a":|\}|"[a\\n]"|,|1\.5|1|null){0,20}"#) {
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            check(&value)?;
        }
    }
}
