//! `datason convert --to arrow` and `datason schema`

use std::io::Cursor;
use std::process::Stdio;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::DataType;

use crate::support::Folder;

const LINES: &str = "{\"id\":1,\"user\":{\"name\":\"ann\"},\"v\":1}\n\
    {\"id\":2,\"user\":null,\"v\":\"x\"}\n\
    {\"id\":3,\"late\":[1.5]}\n";

const SCHEMA: &str =
    "id: Int64\nlate: List\n  item: Float64\nuser: Struct\n  name: Utf8\nv: Json\n";

const CONFLICT: &str = "in.jsonl: `/v` is kept as JSON text: values of several kinds: integer \
    (first in record 0), string (first in record 1)\n";

impl Folder {
    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn batches(&self, name: &str) -> Vec<RecordBatch> {
        let reader = FileReader::try_new(Cursor::new(self.bytes(name)), None).unwrap();
        reader.map(Result::unwrap).collect()
    }
}

fn ids(batches: &[RecordBatch]) -> Vec<i64> {
    let ids = batches.iter().map(|batch| batch["id"].as_primitive::<Int64Type>());
    ids.flat_map(|ids| ids.values().to_vec()).collect()
}

fn rows(count: u32) -> String {
    let lines: Vec<_> =
        (0..count).map(|row| format!("{{\"id\":{row},\"name\":\"row {row}\"}}\n")).collect();
    lines.concat()
}

#[test]
fn the_schema_of_all_records_is_printed_and_conflicts_are_named() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    folder.run("schema in.jsonl").assert(0, SCHEMA, CONFLICT);
    folder.run("schema -q in.jsonl").assert(0, SCHEMA, "");
    folder.run("schema --sample 1 in.jsonl").assert(
        0,
        "id: Int64\nuser: Struct\n  name: Utf8\nv: Int64\n",
        "",
    );
    let json: serde_json::Value =
        serde_json::from_str(&folder.run("schema -q --json in.jsonl").stdout).unwrap();
    assert_eq!(json["fields"][3]["type"], "Json");
}

#[test]
fn the_order_of_records_and_files_does_not_change_the_schema() {
    let mut lines: Vec<_> = LINES.lines().collect();
    let folder = Folder::with([("in.jsonl", LINES)]);
    lines.reverse();
    folder.write("a.jsonl", lines[..1].join("\n"));
    folder.write("b.json", format!("[{}]", lines[1..].join(",")));
    for order in ["a.jsonl b.json", "b.json a.jsonl"] {
        folder.run(&format!("schema -q {order}")).assert(0, SCHEMA, "");
    }
}

#[test]
fn a_file_is_read_twice_and_every_value_is_there() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    let told = format!("{CONFLICT}3 records, none bad, 88 B in 1 chunk\n");
    folder.run("convert in.jsonl out.arrow").assert(0, "", &told);
    let batches = folder.batches("out.arrow");
    assert_eq!(ids(&batches), [1, 2, 3]);
    let raw = batches[0]["v"].as_string::<i32>();
    assert_eq!((raw.value(0), raw.value(1), raw.is_null(2)), ("1", "\"x\"", true));
    assert_eq!(batches[0]["late"].null_count(), 2);
    assert_eq!(folder.names(), ["in.jsonl", "out.arrow"]);
}

#[test]
fn the_bytes_do_not_depend_on_threads_nor_on_the_form_of_the_input() {
    let text = rows(3_000);
    let folder = Folder::with([("in.jsonl", &text)]);
    folder.run("convert -q in.jsonl in.json").assert(0, "", "");
    let options = "-q --chunk-size 250";
    folder.run(&format!("convert {options} --threads 1 in.jsonl one.arrow")).assert(0, "", "");
    let expected = folder.bytes("one.arrow");
    assert_eq!(folder.batches("one.arrow").len(), 12);
    for (threads, input) in [(2, "in.jsonl"), (5, "in.jsonl"), (1, "in.json"), (3, "in.json")] {
        let line = format!("convert {options} --threads {threads} {input} out.feather");
        folder.run(&line).assert(0, "", "");
        assert!(folder.bytes("out.feather") == expected, "{line}");
    }
    folder.run(&format!("convert {options} in.jsonl default.ipc")).assert(0, "", "");
    assert!(folder.bytes("default.ipc") == expected);
    folder.run("convert -q --to arrow in.jsonl /dev/null").assert(0, "", "");
}

