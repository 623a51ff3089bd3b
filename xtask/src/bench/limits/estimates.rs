//! What is estimated beside what is true.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{Layout, Random, Shape};
use serde::Deserialize;

use super::{Check, Lab, SMALL, program, text, write_once};

/// One line of what the program says.
#[derive(Debug, Deserialize)]
struct Comparison {
    input: String,
    what: String,
    said: u64,
    truth: u64,
}

/// What is compared, in words, and within how many percent it must be.
const WHATS: [(&str, &str, (f64, f64)); 7] = [
    ("records", "records", (-5.0, 5.0)),
    ("text", "text", (-5.0, 5.0)),
    ("resident", "in memory", (-15.0, 15.0)),
    ("rows", "as rows", (-15.0, 15.0)),
    ("value", "as `Value`", (-15.0, 15.0)),
    ("arrow", "as columns", (-15.0, 15.0)),
    ("chunk", "a chunk as advised", (-20.0, 5.0)),
];

/// The comparisons of one thing in one source.
#[derive(Default)]
struct Group {
    count: usize,
    worst: Option<(f64, Comparison)>,
    kept: bool,
}

impl Comparison {
    /// By how many percent of the truth is said too much.
    #[expect(clippy::cast_precision_loss, reason = "a share to look at")]
    fn off(&self) -> f64 {
        let (said, truth) = (self.said as f64, self.truth as f64);
        if self.truth == 0 { said * 100.0 } else { (said / truth - 1.0) * 100.0 }
    }
}

impl Lab<'_> {
    /// Estimates generated data, values in memory, and the files of all corpora.
    pub(super) fn estimates(&mut self, corpora: &Path) -> anyhow::Result<()> {
        let estimates = program::build(self.root, "datason-benches", "estimates", &[])?;
        let generated = self.generated_inputs()?;
        self.compare_files(&estimates, &["--values"], &[], |comparison| {
            comparison.input.trim_start_matches("values/").to_owned()
        })?;
        self.compare_files(&estimates, &[], &generated, |comparison| {
            super::name(Path::new(&comparison.input))
        })?;
        let fixtures = self.root.join("fixtures/data");
        self.compare_source(&estimates, "fixtures", &fixtures)?;
        if !corpora.is_dir() {
            eprintln!("memory: {} is absent: none of it is estimated", corpora.display());
            return Ok(());
        }
        for source in folders(corpora)? {
            self.compare_source(&estimates, &super::name(&source), &source)?;
        }
        Ok(())
    }

    fn compare_source(
        &mut self,
        estimates: &Path,
        name: &str,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let files = files_below(folder)?;
        self.compare_files(estimates, &[], &files, |_| name.to_owned())
    }

    /// Runs the program, and adds a row for each thing of each group.
    fn compare_files(
        &mut self,
        estimates: &Path,
        options: &[&str],
        files: &[PathBuf],
        group: impl Fn(&Comparison) -> String,
    ) -> anyhow::Result<()> {
        let mut command = Command::new(estimates);
        command.args(options).args(files).stderr(Stdio::null());
        let output = command.output().context("cannot run the estimates")?;
        ensure!(output.status.success(), "the estimates end with {}", output.status);
        let mut groups: BTreeMap<(usize, String, usize), Group> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for line in String::from_utf8(output.stdout)?.lines() {
            let comparison: Comparison = serde_json::from_str(line)?;
            let name = group(&comparison);
            let at = order.iter().position(|known| *known == name).unwrap_or_else(|| {
                order.push(name.clone());
                order.len() - 1
            });
            let what = WHATS.iter().position(|(what, ..)| *what == comparison.what);
            let what = what.with_context(|| format!("nobody knows `{}`", comparison.what))?;
            groups.entry((at, name, what)).or_default().add(comparison, WHATS[what].2);
        }
        self.checks.extend(groups.into_iter().filter_map(|((_, name, what), group)| {
            group.into_check(&name, WHATS[what], files.len())
        }));
        Ok(())
    }

    /// Inputs of every shape, and those that are hard to judge by a sample.
    fn generated_inputs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut inputs = Vec::new();
        for shape in Shape::ALL {
            inputs.push(self.generated(shape, Layout::Lines, SMALL)?);
        }
        inputs.push(self.written("lists", |n, random, file| {
            let numbers: Vec<String> =
                (0..random.below(40)).map(|_| format!("{}.5", random.below(1_000))).collect();
            let names: Vec<String> = (0..random.below(10))
                .map(|_| format!("\"name {}\"", random.below(1_000)))
                .collect();
            let (numbers, names) = (numbers.join(","), names.join(","));
            writeln!(file, r#"{{"id":{n},"numbers":[{numbers}],"names":[{names}]}}"#)
        })?);
        // One in a few hundred is as long as all others together.
        inputs.push(self.written("skewed", |n, random, file| {
            let long = if random.one_in(300) { random.below(60_000) } else { 0 };
            let text = "x".repeat(usize::try_from(random.below(200) + long).unwrap_or(0));
            writeln!(file, r#"{{"id":{n},"text":"{text}"}}"#)
        })?);
        inputs.push(self.written("drifting", |n, random, file| {
            let text = "x".repeat(usize::try_from(n / 300 + random.below(20)).unwrap_or(0));
            writeln!(file, r#"{{"id":{n},"text":"{text}"}}"#)
        })?);
        inputs.push(self.generated(Shape::Flat, Layout::Array, SMALL)?);
        let lines = inputs[0].clone();
        inputs.push(self.compressed(&lines, "gz")?);
        inputs.push(self.compressed(&lines, "zst")?);
        Ok(inputs)
    }

    /// Lines until there are 40 MB of them.
    fn written(
        &self,
        name: &str,
        line: impl Fn(u64, &mut Random, &mut Vec<u8>) -> std::io::Result<()>,
    ) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("{name}-lines-{}MB.json", SMALL.as_u64() / 1_000_000));
        write_once(&path, |file: &mut BufWriter<File>| {
            let (mut random, mut text, mut written) = (Random::new(1), Vec::new(), ByteSize(0));
            for n in 0.. {
                text.clear();
                line(n, &mut random, &mut text)?;
                file.write_all(&text)?;
                written += ByteSize(text.len() as u64);
                if written >= SMALL {
                    break;
                }
            }
            Ok(())
        })
    }
}

