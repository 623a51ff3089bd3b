//! Group `write`: engines side by side in one process, and wheels from PyPI as whole processes.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{Layout, Shape};
use serde::Deserialize;

use super::engines::median;
use super::memory::Input;
use super::report::{Lines, Report, Table, grouped, times};
use super::{Arguments, Group, columns, engines, peak};

const FILES: &str = "target/bench-data";
const SCRIPT: &str = "benches/src/bin/write.py";
const WHEELS: [&str; 2] = ["duckdb", "polars"];
const OURS: &str = "datason";
const ROUNDS: usize = 9;
const SIZE: ByteSize = ByteSize::mib(64);

pub(super) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<Report> {
    let mut report = engines::run(root, Group::Write, arguments)?;
    if !arguments.wheels {
        return Ok(report);
    }
    let python = columns::wheels(root)?;
    let folder = root.join(FILES);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {FILES}"))?;
    let mut rows = Vec::new();
    for shape in Shape::ALL.iter().filter(|shape| **shape != Shape::Floats) {
        // Who is not measured in this run has nothing to be compared with.
        let Some(own) = own_speed(&report.lines, *shape) else { continue };
        let size = arguments.size.unwrap_or(SIZE);
        let input = Input::prepare(&folder, *shape, Layout::Lines, size)?;
        let mut row = vec![shape.name().to_owned(), grouped(own)];
        for wheel in WHEELS {
            eprintln!("write: {shape}, {wheel}");
            let seconds = seconds(root, &python, &input, wheel, arguments)?;
            let speed = speed(&input, &seconds);
            row.push(format!("{} ({})", grouped(speed), times(own / speed)));
            report.lines.rows.push(line(*shape, wheel, &input, seconds.len(), speed));
        }
        rows.push(row);
    }
    let header = ["write", OURS].into_iter().chain(WHEELS).map(str::to_owned).collect();
    let title = "Beside wheels, one thread: MB per CPU second".to_owned();
    report.tables.push(Table { title, header, rows });
    report.notes.push(format!(
        "Wheels hold the same records in memory, with the types that they find out by themselves, \
         and write them to /dev/null; what counts is the text that they were read from. In \
         brackets how many times as fast {OURS} is. Polars and DuckDB have no records that are \
         lists. Wheels: {}.",
        columns::versions()
    ));
    Ok(report)
}

/// MB of text a second that datason writes, as the lines say.
fn own_speed(lines: &Lines, shape: Shape) -> Option<f64> {
    let place = |name| lines.names.iter().position(|found| *found == name);
    let (definition, engine, speed) = (place("definition")?, place("engine")?, place("mb_per_s")?);
    let own = |row: &&Vec<String>| row[definition] == shape.name() && row[engine] == OURS;
    lines.rows.iter().find(own)?[speed].parse().ok()
}

/// What the script says.
#[derive(Debug, Deserialize)]
struct Outcome {
    rows: u64,
    cpu: Vec<f64>,
}

/// The CPU seconds that `wheel` takes in each round.
fn seconds(
    root: &Path,
    python: &Path,
    input: &Input,
    wheel: &str,
    arguments: &Arguments,
) -> anyhow::Result<Vec<f64>> {
    let rounds = arguments.samples.unwrap_or(ROUNDS);
    let path = |path: &Path| path.display().to_string();
    let words = [path(&root.join(SCRIPT)), path(&input.path), wheel.to_owned(), rounds.to_string()];
    let told = peak::run(python, &words)?.stdout;
    let outcome: Outcome =
        serde_json::from_str(&told).with_context(|| format!("{wheel} told something else"))?;
    ensure!(outcome.rows == input.summary.records, "{wheel} lost count: {}", outcome.rows);
    Ok(outcome.cpu)
}

/// MB of the text in `input` in a second, the median.
fn speed(input: &Input, seconds: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "four digits are looked at")]
    let bytes = input.summary.bytes as f64;
    bytes / median(seconds.iter().copied()) / 1e6
}

/// As the engines in one process have it, without a ratio to their baseline.
fn line(shape: Shape, wheel: &str, input: &Input, rounds: usize, speed: f64) -> Vec<String> {
    vec![
        shape.name().to_owned(),
        wheel.to_owned(),
        "the defaults".to_owned(),
        input.summary.bytes.to_string(),
        input.summary.records.to_string(),
        rounds.to_string(),
        format!("{speed:.1}"),
        String::new(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_compared_with_what_was_measured_in_the_same_run() {
        let names = &["definition", "engine", "mb_per_s"];
        let row = |row: [&str; 3]| row.map(str::to_owned).to_vec();
        let rows = vec![row(["flat", "arrow-json", "5.0"]), row(["flat", OURS, "7.5"])];
        let lines = Lines { names, rows };
        assert_eq!(own_speed(&lines, Shape::Flat), Some(7.5));
        assert_eq!(own_speed(&lines, Shape::Wide), None);
    }
}
