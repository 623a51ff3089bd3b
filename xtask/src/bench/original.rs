//! Group `original`: the same tasks in Python, by datason 0.4.0, and here, on the same data.
//!
//! The original comes from PyPI into an environment below `target`, which is made once. Both
//! programs take turns, round after round, and must write the same bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::engines::median;
use super::report::{Lines, Report, Table, grouped, times};
use super::{Arguments, program, python};

/// Below the workspace's root.
const ENVIRONMENT: &str = "target/original";
const FILES: &str = "target/original-files";
const SCRIPT: &str = "benches/src/bin/original.py";
const PACKAGES: [&str; 3] = ["datason==0.4.0", "pandas", "numpy"];
/// The engine that all others are compared with.
const ORIGINAL: &str = "original";
const ROUNDS: usize = 5;
const ITEMS: usize = 200_000;

/// What one task took in one round, as both programs write it.
#[derive(Debug, Clone, Deserialize)]
struct Line {
    task: String,
    engine: String,
    items: u64,
    file: PathBuf,
    /// CPU seconds.
    seconds: f64,
    /// The versions at work.
    #[serde(default)]
    about: String,
}

/// What one task took in all rounds.
#[derive(Debug, Clone)]
struct Measurement {
    line: Line,
    bytes: u64,
    seconds: Vec<f64>,
}

pub(super) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<Report> {
    let python = python::environment(root, ENVIRONMENT, &PACKAGES)?;
    let ours = program::build(root, "datason-benches", "original", &[])?;
    let files = root.join(FILES);
    fs::create_dir_all(&files).with_context(|| format!("cannot create {FILES}"))?;
    let script = root.join(SCRIPT);
    let mut measurements = Vec::new();
    for round in 0..arguments.samples.unwrap_or(ROUNDS) {
        eprintln!("original: round {}", round + 1);
        let original = said(Command::new(&python).arg(&script), &files)?;
        let ours = said(&mut Command::new(&ours), &files)?;
        add(&mut measurements, original.into_iter().chain(ours))?;
    }
    same_bytes(&measurements)?;
    fs::remove_dir_all(&files).with_context(|| format!("cannot remove {FILES}"))?;
    Ok(report(&measurements))
}

/// The lines that a program says about one round.
fn said(command: &mut Command, files: &Path) -> anyhow::Result<Vec<Line>> {
    let output = command.arg(files).arg(ITEMS.to_string()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "a program of the benchmark failed: {}", output.status);
    parse(&String::from_utf8(output.stdout)?)
}

fn parse(lines: &str) -> anyhow::Result<Vec<Line>> {
    let lines = lines.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>();
    lines.context("a program of the benchmark wrote something else than measurements")
}

fn add(
    measurements: &mut Vec<Measurement>,
    lines: impl Iterator<Item = Line>,
) -> anyhow::Result<()> {
    for line in lines {
        let known = measurements
            .iter_mut()
            .find(|known| known.line.task == line.task && known.line.engine == line.engine);
        if let Some(known) = known {
            known.seconds.push(line.seconds);
            continue;
        }
        let about = fs::metadata(&line.file);
        let bytes = about.with_context(|| format!("no file {}", line.file.display()))?.len();
        measurements.push(Measurement { bytes, seconds: vec![line.seconds], line });
    }
    Ok(())
}

/// Whoever writes other bytes does another task.
fn same_bytes(measurements: &[Measurement]) -> anyhow::Result<()> {
    for Measurement { line, .. } in measurements {
        let original = original_of(measurements, line).context("the original has no such task")?;
        let read =
            |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        ensure!(
            read(&line.file)? == read(&original.line.file)?,
            "{} and {} differ",
            line.file.display(),
            original.line.file.display()
        );
    }
    Ok(())
}

fn original_of<'m>(measurements: &'m [Measurement], line: &Line) -> Option<&'m Measurement> {
    measurements.iter().find(|other| other.line.engine == ORIGINAL && other.line.task == line.task)
}

impl Measurement {
    fn per_second(&self, amount: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "five digits are looked at")]
        let amount = amount as f64;
        amount / median(self.seconds.iter().copied())
    }

    /// How many times as fast this is as `other`, round by round.
    fn ratio_to(&self, other: &Self) -> f64 {
        median(self.seconds.iter().zip(&other.seconds).map(|(own, other)| other / own))
    }
}

