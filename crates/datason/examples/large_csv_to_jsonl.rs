//! Turns a CSV file of any size into JSON Lines, some thousand rows at a time.
//!
//! ```sh
//! cargo run --example large_csv_to_jsonl -- massive.csv processed.jsonl.gz
//! ```
//! Without arguments it converts the weather of Seattle.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datason::arrow_array::cast::AsArray;
use datason::arrow_array::types::Float64Type;
use datason::arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use datason::{CsvBuilder, serialize_chunked, stream_serialize};

/// Rows in memory at a time.
const CHUNK_ROWS: usize = 10_000;

/// Processes `input` in chunks of rows, and writes a record a row. The types of the columns are
/// inferred. The output appears whole when all rows were good; returns how many there were.
pub(crate) fn process_large_csv(input: &Path, output: &Path) -> Result<u64, Box<dyn Error>> {
    let table = CsvBuilder::new().open(input)?;
    let mut stream = stream_serialize(output)?;
    for chunk in serialize_chunked(table, CHUNK_ROWS)?.into_pieces() {
        let processed = with_temp_range(&chunk?.batch()?)?;
        for rows in serialize_chunked(processed, CHUNK_ROWS)?.into_pieces() {
            for record in rows?.records()?.iter() {
                stream.write(&record)?;
            }
        }
    }
    let written = stream.items_written();
    stream.finish()?;
    Ok(written)
}

/// The same rows with one more column: how far the temperatures of the day lie apart.
fn with_temp_range(rows: &RecordBatch) -> Result<RecordBatch, Box<dyn Error>> {
    let column = |name: &str| {
        let column = rows.column_by_name(name).ok_or_else(|| format!("no column `{name}`"))?;
        let numbers = column.as_primitive_opt::<Float64Type>();
        numbers.ok_or_else(|| format!("`{name}` is {}, not a number", column.data_type()))
    };
    let (highest, lowest) = (column("temp_max")?, column("temp_min")?);
    let ranges: Float64Array =
        highest.iter().zip(lowest).map(|(highest, lowest)| Some(highest? - lowest?)).collect();
    let schema = rows.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let columns = names.zip(rows.columns().iter().cloned());
    let range: ArrayRef = Arc::new(ranges);
    Ok(RecordBatch::try_from_iter(columns.chain([("temp_range", range)]))?)
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
