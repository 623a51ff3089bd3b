//! Records as the types that somebody would write for them.

use std::fmt;
use std::path::Path;

use datason_fixtures::{FlatRecord, FloatsRecord};
use datason_json::ReaderBuilder;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::held;

/// What the records of a file hold as rows of a type, where there is one here.
pub(crate) fn held_in(path: &Path) -> datason_core::Result<Option<u64>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let begins = |with: &str| name.starts_with(with);
    Ok(Some(match () {
        () if begins("flat-") => rows::<FlatRecord>(path)?,
        () if begins("floats-") => rows::<FloatsRecord>(path)?,
        () if begins("text-") => rows::<Prose>(path)?,
        () if begins("wide-") => rows::<Wide>(path)?,
        () if begins("lists-") => rows::<Lists>(path)?,
        () if begins("skewed-") || begins("drifting-") => rows::<Skewed>(path)?,
        () if begins("seattle-weather") || begins("vega-seattle-weather") => rows::<Weather>(path)?,
        () if begins("gsm8k") => rows::<Problem>(path)?,
        () if begins("geonames-cities") => rows::<City>(path)?,
        () if begins("zeek-dns") => rows::<Dns>(path)?,
        () => return Ok(None),
    }))
}

fn rows<T: DeserializeOwned>(path: &Path) -> datason_core::Result<u64> {
    let (rows, bytes) = held(|| {
        let mut reader = ReaderBuilder::new().open(path)?;
        let mut rows = reader.rows::<T>().collect::<datason_core::Result<Vec<_>>>()?;
        rows.shrink_to_fit();
        Ok(rows)
    });
    rows.map(|_: Vec<T>| bytes)
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Prose {
    id: u64,
    title: String,
    body: String,
}

/// An id and a hundred floats, as a struct with a field for each has them.
pub(crate) struct Wide {
    #[expect(dead_code, reason = "only its memory is looked at")]
    fields: [f64; 101],
}

impl<'de> Deserialize<'de> for Wide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Wide;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("101 numbers by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wide, A::Error> {
                let mut fields = [0.0; 101];
                for field in &mut fields {
                    if let Some((serde::de::IgnoredAny, number)) = map.next_entry()? {
                        *field = number;
                    }
                }
                Ok(Wide { fields })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Lists {
    id: u64,
    numbers: Vec<f64>,
    names: Vec<String>,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Skewed {
    id: u64,
    text: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its memory is looked at")]
struct Weather {
    date: String,
    precipitation: f64,
    temp_max: f64,
    temp_min: f64,
    wind: f64,
    #[serde(rename = "weather")]
    kind: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its memory is looked at")]
struct Problem {
    question: String,
    answer: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its memory is looked at")]
struct City {
    name: String,
    lat: String,
    lng: String,
    country: String,
    admin1: String,
    admin2: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its memory is looked at")]
#[expect(clippy::struct_excessive_bools, reason = "the protocol has them")]
struct Dns {
    #[serde(rename = "_path")]
    path: String,
    #[serde(rename = "_write_ts")]
    written: String,
    ts: String,
    uid: String,
    #[serde(rename = "id.orig_h")]
    from: String,
    #[serde(rename = "id.orig_p")]
    from_port: u16,
    #[serde(rename = "id.resp_h")]
    to: String,
    #[serde(rename = "id.resp_p")]
    to_port: u16,
    proto: String,
    trans_id: u64,
    rtt: Option<f64>,
    query: Option<String>,
    qclass: Option<u64>,
    qclass_name: Option<String>,
    qtype: Option<u64>,
    qtype_name: Option<String>,
    rcode: Option<u64>,
    rcode_name: Option<String>,
    #[serde(rename = "AA")]
    aa: bool,
    #[serde(rename = "TC")]
    tc: bool,
    #[serde(rename = "RD")]
    rd: bool,
    #[serde(rename = "RA")]
    ra: bool,
    #[serde(rename = "Z")]
    z: u64,
    answers: Option<Vec<String>>,
    #[serde(rename = "TTLs")]
    ttls: Option<Vec<f64>>,
    rejected: bool,
}
