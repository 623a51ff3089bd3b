//! A disk that is full.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use super::stage::Stage;
use super::{Arguments, Outcome, Setting, Verdict};

const STEP: u64 = 4 << 10;

/// A file system of a few kilobytes, for as long as it lives.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    /// `None` if this may not be done here.
    fn mount(folder: &'a Path, bytes: u64) -> anyhow::Result<Option<Self>> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(folder);
        Ok(command.output()?.status.success().then_some(Self(folder)))
    }

    fn unmount(self) -> anyhow::Result<()> {
        let status = Command::new("umount").arg(self.0).status()?;
        ensure!(status.success(), "cannot unmount {}", self.0.display());
        Ok(())
    }
}

const WORDS: [&[&str]; 2] = [
    &["convert", "-q", "../in.jsonl", "out.jsonl"],
    &["convert", "-q", "--append", "../in.jsonl", "out.jsonl"],
];

/// Writes to a small file system, larger by 4 KiB each time until the output fits: before that
/// the old file is there to the byte, nothing else is, and the program says so.
pub(super) fn run(setting: &Setting<'_>, _: &Arguments) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("disk");
    fs::create_dir(&place)?;
    let (mut points, mut failures, mut fitted) = (0, Vec::new(), 0);
    for words in WORDS {
        let stage = Stage::set(&place, setting.program)?;
        let (bytes, old) = prepare(&stage, folder.path())?;
        for size in (1..).map(|step| step * STEP).take_while(|size| *size < bytes + 20 * STEP) {
            let Some(disk) = Small::mount(&place, size)? else {
                return Ok(Verdict::Skipped("mounting needs root".to_owned()));
            };
            fs::write(stage.path("out.jsonl"), &old)?;
            let output = stage.run(words)?;
            points += 1;
            fitted += u64::from(output.status.success());
            if let Err(why) = judge(&stage, &output, &old, bytes, words)? {
                failures.push(format!("{} on {size} bytes: {why}", words.join(" ")));
            }
            disk.unmount()?;
        }
    }
    let worst = format!("{fitted} times it fitted, else the old file and exit code 2");
    if fitted == 0 {
        failures.push("it never fitted, so the sizes are wrong".to_owned());
    }
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}

/// A smaller input beside the disk. Its length, and the old content of the target.
fn prepare(stage: &Stage, outside: &Path) -> anyhow::Result<(u64, Vec<u8>)> {
    let text = fs::read_to_string(stage.path("in.jsonl"))?;
    fs::remove_file(stage.path("in.jsonl"))?;
    let part: String = text.split_inclusive('\n').take(400).collect();
    fs::write(outside.join("in.jsonl"), &part)?;
    Ok((part.len() as u64, b"\"what was there before\"\n".to_vec()))
}

fn judge(
    stage: &Stage,
    output: &std::process::Output,
    old: &[u8],
    bytes: u64,
    words: &[&str],
) -> anyhow::Result<Result<(), String>> {
    let found = fs::read(stage.path("out.jsonl"))?;
    let before = if words.contains(&"--append") { old.len() as u64 } else { 0 };
    let names = fs::read_dir(stage.path(""))?.count();
    let message = String::from_utf8_lossy(&output.stderr);
    Ok(match output.status.code() {
        _ if names != 1 => Err(format!("{names} files are left")),
        Some(0) if found.len() as u64 == before + bytes => Ok(()),
        Some(2) if found == old && message.contains("out.jsonl") => Ok(()),
        code => Err(format!("{code:?}, {} bytes, {message}", found.len())),
    })
}
