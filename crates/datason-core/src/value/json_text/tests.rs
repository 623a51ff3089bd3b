use proptest::prelude::*;

use super::*;

fn kind_and_byte(text: &[u8]) -> (ErrorKind, u64) {
    let error = Value::from_json(text).expect_err("the text is bad");
    (error.kind(), error.position().expect("the place is known").byte())
}

#[test]
fn errors_name_kind_and_place() {
    for (text, kind, byte) in [
        (&b""[..], ErrorKind::Truncated, 0),
        (b"[1", ErrorKind::Truncated, 2),
        (b"\"ab", ErrorKind::Truncated, 3),
        (b"tru", ErrorKind::Truncated, 3),
        (b"trux", ErrorKind::Syntax, 3),
        (b"[1,]", ErrorKind::Syntax, 3),
        (b"{\"a\" 1}", ErrorKind::Syntax, 5),
        (b"{1: 2}", ErrorKind::Syntax, 1),
        (b"1 2", ErrorKind::Syntax, 2),
        (b"01", ErrorKind::Syntax, 1),
        (b"-", ErrorKind::Truncated, 1),
        (b"1.e5", ErrorKind::Syntax, 2),
        (b"\"\n\"", ErrorKind::Syntax, 1),
        (b"\"\\x\"", ErrorKind::Syntax, 2),
        (b"\"\\ud800\"", ErrorKind::Syntax, 7),
        (b"\"\\udc00\"", ErrorKind::Syntax, 7),
        (b"[1e400]", ErrorKind::Syntax, 1),
        (b"\"\xff\"", ErrorKind::Utf8, 1),
        (b"NaN", ErrorKind::Syntax, 0),
        ("\u{feff}1".as_bytes(), ErrorKind::Syntax, 0),
    ] {
        assert_eq!(kind_and_byte(text), (kind, byte), "{}", crate::error::escape(text));
    }
}

#[test]
fn nesting_is_bounded_by_the_limit_and_not_by_the_stack() {
    let nested = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    assert!(Value::from_json_within(&nested(2), 2).is_ok());
    assert_eq!(Value::from_json_within(&nested(3), 2).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(Value::from_json_within(b"{}", 0).unwrap_err().kind(), ErrorKind::Limit);
    assert!(Value::from_json_within(b"1", 0).is_ok());
    assert_eq!(kind_and_byte(&nested(1_000_000)), (ErrorKind::Limit, Value::MAX_DEPTH as u64));
    let deepest = Value::from_json(&nested(Value::MAX_DEPTH)).unwrap();
    assert_eq!(deepest.clone(), deepest);
}

#[test]
fn of_equal_keys_the_last_wins_at_the_place_of_the_first() {
    let value = Value::from_json(br#"{"a": 1, "b": 2, "\u0061": 3}"#).unwrap();
    let pairs: Vec<_> = value.as_map().unwrap().iter().collect();
    assert_eq!(pairs, [(&Key::from("a"), &Value::from(3)), (&Key::from("b"), &Value::from(2))]);
}

/// serde_json makes floats of integers beyond 64 bits.
fn with_large_as_floats(value: Value) -> Value {
    match value {
        Value::Int(integer) if integer.large_digits().is_some() => Value::Float(integer.to_f64()),
        Value::List(members) => members.into_iter().map(with_large_as_floats).collect(),
        Value::Map(map) => Value::Map(
            map.into_iter().map(|(key, value)| (key, with_large_as_floats(value))).collect(),
        ),
        other => other,
    }
}

/// What `Value` would be if serde_json read it.
fn oracle(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (_, Some(number)) => Value::from(number),
            _ => Value::from(number.as_f64().unwrap()),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(members) => members.iter().map(oracle).collect(),
        serde_json::Value::Object(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.as_str(), oracle(value))).collect())
        }
    }
}

proptest! {
    /// Small alphabets make texts that are almost JSON.
    #[test]
    fn accepts_and_rejects_what_serde_json_does(text in r#"[\[\]{}:,"\\untrfalse0-9.eE+\- \ndD8c]{0,24}"#) {
        let ours = Value::from_json(text.as_bytes());
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(theirs) => match ours {
                Ok(ours) => prop_assert_eq!(with_large_as_floats(ours), oracle(&theirs)),
                Err(error) => prop_assert!(false, "{error}"),
            },
            Err(theirs) => prop_assert!(ours.is_err(), "{theirs}"),
        }
    }

    #[test]
    fn any_string_survives(text: String) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(Value::from_json(json.as_bytes()).unwrap(), Value::from(text));
    }

    #[test]
    fn any_float_survives(float: f64) {
        let json = serde_json::to_string(&float).unwrap();
        let read = Value::from_json(json.as_bytes()).unwrap().as_f64().unwrap();
        prop_assert_eq!(read.to_bits(), float.to_bits());
    }
}
