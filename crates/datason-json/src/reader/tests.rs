//! Records, places and errors do not depend on how the input is cut, framed or asked for.

use std::io::{self, Read};

use datason_core::{ByteSize, Chunk, ChunkSize, RawChunk};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::Decode;

/// What reading came to: each record's place and text, or an error's place, kind and text.
#[derive(Debug, PartialEq)]
enum Item {
    Record { place: (u64, u64, u64, u64), text: String },
    Error { place: Option<(u64, u64, u64, u64)>, kind: ErrorKind, fatal: bool, text: String },
}

fn coordinates(place: Position) -> (u64, u64, u64, u64) {
    (place.byte(), place.line(), place.column(), place.record())
}

fn item(outcome: Result<Record<'_>>) -> Item {
    match outcome {
        Ok(record) => Item::Record {
            place: coordinates(record.position()),
            text: String::from_utf8_lossy(record.as_bytes()).into_owned(),
        },
        Err(error) => Item::Error {
            place: error.position().map(coordinates),
            kind: error.kind(),
            fatal: error.is_fatal(),
            text: error.to_string(),
        },
    }
}

/// Gives at most so many bytes a read.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

fn by_record(builder: &ReaderBuilder, text: &[u8], read_size: usize) -> Vec<Item> {
    let mut reader = builder.from_reader(Dribble(text, read_size)).unwrap();
    let mut items = Vec::new();
    while let Some(outcome) = reader.next_record().transpose() {
        items.push(item(outcome));
    }
    items
}

fn by_chunk(builder: &ReaderBuilder, text: &[u8], read_size: usize) -> Vec<Item> {
    let mut reader = builder.from_reader(Dribble(text, read_size)).unwrap();
    let mut items = Vec::new();
    let mut chunk = RawChunk::default();
    loop {
        match reader.read_chunk(&mut chunk) {
            Ok(true) => items.extend(chunk.data().iter().map(|record| item(Ok(record)))),
            Ok(false) => return items,
            Err(error) => items.push(item(Err(error))),
        }
    }
}

/// As [`by_chunk`], with chunks in pieces.
fn by_piece(builder: &ReaderBuilder, text: &[u8], read_size: usize) -> Vec<Item> {
    let mut reader = builder.from_reader(Dribble(text, read_size)).unwrap();
    let (mut items, mut pieces) = (Vec::new(), Pieces::new());
    loop {
        match reader.read_pieces(&mut pieces) {
            Ok(true) => items.extend(items_of(&pieces)),
            Ok(false) => return items,
            Err(error) => items.push(item(Err(error))),
        }
    }
}

fn items_of(pieces: &Pieces) -> impl Iterator<Item = Item> {
    pieces.iter().flat_map(|piece| (0..piece.len()).map(move |at| item(Ok(piece.get(at).unwrap()))))
}

/// How many records each chunk has.
fn chunk_sizes(builder: &ReaderBuilder, text: &[u8], read_size: usize) -> Vec<usize> {
    let mut reader = builder.from_reader(Dribble(text, read_size)).unwrap();
    let (mut sizes, mut chunk) = (Vec::new(), RawChunk::default());
    loop {
        match reader.read_chunk(&mut chunk) {
            Ok(true) => sizes.push(chunk.data().len()),
            Ok(false) => return sizes,
            Err(_) => sizes.push(0),
        }
    }
}

const SAMPLES: [(&str, Option<&str>); 9] = [
    ("{\"a\":1}\r\n\n[2,\"\\\"]\"]\n 3 \n", None),
    ("\u{feff}{\"a\":1}\n{\"a\":\"\u{e9}\"}", None),
    (" [ 1,\n {\"a\": \"],\\\\\"},\n\n [ [ ] ], \"x\" ] \n", None),
    ("[1,2}[", None),
    ("[1,,\n2", None),
    ("{\n\"a\": 1\n}\n{\n\"a\": 2\n}\n[3]\n", None),
    ("{\"b\":[{\"a\":1}],\n\"a\":[1,\n{\"b\":[2]} , 3],\"c\":\"\u{e9}\"}\n", Some("/a")),
    ("{\"a\":[1,2],\"a\":[3]}", Some("/a")),
    ("", None),
];

