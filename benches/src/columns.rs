//! Group `columns`: records in a file become columns.
//!
//! All engines read the same file, have the same schema, which is inferred beforehand from all
//! records, and drop each batch when they have shown it. arrow-json reads through a buffer as
//! large as the reader's blocks, and makes batches of 8,192 rows.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_json::ReaderBuilder as PeerBuilder;
use datason_arrow::{ColumnOptions, Inferred, OnConflict, RecordShape, SchemaInference};
use datason_fixtures::{Layout, Shape};
use datason_json::{Format, ReaderBuilder};
use datason_scan::Kernel;
use serde::Serialize;

use crate::answer::{Answer, Examiner, Observer};
use crate::clock::cpu_time;
use crate::definition::{Definition, Engine, Group, Role};
use crate::fixture::{Data, Fixture};

/// How much arrow-json reads at a time.
const BLOCK: usize = 256 << 10;
/// How many rows its batches have.
const BATCH: usize = 8_192;

pub(crate) fn definitions() -> Vec<Definition> {
    vec![
        definition("flat", Shape::Flat, Answer::new(214, 0x949e_193f_5041_643f)),
        definition("nested", Shape::Nested, Answer::new(31, 0x0992_5ec9_9447_b395)),
        definition("text", Shape::Text, Answer::new(16, 0x9abf_d0bd_994c_4ed9)),
        definition("wide", Shape::Wide, Answer::new(35, 0x17a6_cd94_ac29_01b3)),
        definition("floats", Shape::Floats, Answer::new(179, 0x0a9b_2dcd_4b51_13e4)),
    ]
}

fn definition(name: &'static str, shape: Shape, expected: Answer) -> Definition {
    let mut engines: Vec<Engine> = Kernel::available().map(lines).collect();
    engines.extend([array(), arrow_json()]);
    Definition {
        group: Group::Columns,
        name,
        fixture: Fixture::Generated(shape, Layout::Lines),
        expected,
        oracle,
        engines,
    }
}

/// arrow-json again, but from memory and from one line at a time.
fn oracle(data: &Data) -> anyhow::Result<Answer> {
    let mut seen = Examiner::new();
    for line in &data.lines {
        for batch in peer_batches(data.inferred()?, &data.bytes[line.clone()])? {
            seen.batch(&batch?);
        }
    }
    Ok(seen.answer())
}

fn lines(kernel: Kernel) -> Engine {
    Engine::new(kernel.name(), Role::Ours, move |data, seen| {
        let batches = own_batches(data.inferred()?, kernel, Format::Jsonl, data.file()?)?;
        show(batches, seen)
    })
}

/// The same records as one array, by the fastest kernel.
fn array() -> Engine {
    Engine::new("array", Role::Ours, |data, seen| {
        let file = data.array_file()?;
        show(own_batches(data.inferred()?, Kernel::active(), Format::Json, file)?, seen)
    })
}

fn arrow_json() -> Engine {
    Engine::new("arrow-json", Role::Baseline, |data, seen| {
        let file = BufReader::with_capacity(BLOCK, File::open(data.file()?)?);
        show(peer_batches(data.inferred()?, file)?, seen)
    })
}

fn show<E: Into<anyhow::Error>>(
    batches: impl Iterator<Item = Result<RecordBatch, E>>,
    seen: &mut dyn Observer,
) -> anyhow::Result<()> {
    for batch in batches {
        seen.batch(&batch.map_err(Into::into)?);
    }
    Ok(())
}

/// The schema of JSON Lines; where records disagree, raw JSON.
///
/// # Errors
///
/// If there are no records.
pub fn infer(text: impl Read) -> anyhow::Result<Inferred> {
    let mut inference = SchemaInference::new().on_conflict(OnConflict::RawJson);
    inference.observe(&mut ReaderBuilder::new().format(Format::Jsonl).from_reader(text)?, None)?;
    Ok(inference.schema()?)
}

/// The batches of a file, by this workspace.
fn own_batches(
    inferred: &Inferred,
    kernel: Kernel,
    format: Format,
    path: &Path,
) -> anyhow::Result<impl Iterator<Item = datason_core::Result<RecordBatch>> + use<>> {
    let options = ColumnOptions::new(inferred.schema.clone()).shape(inferred.shape).kernel(kernel);
    let batches = options.batches(ReaderBuilder::new().format(format).open(path)?)?;
    Ok(batches.map(|batch| Ok(batch?.into_data())))
}

