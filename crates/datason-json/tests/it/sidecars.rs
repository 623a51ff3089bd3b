//! Sidecars: what they say is true, or they are not there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use datason_core::{Config, ErrorKind, Strategy};
use datason_json::{
    ChunkFileBuilder, ChunkIndex, ChunkedBuilder, Format, ReaderBuilder, RecordKind, Sidecar,
    StreamBuilder, deserialize_chunked_file,
};
use serde_json::json;

fn sidecar(path: &Path) -> Sidecar {
    Sidecar::of(path).expect("a sidecar that fits").expect("a sidecar")
}

#[test]
fn d33_lines_keep_totals_and_how_they_were_cut() {
    let folder = tempfile::tempdir().unwrap();
    let builder = ChunkedBuilder::new().sidecar(true).config(Config::api());
    for (name, format) in [
        ("a.jsonl", Format::Jsonl),
        ("a.json", Format::Json),
        ("a.jsonl.gz", Format::Jsonl),
        ("a.json.zst", Format::Json),
    ] {
        let path = folder.path().join(name);
        let saved = builder.serialize(&[1, 2, 3, 4, 5], 2).unwrap().save(&path).unwrap();
        let found = sidecar(&path);
        assert_eq!((found.kind, found.format), (RecordKind::Chunks, format));
        assert_eq!((found.records, found.items, found.chunk_size), (3, Some(5), Some(2)));
        assert_eq!(found.chunking_strategy, Some(Strategy::Sequence));
        assert_eq!((found.object_type.as_deref(), &*found.config), (Some("list"), "api"));
        assert_eq!(found.stored_bytes, saved.receipt.stored_bytes);
        let file = deserialize_chunked_file(&path).unwrap();
        assert_eq!(file.sidecar(), Some(&found));
        let items: Vec<u8> = file.items().collect::<Result<_, _>>().unwrap();
        assert_eq!(items, [1, 2, 3, 4, 5], "{name}");
    }
    let map = BTreeMap::from([("a", 1), ("b", 2)]);
    let path = folder.path().join("map.jsonl");
    builder.serialize(&map, 1).unwrap().save(&path).unwrap();
    assert_eq!(sidecar(&path).chunking_strategy, Some(Strategy::DictItems));
}

#[test]
fn d10_chunks_and_items_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let builder = StreamBuilder::new().sidecar(true);
    let lists = [vec![1, 2], vec![3]];
    let read = || -> Vec<serde_json::Value> {
        let file = deserialize_chunked_file(&path).expect("a file");
        file.items().collect::<Result<_, _>>().expect("items")
    };

    let mut stream = builder.create(&path).unwrap();
    stream.write(&lists[0]).unwrap();
    stream.write(&lists[1]).unwrap();
    stream.finish().unwrap();
    assert_eq!((sidecar(&path).kind, sidecar(&path).items), (RecordKind::Items, Some(2)));
    assert_eq!(read(), [json!([1, 2]), json!([3])]);

    let mut stream = builder.create(&path).unwrap();
    stream.write_chunked(&[1, 2, 3], 2).unwrap();
    stream.finish().unwrap();
    assert_eq!((sidecar(&path).kind, sidecar(&path).items), (RecordKind::Chunks, Some(3)));
    assert_eq!(fs::read_to_string(&path).unwrap(), "[1, 2]\n[3]\n", "the same lines");
    assert_eq!(read(), [json!(1), json!(2), json!(3)]);

    let mut stream = builder.create(&path).unwrap();
    stream.write(&1).unwrap();
    stream.write_chunked(&[2, 3], 2).unwrap();
    stream.finish().unwrap();
    assert_eq!((sidecar(&path).kind, sidecar(&path).items), (RecordKind::Mixed, Some(3)));
}

