//! `datason convert --resume` with `--on-error skip` and `reject=FILE`: an interrupted run goes on
//! to the same output and the same rejects.

use std::fmt::Write as _;
use std::fs;

use crate::resume::{OPTIONS, run_killed};
use crate::support::Folder;

/// Records of which each seventh is bad in one of several ways, and how many are.
fn records() -> (Vec<String>, usize) {
    let bad = |id: usize| match id % 4 {
        0 => format!("{{\"id\" {id}}}"),
        1 => format!("[{id}, nul]"),
        2 => format!("{{\"id\": {id}, \"long\": \"{}\"}}", "y".repeat(6_000)),
        _ => format!("{}{}", "[".repeat(200), "]".repeat(200)),
    };
    let record = |id: usize| {
        if id % 7 == 3 {
            bad(id / 7)
        } else {
            format!("{{\"id\": {id}, \"square\": {}.0}}", id * id)
        }
    };
    let records: Vec<_> = (0..4_000).map(record).collect();
    let count = (0..records.len()).filter(|id| id % 7 == 3).count();
    (records, count)
}

/// A folder with them as lines, as an array, and as compressed lines; and how many are bad.
fn folder() -> (Folder, usize) {
    let (records, bad) = records();
    let lines = records.join("\n") + "\n";
    let folder = Folder::with([("in.jsonl", &lines)]);
    folder.write("in.json", format!("[{}]", records.join(",\n")));
    let mut gzip =
        datason_io::Sink::create(folder.path("in.jsonl.gz"), &datason_io::SinkOptions::new())
            .expect("a new file");
    gzip.put(lines.as_bytes()).and_then(|()| gzip.finish()).expect("a disk");
    (folder, bad)
}

const LIMITS: &str = "--max-record-size 5KiB --max-errors 571";

#[test]
fn rejects_of_a_conversion_that_is_killed_again_and_again_are_those_of_an_unbroken_one() {
    let (folder, bad) = folder();
    assert_eq!(bad, 571);
    let inputs = ["in.json", "in.jsonl", "in.jsonl.gz"];
    let mut kills = 0;
    for (round, (input, name, policy)) in [
        ("in.jsonl", "out.jsonl", "reject=bad.jsonl"),
        ("in.json", "out.jsonl.gz", "reject=bad.jsonl"),
        ("in.jsonl.gz", "out.json", "reject=bad.jsonl"),
        ("in.json", "out.jsonl.zst", "skip"),
        ("in.jsonl", "out.json", "reject=bad.jsonl"),
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!("{OPTIONS} {LIMITS} --on-error {policy} {input} {name}");
        let outcome = folder.run(&line);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        let read = |name: &str| fs::read(folder.path(name)).ok();
        let unbroken = [read(name), read("bad.jsonl")];
        let rejects = unbroken[1].iter().flatten().filter(|byte| **byte == b'\n').count();
        assert_eq!(rejects, if policy == "skip" { 0 } else { bad });
        fs::remove_file(folder.path(name)).expect("the output");
        fs::remove_file(folder.path("bad.jsonl")).unwrap_or_default();
        let note = folder.path(&format!(".{name}.datason-checkpoint"));
        // One that is killed behind its last step has done all, and its rejects are not written
        // over.
        let is_done = || folder.path(name).exists() && !note.exists();
        kills += run_killed(&folder, &line, round as u64, 1, is_done);
        assert!(read(name) == unbroken[0], "{input} to {name}");
        assert!(read("bad.jsonl") == unbroken[1], "the rejects of {input} to {name}");
        fs::remove_file(folder.path(name)).expect("the output");
        fs::remove_file(folder.path("bad.jsonl")).unwrap_or_default();
        assert_eq!(folder.names(), inputs, "nothing is left");
    }
    assert!(kills >= 15, "{kills} kills are too few to tell anything");
}

#[cfg(target_os = "linux")]
mod interrupted {
    use super::*;
    use crate::resume::interrupt;

    const REJECTING: &str = "--on-error reject=bad.jsonl in.jsonl out.jsonl";
    const NOTE: &str = ".out.jsonl.datason-checkpoint";

    /// The lines, some of them bad, of a conversion that was stopped in the middle.
    fn stopped() -> (Folder, String) {
        let mut text = String::new();
        for id in 0..40_000 {
            let colon = if id % 100 == 99 { " " } else { ":" };
            writeln!(text, "{{\"id\"{colon}{id}}}").expect("a string takes all");
        }
        let folder = Folder::with([("in.jsonl", &text)]);
        interrupt(&folder, &format!("{OPTIONS} {REJECTING}"));
        assert!(folder.names().contains(&NOTE.to_owned()));
        assert!(folder.read("bad.jsonl").lines().count() > 50);
        (folder, text)
    }