/// The batches of JSON Lines, by arrow-json.
///
/// # Errors
///
/// If it has no decoder for the schema.
pub fn peer_batches<R: BufRead>(
    inferred: &Inferred,
    text: R,
) -> anyhow::Result<arrow_json::Reader<R>> {
    let builder = if inferred.shape == RecordShape::Value {
        PeerBuilder::new_with_field(Arc::new(inferred.schema.field(0).clone()))
    } else {
        PeerBuilder::new(inferred.schema.clone())
    };
    Ok(builder.with_batch_size(BATCH).build(text)?)
}

/// What it took to read a file to columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// How many rows there are.
    pub rows: u64,
    /// The sum over the identifiers, or over the lengths of the lists if that is all there is.
    pub checksum: Option<i64>,
    /// CPU seconds, of all threads.
    pub cpu: f64,
    /// Seconds on the clock.
    pub wall: f64,
}

/// Reads the JSON Lines at `path` by `engine`, `datason` or `arrow-json`, batch by batch. The
/// schema is inferred before the clock runs. `check`: takes the checksum too.
///
/// # Errors
///
/// If the file cannot be read, or there is no such engine.
///
/// # Examples
///
/// ```
/// let path = std::env::temp_dir().join("datason-benches-columns.jsonl");
/// std::fs::write(&path, "{\"id\":1}\n{\"id\":4}\n")?;
/// for engine in ["datason", "arrow-json"] {
///     let outcome = datason_benches::columns::read_file(&path, engine, 1, true, 2)?;
///     assert_eq!((outcome.rows, outcome.checksum), (2, Some(5)));
/// }
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn read_file(
    path: &Path,
    engine: &str,
    threads: usize,
    check: bool,
    passes: u32,
) -> anyhow::Result<Outcome> {
    let inferred = infer(File::open(path).context("cannot open the file")?)?;
    let (cpu, wall) = (cpu_time(), Instant::now());
    let mut outcome = (0, None);
    for _ in 0..passes {
        outcome = pass(&inferred, path, engine, threads, check)?;
    }
    let (rows, checksum) = outcome;
    let each = |time: Duration| time.as_secs_f64() / f64::from(passes);
    let cpu = each(cpu_time().saturating_sub(cpu));
    Ok(Outcome { rows, checksum, cpu, wall: each(wall.elapsed()) })
}

/// Reads the file once: how many rows it has, and the checksum.
fn pass(
    inferred: &Inferred,
    path: &Path,
    engine: &str,
    threads: usize,
    check: bool,
) -> anyhow::Result<(u64, Option<i64>)> {
    let (mut rows, mut checksum) = (0, check.then_some(0));
    let mut seen = |batch: RecordBatch| {
        rows += batch.num_rows() as u64;
        if let Some(sum) = &mut checksum {
            *sum += identifiers(&batch)?;
        }
        anyhow::Ok(())
    };
    match (engine, threads) {
        ("datason", 1) => {
            own_batches(inferred, Kernel::active(), Format::Jsonl, path)?
                .try_for_each(|batch| seen(batch?))?;
        }
        ("datason", threads) => {
            let options = ColumnOptions::new(inferred.schema.clone()).shape(inferred.shape);
            let reader = ReaderBuilder::new().format(Format::Jsonl).open(path)?;
            options
                .parallel_batches(reader, threads)?
                .try_for_each(|batch| seen(batch?.into_data()))?;
        }
        ("arrow-json", 1) => {
            let file = BufReader::with_capacity(BLOCK, File::open(path)?);
            peer_batches(inferred, file)?.try_for_each(|batch| seen(batch?))?;
        }
        _ => bail!("no engine {engine} with {threads} threads"),
    }
    Ok((rows, checksum))
}

/// The sum over the column `id`, of numbers or of texts that are numbers; without it, over the
/// lengths of the lists in the first column.
fn identifiers(batch: &RecordBatch) -> anyhow::Result<i64> {
    let Some(ids) = batch.column_by_name("id") else {
        let lists = batch.column(0).as_list_opt::<i32>().context("neither an `id` nor lists")?;
        return Ok((0..lists.len()).map(|row| i64::from(lists.value_length(row))).sum());
    };
    if let Some(numbers) = ids.as_primitive_opt::<Int64Type>() {
        return Ok(numbers.iter().flatten().sum());
    }
    let texts = ids.as_string_opt::<i32>().context("`id` is neither a number nor a text")?;
    ensure!(texts.null_count() == 0, "an `id` is missing");
    texts.iter().flatten().map(|text| anyhow::Ok(text.parse::<i64>()?)).sum()
}