#[test]
fn a_sidecar_of_other_data_is_never_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut stream = StreamBuilder::new().sidecar(true).create(&path).unwrap();
    stream.write(&1).unwrap();
    stream.finish().unwrap();

    fs::write(&path, "1\n2\n").unwrap();
    let error = deserialize_chunked_file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.path(), Some(Sidecar::path_of(&path).as_path()));
    assert!(error.message().starts_with("the sidecar speaks of a file of 2 bytes, and "));
    assert_eq!(StreamBuilder::new().append(&path).unwrap_err().kind(), ErrorKind::Data);
    let unaware = ChunkFileBuilder::new().sidecar(false).open(&path).unwrap();
    assert_eq!(unaware.count(), 2);

    // The same length, and another number of records.
    fs::write(&path, "\n\n").unwrap();
    let mut file = deserialize_chunked_file(&path).unwrap();
    let error = file.next().unwrap().unwrap_err();
    assert_eq!(error.message(), "the sidecar says 1 records, and the file has 0");
    assert!(file.next().is_none());
    let typed = deserialize_chunked_file(&path).unwrap().typed::<u8>();
    assert_eq!(typed.filter(Result::is_err).count(), 1);

    for (text, kind) in [
        ("{\"datason_sidecar\":1}", ErrorKind::Data),
        ("\"datason_sidecar\", but no JSON", ErrorKind::Data),
        (
            "{\"datason_sidecar\":2,\"kind\":\"items\",\"format\":\"jsonl\",\"records\":1,\
             \"config\":\"default\",\"stored_bytes\":2}",
            ErrorKind::Unsupported,
        ),
    ] {
        fs::write(Sidecar::path_of(&path), text).unwrap();
        assert_eq!(Sidecar::of(&path).unwrap_err().kind(), kind, "{text}");
    }
}

#[test]
fn a_file_that_is_replaced_loses_its_sidecar_and_one_that_is_not_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut stream = StreamBuilder::new().sidecar(true).create(&path).unwrap();
    stream.write(&1).unwrap();
    stream.finish().unwrap();
    let before = sidecar(&path);

    let mut stream = StreamBuilder::new().create(&path).unwrap();
    stream.write(&2).unwrap();
    stream.flush_durable().unwrap();
    stream.abort();
    assert_eq!(sidecar(&path), before);

    let mut stream = StreamBuilder::new().append(&path).unwrap();
    stream.write(&2).unwrap();
    stream.flush().unwrap();
    assert_eq!(Sidecar::of(&path).unwrap(), None, "while the file changes there is none");
    stream.abort();
    assert_eq!(sidecar(&path), before);

    let stream = StreamBuilder::new().create(&path).unwrap();
    stream.finish().unwrap();
    assert_eq!(Sidecar::of(&path).unwrap(), None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_appended_is_counted_too() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"] {
        let path = folder.path().join(name);
        for round in 1..=3 {
            // Asked for once, it is carried on.
            let mut stream = StreamBuilder::new().sidecar(round == 1).append(&path).unwrap();
            stream.write(&round).unwrap();
            let written = stream.finish().unwrap();
            assert_eq!(written.length, fs::metadata(&path).unwrap().len());
            let found = sidecar(&path);
            assert_eq!((found.records, found.items), (round, Some(round)), "{name}");
        }
        fs::remove_file(Sidecar::path_of(&path)).unwrap();
        let error = StreamBuilder::new().sidecar(true).append(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
    }
}

#[test]
fn a_file_of_someone_else_s_is_neither_believed_nor_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "1\n").unwrap();
    for place in [Sidecar::path_of(&path), ChunkIndex::path_of(&path)] {
        fs::write(place, "{\"theirs\": true}").unwrap();
    }
    assert_eq!(deserialize_chunked_file(&path).unwrap().count(), 1);
    assert_eq!(ChunkIndex::open(&path).unwrap(), None);
    let mut stream = StreamBuilder::new().append(&path).unwrap();
    stream.write(&2).unwrap();
    stream.finish().unwrap();
    StreamBuilder::new().create(&path).unwrap().finish().unwrap();

    let builder = StreamBuilder::new().sidecar(true);
    assert_eq!(builder.create(&path).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(builder.append(&path).unwrap_err().kind(), ErrorKind::Data);
    let chunked = ChunkedBuilder::new().sidecar(true);
    let saved = chunked.serialize(&[1], 1).unwrap().save(&path);
    assert_eq!(saved.unwrap_err().kind(), ErrorKind::Data);
    let index = ChunkIndex::build(&path, &ReaderBuilder::new()).unwrap();
    assert_eq!(index.save().unwrap_err().kind(), ErrorKind::Data);
    for place in [Sidecar::path_of(&path), ChunkIndex::path_of(&path)] {
        assert_eq!(fs::read(place).unwrap(), b"{\"theirs\": true}");
    }
}
