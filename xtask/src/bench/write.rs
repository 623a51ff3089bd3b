//! Group `write`: engines side by side in one process, and wheels from PyPI as whole processes.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{Layout, Shape};
use serde::Deserialize;

use super::engines::median;
use super::memory::Input;
use super::report::{Report, Table, grouped, times};
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
    let mut rows = Vec::new();
    for shape in Shape::ALL.iter().filter(|shape| **shape != Shape::Floats) {
        // Who is not measured in this run has nothing to be compared with.
        let Some(own) = own_speed(&report, *shape) else { continue };
        let mut row = vec![shape.name().to_owned(), grouped(own)];
        for wheel in WHEELS {
            let speed = speed(root, *shape, wheel, arguments)?;
            row.push(format!("{} ({})", grouped(speed), times(own / speed)));
        }
        rows.push(row);
    }
    let header = ["write", OURS].into_iter().chain(WHEELS).map(str::to_owned).collect();
    let title = "Beside wheels, one thread: MB per CPU second".to_owned();
    report.tables.push(Table { title, header, rows });
    report.notes.push(format!(
        "Wheels hold the same records in memory, with the types that they find out by themselves, \
         and write them to /dev/null; what counts is the text that they were read from. In \
         brackets how many times as fast {OURS} is. Polars and DuckDB have no records that are lists. Wheels: \
         {}.",
        columns::versions()
    ));
    Ok(report)
}

/// MB of text a second that datason writes, as the report says.
fn own_speed(report: &Report, shape: Shape) -> Option<f64> {
    let place = |name| report.lines.names.iter().position(|found| *found == name);
    let (definition, engine, speed) = (place("definition")?, place("engine")?, place("mb_per_s")?);
    let own = |row: &&Vec<String>| row[definition] == shape.name() && row[engine] == OURS;
    report.lines.rows.iter().find(own)?[speed].parse().ok()
}

/// What the script says.
#[derive(Debug, Deserialize)]
struct Outcome {
    rows: u64,
    cpu: Vec<f64>,
}

fn speed(root: &Path, shape: Shape, wheel: &str, arguments: &Arguments) -> anyhow::Result<f64> {
    let folder = root.join(FILES);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {FILES}"))?;
    let size = arguments.size.unwrap_or(SIZE);
    let input = Input::prepare(&folder, shape, Layout::Lines, size)?;
    let python = columns::wheels(root)?;
    let rounds = arguments.samples.unwrap_or(ROUNDS);
    eprintln!("write: {shape}, {wheel}");
    let path = |path: &Path| path.display().to_string();
    let words = [path(&root.join(SCRIPT)), path(&input.path), wheel.to_owned(), rounds.to_string()];
    let told = peak::run(&python, &words)?.stdout;
    let outcome: Outcome =
        serde_json::from_str(&told).with_context(|| format!("{wheel} told something else"))?;
    ensure!(outcome.rows == input.summary.records, "{wheel} lost count: {}", outcome.rows);
    #[expect(clippy::cast_precision_loss, reason = "four digits are looked at")]
    let bytes = input.summary.bytes as f64;
    Ok(bytes / median(outcome.cpu.into_iter()) / 1e6)
}
