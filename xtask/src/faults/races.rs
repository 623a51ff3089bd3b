//! Names that somebody else is quicker to take.

use std::process::Command;

use super::{Arguments, Outcome, Setting, Verdict};
use crate::bench::program;

/// Rounds of the race, of which `cargo test` runs fewer.
const ROUNDS: u64 = 10_000;

const TEST: &str = "sink::nothing_is_written_where_links_under_temporary_names_lead";

/// Runs the test of `datason-io` in which temporary names and the target become links as fast as
/// somebody can make them.
pub(super) fn run(setting: &Setting<'_>, _: &Arguments) -> anyhow::Result<Verdict> {
    if !cfg!(unix) {
        return Ok(Verdict::Skipped("links need Unix".to_owned()));
    }
    let mut command = Command::new(program::cargo());
    command
        .args(["test", "-q", "--locked", "-p", "datason-io", "--test", "it", "--"])
        .args(["--exact", "--nocapture", TEST])
        .current_dir(setting.root)
        .env("DATASON_ROUNDS", ROUNDS.to_string());
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let told = text.lines().find_map(|line| line.split_once("S2: ")).map(|(_, told)| told);
    let failures = match (output.status.success(), told) {
        (true, Some(_)) => Vec::new(),
        _ => vec![format!("{text}{}", String::from_utf8_lossy(&output.stderr))],
    };
    let worst = told.unwrap_or("the test has failed").to_owned();
    Ok(Verdict::Run(Outcome { points: ROUNDS, failures, worst }))
}
