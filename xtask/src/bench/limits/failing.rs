//! Conversions in which one allocation fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use datason_fixtures::{FailingAllocator, Layout, Shape};

use super::starved::{OLD, SCENES};
use super::{Check, Lab, text};

/// Each of so many first allocations fails in a run of its own.
const EACH: u64 = 2_000;
/// And so many of those that come later, spread evenly.
const LATER: u64 = 200;

/// What a program returns that has panicked.
const PANIC: i32 = 101;

/// How the runs of one scene have ended.
#[derive(Default)]
struct Ends {
    /// With the whole output, since the program could do without.
    whole: u64,
    /// With an error that was told, and the old output.
    refused: u64,
    /// With `SIGABRT` and the old output.
    aborted: u64,
    /// With `SIGABRT` after the new output was published.
    aborted_after: u64,
    /// With a panic and the old output: compressors are made by crates that panic then.
    panicked: u64,
    /// In any other way: what it was, of the first.
    wrong: u64,
    first_wrong: Option<String>,
}

impl Lab<'_> {
    /// Lets allocation after allocation fail in each conversion: it writes the right output, or
    /// says so and leaves what was there, or is aborted by the allocator and leaves one of both.
    pub(super) fn failing(&mut self) -> anyhow::Result<()> {
        let folder = tempfile::tempdir_in(&self.folder)?;
        let Some(allocator) = FailingAllocator::build(folder.path())? else {
            eprintln!("memory: no allocator can be made here that fails, so none does");
            return Ok(());
        };
        let input = self.generated(Shape::Flat, Layout::Lines, ByteSize::mb(1))?;
        for (output, options) in SCENES {
            eprintln!("memory: failing allocations of {output}");
            let scene = tempfile::tempdir_in(folder.path())?;
            let path = scene.path().join(output);
            let cut = ["convert", "--quiet", "--chunk-size", "100KiB"];
            let words = [&cut, options, &[text(&input)?, text(&path)?]].concat();
            let (runs, ends) = self.fail_each(&allocator, &words, &path)?;
            let Ends { whole, refused, aborted, aborted_after, panicked, wrong, first_wrong } =
                ends;
            if let Some(first) = first_wrong {
                eprintln!("memory: {output}: {first}");
            }
            self.checks.push(Check {
                promise: "failing",
                input: format!("{output} {}", options.join(" ")).trim_end().to_owned(),
                most: "0 partial files".to_owned(),
                found: format!("{wrong} partial files"),
                outcome: format!(
                    "{runs} points: {whole} whole, {refused} refused, {aborted} aborted, \
                     {aborted_after} after the end, {panicked} panicked"
                ),
                kept: wrong == 0 && refused + aborted > 0,
            });
        }
        Ok(())
    }

    /// Runs `words`, which write `output`, with one allocation failing each time.
    fn fail_each(
        &self,
        allocator: &FailingAllocator,
        words: &[&str],
        output: &Path,
    ) -> anyhow::Result<(u64, Ends)> {
        let count = allocator.count(&mut self.command(words))?;
        let whole = fs::read(output)?;
        let (mut runs, mut ends) = (0, Ends::default());
        for number in points(count) {
            fs::write(output, OLD)?;
            let mut command = self.command(words);
            allocator.fail(&mut command, number);
            let run = command.output()?;
            ends.add(number, run.status, &run.stderr, &fs::read(output)?, &whole);
            runs += 1;
            // A program that is aborted leaves its temporary file; one that tells why it ends not.
            let strays = strays(output)?;
            if run.status.code().is_some() && !strays.is_empty() {
                ends.wrong(format!("the {number}th leaves {strays:?}"));
            }
            for stray in strays {
                fs::remove_file(stray)?;
            }
        }
        ensure!(runs > 0, "a conversion without allocations");
        Ok((runs, ends))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).env("RUST_BACKTRACE", "0");
        command
    }
}

/// Which of `count` allocations fail: the first, each, and then some.
fn points(count: u64) -> impl Iterator<Item = u64> {
    let later = count.saturating_sub(EACH);
    let spread = (1..=LATER.min(later)).map(move |n| EACH + later * n / LATER.min(later));
    (1..=count.min(EACH)).chain(spread)
}

/// What a run has left in the folder beside its output.
fn strays(output: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = output.parent().context("an output in a folder")?;
    let mut strays = Vec::new();
    for entry in fs::read_dir(folder)? {
        strays.extend(Some(entry?.path()).filter(|path| path != output));
    }
    Ok(strays)
}

impl Ends {
    fn add(&mut self, number: u64, status: ExitStatus, told: &[u8], found: &[u8], whole: &[u8]) {
        let aborted = is_abort(status);
        match status.code() {
            Some(0) if found == whole => self.whole += 1,
            Some(1 | 2) if found == OLD && !told.is_empty() => self.refused += 1,
            Some(PANIC) if found == OLD && !told.is_empty() => self.panicked += 1,
            None if aborted && found == OLD => self.aborted += 1,
            None if aborted && found == whole => self.aborted_after += 1,
            _ => {
                let file = match found {
                    found if found == OLD => "the old file",
                    found if found == whole => "the new file",
                    _ => "a partial file",
                };
                let told = String::from_utf8_lossy(told);
                self.wrong(format!("the {number}th: {status}, {file}; told: {}", told.trim()));
            }
        }
    }

    fn wrong(&mut self, how: String) {
        self.wrong += 1;
        self.first_wrong.get_or_insert(how);
    }
}

/// Whether a process was ended by `abort`.
#[cfg(unix)]
fn is_abort(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    const SIGABRT: i32 = 6;
    status.signal() == Some(SIGABRT)
}

#[cfg(not(unix))]
fn is_abort(_: ExitStatus) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_allocations_fail_each_and_the_later_in_steps() {
        assert_eq!(points(3).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(points(EACH + 2).last(), Some(EACH + 2));
        let many: Vec<_> = points(1_000_000).collect();
        assert_eq!((many.len() as u64, many.last()), (EACH + LATER, Some(&1_000_000)));
        assert!(many.is_sorted_by(|one, next| one < next));
    }
}
