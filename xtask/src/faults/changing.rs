//! Inputs that change under the reader.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::random::Lottery;
use super::stage::Stage;
use super::{Arguments, Outcome, Setting, Verdict};

/// The ways in which an input can be read.
const INPUTS: [&str; 4] = ["in.jsonl", "in.json", "in.jsonl.gz", "in.json.zst"];

/// What somebody does to the input.
#[derive(Clone, Copy, Debug)]
enum Change {
    Grow,
    Replace,
    CutTo(u64),
}

impl Change {
    fn make(self, path: &Path) -> anyhow::Result<()> {
        match self {
            Self::Grow => {
                let mut file = fs::OpenOptions::new().append(true).open(path)?;
                file.write_all(b"{\"id\": -1}\n")?;
            }
            Self::Replace => {
                let other = path.with_extension("other");
                fs::write(&other, "{\"id\": -2}\n")?;
                fs::rename(other, path)?;
            }
            Self::CutTo(length) => {
                fs::OpenOptions::new().write(true).open(path)?.set_len(length)?;
            }
        }
        Ok(())
    }
}

const OLD: &[u8] = b"\"what was there before\"\n";

/// What runs have come to.
#[derive(Default)]
struct Found {
    points: u64,
    whole: u64,
    changed: u64,
    refused: u64,
    failures: Vec<String>,
}

/// Grows, replaces and cuts the input at a random moment of a conversion: its output is that of
/// the input as it was opened, or there is an error and the old output is there.
pub(super) fn run(setting: &Setting<'_>, arguments: &Arguments) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), setting.program)?;
    let mut lottery = Lottery(arguments.runs);
    let mut found = Found::default();
    for name in INPUTS {
        if name != "in.jsonl" {
            let output = stage.run(&["convert", "-q", "in.jsonl", name])?;
            ensure!(output.status.success(), "an undisturbed run fails: {output:?}");
        }
    }
    let out = fs::read(stage.path("in.jsonl"))?;
    for name in INPUTS {
        let input = fs::read(stage.path(name))?;
        let start = Instant::now();
        convert(&stage, name).output()?;
        let time = u64::try_from(start.elapsed().as_micros())?;
        for round in 0..arguments.runs.div_ceil(INPUTS.len() as u64) {
            let change = match round % 4 {
                0 => Change::Grow,
                1 => Change::Replace,
                _ => Change::CutTo(lottery.below(input.len() as u64)),
            };
            fs::write(stage.path("out.jsonl"), OLD)?;
            let child = convert(&stage, name).spawn()?;
            thread::sleep(Duration::from_micros(lottery.below(time)));
            change.make(&stage.path(name))?;
            let output = child.wait_with_output()?;
            found.points += 1;
            if let Err(why) = judge(&stage, name, &output, &out, &mut found)? {
                found.failures.push(format!("{name}, {change:?}: {why}"));
            }
            fs::write(stage.path(name), &input)?;
        }
    }
    let Found { points, whole, changed, refused, failures } = found;
    let worst = format!(
        "{whole} times the whole as it was opened, {changed} times it was changed before that, \
         {refused} errors"
    );
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}

fn convert(stage: &Stage, name: &str) -> Command {
    let mut command = stage.command(&["convert", "-q", name, "out.jsonl"]);
    command.stderr(std::process::Stdio::piped());
    command
}

fn judge(
    stage: &Stage,
    name: &str,
    output: &Output,
    whole: &[u8],
    found: &mut Found,
) -> anyhow::Result<Result<(), String>> {
    let now = fs::read(stage.path("out.jsonl"))?;
    let strays = fs::read_dir(stage.path(""))?.count() - INPUTS.len() - 1;
    Ok(match output.status.code() {
        _ if strays > 0 => Err(format!("{strays} files are left")),
        Some(0) if now == whole => {
            found.whole += 1;
            Ok(())
        }
        Some(0) => {
            // It can have been changed before it was opened.
            let again = convert(stage, name).output()?;
            found.changed += 1;
            let same = again.status.success() && fs::read(stage.path("out.jsonl"))? == now;
            if same { Ok(()) } else { Err(format!("success with {} bytes", now.len())) }
        }
        Some(1 | 2) if now == OLD && !output.stderr.is_empty() => {
            found.refused += 1;
            Ok(())
        }
        code => Err(format!("{code:?}, and {} bytes are there", now.len())),
    })
}
