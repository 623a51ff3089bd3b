//! The conformance vectors of tables and arrays: what the original wrote, case by case.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use datason_arrow::{Npy, Table, TableStream};
use datason_core::config::{Config, Orient, Preset};
use datason_core::{Chunkable, Value};
use datason_json::{ChunkedBuilder, Format, StreamBuilder};

use crate::shared::shared;

/// Where we deliberately do not write what the original wrote, what we write instead, and why.
/// Cases with a `corrected.jsonl` need no entry: that file is what is compared.
const DELIBERATE: [(&str, &str, &str); 4] = [
    (
        "df_preset_logging",
        concat!(
            r#"[{"at": "2024-01-02T03:04:05.678901", "b": true, "f": 0.5, "price": 10.5, "s": "\u00e9", "zid": 1}, "#,
            r#"{"at": null, "b": false, "f": "nan", "price": 0.25, "s": null, "zid": 2}]"#,
            "\n",
            r#"[{"at": "2024-02-29T00:00:00", "b": true, "f": "inf", "price": null, "s": "x", "zid": 3}]"#,
            "\n"
        ),
        "a missing time or text is null, not the text NaT or nan; D23: the flag for ASCII is obeyed",
    ),
    (
        "df_strings_nulls_wc_logging",
        concat!(
            r#"[{"k": 1, "s": "x"}, {"k": 2, "s": null}, {"k": 3, "s": ""}]"#,
            "\n",
            r#"[{"k": 4, "s": "\u00e9\n\""}, {"k": 5, "s": "NaN"}]"#,
            "\n"
        ),
        "a missing text is null; D21: keys are always sorted; D23: the flag for ASCII is obeyed",
    ),
    (
        "npy_datetime64_ns",
        "[\"2024-01-02T03:04:05.123456789\", null]\n",
        "D27, D28: nanoseconds are a date-time like any other, written by the date format",
    ),
    (
        "df_preset_api",
        concat!(
            r#"[{"at": "2024-01-02T03:04:05.678901", "b": true, "f": 0.5, "price": {"_type": "decimal", "value": "10.50", "precision": 4, "scale": 2}, "s": "\u00e9", "zid": 1}, "#,
            r#"{"at": null, "b": false, "f": null, "price": {"_type": "decimal", "value": "0.25", "precision": 3, "scale": 2}, "s": null, "zid": 2}]"#,
            "\n",
            r#"[{"at": "2024-02-29T00:00:00", "b": true, "f": null, "price": null, "s": "x", "zid": 3}]"#,
            "\n"
        ),
        "D23: the flag for ASCII is obeyed; the values are the same",
    ),
];

/// One folder of the vectors.
struct Case {
    folder: PathBuf,
    name: String,
    about: Value,
}

impl Case {
    fn all() -> Option<Vec<Self>> {
        let mut cases: Vec<Self> = fs::read_dir(shared("golden")?)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.join("case.json").is_file())
            .map(Self::open)
            .filter(|case| matches!(case.text("input"), "input.arrow" | "input.npy"))
            .collect();
        cases.sort_by(|left, right| left.name.cmp(&right.name));
        Some(cases)
    }

    fn open(folder: PathBuf) -> Self {
        let about = Value::from_json(&fs::read(folder.join("case.json")).expect("a file"));
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        Self { folder, name, about: about.expect("JSON") }
    }

    fn text(&self, key: &str) -> &str {
        self.about.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn file(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name)).ok()
    }

    fn chunk_size(&self) -> usize {
        let size = self.about.get("chunk_size").and_then(Value::as_u64);
        size.map_or(1_000, |size| usize::try_from(size).expect("a small number"))
    }

    fn config(&self) -> Config {
        let config = self.text("config").parse::<Preset>().expect("a preset").config();
        let overrides = self.about.get("config_overrides");
        match overrides.and_then(|map| map.get("dataframe_orient")).and_then(Value::as_str) {
            None => config,
            Some("index") => config.orient(Orient::Index),
            Some("records") => config.orient(Orient::Records),
            Some("split") => config.orient(Orient::Split),
            Some("tight") => config.orient(Orient::Tight),
            Some("values") => config.orient(Orient::Values),
            Some(other) => panic!("an unknown orient: {other}"),
        }
    }

    fn table(&self) -> Table {
        let file = fs::File::open(self.folder.join("input.arrow")).expect("a file");
        let reader = FileReader::try_new(file, None).expect("an IPC file");
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().expect("batches");
        let table = Table::new(schema, batches).expect("one schema");
        match self.text("index_column") {
            "" => table,
            name => table.index_column(name).expect("a column"),
        }
    }

    /// The lines that should be written, and how they are compared.
    fn expected_lines(&self) -> (Vec<u8>, bool) {
        if let Some((_, text, _)) = DELIBERATE.iter().find(|(name, ..)| *name == self.name) {
            return (text.as_bytes().to_vec(), false);
        }
        let lines = self.file("corrected.jsonl").or_else(|| self.file("expected.jsonl"));
        (lines.expect("lines"), self.text("compare") == "semantic")
    }
}

