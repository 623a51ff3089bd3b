//! The conformance vectors: what the original wrote and read, case by case.

mod input;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use datason_core::config::{Config, DateFormat, NanHandling, Preset};
use datason_core::{ErrorKind, Result, Value};
use datason_json::{
    ChunkedBuilder, ChunkedSerialization, Format, StreamBuilder, StreamingSerializer,
    deserialize_chunked_file,
};

use crate::shared::shared;

/// Where we deliberately do not do what the original did, and why. Cases with a
/// `corrected.jsonl` need no entry: that file is what is compared.
const DELIBERATE: [(&str, &str); 9] = [
    ("dict_nonstring_keys", "D29: two keys written alike would lose one on reading: an error"),
    ("stream_abort_json", "D11: an aborted stream leaves no file"),
    ("read_json_bare_array", "the elements of an array are its chunks"),
    ("read_json_neither", "D32: a document without chunks is an error that says so"),
    ("read_json_truncated", "D8: a streaming reader yields what comes before the fault"),
    ("dict_ml_sorted", "D21: keys are always sorted; the JSON form is compared by value"),
    ("rich_api", ASCII),
    ("rich_logging", ASCII),
    ("seq_long_strings_logging", ASCII),
];

const ASCII: &str = "D23: the flag for ASCII is obeyed; nothing else differs";

/// One folder of the vectors.
struct Case {
    folder: PathBuf,
    name: String,
    about: Value,
}

impl Case {
    /// All there are beside the checkout, or the few that come with the sources.
    fn all() -> Vec<Self> {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden");
        let root = shared("golden").unwrap_or_else(own);
        let mut cases: Vec<Self> = fs::read_dir(root)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.join("case.json").is_file())
            .map(Self::open)
            .filter(Self::is_ours)
            .collect();
        cases.sort_by(|left, right| left.name.cmp(&right.name));
        cases
    }

    fn open(folder: PathBuf) -> Self {
        let about = Value::from_json(&fs::read(folder.join("case.json")).expect("a file"));
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        Self { folder, name, about: about.expect("JSON") }
    }

    /// Whether the input is no table and no array: those are tested where they are known.
    fn is_ours(&self) -> bool {
        !matches!(self.text("input"), "input.arrow" | "input.npy")
    }

    fn text(&self, key: &str) -> &str {
        self.about.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn file(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name)).ok()
    }

    fn is_deliberate(&self) -> bool {
        DELIBERATE.iter().any(|(name, _)| *name == self.name)
    }

    /// What the original should have written.
    fn expected(&self, name: &str) -> Option<Vec<u8>> {
        let text = self.file(name)?;
        let ascii = DELIBERATE.iter().any(|(name, why)| *name == self.name && *why == ASCII);
        Some(if ascii { escape_non_ascii(&text) } else { text })
    }

    fn chunk_size(&self) -> usize {
        let size = self.about.get("chunk_size").and_then(Value::as_u64);
        size.map_or(1_000, |size| usize::try_from(size).expect("a small number"))
    }

    fn config(&self) -> Config {
        let mut config = self.text("config").parse::<Preset>().expect("a preset").config();
        let overrides = self.about.get("config_overrides").and_then(Value::as_map);
        let get = |key: &str| overrides?.get(key)?.as_str();
        if let Some(handling) = get("nan_handling") {
            config.nan_handling = match handling {
                "drop" => NanHandling::Drop,
                "keep" => NanHandling::Keep,
                other => panic!("an unknown way to handle NaN: {other}"),
            };
        }
        match (get("date_format"), get("custom_date_format")) {
            (None, _) => {}
            (Some("string"), _) => config.date_format = DateFormat::String,
            (Some("custom"), Some(pattern)) => {
                config.date_format = DateFormat::Custom(pattern.to_owned().into());
            }
            other => panic!("an unknown date format: {other:?}"),
        }
        config
    }

    fn input(&self) -> Value {
        let text = self.file(self.text("input")).expect("an input");
        let value = Value::from_json(&text).expect("JSON");
        if self.text("input").contains("tagged") { input::untagged(value) } else { value }
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

/// What differs, if anything does.
fn compare(what: &str, found: &[u8], expected: &[u8], by_value: bool) -> Option<String> {
    let same = if by_value {
        Value::from_json(found).ok() == Value::from_json(expected).ok()
    } else {
        found == expected
    };
    let show = |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(300)]).into_owned();
    (!same).then(|| format!("{what}:\n  found    {}\n  expected {}", show(found), show(expected)))
}

fn serialize_case<'v>(case: &Case, input: &'v Value) -> Result<ChunkedSerialization<&'v Value>> {
    ChunkedBuilder::new().config(case.config()).serialize(input, case.chunk_size())
}

