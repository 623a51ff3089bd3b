//! The record of measurements: `benches/record/GROUP.csv` for ever, `GROUP.md` for the last.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, ensure};

use super::environment::Environment;
use super::report::Report;

const FOLDER: &str = "benches/record";

/// What stands before the fields of a group.
const NAMES: [&str; 6] = ["date", "revision", "cpu", "system", "rustc", "peers"];

/// Appends the numbers to the group's record, and writes its tables anew.
pub(super) fn save(
    root: &Path,
    group: &str,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<()> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {FOLDER}"))?;
    append(&folder.join(format!("{group}.csv")), environment, report)?;
    let page = folder.join(format!("{group}.md"));
    fs::write(&page, markdown(group, environment, report))
        .with_context(|| format!("cannot write {}", page.display()))
}

fn append(path: &Path, environment: &Environment, report: &Report) -> anyhow::Result<()> {
    let context = || format!("cannot write {}", path.display());
    let names = line(NAMES.iter().chain(report.lines.names));
    let known = if path.exists() { fs::read_to_string(path)? } else { String::new() };
    ensure!(
        known.is_empty() || known.starts_with(&names),
        "{} has other columns: move it away first",
        path.display()
    );
    let mut text = if known.is_empty() { names } else { String::new() };
    for row in &report.lines.rows {
        text.push_str(&line(fields(environment).into_iter().chain(row.iter().map(String::as_str))));
    }
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(context)
}

fn fields(environment: &Environment) -> [&str; NAMES.len()] {
    let Environment { date, revision, cpu, system, rustc, peers } = environment;
    [date, revision, cpu, system, rustc, peers]
}

/// A line of comma-separated fields (RFC 4180, but for the line's end).
fn line(fields: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let quoted = |field: &str| {
        if field.contains(['"', ',', '\n']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    };
    let fields: Vec<String> = fields.into_iter().map(|field| quoted(field.as_ref())).collect();
    fields.join(",") + "\n"
}

fn markdown(group: &str, environment: &Environment, report: &Report) -> String {
    // The records of promises are written by the command that holds them.
    let command = match group {
        "memory_limits" | "memory_estimates" => "memory".to_owned(),
        group => format!("bench {group}"),
    };
    let mut page = format!("# {group}\n\nWritten by `cargo xtask {command} --save`.\n\n");
    for (name, value) in NAMES.iter().zip(fields(environment)) {
        let _infallible = writeln!(page, "- {name}: {value}");
    }
    let _infallible = write!(page, "\n{report}");
    page.truncate(page.trim_end().len());
    page + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::{Lines, Table};

    fn environment() -> Environment {
        Environment {
            date: "2026-11-23".to_owned(),
            revision: "abc".to_owned(),
            cpu: "A \"fast\" one, new".to_owned(),
            system: "linux 6".to_owned(),
            rustc: "rustc 1.95".to_owned(),
            peers: "memchr 2".to_owned(),
        }
    }

    fn report(speed: &str) -> Report {
        let table = Table {
            title: "Speed".to_owned(),
            header: vec!["name".to_owned()],
            rows: vec![vec![speed.to_owned()]],
        };
        let lines = Lines { names: &["mb_per_s"], rows: vec![vec![speed.to_owned()]] };
        Report { tables: vec![table], notes: vec!["A note.".to_owned()], lines }
    }

    #[test]
    fn numbers_are_added_and_tables_replaced() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for speed in ["1", "2"] {
            save(folder.path(), "frame", &environment(), &report(speed))
                .expect("a writable folder");
        }
        let read = |name| fs::read_to_string(folder.path().join(FOLDER).join(name));
        let start = "2026-11-23,abc,\"A \"\"fast\"\" one, new\",linux 6,rustc 1.95,memchr 2";
        let expected =
            format!("date,revision,cpu,system,rustc,peers,mb_per_s\n{start},1\n{start},2\n");
        assert_eq!(read("frame.csv").expect("it was written"), expected);
        let page = read("frame.md").expect("it was written");
        assert!(page.starts_with("# frame\n\nWritten by"), "{page}");
        assert!(page.contains("- cpu: A \"fast\" one, new\n") && page.contains("| 2    |\n"));
        assert!(page.ends_with("\n\nA note.\n") && !page.contains("| 1    |"), "{page}");
    }

    #[test]
    fn a_record_with_other_columns_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("frame.csv");
        fs::write(&path, "a,b\n1,2\n").expect("a writable folder");
        assert!(append(&path, &environment(), &report("1")).is_err());
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "a,b\n1,2\n");
    }
}
