//! `datason convert --to csv`

use crate::support::Folder;

const LINES: &str = "{\"id\":1,\"text\":\"=1+1\",\"n\":-3.5,\"list\":[1,2]}\n\
    {\"id\":2,\"text\":\"a, \\\"b\\\"\\n\",\"n\":1e300}\n\
    {\"id\":3,\"text\":\"\",\"n\":null,\"list\":[]}\n";

const CSV: &str = "id,text,n,list\n\
    1,=1+1,-3.5,\"[1,2]\"\n\
    2,\"a, \"\"b\"\"\n\",1e+300,\n\
    3,\"\",,[]\n";

#[test]
fn records_become_lines_of_cells() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    for line in ["convert -q in.jsonl out.csv", "convert -q --to csv in.jsonl out.txt"] {
        folder.run(line).assert(0, "", "");
        let name = line.rsplit(' ').next().unwrap();
        assert_eq!(folder.read(name), CSV, "{line}");
    }
    folder.run("convert -q --to csv in.jsonl -").assert(0, CSV, "");
    folder.run("convert -q --to csv --select id,n in.jsonl -").assert(
        0,
        "id,n\n1,-3.5\n2,1e+300\n3,\n",
        "",
    );
    folder.run("convert -q in.jsonl out.csv.gz").assert(0, "", "");
    let mut text = String::new();
    let mut source =
        datason_io::Source::open(folder.path("out.csv.gz"), &datason_io::SourceOptions::new())
            .unwrap();
    assert_eq!(source.compression(), datason_io::Compression::Gzip);
    std::io::Read::read_to_string(&mut source, &mut text).unwrap();
    assert_eq!(text, CSV);
}

#[test]
fn what_looks_like_a_formula_is_guarded_on_request_and_counted() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    folder.run("convert --csv-guard in.jsonl out.csv").assert(
        0,
        "",
        "datason: 1 cell would pass for a formula and got a `'` before it\n\
         3 records, none bad, 122 B in 1 chunk\n",
    );
    assert_eq!(folder.read("out.csv"), CSV.replace("=1+1", "'=1+1"));
    let report = folder.run("convert --json --csv-guard in.jsonl out.csv").json();
    assert_eq!(report["guarded"], 1);
    let report = folder.run("convert --json in.jsonl out.csv").json();
    assert_eq!(report["guarded"], 0);
    let outcome = folder.run("convert --csv-guard in.jsonl out.arrow");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("`--csv-guard` is about CSV"), "{}", outcome.stderr);
    let outcome = folder.run("convert --csv-guard in.jsonl out.jsonl");
    assert!(outcome.stderr.contains("add `--to csv`"), "{}", outcome.stderr);
}

#[test]
fn bad_records_and_failures_are_what_they_are_elsewhere() {
    let folder =
        Folder::with([("in.jsonl", "{\"a\":1}\n{\"a\"\n{\"a\":3}\n"), ("out.csv", "old\n")]);
    let outcome = folder.run("convert in.jsonl out.csv");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(folder.read("out.csv"), "old\n");
    let outcome = folder.run("convert --on-error reject=bad.jsonl in.jsonl out.csv");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(folder.read("out.csv"), "a\n1\n3\n");
    assert_eq!(folder.read("bad.jsonl").lines().count(), 1);
    for option in ["--append", "--resume", "--config api", "--frame-size 1MiB"] {
        assert_eq!(folder.run(&format!("convert {option} in.jsonl out.csv")).code, 2, "{option}");
    }
    assert_eq!(folder.names(), ["bad.jsonl", "in.jsonl", "out.csv"]);
}

#[test]
fn no_name_gets_what_it_does_not_promise() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    let outcome = folder.run("convert in.jsonl out.parquet");
    let told = "datason: parquet is not written; `--to` says what to put there\n";
    outcome.assert(2, "", told);
    assert_eq!(folder.names(), ["in.jsonl"]);
}
