//! The promises of the feature document that the original breaks, by their number, as far as
//! they concern chunks, streams and chunked files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datason_core::chunkable::{Items, Single};
use datason_core::config::{Config, LongStrings, NanHandling};
use datason_core::value::Map;
use datason_core::{ByteSize, Chunkable, Error, ErrorKind, Result, Value};
use datason_json::{
    ChunkFileBuilder, ChunkText, ChunkedBuilder, Estimator, Format, ReaderBuilder, StreamBuilder,
    TextStyle, deserialize_chunked_file, estimate_memory_usage, serialize_chunked,
    stream_serialize,
};
use serde::Serialize;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

fn put(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    path
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder.path()).expect("a folder").next().is_none()
}

/// The chunks of the file as values, and the errors between them.
fn chunks(path: &Path) -> Vec<Result<Value>> {
    let file = deserialize_chunked_file(path).expect("a file");
    file.map(|chunk| chunk?.to_value()).collect()
}

fn lists(path: &Path) -> Vec<Vec<u64>> {
    let file = deserialize_chunked_file(path).expect("a file");
    file.typed().collect::<Result<_>>().expect("lists of numbers")
}

#[test]
fn d01_a_memory_limit_is_kept() {
    let folder = folder();
    let builder = ChunkedBuilder::new().memory_limit(ByteSize::kib(512));
    let texts = vec!["x".repeat(10_000); 100];
    let path = folder.path().join("a.jsonl");
    let error = builder.serialize(&texts, 50).unwrap().save_to_file(&path, Format::Jsonl);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.message().starts_with("chunk 0 takes at least "), "{error}");
    assert!(error.message().contains("the memory limit of 512.0 KiB"), "{error}");
    assert!(is_empty(&folder));
    // The same in smaller chunks fits.
    builder.serialize(&texts, 25).unwrap().save_to_file(&path, Format::Jsonl).unwrap();
    assert_eq!(read(&path).lines().count(), 4);
}

