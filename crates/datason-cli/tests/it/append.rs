//! `datason convert --append`

use crate::support::Folder;

#[test]
fn records_are_added_in_any_compression() {
    for name in ["all.jsonl", "all.jsonl.gz", "all.jsonl.zst", "all"] {
        let folder = Folder::with([("1.json", "[1, 2]"), ("2.jsonl", "{\"a\": 1.0}\n")]);
        for input in ["1.json", "2.jsonl", "1.json"] {
            folder.run(&format!("convert -q --append {input} {name}")).assert(0, "", "");
        }
        folder.run(&format!("cat {name}")).assert(0, "1\n2\n{\"a\": 1.0}\n1\n2\n", "");
    }
}

#[test]
fn a_torn_tail_is_treated_as_asked_and_told() {
    let cut = "datason: `all.jsonl`: half a record at the end, 4 bytes from byte 2 on, was cut off";
    let kept =
        "datason: `all.jsonl`: half a record at the end, 4 bytes from byte 2 on, got a line end";
    for (option, after, told) in [
        ("", "1\n2\n", cut),
        ("--torn-tail cut", "1\n2\n", cut),
        ("--torn-tail isolate", "1\n{\"a\"\n2\n", kept),
    ] {
        let folder = Folder::with([("all.jsonl", "1\n{\"a\""), ("in.jsonl", "2\n")]);
        let outcome = folder.run(&format!("convert --append {option} in.jsonl all.jsonl"));
        outcome.assert(0, "", &format!("{told}\n1 record, none bad, 2 B in 1 chunk\n"));
        assert_eq!(folder.read("all.jsonl"), after);
    }
    let folder = Folder::with([("all.jsonl", "1\n{\"a\""), ("in.jsonl", "2\n")]);
    let outcome = folder.run("convert --append --torn-tail refuse in.jsonl all.jsonl");
    assert_eq!(outcome.code, 2);
    assert_eq!(
        outcome.stderr,
        "datason: `all.jsonl`: the file ends in half a record, 4 bytes from byte 2 on\n"
    );
    assert_eq!(folder.read("all.jsonl"), "1\n{\"a\"");
}

#[test]
fn for_programs_the_summary_tells_what_was_done_about_a_torn_tail() {
    for (old, option, tail) in [
        ("", "", serde_json::json!({"found": "whole", "mended": false})),
        ("1\n", "", serde_json::json!({"found": "whole", "mended": false})),
        (
            "1\n{}",
            "",
            serde_json::json!({"found": "ended", "start": 2, "bytes": 2, "mended": true}),
        ),
        (
            "1\n\0\0\0",
            "",
            serde_json::json!({
                "found": "cut_off", "start": 2, "bytes": 3, "torn": "zeros", "mended": true,
            }),
        ),
        (
            "1\n[",
            "--torn-tail isolate",
            serde_json::json!({
                "found": "isolated", "start": 2, "bytes": 1, "torn": "not_json", "mended": true,
            }),
        ),
    ] {
        let folder = Folder::with([("all.jsonl", old), ("in.jsonl", "2\n")]);
        let outcome = folder.run(&format!("convert --json --append {option} in.jsonl all.jsonl"));
        assert_eq!(outcome.json()["tail"], tail, "{old:?}");
    }
    let folder = Folder::with([("in.jsonl", "2\n")]);
    let report = folder.run("convert --json in.jsonl all.jsonl").json();
    assert!(report.get("tail").is_none(), "nothing is said of files that are replaced");
}

#[test]
fn a_bad_record_leaves_the_file_as_it_was() {
    let good = "{\"id\": 1}\n".repeat(200_000);
    let folder = Folder::with([("all.jsonl", "0\n{"), ("in.jsonl", &(good + "{\n"))]);
    let outcome = folder.run("convert --append in.jsonl all.jsonl");
    assert_eq!(outcome.code, 1);
    // What was torn is cut off with the first block that goes to the file, and that is told.
    assert!(outcome.stderr.contains("1 bytes from byte 2 on, was cut off\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("datason: `all.jsonl` got no records\n"), "{outcome:?}");
    assert_eq!(folder.read("all.jsonl"), "0\n");
    folder.write("all.jsonl", "0\n{");
    let report = folder.run("convert --json --append in.jsonl all.jsonl").json();
    let cut = serde_json::json!({
        "found": "cut_off", "start": 2, "bytes": 1, "torn": "not_json", "mended": true,
    });
    assert_eq!(report["tail"], cut);
    folder.write("in.jsonl", "1\n{\n");
    folder.write("all.jsonl", "0\n{");
    let outcome = folder.run("convert --append in.jsonl all.jsonl");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("datason: `all.jsonl` is as it was\n"), "{outcome:?}");
    assert!(!outcome.stderr.contains("was cut off"), "{outcome:?}");
    assert_eq!(folder.read("all.jsonl"), "0\n{");
    let report = folder.run("convert --json --append in.jsonl all.jsonl").json();
    assert_eq!(
        (&report["tail"]["found"], &report["tail"]["mended"]),
        (&"cut_off".into(), &false.into())
    );
}

#[test]
fn only_lines_can_be_added_to() {
    let folder = Folder::with([("all.json", "[1]"), ("in.jsonl", "2\n"), ("odd", "[\n1\n]\n")]);
    for name in ["all.json", "odd"] {
        let outcome = folder.run(&format!("convert --append in.jsonl {name}"));
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    }
    assert_eq!(folder.run("convert --append in.jsonl -").code, 2);
    assert_eq!(folder.read("all.json"), "[1]");
    assert_eq!(folder.read("odd"), "[\n1\n]\n");
}
