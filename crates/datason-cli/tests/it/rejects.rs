//! `--on-error`, `--max-errors` and `datason replay`

use datason_fixtures::nasty::{self, Salted};

use crate::support::{Folder, Outcome, lines_of};

/// 28 kinds of bad line among 1,972 good ones, and the good ones alone.
fn salted(folder: &Folder) -> (Salted, String) {
    let salted = nasty::salted(1_972, 11);
    folder.write("in.jsonl", &salted.bytes);
    let bad: Vec<u64> = salted.bad.iter().map(|place| place.record).collect();
    let lines = salted.bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let good = lines.filter(|(record, _)| !bad.contains(&(*record as u64)));
    let good: Vec<u8> = good.flat_map(|(_, line)| line.iter().copied()).collect();
    (salted, String::from_utf8(good).unwrap())
}

fn assert_kept(folder: &Folder, salted: &Salted) {
    let lines = folder.read("bad.jsonl");
    assert_eq!(lines.lines().count(), 28);
    for (line, place) in lines.lines().zip(&salted.bad) {
        let reject: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(reject["file"], "in.jsonl");
        let numbers = ["line", "byte", "record", "length"].map(|key| reject[key].as_u64().unwrap());
        let length = place.line.bytes.len() as u64;
        assert_eq!(numbers, [place.record + 1, place.byte, place.record, length], "{line}");
    }
}

#[test]
fn every_reading_command_passes_over_28_kinds_of_bad_line_and_keeps_them() {
    let folder = Folder::new();
    let (salted, good) = salted(&folder);
    let told = |outcome: &Outcome| {
        let kept = "datason: 28 bad records kept in `bad.jsonl`, the first at in.jsonl:";
        assert!(outcome.stderr.contains(kept), "{}", outcome.stderr);
    };
    for chunk_size in ["7", "1MiB"] {
        let reject = format!("--on-error reject=bad.jsonl --chunk-size {chunk_size}");
        let run = |line: &str| {
            let outcome = folder.run(line);
            assert_eq!(outcome.code, 1, "{line}: {}", outcome.stderr);
            told(&outcome);
            assert_kept(&folder, &salted);
            std::fs::remove_file(folder.path("bad.jsonl")).unwrap();
            outcome
        };
        assert_eq!(run(&format!("cat {reject} in.jsonl")).stdout, good);
        assert_eq!(run(&format!("head -n 9999 {reject} in.jsonl")).stdout, good);
        assert_eq!(run(&format!("count {reject} in.jsonl")).stdout, "1972\n");
        assert_eq!(run(&format!("check {reject} in.jsonl")).stdout.lines().count(), 28);
        assert_eq!(run(&format!("convert {reject} in.jsonl -")).stdout, good);
        run(&format!("convert {reject} --max-errors 28 in.jsonl out.jsonl"));
        assert_eq!(folder.read("out.jsonl"), good);
        std::fs::remove_file(folder.path("out.jsonl")).unwrap();
    }
}

#[test]
fn one_too_many_ends_the_run_and_publishes_nothing() {
    let folder = Folder::new();
    let (salted, good) = salted(&folder);
    let last = salted.bad.last().unwrap().record;
    let line = "convert --on-error reject=bad.jsonl --max-errors 27 in.jsonl out.jsonl";
    let outcome = folder.run(line);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    let limit = format!("in.jsonl:{}:", last + 1);
    assert!(outcome.stderr.starts_with(&limit), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("records are bad, and the limit is 27\n  caused by: "));
    assert!(outcome.stderr.contains("datason: `out.jsonl` was not written\n"));
    assert_eq!(folder.names(), ["bad.jsonl", "in.jsonl"]);
    assert_kept(&folder, &salted);
    // What came before it has been printed.
    let outcome = folder.run("cat --on-error skip --max-errors 27 in.jsonl");
    let before = usize::try_from(last - 27).unwrap();
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (1, before));
    assert!(good.starts_with(&outcome.stdout));
    for (command, code) in [("--max-errors 3%", 0), ("--max-errors 1%", 1)] {
        let line = format!("convert -q --on-error dropmalformed {command} in.jsonl out.jsonl");
        folder.run(&line);
        assert_eq!(folder.names().contains(&"out.jsonl".to_owned()), code == 0, "{command}");
        std::fs::remove_file(folder.path("out.jsonl")).unwrap_or_default();
    }
}