#[test]
fn d02_what_can_be_known_at_the_call_is_refused_at_the_call() {
    let numbers = vec![0_u8; 1_000_000];
    let builder = ChunkedBuilder::new().memory_limit(ByteSize::mib(1));
    let error = builder.serialize(&numbers, 1_000_000).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let error = builder.memory_limit(ByteSize::kib(1)).serialize(&numbers, 10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    // Later it is the same kind of error, and no file is left.
    let folder = folder();
    let config = Config::DEFAULT.max_string_length(3);
    let result = ChunkedBuilder::new().config(config).serialize(&["a", "long"], 1).unwrap();
    let error = result.save(folder.path().join("a.jsonl")).unwrap_err();
    assert_eq!((error.kind(), error.pointer()), (ErrorKind::Limit, Some("/0")));
    assert!(error.message().starts_with("chunk 1: "), "{error}");
    assert!(is_empty(&folder));
}

#[test]
fn d03_an_iterator_or_a_reader_is_cut_without_being_held() {
    let folder = folder();
    let path = folder.path().join("a.json");
    let numbers = Items::of((0..1_000_u64).filter(|n| n % 2 == 1));
    let result = serialize_chunked(numbers, 200).unwrap();
    assert_eq!(result.metadata().total_chunks, None);
    let saved = result.save(&path).unwrap();
    assert_eq!(saved.metadata.total_chunks, Some(3));
    assert_eq!(saved.metadata.total_items, Some(500));
    assert!(read(&path).contains("\"total_items\": 500"));
    // Records of one file, chunked into another.
    let reader = ReaderBuilder::new().from_slice(b"1\n2\n3\n4\n5\n");
    let again = serialize_chunked(Items(reader.into_rows::<u64>()), 2).unwrap();
    let texts: Vec<_> = again.into_chunks().map(|chunk| chunk.unwrap().into_string()).collect();
    assert_eq!(texts, ["[1, 2]", "[3, 4]", "[5]"]);
}

#[test]
fn d03_good_items_come_out_before_the_error_beside_them() {
    let reader = ReaderBuilder::new().from_slice(b"1\n2\n3\nx\n5\n");
    let result = serialize_chunked(Items(reader.into_rows::<u64>()), 2).unwrap();
    let found: Vec<_> =
        result.into_chunks().map(|chunk| chunk.map(ChunkText::into_string)).collect();
    assert_eq!(found[1].as_deref().unwrap(), "[3]");
    assert_eq!(found[2].as_ref().unwrap_err().position().unwrap().line(), 4);
    assert_eq!(found[3].as_deref().unwrap(), "[5]");
}

#[test]
fn d04_a_result_can_be_gone_through_again_and_saved_after_that() {
    let folder = folder();
    let numbers = vec![1, 2, 3];
    let result = serialize_chunked(&numbers, 2).unwrap();
    for _ in 0..2 {
        assert_eq!(result.chunks().count(), 2);
        assert_eq!(result.to_list().unwrap().len(), 2);
    }
    let path = folder.path().join("a.jsonl");
    result.clone().save_to_file(&path, Format::Jsonl).unwrap();
    result.save_to_file(&path, Format::Jsonl).unwrap();
    assert_eq!(read(&path), "[1, 2]\n[3]\n");
}

#[test]
fn d07_the_two_json_shapes_and_an_array_give_the_same_chunks() {
    let folder = folder();
    let saved = folder.path().join("saved.json");
    serialize_chunked(&[1, 2, 3], 2).unwrap().save_to_file(&saved, Format::Json).unwrap();
    let streamed = folder.path().join("streamed.json");
    let mut stream = stream_serialize(&streamed).unwrap();
    stream.write_chunked(&[1, 2, 3], 2).unwrap();
    stream.finish().unwrap();
    let array = put(&folder, "array.json", "[[1, 2],\n [3]]");
    let lines = put(&folder, "lines.jsonl", "[1, 2]\n[3]\n");
    for path in [saved, streamed, array, lines] {
        assert_eq!(lists(&path), [vec![1, 2], vec![3]], "{}", path.display());
    }
}

#[test]
fn d08_a_json_document_comes_out_before_it_has_ended() {
    let folder = folder();
    let mut text = String::from("{\"data\": [");
    text.push_str(&"[1, 2], ".repeat(100_000));
    let path = put(&folder, "torn.json", text);
    let mut found = chunks(&path);
    let last = found.pop().unwrap();
    assert_eq!(found.len(), 100_000);
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(last.unwrap_err().kind(), ErrorKind::Truncated);
}

#[test]
fn d09_the_extension_is_honoured_and_verified() {
    let folder = folder();
    let json = folder.path().join("a.json");
    stream_serialize(&json).unwrap().finish().unwrap();
    assert!(read(&json).starts_with("{\"data\": ["));
    fs::remove_file(&json).unwrap();

    let builder = StreamBuilder::new().format(Format::Jsonl);
    assert_eq!(builder.create(&json).unwrap_err().kind(), ErrorKind::Argument);
    let result = serialize_chunked(&[1], 1).unwrap();
    let error = result.clone().save_to_file(&json, Format::Jsonl).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Argument, Some(json.as_path())));
    assert!(is_empty(&folder));

    builder.any_extension(true).create(&json).unwrap().finish().unwrap();
    result.save(folder.path().join("a.ndjson.gz")).unwrap();
    assert_eq!(lists(&folder.path().join("a.ndjson.gz")), [[1]]);
}

#[test]
fn d09_content_decides_what_is_read() {
    let folder = folder();
    let stream = r#"{"data": [[1], [2]], "metadata": {"items_written": 2}}"#;
    for name in ["a.jsonl", "a.json", "a"] {
        assert_eq!(lists(&put(&folder, name, stream)), [[1], [2]], "{name}");
    }
    let lines = "{\"data\": [1]}\n{\"data\": [2]}\n";
    for name in ["b.jsonl", "b.json", "b"] {
        assert_eq!(chunks(&put(&folder, name, lines)).len(), 2, "{name}");
    }
    // Told, it is what it is told.
    let path = put(&folder, "c", stream);
    let told = ChunkFileBuilder::new().format(Format::Jsonl).open(&path).unwrap();
    assert_eq!(told.count(), 1);
    let told = ChunkFileBuilder::new().format(Format::Json).open(put(&folder, "d", lines)).unwrap();
    let found: Vec<_> = told.collect();
    assert_eq!(found.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::Syntax);
}

