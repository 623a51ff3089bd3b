//! Columns against serde_json on real lines, and on seeded mutations of them.
//!
//! The fixtures and generated records always; the files of `../shared/corpora`, or of
//! `$DATASON_SHARED/corpora`, where there are any. `DATASON_FUZZ_RUNS` says how many mutations:
//! `DATASON_FUZZ_RUNS=1000000 cargo test --release -p datason-fuzz --test real`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use datason_fixtures::{Generator, Layout, Random, Shape};
use datason_fuzz::{columns, columns_cut, columns_under, mutated};
use datason_json::ReaderBuilder;

/// Records of one source, each on a line of its own.
struct Lines {
    name: String,
    lines: Vec<Vec<u8>>,
}

/// Longer records are left out, and no more bytes than the other are taken of a source: what a
/// parser does is seen on short ones, and many of them.
const LONGEST: usize = 4 << 10;
const MOST: usize = if cfg!(debug_assertions) { 4 << 10 } else { 256 << 10 };

/// Larger files are left out.
const LARGEST: u64 = if cfg!(debug_assertions) { 256 << 10 } else { 1 << 30 };

/// So many mutations, unless more are asked for.
const RUNS: u64 = if cfg!(debug_assertions) { 60 } else { 2_000 };

/// So much of a source is cut at every byte.
const CUT: usize = if cfg!(debug_assertions) { 30 } else { 600 };

impl Lines {
    /// The records in `text`, of any format, compressed or not, as far as they can be read.
    fn of_file(path: &Path) -> Option<Self> {
        if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGEST) {
            return None;
        }
        let mut reader = ReaderBuilder::new().open(path).ok()?;
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while let Ok(Some(record)) = reader.next_record() {
            let text = record.as_bytes();
            bytes += text.len();
            if text.len() <= LONGEST && !text.contains(&b'\n') {
                lines.push(text.to_vec());
            }
            if bytes > MOST {
                break;
            }
        }
        let name = path.display().to_string();
        (!lines.is_empty()).then_some(Self { name, lines })
    }

    fn generated(shape: Shape) -> Self {
        let mut text = Vec::new();
        Generator::new(shape, 3).write(Layout::Lines, 64 << 10, &mut text).expect("a buffer");
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
        let lines = lines.filter(|line| !line.is_empty() && line.len() <= LONGEST).collect();
        Self { name: format!("{shape:?}"), lines }
    }

    /// Up to sixteen lines that follow each other.
    fn some(&self, random: &mut Random) -> Vec<u8> {
        let from = random.index_below(self.lines.len());
        let most = (self.lines.len() - from).min(16);
        let count = 1 + random.index_below(most);
        self.lines[from..from + count].join(&b'\n')
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

fn sources() -> Vec<Lines> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let beside = || root.join("../shared");
    let shared = std::env::var_os("DATASON_SHARED").map_or_else(beside, PathBuf::from);
    let mut files = Vec::new();
    files_below(&root.join("fixtures/data"), &mut files);
    files_below(&shared.join("corpora"), &mut files);
    files.sort();
    let read = files.iter().filter_map(|file| Lines::of_file(file));
    read.chain(Shape::ALL.map(Lines::generated)).collect()
}

#[track_caller]
fn run(check: impl FnOnce(), text: &[u8], origin: &str) {
    let passed = catch_unwind(AssertUnwindSafe(check)).is_ok();
    assert!(passed, "failed on {origin}: \"{}\"", text.escape_ascii());
}

#[test]
fn real_lines_pass_whole_and_however_cut() {
    let sources = sources();
    assert!(sources.len() > Shape::ALL.len(), "the fixtures are there");
    let records: usize = sources.iter().map(|source| source.lines.len()).sum();
    println!("{records} records of {} sources", sources.len());
    for source in &sources {
        let text = source.lines.join(&b'\n');
        run(|| columns(&text), &text, &source.name);
        // Small files whole, of others the beginning.
        let mut start = text;
        start.truncate(CUT);
        run(|| columns_cut(&start), &start, &source.name);
    }
}

fn number(variable: &str, default: u64) -> u64 {
    let wanted = std::env::var(variable).ok();
    wanted.map_or(default, |wanted| wanted.parse().expect("a number"))
}

#[test]
fn mutations_of_real_lines_pass() {
    let sources = sources();
    let seed = number("DATASON_FUZZ_SEED", 1);
    let mut random = Random::new(seed);
    for turn in 0..number("DATASON_FUZZ_RUNS", RUNS) {
        let source = &sources[random.index_below(sources.len())];
        let other = &sources[random.index_below(sources.len())];
        let (text, other) = (source.some(&mut random), other.some(&mut random));
        let damaged = mutated(&text, &other, 16 * LONGEST, &mut random);
        let origin = format!("mutation {turn} of seed {seed}, of {}", source.name);
        run(|| columns(&damaged), &damaged, &origin);
        run(|| columns_under(&text, &damaged), &damaged, &origin);
    }
}
