//! The tasks that are measured against the original, on data of its kind.
//!
//! `bin/original.py` does the same tasks on the same data in Python; both write the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use datason::arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datason::ndarray::Array2;
use datason::value::Map;
use datason::{Format, Value, deserialize_chunked_file, serialize_chunked, stream_serialize};
use serde::{Deserialize, Serialize};

use crate::clock::cpu_time;

/// Items of a chunk.
const CHUNK: usize = 1_000;
/// Numbers of a row of the array.
const COLUMNS: usize = 10;

/// What is done with `count` items and a file at a path; the data is made before the clock runs.
#[derive(Debug)]
pub struct Task {
    /// Its name in the Python program, and in the record.
    pub name: &'static str,
    /// How records are held: `typed` is a struct, `dynamic` a `Value` as in Python a `dict`.
    pub engine: &'static str,
    run: fn(&Path, usize) -> anyhow::Result<Duration>,
}

impl Task {
    /// Does it, and returns the CPU time of everything but making the data.
    ///
    /// # Errors
    ///
    /// If the file cannot be written or read.
    pub fn run(&self, path: &Path, count: usize) -> anyhow::Result<Duration> {
        (self.run)(path, count)
    }
}

/// All tasks.
///
/// # Examples
///
/// ```
/// let folder = std::env::temp_dir().join("datason-benches-original");
/// std::fs::create_dir_all(&folder)?;
/// let path = folder.join("a.jsonl");
/// for task in datason_benches::original::TASKS {
///     task.run(&path, 10)?;
/// }
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub const TASKS: [Task; 8] = [
    Task { name: "stream_records", engine: "typed", run: stream_typed },
    Task { name: "stream_records", engine: "dynamic", run: stream_dynamic },
    Task { name: "save_list", engine: "typed", run: save_typed },
    Task { name: "save_list", engine: "dynamic", run: save_dynamic },
    Task { name: "save_table", engine: "typed", run: save_table },
    Task { name: "save_array", engine: "typed", run: save_array },
    Task { name: "read_chunks", engine: "typed", run: read_typed },
    Task { name: "read_chunks", engine: "dynamic", run: read_dynamic },
];

#[derive(Serialize, Deserialize)]
struct Item {
    id: u64,
    data: String,
    value: f64,
}

/// A float below 1 with as many digits as floats have.
fn spread(n: usize) -> f64 {
    let hash = (n as u64).wrapping_mul(2_654_435_761) & 0xffff_ffff;
    f64::from(u32::try_from(hash).expect("32 bits")) / 4_294_967_296.0
}

/// A float with few digits.
fn price(n: usize) -> f64 {
    f64::from(u32::try_from(n * 7_919 % 100_003).expect("a small number")) / 1_000.0
}

fn typed(count: usize) -> Vec<Item> {
    let item = |n| Item { id: n as u64, data: format!("item_{n}"), value: price(n) };
    (0..count).map(item).collect()
}

fn dynamic(count: usize) -> Vec<Value> {
    let item = |n| {
        let mut map = Map::new();
        map.insert("id", n as u64);
        map.insert("data", format!("item_{n}"));
        map.insert("value", price(n));
        Value::Map(map)
    };
    (0..count).map(item).collect()
}

/// The CPU time that `work` takes.
fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let start = cpu_time();
    work()?;
    Ok(cpu_time().saturating_sub(start))
}

fn stream<T: Serialize>(path: &Path, items: &[T]) -> anyhow::Result<Duration> {
    timed(|| {
        let mut stream = stream_serialize(path)?;
        for item in items {
            stream.write(item)?;
        }
        stream.finish()?;
        Ok(())
    })
}

fn stream_typed(path: &Path, count: usize) -> anyhow::Result<Duration> {
    stream(path, &typed(count))
}

fn stream_dynamic(path: &Path, count: usize) -> anyhow::Result<Duration> {
    stream(path, &dynamic(count))
}

