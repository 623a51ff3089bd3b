//! Group `memory`: whole runs of `datason convert`, on a small file and on a large one.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{Generator, Layout, Shape, Summary};
use serde::Deserialize;

use super::report::{Lines, Report, Table, grouped};
use super::{Arguments, peak, program};

/// Where generated files stay, so that the next run need not write them again.
const FOLDER: &str = "target/bench-data";

const SEED: u64 = 1;
const SMALL: ByteSize = ByteSize::mb(40);
const LARGE: ByteSize = ByteSize::gb(4);

/// How the records stand in the file to read.
const LAYOUTS: [Layout; 2] = [Layout::Lines, Layout::Array];

pub(super) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<Report> {
    let program = program::build(root, "datason-cli", "datason", &[])?;
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {FOLDER}"))?;
    let shape = arguments.shape.as_deref().unwrap_or(Shape::Flat.name());
    let shape = shape.parse::<Shape>().map_err(anyhow::Error::msg)?;
    let mut runs = Vec::new();
    for layout in LAYOUTS {
        for size in [SMALL, arguments.size.unwrap_or(LARGE)] {
            let input = Input::prepare(&folder, shape, layout, size)?;
            for output in [Output::Null, Output::File(folder.join("converted.jsonl"))] {
                eprintln!("memory: {layout}, {} to {}", size.display().si(), output.name());
                runs.push(Run::measure(&program, &input, &output, arguments)?);
            }
        }
    }
    Ok(report(shape, arguments, &runs))
}

/// A generated file.
pub(super) struct Input {
    pub(super) path: PathBuf,
    layout: Layout,
    size: ByteSize,
    pub(super) summary: Summary,
}

/// A [`Summary`] as it lies beside the file.
#[derive(serde::Serialize, Deserialize)]
struct Label {
    records: u64,
    bytes: u64,
}

impl Input {
    /// Generates the file, unless it is there already.
    pub(super) fn prepare(
        folder: &Path,
        shape: Shape,
        layout: Layout,
        size: ByteSize,
    ) -> anyhow::Result<Self> {
        let name = format!("{shape}-{layout}-{}-seed{SEED}.json", size.as_u64());
        let path = folder.join(name);
        let label = path.with_extension("label");
        let summary = match known(&path, &label) {
            Some(summary) => summary,
            None => generate(&path, &label, shape, layout, size)
                .with_context(|| format!("cannot write {}", path.display()))?,
        };
        Ok(Self { path, layout, size, summary })
    }
}

/// What is in the file, if all of it is there.
fn known(path: &Path, label: &Path) -> Option<Summary> {
    let Label { records, bytes } = serde_json::from_slice(&fs::read(label).ok()?).ok()?;
    let complete = fs::metadata(path).is_ok_and(|file| file.len() == bytes);
    complete.then_some(Summary { records, bytes })
}

/// Writes the file, and then, since the file is complete, its label.
fn generate(
    path: &Path,
    label: &Path,
    shape: Shape,
    layout: Layout,
    size: ByteSize,
) -> anyhow::Result<Summary> {
    eprintln!("writing {}", path.display());
    let mut file = BufWriter::new(File::create(path)?);
    let summary = Generator::new(shape, SEED).write(layout, size.as_u64(), &mut file)?;
    file.flush()?;
    let Summary { records, bytes } = summary;
    fs::write(label, serde_json::to_vec(&Label { records, bytes })?)?;
    Ok(summary)
}

/// Where the records go.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Output {
    Null,
    /// A new file, which is removed again.
    File(PathBuf),
}

impl Output {
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "/dev/null",
            Self::File(_) => "file",
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Null => Path::new("/dev/null"),
            Self::File(path) => path,
        }
    }
}

/// Conversions of one file.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    layout: Layout,
    size: ByteSize,
    output: &'static str,
    summary: Summary,
    /// The largest of all rounds.
    peak: ByteSize,
    /// The shortest of all rounds, on the wall clock.
    seconds: f64,
}

/// What `datason --json` says in the end.
#[derive(Deserialize)]
struct Converted {
    records: u64,
}

impl Run {
    fn measure(
        program: &Path,
        input: &Input,
        output: &Output,
        arguments: &Arguments,
    ) -> anyhow::Result<Self> {
        let Input { layout, size, summary, .. } = *input;
        let output_name = output.name();
        let (peak, seconds) = (ByteSize(0), f64::INFINITY);
        let mut run = Self { layout, size, output: output_name, summary, peak, seconds };
        for _ in 0..arguments.samples.unwrap_or(1).max(1) {
            let outcome = peak::run(program, &command_line(input, output, arguments)?)?;
            let Converted { records } = serde_json::from_str(&outcome.stdout)
                .with_context(|| format!("datason said `{}`", outcome.stdout.trim()))?;
            ensure!(records == summary.records, "{records} of {} records", summary.records);
            if let Output::File(path) = output {
                fs::remove_file(path).context("cannot remove what was converted")?;
            }
            run.peak = run.peak.max(outcome.peak);
            run.seconds = run.seconds.min(outcome.seconds);
        }
        Ok(run)
    }

    fn megabytes_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "five digits are looked at")]
        let bytes = self.summary.bytes as f64;
        bytes / self.seconds / 1e6
    }
}