#[test]
fn standard_output_is_a_stream() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    let mut command = folder.command(&["convert", "-q", "--to", "arrow", "in.jsonl", "-"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let batches: Vec<_> = StreamReader::try_new(output.stdout.as_slice(), None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(ids(&batches), [1, 2, 3]);
    folder.run("convert -q in.jsonl out.arrows").assert(0, "", "");
    assert!(folder.bytes("out.arrows") == output.stdout);
}

#[test]
fn a_schema_that_was_printed_is_followed_in_both_forms() {
    let folder = Folder::with([("in.jsonl", LINES)]);
    folder.write("text.schema", folder.run("schema -q in.jsonl").stdout);
    folder.write("json.schema", folder.run("schema -q --json in.jsonl").stdout);
    folder.run("convert -q in.jsonl inferred.arrow").assert(0, "", "");
    for schema in ["text.schema", "json.schema"] {
        folder.run(&format!("convert -q --schema {schema} in.jsonl out.arrow")).assert(0, "", "");
        assert!(folder.bytes("out.arrow") == folder.bytes("inferred.arrow"), "{schema}");
    }
    folder.run("convert -q --schema text.schema --select v,id in.jsonl some.arrow");
    let names: Vec<_> = folder.batches("some.arrow")[0]
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["id", "v"]);
}

#[test]
fn values_that_are_no_objects_are_one_column() {
    let folder = Folder::with([("in.jsonl", "[1,2]\n[3]\n")]);
    let outcome = folder.run("schema in.jsonl");
    outcome.assert(0, "@values\nvalue: List\n  item: Int64\n", "");
    folder.write("in.schema", &outcome.stdout);
    folder.run("convert -q --schema in.schema in.jsonl out.arrow").assert(0, "", "");
    assert_eq!(folder.batches("out.arrow")[0].num_rows(), 2);
}

#[test]
fn a_record_that_does_not_fit_publishes_nothing() {
    let folder = Folder::with([("in.jsonl", LINES), ("a.schema", "id: Int64\n")]);
    for threads in [1, 3] {
        let line = format!("convert --threads {threads} --schema a.schema in.jsonl out.arrow");
        let outcome = folder.run(&line);
        let place = "in.jsonl:1:9: the schema has no field of this name, in `/user`\n";
        assert!(outcome.stderr.starts_with(place), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("`out.arrow` was not written\n"), "{}", outcome.stderr);
        assert_eq!((outcome.code, folder.names().len()), (1, 2));
    }
    folder.run("convert -q --on-extra skip --schema a.schema in.jsonl out.arrow").assert(0, "", "");
    assert_eq!(ids(&folder.batches("out.arrow")), [1, 2, 3]);
}

#[test]
fn what_the_sample_has_not_seen_is_bad_or_kept_and_never_lost() {
    let late_key = "{\"id\":1}\n{\"id\":2}\n{\"late\":1.50,\"id\":3}\n";
    let late_float = "{\"id\":1}\n{\"id\":2}\n{\"id\":2.5}\n{\"id\":4}\n";
    let folder = Folder::with([("key.jsonl", late_key), ("float.jsonl", late_float)]);
    for threads in [1, 3] {
        let run = |options: &str, file: &str| {
            folder.run(&format!("convert --sample 2 --threads {threads} {options} {file} o.arrow"))
        };
        let outcome = run("", "key.jsonl");
        let told = "key.jsonl:3:2: the schema has no field of this name, in `/late`\n";
        assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("that of the first 2 records"), "{}", outcome.stderr);
        assert_eq!((outcome.code, folder.names().len()), (1, 2));

        run("-q --on-extra keep", "key.jsonl").assert(0, "", "");
        let batches = folder.batches("o.arrow");
        assert_eq!(ids(&batches), [1, 2, 3]);
        let extra = batches[0]["_extra"].as_string::<i32>();
        assert_eq!((extra.null_count(), extra.value(2)), (2, "{\"late\":1.50}"));
        run("-q --on-extra keep --extra-column rest --select id", "key.jsonl").assert(0, "", "");
        assert_eq!(folder.batches("o.arrow")[0]["rest"].null_count(), 2);

        // A kind that comes late is bad: no policy makes another number of it.
        std::fs::remove_file(folder.path("o.arrow")).unwrap();
        let outcome = run("--on-extra keep", "float.jsonl");
        let told = "float.jsonl:3:7: expected an integer but found 2.5, in `/id`\n";
        assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("that of the first 2 records"), "{}", outcome.stderr);
        assert_eq!((outcome.code, folder.names().len()), (1, 2));
        assert_eq!(run("-q --on-error reject=bad.jsonl", "float.jsonl").code, 1);
        assert_eq!(ids(&folder.batches("o.arrow")), [1, 2, 4]);
        assert!(folder.read("bad.jsonl").contains("2.5"));
        for name in ["bad.jsonl", "o.arrow"] {
            std::fs::remove_file(folder.path(name)).unwrap();
        }
    }
    // All of the file says that it is a float.
    folder.run("convert -q float.jsonl o.arrow").assert(0, "", "");
    assert_eq!(folder.batches("o.arrow")[0].schema().field(0).data_type(), &DataType::Float64);
}

