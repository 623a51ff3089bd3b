//! What is said of values in memory, beside what they hold and how long their text is.

use std::collections::{BTreeMap, HashMap};

use arrow_array::RecordBatch;
use datason_arrow::SchemaInference;
use datason_core::{ByteSize, Chunk, Chunkable, Result, Value};
use datason_fixtures::{FlatRecord, FloatsRecord, Generator, Layout, Shape};
use datason_json::{ChunkedSerialization, Estimator, ReaderBuilder, serialize_chunked};
use datason_memory::MemoryEstimate;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::rows::Prose;
use crate::{Comparison, held};

/// How much text the records of each input have.
const TEXT: u64 = 8 << 20;

pub(crate) fn compare() -> anyhow::Result<()> {
    lists()?;
    maps()?;
    tables()
}

/// Compares what is said of `value` with what it holds and with its text, whole and in chunks.
fn of<'v, T, C: Chunkable>(
    input: &str,
    (value, bytes): (&'v T, u64),
    estimate: impl Fn(&Estimator, &'v T) -> Result<MemoryEstimate>,
    cut: impl Fn(&'v T, usize) -> Result<ChunkedSerialization<C>>,
) -> anyhow::Result<()> {
    let whole: u64 = lengths(cut(value, usize::MAX)?)?.iter().sum();
    let target = whole / 8;
    let said = estimate(&Estimator::new().target(ByteSize(target)), value)?;
    let footprint = *said.footprint();
    let input = format!("values/{input}");
    let tell = |what, said, truth| Comparison { input: &input, what, said, truth }.tell();
    tell("text", footprint.serialized_bytes, whole)?;
    tell("resident", footprint.resident_bytes, bytes)?;
    let chunks = lengths(cut(value, usize::try_from(said.recommended_chunk_size)?)?)?;
    // The last one is what is left over.
    let full = &chunks[..chunks.len().max(2) - 1];
    tell("chunk", full.iter().sum::<u64>() / full.len() as u64, target)
}

/// The lengths of the chunks' texts.
fn lengths<C: Chunkable>(chunks: ChunkedSerialization<C>) -> Result<Vec<u64>>
where
    C::Chunk: Serialize,
{
    chunks.into_chunks().map(|chunk| Ok(chunk?.as_bytes().len() as u64)).collect()
}

/// Makes a value, and compares it as an input by reference.
macro_rules! compare {
    ($name:expr, $make:expr) => {{
        let (value, bytes) = held(|| -> anyhow::Result<_> { $make });
        let value = value?;
        // The value itself lies here, and counts as well.
        let bytes = bytes + size_of_val(&value) as u64;
        of(
            $name,
            (&value, bytes),
            |by, value| by.estimate(value),
            |value, size| serialize_chunked(value, size),
        )?;
    }};
}

fn lists() -> anyhow::Result<()> {
    compare!("list of flat rows", records::<FlatRecord>(Shape::Flat));
    compare!("list of lists of floats", records::<FloatsRecord>(Shape::Floats));
    compare!("list of rows of text", records::<Prose>(Shape::Text));
    for shape in Shape::ALL {
        compare!(&format!("list of {shape} values"), records::<Value>(shape));
        let name = format!("list of {shape} values of serde_json");
        compare!(&name, records::<serde_json::Value>(shape));
    }
    Ok(())
}

fn maps() -> anyhow::Result<()> {
    let entries = || -> anyhow::Result<_> {
        let rows: Vec<FlatRecord> = records(Shape::Flat)?;
        Ok(rows.into_iter().map(|row| (row.trace.clone(), row)))
    };
    compare!("HashMap of flat rows", Ok(entries()?.collect::<HashMap<_, _>>()));
    // Not collected, since that sorts the pairs and fills every node, which no reader does.
    compare!("BTreeMap of flat rows", {
        let mut map = BTreeMap::new();
        entries()?.for_each(|(key, row)| drop(map.insert(key, row)));
        Ok(map)
    });
    compare!("list of small HashMaps", Ok(small_maps::<HashMap<_, _>>()));
    compare!("list of small BTreeMaps", Ok(small_maps::<BTreeMap<_, _>>()));
    Ok(())
}

/// Maps of no to 19 pairs.
fn small_maps<M: FromIterator<(String, u64)>>() -> Vec<M> {
    let text = |n: u64| format!("key {n}").into_boxed_str().into_string();
    (0..20_000).map(|n| (0..n % 20).map(|pair| (text(pair), n)).collect()).collect()
}

fn tables() -> anyhow::Result<()> {
    for shape in [Shape::Flat, Shape::Nested, Shape::Text, Shape::Wide] {
        let lines = lines(shape)?;
        let mut inference = SchemaInference::new();
        inference.observe(&mut ReaderBuilder::new().from_slice(&lines), None)?;
        let options = inference.schema()?.options();
        compare!(&format!("table of {shape} records"), {
            let batches = options.batches(ReaderBuilder::new().from_slice(&lines))?;
            let batches: Result<Vec<RecordBatch>> =
                batches.map(|batch| batch.map(Chunk::into_data)).collect();
            Ok(batches?)
        });
    }
    Ok(())
}

fn lines(shape: Shape) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    Generator::new(shape, 7).write(Layout::Lines, TEXT, &mut text)?;
    Ok(text)
}

fn records<T: DeserializeOwned>(shape: Shape) -> anyhow::Result<Vec<T>> {
    let text = lines(shape)?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut records =
        lines.map(serde_json::from_slice).collect::<Result<Vec<T>, serde_json::Error>>()?;
    records.shrink_to_fit();
    Ok(records)
}
