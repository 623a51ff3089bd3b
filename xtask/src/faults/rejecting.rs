//! Killed while bad records are kept.

use std::fs;
use std::path::Path;

use anyhow::ensure;

use super::random::{Count, Lottery, kill};
use super::stage::Stage;

/// The ways to convert: in one run, and in one that is gone on with.
const WAYS: [&[&str]; 2] =
    [&[], &["--resume", "--checkpoint-every", "300KiB", "--chunk-size", "100KiB"]];

/// How bad records are kept.
const KEEPING: &[&str] = &["--on-error", "reject=bad.jsonl", "--max-errors", "1000"];

pub(super) const KINDS: u64 = WAYS.len() as u64;

/// What a run that nothing disturbs leaves.
struct Unbroken {
    good: Vec<u8>,
    rejects: Vec<u8>,
}

const OLD: &[u8] = b"\"what was there before\"\n";

/// Kills runs that keep bad records, so often each way. The rejects are always the first of those
/// of an unbroken run, all of them when the output appears, and in the end the same.
pub(super) fn run(
    program: &Path,
    kills: u64,
    lottery: &mut Lottery,
    count: &mut Count,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), program)?;
    let text = fs::read_to_string(stage.path("in.jsonl"))?;
    let line = |(id, line): (usize, &str)| match id % 7 {
        3 => format!("{{{line}\n"),
        _ => format!("{line}\n"),
    };
    fs::write(stage.path("in.jsonl"), text.lines().enumerate().map(line).collect::<String>())?;
    for way in WAYS {
        let words = &[&["convert", "-q"], way, KEEPING, &["in.jsonl", "out.jsonl"]].concat();
        let start = std::time::Instant::now();
        let unbroken = finish(&stage, words)?;
        let time = u64::try_from(start.elapsed().as_micros())?;
        reset(&stage)?;
        for _ in 0..kills {
            let was_new = fs::read(stage.path("out.jsonl"))? == unbroken.good;
            kill(&stage, words, lottery.below(time), count)?;
            let fail = |why: String| format!("{}: {why}", words.join(" "));
            let is_done = match judge(&stage, &unbroken, was_new) {
                Ok(is_done) => is_done,
                Err(why) => {
                    count.failures.push(fail(why));
                    reset(&stage)?;
                    continue;
                }
            };
            // A resumed run is killed again and again before it may end.
            let resumes = words.contains(&"--resume");
            if resumes && !is_done && lottery.below(4) > 0 {
                continue;
            }
            if !is_done {
                if !resumes {
                    // Rejects are never written over.
                    fs::remove_file(stage.path("bad.jsonl")).unwrap_or_default();
                }
                let again = finish(&stage, words)?;
                if again.good != unbroken.good || again.rejects != unbroken.rejects {
                    count.failures.push(fail("another output, or other rejects".to_owned()));
                }
            }
            reset(&stage)?;
        }
    }
    Ok(())
}

fn finish(stage: &Stage, words: &[&str]) -> anyhow::Result<Unbroken> {
    let output = stage.run(words)?;
    // That there were bad records is no failure, and told by the exit code.
    ensure!(output.status.code() == Some(1), "an undisturbed run fails: {output:?}");
    let left = fs::read_dir(stage.path(""))?.count();
    ensure!(left == 3, "{left} files are left");
    let read = |name| fs::read(stage.path(name));
    Ok(Unbroken { good: read("out.jsonl")?, rejects: read("bad.jsonl")? })
}

/// Whether the killed run had done all there was to do. If one before it had all but forgotten its
/// note, it has begun anew, and the output `was_new` while the rejects come again.
fn judge(stage: &Stage, unbroken: &Unbroken, was_new: bool) -> Result<bool, String> {
    let out = fs::read(stage.path("out.jsonl")).unwrap_or_default();
    let rejects = fs::read(stage.path("bad.jsonl")).unwrap_or_default();
    let is_new = out == unbroken.good;
    if !is_new && out != OLD {
        return Err("neither old nor new".to_owned());
    }
    if !unbroken.rejects.starts_with(&rejects) {
        return Err("other rejects than those of an unbroken run".to_owned());
    }
    if is_new && !was_new && rejects != unbroken.rejects {
        return Err("the output appeared before its rejects".to_owned());
    }
    Ok(is_new && !stage.path(".out.jsonl.datason-checkpoint").exists())
}

fn reset(stage: &Stage) -> anyhow::Result<()> {
    for entry in fs::read_dir(stage.path(""))? {
        let entry = entry?;
        if entry.file_name() != "in.jsonl" {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(fs::write(stage.path("out.jsonl"), OLD)?)
}
