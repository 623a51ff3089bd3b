//! `datason convert`

use crate::support::Folder;

/// Records that a careless program would change: number text, escapes, key order, equal keys,
/// blanks inside a line.
const LINES: &str = "{\"b\":1.0e5,\"a\":-0,\"a\":12345678901234567890123}\n\
    {\"text\": \"\\u00e9 \\/ \\ud83d\\ude00 é\"}\n\
    [1, 2.50 , [ ] ]\n\
    null\n\
    \"two  blanks\"\n";

#[test]
fn lines_to_an_array_and_back_are_the_same_bytes() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    for codec in ["simd-json", "serde-json"] {
        for chunk_size in ["1", "3", "16B", "1MiB"] {
            let options = format!("-q --codec {codec} --chunk-size {chunk_size}");
            folder.run(&format!("convert {options} in.jsonl out.json")).assert(0, "", "");
            folder.run(&format!("convert {options} out.json back.jsonl")).assert(0, "", "");
            assert_eq!(folder.read("back.jsonl"), LINES, "{options}");
        }
    }
    let array: serde_json::Value = serde_json::from_str(&folder.read("out.json")).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 5);
}

#[test]
fn through_gzip_and_zstd_and_back_too() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    for (from, to) in [
        ("in.jsonl", "1.json.gz"),
        ("1.json.gz", "2.jsonl.zst"),
        ("2.jsonl.zst", "3.json"),
        ("3.json", "back.jsonl"),
    ] {
        folder.run(&format!("convert -q {from} {to}")).assert(0, "", "");
    }
    assert_eq!(folder.read("back.jsonl"), LINES);
    let magic = |name: &str| std::fs::read(folder.path(name)).unwrap()[..2].to_vec();
    assert_eq!(magic("1.json.gz"), b"\x1f\x8b");
    assert_eq!(magic("2.jsonl.zst"), b"\x28\xb5");
}

#[test]
fn a_pretty_array_becomes_one_line_a_record() {
    let text = "[\r\n  {\r\n    \"a b\": \"  x \",\r\n    \"c\": [1,\r\n 2]\r\n  },\r\n  3\r\n]";
    let folder = Folder::with([("in.json", text)]);
    folder.run("convert in.json out.jsonl").assert(0, "", "2 records, none bad, 59 B in 1 chunk\n");
    assert_eq!(folder.read("out.jsonl"), "{\"a b\":\"  x \",\"c\":[1,2]}\n3\n");
}

#[test]
fn extensions_and_flags_choose_format_and_compression() {
    let folder = Folder::with([("in", "1\n2\n")]);
    let cases = [
        ("convert -q in a.json", "a.json", "[\n1,\n2\n]\n"),
        ("convert -q in a.ndjson", "a.ndjson", "1\n2\n"),
        ("convert -q in a.txt", "a.txt", "1\n2\n"),
        ("convert -q --to json in b.jsonl", "b.jsonl", "[\n1,\n2\n]\n"),
        ("convert -q --to ndjson in b.json", "b.json", "1\n2\n"),
        ("convert -q --compress none in c.jsonl.gz", "c.jsonl.gz", "1\n2\n"),
    ];
    for (line, name, text) in cases {
        folder.run(line).assert(0, "", "");
        assert_eq!(folder.read(name), text, "{line}");
    }
    folder.run("convert -q --compress zst in d.jsonl").assert(0, "", "");
    assert!(std::fs::read(folder.path("d.jsonl")).unwrap().starts_with(b"\x28\xb5\x2f\xfd"));
    folder.run("cat d.jsonl").assert(0, "1\n2\n", "");
}

#[test]
fn standard_streams_stand_for_files() {
    let folder = Folder::new();
    folder.run_on(b"[1,\n2]", "convert - -").assert(0, "1\n2\n", "");
    folder.run_on(b"1\n2\n", "convert --to json - -").assert(0, "[\n1,\n2\n]\n", "");
    folder.run_on(b"1 2", "convert -q --from concatenated - a.json").assert(0, "", "");
    assert_eq!(folder.read("a.json"), "[\n1,\n2\n]\n");
}

#[test]
fn the_array_at_a_pointer_is_converted() {
    let text = r#"{"meta": {"rows": [0]}, "data": [{"rows": [1, 2]}, {"rows": [3]}]}"#;
    let folder = Folder::with([("in.json", text)]);
    folder.run("convert --path /data in.json -").assert(
        0,
        "{\"rows\": [1, 2]}\n{\"rows\": [3]}\n",
        "",
    );
    folder.run("convert --path /data/1/rows in.json -").assert(0, "3\n", "");
}

