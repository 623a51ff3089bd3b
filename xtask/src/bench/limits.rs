//! `cargo xtask memory`: what is promised of memory, held against the released program.
//!
//! Estimates against what counting says, limits against the peak of the resident set, and a large
//! input against a small one.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use clap::ValueEnum;
use datason_fixtures::{Generator, Layout, Shape};
use serde_json::Value;

mod estimates;
mod failing;
mod starved;

use super::environment::Environment;
use super::peak::{self, Outcome};
use super::report::{Lines, Report, Table};
use super::{program, record};

/// What to hold to its promise.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// How large the large input is, beside one of 40MB.
    #[arg(long, default_value = "400MB")]
    size: ByteSize,
    /// A folder with files to estimate, besides those of the workspace; left out if it is not there.
    #[arg(long, default_value = "../shared/corpora")]
    corpora: PathBuf,
    /// Hold only this to its promise.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Append the numbers to the records of `memory_limits` and `memory_estimates`, and write their
    /// tables. The first is written only if all of it was run.
    #[arg(long)]
    save: bool,
    /// The day to write beside the numbers [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

/// What can be held to its promise alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Peaks under limits, of text and of columns.
    Limits,
    /// A large input beside a small one.
    Growth,
    /// Too little address space.
    Starved,
    /// One allocation that fails.
    Failing,
    /// Estimates beside the truth.
    Estimates,
}

/// What large inputs are given to.
const READ: &[&str] = &["count"];
const TEXT: &[&str] = &["convert", "/dev/null", "--to", "jsonl"];
const COLUMNS_OF_ANY: &[&str] = &["convert", "/dev/null", "--to", "arrow-stream"];
const COLUMNS_OF_TWO: &[&str] = &["convert", "/dev/null", "--to", "arrow-stream", "--threads", "2"];

const FOLDER: &str = "target/bench-data/limits";
const SMALL: ByteSize = ByteSize::mb(40);
const CAPS: [u64; 4] = [32, 64, 128, 512];
/// What the program itself and its output take beside the limit, at most.
const BESIDE: u64 = 16 << 20;
/// How much more a large input may take than a small one.
const GROWTH: u64 = 4 << 20;
/// What streaming an input of any size to columns may take, at the default settings and with two
/// threads.
const COLUMNS: u64 = 64 << 20;

pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let environment = Environment::find(root, arguments.date.as_deref())?;
    let program = program::build(root, "datason-cli", "datason", &[])?;
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {FOLDER}"))?;
    let mut lab = Lab { root, program, folder, checks: Vec::new() };
    let wanted = |part| arguments.only.is_none_or(|only| only == part);
    if wanted(Part::Limits) {
        lab.caps()?;
        lab.caps_of_columns()?;
    }
    if wanted(Part::Growth) {
        lab.growth(arguments.size)?;
    }
    if wanted(Part::Starved) {
        lab.starved()?;
    }
    if wanted(Part::Failing) {
        lab.failing()?;
    }
    if wanted(Part::Estimates) {
        lab.estimates(&root.join(&arguments.corpora))?;
    }
    let broken = lab.checks.iter().filter(|check| !check.kept).count();
    let (limits, estimates) = reports(&lab.checks);
    println!("{limits}{estimates}");
    if arguments.save && arguments.only.is_none() {
        record::save(root, "memory_limits", &environment, &limits)?;
    }
    if arguments.save && wanted(Part::Estimates) {
        record::save(root, "memory_estimates", &environment, &estimates)?;
    }
    eprintln!("memory: {broken} of {} promises are broken", lab.checks.len());
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One promise and what became of it.
struct Check {
    promise: &'static str,
    input: String,
    /// What was promised and what was found, as people read them.
    most: String,
    found: String,
    outcome: String,
    kept: bool,
}

struct Lab<'a> {
    root: &'a Path,
    program: PathBuf,
    folder: PathBuf,
    checks: Vec<Check>,
}

