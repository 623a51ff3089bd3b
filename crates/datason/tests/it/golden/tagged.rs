//! Python values, written as JSON with tags.

use datason_core::Value;
use datason_core::value::{Bytes, Complex, Duration, Key, Map};

/// The value in which each object of one `$…` key is what its tag says.
pub(super) fn untagged(value: Value) -> Value {
    match value {
        Value::List(members) => members.into_iter().map(untagged).collect::<Vec<_>>().into(),
        Value::Map(map) => untag(map),
        other => other,
    }
}

fn untag(map: Map) -> Value {
    let mut entries = map.into_iter();
    match (entries.next(), entries.next()) {
        (Some((Key::Text(tag), inside)), None) if tag.starts_with('$') => tagged(&tag, inside),
        (first, second) => {
            let rest = first.into_iter().chain(second).chain(entries);
            Value::Map(rest.map(|(key, value)| (key, untagged(value))).collect())
        }
    }
}

fn tagged(tag: &str, inside: Value) -> Value {
    let text = || inside.as_str().expect("a text").to_owned();
    match tag {
        "$dt" => Value::DateTime(text().parse().expect("a date-time")),
        "$date" => Value::Date(text().parse().expect("a date")),
        "$time" => Value::Time(text().parse().expect("a time")),
        "$timedelta_us" => {
            Duration::from_microseconds(inside.as_i64().expect("microseconds")).into()
        }
        "$decimal" => Value::Decimal(text().parse().expect("a decimal")),
        "$uuid" => Value::Uuid(text().parse().expect("a UUID")),
        "$complex" => {
            let parts = inside.as_list().expect("two parts");
            let part = |index: usize| parts[index].as_f64().expect("a float");
            Complex::new(part(0), part(1)).into()
        }
        "$bytes_hex" => Value::Bytes(Bytes::from_hex(&text()).expect("hexadecimal")),
        "$tuple" => Value::Tuple(list(inside)),
        "$set" => Value::Set(list(inside).into_iter().collect()),
        "$path" => Value::Path(text().as_str().into()),
        "$f" => Value::Float(match text().as_str() {
            "nan" => f64::NAN,
            "inf" => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        }),
        "$map" => Value::Map(list(inside).into_iter().map(pair).collect()),
        other => panic!("an unknown tag: {other}"),
    }
}

fn list(value: Value) -> Vec<Value> {
    match untagged(value) {
        Value::List(members) => members,
        other => panic!("expected a list, found {}", other.kind()),
    }
}

fn pair(value: Value) -> (Key, Value) {
    let [key, value] = list(value).try_into().expect("a key and a value");
    let key = match key {
        Value::Text(text) => Key::Text(text),
        Value::Int(integer) => Key::Int(integer),
        Value::Float(float) => Key::Float(float),
        Value::Bool(truth) => Key::Bool(truth),
        Value::Null => Key::Null,
        other => panic!("no key: {}", other.kind()),
    };
    (key, value)
}
