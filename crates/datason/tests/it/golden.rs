//! The conformance vectors: what the original wrote and read, case by case.

mod case;
mod tagged;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use datason::chunkable::Chunkable;
use datason::{
    ChunkedBuilder, ErrorKind, Format, Npy, Result, StreamBuilder, StreamingSerializer,
    TableStream, Value, deserialize_chunked_file,
};

use self::Instead::{Ascii, Corrected, Lines, Nothing, Reads, Refused, SortedDocument};
use self::case::Case;

/// Where we deliberately do not do what the original did: the case, the promise that the
/// original broke there by its number in `promises.rs`, what we do instead, and why.
const DELIBERATE: &[(&str, &str, Instead, &str)] = &[
    ("df_datetime_naive", "D6", Corrected, "cells are converted like any value"),
    ("df_floats_nan", "D6", Corrected, "cells are converted like any value"),
    ("df_strings_nulls", "D6", Corrected, "a missing text is null"),
    ("df_preset_api", "D23", Lines(ANSWERED), "the flag for ASCII is obeyed"),
    ("df_preset_logging", "D22, D23", Lines(LOGGED), "a missing time or text is null, and ASCII"),
    ("df_strings_nulls_wc_logging", "D21, D22, D23", Lines(LOGGED_TEXTS), "the same, and sorted"),
    ("dict_ml_sorted", "D21", SortedDocument, "keys are always sorted"),
    ("dict_nonstring_keys", "D29", Refused(ErrorKind::Data), "of two keys alike one would be lost"),
    ("nan_list_drop", "D22", Corrected, "what is to be dropped is dropped"),
    ("npy_0d", "D18", Corrected, "a scalar is one chunk"),
    ("npy_datetime64_ns", "D27, D28", Lines(NANOSECONDS), "nanoseconds are a date-time too"),
    ("read_json_bare_array", "D7, D32", Reads("[1, 2, 3]", None), "an array's elements are chunks"),
    ("read_json_neither", "D32", Reads("[]", Some(ErrorKind::Data)), "no chunks: an error"),
    ("read_json_truncated", "D8", Reads("[1]", Some(ErrorKind::Truncated)), "reading streams"),
    ("rich_api", "D23", Ascii, "the flag for ASCII is obeyed"),
    ("rich_logging", "D23", Ascii, "the flag for ASCII is obeyed"),
    ("seq_deep_150", "D24", Corrected, "what is within the limit is written, however deep"),
    ("seq_long_strings_logging", "D23", Ascii, "the flag for ASCII is obeyed"),
    ("seq_unicode_api", "D23", Corrected, "the flag for ASCII is obeyed"),
    ("stream_abort_json", "D11", Nothing, "an aborted stream leaves no file"),
    ("unix_ms_rounding", "D28", Corrected, "milliseconds are exact"),
];