impl Lab<'_> {
    /// Peak resident memory under each cap, on inputs that are hard on it.
    fn caps(&mut self) -> anyhow::Result<()> {
        let text = self.long_line("text", b"\"", b"x", b"\"", 40 << 20)?;
        let bomb = self.long_line("bomb", b"\"", b"x", b"\"", 250 << 20)?;
        let inputs = [
            self.generated(Shape::Flat, Layout::Lines, SMALL)?,
            self.generated(Shape::Wide, Layout::Lines, SMALL)?,
            self.long_line("numbers", b"[1", b",1", b"]", 40 << 20)?,
            text,
            self.compressed(&bomb, "gz")?,
            self.compressed(&bomb, "zst")?,
        ];
        for input in &inputs {
            for cap in CAPS.map(ByteSize::mib) {
                let words = ["--on-error", "skip", "--memory-limit", &format!("{}B", cap.as_u64())];
                let outcome = self.convert(input, &words)?;
                let most = cap.as_u64() + BESIDE;
                let (told, typed) = judged(&outcome)?;
                self.checks.push(Check {
                    promise: "limit",
                    input: format!("{} under {} MiB", name(input), cap.as_u64() >> 20),
                    most: mebibytes(most),
                    found: mebibytes(outcome.peak.as_u64()),
                    outcome: told,
                    kept: typed && outcome.peak.as_u64() <= most,
                });
            }
        }
        Ok(())
    }

    /// The same for columns, and several numbers of threads.
    fn caps_of_columns(&mut self) -> anyhow::Result<()> {
        let inputs = [
            self.generated(Shape::Flat, Layout::Lines, SMALL)?,
            self.generated(Shape::Nested, Layout::Lines, SMALL)?,
            self.generated(Shape::Text, Layout::Lines, SMALL)?,
            self.long_list(40 << 20)?,
            self.many_keys(5_000, 100)?,
        ];
        for input in &inputs {
            for threads in ["1", "2", "8"] {
                for cap in CAPS.map(ByteSize::mib) {
                    let limit = format!("{}B", cap.as_u64());
                    let options =
                        ["--on-error", "skip", "--memory-limit", &limit, "--threads", threads];
                    let outcome = self.of(input, &[COLUMNS_OF_ANY, &options].concat())?;
                    let most = cap.as_u64() + BESIDE;
                    let (told, typed) = judged(&outcome)?;
                    let mib = cap.as_u64() >> 20;
                    self.checks.push(Check {
                        promise: "columns",
                        input: format!("{} under {mib} MiB, {threads} threads", name(input)),
                        most: mebibytes(most),
                        found: mebibytes(outcome.peak.as_u64()),
                        outcome: told,
                        kept: typed && outcome.peak.as_u64() <= most,
                    });
                }
            }
        }
        Ok(())
    }

    /// Peak resident memory for a large input beside that for a small one.
    fn growth(&mut self, large: ByteSize) -> anyhow::Result<()> {
        let mut pairs = Vec::new();
        for layout in [Layout::Lines, Layout::Array] {
            let small = self.generated(Shape::Flat, layout, SMALL)?;
            pairs.push((small, self.generated(Shape::Flat, layout, large)?));
        }
        for extension in ["gz", "zst"] {
            let (small, large) = pairs[0].clone();
            let large = self.compressed(&large, extension)?;
            pairs.push((self.compressed(&small, extension)?, large));
        }
        for (small, large) in &pairs {
            for words in [READ, TEXT, COLUMNS_OF_TWO] {
                eprintln!("memory: {} of {}", words.join(" "), name(large));
                let (one, other) = (self.of(small, words)?, self.of(large, words)?);
                self.compare(words, (small, &one), (large, &other))?;
            }
        }
        Ok(())
    }

    /// Holds the peak for a large input against that for a small one.
    fn compare(
        &mut self,
        words: &[&str],
        (small, one): (&Path, &Outcome),
        (large, other): (&Path, &Outcome),
    ) -> anyhow::Result<()> {
        let more = other.peak.as_u64().saturating_sub(one.peak.as_u64());
        let (told, _) = judged(other)?;
        let well = (one.code, other.code) == (Some(0), Some(0));
        let verb = verb(words);
        self.checks.push(Check {
            promise: "growth",
            input: format!("{verb}: {} beside {}", name(large), name(small)),
            most: mebibytes(GROWTH),
            found: mebibytes(more),
            outcome: told.clone(),
            kept: well && more <= GROWTH,
        });
        if words == COLUMNS_OF_TWO {
            self.checks.push(Check {
                promise: "growth",
                input: format!("{verb}: {} in all", name(large)),
                most: mebibytes(COLUMNS),
                found: mebibytes(other.peak.as_u64()),
                outcome: told,
                kept: well && other.peak.as_u64() <= COLUMNS,
            });
        }
        Ok(())
    }

    fn convert(&self, input: &Path, options: &[&str]) -> anyhow::Result<Outcome> {
        let words = ["convert", "--json", "--quiet", "--to", "jsonl", text(input)?, "/dev/null"];
        self.run(&[&words, options].concat())
    }

    /// Runs `words` on `input`, which stands behind the verb.
    fn of(&self, input: &Path, words: &[&str]) -> anyhow::Result<Outcome> {
        let (front, back) = words.split_at(1);
        self.run(&[front, &["--json", "--quiet", text(input)?], back].concat())
    }

    fn run(&self, words: &[&str]) -> anyhow::Result<Outcome> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        peak::run_to_any_end(&self.program, &words)
    }

    fn generated(&self, shape: Shape, layout: Layout, size: ByteSize) -> anyhow::Result<PathBuf> {
        let path =
            self.folder.join(format!("{shape}-{layout}-{}MB.json", size.as_u64() / 1_000_000));
        write_once(&path, |file| {
            Generator::new(shape, 1).write(layout, size.as_u64(), file)?;
            Ok(())
        })
    }

    /// An object with a list of numbers that is `bytes` long, between two small ones.
    fn long_list(&self, bytes: usize) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("list-line-{}MiB.jsonl", bytes >> 20));
        write_once(&path, |file| {
            file.write_all(b"{\"a\":[1]}\n{\"a\":[1")?;
            for _ in 0..bytes >> 16 {
                file.write_all(&b",1".repeat(1 << 15))?;
            }
            Ok(file.write_all(b"]}\n{\"a\":[3]}\n")?)
        })
    }

    /// Records with a column for each of so many keys.
    fn many_keys(&self, keys: usize, records: usize) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("{keys}-keys.jsonl"));
        let members: Vec<_> = (0..keys).map(|key| format!("\"key_{key}\":{key}")).collect();
        let record = format!("{{{}}}\n", members.join(","));
        write_once(&path, |file| Ok(file.write_all(record.repeat(records).as_bytes())?))
    }

    /// A record of `bytes` between two small ones.
    fn long_line(
        &self,
        name: &str,
        front: &[u8],
        piece: &[u8],
        back: &[u8],
        bytes: usize,
    ) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("{name}-line-{}MiB.jsonl", bytes >> 20));
        let many = piece.repeat((1 << 16) / piece.len());
        write_once(&path, |file| {
            file.write_all(&[b"1\n", front].concat())?;
            for _ in 0..bytes / many.len() {
                file.write_all(&many)?;
            }
            Ok(file.write_all(&[back, b"\n3\n"].concat())?)
        })
    }

    fn compressed(&self, input: &Path, extension: &str) -> anyhow::Result<PathBuf> {
        let path = PathBuf::from(format!("{}.{extension}", input.display()));
        if !path.exists() {
            let words = ["convert", "--quiet", "--to", "jsonl", text(input)?, text(&path)?];
            ensure!(self.run(&words)?.code == Some(0), "cannot compress {}", input.display());
        }
        Ok(path)
    }
}

