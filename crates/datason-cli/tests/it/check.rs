//! `datason check`

use crate::support::Folder;

#[test]
fn good_files_are_passed_over_in_silence() {
    let folder = Folder::with([("a.jsonl", "1\n2\n"), ("b.json", "{\n \"a\": 1\n}")]);
    let told = "3 records, none bad, 15 B in 2 chunks\n";
    folder.run("check a.jsonl b.json").assert(0, "", told);
    folder.run("check -q a.jsonl b.json").assert(0, "", "");
}

#[test]
fn every_bad_record_is_listed_with_its_place() {
    let folder = Folder::new();
    folder.write(
        "a.jsonl",
        b"{\"a\":1}\n{\"a\" 2}\n\n  [1, 2\n\"\xff\"\n{\"s\":\"\\ud800\"}\n{\"n\":[1,1e999]}\n\"tab\t\"\n{}\n",
    );
    folder.run("check a.jsonl").assert(
        1,
        "a.jsonl:2:6: expected `:`\n\
         a.jsonl:4:8: EOF while parsing a list\n\
         a.jsonl:5:2: byte 0xff is not UTF-8\n\
         a.jsonl:6:13: unexpected end of hex escape, in `/s`\n\
         a.jsonl:7:13: number out of range, in `/n/1`\n\
         a.jsonl:8:5: control character (\\u0000-\\u001F) found while parsing a string\n",
        "2 records, 6 bad, 70 B in 1 chunk\n",
    );
}

#[test]
fn a_bad_element_does_not_take_its_neighbours_along() {
    let folder = Folder::with([("a.json", "[1, {\"a\": }, [tru],\n 4]"), ("b.json", "[1, 2, 3")]);
    folder.run("check a.json b.json").assert(
        1,
        "a.json:1:11: expected value, in `/a`\n\
         a.json:1:18: expected ident, in `/0`\n\
         b.json:1:9: the input ends before the array does: expected `,` or `]`\n",
        "4 records, 3 bad, 31 B in 2 chunks\n",
    );
}

#[test]
fn limits_are_kept() {
    let folder = Folder::with([("a.jsonl", "[[1]]\n[1]\n\"0123456789\"\n3\n")]);
    folder.run("check -q --max-depth 1 a.jsonl").assert(
        1,
        "a.jsonl:1:2: nested deeper than 1 levels\n",
        "",
    );
    folder.run("check -q --max-record-size 8B a.jsonl").assert(
        1,
        "a.jsonl:3:1: a record is above the limit of 8 B a record\n",
        "",
    );
}

#[test]
fn each_of_several_oversized_records_is_listed_in_its_place() {
    let folder = Folder::with([
        ("a.jsonl", "1\n\"0123456789\"\n3\n\"0123456789\"\n5\nx\n"),
        ("b.json", "[1, \"0123456789\", 3, 4"),
    ]);
    let listed = "a.jsonl:2:1: a record is above the limit of 8 B a record\n\
        a.jsonl:4:1: a record is above the limit of 8 B a record\n\
        a.jsonl:6:1: expected value\n\
        b.json:1:5: a record is above the limit of 8 B a record\n\
        b.json:1:23: the input ends before the array does: expected `,` or `]`\n";
    for chunk_size in ["1", "2", "5B", "1MiB"] {
        let options = format!("-q --max-record-size 8B --chunk-size {chunk_size}");
        folder.run(&format!("check {options} a.jsonl b.json")).assert(1, listed, "");
        let printed = folder.run(&format!("cat {options} a.jsonl"));
        assert_eq!((printed.code, printed.stdout.as_str()), (1, "1\n"), "{chunk_size}");
    }
}

#[test]
fn both_codecs_and_all_chunk_sizes_say_the_same() {
    let text = "[1, {\"a\": }, [tru],\n \"\\ud800\", 1e400, -0, [[[[]]]], 4]";
    let folder = Folder::with([("a.json", text)]);
    let expected = folder.run("check --codec serde-json a.json").stdout;
    assert_eq!(expected.lines().count(), 4, "{expected}");
    for chunk_size in ["1", "2", "7B", "1MiB"] {
        let outcome = folder.run(&format!("check --chunk-size {chunk_size} a.json"));
        assert_eq!((outcome.code, outcome.stdout), (1, expected.clone()), "{chunk_size}");
    }
}

#[test]
fn for_programs_there_is_one_object() {
    let folder = Folder::with([("a.jsonl", "{}\n{\"k\":[1,x]}\n"), ("b.jsonl", "1\n")]);
    let outcome = folder.run("check --json a.jsonl b.jsonl");
    let report = outcome.json();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    let counts = ["records", "bad_records", "bytes", "chunks", "errors_shown"];
    assert_eq!(counts.map(|key| report[key].as_u64().unwrap()), [2, 1, 17, 2, 1]);
    assert_eq!(
        report["errors"],
        serde_json::json!([{
            "file": "a.jsonl", "line": 2, "column": 9, "byte": 11, "record": 1,
            "kind": "syntax", "message": "expected value", "pointer": "/k/1",
        }])
    );
}

#[test]
fn the_list_for_programs_is_bounded() {
    let folder = Folder::new();
    folder.write("a.jsonl", "x\n".repeat(1_234));
    let report = folder.run("check --json a.jsonl").json();
    assert_eq!((&report["bad_records"], &report["errors_shown"]), (&1234.into(), &1000.into()));
    assert_eq!(report["errors"].as_array().unwrap().len(), 1000);
    assert_eq!(folder.run("check -q a.jsonl").stdout.lines().count(), 1234);
}

#[test]
fn an_empty_input_is_no_error_unless_it_should_be_a_document() {
    let folder = Folder::with([("a.jsonl", ""), ("a.json", "")]);
    let told = "datason: `a.jsonl` holds no records\n0 records, none bad, 0 B in 0 chunks\n";
    folder.run("check a.jsonl").assert(0, "", told);
    folder.run_on(b"", "check -q -").assert(0, "", "");
    let listed = "a.jsonl:1:1: expected a value, and the input is empty\n";
    folder.run("check -q --from json a.jsonl").assert(1, listed, "");
    // So says the name, too.
    let listed = "a.json:1:1: expected a value, and the input is empty\n";
    folder.run("check -q a.json").assert(1, listed, "");
}
