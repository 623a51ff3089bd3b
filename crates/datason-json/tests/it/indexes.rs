//! Indexes: wherever a file is cut, its pieces add up to the whole, with the same places.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, Position};
use datason_json::{
    ChunkIndex, Layout, Lines, Reader, ReaderBuilder, Split, WriterBuilder, plan_splits,
};
use proptest::prelude::*;

type Place = (u64, u64, u64, u64);

fn coordinates(place: Position) -> Place {
    (place.byte(), place.line(), place.column(), place.record())
}

fn read_all<R: std::io::Read>(mut reader: Reader<R>) -> Result<Vec<(Place, Vec<u8>)>, Error> {
    let mut records = Vec::new();
    while let Some(record) = reader.next_record()? {
        assert_eq!(record.byte(), record.position().byte());
        records.push((coordinates(record.position()), record.as_bytes().to_vec()));
    }
    Ok(records)
}

fn by_records(records: usize) -> ReaderBuilder {
    let builder = ReaderBuilder::new().block_size(ByteSize(512));
    builder.chunk_size(ChunkSize::records(records).expect("a size"))
}

/// Builds, saves and opens an index, and reads the file in every way it offers. How many chunks
/// there are.
fn check(path: &Path, builder: &ReaderBuilder) -> usize {
    let whole = read_all(builder.open(path).expect("a file")).expect("good records");
    ChunkIndex::build(path, builder).expect("an index").save().expect("a saved index");
    let index = ChunkIndex::open(path).expect("an index").expect("a saved one");
    index.verify().expect("the file as it was");
    assert_eq!(index.records(), whole.len() as u64);

    let piece = |split: &Split| read_all(builder.open_split(split).expect("a piece"));
    for pieces in 1..=64 {
        let pieces = NonZeroUsize::new(pieces).expect("a number");
        let splits = index.splits(pieces).expect("splits");
        assert!(splits.len() <= pieces.get());
        let records: Vec<_> = splits.iter().flat_map(|split| piece(split).expect("good")).collect();
        assert_eq!(records, whole, "{pieces} pieces of {}", path.display());
    }
    let chunks = index.chunks().len();
    let first = |chunk: usize| {
        let start = index.chunks().get(chunk).map_or(index.records(), |it| it.start.record());
        usize::try_from(start).expect("few records")
    };
    for start in (0..chunks).step_by(chunks / 20 + 1) {
        for end in start + 1..=chunks.min(start + 4) {
            let reader = index.read(start..end, builder).expect("chunks that are as they were");
            let expected = &whole[first(start)..first(end)];
            assert_eq!(read_all(reader).expect("good"), expected, "chunks {start} to {end}");
        }
    }
    for record in (0..=whole.len() + 1).step_by(whole.len() / 20 + 1) {
        let reader = index.seek(record as u64, builder).expect("a record");
        assert_eq!(read_all(reader).expect("good"), whole[record.min(whole.len())..]);
    }
    chunks
}

const ARRAYS: [&str; 9] = [
    "[1,2,3,4,5,6,7]",
    " \n[\n  {\"a\": [1, \"],\"]} ,\n\n {\"b\":2}\t, 3\r\n, [4,[5]] ] \n",
    "\u{feff}[\"é\",\n\"漢, [字\",null]",
    "[]",
    "[ \n ]",
    "[[1,2],[3,4]]",
    "[{\"x\":\"\\\"\"}, -0.0, 1e5]",
    "{\"one\": \"document\"}",
    "17",
];

const LINES: [&str; 6] = [
    "1\n2\n3\n",
    "\n\n {\"a\": 1} \r\n\n\t[2]\n\"3\"",
    "\u{feff}1\n22\n333\n4444\n",
    "",
    "\n",
    "1",
];

const CONCATENATED: [&str; 2] = ["{\"a\":1}{\"b\":2} [3]\n4 5 \"6\"", "{\n\"a\": 1\n}\n{\n}\n"];

#[test]
fn any_text_can_be_cut_at_every_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut chunks = 0;
    let names = [("a.json", &ARRAYS[..]), ("a.jsonl", &LINES), ("a", &CONCATENATED)];
    for (name, texts) in names {
        let path = folder.path().join(name);
        for text in texts {
            fs::write(&path, text).unwrap();
            for records in 1..=3 {
                chunks += check(&path, &by_records(records));
            }
            let bytes = ChunkSize::bytes(ByteSize(4)).unwrap();
            check(&path, &ReaderBuilder::new().chunk_size(bytes).block_size(ByteSize(3)));
        }
    }
    assert!(chunks > 60, "{chunks}");
}

#[test]
fn an_array_inside_a_document_can_be_cut_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    let text =
        "{\"meta\": [9],\n \"data\": {\"rows\":\n [ 1,\n 22 , [3], 4\n]}, \"tail\": [5, 6]}\n";
    fs::write(&path, text).unwrap();
    let chunks = check(&path, &by_records(1).pointer("/data/rows"));
    assert_eq!(chunks, 4);
    assert_eq!(check(&path, &by_records(9).pointer("/data/rows")), 1);
    assert_eq!(check(&path, &by_records(1).pointer("/tail")), 2);
}

