//! `datason split`

use std::fs;

use crate::support::Folder;

const LINES: &str = "{\"u\":\"ann\",\"n\":1.0}\n{\"u\":\"../../bob\"}\n{\"n\":3}\n\
    {\"u\":\"ann\", \"n\": 4e0}\n{\"u\":null}\n";

fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path("out").join(name)).unwrap()
}

#[test]
fn each_value_has_a_file_and_the_manifest_says_which() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    folder.run("split in.jsonl out --by /u").assert(
        0,
        "",
        "datason: 4 files in `out`\n5 records, none bad, 79 B in 1 chunk\n",
    );
    assert_eq!(folder.names(), ["in.jsonl", "out"], "nothing is written elsewhere");
    assert_eq!(
        read(&folder, "ann.jsonl"),
        "{\"u\":\"ann\",\"n\":1.0}\n{\"u\":\"ann\", \"n\": 4e0}\n"
    );
    assert_eq!(read(&folder, "%2E.%2F..%2Fbob.jsonl"), "{\"u\":\"../../bob\"}\n");
    assert_eq!(read(&folder, "_missing.jsonl"), "{\"n\":3}\n");
    assert_eq!(
        read(&folder, "_manifest.jsonl"),
        "{\"value\":\"ann\",\"file\":\"ann.jsonl\",\"records\":2,\"bytes\":42}\n\
         {\"value\":\"../../bob\",\"file\":\"%2E.%2F..%2Fbob.jsonl\",\"records\":1,\"bytes\":18}\n\
         {\"file\":\"_missing.jsonl\",\"records\":1,\"bytes\":8}\n\
         {\"value\":null,\"file\":\"null.jsonl\",\"records\":1,\"bytes\":11}\n",
    );
    // What is there is never merged with, and stays.
    let outcome = folder.run("split in.jsonl out --by /u");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("`out` holds something"), "{}", outcome.stderr);
    let report = folder.run("split --json -q in.jsonl other --by /u").json();
    assert_eq!((&report["files"], &report["records"]), (&4.into(), &5.into()));
}

#[test]
fn files_can_be_arrays_and_compressed() {
    let folder = Folder::with([("in.json", "[{\"k\":1},\n {\"k\":2},{\"k\":1}]")]);
    let line = "split -q --to json --compress gzip in.json out --by /k";
    folder.run(line).assert(0, "", "");
    folder.run("cat out/1.json.gz").assert(0, "{\"k\":1}\n{\"k\":1}\n", "");
    folder.run("cat out/2.json.gz").assert(0, "{\"k\":2}\n", "");
}

#[test]
fn bad_records_are_a_matter_of_the_policy_and_leave_no_folder() {
    let folder = Folder::with([("in.jsonl", "{\"k\":1}\n{\"k\":[]}\n{}\n{\"k\"\n")]);
    let outcome = folder.run("split in.jsonl out --by /k");
    let told = "in.jsonl:2:1: records are not sorted by a list or an object, in `/k`\n";
    assert!(outcome.code == 1 && outcome.stderr.starts_with(told), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("datason: `out` was not written\n"), "{}", outcome.stderr);
    assert_eq!(folder.names(), ["in.jsonl"]);
    let options = "--on-error reject=bad.jsonl --on-missing error";
    assert_eq!(folder.run(&format!("split {options} in.jsonl out --by /k")).code, 1);
    assert_eq!(folder.read("bad.jsonl").lines().count(), 3);
    assert_eq!(fs::read_dir(folder.path("out")).unwrap().count(), 2);
    // Too many values end the run under every policy.
    folder.write("in.jsonl", "{\"k\":1}\n{\"k\":2}\n");
    let outcome = folder.run("split --on-error skip --most-values 1 in.jsonl two --by /k");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("more than 1 values to sort by"), "{}", outcome.stderr);
    for line in ["in.jsonl new --by k", "in.jsonl bad.jsonl --by /k", "none.jsonl new --by /k"] {
        assert_eq!(folder.run(&format!("split {line}")).code, 2, "{line}");
    }
    let inside = "split --on-error reject=new/bad.jsonl in.jsonl new --by /k";
    assert_eq!(folder.run(inside).code, 2);
    assert_eq!(folder.names(), ["bad.jsonl", "in.jsonl", "out"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_run_leaves_nothing_that_the_next_does_not_clear_away() {
    use std::io::Write;
    use std::process::Stdio;

    let folder = Folder::new();
    let words = ["split", "-q", "-", "out", "--by", "/k"];
    let mut child = folder.command(&words).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"k\":1}\n").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    child.kill().unwrap();
    child.wait().unwrap();
    folder.run_on(b"{\"k\":2}\n", "split -q - out --by /k");
    assert_eq!(folder.names(), ["out"]);
    assert_eq!(fs::read_dir(folder.path("out")).unwrap().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn more_values_than_files_may_be_open() {
    let folder = Folder::new();
    let lines: Vec<_> = (0..2_000).map(|number| format!("{{\"k\":{number}}}\n")).collect();
    folder.write("in.jsonl", lines.concat().repeat(3));
    let script = "ulimit -n 32; exec \"$0\" split -q in.jsonl out --by /k";
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_datason")]).current_dir(folder.path(""));
    let outcome = shell.output().unwrap();
    assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
    assert_eq!(fs::read_dir(folder.path("out")).unwrap().count(), 2_001);
    folder.run("split -q --memory-limit 4MiB in.jsonl low --by /k").assert(0, "", "");
    assert_eq!(fs::read_dir(folder.path("low")).unwrap().count(), 2_001);
    assert_eq!(read(&folder, "1999.jsonl"), "{\"k\":1999}\n".repeat(3));
}
