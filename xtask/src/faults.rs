//! `cargo xtask faults`: what becomes of files when the program is killed, the system refuses, or
//! the disk is full.
//!
//! These tests take minutes, need `strace` and partly root, and so are no part of `cargo test`.
//! Each counts the points at which it has intervened. One that cannot run says why and counts as
//! not run; if all are skipped, that is a failure.

mod changing;
mod errors;
mod full;
mod interrupted;
mod kills;
mod power;
mod races;
mod random;
mod rejecting;
mod stage;

use std::path::Path;
use std::process::ExitCode;

use crate::bench::program;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only the tests whose name is this: D1 to D5, D8, S1, S2.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// How often to kill at random moments.
    #[arg(long, value_name = "TIMES", default_value_t = 1_400)]
    kills: u64,
    /// How often to change an input that is being read.
    #[arg(long, value_name = "TIMES", default_value_t = 600)]
    runs: u64,
}

/// What tests work with.
struct Setting<'a> {
    /// The workspace.
    root: &'a Path,
    /// The released program.
    program: &'a Path,
}

/// What a test has come to.
struct Outcome {
    points: u64,
    failures: Vec<String>,
    /// The figure that says most, in words.
    worst: String,
}

/// One test: its name, what it does, and the run.
struct Test {
    name: &'static str,
    what: &'static str,
    run: fn(&Setting<'_>, &Arguments) -> anyhow::Result<Verdict>,
}

enum Verdict {
    Run(Outcome),
    Skipped(String),
}

const TESTS: [Test; 8] = [
    Test {
        name: "D1",
        what: "SIGKILL at every write, fsync, rename, open, unlink of a write",
        run: kills::run,
    },
    Test {
        name: "D2",
        what: "SIGKILL at random moments of a write, an append, a resumed write, with and without rejects",
        run: random::run,
    },
    Test { name: "D3", what: "a power cut at random moments of these, on ext4", run: power::run },
    Test { name: "D4", what: "a disk that is full after every 4 KiB", run: full::run },
    Test { name: "D5", what: "an error of every such call", run: errors::run },
    Test {
        name: "D8",
        what: "every other read or write interrupted, and pipes that are closed",
        run: interrupted::run,
    },
    Test {
        name: "S1",
        what: "an input that grows, is replaced or cut at a random moment of a conversion",
        run: changing::run,
    },
    Test {
        name: "S2",
        what: "temporary names and the target become links while a file is written",
        run: races::run,
    },
];

pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let program = program::build(root, "datason-cli", "datason", &[])?;
    let setting = Setting { root, program: &program };
    let wanted = |test: &&Test| arguments.only.as_ref().is_none_or(|name| test.name == name);
    let (mut run, mut failed) = (0, false);
    println!("| test | what | points | failures | worst |");
    println!("|---|---|---|---|---|");
    for test in TESTS.iter().filter(wanted) {
        let Test { name, what, .. } = test;
        match (test.run)(&setting, arguments)? {
            Verdict::Skipped(why) => println!("| {name} | {what} | 0 | not run | {why} |"),
            Verdict::Run(Outcome { points, failures, worst }) => {
                run += 1;
                failed |= !failures.is_empty();
                println!("| {name} | {what} | {points} | {} | {worst} |", failures.len());
                for failure in failures.iter().take(10) {
                    eprintln!("faults: {name}: {failure}");
                }
            }
        }
    }
    if run == 0 {
        eprintln!("faults: every test was skipped, which is no success");
        return Ok(ExitCode::FAILURE);
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