#[test]
fn compressed_files_are_cut_where_their_frames_are() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (0..200).map(|id| (id, "x".repeat(id % 7), "é\n")).collect();
    for (name, layout) in [
        ("a.jsonl.gz", Layout::Lines),
        ("a.jsonl.zst", Layout::Lines),
        ("a.json.gz", Layout::Array),
        ("a.json.zst", Layout::Array),
    ] {
        let path = folder.path().join(name);
        for (frame, chunks) in [(Some(1), 200), (Some(100), 40), (Some(1_000_000), 1), (None, 1)] {
            let mut builder = WriterBuilder::new().layout(layout);
            if let Some(bytes) = frame {
                builder = builder.frame_size(ByteSize(bytes));
            }
            let mut writer = builder.create(&path).unwrap();
            writer.write_rows(&rows).unwrap();
            writer.finish().unwrap();
            let found = check(&path, &by_records(1));
            assert!(found.abs_diff(chunks) <= chunks / 4, "{name}, frames of {frame:?}: {found}");
            if frame == Some(1) {
                assert_eq!(check(&path, &by_records(10)), 20, "{name}");
            }
        }
    }
}

#[test]
fn frames_that_others_have_cut_anywhere_are_never_cut_wrongly() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[1,\n22 , \"333\",\n{\"a\": 4}\n]";
    let lines = "1\n22\n\n \"333\"\n{\"a\": 4}\n";
    for (name, text) in [("a.json.zst", text), ("a.jsonl.zst", lines), ("a.jsonl.gz", lines)] {
        let path = folder.path().join(name);
        for cut in 0..=text.len() {
            let options = datason_io::SinkOptions::new();
            let mut sink = datason_io::Sink::create(&path, &options).unwrap();
            sink.put(&text.as_bytes()[..cut]).unwrap();
            sink.cut().unwrap();
            sink.put(&text.as_bytes()[cut..]).unwrap();
            sink.finish().unwrap();
            assert!(check(&path, &by_records(1)) <= 2);
        }
    }
}

#[test]
fn a_plan_takes_the_index_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, "[1, 2, 3, 4]").unwrap();
    let builder = by_records(1);
    let pieces = NonZeroUsize::new(3).unwrap();
    assert_eq!(plan_splits(&path, pieces, Lines::Counted, &builder).unwrap().len(), 1);
    ChunkIndex::build(&path, &builder).unwrap().save().unwrap();
    let plan = plan_splits(&path, pieces, Lines::Counted, &builder).unwrap();
    assert_eq!(plan.len(), 3);
    let sent = serde_json::to_string(&plan).unwrap();
    let plan: Vec<Split> = serde_json::from_str(&sent).unwrap();
    let numbers = plan.iter().flat_map(|split| builder.open_split(split).unwrap().into_rows());
    assert_eq!(numbers.collect::<Result<Vec<u8>, _>>().unwrap(), [1, 2, 3, 4]);

    // One of another array in the file is none of this one.
    let pointer = builder.clone().pointer("/0");
    fs::write(&path, "[[1, 2, 3], 4]").unwrap();
    ChunkIndex::build(&path, &builder).unwrap().save().unwrap();
    assert_eq!(plan_splits(&path, pieces, Lines::Counted, &pointer).unwrap().len(), 1);
}

#[test]
fn an_index_of_another_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, "[1, 2, 3, 4]").unwrap();
    let builder = by_records(1);
    let index = ChunkIndex::build(&path, &builder).unwrap();
    index.save().unwrap();
    assert_eq!(index.split(2..9).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(index.split(2..2).unwrap_err().kind(), ErrorKind::Argument);
    for text in ["[1, 2, 3, 45]", "[1, 2, 3]", "[1, 2, 4, 4]", "[9, 2, 3, 4]"] {
        fs::write(&path, text).unwrap();
        let error = ChunkIndex::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data, "{text}: {error}");
        let plan = plan_splits(&path, NonZeroUsize::MIN, Lines::Counted, &builder);
        assert_eq!(plan.unwrap_err().kind(), ErrorKind::Data);
    }
    fs::write(ChunkIndex::path_of(&path), "{\"datason_index\":1}").unwrap();
    assert_eq!(ChunkIndex::open(&path).unwrap_err().kind(), ErrorKind::Data);
}