fn builder(pointer: Option<&str>) -> ReaderBuilder {
    ReaderBuilder::new().pointer(pointer.unwrap_or_default())
}

#[test]
fn reads_of_any_size_give_the_same() {
    for (text, pointer) in SAMPLES {
        let builder = builder(pointer);
        let whole = by_record(&builder, text.as_bytes(), usize::MAX);
        for read_size in (1..70).chain([4095, 4096, 4097]) {
            let builder = builder.clone().block_size(ByteSize(read_size as u64));
            let dribbled = by_record(&builder, text.as_bytes(), read_size);
            assert_eq!(dribbled, whole, "{text:?} by {read_size}");
            for size in ["1", "2", "1000", "1B", "7B", "1MiB"] {
                let builder = builder.clone().chunk_size(size.parse().unwrap());
                let chunked = by_chunk(&builder, text.as_bytes(), read_size);
                assert_eq!(chunked, whole, "{text:?} by {read_size} in chunks of {size}");
                let pieces = by_piece(&builder, text.as_bytes(), read_size);
                assert_eq!(pieces, whole, "{text:?} by {read_size} in chunks of {size}");
                let sizes = chunk_sizes(&builder, text.as_bytes(), read_size);
                let of_whole = chunk_sizes(&builder_of(&builder), text.as_bytes(), usize::MAX);
                assert_eq!(sizes, of_whole, "{text:?} by {read_size} in chunks of {size}");
            }
        }
    }
}

/// Chunks of several blocks and blocks of several chunks, with and without a limit on memory, and
/// records that the window has to grow for.
#[test]
fn pieces_are_the_chunks() {
    let line = |n: usize| format!("\"{}\"\n", "x".repeat(n * 7 % 900 + n % 97 / 96 * 3_000));
    let text: String = (0..1_000).map(line).collect();
    for (block, chunk) in [(512, 4_000), (1_024, 1_024), (4_000, 1_000), (1 << 20, 5_000)] {
        let builder = ReaderBuilder::new()
            .block_size(ByteSize(block))
            .chunk_size(ChunkSize::bytes(ByteSize(chunk)).unwrap());
        for builder in [builder.clone(), builder.memory_limit(ByteSize::mib(8))] {
            let mut chunks = builder.from_slice(text.as_bytes());
            let mut in_pieces = builder.from_slice(text.as_bytes());
            let (mut chunk, mut pieces) = (RawChunk::default(), Pieces::new());
            while chunks.read_chunk(&mut chunk).unwrap() {
                assert!(in_pieces.read_pieces(&mut pieces).unwrap());
                let expected = chunk.data().iter().map(|record| item(Ok(record)));
                assert!(items_of(&pieces).eq(expected), "blocks of {block}");
                assert_eq!(in_pieces.position(), chunks.position());
                assert_eq!(in_pieces.byte(), chunks.position().byte());
            }
            assert!(!in_pieces.read_pieces(&mut pieces).unwrap());
        }
    }
}

#[test]
fn automatic_chunks_stay_near_their_size_while_records_grow_a_hundred_times() {
    const COUNT: usize = 40_000;
    let line = |n: usize| format!("\"{}\"\n", "x".repeat(10 + n * 990 / COUNT));
    let text: String = (0..COUNT).map(line).collect();
    let builder = ReaderBuilder::new().chunk_size(ChunkSize::Auto);
    for (limit, target) in [(None, 1 << 20), (Some(ByteSize::mib(8)), 8 << 15)] {
        let builder = match limit {
            Some(limit) => builder.clone().memory_limit(limit),
            None => builder.clone(),
        };
        let mut reader = builder.from_slice(text.as_bytes());
        let (mut chunk, mut sizes) = (RawChunk::default(), Vec::new());
        while reader.read_chunk(&mut chunk).unwrap() {
            let records = chunk.data();
            let bytes: usize = records.iter().map(|record| record.as_bytes().len()).sum();
            sizes.push((bytes, bytes + 80 * records.len()));
        }
        let (_last, whole) = sizes.split_last().unwrap();
        assert!(whole.len() > 15, "{sizes:?}");
        // Under a limit the places of records count too.
        let near = |&(bytes, memory): &(usize, usize)| {
            bytes <= target && bytes.max(if limit.is_some() { memory } else { 0 }) > target - 2_000
        };
        assert!(whole.iter().all(near), "{target}: {sizes:?}");
    }
}

