//! Rows and elements a second through the encoder, into memory.
#![expect(clippy::print_stdout, reason = "this program prints a table")]
#![expect(clippy::cast_precision_loss, reason = "the numbers are small")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{
    ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datason_arrow::{NdArray, Npy, Table, Tensor};
use datason_core::config::{DateFormat, Orient};
use datason_core::{Chunkable, Config, Result};
use datason_json::ser::{Encoder, TextStyle};
use ndarray::Array2;

const ROWS: usize = 1_000_000;
/// Rows a chunk.
const SIZE: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

fn main() -> Result<()> {
    let plain = Table::from(batch([("id", ids()), ("value", floats()), ("name", names())]));
    let config = Config::DEFAULT;
    run("int, float, text: records", || &plain, &config)?;
    run("int, float, text: records sorted", || &plain, &config.clone().sort_keys(true))?;
    for orient in [Orient::Values, Orient::Split, Orient::Index, Orient::List, Orient::Dict] {
        run(&format!("int, float, text: {orient:?}"), || &plain, &config.clone().orient(orient))?;
    }
    let times = Table::from(batch([("at", times())]));
    run("timestamp: records", || &times, &config)?;
    let milliseconds = config.clone().date_format(DateFormat::UnixMs);
    run("timestamp: records, unix_ms", || &times, &milliseconds)?;
    let decimals = Table::from(batch([("price", decimals())]));
    run("decimal: records", || &decimals, &config)?;
    arrays(&config)
}

/// A row has ten elements.
fn arrays(config: &Config) -> Result<()> {
    let array = Array2::from_shape_fn((ROWS, 10), |(row, column)| wave(row * 10 + column));
    let elements = Float64Array::from_iter_values(array.iter().copied());
    let tensor = Tensor::new(Arc::new(elements), vec![ROWS, 10])?;
    let columns = array.t().as_standard_layout().into_owned();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), npy(&array)).expect("room on the disk");
    let npy = Npy::open(file.path())?;
    run("ten floats: Arrow tensor", || &tensor, config)?;
    run("ten floats: ndarray view", || NdArray::from(&array), config)?;
    run("ten floats: transposed view", || NdArray::from(columns.t()), config)?;
    run("ten floats: .npy file", || &npy, config)?;
    let rows: Vec<Vec<f64>> = array.rows().into_iter().map(|row| row.to_vec()).collect();
    by_serde_json("ten floats: Vec<Vec<f64>>, serde_json", &rows);
    Ok(())
}

/// Prints the rate of what everybody has, to compare with.
fn by_serde_json(name: &str, rows: &[Vec<f64>]) {
    let (mut least, mut out) = (f64::INFINITY, Vec::new());
    for _ in 0..5 {
        out.clear();
        let start = Instant::now();
        for chunk in rows.chunks(SIZE.get()) {
            serde_json::to_writer(&mut out, chunk).expect("floats are finite");
        }
        least = least.min(start.elapsed().as_secs_f64());
    }
    print(name, out.len(), least);
}

/// Prints the rate of `input`, from the least time of each chunk in several rounds: what others
/// do on the machine meanwhile falls out.
fn run<C: Chunkable>(name: &str, input: impl Fn() -> C, config: &Config) -> Result<()> {
    let mut least = vec![f64::INFINITY; ROWS.div_ceil(SIZE.get())];
    let mut encoder = Encoder::new(config.clone(), TextStyle::Python);
    let (mut out, mut bytes) = (Vec::new(), 0);
    for _ in 0..5 {
        bytes = 0;
        let mut chunks = input().into_chunks(SIZE, config);
        for least in &mut least {
            let start = Instant::now();
            let Some(chunk) = chunks.next() else { break };
            out.clear();
            encoder.append(&chunk?, &mut out)?;
            *least = least.min(start.elapsed().as_secs_f64());
            bytes += out.len();
        }
    }
    print(name, bytes, least.iter().sum());
    Ok(())
}

fn print(name: &str, bytes: usize, seconds: f64) {
    let rate = |count: usize| count as f64 / seconds / 1e6;
    println!("{name:38} {:8.2} M rows/s {:8.1} MB/s", rate(ROWS), rate(bytes));
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("equal lengths")
}

fn ids() -> ArrayRef {
    Arc::new((0..ROWS).map(|n| i64::try_from(n * 7919).ok()).collect::<Int64Array>())
}

fn floats() -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..ROWS).map(wave)))
}

fn names() -> ArrayRef {
    Arc::new(StringArray::from_iter_values((0..ROWS).map(|n| format!("name {n}"))))
}

fn times() -> ArrayRef {
    let start = 1_700_000_000_000_000;
    let times = (0..1_000_000).map(|n| start + n * 123_456_789);
    Arc::new(TimestampMicrosecondArray::from_iter_values(times))
}

fn decimals() -> ArrayRef {
    let prices = Decimal128Array::from_iter_values((0..1_000_000).map(|n| n * 31));
    Arc::new(prices.with_precision_and_scale(18, 2).expect("small numbers"))
}

fn wave(n: usize) -> f64 {
    (n as f64 * 0.7).sin() * 100.0
}

fn npy(array: &Array2<f64>) -> Vec<u8> {
    let (rows, columns) = array.dim();
    let shape = format!("'shape': ({rows}, {columns})");
    let header = format!("{{'descr': '<f8', 'fortran_order': False, {shape}, }}\n");
    let length = u16::try_from(header.len()).expect("a short header");
    let elements: Vec<u8> = array.iter().flat_map(|element| element.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..], header.as_bytes(), &elements].concat()
}
