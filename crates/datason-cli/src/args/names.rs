//! The names that values have on the command line.

use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use datason_core::Error;
use datason_core::config::Preset;
use datason_io::Compression;
use datason_json::{CodecKind, Format, TornTail};

use crate::columns::OutputFormat;

/// A name that a type knows, and other names for it.
pub(super) type Name = (&'static str, &'static [&'static str]);

pub(super) const FORMATS: [Name; 3] =
    [(Format::Jsonl.name(), &["ndjson"]), (Format::Json.name(), &[]), (CONCATENATED, &[])];
const CONCATENATED: &str = Format::Concatenated.name();
pub(super) const OUTPUT_FORMATS: [Name; 5] = [
    FORMATS[0],
    FORMATS[1],
    (OutputFormat::ARROW, &[]),
    (OutputFormat::ARROW_STREAM, &[]),
    (OutputFormat::CSV, &[]),
];
pub(super) const CODECS: [Name; 2] =
    [(CodecKind::SerdeJson.name(), &["serde_json"]), (CodecKind::SimdJson.name(), &["simd_json"])];
pub(super) const TORN_TAILS: [Name; TornTail::ALL.len()] =
    [(TornTail::Cut.name(), &[]), (TornTail::Isolate.name(), &[]), (TornTail::Refuse.name(), &[])];
pub(super) const COMPRESSIONS: [Name; 3] = [
    (Compression::Gzip.name(), &["gz"]),
    (Compression::Zstd.name(), &["zst"]),
    (Compression::None.name(), &[]),
];
pub(super) const PRESETS: [Name; Preset::ALL.len()] = {
    let mut names: [Name; Preset::ALL.len()] = [("", &[]); Preset::ALL.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = (Preset::ALL[index].name(), &[]);
        index += 1;
    }
    names
};

/// A parser of the values called `names`, which help and error messages then list.
pub(super) fn named<T>(names: &[Name]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = Error> + Clone + Send + Sync + 'static,
{
    let names: Vec<PossibleValue> = names
        .iter()
        .map(|(name, others)| PossibleValue::new(*name).aliases(others.iter().copied()))
        .collect();
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}
