//! `datason estimate`, and `--memory-limit` everywhere.

use serde_json::Value;

use crate::support::Folder;

#[test]
fn an_estimate_says_what_it_rests_on_and_how_to_cut() {
    let folder = Folder::with([("a.jsonl", "{\"id\": 1}\n".repeat(1_000).as_str())]);
    let outcome = folder.run("estimate --memory-limit 4MiB a.jsonl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for piece in [
        "records               1000\n",
        "all 1000 records",
        "<- the budget",
        "####",
        "/id                   integer, in 100 %",
    ] {
        assert!(outcome.stdout.contains(piece), "no `{piece}` in\n{}", outcome.stdout);
    }
    let outcome = folder.run("estimate --json --memory-limit 4MiB a.jsonl");
    let found: Value = serde_json::from_str(&outcome.stdout).expect("one JSON object");
    assert_eq!(found["records"]["likely"], 1_000);
    assert_eq!(found["advice"]["target_bytes"], 4 << 20);
    assert_eq!(found["basis"]["whole"], true);
    assert_eq!(found["fields"][0]["pointer"], "/id");
    assert_eq!(found["fields"][0]["kinds"][0], "integer");
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

#[test]
fn columns_stay_within_the_memory_limit_whatever_the_threads() {
    let long = format!("{{\"a\": [{}1]}}", "1,".repeat(200_000));
    let short = "{\"a\": [1, 2]}\n".repeat(20_000);
    let text = format!("{short}{long}\n{short}");
    let folder = Folder::with([("a.jsonl", text.as_str())]);
    let outcome = folder.run("convert --memory-limit 8MiB --threads 1 a.jsonl a.arrow");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("a.jsonl:20001:1: a record is above"), "{}", outcome.stderr);
    assert!(!folder.path("a.arrow").exists());
    let skip = "convert --memory-limit 8MiB --on-error skip";
    for threads in [1, 2] {
        let outcome = folder.run(&format!("{skip} --threads {threads} a.jsonl {threads}.arrow"));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    }
    let bytes = |name: &str| std::fs::read(folder.path(name)).expect("a file");
    assert!(bytes("1.arrow") == bytes("2.arrow"), "the batches depend on the threads");
    assert_eq!(folder.run("convert --memory-limit 256MiB a.jsonl b.arrow").code, 0);
    let outcome = folder.run("convert --memory-limit 5MiB a.jsonl c.arrow");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("too low for this conversion"), "{}", outcome.stderr);
}

#[test]
fn records_that_are_written_anew_have_less_room() {
    let text = format!("[1]\n[{}1]\n[3]\n", "1,".repeat(100_000));
    let folder = Folder::with([("a.jsonl", text.as_str())]);
    let outcome =
        folder.run("convert --memory-limit 8MiB --config api --on-error skip a.jsonl b.jsonl");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(folder.read("b.jsonl"), "[1]\n[3]\n");
    assert_eq!(folder.run("convert --memory-limit 8MiB a.jsonl c.jsonl").code, 0);
    assert_eq!(folder.read("c.jsonl"), text);
}

#[test]
fn automatic_chunks_change_nothing_but_their_size() {
    let text = "{\"id\": 1}\n".repeat(100_000);
    let folder = Folder::with([("a.jsonl", text.as_str())]);
    for (limit, chunks) in [("", 1), ("--memory-limit 4MiB", 65)] {
        let outcome =
            folder.run(&format!("convert --json --chunk-size auto {limit} a.jsonl b.jsonl"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(folder.read("b.jsonl"), text);
        let told: Value = serde_json::from_str(&outcome.stdout).expect("one JSON object");
        assert!(told["chunks"].as_u64() >= Some(chunks), "{}", outcome.stdout);
    }
}
