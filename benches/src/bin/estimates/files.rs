//! What a look at a file says, beside all of it decoded.

use std::path::Path;

use anyhow::Context;
use arrow_array::RecordBatch;
use datason_arrow::SchemaInference;
use datason_core::{ByteSize, Chunk, Value};
use datason_io::{Source, SourceOptions};
use datason_json::{FileEstimator, ReaderBuilder};

use crate::{Comparison, held, rows};

/// Smaller than this, it is the allocator's own units that decide, and nobody's memory.
const LEAST: u64 = 64 << 10;
/// With fewer records in a chunk than this, rounding decides how full it is.
const LEAST_RECORDS: u64 = 20;

/// Compares everything that can be compared.
///
/// # Errors
/// If the file has a bad record: then there is no truth.
pub(crate) fn compare(path: &Path) -> anyhow::Result<()> {
    let input = path.to_str().context("a path that is no text")?;
    let tell = |what, said, truth| Comparison { input, what, said, truth }.tell();
    let (values, value_bytes) = held(|| values(path));
    let values = values?;
    let target = ByteSize((value_bytes / 8).max(1));
    let found = FileEstimator::new().target(target).estimate(path)?;
    tell("records", found.records.likely, values.len() as u64)?;
    tell("text", found.text_bytes.likely, text(path)?)?;
    if value_bytes < LEAST {
        return Ok(());
    }
    tell("value", found.value_bytes, value_bytes)?;
    if found.advice.records >= LEAST_RECORDS {
        tell("chunk", chunk(values, found.advice.records)?, target.as_u64())?;
    } else {
        drop(values);
    }
    if let Some(row_bytes) = rows::held_in(path)? {
        tell("rows", found.rows_bytes, row_bytes)?;
    }
    // Not every file has columns: some have records of different types.
    if let Ok((_, arrow_bytes)) = batches(path)
        && arrow_bytes >= LEAST
    {
        tell("arrow", found.arrow_bytes, arrow_bytes)?;
    }
    Ok(())
}

fn values(path: &Path) -> datason_core::Result<Vec<Value>> {
    let mut reader = ReaderBuilder::new().open(path)?;
    let mut values = reader.rows::<Value>().collect::<datason_core::Result<Vec<_>>>()?;
    values.shrink_to_fit();
    Ok(values)
}

/// How long the decompressed text is.
fn text(path: &Path) -> anyhow::Result<u64> {
    let mut source = Source::open(path, &SourceOptions::new())?;
    Ok(std::io::copy(&mut source, &mut std::io::sink())?)
}

/// What chunks of `records` records hold, the mean of those that are full.
fn chunk(values: Vec<Value>, records: u64) -> anyhow::Result<u64> {
    let records = usize::try_from(records)?;
    let full = values.len() / records;
    let mut rest = values.into_iter();
    let before = crate::HEAP.current_usage();
    // The list that they lie in stays until all have gone, so its slots are added.
    (&mut rest).take(full * records).for_each(drop);
    let freed = before.saturating_sub(crate::HEAP.current_usage()) / full.max(1);
    Ok((freed + records * size_of::<Value>()) as u64)
}

/// All batches of the file under the schema of its records, and what they hold.
fn batches(path: &Path) -> datason_core::Result<(Vec<RecordBatch>, u64)> {
    let mut inference = SchemaInference::new();
    inference.observe(&mut ReaderBuilder::new().open(path)?, None)?;
    let options = inference.schema()?.options();
    let batches = || -> datason_core::Result<Vec<RecordBatch>> {
        let batches = options.batches(ReaderBuilder::new().open(path)?)?;
        batches.map(|batch| batch.map(Chunk::into_data)).collect()
    };
    let (batches, bytes) = held(batches);
    Ok((batches?, bytes))
}
