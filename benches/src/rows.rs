//! Group `rows`: records in memory, decoded into a type.
//!
//! Each definition is one type over one shape of record. The codecs and `serde_json` get the
//! records one by one, framed beforehand, and the codecs know the text that they are part of, as
//! they do when the reader asks them; the engines whose name begins with `Reader` get the
//! whole text, and frame and copy it too.

mod engines;
mod types;

use std::collections::BTreeMap;

use datason_fixtures::{FlatRecord, FloatsRecord, Layout, Shape};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::types::{Borrowed, Event, Owned, Prose, Skipped};
use crate::answer::Answer;
use crate::definition::{Definition, Group, Options};
use crate::fixture::Fixture;

pub(crate) fn definitions(options: &Options) -> Vec<Definition> {
    vec![
        owned::<FlatRecord>(
            "flat owned",
            Shape::Flat,
            Answer::new(214, 0xf318_f4c3_f1c9_0abf),
            options,
        ),
        borrowed("flat borrowed", Shape::Flat, Answer::new(214, 0xf318_f4c3_f1c9_0abf), options),
        owned::<Value>("flat value", Shape::Flat, Answer::new(214, 0x44ae_5519_ed68_5ab3), options),
        owned::<Event>(
            "nested partial",
            Shape::Nested,
            Answer::new(31, 0x54d7_4860_dc16_1c19),
            options,
        ),
        owned::<Value>(
            "nested value",
            Shape::Nested,
            Answer::new(31, 0x25cb_d7e7_6064_7e40),
            options,
        ),
        owned::<Skipped>(
            "nested ignored",
            Shape::Nested,
            Answer::new(31, 0x2af9_dec5_8016_56d9),
            options,
        ),
        owned::<Prose>("text owned", Shape::Text, Answer::new(16, 0xddf7_4a65_8ac2_22ed), options),
        owned::<BTreeMap<String, f64>>(
            "wide map",
            Shape::Wide,
            Answer::new(35, 0xc95a_7b55_66ae_03d5),
            options,
        ),
        owned::<FloatsRecord>(
            "floats vec",
            Shape::Floats,
            Answer::new(179, 0xf498_28fa_831e_6e39),
            options,
        ),
    ]
}

fn owned<T: DeserializeOwned + Serialize + 'static>(
    name: &'static str,
    shape: Shape,
    expected: Answer,
    options: &Options,
) -> Definition {
    let chunks = engines::serde_json_chunks::<T>(options);
    let readers = engines::readers_of_chunks::<T>(options).chain([chunks]);
    Definition {
        group: Group::Rows,
        name,
        fixture: Fixture::Generated(shape, Layout::Lines),
        expected,
        oracle: engines::serde_json_rows::<Owned<T>>,
        engines: engines::of_records::<Owned<T>>(options).chain(readers).collect(),
    }
}

fn borrowed(name: &'static str, shape: Shape, expected: Answer, options: &Options) -> Definition {
    let readers = engines::readers_of_records::<Borrowed>(options);
    Definition {
        group: Group::Rows,
        name,
        fixture: Fixture::Generated(shape, Layout::Lines),
        expected,
        oracle: engines::serde_json_rows::<Borrowed>,
        engines: engines::of_records::<Borrowed>(options).chain(readers).collect(),
    }
}