/// What we do instead.
#[derive(Clone, Copy, PartialEq)]
enum Instead {
    /// The lines of `corrected.jsonl`.
    Corrected,
    /// Those, and in a document the same values as the original, in another order.
    SortedDocument,
    /// The same text, escaped.
    Ascii,
    /// These lines.
    Lines(&'static str),
    /// An error, and no file.
    Refused(ErrorKind),
    /// No file.
    Nothing,
    /// These chunks, and an error behind them.
    Reads(&'static str, Option<ErrorKind>),
}

const ANSWERED: &str = concat!(
    r#"[{"at": "2024-01-02T03:04:05.678901", "b": true, "f": 0.5, "price": {"_type": "decimal", "value": "10.50", "precision": 4, "scale": 2}, "s": "\u00e9", "zid": 1}, "#,
    r#"{"at": null, "b": false, "f": null, "price": {"_type": "decimal", "value": "0.25", "precision": 3, "scale": 2}, "s": null, "zid": 2}]"#,
    "\n",
    r#"[{"at": "2024-02-29T00:00:00", "b": true, "f": null, "price": null, "s": "x", "zid": 3}]"#,
    "\n"
);
const LOGGED: &str = concat!(
    r#"[{"at": "2024-01-02T03:04:05.678901", "b": true, "f": 0.5, "price": 10.5, "s": "\u00e9", "zid": 1}, "#,
    r#"{"at": null, "b": false, "f": "nan", "price": 0.25, "s": null, "zid": 2}]"#,
    "\n",
    r#"[{"at": "2024-02-29T00:00:00", "b": true, "f": "inf", "price": null, "s": "x", "zid": 3}]"#,
    "\n"
);
const LOGGED_TEXTS: &str = concat!(
    r#"[{"k": 1, "s": "x"}, {"k": 2, "s": null}, {"k": 3, "s": ""}]"#,
    "\n",
    r#"[{"k": 4, "s": "\u00e9\n\""}, {"k": 5, "s": "NaN"}]"#,
    "\n"
);
const NANOSECONDS: &str = "[\"2024-01-02T03:04:05.123456789\", null]\n";

impl Case {
    fn instead(&self) -> Option<Instead> {
        let mut table = DELIBERATE.iter();
        table.find(|(name, ..)| *name == self.name).map(|(_, _, instead, _)| *instead)
    }

    /// The text that should be written, and whether only values are compared.
    fn expected_text(&self, name: &str) -> (Vec<u8>, bool) {
        let original = || self.file(name).expect("a file of the original");
        let by_value = self.text("compare") == "semantic";
        match self.instead() {
            Some(Corrected | SortedDocument) if name == "expected.jsonl" => {
                (self.file("corrected.jsonl").expect("a corrected file"), false)
            }
            Some(Lines(lines)) => (lines.as_bytes().to_vec(), false),
            Some(Ascii) => (escape_non_ascii(&original()), false),
            _ => (original(), by_value),
        }
    }

    /// Whether the original's JSON document is as it should be, if it wrote one.
    fn has_good_document(&self) -> bool {
        let corrected = matches!(self.instead(), Some(Corrected | Lines(_)));
        !corrected && self.folder.join("expected.json").is_file()
    }
}

fn escape_non_ascii(text: &[u8]) -> Vec<u8> {
    let mut escaped = String::new();
    for letter in std::str::from_utf8(text).expect("UTF-8").chars() {
        if letter.is_ascii() && letter != '\u{7f}' {
            escaped.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("memory");
            }
        }
    }
    escaped.into_bytes()
}

/// What differs, if anything does. `by_value` compares line by line, or document with document.
fn compare(what: &str, found: &[u8], expected: &[u8], by_value: bool) -> Option<String> {
    let values = |text: &[u8]| -> Vec<Value> {
        if let Ok(document) = Value::from_json(text) {
            return vec![document];
        }
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| Value::from_json(line).expect("JSON")).collect()
    };
    let same = if by_value { values(found) == values(expected) } else { found == expected };
    let show = |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
    (!same).then(|| format!("{what}:\n  found    {}\n  expected {}", show(found), show(expected)))
}

fn check(case: &Case, folder: &Path) -> Vec<String> {
    match case.text("input") {
        _ if case.text("api").starts_with("read_") => check_read(case),
        "input.arrow" => {
            let mut wrong = check_input(case, folder, &case.table());
            wrong.extend(check_stream_of_rows(case));
            wrong
        }
        "input.npy" => check_input(case, folder, &Npy::open(case.path()).expect("an array")),
        _ => check_input(case, folder, &case.value()),
    }
}

fn check_input<'c, C>(case: &Case, folder: &Path, input: &'c C) -> Vec<String>
where
    &'c C: Chunkable,
    C: Items,
{
    if case.text("api") == "serialize_chunked" {
        check_serialize(case, folder, input)
    } else {
        check_stream(case, folder, input)
    }
}

/// What can be written item by item too.
trait Items {
    fn items(&self) -> &[Value] {
        panic!("the vectors write only lists item by item")
    }
}

impl Items for Value {
    fn items(&self) -> &[Value] {
        self.as_list().expect("a list")
    }
}

impl Items for datason::Table {}

impl Items for Npy {}

fn check_serialize<C: Chunkable + Copy>(case: &Case, folder: &Path, input: C) -> Vec<String> {
    let builder = ChunkedBuilder::new().config(case.config());
    let result = builder.serialize(input, case.chunk_size()).expect("a good input");
    let (lines, document) = (folder.join("a.jsonl"), folder.join("a.json"));
    if let Some(Refused(kind)) = case.instead() {
        let error = result.save_to_file(&lines, Format::Jsonl).expect_err("a refused input");
        assert_eq!((error.kind(), lines.exists()), (kind, false), "{}", case.name);
        return Vec::new();
    }
    let saved = result.clone().save_to_file(&lines, Format::Jsonl).expect("a file");
    assert_eq!(&saved.metadata, result.metadata(), "what was known is what was counted");
    result.save_to_file(&document, Format::Json).expect("a file");

    let (expected, by_value) = case.expected_text("expected.jsonl");
    let found = fs::read(&lines).expect("a file");
    let mut wrong = Vec::from_iter(compare("jsonl", &found, &expected, by_value));
    let metadata = serde_json::to_vec(&saved.metadata).expect("metadata");
    let expected = case.file("expected_metadata.json").expect("metadata");
    wrong.extend(compare("metadata", &metadata, &expected, true));
    if case.has_good_document() {
        let (expected, by_value) = case.expected_text("expected.json");
        let found = fs::read(&document).expect("a file");
        wrong.extend(compare("json", &found, &expected, by_value));
    }
    wrong
}

