//! Turns a CSV file of any size into JSON Lines, a row at a time.
//!
//! ```sh
//! cargo run --example large_csv_to_jsonl -- massive.csv processed.jsonl.gz
//! ```
//! Without arguments it converts the weather of Seattle.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use datason::stream_serialize;
use serde::{Deserialize, Serialize};

/// A line of the file. Numbers become numbers because the type says so.
#[derive(Serialize, Deserialize)]
struct Day {
    date: String,
    precipitation: f64,
    temp_max: f64,
    temp_min: f64,
    wind: f64,
    weather: String,
}

/// A line of the output: what was measured, and what follows from it.
#[derive(Serialize)]
struct Processed {
    #[serde(flatten)]
    day: Day,
    temp_range: f64,
}

/// Processes `input` row by row; the output appears whole when all rows were good.
pub(crate) fn process_large_csv(input: &Path, output: &Path) -> Result<u64, Box<dyn Error>> {
    let mut rows = csv::Reader::from_path(input)?;
    let mut stream = stream_serialize(output)?;
    for row in rows.deserialize() {
        let day: Day = row?;
        let temp_range = day.temp_max - day.temp_min;
        stream.write(&Processed { day, temp_range })?;
    }
    let written = stream.items_written();
    stream.finish()?;
    Ok(written)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let weather = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/data/seattle-weather.csv");
    let input = arguments.next().unwrap_or_else(|| weather.into());
    let output = arguments.next().unwrap_or_else(|| std::env::temp_dir().join("weather.jsonl"));
    let written = process_large_csv(&input, &output)?;
    writeln!(std::io::stdout(), "{written} records in {}", output.display())?;
    Ok(())
}
