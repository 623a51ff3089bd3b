//! The codecs against each other.

use std::collections::BTreeMap;
use std::fmt::Debug;

use datason_json::codec::{Codec, SerdeJson, SimdJson};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::value::RawValue;

/// Some of everything that a type can ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Everything {
    id: Option<i64>,
    big: Option<u64>,
    wide: Option<i128>,
    small: Option<i8>,
    single: Option<f32>,
    double: Option<f64>,
    text: Option<String>,
    letter: Option<char>,
    flag: Option<bool>,
    unit: Option<()>,
    list: Vec<Shape>,
    pair: Option<(u8, String)>,
    by_number: BTreeMap<i16, bool>,
    any: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are shown and compared, and that is all")]
enum Shape {
    Unit,
    One(u8),
    Two(u8, f64),
    Named { a: Option<String> },
}

/// Both codecs come to the same value or the same error, whatever is asked for, and the judge
/// is as strict as keeping everything.
pub fn codecs(bytes: &[u8]) {
    agree::<Value>(bytes);
    agree::<Everything>(bytes);
    agree::<IgnoredAny>(bytes);
    agree::<Box<RawValue>>(bytes);
    agree::<Vec<Option<f32>>>(bytes);
    agree::<String>(bytes);
    agree::<BTreeMap<u16, Value>>(bytes);
    let exact = SerdeJson::new().validate(bytes).map_err(|error| error.to_string());
    let fast = SimdJson::new().validate(bytes).map_err(|error| error.to_string());
    assert_eq!(exact, fast, "validating");
    let kept = SerdeJson::new().decode::<Value>(bytes);
    assert_eq!(exact.is_ok(), kept.is_ok(), "validating is as strict as keeping");
}

fn agree<T: DeserializeOwned + Debug>(bytes: &[u8]) {
    let exact = outcome::<T>(&mut SerdeJson::new(), bytes);
    let fast = outcome::<T>(&mut SimdJson::new(), bytes);
    assert_eq!(exact, fast, "{}", std::any::type_name::<T>());
}

fn outcome<T: DeserializeOwned + Debug>(codec: &mut impl Codec, bytes: &[u8]) -> String {
    match codec.decode::<T>(bytes) {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?} {error}", error.kind()),
    }
}