/// What a run does, in a word or two.
fn verb(words: &[&str]) -> &'static str {
    match words {
        words if words == READ => "count",
        words if words == TEXT => "convert",
        _ => "to arrow",
    }
}

/// Writes a file that is not there yet.
fn write_once(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    if !path.exists() {
        let aside = path.with_extension("part");
        let mut file = BufWriter::new(File::create(&aside)?);
        write(&mut file).and_then(|()| Ok(file.flush()?)).with_context(|| name(path))?;
        fs::rename(&aside, path)?;
    }
    Ok(path.to_owned())
}

/// What a run said, in a word, and whether it ended as it may: well, or with records refused for
/// their size.
fn judged(outcome: &Outcome) -> anyhow::Result<(String, bool)> {
    let told = json(outcome)?;
    let errors = told["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let limited = errors.iter().all(|error| error["kind"] == "limit");
    let records = &told["records"];
    Ok(match (outcome.code, errors.len()) {
        (Some(0), 0) => (format!("{records} records"), true),
        (Some(1), 1..) if limited => (format!("{records} records, {} refused", errors.len()), true),
        (code, _) => (format!("code {code:?}"), false),
    })
}

fn json(outcome: &Outcome) -> anyhow::Result<Value> {
    let said = outcome.stdout.trim();
    serde_json::from_str(said).with_context(|| format!("datason said `{said}`"))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path is not UTF-8")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", ByteSize(bytes).as_mib())
}