/// However small the reads are, and however far apart the records stand.
#[test]
fn pieces_take_no_more_memory_than_their_text_allows() {
    let close = "{\"id\":1,\"name\":null}\n".repeat(20_000);
    let apart = format!("{{\"id\":1}}{}\n", " ".repeat(3_000)).repeat(1_000);
    let limited = ReaderBuilder::new().memory_limit(ByteSize::mib(8));
    for (builder, text, read_size, most) in [
        (ReaderBuilder::new(), &close, 200, 2_000_000),
        (ReaderBuilder::new(), &close, usize::MAX, 2_000_000),
        (ReaderBuilder::new(), &apart, usize::MAX, 300_000),
        (limited, &apart, usize::MAX, 300_000),
    ] {
        let mut reader = builder.from_reader(Dribble(text.as_bytes(), read_size)).unwrap();
        let mut pieces = Pieces::new();
        assert!(reader.read_pieces(&mut pieces).unwrap());
        let taken = pieces.allocated_bytes();
        assert!(taken <= most, "{taken} by {read_size}");
        assert!(pieces.iter().count() <= 3, "by {read_size}");
    }
}

/// What was lent before belongs to another chunk.
#[test]
fn pieces_begin_a_chunk_behind_what_was_lent() {
    let builder = ReaderBuilder::new().chunk_size(ChunkSize::records(2).unwrap());
    let mut reader = builder.from_slice(b"1\n2\n3\n4\n");
    assert_eq!(reader.lend_records().unwrap().map(|piece| piece.len()), Some(2));
    let mut pieces = Pieces::new();
    assert!(reader.read_pieces(&mut pieces).unwrap());
    assert_eq!(items_of(&pieces).count(), 2);
}

proptest! {
    #[test]
    fn any_text_reads_alike_however_it_is_cut(
        text in r#"(\[|\]|\{|\}|"|\\|,|:| |\n|\r|a|1|\{"a":1\}\n){0,40}"#,
        read_size in 1..20usize,
        chunk in 1..5usize,
        pointed in any::<bool>(),
    ) {
        let builder = builder(pointed.then_some("/a"));
        let whole = by_record(&builder, text.as_bytes(), usize::MAX);
        let cut = builder.chunk_size(ChunkSize::records(chunk).unwrap()).block_size(ByteSize(read_size as u64));
        prop_assert_eq!(by_record(&cut, text.as_bytes(), read_size), by_record(&builder_of(&cut), text.as_bytes(), usize::MAX));
        prop_assert_eq!(&by_chunk(&cut, text.as_bytes(), read_size), &whole);
        prop_assert_eq!(by_piece(&cut, text.as_bytes(), read_size), whole);
    }

    #[test]
    fn places_are_those_of_a_recount(rows in proptest::collection::vec("[a-z\u{e9}]{0,9}", 1..20), blank in "[ \n]{0,3}") {
        let mut text = String::new();
        for row in &rows {
            text.extend([&blank, "\n\"", row, "\""]);
        }
        for entry in by_record(&ReaderBuilder::new().format(Format::Jsonl), text.as_bytes(), 7) {
            let Item::Record { place: (byte, line, column, _), text: row } = entry else { panic!() };
            let at = usize::try_from(byte).unwrap();
            let before = &text.as_bytes()[..at];
            let newlines = text[..at].matches('\n').count() as u64;
            let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            prop_assert_eq!((line, column), (newlines + 1, byte - line_start as u64 + 1));
            prop_assert!(text[at..].starts_with(&row));
        }
    }
}

fn builder_of(builder: &ReaderBuilder) -> ReaderBuilder {
    builder.clone().block_size(ByteSize::kib(256))
}