impl Group {
    fn add(&mut self, comparison: Comparison, (least, most): (f64, f64)) {
        let off = comparison.off();
        let within = (least..=most).contains(&off);
        self.kept = within && (self.kept || self.count == 0);
        self.count += 1;
        // How much of its bound it takes.
        let taken = |off: f64| if off < 0.0 { off / least } else { off / most };
        if self.worst.as_ref().is_none_or(|(worst, _)| taken(off) > taken(*worst)) {
            self.worst = Some((off, comparison));
        }
    }

    fn into_check(
        self,
        name: &str,
        (_, words, (least, most)): (&str, &str, (f64, f64)),
        files: usize,
    ) -> Option<Check> {
        let (off, worst) = self.worst?;
        let of = if files > 1 && self.count > 1 {
            format!("; worst of {}: {}", self.count, super::name(Path::new(&worst.input)))
        } else {
            String::new()
        };
        Some(Check {
            promise: "estimate",
            input: format!("{name}: {words}"),
            most: format!("{least:+} to {most:+} %"),
            found: format!("{off:+.1} %"),
            outcome: format!("{} for {}{of}", worst.said, worst.truth),
            kept: self.kept,
        })
    }
}

/// The folders in `folder`, sorted.
fn folders(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = entries(folder)?;
    folders.retain(|path| path.is_dir());
    Ok(folders)
}

/// The files in `folder` and below, sorted, but for the notes on where they come from.
fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else if path.extension().is_none_or(|name| name != "md") && text(&path).is_ok() {
            files.push(path);
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        entries.push(entry?.path());
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(said: u64) -> Comparison {
        Comparison { input: format!("a/{said}"), what: "text".to_owned(), said, truth: 100 }
    }

    #[test]
    fn the_worst_of_a_source_is_named_and_one_breaks_it() {
        let mut group = Group::default();
        for said in [100, 98, 104, 90, 103] {
            group.add(comparison(said), (-20.0, 5.0));
        }
        let check = group.into_check("here", ("chunk", "a chunk", (-20.0, 5.0)), 5).unwrap();
        assert_eq!(check.outcome, "104 for 100; worst of 5: 104");
        assert!(check.kept);
        let mut group = Group::default();
        for said in [70, 100] {
            group.add(comparison(said), (-20.0, 5.0));
        }
        assert!(!group.kept);
    }
}