fn check_serialize(case: &Case, folder: &Path) -> Vec<String> {
    let input = case.input();
    let result = serialize_case(case, &input).expect("a good input");
    let (lines, document) = (folder.join("a.jsonl"), folder.join("a.json"));
    if case.name == "dict_nonstring_keys" {
        let error = result.save_to_file(&lines, Format::Jsonl).expect_err("two keys alike");
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(!lines.exists());
        return Vec::new();
    }
    let saved = result.clone().save_to_file(&lines, Format::Jsonl).expect("a file");
    assert_eq!(&saved.metadata, result.metadata(), "what was known is what was counted");
    result.save_to_file(&document, Format::Json).expect("a file");

    let corrected = case.file("corrected.jsonl");
    let expected = corrected.clone().or_else(|| case.expected("expected.jsonl")).expect("lines");
    let found = fs::read(&lines).expect("a file");
    let mut wrong = Vec::from_iter(compare("jsonl", &found, &expected, false));
    let metadata = serde_json::to_vec(&saved.metadata).expect("metadata");
    let expected = case.file("expected_metadata.json").expect("metadata");
    wrong.extend(compare("metadata", &metadata, &expected, true));
    if corrected.is_none() || case.is_deliberate() {
        let expected = case.expected("expected.json").expect("a document");
        let by_value = case.name == "dict_ml_sorted";
        let found = fs::read(&document).expect("a file");
        wrong.extend(compare("json", &found, &expected, by_value));
    }
    wrong
}

fn stream_into(case: &Case, path: &Path, format: Format) -> Result<StreamingSerializer> {
    let builder = StreamBuilder::new().config(case.config()).format(format);
    let mut stream = builder.create(path)?;
    let input = case.input();
    if case.text("api").contains("chunked") {
        stream.write_chunked(&input, case.chunk_size())?;
        return Ok(stream);
    }
    let abort = case.about.get("abort_after").and_then(Value::as_u64).unwrap_or(u64::MAX);
    for item in input.as_list().expect("a list") {
        if stream.items_written() == abort {
            // The producer fails here, and the stream is dropped.
            return Ok(stream);
        }
        stream.write(item)?;
    }
    Ok(stream)
}

fn check_stream(case: &Case, folder: &Path) -> Vec<String> {
    let jsonl = case.text("api").ends_with("jsonl");
    let (format, name) = if jsonl { (Format::Jsonl, "jsonl") } else { (Format::Json, "json") };
    let path = folder.join(format!("a.{name}"));
    let stream = stream_into(case, &path, format).expect("a good input");
    let written = format!("{{\"items_written\": {}}}", stream.items_written());
    if case.name == "stream_abort_json" {
        drop(stream);
        assert!(!path.exists());
        return Vec::new();
    }
    stream.finish().expect("a file");
    let found = fs::read(&path).expect("a file");
    let expected = case.file(&format!("expected.{name}")).expect("a file");
    let mut wrong = Vec::from_iter(compare(name, &found, &expected, false));
    let expected = case.file("expected_metadata.json").expect("metadata");
    wrong.extend(compare("metadata", written.as_bytes(), &expected, true));
    wrong
}

fn check_read(case: &Case) -> Vec<String> {
    let path = case.folder.join(case.text("input"));
    let (chunks, error) = match deserialize_chunked_file(&path) {
        Err(error) => (Vec::new(), Some(error)),
        Ok(file) => {
            let mut chunks = Vec::new();
            let mut error = None;
            for chunk in file {
                match chunk.and_then(|chunk| chunk.to_value()) {
                    Ok(value) => chunks.push(value),
                    Err(found) => error = Some(found),
                }
            }
            (chunks, error)
        }
    };
    let expected_error = match case.name.as_str() {
        "read_json_neither" => Some(ErrorKind::Data),
        "read_json_truncated" => Some(ErrorKind::Truncated),
        _ => None,
    };
    assert_eq!(error.map(|error| error.kind()), expected_error, "{}", case.name);
    let expected = match case.name.as_str() {
        "read_json_bare_array" => b"[1, 2, 3]".to_vec(),
        "read_json_truncated" => b"[1]".to_vec(),
        _ => case.file("expected_chunks.json").expect("chunks"),
    };
    let found = serde_json::to_vec(&chunks).expect("JSON");
    Vec::from_iter(compare("chunks", &found, &expected, true))
}

#[test]
fn every_case_without_tables_and_arrays_is_as_it_should_be() {
    let cases = Case::all();
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for case in &cases {
        let api = case.text("api");
        let own = folder.path().join(&case.name);
        fs::create_dir(&own).expect("a folder");
        let differences = match api {
            "serialize_chunked" => check_serialize(case, &own),
            _ if api.starts_with("stream_") => check_stream(case, &own),
            _ => check_read(case),
        };
        wrong.extend(differences.into_iter().map(|what| format!("{}: {what}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 12, "{} cases", cases.len());
    println!("{} cases, {} of them deliberately otherwise", cases.len(), DELIBERATE.len());
}
