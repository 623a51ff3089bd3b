//! When, where and of what a measurement was made.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};

/// When, where and of what a measurement was made.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    /// `YYYY-MM-DD`
    pub(super) date: String,
    /// The commit, with a `+` behind it if there are changes that are in no commit.
    pub(super) revision: String,
    /// The processor's model.
    pub(super) cpu: String,
    /// The operating system's name and version.
    pub(super) system: String,
    pub(super) rustc: String,
    /// The versions of the crates that others are compared with.
    pub(super) peers: String,
}

const UNKNOWN: &str = "unknown";

impl Environment {
    /// Finds out what it can, and says `unknown` otherwise.
    ///
    /// # Errors
    ///
    /// If `date` is no date, or the workspace has no readable lock file.
    pub(super) fn find(root: &Path, date: Option<&str>) -> anyhow::Result<Self> {
        let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
        Ok(Self {
            date: date.map_or_else(|| Ok(today()), checked)?,
            revision: revision(root).unwrap_or_else(|| UNKNOWN.to_owned()),
            cpu: processor().unwrap_or_else(|| UNKNOWN.to_owned()),
            system: system(),
            rustc: said(root, "rustc", &["--version"]).unwrap_or_else(|| UNKNOWN.to_owned()),
            peers: peers(&lock),
        })
    }
}

fn checked(date: &str) -> anyhow::Result<String> {
    let shape = date.bytes().map(|byte| if byte.is_ascii_digit() { b'9' } else { byte });
    ensure!(shape.eq(*b"9999-99-99"), "`{date}` is no date such as 2026-11-23");
    Ok(date.to_owned())
}

fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    civil(since.as_secs() / 86_400)
}

/// The date `days` after 1970-01-01, for the years in which this can run.
fn civil(mut days: u64) -> String {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

fn revision(root: &Path) -> Option<String> {
    let commit = said(root, "git", &["rev-parse", "--short=10", "HEAD"])?;
    let changes = said(root, "git", &["status", "--porcelain"])?;
    Some(if changes.is_empty() { commit } else { format!("{commit}+") })
}

/// What a program says on one line, if it can be run and is content.
fn said(root: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(model.trim_start_matches(['\t', ' ', ':']).to_owned())
}

fn system() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, release.trim()).trim_end().to_owned()
}

fn peers(lock: &str) -> String {
    let versions = ["serde_json", "simd-json", "sonic-rs", "memchr", "arrow-json"]
        .into_iter()
        .filter_map(|name| Some(format!("{name} {}", version(lock, name)?)));
    versions.collect::<Vec<_>>().join(", ")
}

/// The version of the package `name` in a lock file.
fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = lock.split_once(&format!("\nname = \"{name}\"\nversion = \""))?;
    behind.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let dates = [0, 58, 59, 789, 790, 11_016, 11_017, 20_779].map(civil);
        let expected = [
            "1970-01-01",
            "1970-02-28",
            "1970-03-01",
            "1972-02-29",
            "1972-03-01",
            "2000-02-29",
            "2000-03-01",
            "2026-11-22",
        ];
        assert_eq!(dates, expected);
        assert_eq!(civil(364), "1970-12-31");
    }

    #[test]
    fn a_date_that_is_none_is_refused() {
        assert_eq!(checked("2026-11-23").expect("a date"), "2026-11-23");
        for text in ["", "today", "2026-1-1", "2026-11-23T00", "23.11.2026"] {
            assert!(checked(text).is_err(), "{text}");
        }
    }

    #[test]
    fn versions_stand_in_the_lock_file() {
        let lock = "[[package]]\nname = \"memchr\"\nversion = \"2.8.3\"\nsource = \"r\"\n\n\
                    [[package]]\nname = \"serde_json\"\nversion = \"1.0.154\"\n";
        assert_eq!(peers(lock), "serde_json 1.0.154, memchr 2.8.3");
        assert_eq!(peers(""), "");
    }
}
