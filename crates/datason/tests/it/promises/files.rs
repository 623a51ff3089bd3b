//! What is written and read: formats, streams, whole files, places of errors.

use std::fs;
use std::io::Read;

use datason::{
    ByteSize, ChunkFileBuilder, ChunkedBuilder, Error, ErrorKind, Format, ReaderBuilder, Result,
    Sidecar, StreamBuilder, Value, deserialize_chunked_file, serialize_chunked, stream_serialize,
};

use super::{folder, ids, is_empty, put, read};

#[test]
fn d07_every_shape_of_json_is_read_and_an_array_can_be_written() {
    let folder = folder();
    let (saved, streamed, array) =
        ["saved.json", "streamed.json", "array.json"].map(|name| folder.path().join(name)).into();
    serialize_chunked(&[1, 2, 3], 2).unwrap().save(&saved).unwrap();
    let mut stream = stream_serialize(&streamed).unwrap();
    stream.write_chunked(&[1, 2, 3], 2).unwrap();
    stream.finish().unwrap();
    let mut writer = datason::create(&array).unwrap();
    writer.write_rows([vec![1, 2], vec![3]]).unwrap();
    writer.finish().unwrap();
    assert_eq!(serde_json::from_str::<Vec<Vec<u8>>>(&read(&array)).unwrap(), [vec![1, 2], vec![3]]);
    for path in [saved, streamed, array] {
        let chunks: Result<Vec<Vec<u8>>> =
            deserialize_chunked_file(&path).unwrap().typed().collect();
        assert_eq!(chunks.unwrap(), [vec![1, 2], vec![3]], "{}", path.display());
    }
}

#[test]
fn d08_a_json_document_streams_both_ways() {
    // A source that tells how much was taken of it.
    struct Counting<'a>(&'a [u8], &'a std::cell::Cell<usize>);
    impl Read for Counting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1.set(self.1.get() + read);
            Ok(read)
        }
    }
    let mut document = Vec::new();
    let items = datason::Items::of(0..1_000_000_u32);
    serialize_chunked(items, 1_000).unwrap().write_to(&mut document, Format::Json).unwrap();
    let taken = std::cell::Cell::new(0);
    let source = Counting(&document, &taken);
    let mut file = ChunkFileBuilder::new().from_reader(source).unwrap();
    let first: Vec<u32> = file.next().unwrap().unwrap().deserialize().unwrap();
    assert_eq!(first.len(), 1_000);
    assert!(taken.get() < document.len() / 10, "{} of {} bytes", taken.get(), document.len());
    assert_eq!(file.flatten().count(), 999);
    // Writing: `d03_what_is_larger_than_memory_is_cut_as_it_comes`.
}

#[test]
fn d09_the_extension_is_honoured_and_verified() {
    let folder = folder();
    let json = folder.path().join("stream.json");
    let result = serialize_chunked(&[1], 1).unwrap();
    let error = result.clone().save_to_file(&json, Format::Jsonl).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Argument, Some(json.as_path())));
    assert!(is_empty(&folder));
    result.save(&json).unwrap();
    assert!(read(&json).starts_with("{\n  \"chunks\""));
    // Reading goes by the content, whatever the name says.
    let lines = put(&folder, "lines.json", "[1]\n[2]\n");
    assert_eq!(deserialize_chunked_file(&lines).unwrap().count(), 2);
    let document = put(&folder, "document.jsonl", r#"{"data": [[1], [2], [3]]}"#);
    assert_eq!(deserialize_chunked_file(&document).unwrap().count(), 3);
}