#[test]
fn a_share_that_only_the_end_shows_keeps_a_file_from_appearing() {
    let folder = Folder::with([("in.jsonl", "1\nx\n3\n4\n")]);
    let line = "convert --on-error skip --max-errors 10% in.jsonl out.jsonl";
    folder.run(line).assert(
        1,
        "",
        "datason: 1 bad record passed over, the first at in.jsonl:2:1: expected value\n\
         datason: 1 of 4 records are bad, and the limit is 10%\n\
         datason: `out.jsonl` was not written\n3 records, 1 bad, 8 B in 1 chunk\n",
    );
    let outcome = folder.run("count --max-errors 10% in.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "3\n"));
}

#[test]
fn skipping_says_how_many_and_where_the_first_is() {
    let folder = Folder::with([("a.jsonl", "1\n{\"a\" 2}\n3\n[\n"), ("b.jsonl", "x\n6\n")]);
    let told = "datason: 3 bad records passed over, the first at a.jsonl:2:6: expected `:`\n";
    folder.run("cat --on-error skip a.jsonl b.jsonl").assert(1, "1\n3\n6\n", told);
    folder.run("head -n 1 --on-error skip b.jsonl").assert(
        1,
        "6\n",
        "datason: 1 bad record passed over, the first at b.jsonl:1:1: expected value\n",
    );
    // Silence is about notes, not about what is missing.
    folder.run("convert -q --on-error skip --to json a.jsonl -").assert(
        1,
        "[\n1,\n3\n]\n",
        "datason: 2 bad records passed over, the first at a.jsonl:2:6: expected `:`\n",
    );
}

#[test]
fn failing_at_the_first_bad_record_can_be_asked_for() {
    let folder = Folder::with([("a.jsonl", "1\nx\n3\ny\n"), ("b.jsonl", "5\n")]);
    let listed = "a.jsonl:2:1: expected value\n";
    folder.run("check -q --on-error fail a.jsonl b.jsonl").assert(1, listed, "");
    let told = format!("{listed}  x\n  ^\n");
    folder.run("count --on-error FAILFAST a.jsonl").assert(1, "1\n", &told);
    folder.run("cat --on-error fail a.jsonl b.jsonl").assert(1, "1\n", &told);
}

#[test]
fn for_programs_the_summary_lists_the_first_bad_records() {
    let folder = Folder::with([("a.jsonl", "1\n{\"k\":[1,x]}\n3\n")]);
    let errors = serde_json::json!([{
        "file": "a.jsonl", "line": 2, "column": 9, "byte": 10, "record": 1,
        "kind": "syntax", "message": "expected value", "pointer": "/k/1",
    }]);
    let assert = |text: &str, records: u64| {
        let summary: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        let counts = ["records", "bad_records", "errors_shown"].map(|key| summary[key].as_u64());
        assert_eq!(counts, [Some(records), Some(1), Some(1)], "{text}");
        assert_eq!(summary["errors"], errors, "{text}");
        summary["rejects"].as_str().map(str::to_owned)
    };
    let last = |text: &str| text.lines().last().unwrap().to_owned();
    for command in ["cat", "head", "convert --to jsonl"] {
        let output = if command.starts_with("convert") { "-" } else { "" };
        let line = format!("{command} --json --on-error skip a.jsonl {output}");
        assert_eq!(assert(&last(&folder.run(&line).stderr), 2), None, "{line}");
        let line = format!("{command} --json a.jsonl {output}");
        assert_eq!(assert(&last(&folder.run(&line).stderr), 1), None, "{line}");
    }
    for command in ["count", "check"] {
        assert_eq!(assert(&folder.run(&format!("{command} --json a.jsonl")).stdout, 2), None);
    }
    let line = "convert --json --on-error reject=bad.jsonl a.jsonl b.jsonl";
    assert_eq!(assert(&folder.run(line).stdout, 2).as_deref(), Some("bad.jsonl"));
}

#[test]
fn an_input_that_breaks_off_is_no_matter_of_single_records() {
    let folder = Folder::with([("torn.json", "[1, x, 3, 4"), ("b.jsonl", "5\n")]);
    let outcome = folder.run("cat --on-error skip torn.json b.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "1\n3\n5\n"));
    assert!(outcome.stderr.starts_with("torn.json:1:12: the input ends before the array does"));
    assert!(
        outcome.stderr.contains("datason: 1 bad record passed over, the first at torn.json:1:5")
    );
    let outcome = folder.run("convert --on-error skip torn.json out.jsonl");
    assert!(outcome.stderr.contains("datason: `out.jsonl` was not written\n"), "{outcome:?}");
    assert_eq!(folder.names(), ["b.jsonl", "torn.json"]);
}

#[test]
fn what_was_kept_is_replayed_byte_for_byte() {
    let folder = Folder::new();
    let (salted, _) = salted(&folder);
    folder.run("convert -q --on-error reject=bad.jsonl in.jsonl good.jsonl");
    let outcome = folder.run("replay bad.jsonl mended.txt");
    let told = outcome.stderr.as_str();
    assert!((outcome.code, outcome.stdout.as_str()) == (0, ""), "{told}");
    assert!(told.starts_with("28 records, none bad, "), "{told}");
    let replayed = std::fs::read(folder.path("mended.txt")).unwrap();
    let bad: Vec<u8> =
        salted.bad.iter().flat_map(|place| [&place.line.bytes[..], b"\n"].concat()).collect();
    assert!(replayed == bad);
    folder.run("replay -q bad.jsonl mended.jsonl.gz").assert(0, "", "");
    // Read again with another limit, the one that was too deep is good.
    let again = folder.run("check -q --max-depth 1000 mended.jsonl.gz");
    assert_eq!(again.stdout.lines().count(), 27);
    let rejects = std::fs::read(folder.path("bad.jsonl")).unwrap();
    let piped = folder
        .command(&["replay", "-"])
        .stdin(std::fs::File::open(folder.path("bad.jsonl")).unwrap())
        .output()
        .unwrap();
    assert!(piped.stdout == bad && !rejects.is_empty());
}

#[test]
fn what_was_not_kept_is_told_with_its_place() {
    let long = "y".repeat(100);
    let folder = Folder::new();
    folder.write("in.jsonl", format!("1\n\"{long}\"\n[3\n"));
    let line = "cat --max-record-size 50B --on-error reject=bad.jsonl in.jsonl";
    folder.run(line).assert(
        1,
        "1\n",
        "datason: 2 bad records kept in `bad.jsonl`, the first at in.jsonl:2:1: \
         a record is above the limit of 50 B a record\n",
    );
    let outcome = folder.run("replay bad.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "[3\n"));
    let told = "bad.jsonl:1:1: the text of record 1 of `in.jsonl` was too large to be kept; it \
                stands at line 2, byte 2\n";
    assert_eq!(outcome.stderr, told);
    // A torn tail of the file of rejects, and what is none.
    let text = folder.read("bad.jsonl");
    folder.write("torn.jsonl", format!("{{}}\n{}", &text[..text.len() - 4]));
    let outcome = folder.run("replay torn.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.starts_with("torn.jsonl:1:"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("\ntorn.jsonl:3:"), "{}", outcome.stderr);
}

#[test]
fn rejects_are_never_written_over_and_refusals_come_first() {
    let folder = Folder::with([("in.jsonl", "x\n"), ("bad.jsonl", "of yesterday\n")]);
    let outcome = folder.run("convert --on-error reject=bad.jsonl in.jsonl out.jsonl");
    let told = "datason: `bad.jsonl` holds something, and rejects are never written over it\n";
    outcome.assert(2, "", told);
    assert_eq!(folder.read("bad.jsonl"), "of yesterday\n");
    let outcome = folder.run("cat --on-error reject=no/bad.jsonl in.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.starts_with("datason: cannot create `no/bad.jsonl`"), "{outcome:?}");
    // A good run leaves an empty file, which the next one may use.
    folder.write("in.jsonl", "1\n");
    for _ in 0..2 {
        folder.run("cat --on-error reject=new.jsonl in.jsonl").assert(0, "1\n", "");
        assert_eq!(folder.read("new.jsonl"), "");
    }
}

#[test]
fn rejects_and_records_do_not_share_a_file() {
    let folder = Folder::with([("in.jsonl", "1\nx\n")]);
    let told = "datason: `./out.jsonl` cannot hold the records and the rejects\n";
    for file in ["out.jsonl", "./out.jsonl"] {
        let line = format!("convert --on-error reject={file} in.jsonl ./out.jsonl");
        folder.run(&line).assert(2, "", told);
    }
    assert_eq!(folder.names(), ["in.jsonl"]);
}

#[test]
fn a_window_above_the_limit_is_refused_until_it_is_granted() {
    let folder = Folder::new();
    folder.write(
        "big.jsonl.zst",
        [b"\x28\xb5\x2f\xfd\x00".as_slice(), &[18 << 3], b"\x11\0\x001\n"].concat(),
    );
    let outcome = folder.run("cat --on-error skip big.jsonl.zst");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.contains("the limit that `max_window` sets"), "{}", outcome.stderr);
    folder.run("cat --max-window 256MiB big.jsonl.zst").assert(0, "1\n", "");
}

#[test]
fn the_command_agrees_on_files_made_to_tempt_it() {
    let folder = Folder::new();
    for file in nasty::files() {
        if file.bytes.len() > 1 << 20 {
            continue;
        }
        folder.write(&file.name, &file.bytes);
        let words = ["check", "--json", "--path", file.pointer, &file.name];
        let outcome = folder.run_words(&words);
        let report = outcome.json();
        let bad = file.bad.len() as u64 + u64::from(file.breaks.is_some());
        let counts = ["records", "bad_records"].map(|key| report[key].as_u64().unwrap());
        assert_eq!(counts, [file.good, bad], "{file:?}");
        assert_eq!(outcome.code, i32::from(bad > 0), "{file:?}");
        // Nothing is printed that was not good, and nothing good is missing.
        let outcome =
            folder.run_words(&["cat", "--on-error", "skip", "--path", file.pointer, &file.name]);
        assert_eq!(outcome.stdout.lines().count() as u64, file.good, "{file:?}");
        assert_eq!(outcome.code, i32::from(bad > 0), "{file:?}");
        std::fs::remove_file(folder.path(&file.name)).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_for_rejects_is_a_failure() {
    let folder = Folder::with([("in.jsonl", "1\nx\n")]);
    let outcome = folder.run("convert --on-error reject=/dev/full in.jsonl out.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.starts_with("datason: cannot write `/dev/full`"), "{outcome:?}");
    assert_eq!(folder.names(), ["in.jsonl"]);
}

#[cfg(unix)]
#[test]
fn what_was_rejected_before_a_kill_is_in_the_file() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    let folder = Folder::new();
    let words = ["cat", "--chunk-size", "1", "--on-error", "reject=bad.jsonl", "-"];
    let mut child = folder
        .command(&words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"x\n[\n1\n").unwrap();
    // When the good record is out, the bad ones before it have been kept.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "1\n");
    child.kill().unwrap();
    child.wait().unwrap();
    folder.run("replay bad.jsonl").assert(0, "x\n[\n", "");
}

#[test]
fn a_file_without_rejects_is_not_told_of_line_by_line() {
    let folder = Folder::with([("a.jsonl", lines_of(1..=1000).as_str())]);
    let outcome = folder.run("replay a.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    let told: Vec<&str> = outcome.stderr.lines().collect();
    assert!(told[0].starts_with("a.jsonl:1:1: the record is no reject: "), "{}", told[0]);
    assert_eq!(told.last(), Some(&"datason: 990 more records cannot be replayed"));
    assert_eq!(outcome.stderr.matches("is no reject").count(), 10);
}