#[test]
fn bad_records_are_passed_over_and_kept_the_same_on_any_number_of_threads() {
    let mut lines: Vec<_> = rows(2_000).lines().map(str::to_owned).collect();
    for at in (40..2_000).step_by(97) {
        lines[at] =
            if at % 2 == 0 { format!("{{\"id\":{at}") } else { "{\"id\":\"x\"}".to_owned() };
    }
    let text = lines.join("\n");
    let folder = Folder::with([("in.jsonl", &text), ("a.schema", "id: Int64\nname: Utf8\n")]);
    let mut runs = Vec::new();
    for threads in [1, 2, 4] {
        let line = format!(
            "convert --json --chunk-size 100 --threads {threads} --schema a.schema \
             --on-error reject=bad{threads}.jsonl in.jsonl out.arrow"
        );
        let outcome = folder.run(&line);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        let mut summary = outcome.json();
        assert_eq!((&summary["records"], &summary["bad_records"]), (&1_979.into(), &21.into()));
        assert_eq!(summary["errors"][0]["line"], 41);
        for changing in ["seconds", "rejects"] {
            summary.as_object_mut().unwrap().remove(changing);
        }
        let bad = folder.read(&format!("bad{threads}.jsonl"));
        assert_eq!(bad.lines().count(), 21);
        runs.push((summary, bad, folder.bytes("out.arrow")));
        assert_eq!(folder.batches("out.arrow").len(), 20, "no batch is split");
    }
    assert!(runs.iter().all(|run| *run == runs[0]));
    let replayed = folder.run("replay -q bad1.jsonl").stdout;
    assert!(replayed.starts_with("{\"id\":40\n{\"id\":\"x\"}\n"), "{replayed}");
    // Inference passes over what is no JSON, and what it sees it keeps.
    let outcome = folder.run("convert --on-error skip in.jsonl skipped.arrow");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("`/id` is kept as JSON text"), "{}", outcome.stderr);
    let rows: usize = folder.batches("skipped.arrow").iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 2_000 - text.lines().filter(|line| !line.ends_with('}')).count());
}

#[test]
fn too_many_bad_records_publish_nothing() {
    let folder = Folder::with([("in.jsonl", "{\"id\":1}\n{\n{\n{\n"), ("a.schema", "id: Int64\n")]);
    let outcome =
        folder.run("convert -q --schema a.schema --on-error skip --max-errors 2 in.jsonl o.arrow");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("3 of 4 records are bad"), "{}", outcome.stderr);
    assert_eq!(folder.names(), ["a.schema", "in.jsonl"]);
}

#[test]
fn a_pipe_is_sampled_and_every_record_is_held_against_that() {
    let folder = Folder::new();
    let run = |text: &str, options: &str| {
        folder.run_on(text.as_bytes(), &format!("convert {options} - out.arrow"))
    };
    // All of a short one is seen.
    assert_eq!(run(LINES, "-q").code, 0);
    assert_eq!(ids(&folder.batches("out.arrow")), [1, 2, 3]);
    let long = rows(30_000);
    assert_eq!(run(&long, "-q").code, 0);
    assert_eq!(ids(&folder.batches("out.arrow")), (0..30_000).collect::<Vec<_>>());
    let late = format!("{long}{{\"id\":1,\"late\":2}}\n");
    std::fs::remove_file(folder.path("out.arrow")).unwrap();
    let outcome = run(&late, "");
    assert_eq!((outcome.code, folder.names().len()), (1, 0));
    assert!(
        outcome.stderr.contains("stdin:30001:9: the schema has no field"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("that of the first 10,000 records"), "{}", outcome.stderr);
    let outcome = run(&late, "-q --on-error reject=bad.jsonl");
    assert_eq!(outcome.code, 1);
    assert_eq!(ids(&folder.batches("out.arrow")).len(), 30_000);
    assert!(folder.read("bad.jsonl").contains("late"));
}

#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_not_read_twice() {
    let folder = Folder::new();
    let made = std::process::Command::new("mkfifo").arg(folder.path("fifo")).status().unwrap();
    assert!(made.success());
    let path = folder.path("fifo");
    let writer = std::thread::spawn(move || {
        std::fs::write(path, rows(20_000)).unwrap();
    });
    folder.run("convert -q fifo out.arrow").assert(0, "", "");
    writer.join().unwrap();
    assert_eq!(ids(&folder.batches("out.arrow")).len(), 20_000);
}

