//! `datason count`

use crate::support::Folder;

#[test]
fn one_file_gives_a_number_and_several_give_lines() {
    let folder = Folder::with([("a.jsonl", "1\n\n2\n3"), ("b.json", "[[], {}]")]);
    folder.run("count a.jsonl").assert(0, "3\n", "");
    folder.run("count a.jsonl b.json").assert(0, "3 a.jsonl\n2 b.json\n5 total\n", "");
    folder.run_on(b"1 2 3 4", "count --from concatenated -").assert(0, "4\n", "");
    folder.run_on(b"1\n", "count - b.json").assert(0, "1 stdin\n2 b.json\n3 total\n", "");
}

#[test]
fn a_document_that_is_no_array_is_one_record() {
    let folder = Folder::with([("a.json", "{\n\"rows\": [1, 2]\n}\n"), ("b.json", " \"x\" ")]);
    folder.run("count a.json b.json").assert(0, "1 a.json\n1 b.json\n2 total\n", "");
    folder.run("count --path /rows a.json").assert(0, "2\n", "");
}

#[test]
fn bad_records_are_not_counted_and_the_first_is_told() {
    let folder = Folder::with([("a.jsonl", "1\n[1,]\n3\nx\ny\n6\n")]);
    folder.run("count a.jsonl").assert(
        1,
        "3\n",
        "a.jsonl:2:4: trailing comma\n  [1,]\n     ^\n\
         datason: 2 more bad records in `a.jsonl`; `datason check` lists them all\n",
    );
}

#[test]
fn unchecked_finds_borders_only() {
    let folder = Folder::with([("a.jsonl", "1\nx\n3\n"), ("b.json", "[1, x, 3")]);
    folder.run("count --unchecked a.jsonl").assert(0, "3\n", "");
    let outcome = folder.run("count --unchecked b.json");
    assert_eq!(outcome.code, 1, "borders that are missing are still an error: {outcome:?}");
}

#[test]
fn the_summary_stands_for_all_files() {
    let folder = Folder::with([("a.jsonl", "1\nx\n"), ("b.json", "[1, 2]")]);
    let outcome = folder.run("count --json --chunk-size 1 a.jsonl b.json");
    let summary = outcome.json();
    let counts = ["records", "bad_records", "bytes", "chunks"].map(|key| summary[key].as_u64());
    assert_eq!(counts, [Some(3), Some(1), Some(10), Some(4)]);
    assert_eq!(outcome.code, 1);
}
