//! Group `columns`: engines side by side in one process, and whole processes, of this workspace,
//! of arrow-json and of wheels from PyPI, on one file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{Layout, Shape};
use serde::Deserialize;

use super::engines::median;
use super::memory::Input;
use super::report::{Lines, Report, Table, grouped, times};
use super::{Arguments, Group, engines, peak, program, python};

/// Below the workspace's root.
const ENVIRONMENT: &str = "target/wheels";
const FILES: &str = "target/bench-data";
const SCRIPT: &str = "benches/src/bin/columns.py";
const PACKAGES: [&str; 4] =
    ["duckdb==2.0.0", "polars==2.1.0", "pyarrow==26.0.1", "datafusion==55.0.0"];
const WHEELS: [&str; 4] = ["duckdb", "polars", "pyarrow", "datafusion"];
const OURS: &str = "datason";
/// The engine that all others are compared with.
const BASELINE: &str = "arrow-json";
const ROUNDS: usize = 5;
const SIZE: ByteSize = ByteSize::mb(512);
/// How often a run of ours reads the file, which makes a second or more: threads that live shorter
/// may share a core.
const PASSES: u32 = 5;
/// What each engine's answer is verified on.
const CHECKED: ByteSize = ByteSize::mb(8);

/// Where wheels are, and how they are found.
pub(super) fn wheels(root: &Path) -> anyhow::Result<PathBuf> {
    python::environment(root, ENVIRONMENT, &PACKAGES)
}

/// What the wheels are, in words.
pub(super) fn versions() -> String {
    PACKAGES.join(", ").replace("==", " ")
}

pub(super) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<Report> {
    let mut report = engines::run(root, Group::Columns, arguments)?;
    let measurements = Programs::find(root, arguments.wheels)?.measure(root, arguments)?;
    report.tables.extend(tables(&measurements));
    report.notes.push(note(&measurements));
    report.lines = lines(report.lines, &measurements);
    Ok(report)
}

/// What a program says of one run.
#[derive(Debug, Clone, Deserialize)]
struct Outcome {
    rows: u64,
    checksum: Option<i64>,
    cpu: f64,
    wall: f64,
}

/// One engine with so many threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Engine {
    name: &'static str,
    threads: usize,
}

impl Engine {
    /// Whether it can read such records at all: some take objects only.
    fn reads(self, shape: Shape) -> bool {
        shape != Shape::Floats || !matches!(self.name, "polars" | "pyarrow" | "datafusion")
    }
}

/// What one engine took in all rounds.
#[derive(Debug, Clone)]
struct Measurement {
    shape: Shape,
    engine: Engine,
    bytes: u64,
    rows: u64,
    cpu: Vec<f64>,
    wall: Vec<f64>,
    peak: ByteSize,
}

struct Programs {
    ours: PathBuf,
    python: Option<PathBuf>,
    script: PathBuf,
}

impl Programs {
    fn find(root: &Path, with_wheels: bool) -> anyhow::Result<Self> {
        // The same features as the engines in one process: one build does for both.
        let ours = program::build(root, "datason-benches", "columns", &["sonic-rs"])?;
        let python = with_wheels.then(|| wheels(root));
        Ok(Self { ours, python: python.transpose()?, script: root.join(SCRIPT) })
    }

    fn engines(&self) -> Vec<Engine> {
        let wheels = WHEELS.iter().flat_map(|name| [1, 2].map(|threads| Engine { name, threads }));
        let ours = [(OURS, 1), (OURS, 2), (BASELINE, 1)];
        let ours = ours.map(|(name, threads)| Engine { name, threads });
        ours.into_iter().chain(wheels.filter(|_| self.python.is_some())).collect()
    }

    fn measure(&self, root: &Path, arguments: &Arguments) -> anyhow::Result<Vec<Measurement>> {
        fs::create_dir_all(root.join(FILES)).with_context(|| format!("cannot create {FILES}"))?;
        let shapes = match &arguments.shape {
            Some(name) => vec![name.parse().map_err(anyhow::Error::msg)?],
            None => Shape::ALL.to_vec(),
        };
        let mut all = Vec::new();
        for shape in shapes {
            all.extend(self.measure_shape(root, shape, arguments)?);
        }
        Ok(all)
    }

    fn measure_shape(
        &self,
        root: &Path,
        shape: Shape,
        arguments: &Arguments,
    ) -> anyhow::Result<Vec<Measurement>> {
        let input = |size| Input::prepare(&root.join(FILES), shape, Layout::Lines, size);
        let engines: Vec<_> =
            self.engines().into_iter().filter(|engine| engine.reads(shape)).collect();
        self.verify(&engines, &input(CHECKED)?)?;
        let input = input(arguments.size.unwrap_or(SIZE))?;
        let begin = |engine: &Engine| Measurement::begin(shape, *engine, &input);
        let mut measurements: Vec<_> = engines.iter().map(begin).collect();
        for round in 0..arguments.samples.unwrap_or(ROUNDS) {
            eprintln!("columns: {shape}, whole processes, round {}", round + 1);
            for turn in 0..engines.len() {
                let one = &mut measurements[(round + turn) % engines.len()];
                let (outcome, peak) = self.outcome(one.engine, &input.path, false)?;
                one.add(&outcome, peak)?;
            }
        }
        Ok(measurements)
    }