#[test]
fn d10_chunks_and_items_are_told_apart_by_who_reads() {
    let folder = folder();
    let by_item = put(&folder, "items.jsonl", "\"a\"\n\"b\"\n\"c\"\n");
    let by_chunk = put(&folder, "chunks.jsonl", "[\"a\", \"b\"]\n[\"c\"]\n");
    for path in [&by_item, &by_chunk] {
        let items = deserialize_chunked_file(path).unwrap().items::<String>();
        assert_eq!(items.collect::<Result<Vec<_>>>().unwrap(), ["a", "b", "c"]);
    }
    let chunks = deserialize_chunked_file(&by_chunk).unwrap().chunks();
    assert_eq!(chunks.count(), 2);
}

#[test]
fn d11_an_abort_publishes_nothing_and_a_bad_record_leaves_no_trace() {
    let folder = folder();
    let path = folder.path().join("a.json");
    let produce = || -> Result<()> {
        let mut stream = stream_serialize(&path)?;
        stream.write(&1)?;
        Err(Error::new(ErrorKind::Data, "the producer failed"))
    };
    assert_eq!(produce().unwrap_err().message(), "the producer failed");
    assert!(is_empty(&folder));

    let config = Config::DEFAULT.max_string_length(3);
    let mut stream = StreamBuilder::new().config(config).create(&path).unwrap();
    stream.write(&"ok").unwrap();
    assert_eq!(stream.write(&("ok", "long")).unwrap_err().kind(), ErrorKind::Limit);
    stream.write(&"on").unwrap();
    assert_eq!(stream.items_written(), 2);
    stream.finish().unwrap();
    assert_eq!(read(&path), r#"{"data": ["ok", "on"], "metadata": {"items_written": 2}}"#);
}

#[test]
fn d12_an_existing_file_stays_until_the_new_one_is_whole() {
    let folder = folder();
    let path = put(&folder, "a.jsonl", "old\n");
    let mut stream = stream_serialize(&path).unwrap();
    stream.write(&"new").unwrap();
    stream.flush().unwrap();
    assert_eq!(read(&path), "old\n");
    stream.abort();
    assert_eq!(read(&path), "old\n");
    let concatenated = serialize_chunked(&[1], 1).unwrap();
    let error = concatenated.save_to_file(&path, Format::Concatenated).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert_eq!(read(&path), "old\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn d13_a_bad_format_is_refused_at_construction() {
    let folder = folder();
    assert_eq!("xml".parse::<Format>().unwrap_err().kind(), ErrorKind::Argument);
    let path = folder.path().join("a");
    let concatenated = StreamBuilder::new().format(Format::Concatenated);
    assert_eq!(concatenated.create(&path).unwrap_err().kind(), ErrorKind::Argument);
    let pretty = StreamBuilder::new().style(TextStyle::PRETTY);
    assert_eq!(pretty.create(&path).unwrap_err().kind(), ErrorKind::Argument);
    assert!(is_empty(&folder));
}

#[test]
fn d14_the_buffer_size_is_kept() {
    let folder = folder();
    let unpublished = || {
        let mut sizes = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.and_then(|entry| entry.metadata()).expect("a file").len());
        sizes.next().expect("a temporary file")
    };
    let path = folder.path().join("a.jsonl");
    let builder = StreamBuilder::new();
    let mut stream = builder.clone().buffer_size(ByteSize(0)).create(&path).unwrap();
    stream.write(&"x").unwrap();
    assert_eq!(unpublished(), 4);
    stream.abort();
    let mut stream = builder.buffer_size(ByteSize(100)).create(&path).unwrap();
    for _ in 0..100 {
        stream.write(&"123456789").unwrap();
    }
    assert!((1_100..=1_200).contains(&unpublished()), "{}", unpublished());
    stream.flush().unwrap();
    assert_eq!(unpublished(), 1_200, "a line is complete with its end");
    stream.finish().unwrap();
    assert_eq!(read(&path).len(), 1_200);
}

#[test]
fn d15_an_estimate_is_measured_and_its_chunks_cover_all_items() {
    let texts = vec!["x".repeat(10_000); 1_000];
    let stats = estimate_memory_usage(&texts).unwrap();
    assert!((9.5..10.0).contains(&stats.object_size_mb), "{stats:?}");
    assert!((9.5..10.0).contains(&stats.estimated_serialized_mb), "{stats:?}");
    let numbers: Vec<u32> = (0..5_000_000).collect();
    let stats = Estimator::new().target(ByteSize::mib(10)).estimate(&numbers).unwrap();
    assert!(stats.recommended_chunk_size * stats.recommended_chunks >= 5_000_000);
    assert!(stats.recommended_chunk_size * (stats.recommended_chunks - 1) < 5_000_000);
    // The configuration counts: `\u00e9` is three times as long as `é`.
    let accents = vec!["é".repeat(100); 100];
    let plain = estimate_memory_usage(&accents).unwrap().estimated_serialized_mb;
    let ascii = Estimator::new().config(Config::api()).estimate(&accents).unwrap();
    assert!(ascii.estimated_serialized_mb > 2.9 * plain);
}

#[test]
fn d16_the_recommended_chunks_are_as_large_as_they_should_be() {
    let texts: Vec<String> = (0..20_000).map(|n| "x".repeat(n * 7_919 % 2_000)).collect();
    let target = ByteSize::mib(1);
    let stats = Estimator::new().target(target).estimate(&texts).unwrap();
    let size = usize::try_from(stats.recommended_chunk_size).unwrap();
    let result = serialize_chunked(&texts, size).unwrap();
    assert_eq!(result.metadata().total_chunks, Some(stats.recommended_chunks));
    let first = result.chunks().next().unwrap().unwrap().as_bytes().len() as u64;
    assert!((target.as_u64() * 8 / 10..target.as_u64() * 12 / 10).contains(&first), "{first}");
}

#[test]
fn d17_a_chunk_size_of_0_is_refused_for_every_strategy() {
    fn refused<C: Chunkable>(input: C) {
        let error = serialize_chunked(input, 0).unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Argument, "a chunk size of 0 items")
        );
    }
    refused(&[1, 2]);
    refused(&Vec::<u8>::new());
    refused(&BTreeMap::from([("a", 1)]));
    refused(Items::of(0..3));
    refused(Single(1));
    refused(&Value::from(1));
    let folder = folder();
    let mut stream = stream_serialize(folder.path().join("a.jsonl")).unwrap();
    assert_eq!(stream.write_chunked(&[1], 0).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn d19_the_default_chunk_size_is_the_documented_one() {
    assert_eq!(datason_json::chunked::DEFAULT_CHUNK_SIZE, 1_000);
}

#[test]
fn d22_every_way_to_handle_nan_does_what_it_says() {
    let text = |handling| {
        let builder = ChunkedBuilder::new().config(Config::DEFAULT.nan_handling(handling));
        let floats = [1.5, f64::NAN, f64::NEG_INFINITY];
        let chunk = builder.serialize(&floats, 3).unwrap().chunks().next().unwrap().unwrap();
        chunk.into_string()
    };
    assert_eq!(text(NanHandling::Null), "[1.5, null, null]");
    assert_eq!(text(NanHandling::String), r#"[1.5, "nan", "-inf"]"#);
    assert_eq!(text(NanHandling::Drop), "[1.5]");
    assert_eq!(text(NanHandling::Keep), "[1.5, NaN, -Infinity]");
}

#[test]
fn d23_the_flag_for_ascii_is_obeyed_in_files_too() {
    let folder = folder();
    let path = folder.path().join("a.json");
    let builder = ChunkedBuilder::new().config(Config::api());
    builder.serialize(&["é"], 1).unwrap().save(&path).unwrap();
    assert!(read(&path).is_ascii());
    assert_eq!(chunks(&path).pop().unwrap().unwrap(), Value::from(vec!["é"]));
}

#[test]
fn d29_two_keys_written_alike_are_an_error_and_no_loss() {
    let mut map = Map::new();
    map.insert(1, "a");
    map.insert("1", "b");
    let map = Value::Map(map);
    let error = serialize_chunked(&map, 10).unwrap().to_list().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    // In chunks of their own they do not meet.
    assert_eq!(serialize_chunked(&map, 1).unwrap().to_list().unwrap().len(), 2);
}

#[test]
fn d21_the_same_input_gives_the_same_bytes_whatever_went_before() {
    let value = Value::from_json(br#"[{"d": 1, "b": 2, "a": 3, "c": 4}, "x"]"#).unwrap();
    let text = || {
        let builder = ChunkedBuilder::new().config(Config::research());
        builder.serialize(&value, 10).unwrap().chunks().next().unwrap().unwrap()
    };
    let first = text();
    for other in [Value::from("x"), Value::from(vec![1]), Value::from(1.5)] {
        serialize_chunked(&other, 1).unwrap().to_list().unwrap();
        assert_eq!(text(), first);
    }
    assert_eq!(first.as_str(), r#"[{"a": 3, "b": 2, "c": 4, "d": 1}, "x"]"#);
}

#[test]
fn d24_a_value_of_any_allowed_depth_is_written_and_read() {
    let folder = folder();
    let deep = "[".repeat(500) + &"]".repeat(500);
    let value = Value::from_json(deep.as_bytes()).unwrap();
    for format in [Format::Jsonl, Format::Json] {
        let path = folder.path().join(format!("a.{format}"));
        serialize_chunked(Single(&value), 1).unwrap().save_to_file(&path, format).unwrap();
        let read = deserialize_chunked_file(&path).unwrap().next().unwrap().unwrap();
        assert_eq!(read.to_value().unwrap(), value);
    }
    let limited = ChunkedBuilder::new().config(Config::DEFAULT.max_depth(100));
    let error = limited.serialize(Single(&value), 1).unwrap().to_list().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn d25_a_limit_on_size_is_not_evaded_inside_chunks() {
    let config = Config::DEFAULT.max_size(2);
    let builder = ChunkedBuilder::new().config(config);
    let nested = [vec![1, 2], vec![1, 2, 3]];
    let chunks: Vec<_> = builder.serialize(&nested, 1).unwrap().into_chunks().collect();
    assert!(chunks[0].is_ok());
    assert_eq!(chunks[1].as_ref().unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn d26_a_long_text_is_an_error_or_marked_never_cut_in_silence() {
    let config = Config::DEFAULT.max_string_length(3);
    let cut = config.clone().long_strings(LongStrings::Truncate);
    let text = |config: Config| -> Result<String> {
        let builder = ChunkedBuilder::new().config(config);
        builder
            .serialize(&["abcdef"], 1)?
            .into_chunks()
            .next()
            .expect("a chunk")
            .map(ChunkText::into_string)
    };
    assert_eq!(text(config).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(text(cut).unwrap(), r#"["abc...[TRUNCATED]"]"#);
}

#[test]
fn d30_type_hints_are_decoded_when_asked_for() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    let moment = Value::DateTime("2024-01-02T03:04:05".parse().unwrap());
    let set = Value::Set([1, 2].into_iter().map(Value::from).collect());
    let values = Value::List(vec![moment, set, Value::Tuple(vec![1.into()])]);
    let builder = ChunkedBuilder::new().config(Config::research());
    builder.serialize(&values, 10).unwrap().save(&path).unwrap();
    let chunk = deserialize_chunked_file(&path).unwrap().next().unwrap().unwrap();
    assert_eq!(chunk.to_hinted_value().unwrap(), values);
    assert_ne!(chunk.to_value().unwrap(), values, "not unless asked for");
}

#[test]
fn d31_files_are_utf8_whatever_the_locale() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    serialize_chunked(&["é", "日本"], 1).unwrap().save(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), "[\"é\"]\n[\"日本\"]\n".as_bytes());
    let latin = put(&folder, "latin.jsonl", b"[1]\n[\"\xe9\"]\n[3]\n");
    let found = chunks(&latin);
    let error = found[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.position().unwrap().byte()), (ErrorKind::Utf8, 6));
    assert!(found[2].is_ok());
}

#[test]
fn d32_a_bad_line_is_an_error_with_its_place_and_the_rest_is_read() {
    let folder = folder();
    let path = put(&folder, "a.jsonl", "[1]\n[2,,]\n[3]\n");
    let found = chunks(&path);
    assert_eq!(found.len(), 3);
    let error = found[1].as_ref().unwrap_err();
    let place = error.position().unwrap();
    assert_eq!((place.line(), place.column(), place.byte()), (2, 4, 7));
    assert_eq!((error.kind(), error.path()), (ErrorKind::Syntax, Some(path.as_path())));
    assert!(found[2].is_ok());
    let typed: Vec<_> = deserialize_chunked_file(&path).unwrap().typed::<Vec<u8>>().collect();
    assert_eq!(typed[1].as_ref().unwrap_err().position().unwrap().byte(), 7);
    assert_eq!(typed[2].as_ref().unwrap(), &[3]);
}

#[test]
fn d32_an_unknown_shape_is_an_error_that_says_so() {
    let folder = folder();
    let path = put(&folder, "a.json", "{\"items\": [1, 2], \"next\": null}");
    let error = deserialize_chunked_file(&path).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Data, Some(path.as_path())));
    assert!(error.message().contains("`items`, `next`"), "{error}");
    let path = put(&folder, "b.json", "{\"chunks\": null}");
    let found = chunks(&path);
    assert_eq!(
        found[0].as_ref().unwrap_err().message(),
        "expected an array at `/chunks`, found a single value"
    );
    let missing = deserialize_chunked_file(folder.path().join("c.json")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
}

#[test]
fn d32_errors_of_a_processor_come_out_as_they_are() {
    let folder = folder();
    let path = put(&folder, "a.jsonl", "[1]\n[2]\n[3]\n");
    let mut calls = 0;
    let mut processed = deserialize_chunked_file(&path).unwrap().process(|chunk| {
        calls += 1;
        match chunk.index() {
            1 => Err(Error::new(ErrorKind::Data, "no twos")),
            index => Ok(index),
        }
    });
    assert_eq!(processed.next().unwrap().unwrap(), 0);
    assert_eq!(processed.next().unwrap().unwrap_err().message(), "no twos");
    assert_eq!(processed.next().unwrap().unwrap(), 2);
    assert!(processed.next().is_none());
    drop(processed);
    assert_eq!(calls, 3);
}

#[test]
fn d33_a_json_document_keeps_its_metadata() {
    let folder = folder();
    let path = folder.path().join("a.json");
    let nothing: Vec<u8> = Vec::new();
    serialize_chunked(&nothing, 2).unwrap().save(&path).unwrap();
    let mut file = deserialize_chunked_file(&path).unwrap();
    let metadata = file.metadata().unwrap().expect("metadata");
    assert_eq!(metadata.get("total_items").and_then(Value::as_u64), Some(0));
    assert_eq!(metadata.get("object_type").and_then(Value::as_str), Some("list"));
    assert!(file.next().is_none());
}

#[test]
fn d34_no_item_is_copied_at_the_call_or_in_a_chunk() {
    // Neither `Clone` nor `Copy`.
    #[derive(Serialize)]
    struct Item(u8);
    let map = BTreeMap::from([("a", Item(1)), ("b", Item(2))]);
    let result = serialize_chunked(&map, 1).unwrap();
    let texts: Vec<_> = result.chunks().map(|chunk| chunk.unwrap().into_string()).collect();
    assert_eq!(texts, [r#"{"a": 1}"#, r#"{"b": 2}"#]);
}

#[test]
fn a_pipe_is_read_once_and_whichever_comes_first_counts() {
    let read = |text: &str| -> Vec<Result<Value>> {
        let file = ChunkFileBuilder::new().from_reader(text.as_bytes()).expect("an input");
        file.map(|chunk| chunk?.to_value()).collect()
    };
    let two = |list: Vec<Result<Value>>| list.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(
        two(read("{\"data\": [1], \"chunks\": [2]}")),
        [Value::from(2)],
        "all of it was seen"
    );
    assert_eq!(two(read("[1]\n[2]\n")).len(), 2);
    let long = format!("{{\"data\": [1{}], \"chunks\": [2]}}", ", 1".repeat(50_000));
    assert_eq!(two(read(&long)).len(), 50_001);
    let hidden = format!("{{\"more\": \"{}\", \"chunks\": [2]}}", "x".repeat(100_000));
    let told = ChunkFileBuilder::new().pointer("/chunks").from_reader(hidden.as_bytes()).unwrap();
    assert_eq!(told.items::<u8>().collect::<Result<Vec<_>>>().unwrap(), [2]);
    let error = ChunkFileBuilder::new().format(Format::Json).from_reader(hidden.as_bytes());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Data);
}