#[test]
fn an_index_that_was_damaged_anywhere_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, "[1, 2, 3, 4]").unwrap();
    let index = ChunkIndex::build(&path, &by_records(2)).unwrap();
    index.save().unwrap();
    let place = ChunkIndex::path_of(&path);
    let text = fs::read(&place).unwrap();
    for at in 0..text.len() {
        for byte in [text[at] ^ 1, b'0', b'9'] {
            let mut damaged = text.clone();
            damaged[at] = byte;
            fs::write(&place, &damaged).unwrap();
            match ChunkIndex::open(&path) {
                Ok(Some(found)) => assert!(damaged == text && found == index, "byte {at}"),
                // Without our mark it is somebody else's.
                Ok(None) => assert!(at < 16, "byte {at}"),
                Err(error) => {
                    let kinds = [ErrorKind::Data, ErrorKind::Unsupported];
                    assert!(kinds.contains(&error.kind()), "byte {at}: {error}");
                }
            }
        }
        fs::write(&place, &text[..at]).unwrap();
        assert!(!matches!(ChunkIndex::open(&path), Ok(Some(_))), "cut at byte {at}");
    }
}

/// Whoever makes a seal that fits can lie about what no seal tells; contradictions show.
#[test]
fn an_index_that_lies_with_a_seal_that_fits_is_refused_where_it_can_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "1\n2\n3\n4\n").unwrap();
    ChunkIndex::build(&path, &by_records(2)).unwrap().save().unwrap();
    let place = ChunkIndex::path_of(&path);
    let text = fs::read_to_string(&place).unwrap();
    let content = &text[..text.rfind(",\"seal\"").unwrap()];
    for (old, lie) in [
        ("\"records\":4", "\"records\":5"),
        ("\"records\":2", "\"records\":18446744073709551615"),
        ("\"start\":0,\"end\":3", "\"start\":1,\"end\":3"),
        ("\"end\":8", "\"end\":7"),
        ("\"end\":8", "\"end\":18446744073709551615"),
        ("\"byte\":3", "\"byte\":4"),
        ("\"line\":1", "\"line\":0"),
        ("\"compression\":\"none\"", "\"compression\":\"brotli\""),
    ] {
        assert!(content.contains(old), "{old}: {content}");
        let forged = content.replacen(old, lie, 1);
        let seal = datason_io::checksum_of(forged.as_bytes());
        fs::write(&place, format!("{forged},\"seal\":\"{seal:08x}\"}}\n")).unwrap();
        assert!(ChunkIndex::open(&path).is_err(), "{lie}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_an_index_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "1\n").unwrap();
    let place = ChunkIndex::path_of(&path);
    let made = std::process::Command::new("mkfifo").arg(&place).status();
    assert!(made.expect("mkfifo").success());
    assert_eq!(ChunkIndex::open(&path).unwrap_err().kind(), ErrorKind::Io);
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    assert_eq!(ChunkIndex::open(&path).unwrap_err().kind(), ErrorKind::Io);
    fs::remove_dir(&place).unwrap();
    // As large as no index is, though it takes no room.
    let sparse = fs::File::create(&place).unwrap();
    sparse.set_len(1 << 40).unwrap();
    assert_eq!(ChunkIndex::open(&path).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn a_changed_byte_is_found_by_the_chunk_it_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    // Longer than what is looked at when an index is opened.
    let line = format!("\"{}\"\n", "x".repeat(999));
    let text = line.repeat(200);
    fs::write(&path, &text).unwrap();
    let builder = by_records(10);
    ChunkIndex::build(&path, &builder).unwrap().save().unwrap();
    let mut changed = text.clone().into_bytes();
    changed[100_000] = b'y';
    fs::write(&path, &changed).unwrap();
    let index = ChunkIndex::open(&path).unwrap().unwrap();
    let error = index.verify().unwrap_err();
    assert_eq!(error.message(), "chunk 9 is not what it was when it was indexed");
    assert_eq!(error.position().map(|place| place.record()), Some(90));
    assert!(index.read(8..10, &builder).is_err());
    assert!(index.read(0..9, &builder).is_ok() && index.read(10..20, &builder).is_ok());
}

#[test]
fn what_is_broken_has_no_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    for text in ["[1, 2", "[1, 2] 3"] {
        fs::write(&path, text).unwrap();
        assert!(ChunkIndex::build(&path, &by_records(1)).is_err(), "{text}");
    }
    assert!(ChunkIndex::build(folder.path(), &by_records(1)).is_err());
    assert!(ChunkIndex::build(folder.path().join("none"), &by_records(1)).is_err());
}

fn blanks() -> impl Strategy<Value = String> {
    "[ \n\t\r]{0,3}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn arrays_with_blanks_anywhere_can_be_cut(
        items in prop::collection::vec((blanks(), "(-?[1-9][0-9]{0,4}|\"[a-z,\\[\\]{}]{0,5}\"|\\[1,\\{\\}\\])", blanks()), 1..20),
        size in 1..5_usize,
        around in (blanks(), blanks()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let items: Vec<_> = items.into_iter().map(|(a, item, b)| a + &item + &b).collect();
        let text = format!("{}[{}]{}", around.0, items.join(","), around.1);
        fs::write(&path, text).unwrap();
        check(&path, &by_records(size));
    }
}