/// What came of the limits, and of the estimates.
fn reports(checks: &[Check]) -> (Report, Report) {
    const LIMITS: [(&str, &str); 5] = [
        ("limit", "Peak resident memory of `datason convert --memory-limit`"),
        ("columns", "Peak resident memory of `datason convert --to arrow-stream --memory-limit`"),
        ("growth", "Growth of peak resident memory with the input"),
        ("starved", "`datason convert` under `ulimit -v`, from too little memory to enough"),
        ("failing", "`datason convert` where one allocation fails, another in each run"),
    ];
    const ESTIMATES: [(&str, &str); 1] = [("estimate", "What is said beside what is true")];
    const OF_LIMITS: &str = "At most: the limit and 16 MiB for the program and its output; 4 MiB \
                             for an input that is larger. A record that does not fit is refused \
                             by its place, and all others come out. A partial file is one that is \
                             neither the old one nor the new one, or a run that ends with another \
                             signal than `SIGABRT` or leaves something behind.";
    const OF_ESTIMATES: &str = "Bytes, or records. The truth of memory is what an allocator that \
                                counts was asked for when all of it had been made; of text, its \
                                length; of chunks, what was aimed at, beside the mean of the full \
                                chunks that were cut as advised, an eighth of the whole each. Of \
                                several files the worst is told. Files with bad records are left \
                                out, sizes in memory below 64 KiB too, chunks of fewer than 20 \
                                records, and rows where nobody has written their type.";
    (report(checks, &LIMITS, OF_LIMITS), report(checks, &ESTIMATES, OF_ESTIMATES))
}

/// The checks of one promise.
fn of_promise<'c>(checks: &'c [Check], promise: &str) -> impl Iterator<Item = &'c Check> {
    checks.iter().filter(move |check| check.promise == promise)
}

/// The tables of some promises, by name and title.
fn report(checks: &[Check], promises: &[(&str, &str)], note: &str) -> Report {
    let verdict = |check: &Check| if check.kept { "kept" } else { "BROKEN" }.to_owned();
    let row = |check: &Check| {
        let Check { input, most, found, outcome, .. } = check;
        let cells = [input, most, found, outcome].map(Clone::clone);
        cells.into_iter().chain([verdict(check)]).collect::<Vec<_>>()
    };
    let table = |(promise, title): &(&str, &str)| Table {
        title: (*title).to_owned(),
        header: ["input", "at most", "found", "outcome", "promise"].map(str::to_owned).to_vec(),
        rows: of_promise(checks, promise).map(row).collect(),
    };
    let line = |check: &Check| [vec![check.promise.to_owned()], row(check)].concat();
    let names = &["check", "input", "at_most", "found", "outcome", "promise"];
    let lines = promises.iter().flat_map(|(promise, _)| of_promise(checks, promise)).map(line);
    let lines = Lines { names, rows: lines.collect() };
    let tables = promises.iter().map(table).filter(|table| !table.rows.is_empty());
    Report { tables: tables.collect(), notes: vec![note.to_owned()], lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: i32, stdout: &str) -> Outcome {
        let peak = ByteSize::mib(1);
        Outcome { code: Some(code), stdout: stdout.to_owned(), peak, seconds: 1.0 }
    }

    #[test]
    fn only_refusals_for_size_keep_the_promise() {
        let judge = |code, text| judged(&outcome(code, text)).expect("JSON").1;
        assert!(judge(0, r#"{"records": 3, "errors": []}"#));
        assert!(judge(1, r#"{"records": 3, "errors": [{"kind": "limit"}]}"#));
        assert!(!judge(1, r#"{"records": 3, "errors": [{"kind": "syntax"}]}"#));
        assert!(!judge(2, r#"{"records": 3, "errors": []}"#));
        assert!(judged(&outcome(0, "no JSON")).is_err());
    }
}
