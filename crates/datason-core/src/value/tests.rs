use serde::{Deserialize, Serialize};

use super::*;

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_value_is_small() {
    assert!(size_of::<Value>() <= 32, "{}", size_of::<Value>());
}

#[test]
fn any_serializer_writes_the_plain_form() {
    let value: Value = [
        Value::from("2024-01-02T03:04:05.678901+05:30".parse::<DateTime>().unwrap()),
        Value::from(Date::new(2024, 2, 29).unwrap()),
        Value::from(Time::new(3, 4, 5, 600_000).unwrap()),
        Value::from(Duration::from_microseconds(86_400_000_000)),
        Value::from("123.450".parse::<Decimal>().unwrap()),
        Value::from(Uuid::from(1)),
        Value::from(Complex::new(3.0, -4.5)),
        Value::from(FilePath::from("/a/b")),
        Value::Tuple(vec![Value::from(1), Value::Null]),
        Value::from([2, 1].into_iter().map(Value::from).collect::<Set>()),
        Value::from(vec![7_u8, 8]),
    ]
    .into_iter()
    .collect();
    assert_eq!(
        text(&value),
        concat!(
            r#"["2024-01-02T03:04:05.678901+05:30","2024-02-29","03:04:05.000600","#,
            r#""1 day, 0:00:00","123.450","00000000-0000-0000-0000-000000000001","#,
            r#"[3.0,-4.5],"/a/b",[1,null],[1,2],[7,8]]"#,
        )
    );
}

#[test]
fn integers_are_exact_through_serde_json() {
    for digits in [
        "0",
        "-1",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "340282366920938463463374607431768211455",
    ] {
        let value: Value = serde_json::from_str(&format!("[{digits}]")).unwrap();
        assert_eq!(value, Value::from([digits.parse::<Integer>().unwrap()]));
        assert_eq!(text(&value), format!("[{digits}]"));
    }
    let beyond = "9".repeat(50);
    let value: Value = serde_json::from_str(&beyond).unwrap();
    assert_eq!(value.kind(), "integer");
    assert_eq!(text(&value), format!("\"{beyond}\""), "no serializer has a type for it");
}

#[test]
fn reading_through_serde_equals_reading_the_text() {
    let json = r#"{"z":[1,1.0,-0,{"a":null}],"a":"\u00e9","z2":true,"a":1e2}"#;
    let value = Value::from_json(json.as_bytes()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
    assert_eq!(serde_json::from_reader::<_, Value>(json.as_bytes()).unwrap(), value);
    let tree: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::from_value::<Value>(tree).unwrap(), value);
    let keys: Vec<_> = value.as_map().unwrap().keys().filter_map(Key::as_str).collect();
    assert_eq!(keys, ["z", "a", "z2"], "the order is that of the text");
}

#[test]
fn special_fields_are_read_from_text_hint_and_number() {
    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Trade {
        at: DateTime,
        price: Decimal,
        id: Option<Uuid>,
        size: Integer,
    }
    let plain = r#"{"at":"2024-01-02T03:04:05","price":123.4500,"id":null,"size":1}"#;
    let trade: Trade = serde_json::from_str(plain).unwrap();
    assert_eq!(trade.price.as_str(), "123.4500", "not a digit is lost on the way");
    let hinted = r#"{"at":{"__datason_type__":"datetime","__datason_value__":"2024-01-02T03:04:05"},
        "price":{"_type":"decimal","value":"123.4500","precision":7,"scale":4},"size":1}"#;
    assert_eq!(serde_json::from_str::<Trade>(hinted).unwrap(), trade);
    let written = text(&trade);
    assert_eq!(serde_json::from_str::<Trade>(&written).unwrap(), trade);
    let error = serde_json::from_str::<Trade>(r#"{"at":7}"#).unwrap_err().to_string();
    assert!(error.starts_with("expected a date-time such as"), "{error}");
    assert!(error.contains("found integer"), "{error}");
}

#[test]
fn a_complex_number_is_read_from_a_pair_and_from_a_map() {
    let number = Complex::new(3.0, -4.5);
    assert_eq!(serde_json::from_str::<Complex>("[3, -4.5]").unwrap(), number);
    let spelled = r#"{"_type": "complex", "real": 3.0, "imag": -4.5}"#;
    assert_eq!(serde_json::from_str::<Complex>(spelled).unwrap(), number);
    for other in ["[3]", "[1, 2, 3]", "[\"a\", 1]", "3"] {
        assert!(serde_json::from_str::<Complex>(other).is_err(), "{other}");
    }
}