#[test]
fn options_that_cannot_be_followed_are_refused() {
    let folder = Folder::with([
        ("in.jsonl", "{\"id\":1}\n"),
        ("bad.schema", "id: Integer\n"),
        ("dict.schema", "id: Dictionary(Int32, Utf8)\n"),
    ]);
    for (line, told) in [
        ("convert --schema x.schema in.jsonl o.arrow", "cannot read `x.schema`"),
        ("convert --schema bad.schema in.jsonl o.arrow", "`bad.schema` holds no schema in `/id`"),
        ("convert --schema dict.schema in.jsonl o.arrow", "write `--to arrow-stream`"),
        ("convert --select nothing in.jsonl o.arrow", "no field `nothing` to select"),
        ("convert --select id in.jsonl o.jsonl", "`--select` is about columns"),
        ("convert --threads 2 in.jsonl o.jsonl", "`--threads` is about columns"),
        ("convert --extra-column x in.jsonl o.jsonl", "`--extra-column` is about columns"),
        ("convert --extra-column x in.jsonl o.arrow", "without `--on-extra keep`"),
        (
            "convert --on-extra keep --extra-column id in.jsonl o.arrow",
            "the schema has a field `id`",
        ),
        ("convert --config ml in.jsonl o.arrow", "`--config` is about text"),
        ("convert --append in.jsonl o.arrow", "`--append` is about text"),
        ("convert nothing.jsonl o.arrow", "cannot open `nothing.jsonl`"),
        ("schema nothing.jsonl", "cannot open `nothing.jsonl`"),
    ] {
        let outcome = folder.run(line);
        assert!(outcome.stderr.contains(told), "{line}: {}", outcome.stderr);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
    }
    assert_eq!(folder.names().len(), 3);
}

#[test]
fn what_is_no_json_ends_inference_with_its_place() {
    let folder = Folder::with([("in.jsonl", "{\"a\":1}\n{\"a\":}\n{\"b\":1}\n")]);
    let outcome = folder.run("schema in.jsonl");
    assert!(outcome.stderr.starts_with("in.jsonl:2:6: "), "{}", outcome.stderr);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    let outcome = folder.run("schema --on-error skip in.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "a: Int64\nb: Int64\n"));
    let outcome = folder.run("convert in.jsonl out.arrow");
    assert!(outcome.stderr.starts_with("in.jsonl:2:6: "), "{}", outcome.stderr);
    assert_eq!((outcome.code, folder.names().len()), (1, 1));
}

#[test]
fn records_that_are_no_objects_are_told() {
    let folder = Folder::new();
    folder.write("nulls.jsonl", "{\"a\":1}\nnull\n{\"a\":2}\n");
    let note = "nulls.jsonl: some records are objects and some are `null`, so each is a value of one \
                column\n";
    let schema = folder.run("schema nulls.jsonl");
    assert_eq!(
        (schema.stdout.as_str(), schema.stderr.as_str()),
        ("@values\nvalue: Struct\n  a: Int64\n", note)
    );
    let outcome = folder.run("convert nulls.jsonl out.arrow");
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.starts_with(note), "{}", outcome.stderr);
    assert_eq!(folder.run("convert -q nulls.jsonl out.arrow").stderr, "");
    folder.write("lists.jsonl", "{\"a\":1}\n[]\n");
    let told = folder.run("schema lists.jsonl").stderr;
    assert!(told.starts_with("lists.jsonl: each record is kept as JSON text: values of"), "{told}");
    folder.write("numbers.jsonl", "1\nnull\n");
    assert_eq!(folder.run("schema numbers.jsonl").stderr, "");
}