fn save_typed(path: &Path, count: usize) -> anyhow::Result<Duration> {
    let items = typed(count);
    timed(|| {
        serialize_chunked(&items, CHUNK)?.save_to_file(path, Format::Jsonl)?;
        Ok(())
    })
}

fn save_dynamic(path: &Path, count: usize) -> anyhow::Result<Duration> {
    let items = Value::List(dynamic(count));
    timed(|| {
        serialize_chunked(&items, CHUNK)?.save_to_file(path, Format::Jsonl)?;
        Ok(())
    })
}

fn save_table(path: &Path, count: usize) -> anyhow::Result<Duration> {
    let ids: ArrayRef = Arc::new((0..count).map(|n| i64::try_from(n).ok()).collect::<Int64Array>());
    let values: ArrayRef = Arc::new(Float64Array::from_iter_values((0..count).map(price)));
    let names = (0..count).map(|n| format!("name {n}"));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
    let table = RecordBatch::try_from_iter([("id", ids), ("value", values), ("name", names)])?;
    timed(|| {
        serialize_chunked(&table, CHUNK)?.save_to_file(path, Format::Jsonl)?;
        Ok(())
    })
}

fn save_array(path: &Path, count: usize) -> anyhow::Result<Duration> {
    let array =
        Array2::from_shape_fn((count, COLUMNS), |(row, column)| spread(row * COLUMNS + column));
    timed(|| {
        serialize_chunked(&array, CHUNK)?.save_to_file(path, Format::Jsonl)?;
        Ok(())
    })
}

fn read_typed(path: &Path, count: usize) -> anyhow::Result<Duration> {
    save_typed(path, count)?;
    let mut total = 0.0;
    let time = timed(|| {
        for chunk in deserialize_chunked_file(path)?.typed::<Vec<Item>>() {
            total += chunk?.iter().map(|item| item.value).sum::<f64>();
        }
        Ok(())
    });
    ensure!(total > 0.0, "no values");
    time
}

fn read_dynamic(path: &Path, count: usize) -> anyhow::Result<Duration> {
    save_typed(path, count)?;
    let mut total = 0.0;
    let time = timed(|| {
        for chunk in deserialize_chunked_file(path)? {
            let chunk = chunk?.to_value()?;
            let values = chunk.as_list().unwrap_or_default().iter();
            total += values.filter_map(|item| item.get("value")?.as_f64()).sum::<f64>();
        }
        Ok(())
    });
    ensure!(total > 0.0, "no values");
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How what the Python program writes begins, for two items.
    const EXPECTED: [(&str, &str); 4] = [
        (
            "stream_records",
            concat!(
                "{\"id\": 0, \"data\": \"item_0\", \"value\": 0.0}\n",
                "{\"id\": 1, \"data\": \"item_1\", \"value\": 7.919}\n"
            ),
        ),
        (
            "save_list",
            concat!(
                "[{\"id\": 0, \"data\": \"item_0\", \"value\": 0.0}, ",
                "{\"id\": 1, \"data\": \"item_1\", \"value\": 7.919}]\n"
            ),
        ),
        (
            "save_table",
            concat!(
                "[{\"id\": 0, \"value\": 0.0, \"name\": \"name 0\"}, ",
                "{\"id\": 1, \"value\": 7.919, \"name\": \"name 1\"}]\n"
            ),
        ),
        ("save_array", "[[0.0, 0.6180339867714792, 0.2360679735429585, 0.8541019603144377, "),
    ];

    #[test]
    fn tasks_write_what_the_original_writes() {
        let folder = std::env::temp_dir().join(format!("datason-original-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for task in TASKS {
            let path = folder.join("a.jsonl");
            task.run(&path, 2).expect("a file");
            let text = std::fs::read_to_string(&path).expect("a file");
            for (_, expected) in EXPECTED.iter().filter(|(name, _)| *name == task.name) {
                assert!(text.starts_with(expected), "{task:?}: {text}");
            }
        }
        std::fs::remove_dir_all(&folder).expect("our own folder");
    }
}
