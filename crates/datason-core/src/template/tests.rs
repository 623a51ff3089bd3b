use proptest::prelude::*;

use super::*;
use crate::value::{Bytes, Complex, Decimal};

fn value(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap()
}

/// What `template` makes of the JSON text, or the message and pointer of the error.
fn coerced(template: &Template, text: &str) -> std::result::Result<Value, (String, String)> {
    template.coerce(value(text)).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Data);
        (error.message().to_owned(), error.pointer().unwrap_or_default().to_owned())
    })
}

#[test]
fn scalars_are_converted_without_loss() {
    use Template as T;
    for (template, text, expected) in [
        (T::Int, "42.0", Some(value("42"))),
        (T::Int, "\"42\"", Some(value("42"))),
        (
            T::Int,
            "\"340282366920938463463374607431768211456\"",
            Some(value("340282366920938463463374607431768211456")),
        ),
        (T::Int, "\"007\"", None),
        (T::Int, "\" 7\"", None),
        (T::Int, "42.5", None),
        (T::Int, "1e300", None),
        (T::Int, "-0.0", None),
        (T::Int, "true", None),
        (T::Float, "7", Some(value("7.0"))),
        (T::Float, "9007199254740992", Some(Value::Float(9_007_199_254_740_992.0))),
        (T::Float, "9007199254740993", None),
        (T::Float, "\"1.50\"", Some(value("1.5"))),
        (T::Float, "\"NaN\"", None),
        (T::Bool, "\"true\"", Some(value("true"))),
        (T::Bool, "1", None),
        (T::Text, "1", None),
        (T::Null, "0", None),
        (T::Decimal, "9.9", Some("9.9".parse::<Decimal>().unwrap().into())),
        (T::Decimal, "\"9.90\"", Some("9.90".parse::<Decimal>().unwrap().into())),
        (
            T::Decimal,
            r#"{"_type": "decimal", "value": "9.90", "precision": 3, "scale": 2}"#,
            Some("9.90".parse::<Decimal>().unwrap().into()),
        ),
        (T::Complex, "[1, 2.5]", Some(Complex::new(1.0, 2.5).into())),
        (T::Complex, "[1]", None),
        (
            T::Bytes,
            r#"{"_type": "bytes", "data": "ff", "length": 1}"#,
            Some(Bytes::from(vec![255]).into()),
        ),
        (T::Bytes, "\"ff\"", None),
        (T::Any, "[1]", Some(value("[1]"))),
    ] {
        assert_eq!(coerced(&template, text).ok(), expected, "{template:?} from {text}");
    }
}

#[test]
fn times_and_identifiers_come_back_from_text() {
    for (template, text, kind) in [
        (Template::DateTime, "2024-01-02T03:04:05+01:00", "date-time"),
        (Template::Date, "2024-01-02", "date"),
        (Template::Time, "03:04:05.5", "time"),
        (Template::Duration, "1 day, 0:00:02", "duration"),
        (Template::Uuid, "00000000-0000-0000-0000-000000000007", "uuid"),
        (Template::Path, "/a/b", "path"),
    ] {
        assert_eq!(template.coerce(Value::from(text)).unwrap().kind(), kind);
    }
    let hinted = r#"{"__datason_type__": "datetime", "__datason_value__": "2024-01-02T03:04:05"}"#;
    assert_eq!(coerced(&Template::DateTime, hinted).unwrap().kind(), "date-time");
}

