//! What cannot be read or written, and names that would drive a terminal.

use crate::support::{Folder, lines_of};

#[cfg(unix)]
const MISSING: &str = "datason: cannot open `missing.jsonl`\n  \
    caused by: no such file or directory (os error 2)\n";

#[cfg(unix)]
#[test]
fn an_unreadable_file_does_not_stop_the_others() {
    let folder = Folder::with([("a.jsonl", "1\n"), ("b.jsonl", "2\n")]);
    let files = "a.jsonl missing.jsonl b.jsonl";
    folder.run(&format!("cat {files}")).assert(2, "1\n2\n", MISSING);
    folder.run(&format!("head {files}")).assert(2, "1\n2\n", MISSING);
    folder.run(&format!("count {files}")).assert(2, "1 a.jsonl\n1 b.jsonl\n2 total\n", MISSING);
    folder.run(&format!("check -q {files}")).assert(2, "", MISSING);
}

#[cfg(unix)]
#[test]
fn the_worse_exit_code_wins() {
    let folder = Folder::with([("bad.jsonl", "x\n")]);
    let outcome = folder.run("check -q missing.jsonl bad.jsonl");
    outcome.assert(2, "bad.jsonl:1:1: expected value\n", MISSING);
}

#[test]
fn a_folder_is_named_as_one() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("sub")).unwrap();
    let outcome = folder.run("count sub");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("datason: `sub` is a folder, not a file\n"), "{outcome:?}");
}

#[test]
fn what_is_not_read_is_said_with_the_name() {
    let folder = Folder::new();
    folder.write("a.json", b"\xff\xfe{\0}\0");
    folder.write("b.json", b"BZh91AY&SY");
    let listed = "a.json:1:1: the input is UTF-16LE, not UTF-8\n\
        b.json: bzip2 data is not read; decompress it first\n";
    folder.run("check -q a.json b.json").assert(1, listed, "");
    folder.run("cat a.json b.json").assert(1, "", "a.json:1:1: the input is UTF-16LE, not UTF-8\n");
}

#[test]
fn a_torn_gzip_file_is_bad_data_behind_its_good_records() {
    let folder = Folder::new();
    let lines = lines_of(0..=50_000);
    folder.write("a.jsonl", &lines);
    folder.run("convert -q a.jsonl a.jsonl.gz").assert(0, "", "");
    let whole = std::fs::read(folder.path("a.jsonl.gz")).unwrap();
    folder.write("torn.jsonl.gz", &whole[..whole.len() / 2]);
    let outcome = folder.run("cat torn.jsonl.gz");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.len() > 10_000 && lines.starts_with(&outcome.stdout));
    assert!(outcome.stderr.starts_with("torn.jsonl.gz:"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the gzip data ends inside a member"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_if_the_input_is_missing() {
    let folder = Folder::with([("out.jsonl", "old\n")]);
    let told = format!("{MISSING}datason: `out.jsonl` was not written\n");
    let outcome = folder.run("convert missing.jsonl out.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.starts_with(&told), "{}", outcome.stderr);
    assert_eq!(
        (folder.names(), folder.read("out.jsonl")),
        (vec!["out.jsonl".into()], "old\n".into())
    );
}

#[test]
fn an_output_that_cannot_be_made_is_refused_at_once() {
    let folder = Folder::with([("in.jsonl", "1\n")]);
    std::fs::create_dir(folder.path("sub")).unwrap();
    for (out, told) in [
        ("no/out.jsonl", "cannot create"),
        ("sub", "`sub` is a folder, not a file"),
        ("out.json.bz2", "bzip2 is not written, as the name `out.json.bz2` promises"),
    ] {
        let outcome = folder.run(&format!("convert in.jsonl {out}"));
        assert!(outcome.stderr.starts_with(&format!("datason: {told}")), "{outcome:?}");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{out}");
    }
    assert_eq!(folder.names(), ["in.jsonl", "sub"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let folder = Folder::with([("in.jsonl", "1\n")]);
    for words in [&["cat", "in.jsonl"][..], &["count", "in.jsonl"], &["convert", "in.jsonl", "-"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command(words).stdout(full).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("datason: cannot write"), "{words:?}: {told}");
        assert!(told.ends_with("no space left on device (os error 28)\n"), "{words:?}: {told}");
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn hostile_names_and_texts_are_escaped() {
    let name = "\u{1b}]0;gone\u{7}\n.jsonl";
    let folder = Folder::with([(name, "\u{1b}[2J\n")]);
    let shown = "\\u{1b}]0;gone\\u{7}\\n.jsonl";
    let outcome = folder.run_words(&["check", "-q", name]);
    outcome.assert(1, &format!("{shown}:1:1: expected value\n"), "");
    let outcome = folder.run_words(&["count", name, name]);
    assert!(outcome.stderr.contains("\n  \\u{1b}[2J\n  ^\n"), "{}", outcome.stderr);
    for text in [outcome.stdout, outcome.stderr] {
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
    }
    let report = folder.run_words(&["check", "--json", name]).json();
    assert_eq!(report["errors"][0]["file"], name);
    let outcome = folder.run_words(&["count", "\u{1b}c"]);
    assert!(outcome.stderr.starts_with("datason: cannot open `\\u{1b}c`\n"), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_can_be_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new();
    let name = OsStr::from_bytes(b"\xff.jsonl");
    std::fs::write(folder.path("").join(name), "x\n").unwrap();
    let output = folder.command(&["check", "-q"]).arg(name).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "\\xff.jsonl:1:1: expected value\n");
}

#[cfg(unix)]
#[test]
fn programs_hear_of_unreadable_files_and_people_of_no_totals() {
    let folder = Folder::with([("a.jsonl", "1\n")]);
    let summary = folder.run("check --json a.jsonl missing.jsonl").json();
    assert_eq!(
        (&summary["records"], &summary["unreadable"][0]),
        (&1.into(), &"missing.jsonl".into())
    );
    assert!(folder.run("check --json a.jsonl").json().get("unreadable").is_none());

    let told = format!("{MISSING}datason: `out.jsonl` was not written\n");
    folder.run("convert missing.jsonl out.jsonl").assert(2, "", &told);
}

#[test]
fn what_says_nothing_is_refused() {
    let folder = Folder::with([("in.jsonl", "1\n")]);
    for line in ["in.jsonl out.jsonl", "in.jsonl -", "--compress none in.jsonl out.jsonl.gz"] {
        let outcome = folder.run(&format!("convert --frame-size 1MiB {line}"));
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.stderr.contains("`--frame-size` cuts compressed data"), "{outcome:?}");
    }
    for command in ["estimate", "index"] {
        let outcome = folder.run(&format!("{command} --on-error skip in.jsonl"));
        assert_eq!(outcome.code, 2, "{command}");
        assert!(outcome.stderr.contains("have no meaning here"), "{outcome:?}");
    }
    assert_eq!(folder.names(), ["in.jsonl"]);
}
