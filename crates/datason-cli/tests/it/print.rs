//! `datason cat` and `datason head`

use crate::support::{Folder, lines_of};

const ARRAY: &str = "[{\"a\": 1},\n{\"a\":\n2}]";

#[test]
fn cat_prints_the_records_of_all_files_as_lines() {
    let folder = Folder::with([("a.json", ARRAY), ("b.jsonl", "3\r\n\r\n4"), ("c", "[5]\n[6]")]);
    let lines = "{\"a\": 1}\n{\"a\":2}\n3\n4\n[5]\n[6]\n";
    folder.run("cat a.json b.jsonl c").assert(0, lines, "");
    folder.run("cat --from concatenated c b.jsonl").assert(0, "[5]\n[6]\n3\n4\n", "");
}

#[test]
fn cat_reads_standard_input_among_files() {
    let folder = Folder::with([("a.json", ARRAY)]);
    folder.run_on(b"0\n", "cat - a.json").assert(0, "0\n{\"a\": 1}\n{\"a\":2}\n", "");
}

#[test]
fn cat_ends_at_the_first_bad_record() {
    let folder = Folder::with([("a.jsonl", "1\nx\n3\n"), ("b.jsonl", "4\n")]);
    folder.run("cat a.jsonl b.jsonl").assert(1, "1\n", "a.jsonl:2:1: expected value\n  x\n  ^\n");
}

#[test]
fn head_prints_the_first_records_of_each_file() {
    let numbers = lines_of(1..=20);
    let folder = Folder::with([("a.jsonl", numbers.as_str()), ("b.json", ARRAY)]);
    folder.run("head a.jsonl").assert(0, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "");
    folder.run("head -n 1 a.jsonl b.json").assert(0, "1\n{\"a\": 1}\n", "");
    folder.run("head -n 3 b.json a.jsonl").assert(0, "{\"a\": 1}\n{\"a\":2}\n1\n2\n3\n", "");
    folder.run("head -n 0 a.jsonl").assert(0, "", "");
    folder.run("head --chunk-size 7 -n 2 a.jsonl").assert(0, "1\n2\n", "");
}

#[test]
fn head_does_not_see_what_is_behind() {
    let folder = Folder::with([("a.jsonl", "1\n2\nx\n"), ("b.json", "[1, 2, oops")]);
    folder.run("head -n 2 a.jsonl b.json").assert(0, "1\n2\n1\n2\n", "");
    let told = "a.jsonl:3:1: expected value\n  x\n  ^\n";
    folder.run("head -n 3 a.jsonl b.json").assert(1, "1\n2\n", told);
}

#[test]
fn the_summary_goes_to_standard_error() {
    let folder = Folder::with([("a.json", ARRAY)]);
    for (line, records) in [("cat --json a.json", 2), ("head --json -n 1 a.json", 1)] {
        let outcome = folder.run(line);
        let summary: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
        assert_eq!((outcome.code, &summary["records"]), (0, &records.into()), "{line}");
        assert_eq!(outcome.stdout.lines().count(), records, "{line}");
    }
}
