//! The same input and options give the same bytes, however often and on however many threads.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::support::Folder;

const RUNS: usize = 20;

/// Records of many shapes, each hundredth of them bad, in several chunks.
fn lines() -> String {
    let mut text = String::new();
    for id in 0..2_000 {
        let written = match id {
            _ if id % 100 == 99 => writeln!(text, "{{\"id\": {id}, \"name\" 1}}"),
            _ if id % 3 == 0 => writeln!(text, "{{\"name\": \"n{id}\", \"id\": {id}}}"),
            _ => writeln!(text, "{{\"id\": {id}, \"list\": [{id}, {}.5], \"name\": null}}", id * 7),
        };
        written.expect("a string takes all");
    }
    text
}

#[test]
fn twenty_runs_on_one_to_eight_threads_give_the_same_bytes() {
    let folder = Folder::with([("in.jsonl", &lines())]);
    for (name, options) in
        [("out.arrow", "--chunk-size 100"), ("out.csv", "--chunk-size 150 --csv-guard")]
    {
        let mut found = HashSet::new();
        let mut runs = 0;
        for threads in [1, 2, 4, 8].repeat(RUNS) {
            let policy = "--on-error reject=bad.jsonl --max-errors 1%";
            let outcome = folder
                .run(&format!("convert -q --threads {threads} {options} {policy} in.jsonl {name}"));
            assert_eq!(outcome.code, 1, "{}", outcome.stderr);
            let rejects = folder.read("bad.jsonl");
            assert_eq!(rejects.lines().count(), 20);
            found.insert((std::fs::read(folder.path(name)).unwrap(), rejects, outcome.stderr));
            std::fs::remove_file(folder.path("bad.jsonl")).unwrap();
            runs += 1;
        }
        assert_eq!((runs, found.len()), (4 * RUNS, 1), "{name}");
    }
}

#[test]
fn twenty_runs_of_every_other_way_to_write_give_the_same_bytes() {
    let folder = Folder::with([("in.jsonl", &lines())]);
    for (name, options) in [
        ("out.jsonl", ""),
        ("out.json", ""),
        ("out.jsonl.gz", "--frame-size 10KiB"),
        ("out.json.zst", "--config ml"),
    ] {
        let line = format!("convert -q {options} --on-error skip --max-errors 1% in.jsonl {name}");
        let found: HashSet<_> = (0..RUNS)
            .map(|_| {
                assert_eq!(folder.run(&line).code, 1);
                std::fs::read(folder.path(name)).unwrap()
            })
            .collect();
        assert_eq!(found.len(), 1, "{name}");
    }
}