fn report(measurements: &[Measurement]) -> Report {
    let engines = [ORIGINAL, "typed", "dynamic"];
    let mut tasks: Vec<&str> = Vec::new();
    for Measurement { line, .. } in measurements {
        if !tasks.contains(&line.task.as_str()) {
            tasks.push(&line.task);
        }
    }
    let row = |task: &&str| {
        let cells = engines.iter().map(|engine| cell(measurements, task, engine));
        std::iter::once(task.replace('_', " ")).chain(cells).collect()
    };
    let header = ["items/s", ORIGINAL, "typed", "dynamic"].map(str::to_owned).to_vec();
    let about = measurements.iter().find(|one| one.line.engine == ORIGINAL);
    let rounds = about.map_or(0, |one| one.seconds.len());
    let about = about.map_or("", |one| one.line.about.as_str());
    Report {
        tables: vec![Table {
            title: "Against the original: items per CPU second".to_owned(),
            header,
            rows: tasks.iter().map(row).collect(),
        }],
        notes: vec![format!(
            "{ITEMS} items, chunks of 1,000; a row of the array has ten floats. The median of \
             {rounds} rounds in which both take turns; in brackets the ratio to the original, the \
             median of the ratios within each round. `typed` are structs, columns and arrays, \
             `dynamic` values that anything can be, as in Python. All write the same bytes. {about}."
        )],
        lines: lines(measurements),
    }
}

fn cell(measurements: &[Measurement], task: &str, engine: &str) -> String {
    let Some(one) =
        measurements.iter().find(|one| one.line.task == task && one.line.engine == engine)
    else {
        return "–".to_owned();
    };
    let speed = grouped(one.per_second(one.line.items));
    match original_of(measurements, &one.line) {
        Some(original) if engine != ORIGINAL => {
            format!("{speed} ({})", times(one.ratio_to(original)))
        }
        _ => speed,
    }
}

fn lines(measurements: &[Measurement]) -> Lines {
    let names = &["task", "engine", "items", "bytes", "rounds", "items_per_s", "mb_per_s", "ratio"];
    let row = |one: &Measurement| {
        let ratio = original_of(measurements, &one.line).map(|original| one.ratio_to(original));
        vec![
            one.line.task.clone(),
            one.line.engine.clone(),
            one.line.items.to_string(),
            one.bytes.to_string(),
            one.seconds.len().to_string(),
            format!("{:.0}", one.per_second(one.line.items)),
            format!("{:.1}", one.per_second(one.bytes) / 1e6),
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        ]
    };
    Lines { names, rows: measurements.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements(folder: &Path) -> Vec<Measurement> {
        let line = |engine: &str, seconds: f64| {
            let file = folder.join(engine);
            fs::write(&file, "[1]\n").expect("a file");
            let (task, items, about) = ("save_list".to_owned(), 100, "Python 3".to_owned());
            Line { task, engine: engine.to_owned(), items, file, seconds, about }
        };
        let mut measurements = Vec::new();
        for (slow, fast) in [(2.0, 0.02), (4.0, 0.04), (3.0, 0.02)] {
            let round = [line(ORIGINAL, slow), line("typed", fast)];
            add(&mut measurements, round.into_iter()).expect("files that are there");
        }
        measurements
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let measurements = measurements(folder.path());
        same_bytes(&measurements).expect("the same bytes");
        let report = report(&measurements);
        let expected = ["save list", "33", "5,000 (100.0x)", "–"];
        assert_eq!(report.tables[0].rows, [expected]);
        assert!(report.lines.rows.iter().all(|row| row.len() == report.lines.names.len()));
    }

    #[test]
    fn whoever_writes_other_bytes_is_not_measured() {
        let folder = tempfile::tempdir().expect("a folder");
        let measurements = measurements(folder.path());
        fs::write(folder.path().join("typed"), "[2]\n").expect("a file");
        assert!(same_bytes(&measurements).is_err());
    }

    #[test]
    fn other_output_is_an_error() {
        assert!(parse("Collecting pandas\n").is_err());
    }
}