#[test]
fn d10_items_and_chunks_are_two_ways_to_read() {
    let folder = folder();
    let items = put(&folder, "items.jsonl", "\"a\"\n\"b\"\n\"c\"\n");
    let chunks = put(&folder, "chunks.jsonl", "[\"a\", \"b\"]\n[\"c\"]\n");
    for path in [&items, &chunks] {
        let read: Result<Vec<String>> = deserialize_chunked_file(path).unwrap().items().collect();
        assert_eq!(read.unwrap(), ["a", "b", "c"]);
    }
    assert_eq!(deserialize_chunked_file(&chunks).unwrap().count(), 2);
    // Records are not taken for lists of their keys.
    let records = put(&folder, "records.jsonl", "{\"a\": \"x\"}\n{\"a\": \"y\"}\n");
    let items: Result<Vec<Value>> = deserialize_chunked_file(&records).unwrap().items().collect();
    assert_eq!(items.unwrap()[1].get("a").and_then(Value::as_str), Some("y"));
}

#[test]
fn d11_a_stream_has_whole_records_and_an_aborted_one_no_file() {
    let folder = folder();
    let path = folder.path().join("a.json");
    let produce = || -> Result<()> {
        let mut stream = stream_serialize(&path)?;
        stream.write(&1)?;
        Err(Error::new(ErrorKind::Data, "the producer failed"))
    };
    produce().unwrap_err();
    assert!(is_empty(&folder));

    let mut stream = stream_serialize(&path).unwrap();
    stream.write(&1).unwrap();
    let half = std::collections::BTreeMap::from([((1, 2), 3)]); // a tuple is no key
    stream.write(&("good", half)).unwrap_err();
    stream.write_chunked(ids([7]), 1).unwrap();
    assert_eq!(stream.items_written(), 2);
    stream.finish().unwrap();
    let expected = r#"{"data": [1, [{"id": 7}]], "metadata": {"items_written": 2}}"#;
    assert_eq!(read(&path), expected);
}

#[test]
fn d12_what_was_there_stays_until_the_new_file_is_whole() {
    let folder = folder();
    let path = put(&folder, "a.jsonl", "old\n");
    let error = serialize_chunked(&[1], 1).unwrap().save_to_file(&path, Format::Json).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    let mut stream = stream_serialize(&path).unwrap();
    stream.write(&"new").unwrap();
    stream.flush().unwrap();
    assert_eq!(read(&path), "old\n");
    stream.abort();
    assert_eq!(read(&path), "old\n");
    serialize_chunked(ids([1]), 1).unwrap().save(&path).unwrap();
    assert_eq!(read(&path), "[{\"id\": 1}]\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    // And a file can be added to, on a line of its own.
    let path = put(&folder, "log.jsonl", "1\n2");
    let mut stream = StreamBuilder::new().append(&path).unwrap();
    stream.write(&3).unwrap();
    stream.finish().unwrap();
    assert_eq!(read(&path), "1\n2\n3\n");
}

#[test]
fn d13_a_bad_format_is_refused_before_anything_is_done() {
    let folder = folder();
    let path = folder.path().join("a");
    assert_eq!("xml".parse::<Format>().unwrap_err().kind(), ErrorKind::Argument);
    let builder = StreamBuilder::new().format(Format::Concatenated);
    assert_eq!(builder.create(&path).unwrap_err().kind(), ErrorKind::Argument);
    assert!(is_empty(&folder));
}

#[test]
fn d14_the_buffer_is_as_large_as_said_and_can_be_flushed() {
    let folder = folder();
    let on_disk = || {
        let mut files = fs::read_dir(folder.path()).unwrap();
        files.next().expect("a temporary file").and_then(|file| file.metadata()).unwrap().len()
    };
    let path = folder.path().join("a.jsonl");
    let builder = StreamBuilder::new();
    let mut stream = builder.clone().buffer_size(ByteSize(0)).create(&path).unwrap();
    stream.write(&1).unwrap();
    assert_eq!(on_disk(), 2, "0 is no error: nothing waits");
    stream.abort();
    let mut stream = builder.buffer_size(ByteSize::kib(4)).create(&path).unwrap();
    stream.write(&1).unwrap();
    assert_eq!(on_disk(), 0);
    stream.flush().unwrap();
    assert_eq!(on_disk(), 2);
    stream.finish().unwrap();
}

#[test]
fn d31_files_are_utf8_everywhere() {
    let folder = folder();
    let path = folder.path().join("a.jsonl");
    serialize_chunked(&["é", "日本"], 1).unwrap().save(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), "[\"é\"]\n[\"日本\"]\n".as_bytes());
    let latin = put(&folder, "latin.jsonl", b"[\"\xe9\"]\n[2]\n");
    let mut file = deserialize_chunked_file(&latin).unwrap();
    assert_eq!(file.next().unwrap().unwrap_err().kind(), ErrorKind::Utf8);
    assert!(file.next().unwrap().is_ok());
}