    fn assert_whole(folder: &Folder, text: &str) {
        let (bad, good): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.contains("\" "));
        assert!(folder.read("out.jsonl").lines().eq(good));
        let outcome = folder.run("replay -q bad.jsonl");
        assert!(outcome.stdout.lines().eq(bad), "{}", outcome.stderr);
    }

    #[test]
    fn a_limit_holds_for_all_runs_together() {
        for (limit, code) in [("399", 1), ("300", 1), ("1%", 1), ("400", 0)] {
            let (folder, text) = stopped();
            let line = format!("{OPTIONS} --max-errors {limit} {REJECTING}");
            let resumed = folder.run(&line);
            if code == 0 {
                let told = "datason: 400 bad records kept in `bad.jsonl`, ";
                assert!(resumed.stderr.starts_with(told), "{}", resumed.stderr);
                assert!(resumed.stderr.contains(" before this run, whose first is at in.jsonl:"));
                assert_whole(&folder, &text);
                continue;
            }
            let unbroken = Folder::with([("in.jsonl", &text)]);
            let told = |text: &str| {
                text.lines().find(|line| line.contains("and the limit is")).map(str::to_owned)
            };
            let expected = told(&unbroken.run(&line).stderr);
            assert_eq!(told(&resumed.stderr), expected, "{limit}: {}", resumed.stderr);
            assert_eq!(expected.is_some(), limit != "1%");
            assert_eq!(folder.read("bad.jsonl"), unbroken.read("bad.jsonl"));
        }
    }

    #[test]
    fn a_torn_reject_comes_again() {
        let (folder, text) = stopped();
        let rejects = folder.read("bad.jsonl");
        folder.write("bad.jsonl", format!("{rejects}{{\"file\":\"in.jso"));
        assert_eq!(folder.run(&format!("{OPTIONS} {REJECTING}")).code, 1);
        assert_whole(&folder, &text);
    }

    #[test]
    fn a_file_that_was_put_in_the_place_of_the_rejects_is_left_alone() {
        let (folder, text) = stopped();
        let rejects = folder.read("bad.jsonl");
        let line = format!("{OPTIONS} {REJECTING}");
        let first = rejects.lines().next().expect("a reject");
        for other in [
            String::new(),
            "precious\n".to_owned(),
            rejects.replacen("expected", "Expected", 1),
            format!("{rejects}precious\n"),
            format!("{rejects}precious\n{first}\n"),
            // Of another file, and of a place that was done with.
            format!("{rejects}{}\n", first.replace("in.jsonl", "other.jsonl")),
            format!("{rejects}{first}\n"),
        ] {
            folder.write("bad.jsonl", &other);
            let outcome = folder.run(&line);
            assert_eq!(outcome.code, 2, "{}", outcome.stderr);
            assert!(outcome.stderr.contains("`bad.jsonl`"), "{}", outcome.stderr);
            assert_eq!(folder.read("bad.jsonl"), other);
        }
        // Nothing is lost by the refusals.
        folder.write("bad.jsonl", &rejects);
        assert_eq!(folder.run(&line).code, 1);
        assert_whole(&folder, &text);
    }

    #[test]
    fn another_file_for_the_rejects_is_another_conversion() {
        let (folder, _) = stopped();
        let line = format!("{OPTIONS} {}", REJECTING.replace("bad", "worse"));
        let outcome = folder.run(&line);
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains("begun with another policy"), "{}", outcome.stderr);
        assert!(!folder.path("worse.jsonl").exists());
    }
}

#[test]
fn rejects_of_another_run_are_not_gone_on_with() {
    let folder = Folder::with([("in.jsonl", "1\nx\n"), ("bad.jsonl", "of yesterday\n")]);
    let line = format!("{OPTIONS} --on-error reject=bad.jsonl in.jsonl out.jsonl");
    let told = "datason: `bad.jsonl` holds something, and rejects are never written over it\n";
    folder.run(&line).assert(2, "", told);
    assert_eq!(folder.names(), ["bad.jsonl", "in.jsonl"]);
    assert_eq!(folder.read("bad.jsonl"), "of yesterday\n");
}