    /// Whoever has other rows or another checksum reads something else.
    fn verify(&self, engines: &[Engine], input: &Input) -> anyhow::Result<()> {
        let mut expected = None;
        for engine in engines {
            let (outcome, _) = self.outcome(*engine, &input.path, true)?;
            let found = (outcome.rows, outcome.checksum.context("no checksum")?);
            let expected = *expected.get_or_insert((input.summary.records, found.1));
            ensure!(found == expected, "{engine:?} found {found:?}, expected {expected:?}");
        }
        Ok(())
    }

    fn outcome(
        &self,
        engine: Engine,
        file: &Path,
        check: bool,
    ) -> anyhow::Result<(Outcome, ByteSize)> {
        let path = |path: &Path| path.display().to_string();
        let (program, mut arguments) = match &self.python {
            Some(python) if WHEELS.contains(&engine.name) => (python, vec![path(&self.script)]),
            _ => (&self.ours, Vec::new()),
        };
        arguments.extend([path(file), engine.name.to_owned(), engine.threads.to_string()]);
        arguments.extend(check.then(|| "--check".to_owned()));
        if engine.name == OURS {
            arguments.extend(["--passes".to_owned(), PASSES.to_string()]);
        }
        let run = peak::run(program, &arguments)?;
        let outcome = serde_json::from_str(&run.stdout);
        Ok((outcome.with_context(|| format!("{engine:?} told something else"))?, run.peak))
    }
}

impl Measurement {
    fn begin(shape: Shape, engine: Engine, input: &Input) -> Self {
        let (bytes, rows) = (input.summary.bytes, input.summary.records);
        Self { shape, engine, bytes, rows, cpu: vec![], wall: vec![], peak: ByteSize(0) }
    }

    fn add(&mut self, outcome: &Outcome, peak: ByteSize) -> anyhow::Result<()> {
        ensure!(outcome.rows == self.rows, "{:?} lost count: {}", self.engine, outcome.rows);
        self.cpu.push(outcome.cpu);
        self.wall.push(outcome.wall);
        self.peak = self.peak.max(peak);
        Ok(())
    }

    /// MB in a second of `seconds`, the median.
    fn speed(&self, seconds: &[f64]) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "five digits are looked at")]
        let bytes = self.bytes as f64;
        bytes / median(seconds.iter().copied()) / 1e6
    }
}

/// How many times as fast, round by round.
fn ratio(own: &[f64], other: &[f64]) -> f64 {
    median(own.iter().zip(other).map(|(own, other)| other / own))
}

fn find<'m>(
    all: &'m [Measurement],
    shape: Shape,
    name: &str,
    threads: usize,
) -> Option<&'m Measurement> {
    let wanted = |one: &&Measurement| {
        one.shape == shape && one.engine.name == name && one.engine.threads == threads
    };
    all.iter().find(wanted)
}

/// A row per shape, a column per engine; `–` for who does not read such records.
fn table(
    all: &[Measurement],
    title: &str,
    threads: &[usize],
    cell: impl Fn(&Measurement) -> String,
) -> Table {
    let (mut shapes, mut engines) = (Vec::new(), Vec::new());
    for one in all {
        if !shapes.contains(&one.shape) {
            shapes.push(one.shape);
        }
        if threads.contains(&one.engine.threads) && !engines.contains(&one.engine) {
            engines.push(one.engine);
        }
    }
    let label = |engine: &Engine| match threads {
        [_] => engine.name.to_owned(),
        _ => format!("{} {}", engine.name, engine.threads),
    };
    let row = |shape: &Shape| {
        let found = engines.iter().map(|engine| find(all, *shape, engine.name, engine.threads));
        let cells = found.map(|one| one.map_or_else(|| "–".to_owned(), &cell));
        std::iter::once(shape.name().to_owned()).chain(cells).collect()
    };
    Table {
        title: title.to_owned(),
        header: std::iter::once("columns".to_owned()).chain(engines.iter().map(label)).collect(),
        rows: shapes.iter().map(row).collect(),
    }
}

fn tables(all: &[Measurement]) -> [Table; 3] {
    let cpu = table(all, "Whole processes, one thread: MB per CPU second", &[1], |one| {
        let speed = grouped(one.speed(&one.cpu));
        match ratio_to_baseline(all, one) {
            Some(ratio) if one.engine.name != BASELINE => format!("{speed} ({})", times(ratio)),
            _ => speed,
        }
    });
    let wall = table(all, "Whole processes, two threads: MB/s on the clock", &[2], |one| {
        let speed = grouped(one.speed(&one.wall));
        let single = find(all, one.shape, one.engine.name, 1);
        let gain = single.map_or(f64::NAN, |single| ratio(&one.wall, &single.wall));
        format!("{speed} ({})", times(gain))
    });
    let peak = table(all, "Whole processes: peak memory in MB, by threads", &[1, 2], |one| {
        grouped(megabytes(one.peak))
    });
    [cpu, wall, peak]
}

