//! `datason estimate`, and `--memory-limit` everywhere.

use serde_json::Value;

use crate::support::Folder;

#[test]
fn an_estimate_says_what_it_rests_on_and_how_to_cut() {
    let folder = Folder::with([("a.jsonl", "{\"id\": 1}\n".repeat(1_000).as_str())]);
    let outcome = folder.run("estimate --memory-limit 4MiB a.jsonl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for piece in ["records               1000\n", "all 1000 records", "<- the budget", "####"] {
        assert!(outcome.stdout.contains(piece), "no `{piece}` in\n{}", outcome.stdout);
    }
    let outcome = folder.run("estimate --json --memory-limit 4MiB a.jsonl");
    let found: Value = serde_json::from_str(&outcome.stdout).expect("one JSON object");
    assert_eq!(found["records"]["likely"], 1_000);
    assert_eq!(found["advice"]["target_bytes"], 4 << 20);
    assert_eq!(found["basis"]["whole"], true);
}

#[test]
fn what_cannot_be_estimated_is_told() {
    let folder = Folder::new();
    assert_eq!(folder.run("estimate missing.jsonl").code, 2);
    assert_eq!(folder.run("estimate -").code, 2);
}

#[test]
fn a_record_beyond_the_memory_limit_is_bad_like_any_other() {
    let text = format!("1\n\"{}\"\n3\n", "x".repeat(2 << 20));
    let folder = Folder::with([("a.jsonl", text.as_str())]);
    let outcome = folder.run("count --memory-limit 4MiB a.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "2\n"));
    let expected = "a.jsonl:2:1: a record is above";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the memory limit of 4.0 MiB"), "{}", outcome.stderr);
    let outcome = folder.run("cat --memory-limit 4MiB --on-error skip a.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "1\n3\n"));
    assert_eq!(folder.run("cat --memory-limit 16MiB a.jsonl").code, 0);
    assert_eq!(folder.run("count --memory-limit 1MiB a.jsonl").code, 2, "too low to work with");
}
