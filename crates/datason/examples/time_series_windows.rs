//! Aggregates a time series in windows, a window at a time.
//!
//! ```sh
//! cargo run --example time_series_windows
//! ```

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use datason::value::Date;
use datason::{StreamBuilder, get_time_series_config};
use serde::{Deserialize, Serialize};

/// A measurement.
#[derive(Deserialize)]
struct Day {
    date: String,
    precipitation: f64,
    temp_max: f64,
}

/// What a month's measurements come to.
#[derive(Serialize)]
struct Month {
    start: Date,
    days: u32,
    precipitation: f64,
    temp_max: f64,
}

impl Month {
    fn of(day: &Day) -> datason::Result<Self> {
        let date: Date = day.date.parse()?;
        let start = Date::new(date.year(), date.month(), 1)?;
        Ok(Self { start, days: 0, precipitation: 0.0, temp_max: f64::NEG_INFINITY })
    }

    fn add(&mut self, day: &Day) {
        self.days += 1;
        self.precipitation += day.precipitation;
        self.temp_max = self.temp_max.max(day.temp_max);
    }
}

/// Writes one record a month to `output`; one month is in memory at a time. The days must be in
/// order. Returns how many months there were.
pub(crate) fn process_time_series(input: &Path, output: &Path) -> datason::Result<u64> {
    let config = get_time_series_config();
    let mut stream = StreamBuilder::new().config(config).create(output)?;
    let mut window: Option<Month> = None;
    for day in datason::open(input)?.into_rows::<Day>() {
        let day = day?;
        let next = Month::of(&day)?;
        if let Some(full) = window.take_if(|open| open.start != next.start) {
            stream.write(&full)?;
        }
        window.get_or_insert(next).add(&day);
    }
    if let Some(last) = &window {
        stream.write(last)?;
    }
    let written = stream.items_written();
    stream.finish()?;
    Ok(written)
}

fn main() -> Result<(), Box<dyn Error>> {
    let input: PathBuf =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/data/seattle-weather.jsonl").into();
    let output = std::env::temp_dir().join("months.jsonl");
    let months = process_time_series(&input, &output)?;
    writeln!(std::io::stdout(), "{months} months in {}", output.display())?;
    Ok(())
}