#[test]
fn lines_arrays_and_pointers_give_equal_chunks() {
    let rows: Vec<String> = (0..100).map(|id| format!("{{\"id\":{id},\"a\":[{id}]}}")).collect();
    let lines = rows.join("\n");
    let array = format!("[{}]", rows.join(",\n  "));
    let inside = format!("{{\"meta\":{{\"rows\":3}},\"data\":{array},\"end\":null}}");
    let chunks = |builder: ReaderBuilder, text: &str| -> Vec<Vec<Value>> {
        let builder = builder.chunk_size(ChunkSize::records(7).unwrap());
        let mut reader = builder.from_slice(text.as_bytes());
        reader.chunks().map(|chunk| chunk.unwrap().into_data()).collect()
    };
    let expected = chunks(ReaderBuilder::new(), &lines);
    assert_eq!((expected.len(), expected[14].len()), (15, 2));
    assert_eq!(chunks(ReaderBuilder::new(), &array), expected);
    assert_eq!(chunks(ReaderBuilder::new().pointer("/data"), &inside), expected);
    assert_eq!(chunks(ReaderBuilder::new(), &rows.join("")), expected);
}

#[test]
fn a_bad_record_does_not_take_its_neighbours() {
    let text = "{\"a\":1}\n{\"a\":}\n\n{\"a\":3}\n{\"a\"\n{\"a\":5}";
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    let outcomes: Vec<_> = reader
        .rows::<Value>()
        .map(|row| row.map_err(|error| error.position().map(coordinates).unwrap()))
        .collect();
    let good = |number: u64| Ok(serde_json::json!({ "a": number }));
    let expected = [good(1), Err((13, 2, 6, 1)), good(3), Err((28, 5, 5, 3)), good(5)];
    assert_eq!(outcomes, expected);

    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    let chunks: Vec<_> = reader.chunks::<Value>().collect();
    let sizes: Vec<_> =
        chunks.iter().map(|chunk| chunk.as_ref().map(|chunk| chunk.data().len()).ok()).collect();
    assert_eq!(sizes, [Some(1), None, Some(1), None, Some(1)]);
    let numbers: Vec<_> = chunks.iter().flatten().map(Chunk::index).collect();
    assert_eq!(numbers, [0, 1, 2]);
}

#[test]
fn a_reader_ends_after_a_fatal_error() {
    let mut reader = ReaderBuilder::new().from_slice(b"[1, 2,");
    let mut rows = reader.rows::<u8>();
    assert_eq!(rows.next().unwrap().unwrap(), 1);
    assert_eq!(rows.next().unwrap().unwrap(), 2);
    let error = rows.next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Truncated, true));
    assert!(rows.next().is_none());
    assert!(rows.next().is_none());
}

#[test]
fn a_record_too_large_is_refused_alone_however_large_and_however_read() {
    for size in [300_000, 1_500_000] {
        let long = "x".repeat(size);
        let lines = format!("1\n\"{long}\"\n3\n\"{long}\"\n\"{long}\"\n6\n");
        let array = format!("[1,\"{long}\",\n3 , \"{long}\",\"{long}\",6]");
        let values = format!("1 \"{long}\"[3] \"{long}\"\"{long}\"[6]");
        for (text, limit) in
            [&lines, &array, &values].into_iter().flat_map(|text| [(text, 100_000), (text, 10)])
        {
            let builder = ReaderBuilder::new().max_record_size(ByteSize(limit));
            let whole = by_record(&builder, text.as_bytes(), 5_000);
            let numbers: Vec<_> = whole
                .iter()
                .map(|item| match item {
                    Item::Record { place, .. } => (place.3, None),
                    Item::Error { place, kind, fatal, .. } => {
                        assert!(!fatal);
                        (place.unwrap().3, Some(*kind))
                    }
                })
                .collect();
            let refused = Some(ErrorKind::Limit);
            let expected =
                [(0, None), (1, refused), (2, None), (3, refused), (4, refused), (5, None)];
            assert_eq!(numbers, expected, "{limit}");
            for chunk_size in ["1", "2", "1000", "1MiB"] {
                let builder = builder.clone().chunk_size(chunk_size.parse().unwrap());
                assert_eq!(by_chunk(&builder, text.as_bytes(), usize::MAX), whole, "{limit}");
                assert_eq!(by_chunk(&builder, text.as_bytes(), 70_000), whole, "{limit}");
            }
        }
    }
}