/// What differs, if anything does.
fn compare(what: &str, found: &[u8], expected: &[u8], by_value: bool) -> Option<String> {
    let values = |text: &[u8]| -> Vec<Value> {
        text.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| Value::from_json(line).expect("JSON"))
            .collect()
    };
    let same = if by_value { values(found) == values(expected) } else { found == expected };
    let show = |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
    (!same).then(|| format!("{what}:\n  found    {}\n  expected {}", show(found), show(expected)))
}

fn check(case: &Case, folder: &Path) -> Vec<String> {
    if case.text("input") == "input.npy" {
        let array = Npy::open(case.folder.join("input.npy")).expect("an array");
        return check_input(case, folder, &array);
    }
    let table = case.table();
    let mut wrong = check_input(case, folder, &table);
    wrong.extend(check_stream_of_rows(case, &table));
    wrong
}

fn check_input<C: Chunkable + Copy>(case: &Case, folder: &Path, input: C) -> Vec<String> {
    if case.text("api") == "serialize_chunked" {
        check_serialize(case, folder, input)
    } else {
        check_stream(case, folder, input)
    }
}

fn check_serialize<C: Chunkable + Copy>(case: &Case, folder: &Path, input: C) -> Vec<String> {
    let builder = ChunkedBuilder::new().config(case.config());
    let result = builder.serialize(input, case.chunk_size()).expect("a good input");
    let (lines, document) = (folder.join("a.jsonl"), folder.join("a.json"));
    let saved = result.clone().save_to_file(&lines, Format::Jsonl).expect("a file");
    assert_eq!(&saved.metadata, result.metadata(), "what was known is what was counted");
    result.save_to_file(&document, Format::Json).expect("a file");

    let (expected, by_value) = case.expected_lines();
    let found = fs::read(&lines).expect("a file");
    let mut wrong = Vec::from_iter(compare("jsonl", &found, &expected, by_value));
    let metadata = Value::from_json(&serde_json::to_vec(&saved.metadata).expect("metadata"));
    let expected = Value::from_json(&case.file("expected_metadata.json").expect("metadata"));
    if metadata.as_ref().ok() != expected.as_ref().ok() {
        wrong.push(format!("metadata: {metadata:?} is not {expected:?}"));
    }
    let quirk = case.about.get("quirk").and_then(Value::as_bool) == Some(true);
    if let Some(expected) = case.file("expected.json").filter(|_| !quirk) {
        let found = fs::read(&document).expect("a file");
        wrong.extend(compare("json", &found, &expected, false));
    }
    wrong
}

fn check_stream<C: Chunkable + Copy>(case: &Case, folder: &Path, input: C) -> Vec<String> {
    let path = folder.join("a.jsonl");
    let builder = StreamBuilder::new().config(case.config()).format(Format::Jsonl);
    let mut stream = builder.create(&path).expect("a file");
    stream.write_chunked(input, case.chunk_size()).expect("a good input");
    let written = format!("{{\"items_written\": {}}}", stream.items_written());
    stream.finish().expect("a file");
    let (expected, by_value) = case.expected_lines();
    let found = fs::read(&path).expect("a file");
    let mut wrong = Vec::from_iter(compare("jsonl", &found, &expected, by_value));
    let expected = case.file("expected_metadata.json").expect("metadata");
    wrong.extend(compare("metadata", written.as_bytes(), &expected, true));
    wrong
}

/// The same rows as a stream of batches of one row each.
fn check_stream_of_rows(case: &Case, table: &Table) -> Option<String> {
    let rows = |batch: &RecordBatch| {
        let batch = batch.clone();
        (0..batch.num_rows()).map(move |row| Ok::<_, datason_core::Error>(batch.slice(row, 1)))
    };
    let batches: Vec<_> = table.batches().iter().flat_map(rows).collect();
    let mut stream = TableStream::new(table.schema().clone(), batches);
    if !case.text("index_column").is_empty() {
        stream = stream.index_column(case.text("index_column")).expect("a column");
    }
    let builder = ChunkedBuilder::new().config(case.config());
    let result = builder.serialize(stream, case.chunk_size()).expect("a good input");
    let mut found = String::new();
    for chunk in result.into_chunks() {
        writeln!(found, "{}", chunk.expect("a good chunk").as_str()).expect("memory");
    }
    let (expected, by_value) = case.expected_lines();
    compare("stream of rows", found.as_bytes(), &expected, by_value)
}

#[test]
fn every_case_of_tables_and_arrays_is_as_it_should_be() {
    let Some(cases) = Case::all() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for case in &cases {
        let own = folder.path().join(&case.name);
        fs::create_dir(&own).expect("a folder");
        wrong.extend(check(case, &own).into_iter().map(|what| format!("{}: {what}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 40, "{} cases", cases.len());
    println!("{} cases, {} of them deliberately otherwise", cases.len(), DELIBERATE.len());
}
