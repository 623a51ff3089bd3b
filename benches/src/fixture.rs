//! The data of a benchmark.

use std::fmt;
use std::ops::Range;

use anyhow::Context;
use datason_fixtures::{Generator, Layout, Random, Shape};

use crate::forms::Forms;

/// The size of the data, in bytes, for which a definition's expected answer stands.
pub const SMALL: u64 = 64 * 1024;

/// The same seed for all data, so that measurements can be compared over the years.
const SEED: u64 = 1;

/// Which data a benchmark runs on; the size is chosen by whoever runs it.
///
/// # Examples
///
/// ```
/// use datason_benches::Fixture;
///
/// let data = Fixture::Numbers.data(1_000)?;
/// assert!(data.bytes.len() >= 1_000);
/// assert_eq!(serde_json::from_slice::<Vec<u32>>(&data.bytes)?.len() as u64, data.records);
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixture {
    /// Records of the workspace's generator.
    Generated(Shape, Layout),
    /// One compact array of integers of one to six digits: the shortest records there are.
    Numbers,
}

/// Generated data, in memory.
#[derive(Debug, Clone)]
pub struct Data {
    /// The whole text.
    pub bytes: Vec<u8>,
    /// How many records the generator wrote.
    pub records: u64,
    /// Where each line stands, if the records stand in lines; found naively.
    pub lines: Vec<Range<usize>>,
    /// The same in other forms, made when they are first asked for.
    pub(crate) forms: Forms,
}

impl Data {
    pub(crate) fn new(bytes: Vec<u8>, records: u64, lines: Vec<Range<usize>>) -> Self {
        Self { bytes, records, lines, forms: Forms::default() }
    }
}

impl Fixture {
    /// Returns the name of the records' shape, as `--shape` takes it.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Generated(shape, _) => shape.name(),
            Self::Numbers => "numbers",
        }
    }

    /// Generates at least `size` bytes, to the end of the record that reaches them.
    ///
    /// # Errors
    ///
    /// None for data that fits in memory.
    pub fn data(self, size: u64) -> anyhow::Result<Data> {
        match self {
            Self::Generated(shape, layout) => generated(shape, layout, size),
            Self::Numbers => numbers(size),
        }
    }
}

impl fmt::Display for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generated(shape, layout) => write!(f, "{shape} {layout}"),
            Self::Numbers => f.write_str("numbers array"),
        }
    }
}

fn generated(shape: Shape, layout: Layout, size: u64) -> anyhow::Result<Data> {
    let capacity = usize::try_from(size).context("more data than memory has addresses")?;
    // A little more: the last record goes beyond the size that was asked for.
    let mut bytes = Vec::with_capacity(capacity + capacity / 16);
    let summary = Generator::new(shape, SEED).write(layout, size, &mut bytes)?;
    let lines = if layout == Layout::Lines { lines(&bytes) } else { Vec::new() };
    Ok(Data::new(bytes, summary.records, lines))
}

/// The spans of lines, by looking at every byte.
fn lines(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(end, _)| std::mem::replace(&mut start, end + 1)..end).collect()
}

fn numbers(size: u64) -> anyhow::Result<Data> {
    use std::io::Write as _;

    let mut random = Random::new(SEED);
    let mut bytes = b"[0".to_vec();
    let mut records = 1;
    while (bytes.len() as u64) < size {
        let ceiling = 10_u64.pow(1 + u32::try_from(random.below(6))?);
        write!(bytes, ",{}", random.below(ceiling))?;
        records += 1;
    }
    bytes.push(b']');
    Ok(Data::new(bytes, records, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_where_the_records_are() {
        let data = Fixture::Generated(Shape::Floats, Layout::Lines).data(5_000).expect("data");
        assert_eq!(data.lines.len() as u64, data.records);
        assert_eq!(data.lines.last().map(|line| line.end + 1), Some(data.bytes.len()));
        for line in data.lines {
            let row: Vec<f64> = serde_json::from_slice(&data.bytes[line]).expect("a record");
            assert_eq!(row.len(), 32);
        }
    }

    #[test]
    fn numbers_are_short_and_as_many_as_said() {
        let data = Fixture::Numbers.data(SMALL).expect("data");
        let numbers: Vec<u32> = serde_json::from_slice(&data.bytes).expect("an array of numbers");
        assert_eq!(numbers.len() as u64, data.records);
        assert!(numbers.iter().all(|number| *number < 1_000_000));
    }

    #[test]
    fn names_tell_shape_and_layout() {
        let pretty = Fixture::Generated(Shape::Flat, Layout::PrettyArray);
        assert_eq!((pretty.shape(), pretty.to_string().as_str()), ("flat", "flat pretty-array"));
        assert_eq!(Fixture::Numbers.shape(), "numbers");
    }
}
