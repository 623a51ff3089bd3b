//! Inputs that are changed by others while they are read. `cargo xtask faults --only S1` does the
//! same to the whole program.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, RawChunk};
use datason_fixtures::Random;
use datason_io::{Sink, SinkOptions};
use datason_json::ReaderBuilder;

const RECORDS: usize = 12_000;

/// An input of many blocks, in one of the ways in which it can be read.
fn input(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let mut random = Random::new(3);
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

/// Reads `path`, which `change` is done to behind so many records. What came, and how it ended.
fn read(
    path: &Path,
    behind: usize,
    change: impl FnOnce(&Path),
) -> (Vec<Vec<u8>>, Result<(), Error>) {
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
        if records.len() >= behind
            && let Some(change) = change.take()
        {
            change(path);
        }
    }
}

const NAMES: [&str; 4] = ["in.jsonl", "in.json", "in.jsonl.gz", "in.json.zst"];

/// Behind so many records the input is changed.
const MOMENTS: [usize; 4] = [1, RECORDS / 3, RECORDS - 500, RECORDS];

#[test]
fn one_that_grows_or_is_replaced_is_read_as_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let grow = |path: &Path| {
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"\n[\"more\"]\n").unwrap();
    };
    let replace = |path: &Path| {
        let other = path.with_extension("other");
        fs::write(&other, "[\"other\"]\n").unwrap();
        fs::rename(other, path).unwrap();
    };
    for name in NAMES {
        let path = input(folder.path(), name);
        let bytes = fs::read(&path).unwrap();
        let whole = read(&path, 1, |_| {}).0;
        assert_eq!(whole.len(), RECORDS);
        for moment in MOMENTS {
            for change in [&grow as &dyn Fn(&Path), &replace] {
                let (records, end) = read(&path, moment, change);
                assert!(records == whole && end.is_ok(), "{name} at {moment}: {end:?}");
                assert_ne!(fs::read(&path).unwrap(), bytes, "it was changed");
                fs::write(&path, &bytes).unwrap();
            }
        }
    }
}

#[test]
fn one_that_is_cut_gives_whole_records_and_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::new(5);
    let (mut runs, mut refused) = (0, 0);
    for name in NAMES {
        let path = input(folder.path(), name);
        let bytes = fs::read(&path).unwrap();
        let whole = read(&path, 1, |_| {}).0;
        let mut cuts = vec![0, 1, bytes.len() / 2, bytes.len() - 1];
        cuts.extend((0..16).map(|_| random.index_below(bytes.len())));
        for (moment, cut) in MOMENTS.iter().flat_map(|at| cuts.iter().map(move |cut| (*at, *cut))) {
            let (records, end) = read(&path, moment, |path| {
                let file = fs::OpenOptions::new().write(true).open(path).unwrap();
                file.set_len(cut as u64).unwrap();
            });
            runs += 1;
            match end {
                Err(error) => {
                    refused += 1;
                    assert_eq!(error.kind(), ErrorKind::Truncated, "{name} at {cut}: {error}");
                    assert!(whole.starts_with(&records), "{name} at {cut}");
                }
                // What is gone had been read before.
                Ok(()) => assert!(records == whole && moment > 1, "{name} at {cut}"),
            }
            fs::write(&path, &bytes).unwrap();
        }
    }
    assert_eq!(runs, 320);
    assert!(refused > 160, "{refused} were cut in time");
}