#[test]
fn a_record_of_just_the_limit_is_read() {
    for size in [100, 100_000, 262_144, 300_000] {
        let record = format!("\"{}\"", "x".repeat(size - 2));
        for text in [
            format!("{record}\n1\n"),
            format!("[{record},1]"),
            format!("[{record}"),
            record.clone(),
        ] {
            let exact = ReaderBuilder::new().max_record_size(ByteSize(size as u64));
            assert!(
                matches!(by_record(&exact, text.as_bytes(), usize::MAX)[0], Item::Record { .. }),
                "{size}"
            );
            let less = ReaderBuilder::new().max_record_size(ByteSize(size as u64 - 1));
            let refused = Item::Error {
                place: by_record(&exact, text.as_bytes(), 999).first().and_then(
                    |item| match item {
                        Item::Record { place, .. } => Some(*place),
                        Item::Error { .. } => None,
                    },
                ),
                kind: ErrorKind::Limit,
                fatal: false,
                text: String::new(),
            };
            let first = by_record(&less, text.as_bytes(), usize::MAX).swap_remove(0);
            let Item::Error { place, kind, .. } = first else { panic!("{size}") };
            assert_eq!(Item::Error { place, kind, fatal: false, text: String::new() }, refused);
        }
    }
}

#[test]
fn an_error_behind_an_oversized_record_is_not_lost() {
    for (text, last) in [
        ("[1,\"xxxxxxxxxxxxxxxx\"", ErrorKind::Truncated),
        ("[1,\"xxxxxxxxxxxxxxxx\"}", ErrorKind::Syntax),
    ] {
        let builder = ReaderBuilder::new().max_record_size(ByteSize(10));
        let items = by_chunk(&builder, text.as_bytes(), usize::MAX);
        let kinds: Vec<_> = items
            .iter()
            .map(|item| match item {
                Item::Record { .. } => None,
                Item::Error { kind, .. } => Some(*kind),
            })
            .collect();
        assert_eq!(kinds, [None, Some(ErrorKind::Limit), Some(last)]);
    }
}

/// Whoever notes the place behind a chunk and goes on from there must come by a bad record that
/// the reader has met and not told of yet.
#[test]
fn the_place_behind_a_chunk_is_that_of_a_bad_record_still_to_be_told_of() {
    let long = "x".repeat(40);
    for text in [format!("1\n\"{long}\"\n3\n"), format!("[1,\n\"{long}\",\n3]")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in");
        std::fs::write(&path, &text).unwrap();
        for block in [1, 7, 1 << 10] {
            let builder =
                ReaderBuilder::new().max_record_size(ByteSize(10)).block_size(ByteSize(block));
            let mut reader = builder.open(&path).unwrap();
            let mut chunk = RawChunk::default();
            assert!(reader.read_chunk(&mut chunk).unwrap());
            let place = reader.position();
            assert_eq!(place.record(), 1, "{text}");
            let mut again = builder.open_at(&path, place).unwrap();
            let error = again.next_record().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit, "{text}");
            assert_eq!(error.position().map(|place| place.record()), Some(1));
            assert_eq!(again.next_record().unwrap().unwrap().as_bytes(), b"3");
            // Behind it, it is passed over without a word, whatever the policy.
            let rejects = Rejects::skip();
            let options = builder.clone().on_error(&rejects);
            let behind = place.with_record(2);
            if text.starts_with('[') {
                let mut behind = options.open_at(&path, behind).unwrap();
                assert_eq!(behind.next_record().unwrap().unwrap().as_bytes(), b"3");
                assert_eq!((rejects.bad_records(), rejects.seen_records()), (0, 1));
            }
        }
    }
}

#[test]
fn a_text_sequence_is_refused_at_one_place_however_it_is_cut() {
    let text = b" \n \x1e{}\n";
    for block in 1..8 {
        let builder = ReaderBuilder::new().block_size(ByteSize(block));
        let error = builder.from_slice(text).next_record().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.position().map(|place| (place.byte(), place.line())), Some((3, 2)));
    }
}

#[test]
fn chunks_that_are_not_gone_through_lose_nothing() {
    let mut reader = ReaderBuilder::new().from_slice(b"1\nx\n3\n4\n");
    assert_eq!(reader.chunks::<u8>().next().unwrap().unwrap().into_data(), [1]);
    assert!(reader.chunks::<u8>().next().unwrap().is_err());
    assert_eq!(reader.chunks::<u64>().next().unwrap().unwrap().into_data(), [3, 4]);
}

#[test]
fn a_torn_number_is_not_a_record() {
    let items = by_record(&ReaderBuilder::new(), b"[100, 2000", usize::MAX);
    assert!(matches!(&items[0], Item::Record { text, .. } if text == "100"));
    assert!(matches!(items[1], Item::Error { kind: ErrorKind::Truncated, fatal: true, .. }));
    assert_eq!(items.len(), 2);
}

