//! A folder for each test, and the program run in it.

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

/// A folder of its own, so that relative names can be given and tests do not meet.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with files in it.
    pub(crate) fn with<const N: usize>(files: [(&str, &str); N]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the folder, sorted: what a failed run has left behind shows here.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    /// The program, to be run in the folder.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_datason"));
        command.args(words).current_dir(self.0.path()).env_remove("DATASON_KERNEL");
        command
    }

    /// Runs the program on a line of words without blanks in them.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_words(&self, words: &[&str]) -> Outcome {
        Outcome::of(self.command(words).stdin(Stdio::null()).output().unwrap())
    }

    /// As [`run`](Self::run), with `bytes` on standard input.
    pub(crate) fn run_on(&self, bytes: &[u8], line: &str) -> Outcome {
        let mut command = self.command(&line.split_whitespace().collect::<Vec<_>>());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        thread::scope(|scope| {
            // A program that stops early closes the pipe, which is its right.
            scope.spawn(move || stdin.write_all(bytes).unwrap_or_default());
            Outcome::of(child.wait_with_output().unwrap())
        })
    }
}

/// A number a line.
pub(crate) fn lines_of(numbers: RangeInclusive<u32>) -> String {
    let lines: Vec<_> = numbers.map(|number| number.to_string()).collect();
    lines.join("\n") + "\n"
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts all three. A time at the end of a line of `stderr` is left out.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.stdout, stdout, "on standard output; standard error: {}", self.stderr);
        assert_eq!(without_time(&self.stderr), stderr, "on standard error");
        assert_eq!(self.code, code, "the exit code");
    }

    /// Standard output as one JSON object.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.stdout.lines().count(), 1, "one line: {}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// `… in 1 chunk, 0.01 s` without the time.
fn without_time(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        let timed = line.strip_suffix(" s").and_then(|line| line.rsplit_once(", "));
        kept += match timed {
            Some((rest, seconds)) if seconds.parse::<f64>().is_ok() => rest,
            _ => line,
        };
        kept.push('\n');
    }
    kept
}
