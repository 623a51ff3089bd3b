//! One order of all values, so that a set is written the same way every time.

use std::cmp::Ordering;

use super::{Key, Map, Value};

/// Numbers by size, the rest kind by kind and within a kind naturally. Total: NaN has its place.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left.as_f64(), right.as_f64()) {
        (Some(left_number), Some(right_number)) => {
            left_number.total_cmp(&right_number).then_with(|| compare_same_size(left, right))
        }
        _ => rank(left).cmp(&rank(right)).then_with(|| compare_kind(left, right)),
    }
}

/// Numbers that are one double: by kind, then exactly.
fn compare_same_size(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => left.as_str().cmp(right.as_str()),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Decimal(_) => 4,
        Value::Complex(_) => 5,
        Value::Text(_) => 6,
        Value::Path(_) => 7,
        Value::Bytes(_) => 8,
        Value::Uuid(_) => 9,
        Value::Date(_) => 10,
        Value::Time(_) => 11,
        Value::DateTime(_) => 12,
        Value::Duration(_) => 13,
        Value::List(_) => 14,
        Value::Tuple(_) => 15,
        Value::Set(_) => 16,
        Value::Map(_) => 17,
    }
}

/// Two values of one kind that is no number.
fn compare_kind(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Complex(left), Value::Complex(right)) => {
            left.re.total_cmp(&right.re).then(left.im.total_cmp(&right.im))
        }
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Path(left), Value::Path(right)) => left.cmp(right),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::DateTime(left), Value::DateTime(right)) => left.order_key().cmp(&right.order_key()),
        (Value::Duration(left), Value::Duration(right)) => left.cmp(right),
        (Value::Map(left), Value::Map(right)) => compare_maps(left, right),
        _ => compare_lists(left.as_list(), right.as_list()),
    }
}

fn compare_lists(left: Option<&[Value]>, right: Option<&[Value]>) -> Ordering {
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    let differing = left.iter().zip(right).map(|(left, right)| compare(left, right));
    differing.into_iter().find(|order| order.is_ne()).unwrap_or(left.len().cmp(&right.len()))
}

fn compare_maps(left: &Map, right: &Map) -> Ordering {
    let pairs = left.iter().zip(right.iter());
    let differing =
        pairs.map(|(left, right)| compare_keys(left.0, right.0).then(compare(left.1, right.1)));
    differing.into_iter().find(|order| order.is_ne()).unwrap_or(left.len().cmp(&right.len()))
}

fn compare_keys(left: &Key, right: &Key) -> Ordering {
    compare(&left.clone().into(), &right.clone().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Decimal, Set};

    #[test]
    fn mixed_numbers_stand_by_size_and_nan_last() {
        let set: Set = [
            Value::from("a"),
            Value::from(f64::NAN),
            Value::from(2),
            Value::from(1.5),
            Value::from("1.25".parse::<Decimal>().unwrap()),
            Value::from(1.0),
            Value::from(1),
            Value::Null,
        ]
        .into_iter()
        .collect();
        let kinds: Vec<_> = set.members().iter().map(Value::kind).collect();
        assert_eq!(
            kinds,
            ["null", "integer", "float", "decimal", "float", "integer", "float", "text"]
        );
    }

    #[test]
    fn equal_maps_in_a_set_are_one_member() {
        let map = |n: i64| Value::from([("k", n)].into_iter().collect::<Map>());
        assert_eq!([map(2), map(1), map(2)].into_iter().collect::<Set>().len(), 2);
    }
}