#[test]
fn bytes_are_read_from_numbers_text_and_digits() {
    let bytes = Bytes::from(b"ab".to_vec());
    for json in ["[97,98]", "\"ab\"", r#"{"_type":"bytes","data":"6162","length":2}"#] {
        assert_eq!(serde_json::from_str::<Bytes>(json).unwrap(), bytes, "{json}");
    }
    assert!(serde_json::from_str::<Bytes>("[256]").is_err());
}

#[test]
fn hints_that_do_not_fit_stay() {
    for json in [
        r#"{"__datason_type__":"datetime","__datason_value__":"yesterday"}"#,
        r#"{"__datason_type__":"datetime","__datason_value__":"2024-01-02T03:04:05","x":1}"#,
        r#"{"__datason_type__":"numpy.ndarray","__datason_value__":[1]}"#,
        r#"{"_type":"decimal","value":"1"}"#,
        r#"{"_type":"bytes","data":"é1","length":1}"#,
        r#"{"_type":7}"#,
    ] {
        let value = Value::from_json(json.as_bytes()).unwrap();
        assert_eq!(Value::from_hinted(value.clone()), value, "{json}");
    }
}

#[test]
fn keys_of_every_kind_are_kept_apart() {
    let map: Map = [
        (Key::from("1"), 1),
        (Key::from(1), 2),
        (Key::from(1.0), 3),
        (Key::from(true), 4),
        (Key::from(()), 5),
    ]
    .into_iter()
    .collect();
    assert_eq!(map.len(), 5);
    assert_eq!(map.get("1"), Some(&Value::from(1)));
    assert_eq!(map.get_key(&Key::from(1.0)), Some(&Value::from(3)));
}

#[test]
fn a_pointer_finds_members_of_lists_tuples_and_maps() {
    let value = Value::from(
        [("t", Value::Tuple(vec![Value::from(1), Value::from("x")]))].into_iter().collect::<Map>(),
    );
    assert_eq!(value.pointer("/t/1"), Some(&Value::from("x")));
    for nowhere in ["t", "/t/01", "/t/+1", "/t/2", "/t/1/0", "/u"] {
        assert_eq!(value.pointer(nowhere), None, "{nowhere}");
    }
}

#[test]
fn paths_are_split_as_python_splits_them() {
    for (path, name, stem, suffix) in [
        ("/data/in/file.tar.gz", "file.tar.gz", "file.tar", ".gz"),
        ("a/b/", "b", "b", ""),
        ("a/.", "a", "a", ""),
        (".hidden", ".hidden", ".hidden", ""),
        ("x.", "x.", "x.", ""),
        ("..", "..", "..", ""),
        ("/", "", "", ""),
        ("", "", "", ""),
    ] {
        let path = FilePath::from(path);
        assert_eq!((path.file_name(), path.stem(), path.suffix()), (name, stem, suffix));
    }
}

#[test]
fn a_uuid_is_read_with_and_without_hyphens_and_nothing_else() {
    let id = Uuid::from(0x1234_5678_1234_4678_9234_5678_1234_5678);
    for text in ["12345678-1234-4678-9234-567812345678", "12345678123446789234567812345678"] {
        assert_eq!(text.parse::<Uuid>().unwrap(), id);
    }
    assert_eq!((id.version(), id.variant()), (Some(4), "specified in RFC 4122"));
    assert_eq!(Uuid::from(0).version(), None);
    for text in [
        "",
        "1234567-81234-4678-9234-567812345678",
        "+2345678123446789234567812345678",
        "1234567812344678923456781234567g",
        "é2345678123446789234567812345678",
    ] {
        assert!(text.parse::<Uuid>().is_err(), "{text}");
    }
}

#[test]
fn integers_of_all_sizes_are_ordered() {
    let texts = [
        "-100000000000000000000",
        "-99999999999999999999",
        "-5",
        "0",
        "7",
        "18446744073709551615",
        "18446744073709551616",
        "100000000000000000000",
    ];
    let numbers: Vec<Integer> = texts.iter().map(|text| text.parse().unwrap()).collect();
    assert!(numbers.is_sorted());
    assert_eq!("+007".parse::<Integer>().unwrap(), Integer::from(7));
    assert_eq!("-0".parse::<Integer>().unwrap(), Integer::from(0));
    for text in ["", "-", "1.0", " 1", "1_000", "--1"] {
        assert!(text.parse::<Integer>().is_err(), "{text}");
    }
    assert_eq!(Integer::from(u128::MAX).as_u128(), Some(u128::MAX));
    assert_eq!(Integer::from(i128::MIN).as_i128(), Some(i128::MIN));
    assert_eq!(Integer::from(i128::MIN).as_i64(), None);
}
