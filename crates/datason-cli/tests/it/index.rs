//! `datason index`, and output in frames

use crate::support::{Folder, lines_of};

#[test]
fn files_get_an_index_beside_them() {
    let folder = Folder::with([("a.json", "[1, 2,\n3]"), ("b.jsonl", &lines_of(1..=100))]);
    folder.run("index --chunk-size 2 a.json b.jsonl").assert(
        0,
        "",
        "a.json: 3 records in 2 chunks\nb.jsonl: 100 records in 50 chunks\n",
    );
    assert_eq!(folder.names(), ["a.json", "a.json.index.json", "b.jsonl", "b.jsonl.index.json"]);
    folder.run("index -q --verify a.json b.jsonl").assert(0, "", "");
    let summary = folder.run("index -q --json a.json b.jsonl").json();
    assert_eq!(summary, serde_json::json!({"files": 2, "records": 103, "chunks": 2}));

    folder.write("a.json", "[1, 2,\n4]");
    let outcome = folder.run("index --verify a.json b.jsonl");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("the index is of a file with another"), "{}", outcome.stderr);
}

#[test]
fn what_cannot_be_indexed_is_told() {
    let folder = Folder::with([("a.json", "[1, 2")]);
    assert_eq!(folder.run("index a.json").code, 1);
    assert_eq!(folder.run("index none.json").code, 2);
    assert_eq!(folder.run("index --verify a.json").code, 2);
    assert_eq!(folder.run_on(b"[1]", "index -").code, 2);
    assert_eq!(folder.names(), ["a.json"]);
}

#[test]
fn compressed_output_comes_in_frames_and_reads_like_any_other() {
    let folder = Folder::with([("in.jsonl", &lines_of(1..=1000))]);
    for (name, frames) in [
        ("out.jsonl.gz", "--frame-size 500"),
        ("out.json.zst", "--frame-size 500"),
        ("out.jsonl", ""),
    ] {
        folder.run(&format!("convert -q {frames} in.jsonl {name}")).assert(0, "", "");
        folder.run(&format!("cat {name}")).assert(0, &lines_of(1..=1000), "");
        let outcome = folder.run(&format!("index --chunk-size 1 {name}"));
        let chunks = if name == "out.jsonl" { "1,000 chunks" } else { " chunks" };
        assert!(outcome.stderr.trim_end().ends_with(chunks), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("in 1 chunk"), "{}", outcome.stderr);
    }
}

#[test]
fn a_large_file_that_is_compressed_in_one_piece_is_told_of() {
    let folder = Folder::new();
    // Digits of a generator, since what repeats is compressed to nothing.
    let mut state = 1_u64;
    let lines = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{}\n", state >> 1)
    });
    folder.write("a.jsonl", lines.take(200_000).collect::<String>());
    for (options, told) in [("", true), ("--frame-size 64KiB", false)] {
        folder.run(&format!("convert -q {options} a.jsonl a.jsonl.gz")).assert(0, "", "");
        let outcome = folder.run("index --chunk-size 64KiB a.jsonl.gz");
        assert_eq!(outcome.code, 0);
        let hint = outcome.stderr.contains("`convert --frame-size` writes several");
        assert_eq!(hint, told, "{}", outcome.stderr);
    }
}