fn stream_into<'c, C>(
    case: &Case,
    input: &'c C,
    path: &Path,
    format: Format,
) -> Result<StreamingSerializer>
where
    &'c C: Chunkable,
    C: Items,
{
    let builder = StreamBuilder::new().config(case.config()).format(format);
    let mut stream = builder.create(path)?;
    if case.text("api").contains("chunked") {
        stream.write_chunked(input, case.chunk_size())?;
        return Ok(stream);
    }
    // The producer fails there, and the stream is dropped.
    let abort = usize::try_from(case.number("abort_after").unwrap_or(u64::MAX)).expect("64 bits");
    input.items().iter().take(abort).try_for_each(|item| stream.write(item))?;
    Ok(stream)
}

fn check_stream<'c, C>(case: &Case, folder: &Path, input: &'c C) -> Vec<String>
where
    &'c C: Chunkable,
    C: Items,
{
    let jsonl = case.text("api").ends_with("jsonl");
    let (format, name) = if jsonl { (Format::Jsonl, "jsonl") } else { (Format::Json, "json") };
    let path = folder.join(format!("a.{name}"));
    let stream = stream_into(case, input, &path, format).expect("a good input");
    let written = format!("{{\"items_written\": {}}}", stream.items_written());
    if case.instead() == Some(Nothing) {
        drop(stream);
        assert!(!path.exists(), "{}", case.name);
        return Vec::new();
    }
    stream.finish().expect("a file");
    let found = fs::read(&path).expect("a file");
    let (expected, by_value) = case.expected_text(&format!("expected.{name}"));
    let mut wrong = Vec::from_iter(compare(name, &found, &expected, by_value));
    let expected = case.file("expected_metadata.json").expect("metadata");
    wrong.extend(compare("metadata", written.as_bytes(), &expected, true));
    wrong
}

/// The rows of a table as a stream of batches of one row each.
fn check_stream_of_rows(case: &Case) -> Option<String> {
    let table = case.table();
    let rows = table.batches().iter().flat_map(|batch| {
        (0..batch.num_rows()).map(|row| Ok::<_, datason::Error>(batch.slice(row, 1)))
    });
    let mut stream = TableStream::new(table.schema().clone(), rows);
    if !case.text("index_column").is_empty() {
        stream = stream.index_column(case.text("index_column")).expect("a column");
    }
    let builder = ChunkedBuilder::new().config(case.config());
    let result = builder.serialize(stream, case.chunk_size()).expect("a good input");
    let mut found = String::new();
    for chunk in result.into_chunks() {
        writeln!(found, "{}", chunk.expect("a good chunk").as_str()).expect("memory");
    }
    let (expected, by_value) = case.expected_text("expected.jsonl");
    compare("stream of rows", found.as_bytes(), &expected, by_value)
}

fn check_read(case: &Case) -> Vec<String> {
    let (mut chunks, mut error) = (Vec::new(), None);
    match deserialize_chunked_file(case.path()) {
        Err(refused) => error = Some(refused),
        Ok(file) => {
            for chunk in file {
                match chunk.and_then(|chunk| chunk.to_value()) {
                    Ok(value) => chunks.push(value),
                    Err(found) => error = Some(found),
                }
            }
        }
    }
    let (expected, expected_error) = match case.instead() {
        Some(Reads(text, kind)) => (text.as_bytes().to_vec(), kind),
        _ => (case.file("expected_chunks.json").expect("chunks"), None),
    };
    assert_eq!(error.map(|error| error.kind()), expected_error, "{}", case.name);
    let found = serde_json::to_vec(&chunks).expect("JSON");
    Vec::from_iter(compare("chunks", &found, &expected, true))
}

#[test]
fn every_case_is_as_it_should_be() {
    let cases = Case::all();
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for case in &cases {
        let own = folder.path().join(&case.name);
        fs::create_dir(&own).expect("a folder");
        wrong.extend(check(case, &own).into_iter().map(|what| format!("{}: {what}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 30, "{} cases", cases.len());
    println!("{} cases, {} of them deliberately otherwise", cases.len(), DELIBERATE.len());
}

/// Whatever is a quirk of the original is decided on: imitated by none but those that say so.
#[test]
fn every_quirk_is_decided_on() {
    /// `nan_list_keep` writes the bare words because that is what `keep` is for (D22).
    const IMITATED: [&str; 1] = ["nan_list_keep"];
    let undecided: Vec<_> = Case::all()
        .into_iter()
        .filter(|case| case.is_quirk() && case.instead().is_none())
        .map(|case| case.name)
        .filter(|name| !IMITATED.contains(&name.as_str()))
        .collect();
    assert!(undecided.is_empty(), "{undecided:?}");
    for (name, promises, _, why) in DELIBERATE {
        assert!(promises.split(", ").all(|promise| promise.starts_with('D')), "{name}: {why}");
    }
}
