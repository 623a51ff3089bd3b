//! Inputs that are changed by others while they are read.

use std::fs;
use std::path::{Path, PathBuf};

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, RawChunk};
use datason_io::{Sink, SinkOptions};
use datason_json::ReaderBuilder;

const RECORDS: usize = 20_000;

/// An input of many blocks, in one of the ways in which it can be read.
fn input(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let mut random = datason_fixtures::Random::new(3);
    let records: Vec<_> = (0..RECORDS).map(|id| format!("[{id},{}]", random.next_u64())).collect();
    let text = if name.contains("json.") || name.ends_with("json") {
        format!("[{}]", records.join(",\n"))
    } else {
        records.join("\n") + "\n"
    };
    let mut sink = Sink::create(&path, &SinkOptions::new()).expect("a new file");
    sink.put(text.as_bytes()).and_then(|()| sink.finish()).expect("a disk");
    path
}

/// Reads `path`, which `change` is done to behind the first chunk. What came, and how it ended.
fn read(path: &Path, change: impl FnOnce(&Path)) -> (Vec<Vec<u8>>, Result<(), Error>) {
    let builder = ReaderBuilder::new()
        .block_size(ByteSize::kib(4))
        .chunk_size(ChunkSize::records(10).expect("a size"));
    let mut reader = builder.open(path).expect("a file");
    let (mut records, mut chunk, mut change) = (Vec::new(), RawChunk::default(), Some(change));
    loop {
        match reader.read_chunk(&mut chunk) {
            Ok(true) => {}
            Ok(false) => return (records, Ok(())),
            Err(error) => return (records, Err(error)),
        }
        records.extend(chunk.data().iter().map(|record| record.as_bytes().to_vec()));
        if let Some(change) = change.take() {
            change(path);
        }
    }
}

const NAMES: [&str; 4] = ["in.jsonl", "in.json", "in.jsonl.gz", "in.json.zst"];

#[test]
fn one_that_grows_or_is_replaced_is_read_as_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = input(folder.path(), name);
        let whole = read(&path, |_| {}).0;
        assert_eq!(whole.len(), RECORDS);
        let grown = read(&path, |path| {
            use std::io::Write;
            let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(b"\n[\"more\"]\n").unwrap();
        });
        assert!(grown.0 == whole && grown.1.is_ok(), "{name}: {:?}", grown.1);
        let path = input(folder.path(), name);
        let replaced = read(&path, |path| {
            let other = path.with_extension("other");
            fs::write(&other, "[\"other\"]\n").unwrap();
            fs::rename(other, path).unwrap();
        });
        assert!(replaced.0 == whole && replaced.1.is_ok(), "{name}: {:?}", replaced.1);
    }
}

#[test]
fn one_that_is_cut_gives_whole_records_and_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = input(folder.path(), name);
        let whole = read(&path, |_| {}).0;
        let length = fs::metadata(&path).unwrap().len();
        for cut in [0, 1, length / 2, length - 1] {
            let path = input(folder.path(), name);
            let (records, end) = read(&path, |path| {
                fs::OpenOptions::new().write(true).open(path).unwrap().set_len(cut).unwrap();
            });
            let error = end.expect_err("it was cut");
            assert_eq!(error.kind(), ErrorKind::Truncated, "{name} at {cut}: {error}");
            assert!(whole.starts_with(&records), "{name} at {cut}");
        }
    }
}
