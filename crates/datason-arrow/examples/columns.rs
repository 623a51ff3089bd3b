//! Prints how many MB of JSON Lines become columns in a second of CPU time: every kernel, and
//! arrow-json in the same process, for each shape of generated records.
//!
//! `cargo run --release -p datason-arrow --example columns [--ours] [SHAPE…]`
//!
//! `--ours` measures the active kernel alone, as a profiler wants it.
//!
//! Rounds alternate between all of them, so that a busy machine hits all alike; each number is
//! the median, and the ratio is the median of the rounds' ratios.

#![expect(clippy::print_stdout, reason = "to print is what it is for")]

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use arrow_json::ReaderBuilder as PeerBuilder;
use arrow_schema::{DataType, Field};
use datason_arrow::{ColumnOptions, Inferred, OnConflict, RecordShape, SchemaInference};
use datason_fixtures::{Generator, Layout, Shape};
use datason_json::{Format, ReaderBuilder};
use datason_scan::Kernel;

const BYTES: u64 = 32 << 20;
const ROUNDS: usize = 7;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.first().is_some_and(|first| first == "--ours") {
        return measure_ours(&wanted.split_off(1));
    }
    let kernels: Vec<_> = Kernel::available().collect();
    print!("{:<8}{:>12}", "MB/s", "arrow-json");
    for kernel in &kernels {
        print!("{:>12}{:>7}", kernel.name(), "");
    }
    println!("{:>12}", "inference");
    for shape in Shape::ALL {
        if wanted.is_empty() || wanted.iter().any(|name| name == shape.name()) {
            measure(shape, &kernels)?;
        }
    }
    Ok(())
}

fn measure_ours(wanted: &[String]) -> Result<(), Failure> {
    for name in wanted {
        let mut text = Vec::new();
        Generator::new(name.parse()?, 1).write(Layout::Lines, BYTES, &mut text)?;
        let inferred = infer(&text)?;
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(&file, &text)?;
        let mut speeds = Vec::new();
        for _ in 0..ROUNDS * 4 {
            speeds.push(speed(&text, || ours(&inferred, Kernel::active(), file.path()))?);
        }
        speeds.sort_by(f64::total_cmp);
        println!(
            "{name:<8}{:>8.0} MB/s, at best {:.0}",
            speeds[ROUNDS * 2],
            speeds[ROUNDS * 4 - 1]
        );
    }
    Ok(())
}

fn measure(shape: Shape, kernels: &[Kernel]) -> Result<(), Failure> {
    let mut text = Vec::new();
    Generator::new(shape, 1).write(Layout::Lines, BYTES, &mut text)?;
    let inferred = infer(&text)?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, &text)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut speeds = vec![speed(&text, || peer(&inferred, file.path()))?];
        for kernel in kernels {
            speeds.push(speed(&text, || ours(&inferred, *kernel, file.path()))?);
        }
        speeds.push(speed(&text, || infer(&text).map(|_| 0))?);
        rounds.push(speeds);
    }
    let median_of = |value: &dyn Fn(&Vec<f64>) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    print!("{shape:<8}{:>12.0}", median_of(&|speeds| speeds[0]));
    for at in 1..=kernels.len() {
        let ratio = median_of(&|speeds| speeds[at] / speeds[0]);
        print!("{:>12.0}{:>6.2}x", median_of(&|speeds| speeds[at]), ratio);
    }
    println!("{:>12.0}", median_of(&|speeds| speeds[kernels.len() + 1]));
    Ok(())
}

fn infer(text: &[u8]) -> Result<Inferred, Failure> {
    let mut inference = SchemaInference::new().on_conflict(OnConflict::RawJson);
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(text);
    inference.observe(&mut reader, None)?;
    Ok(inference.schema()?)
}

fn ours(inferred: &Inferred, kernel: Kernel, path: &Path) -> Result<usize, Failure> {
    let options = ColumnOptions::new(inferred.schema.clone()).shape(inferred.shape).kernel(kernel);
    let reader = ReaderBuilder::new().format(Format::Jsonl).open(path)?;
    let mut rows = 0;
    for batch in options.batches(reader)? {
        rows += batch?.data().num_rows();
    }
    Ok(rows)
}

fn peer(inferred: &Inferred, path: &Path) -> Result<usize, Failure> {
    let builder = if inferred.shape == RecordShape::Value {
        PeerBuilder::new_with_field(Arc::new(inferred.schema.field(0).clone()))
    } else {
        let fields = inferred.schema.fields().clone();
        PeerBuilder::new_with_field(Field::new("row", DataType::Struct(fields), false))
    };
    let mut rows = 0;
    for batch in builder
        .with_batch_size(8_192)
        .build(BufReader::with_capacity(256 << 10, File::open(path)?))?
    {
        rows += batch?.num_rows();
    }
    Ok(rows)
}

/// MB of `text` in a second of this thread's CPU time.
fn speed(text: &[u8], work: impl FnOnce() -> Result<usize, Failure>) -> Result<f64, Failure> {
    let start = cpu_nanos();
    std::hint::black_box(work()?);
    let nanos = cpu_nanos() - start;
    #[expect(clippy::cast_precision_loss, reason = "three digits are printed")]
    let (bytes, nanos) = (text.len() as f64, nanos as f64);
    Ok(bytes / nanos * 1e3)
}

/// The CPU time of this thread.
fn cpu_nanos() -> i64 {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