fn ratio_to_baseline(all: &[Measurement], one: &Measurement) -> Option<f64> {
    find(all, one.shape, BASELINE, 1).map(|baseline| ratio(&one.cpu, &baseline.cpu))
}

fn megabytes(size: ByteSize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let bytes = size.as_u64() as f64;
    bytes / 1e6
}

fn note(all: &[Measurement]) -> String {
    let size = all.iter().map(|one| one.bytes).max().unwrap_or(0);
    let rounds = all.first().map_or(0, |one| one.cpu.len());
    let wheels = if all.iter().any(|one| WHEELS.contains(&one.engine.name)) {
        versions()
    } else {
        "none".to_owned()
    };
    format!(
        "Whole processes read a file of {}, datason {PASSES} times, the median of {rounds} rounds \
         in which all take turns. With one thread, the ratio in brackets is to arrow-json; with \
         two, on the clock to the same engine with one. To start the process and, for datason and \
         arrow-json, to infer the schema is not timed; wheels look at the first records in the time that counts. \
         Everything counts in the memory, Python too. Wheels: {wheels}.",
        ByteSize(size).display().si()
    )
}

/// The lines of the engines in one process with more fields, which they leave empty, and those
/// of the processes.
fn lines(in_process: Lines, all: &[Measurement]) -> Lines {
    let names = &[
        "definition",
        "engine",
        "options",
        "bytes",
        "records",
        "rounds",
        "mb_per_s",
        "ratio",
        "process",
        "threads",
        "cpu_s",
        "wall_s",
        "peak_mb",
    ];
    let inner = in_process.rows.into_iter().map(|mut row| {
        row.extend(["shared", "1", "", "", ""].map(str::to_owned));
        row
    });
    let options = |one: &Measurement| {
        vec![
            one.shape.name().to_owned(),
            one.engine.name.to_owned(),
            "the defaults".to_owned(),
            one.bytes.to_string(),
            one.rows.to_string(),
            one.cpu.len().to_string(),
            format!("{:.1}", one.speed(&one.cpu)),
            ratio_to_baseline(all, one).map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            "own".to_owned(),
            one.engine.threads.to_string(),
            format!("{:.4}", median(one.cpu.iter().copied())),
            format!("{:.4}", median(one.wall.iter().copied())),
            format!("{:.1}", megabytes(one.peak)),
        ]
    };
    Lines { names, rows: inner.chain(all.iter().map(options)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &'static str, threads: usize, cpu: &[f64], wall: &[f64]) -> Measurement {
        Measurement {
            shape: Shape::Flat,
            engine: Engine { name, threads },
            bytes: 2_000_000,
            rows: 10,
            cpu: cpu.to_vec(),
            wall: wall.to_vec(),
            peak: ByteSize::mb(20),
        }
    }

    fn measurements() -> Vec<Measurement> {
        vec![
            one(OURS, 1, &[0.001, 0.002, 0.001], &[0.001, 0.002, 0.001]),
            one(OURS, 2, &[0.001, 0.002, 0.001], &[0.0005, 0.001, 0.0005]),
            one(BASELINE, 1, &[0.004, 0.008, 0.004], &[0.004, 0.008, 0.004]),
        ]
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let [cpu, wall, peak] = tables(&measurements());
        assert_eq!(cpu.header, ["columns", "datason", "arrow-json"]);
        assert_eq!(cpu.rows, [["flat", "2,000 (4.00x)", "500"]]);
        assert_eq!(wall.rows, [["flat", "4,000 (2.00x)"]]);
        assert_eq!(peak.header, ["columns", "datason 1", "datason 2", "arrow-json 1"]);
        assert_eq!(peak.rows, [["flat", "20", "20", "20"]]);
    }

    #[test]
    fn lines_of_both_kinds_have_all_fields() {
        let inner = vec![["x"; 8].map(str::to_owned).to_vec()];
        let lines = lines(Lines { names: &[], rows: inner }, &measurements());
        assert_eq!(lines.rows.len(), 4);
        assert!(lines.rows.iter().all(|row| row.len() == lines.names.len()));
    }

    #[test]
    fn who_loses_rows_is_not_measured() {
        let outcome = Outcome { rows: 9, checksum: None, cpu: 1.0, wall: 1.0 };
        let mut measurement = one(OURS, 1, &[], &[]);
        assert!(measurement.add(&outcome, ByteSize::mb(30)).is_err());
        let outcome = Outcome { rows: 10, ..outcome };
        measurement.add(&outcome, ByteSize::mb(30)).expect("all rows");
        assert_eq!((measurement.peak, measurement.cpu.len()), (ByteSize::mb(30), 1));
    }

    #[test]
    fn lists_are_not_given_to_who_takes_objects_only() {
        let polars = Engine { name: "polars", threads: 1 };
        assert!(polars.reads(Shape::Flat) && !polars.reads(Shape::Floats));
        assert!(Engine { name: OURS, threads: 1 }.reads(Shape::Floats));
    }
}
