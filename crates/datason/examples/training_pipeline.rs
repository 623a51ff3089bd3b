//! A pipeline that prepares training data: estimate, cut, derive features, write.
//!
//! ```sh
//! cargo run --example training_pipeline
//! ```

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use datason::{
    ByteSize, Estimator, Items, StreamBuilder, deserialize_chunked_file, get_ml_config,
    serialize_chunked,
};
use serde::{Deserialize, Serialize};

/// A record of the raw data.
#[derive(Serialize, Deserialize)]
struct Day {
    precipitation: f64,
    temp_max: f64,
    temp_min: f64,
    weather: String,
}

/// What the model is trained on.
#[derive(Serialize)]
struct Features {
    rain: bool,
    temp_mean: f64,
    temp_range: f64,
    label: &'static str,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) recommended_chunk_size: usize,
    pub(crate) chunks_read: u64,
    pub(crate) records: u64,
}

/// Derives features from the records in `raw` and writes them to `processed`, in lines of
/// 1,000. `chunked` is where the raw data goes once it is cut.
pub(crate) fn create_training_pipeline(
    raw: &Path,
    chunked: &Path,
    processed: &Path,
) -> Result<Summary, Box<dyn Error>> {
    // A sample says how large chunks should be.
    let sample: Vec<Day> = datason::open(raw)?.into_rows().take(200).collect::<Result<_, _>>()?;
    let stats = Estimator::new().target(ByteSize::kib(32)).estimate(&sample)?;
    let recommended_chunk_size = usize::try_from(stats.recommended_chunk_size)?;

    // The raw records, a chunk a line; one chunk is in memory at a time.
    let records = Items(datason::open(raw)?.into_rows::<Day>());
    serialize_chunked(records, recommended_chunk_size)?.save(chunked)?;

    let mut stream = StreamBuilder::new().config(get_ml_config()).create(processed)?;
    let (mut chunks_read, mut records) = (0, 0);
    for chunk in deserialize_chunked_file(chunked)? {
        let days: Vec<Day> = chunk?.deserialize()?;
        let features: Vec<Features> = days.iter().map(features).collect();
        stream.write_chunked(&features, 1_000)?;
        chunks_read += 1;
        records += features.len() as u64;
    }
    stream.finish()?;
    Ok(Summary { recommended_chunk_size, chunks_read, records })
}

fn features(day: &Day) -> Features {
    Features {
        rain: day.precipitation > 0.0,
        temp_mean: f64::midpoint(day.temp_max, day.temp_min),
        temp_range: day.temp_max - day.temp_min,
        label: if day.weather == "sun" { "bright" } else { "dull" },
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let raw: PathBuf =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/data/seattle-weather.jsonl").into();
    let folder = std::env::temp_dir();
    let (chunked, processed) = (folder.join("chunked.jsonl"), folder.join("training.jsonl"));
    let Summary { recommended_chunk_size, chunks_read, records } =
        create_training_pipeline(&raw, &chunked, &processed)?;
    let mut out = std::io::stdout();
    writeln!(out, "{chunks_read} chunks of up to {recommended_chunk_size} records")?;
    writeln!(out, "{records} records in {}", processed.display())?;
    Ok(())
}
