//! The folder that a test of faults plays in, and the program in it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};

/// The calls that change files. Those that a system does not have are left out by `strace`.
pub(super) const CALLS: [&str; 13] = [
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "openat",
    "unlink",
    "unlinkat",
    "ftruncate",
    "fchmod",
    "fchown",
];

/// Records in the input, of about a kilobyte.
pub(super) const RECORDS: usize = 2_000;

/// What is run, and what must come of it.
pub(super) struct Scene {
    /// The arguments, the last of which is the target.
    pub(super) words: &'static [&'static str],
    /// The target's content before; `None` if there is none.
    old: Option<Vec<u8>>,
    /// And after a run that nothing disturbs.
    new: Vec<u8>,
}

/// A folder with an input, in which a program is run.
pub(super) struct Stage {
    folder: PathBuf,
    program: PathBuf,
}

pub(super) const SCENES: [&[&str]; 5] = [
    &["convert", "-q", "in.jsonl", "out.jsonl"],
    &["convert", "-q", "--frame-size", "100KiB", "in.jsonl", "out.jsonl.gz"],
    &["convert", "-q", "in.jsonl", "out.json.zst"],
    &["convert", "-q", "in.jsonl", "fresh.json"],
    &[
        "convert",
        "-q",
        "--resume",
        "--checkpoint-every",
        "300KiB",
        "--chunk-size",
        "100KiB",
        "in.jsonl",
        "out.jsonl",
    ],
];

impl Stage {
    /// The stage in `folder`, which must exist.
    pub(super) fn set(folder: &Path, program: &Path) -> anyhow::Result<Self> {
        let stage = Self { folder: folder.to_owned(), program: program.to_owned() };
        let mut text = String::new();
        let filling = "filling ".repeat(115);
        for id in 0..RECORDS {
            writeln!(text, "{{\"id\": {id}, \"text\": \"{filling}{}\"}}", id * 7919)?;
        }
        fs::write(stage.path("in.jsonl"), text)?;
        Ok(stage)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs `words` once undisturbed, to learn what must come of it.
    pub(super) fn scene(&self, words: &'static [&'static str]) -> anyhow::Result<Scene> {
        let mut scene = Scene { words, old: None, new: Vec::new() };
        let target = self.path(scene.target());
        let output = self.run(words)?;
        ensure!(output.status.success(), "an undisturbed run fails: {output:?}");
        scene.new = fs::read(&target)?;
        if scene.target() != "fresh.json" {
            scene.old = Some(b"\"what was there before\"\n".to_vec());
        }
        self.reset(&scene)?;
        Ok(scene)
    }

    /// Brings the folder back to what it was before a run.
    pub(super) fn reset(&self, scene: &Scene) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name() != "in.jsonl" {
                fs::remove_file(entry.path())?;
            }
        }
        match &scene.old {
            Some(old) => Ok(fs::write(self.path(scene.target()), old)?),
            None => Ok(()),
        }
    }

    /// The program, to be run in the folder.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    pub(super) fn run(&self, words: &[&str]) -> anyhow::Result<Output> {
        self.command(words).output().context("cannot run datason")
    }

    /// Runs the program under `strace`, with its options before.
    pub(super) fn traced(&self, options: &[String], words: &[&str]) -> anyhow::Result<Output> {
        let mut command = Command::new("strace");
        command.arg("-f").args(options).arg("--").arg(&self.program).args(words);
        command.current_dir(&self.folder).stdin(Stdio::null());
        command.output().context("cannot run strace")
    }

    /// How often an undisturbed run makes each of the calls.
    pub(super) fn calls(&self, scene: &Scene) -> anyhow::Result<BTreeMap<String, u64>> {
        let list = self.folder.with_extension("trace");
        let calls = CALLS.map(|call| format!("?{call}")).join(",");
        let options = ["-qq".to_owned(), format!("-o{}", list.display()), format!("-e{calls}")];
        let output = self.traced(&options, scene.words)?;
        ensure!(output.status.success(), "an undisturbed run fails: {output:?}");
        let mut counts = BTreeMap::new();
        for line in fs::read_to_string(&list)?.lines() {
            // `4711 openat(AT_FDCWD, …`
            let call = line.split_whitespace().nth(1).and_then(|rest| rest.split('(').next());
            if let Some(call) = call.filter(|call| CALLS.contains(call)) {
                *counts.entry(call.to_owned()).or_insert(0) += 1;
            }
        }
        fs::remove_file(&list)?;
        self.reset(scene)?;
        Ok(counts)
    }

    /// What stands in the folder beside the input and the target.
    pub(super) fn strays(&self, scene: &Scene) -> anyhow::Result<Vec<OsString>> {
        let mut strays = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            if name != "in.jsonl" && name != scene.target() {
                strays.push(name);
            }
        }
        Ok(strays)
    }

    /// What the target is.
    pub(super) fn state(&self, scene: &Scene) -> State {
        match fs::read(self.path(scene.target())).ok() {
            Some(found) if found == scene.new => State::New,
            found if found == scene.old => State::Old,
            _ => State::Neither,
        }
    }

    /// Runs again, undisturbed: the new file must come, and nothing be left beside it.
    pub(super) fn recovers(&self, scene: &Scene) -> anyhow::Result<Result<(), String>> {
        let output = self.run(scene.words)?;
        let strays = self.strays(scene)?;
        Ok(if !output.status.success() {
            Err(format!("the next run fails: {}", String::from_utf8_lossy(&output.stderr)))
        } else if self.state(scene) != State::New {
            Err("the next run writes something else".to_owned())
        } else if !strays.is_empty() {
            Err(format!("the next run leaves {strays:?}"))
        } else {
            Ok(())
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Old,
    New,
    Neither,
}

impl Scene {
    pub(super) fn target(&self) -> &'static str {
        self.words[self.words.len() - 1]
    }
}

/// Why `strace` cannot be used, if it cannot.
pub(super) fn no_strace() -> Option<String> {
    let inject = ["-qq", "-o/dev/null", "-einject=write:error=EIO:when=1000", "--", "true"];
    match Command::new("strace").args(inject).output() {
        Ok(output) if output.status.success() => None,
        Ok(_) => Some("strace may not trace or inject here".to_owned()),
        Err(_) => Some("strace is not installed".to_owned()),
    }
}
