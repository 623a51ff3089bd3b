//! Files that are added to: no record is ever glued to another one, wherever the file was torn.

use std::fs;
use std::io::Write;
use std::path::Path;

use datason_core::{ErrorKind, Result};
use datason_io::{Sink, SinkOptions};
use datason_json::{
    Format, Layout, StreamBuilder, Tail, TextStyle, Torn, TornTail, WriterBuilder,
    deserialize_chunked_file,
};
use proptest::prelude::*;
use serde_json::json;

const OLD: [&str; 5] = [
    r#"{"id": 1, "text": "é 漢 \u00e9\n", "list": [1.5, -0, null]}"#,
    r#"["a", {"b": {"c": [true, false]}}]"#,
    r#""a text with } and ] and \" in it""#,
    "12345",
    r#"{"id": 12345678901234567890123, "id": 2}"#,
];
const NEW: &str = r#"{"new": true}"#;

fn text() -> String {
    OLD.map(|record| record.to_owned() + "\n").concat()
}

fn append(path: &Path, way: TornTail) -> Result<Tail> {
    let mut writer = WriterBuilder::new().torn_tail(way).append(path)?;
    let tail = writer.tail().expect("a tail");
    writer.write_text(NEW.as_bytes())?;
    writer.finish()?;
    Ok(tail)
}

/// Appends to a file that holds `torn`, and checks line by line what has become of it.
fn check(path: &Path, torn: &[u8], way: TornTail) {
    fs::write(path, torn).expect("it works in the test");
    let start = torn.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let last = &torn[start..];
    let whole = serde_json::from_slice::<serde_json::Value>(last).is_ok();
    let outcome = append(path, way);
    let after = fs::read(path).expect("it works in the test");
    let new_line = [NEW.as_bytes(), b"\n"].concat();
    let (expected, tail) = match way {
        _ if last.is_empty() => ([torn, &new_line].concat(), "Whole"),
        _ if whole => ([torn, b"\n", &new_line].concat(), "Ended"),
        TornTail::Cut => ([&torn[..start], &new_line].concat(), "CutOff"),
        TornTail::Isolate => ([torn, b"\n", &new_line].concat(), "Isolated"),
        _ => {
            assert_eq!(outcome.expect_err("a torn tail").kind(), ErrorKind::Truncated);
            assert_eq!(after, torn, "untouched");
            return;
        }
    };
    assert_eq!(String::from_utf8_lossy(&after), String::from_utf8_lossy(&expected));
    assert!(format!("{:?}", outcome.expect("it works in the test")).starts_with(tail));
}

#[test]
fn d12_no_record_is_glued_wherever_the_file_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let text = text();
    for cut in 0..=text.len() {
        for way in TornTail::ALL {
            check(&path, &text.as_bytes()[..cut], way);
        }
        // What some file systems leave behind the last byte that reached the disk.
        let zeros = [&text.as_bytes()[..cut], &[0; 3]].concat();
        check(&path, &zeros, TornTail::ALL[cut % 3]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nor_if_the_tail_is_anything(tail in prop::collection::vec(any::<u8>(), 0..40), way in 0..3_usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let tail: Vec<u8> = tail.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
        check(&path, &[b"{\"id\": 1}\n", tail.as_slice()].concat(), TornTail::ALL[way]);
    }
}

#[test]
fn what_only_looks_blank_is_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    for torn in ["\x0c", "\x0b", "1\x0c", "\x0c{}", "\u{a0}"] {
        for way in TornTail::ALL {
            check(&path, format!("1\n{torn}").as_bytes(), way);
        }
    }
}

#[test]
fn what_is_wrong_with_the_tail_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let cut = |bytes: u64, torn| Tail::CutOff { start: 2, bytes, torn };
    let cases: [(&[u8], Tail); 7] = [
        (b"1\n{\"a\"", cut(4, Torn::NotJson)),
        (b"1\n\"\xc3", cut(2, Torn::NotUtf8)),
        (b"1\n\0\0\0", cut(3, Torn::Zeros)),
        (b"1\n[1]\r", Tail::Ended { start: 2, bytes: 4 }),
        (b"1\n \t", Tail::Whole),
        (b"\xef\xbb\xbf1", Tail::Ended { start: 0, bytes: 4 }),
        (b"", Tail::Whole),
    ];
    for (text, tail) in cases {
        fs::write(&path, text).unwrap();
        assert_eq!(append(&path, TornTail::Cut).unwrap(), tail, "{text:?}");
    }
    let told = "half a record at the end, 4 bytes from byte 2 on, was cut off";
    assert_eq!(cases[0].1.to_string(), told);
}

/// Three members or frames, and where each ends.
fn compressed(path: &Path) -> Vec<usize> {
    let mut sink = Sink::create(path, &SinkOptions::new()).expect("it works in the test");
    let mut ends = vec![0];
    for record in &OLD[..3] {
        sink.put(record.as_bytes()).expect("it works in the test");
        sink.put(b"\n").expect("it works in the test");
        sink.flush_durable().expect("it works in the test");
    }
    let size = sink.finish().expect("it works in the test").stored_bytes;
    let bytes = fs::read(path).expect("it works in the test");
    let magic = &bytes[..4];
    ends.extend((1..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(magic)));
    ends.push(usize::try_from(size).expect("it works in the test"));
    ends
}

