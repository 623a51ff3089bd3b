//! Conversions that the system gives too little memory.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{Layout, Shape};

use super::{Check, Lab, mebibytes, text};

/// What is converted, and how; the input and the output come behind.
pub(super) const SCENES: [(&str, &[&str]); 7] = [
    ("out.jsonl", &[]),
    ("out.json", &[]),
    ("out.jsonl.gz", &[]),
    ("out.jsonl.zst", &[]),
    ("config.jsonl", &["--config", "api"]),
    ("out.arrow", &["--threads", "1"]),
    ("threads.arrow", &["--threads", "2"]),
];

/// What stands in the place of the output before.
pub(super) const OLD: &[u8] = b"what was there before\n";

/// How the runs of one scene have ended.
#[derive(Default)]
struct Ends {
    whole: u64,
    /// With an error that was told.
    refused: u64,
    /// By the allocator, or by the system before the program began.
    aborted: u64,
    /// With something else than the whole output or the old one.
    wrong: u64,
    /// The least memory with which it went well.
    enough: Option<u64>,
}

impl Lab<'_> {
    /// Lets each conversion have from far too little memory to enough: it writes the right output,
    /// or says so and leaves what was there.
    pub(super) fn starved(&mut self) -> anyhow::Result<()> {
        if !can_limit() {
            eprintln!("memory: `ulimit -v` does not work here, so nobody is starved");
            return Ok(());
        }
        let input = self.generated(Shape::Flat, Layout::Lines, ByteSize::mb(4))?;
        let folder = tempfile::tempdir_in(&self.folder)?;
        for (output, options) in SCENES {
            let path = folder.path().join(output);
            let words = [&["convert", "--quiet"], options, &[text(&input)?, text(&path)?]].concat();
            let ends = self.starve(&words, &path)?;
            let Ends { whole, refused, aborted, wrong, enough } = ends;
            let enough = enough.map_or_else(|| "never".to_owned(), |kibi| mebibytes(kibi << 10));
            self.checks.push(Check {
                promise: "starved",
                input: format!("{output} {}", options.join(" ")).trim_end().to_owned(),
                most: "0 partial files".to_owned(),
                found: format!("{wrong} partial files"),
                outcome: format!(
                    "{whole} whole, {refused} refused, {aborted} aborted; enough: {enough}"
                ),
                kept: wrong == 0 && whole > 0 && refused + aborted > 0,
            });
        }
        Ok(())
    }

    /// Runs `words`, which write `output`, with more memory each time until it went well a few
    /// times.
    fn starve(&self, words: &[&str], output: &Path) -> anyhow::Result<Ends> {
        /// Well beyond the last failure, so that luck does not end the sweep.
        const ENOUGH: u64 = 8;
        const MOST: u64 = 4 << 20;
        let whole = self.undisturbed(words, output)?;
        let (mut ends, mut kibibytes) = (Ends::default(), 3 << 10);
        while ends.whole < ENOUGH && kibibytes < MOST {
            fs::write(output, OLD)?;
            let run = Command::new("sh")
                .args(["-c", "ulimit -v $0 && exec \"$@\"", &kibibytes.to_string()])
                .arg(&self.program)
                .args(words)
                // Each further arena asks for address space that it does not use.
                .env("MALLOC_ARENA_MAX", "1")
                .env("RUST_BACKTRACE", "0")
                .output()
                .context("cannot run a shell")?;
            let found = fs::read(output)?;
            match run.status.code() {
                Some(0) if found == whole => {
                    ends.whole += 1;
                    ends.enough = ends.enough.or(Some(kibibytes));
                }
                Some(0) => ends.wrong += 1,
                _ if found != OLD => ends.wrong += 1,
                Some(1 | 2) if !run.stderr.is_empty() => ends.refused += 1,
                _ => ends.aborted += 1,
            }
            kibibytes += kibibytes / 40;
        }
        Ok(ends)
    }

    /// What `words` write if nothing disturbs them.
    fn undisturbed(&self, words: &[&str], output: &Path) -> anyhow::Result<Vec<u8>> {
        let outcome = self.run(words)?;
        ensure!(outcome.code == Some(0), "an undisturbed run fails: {:?}", outcome.code);
        Ok(fs::read(output)?)
    }
}

/// Whether a shell here can limit the address space of what it runs.
fn can_limit() -> bool {
    let limited = Command::new("sh").args(["-c", "ulimit -v 100000 && true"]).output();
    limited.is_ok_and(|run| run.status.success())
}