#[test]
fn a_preset_writes_records_anew() {
    let text = "{\"b\": 1.50, \"a\": \"é\", \"big\": 123456789012345678901234567890}\n";
    let folder = Folder::with([("in.jsonl", text)]);
    let anew = "{\"a\":\"\\u00e9\",\"b\":1.5,\"big\":123456789012345678901234567890}\n";
    folder.run("convert --config financial in.jsonl -").assert(0, anew, "");
    let plain = "{\"b\":1.5,\"a\":\"é\",\"big\":123456789012345678901234567890}\n";
    folder.run("convert --config default in.jsonl -").assert(0, plain, "");
    let serde = "convert --config default --codec serde-json in.jsonl -";
    folder.run(serde).assert(0, plain, "");
}

#[test]
fn a_record_beyond_a_limit_of_the_preset_is_a_bad_one() {
    let long = "x".repeat(1_000_001);
    let folder = Folder::new();
    folder.write("in.jsonl", format!("1\n{{\"a\": \"{long}\"}}\n"));
    let outcome = folder.run("convert --config api in.jsonl out.jsonl");
    assert!(outcome.stderr.starts_with("in.jsonl:2:1: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("1000001"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(", in `/a`\n"), "{}", outcome.stderr);
    assert_eq!(outcome.code, 1);
    assert_eq!(folder.names(), ["in.jsonl"]);
}

#[test]
fn a_bad_record_leaves_the_output_untouched() {
    let folder =
        Folder::with([("in.jsonl", "1\n{\"a\": 1 \"b\": 2}\n3\n"), ("out.json", "[\"old\"]")]);
    folder.run("convert in.jsonl out.json").assert(
        1,
        "",
        "in.jsonl:2:9: expected `,` or `}`\n  {\"a\": 1 \"b\": 2}\n          ^\n\
         datason: `out.json` was not written\n1 record, 1 bad, 20 B in 1 chunk\n",
    );
    assert_eq!(folder.read("out.json"), "[\"old\"]");
    assert_eq!(folder.names(), ["in.jsonl", "out.json"]);
}

#[test]
fn to_a_pipe_the_good_records_come_before_the_error() {
    let folder = Folder::with([("in.jsonl", "1\n2\n{\n4\n")]);
    let outcome = folder.run("convert in.jsonl -");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "1\n2\n"));
    assert!(outcome.stderr.starts_with("in.jsonl:3:2: "), "{}", outcome.stderr);
    // An array that was not completed cannot be mistaken for a whole one.
    let outcome = folder.run("convert --to json in.jsonl -");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "[\n1,\n2"));
}

#[test]
fn nothing_is_published_of_an_input_that_breaks_off() {
    let folder = Folder::with([("array.json", "[1, 2")]);
    let outcome = folder.run("convert array.json out.jsonl");
    assert!(outcome.stderr.starts_with("array.json:1:6: the input ends before "), "{outcome:?}");
    assert_eq!(outcome.code, 1);
    assert_eq!(folder.names(), ["array.json"]);
}

#[test]
fn an_empty_input_makes_an_empty_output_and_a_note() {
    let folder = Folder::with([("in.jsonl", ""), ("blank.jsonl", " \n\n"), ("none.json", "[ ]")]);
    for (name, size) in [("in.jsonl", 0), ("blank.jsonl", 3), ("none.json", 3)] {
        let told = format!(
            "datason: `{name}` holds no records\n0 records, none bad, {size} B in 0 chunks\n"
        );
        folder.run(&format!("convert {name} out.json")).assert(0, "", &told);
        assert_eq!(folder.read("out.json"), "[]\n");
    }
    folder.run("convert -q in.jsonl out.jsonl").assert(0, "", "");
    assert_eq!(folder.read("out.jsonl"), "");
}

#[test]
fn the_summary_is_json_where_the_data_does_not_go() {
    let folder = Folder::with([("in.json", "[1, 2, 3]")]);
    let outcome = folder.run("convert --json --chunk-size 2 in.json out.jsonl");
    let summary = outcome.json();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(summary["seconds"].as_f64().unwrap() >= 0.0);
    let keys: Vec<_> = summary.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["bad_records", "bytes", "chunks", "errors", "errors_shown", "records", "seconds"]
    );
    let counts = ["records", "bad_records", "bytes", "chunks"].map(|key| summary[key].as_u64());
    assert_eq!(counts, [Some(3), Some(0), Some(9), Some(2)]);

    let outcome = folder.run("convert --json in.json -");
    assert_eq!(outcome.stdout, "1\n2\n3\n");
    let summary: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(summary["records"], 3);
}

#[test]
fn a_file_can_be_converted_onto_itself() {
    let folder = Folder::with([("a.json", "[1,\n2]")]);
    folder.run("convert -q --to jsonl a.json a.json").assert(0, "", "");
    assert_eq!(folder.read("a.json"), "1\n2\n");
}