#[test]
fn a_compressed_file_gets_another_member_and_a_torn_one_none() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl.gz", "a.jsonl.zst"] {
        let path = folder.path().join(name);
        let ends = compressed(&path);
        assert_eq!(ends.len(), 4, "three records, and no empty one at the end");
        let bytes = fs::read(&path).unwrap();
        for cut in 0..=bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let outcome = append(&path, TornTail::Cut);
            if let Some(records) = ends.iter().position(|end| *end == cut) {
                assert_eq!(outcome.unwrap(), Tail::Whole);
                let chunks = deserialize_chunked_file(&path).unwrap();
                let texts: Vec<_> = chunks.map(|chunk| chunk.unwrap().into_string()).collect();
                let expected: Vec<_> = OLD[..records.min(3)].iter().chain([&NEW]).collect();
                assert_eq!(texts.iter().collect::<Vec<_>>(), expected, "{name} cut at {cut}");
                continue;
            }
            let error = outcome.unwrap_err();
            let whole = ends.iter().rfind(|end| **end < cut).unwrap();
            let told = format!("the file is whole up to byte {whole}");
            assert!(error.message().ends_with(&told), "{name} cut at {cut}: {error}");
            assert_eq!(fs::read(&path).unwrap(), bytes[..cut], "untouched");
        }
    }
}

#[test]
fn a_torn_line_in_whole_compressed_data_can_be_isolated_only() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl.gz", "a.jsonl.zst"] {
        let path = folder.path().join(name);
        let mut sink = Sink::create(&path, &SinkOptions::new()).unwrap();
        sink.put(b"1\n{\"a\"").unwrap();
        sink.finish().unwrap();
        assert_eq!(append(&path, TornTail::Cut).unwrap_err().kind(), ErrorKind::Truncated);
        let tail = append(&path, TornTail::Isolate).unwrap();
        assert_eq!(tail, Tail::Isolated { start: 2, bytes: 4, torn: Torn::NotJson });
        let chunks = deserialize_chunked_file(&path).unwrap();
        let texts: Vec<_> = chunks.map(|chunk| chunk.unwrap().into_string()).collect();
        assert_eq!(texts, ["1", "{\"a\"", NEW], "{name}");
    }
}

#[test]
fn what_cannot_be_added_to_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 5] = [
        ("a.jsonl", b"[\n1,\n2\n]\n", "holds json, to which jsonl cannot be added"),
        ("b.jsonl", b"\xff\xfe1\0\n\0", "holds UTF-16"),
        ("c.jsonl", b"\x1f\x8b\x08\0\0\0\0\0", "holds gzip, to which plain text"),
        ("d.jsonl.gz", b"1\n", "holds none, to which gzip"),
        ("e.jsonl.zst", b"\x1f\x8b\x08\0\0\0\0\0", "holds gzip, to which zstd"),
    ];
    for (name, bytes, told) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = append(&path, TornTail::Cut).unwrap_err();
        assert!(error.message().contains(told), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    let json = StreamBuilder::new().append(folder.path().join("a.json")).unwrap_err();
    assert_eq!(json.kind(), ErrorKind::Argument);
    let array = WriterBuilder::new().layout(Layout::Array).append(folder.path().join("x"));
    assert_eq!(array.unwrap_err().kind(), ErrorKind::Argument);
    let pretty = WriterBuilder::new().style(TextStyle::PRETTY).append(folder.path().join("x"));
    assert_eq!(pretty.unwrap_err().kind(), ErrorKind::Argument);
    assert!(!folder.path().join("x").exists());
}

#[test]
fn a_stream_keeps_what_it_made_durable_and_takes_back_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "0").unwrap();
    let mut stream = StreamBuilder::new().format(Format::Jsonl).append(&path).unwrap();
    assert_eq!(stream.tail(), Some(Tail::Ended { start: 0, bytes: 1 }));
    assert_eq!(fs::read(&path).unwrap(), b"0", "nothing is changed before something is written");
    stream.write(&1).unwrap();
    let durable = stream.flush_durable().unwrap();
    assert_eq!((durable.records, durable.durable), (1, true));
    stream.write(&2).unwrap();
    stream.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"0\n1\n2\n");
    assert_eq!(StreamBuilder::new().append(&path).unwrap_err().kind(), ErrorKind::Io);
    stream.abort();
    assert_eq!(fs::read(&path).unwrap(), b"0\n1\n");
    let mut stream = StreamBuilder::new().append(&path).unwrap();
    stream.write_chunked(&[2, 3, 4], 2).unwrap();
    assert_eq!(stream.finish().unwrap().records, 2);
    assert_eq!(fs::read(&path).unwrap(), b"0\n1\n[2, 3]\n[4]\n");
}

#[test]
fn a_panic_takes_back_and_frees_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "0\n").unwrap();
    let panicked = std::panic::catch_unwind(|| {
        let mut stream = StreamBuilder::new().append(&path).unwrap();
        stream.write(&json!({"half": true})).unwrap();
        stream.flush().unwrap();
        panic!("as a producer may");
    });
    assert!(panicked.is_err());
    assert_eq!(fs::read(&path).unwrap(), b"0\n");
    append(&path, TornTail::Refuse).unwrap();
}

#[test]
fn a_writer_that_others_share_the_file_with_by_hand_sees_their_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    for round in 0..3 {
        append(&path, TornTail::Refuse).unwrap();
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        writeln!(file, "{round}").unwrap();
    }
    let expected = format!("{NEW}\n0\n{NEW}\n1\n{NEW}\n2\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}