fn command_line(
    input: &Input,
    output: &Output,
    arguments: &Arguments,
) -> anyhow::Result<Vec<String>> {
    let mut words = ["convert", "--json", "--quiet", "--to", "jsonl"].map(str::to_owned).to_vec();
    words.extend(arguments.shared_options());
    for path in [&input.path, output.path()] {
        words.push(path.to_str().context("the workspace's path is not UTF-8")?.to_owned());
    }
    Ok(words)
}

fn report(shape: Shape, arguments: &Arguments, runs: &[Run]) -> Report {
    let note = format!(
        "Resident set of the whole process at its peak, in MiB, for a file of {} and one of {} \
         with {shape} records; MB of text per second of the wall clock, the larger file.",
        SMALL.display().si(),
        arguments.size.unwrap_or(LARGE).display().si(),
    );
    Report { tables: vec![peaks(runs)], notes: vec![note], lines: lines(shape, arguments, runs) }
}

/// A row per way to convert, small and large beside each other.
fn peaks(runs: &[Run]) -> Table {
    let header = ["convert", "small", "large", "difference", "MB/s"];
    let same = |one: &Run, other: &Run| one.layout == other.layout && one.output == other.output;
    let pairs = runs.iter().enumerate().filter_map(|(index, small)| {
        let large = runs[index + 1..].iter().find(|large| same(small, large))?;
        Some((small, large))
    });
    let row = |(small, large): (&Run, &Run)| {
        let (low, high) = (mebibytes(small.peak), mebibytes(large.peak));
        vec![
            format!("{} to {}", small.layout, small.output),
            format!("{low:.1}"),
            format!("{high:.1}"),
            format!("{:+.1}", high - low),
            grouped(large.megabytes_per_second()),
        ]
    };
    Table {
        title: "Peak resident memory of `datason convert`: MiB".to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: pairs.map(row).collect(),
    }
}

fn mebibytes(size: ByteSize) -> f64 {
    size.as_mib()
}

fn lines(shape: Shape, arguments: &Arguments, runs: &[Run]) -> Lines {
    let names = &[
        "shape",
        "layout",
        "output",
        "options",
        "bytes",
        "records",
        "peak_bytes",
        "seconds",
        "mb_per_s",
    ];
    let row = |run: &Run| {
        vec![
            shape.to_string(),
            run.layout.to_string(),
            run.output.to_owned(),
            arguments.shared_options().join(" "),
            run.summary.bytes.to_string(),
            run.summary.records.to_string(),
            run.peak.as_u64().to_string(),
            format!("{:.3}", run.seconds),
            format!("{:.1}", run.megabytes_per_second()),
        ]
    };
    Lines { names, rows: runs.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(layout: Layout, output: &'static str, megabytes: u64, peak: ByteSize) -> Run {
        let (size, bytes) = (ByteSize::mb(megabytes), megabytes * 1_000_000);
        let summary = Summary { records: 3, bytes };
        Run { layout, size, output, summary, peak, seconds: 2.0 }
    }

    #[test]
    fn small_and_large_stand_beside_each_other() {
        let runs = [
            run(Layout::Lines, "file", 40, ByteSize::mib(10)),
            run(Layout::Lines, "file", 4_000, ByteSize::mib(12)),
            run(Layout::Array, "file", 40, ByteSize::mib(11)),
            run(Layout::Array, "file", 4_000, ByteSize::mib(9)),
        ];
        let rows = peaks(&runs).rows;
        assert_eq!(rows[0], ["lines to file", "10.0", "12.0", "+2.0", "2,000"]);
        assert_eq!(rows[1], ["array to file", "11.0", "9.0", "-2.0", "2,000"]);
        let lines = lines(Shape::Flat, &Arguments::default(), &runs);
        assert!(lines.rows.iter().all(|row| row.len() == lines.names.len()));
    }

    #[test]
    fn a_file_is_written_once() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let prepare =
            || Input::prepare(folder.path(), Shape::Flat, Layout::Array, ByteSize::kb(10));
        let first = prepare().expect("a writable folder");
        let written = fs::metadata(&first.path).expect("it was written");
        assert_eq!(written.len(), first.summary.bytes);

        let again = prepare().expect("a readable folder");
        let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        assert_eq!(again.summary, first.summary);
        assert_eq!(modified(&again.path), written.modified().ok());

        fs::write(&first.path, "[]").expect("a writable folder");
        let repaired = prepare().expect("a writable folder");
        assert_eq!(
            known(&repaired.path, &repaired.path.with_extension("label")),
            Some(first.summary)
        );
    }

    #[test]
    fn the_command_line_is_that_of_the_program() {
        let summary = Summary::default();
        let (path, layout) = (PathBuf::from("in.json"), Layout::Array);
        let input = Input { path, layout, size: SMALL, summary };
        let arguments = Arguments { codec: Some("serde-json".to_owned()), ..Arguments::default() };
        let words = command_line(&input, &Output::Null, &arguments).expect("paths in UTF-8");
        let expected = "convert --json --quiet --to jsonl --codec serde-json in.json /dev/null";
        assert_eq!(words.join(" "), expected);
    }
}