#[test]
fn an_error_names_the_field() {
    let item = Template::record([("price", Template::Decimal), ("n", Template::Int.optional())]);
    let template = Template::record([("a/b", item.list())]);
    assert!(coerced(&template, r#"{"a/b": [{"price": 1}, {"price": 2, "n": null}]}"#).is_ok());
    for (text, message, pointer) in [
        (
            r#"{"a/b": [{"price": 1, "n": "x"}]}"#,
            "expected an integer, found the text `x`",
            "/a~1b/0/n",
        ),
        (r#"{"a/b": [{"price": 1}, {}]}"#, "a field is missing", "/a~1b/1/price"),
        (r#"{"a/b": [], "more": 1}"#, "a field that the template lacks", "/more"),
        (r#"{"a/b": [[]]}"#, "expected a record, found a list", "/a~1b/0"),
        ("[]", "expected a record, found a list", ""),
        (r#"{"a/b": 1.5}"#, "expected a list, found the float 1.5", "/a~1b"),
    ] {
        let expected = (message.to_owned(), pointer.to_owned());
        assert_eq!(coerced(&template, text), Err(expected), "{text}");
    }
    let long = Template::Int.coerce(Value::from("é".repeat(100))).unwrap_err();
    assert_eq!(long.message().matches('é').count(), 40);
}

#[test]
fn fields_that_nobody_asked_for_are_kept_or_dropped_on_request() {
    let template = Template::record([("a", Template::record([("b", Template::Int)]))]);
    let text = r#"{"x": 0, "a": {"y": 1, "b": 2}}"#;
    let with = |extra| template.clone().extra(extra).coerce(value(text)).unwrap();
    assert_eq!(with(Extra::Keep), value(text));
    assert_eq!(with(Extra::Drop), value(r#"{"a": {"b": 2}}"#));
}

#[test]
fn lists_tuples_and_sets_stand_for_each_other_where_nothing_is_lost() {
    let pair = Template::Tuple(vec![Template::Int, Template::Text]);
    assert_eq!(coerced(&pair, r#"[1, "x"]"#).unwrap().kind(), "tuple");
    assert_eq!(coerced(&pair, "[1]").unwrap_err().0, "expected 2 members, found 1");
    let set = Template::Set(Box::new(Template::Int));
    assert_eq!(coerced(&set, "[2, 1]").unwrap().kind(), "set");
    assert_eq!(coerced(&set, "[1, 1.0]").unwrap_err().0, "a member of a set stands there twice");
    let list = Template::Int.list();
    assert_eq!(list.coerce(Value::Tuple(vec![Value::from(1)])).unwrap(), value("[1]"));
    let map = Template::Map(Box::new(Template::Float));
    assert_eq!(coerced(&map, r#"{"x": 1}"#).unwrap(), value(r#"{"x": 1.0}"#));
}

#[test]
fn a_template_is_written_by_hand_as_json() {
    let text = r#"{"record": {"fields": {"id": "int", "at": {"optional": "date_time"}, "xs": {"list": "float"}}}}"#;
    let template: Template = serde_json::from_str(text).unwrap();
    let expected = Template::record([
        ("id", Template::Int),
        ("at", Template::DateTime.optional()),
        ("xs", Template::Float.list()),
    ]);
    assert_eq!(template, expected);
    assert!(serde_json::from_str::<Template>(r#"{"record": {"field": {}}}"#).is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000_i32..1_000_000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "[a-z0-9.-]{0,6}".prop_map(Value::from),
        any::<u32>().prop_map(|n| Value::from(crate::value::Uuid::from(u128::from(n)))),
        (0_i64..1_000_000).prop_map(|n| Value::from(Decimal::from(n))),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Tuple),
            prop::collection::vec(("[a-c]", inner), 0..4).prop_map(|pairs| {
                Value::Map(pairs.into_iter().map(|(key, value)| (Key::Text(key), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_sample_fits_its_own_template_and_stays_as_it_is(sample in any_value()) {
        // Among floats an integer becomes one, if a float holds it.
        let template = Template::of(&sample);
        match template.coerce(sample.clone()) {
            Ok(same) => prop_assert_eq!(Template::of(&same).merge(template.clone()), template),
            Err(error) => prop_assert!(
                error.message().starts_with("expected a float, found the integer "), "{}", error
            ),
        }
    }

    #[test]
    fn merging_is_blind_to_order_but_for_fields(one in any_value(), other in any_value()) {
        let (one, other) = (Template::of(&one), Template::of(&other));
        prop_assert_eq!(one.clone().merge(other.clone()), other.clone().merge(one.clone()));
        prop_assert_eq!(one.clone().merge(one.clone()), one.clone());
        let merged = one.clone().merge(other);
        prop_assert_eq!(merged.clone().merge(one), merged);
    }

    #[test]
    fn what_is_written_plainly_comes_back(sample in any_value()) {
        // Where anything goes nothing is restored, and numbers that floats do not hold are refused.
        let template = Template::of(&sample);
        prop_assume!(!serde_json::to_string(&template).unwrap().contains("any"));
        let text = serde_json::to_vec(&sample).unwrap();
        if let Ok(read) = Value::from_json(&text)
            && let Ok(back) = template.coerce(read)
        {
            prop_assert_eq!(back, template.coerce(sample).unwrap());
        }
    }
}