#[test]
fn d32_an_error_says_where_and_costs_only_the_bad_line() {
    let folder = folder();
    let path = put(&folder, "a.jsonl", "{\"n\":1}\n{\"n\":2,,}\n{\"n\":3}\n");
    let chunks: Vec<_> =
        deserialize_chunked_file(&path).unwrap().map(|chunk| chunk?.to_value()).collect();
    let error = chunks[1].as_ref().unwrap_err();
    let place = error.position().unwrap();
    assert_eq!((place.line(), place.column(), place.byte()), (2, 8, 15));
    assert_eq!((error.kind(), error.path()), (ErrorKind::Syntax, Some(path.as_path())));
    assert_eq!(chunks.iter().filter(|chunk| chunk.is_ok()).count(), 2);

    let shape = put(&folder, "a.json", "{\"items\": [1, 2]}");
    let error = deserialize_chunked_file(&shape).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Data, Some(shape.as_path())));
    let processor = deserialize_chunked_file(&path).unwrap().process(|chunk| match chunk.index() {
        0 => Err(Error::new(ErrorKind::Data, "mine")),
        index => Ok(index),
    });
    let messages: Vec<_> = processor.filter_map(Result::err).collect();
    assert_eq!(messages[0].message(), "mine");
}

#[test]
fn d33_a_table_without_rows_keeps_its_columns_in_a_document() {
    let folder = folder();
    let path = folder.path().join("a.json");
    serialize_chunked(ids([]), 10).unwrap().save(&path).unwrap();
    let file = deserialize_chunked_file(&path).unwrap();
    let metadata = file.metadata().unwrap().expect("metadata");
    assert_eq!(metadata.pointer("/columns/0").and_then(Value::as_str), Some("id"));
    assert_eq!(metadata.get("total_rows").and_then(Value::as_u64), Some(0));
    assert_eq!(file.count(), 0);

    let lines = folder.path().join("a.jsonl");
    let builder = ChunkedBuilder::new().sidecar(true);
    builder.serialize(ids([]), 10).unwrap().save(&lines).unwrap();
    assert_eq!(read(&lines), "");
    let sidecar = Sidecar::of(&lines).unwrap().expect("a sidecar");
    assert_eq!(sidecar.columns.as_deref(), Some(&["id".to_owned()][..]));
}

#[test]
fn d35_records_are_borrowed_and_written_without_a_copy() {
    // What makes it fast; how fast it is, `cargo xtask bench original` measures.
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Seen<'a> {
        name: &'a str,
    }
    use datason::Decode;
    let mut reader = ReaderBuilder::new().from_slice(b"{\"name\":\"ann\"}\n{\"name\":\"bo\"}\n");
    let mut writer = datason::WriterBuilder::new().to_writer(Vec::new()).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        let seen: Seen<'_> = record.deserialize().unwrap();
        writer.write(&seen).unwrap();
    }
    let written = writer.into_inner().unwrap();
    assert_eq!(written, b"{\"name\": \"ann\"}\n{\"name\": \"bo\"}\n");
}

#[test]
fn d36_what_the_changelog_lists_exists() {
    // "Format detection by extension", and iterating the result directly.
    assert_eq!(Format::from_path("a.json".as_ref()), Some(Format::Json));
    assert_eq!(Format::from_path("a.ndjson.gz".as_ref()), Some(Format::Jsonl));
    let mut lengths = Vec::new();
    for chunk in serialize_chunked(&[1, 2, 3], 2).unwrap() {
        lengths.push(chunk.unwrap().item_count());
    }
    assert_eq!(lengths, [Some(2), Some(1)]);
}