#[test]
fn blanks_before_the_first_record_are_passed_over() {
    let text = format!("{}[1,2]", " ".repeat(300_000));
    let builder = ReaderBuilder::new().format(Format::Json).max_record_size(ByteSize::kib(1));
    for read_size in [1_000, usize::MAX] {
        let mut reader = builder.from_reader(Dribble(text.as_bytes(), read_size)).unwrap();
        let rows: Vec<u8> = reader.rows().collect::<Result<_>>().unwrap();
        assert_eq!(rows, [1, 2]);
        assert!(reader.allocated_bytes() < 1 << 20);
    }
}

#[test]
fn a_text_of_nothing_but_bad_records_is_read_in_linear_time() {
    // Quadratic behaviour would take minutes here.
    let text = "x\n".repeat(1 << 17);
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    assert_eq!(reader.chunks::<u8>().filter(Result::is_err).count(), 1 << 17);
    let mut reader = ReaderBuilder::new().max_record_size(ByteSize(0)).from_slice(text.as_bytes());
    assert_eq!(reader.rows::<u8>().filter(Result::is_err).count(), 1 << 17);
}

#[test]
fn memory_does_not_grow_with_the_input() {
    let rows = "{\"id\":1,\"text\":\"some words\"}\n".repeat(200_000);
    let mut reader = ReaderBuilder::new().from_slice(rows.as_bytes());
    let mut chunk = RawChunk::default();
    let (mut most, mut records) = (0, 0);
    while reader.read_chunk(&mut chunk).unwrap() {
        records += chunk.data().len();
        most = most.max(reader.allocated_bytes() + chunk.data().allocated_bytes());
    }
    assert_eq!(records, 200_000);
    assert!(most < 5 << 20, "{most}");
}

#[test]
fn blanks_between_records_are_not_kept() {
    let text = format!("[1,{}2,{}3]", " ".repeat(100_000), "\n".repeat(100_000));
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    let mut chunk = RawChunk::default();
    assert!(reader.read_chunk(&mut chunk).unwrap());
    assert_eq!(chunk.data().as_bytes().len(), 3);
    let places: Vec<_> = chunk.data().iter().map(|record| coordinates(record.position())).collect();
    assert_eq!(places, [(1, 1, 2, 0), (100_003, 1, 100_004, 1), (200_005, 100_001, 1, 2)]);
    let rows: Vec<u8> = (&chunk).deserialize().unwrap();
    assert_eq!(rows, [1, 2, 3]);
}

#[test]
fn what_is_not_utf8_is_named() {
    for (text, name) in [
        (&b"\xff\xfe{\0}\0"[..], "UTF-16LE"),
        (b"\0{\0}", "UTF-16BE"),
        (b"{\0\0\0}\0\0\0", "UTF-32LE"),
    ] {
        let error = ReaderBuilder::new().from_slice(text).next_record().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_failing_source_gives_its_good_records_first() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("unplugged"));
            }
            self.0 -= 1;
            into[..8].copy_from_slice(b"{\"a\":1}\n");
            Ok(8)
        }
    }
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_reader(Failing(3)).unwrap();
    let outcomes: Vec<_> =
        reader.rows::<Value>().map(|row| row.map_err(|error| error.kind())).collect();
    assert_eq!(outcomes.iter().filter(|row| row.is_ok()).count(), 3);
    assert_eq!(outcomes.last().unwrap(), &Err(ErrorKind::Io));
    assert_eq!(outcomes.len(), 4);
}

#[test]
fn options_that_contradict_are_refused() {
    let builder = ReaderBuilder::new().format(Format::Jsonl).pointer("/a");
    assert_eq!(builder.from_reader(io::empty()).unwrap_err().kind(), ErrorKind::Argument);
    let builder = ReaderBuilder::new().max_depth(0);
    assert_eq!(builder.from_reader(io::empty()).unwrap_err().kind(), ErrorKind::Argument);
    let builder = ReaderBuilder::new().pointer("a");
    assert_eq!(builder.from_reader(io::empty()).unwrap_err().kind(), ErrorKind::Argument);
}
