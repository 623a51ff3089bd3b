//! Bad records are passed over, counted, and kept byte for byte; nothing else is.

use std::error::Error as _;
use std::io::Read;
use std::num::NonZero;

use datason_core::{
    ByteSize, ChunkSize, Error, ErrorKind, MaxErrors, OnError, Position, RawChunk, Reject, Rejects,
    Result,
};
use datason_fixtures::nasty::{self, Salted};
use datason_json::codec::{AnyCodec, Codec};
use datason_json::{
    ChunkFileBuilder, CodecKind, Format, Lines, Reader, ReaderBuilder, plan_splits, read_rejects,
    rejects_to_file,
};
use serde_json::Value;

const GOOD: u64 = 1_972;

/// The good lines of `salted`, parsed by the judge of all parsers.
fn good_rows(salted: &Salted) -> Vec<Value> {
    let lines = salted.bytes.split(|byte| *byte == b'\n');
    let rows: Vec<Value> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(rows.len() as u64, salted.good);
    rows
}

/// A way to read that judges records.
type Way = fn(&mut Reader<&[u8]>) -> Result<Vec<Value>>;

/// All of them; they leave the same rejects.
const WAYS: [Way; 4] = [
    |reader| reader.rows().collect(),
    |reader| {
        let mut rows = Vec::new();
        for chunk in reader.chunks::<Value>() {
            rows.extend(chunk?);
        }
        Ok(rows)
    },
    |reader| {
        let mut rows = Vec::new();
        while let Some(record) = reader.next_validated()? {
            rows.push(serde_json::from_slice(record.as_bytes()).expect("what was validated"));
        }
        Ok(rows)
    },
    by_raw_chunks,
];

/// Judges raw chunks as a program that decodes in another way would.
fn by_raw_chunks(reader: &mut Reader<&[u8]>) -> Result<Vec<Value>> {
    let (mut codec, mut chunk) = (AnyCodec::default(), RawChunk::default());
    let mut rows = Vec::new();
    while reader.read_chunk(&mut chunk)? {
        for record in chunk.data() {
            match codec.decode(record.as_bytes()) {
                Ok(row) => rows.push(row),
                Err(error) => reader.rejects().take(error.at(record), Some(record))?,
            }
        }
    }
    Ok(rows)
}

fn assert_rejected(salted: &Salted, rejects: &[Reject<'_>]) {
    assert_eq!(rejects.len(), salted.bad.len());
    for (place, reject) in salted.bad.iter().zip(rejects) {
        let name = place.line.name;
        assert_eq!(reject.raw(), Some(&place.line.bytes[..]), "{name}");
        assert_eq!((reject.byte, reject.record), (place.byte, place.record), "{name}");
        assert_eq!((reject.line, reject.column), (place.record + 1, 1), "{name}");
        assert_eq!(reject.length, Some(place.line.bytes.len() as u64), "{name}");
        assert!(reject.offset.is_some() && reject.offset <= reject.length, "{name}");
        assert!(!reject.reason.is_empty(), "{name}");
    }
}

#[test]
fn of_28_kinds_of_bad_line_each_is_kept_and_every_good_one_delivered() {
    for seed in 1..4 {
        let salted = nasty::salted(GOOD, seed);
        let good = good_rows(&salted);
        for (way, read) in WAYS.iter().enumerate() {
            for codec in CodecKind::ALL {
                for block in [1 << 18, 1_000] {
                    let rejects = Rejects::in_memory(ByteSize::mib(1));
                    let builder = ReaderBuilder::new().codec(codec).block_size(ByteSize(block));
                    let mut reader = builder.on_error(&rejects).from_slice(&salted.bytes);
                    let rows = read(&mut reader).unwrap();
                    assert!(rows == good, "way {way}, {codec:?}, blocks of {block}");
                    assert_rejected(&salted, &rejects.kept());
                    assert_eq!((rejects.bad_records(), rejects.seen_records()), (28, 2_000));
                }
            }
        }
    }
}

#[test]
fn the_file_holds_what_was_rejected_and_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let salted = nasty::salted(GOOD, 4);
    let input = folder.path().join("in.jsonl");
    std::fs::write(&input, &salted.bytes).unwrap();
    let path = folder.path().join("bad.jsonl");
    let rejects = rejects_to_file(&path).unwrap();
    let reader = ReaderBuilder::new().on_error(&rejects).open(&input).unwrap();
    assert_eq!(reader.into_rows::<Value>().flatten().count(), 1_972);
    rejects.finish().unwrap();
    let found: Vec<_> = read_rejects(&path).unwrap().collect::<Result<_>>().unwrap();
    assert_rejected(&salted, &found);
    assert!(found.iter().all(|reject| reject.file.as_deref() == input.to_str()));
    // Of one of the kinds the reader was too strict; read again, it is a record.
    let deep: Vec<_> = found.iter().filter(|reject| reject.kind == ErrorKind::Limit).collect();
    let raw = deep[0].raw().unwrap();
    let mut patient = ReaderBuilder::new().max_depth(1_000).from_slice(raw);
    assert!(patient.next_row::<Value>().unwrap().is_some());
}

#[test]
fn one_bad_record_too_many_ends_the_reading_and_one_fewer_does_not() {
    let salted = nasty::salted(GOOD, 5);
    let last = salted.bad.last().unwrap();
    let before = last.record - 27;
    for (way, read) in WAYS.iter().enumerate() {
        let with = |most| Rejects::in_memory(ByteSize::mib(1)).max_errors(MaxErrors::count(most));
        let rejects = with(28);
        let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(&salted.bytes);
        assert_eq!(read(&mut reader).unwrap().len(), 1_972, "way {way}");
        let rejects = with(27);
        let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(&salted.bytes);
        let error = read(&mut reader).unwrap_err();
        assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::TooManyErrors, true), "way {way}");
        let cause = error.source().and_then(|cause| cause.downcast_ref::<Error>()).unwrap();
        assert_eq!(cause.position().map(|place| place.record()), Some(last.record));
        assert_rejected(&salted, &rejects.kept());
        // Whoever drives chunks by hand stops by hand.
        if way != 3 {
            assert!(reader.next_record().unwrap().is_none(), "way {way}: nothing comes behind it");
        }
    }
    // The good rows before it come first.
    let rejects = Rejects::skip().max_errors(MaxErrors::count(27));
    let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(&salted.bytes);
    let (mut rows, mut errors) = (0, 0);
    for chunk in reader.chunks::<Value>() {
        match chunk {
            Ok(chunk) => rows += chunk.data().len() as u64,
            Err(_) => errors += 1,
        }
    }
    assert_eq!((rows, errors), (before, 1));
}

#[test]
fn a_share_is_judged_at_the_end_of_a_short_input() {
    let read = |share, text: &[u8]| {
        let rejects = Rejects::skip().max_errors(MaxErrors::share(share).unwrap());
        let mut reader = ReaderBuilder::new().on_error(rejects).from_slice(text);
        let items: Vec<_> = reader.rows::<Value>().collect();
        let places: Vec<_> = items.iter().filter_map(|item| item.as_ref().err()).collect();
        (items.len(), places.iter().map(|error| error.kind()).collect::<Vec<_>>())
    };
    assert_eq!(read(0.5, b"x\n2\nx\n4\n"), (2, vec![]));
    assert_eq!(read(0.49, b"x\n2\nx\n4\n"), (3, vec![ErrorKind::TooManyErrors]));
    assert_eq!(read(0.0, b""), (0, vec![]));
    // Of a long one it is judged on the way.
    let many = b"x\n".repeat(100_000);
    let rejects = Rejects::skip().max_errors(MaxErrors::share(0.1).unwrap());
    let mut reader = ReaderBuilder::new().on_error(&rejects).from_slice(&many);
    assert_eq!(reader.next_row::<Value>().unwrap_err().kind(), ErrorKind::TooManyErrors);
    assert_eq!(rejects.bad_records(), 1_000);
}

/// Everything there is to see: rows, errors, and rejects.
fn seen(builder: &ReaderBuilder, input: impl Read) -> (Vec<String>, Vec<Reject<'static>>) {
    let rejects = Rejects::in_memory(ByteSize::mib(1));
    let mut reader = builder.clone().on_error(&rejects).from_reader(input).expect("options");
    let rows = reader.rows::<Value>().map(|row| match row {
        Ok(row) => row.to_string(),
        Err(error) => format!("{}: {error}", error.kind()),
    });
    (rows.collect(), rejects.kept())
}

/// Gives at most so many bytes a read.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

#[test]
fn rejects_do_not_depend_on_how_the_input_is_cut() {
    // The window always holds 128 KiB: some of these fit and some do not.
    let (long, longer) = ("y".repeat(2_000), "y".repeat(300_000));
    let lines = format!("1\n\"{long}\"\n[\n{{\"a\":}}\n\"{longer}\"\n\"\u{e9}\"\n\n x\n7");
    let array = format!("[1, \"{long}\",\n {{\"a\":\n}}, \"{longer}\", , 6, \"torn");
    for text in [lines.as_bytes(), array.as_bytes()] {
        let builder = ReaderBuilder::new().max_record_size(ByteSize(1_000));
        let whole = seen(&builder, text);
        assert!(whole.1.len() >= 4, "{whole:?}");
        assert_eq!(whole.1.iter().filter(|reject| reject.raw().is_none()).count(), 2);
        for size in (1..70).step_by(3).chain([4095, 4096, 4097, 65_535, 65_536, 65_537, 1 << 20]) {
            let builder = builder.clone().block_size(ByteSize(size as u64));
            assert_eq!(seen(&builder, Dribble(text, size)), whole, "by {size}");
        }
    }
}

#[test]
fn a_break_between_records_is_an_error_under_every_policy() {
    for policy in OnError::ALL {
        for (text, before) in [("[1, 2, 3", 2), ("[1, 2] x", 2), ("[1, 2}", 2)] {
            let rejects = Rejects::from(policy);
            let builder = ReaderBuilder::new().format(Format::Json).on_error(&rejects);
            let mut reader = builder.from_slice(text.as_bytes());
            let items: Vec<_> = reader.rows::<u8>().collect();
            assert_eq!(items.iter().filter(|item| item.is_ok()).count(), before, "{text}");
            let error = items.last().unwrap().as_ref().unwrap_err();
            assert!(error.is_fatal(), "{text}: {error}");
            assert_eq!(rejects.bad_records(), 0);
        }
    }
}

#[derive(serde::Deserialize)]
struct Row {
    id: u8,
}

#[test]
fn a_bad_element_of_an_array_is_kept_as_it_stands() {
    let text = b"{\"rows\": [\n {\"id\": 1},\n {\"id\":\n 2 3},\n {\"id\": \"x\"}]}";
    let rejects = Rejects::in_memory(ByteSize::mib(1));
    let builder = ReaderBuilder::new().pointer("/rows").on_error(&rejects);
    let mut reader = builder.chunk_size(ChunkSize::records(2).unwrap()).from_slice(text);
    let rows: Vec<Row> = reader.rows().collect::<Result<_>>().unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1]);
    let kept = rejects.kept();
    for reject in &kept {
        let start = usize::try_from(reject.byte).unwrap();
        let raw = reject.raw().unwrap();
        assert_eq!(&text[start..start + raw.len()], raw);
    }
    let places: Vec<_> = kept.iter().map(|bad| (bad.line, bad.column, bad.record)).collect();
    assert_eq!(places, [(3, 2, 1), (5, 2, 2)]);
    assert_eq!(kept[0].offset, Some(10));
    assert_eq!(kept[1].pointer.as_deref(), Some("/id"));
    assert_eq!((kept[0].kind, kept[1].kind), (ErrorKind::Syntax, ErrorKind::Data));
}

#[test]
fn pieces_of_an_input_reject_what_the_whole_does() {
    let folder = tempfile::tempdir().unwrap();
    let salted = nasty::salted(GOOD, 6);
    let path = folder.path().join("in.jsonl");
    std::fs::write(&path, &salted.bytes).unwrap();
    for lines in [Lines::Counted, Lines::Uncounted] {
        let rejects = Rejects::in_memory(ByteSize::mib(1));
        let builder = ReaderBuilder::new().on_error(&rejects);
        let splits = plan_splits(&path, NonZero::new(7).unwrap(), lines, &builder).unwrap();
        let mut rows = Vec::new();
        for split in &splits {
            let mut reader = builder.open_split(split).unwrap();
            rows.extend(reader.rows::<Value>().map(Result::unwrap));
        }
        assert!(rows == good_rows(&salted));
        assert_eq!(rejects.seen_records(), 2_000, "all pieces count together");
        let kept = rejects.kept();
        if matches!(lines, Lines::Counted) {
            assert_rejected(&salted, &kept);
        }
        for (place, reject) in salted.bad.iter().zip(&kept) {
            assert_eq!((reject.byte, reject.raw()), (place.byte, Some(&place.line.bytes[..])));
        }
    }
}

#[test]
fn bad_chunks_of_a_file_are_rejected_too() {
    let text = b"[1, 2]\n[3\n[\"\xff\"]\n[4]\n5\n[\"x\"]\n";
    let open = |rejects: &Rejects| {
        ChunkFileBuilder::new().on_error(rejects).from_reader(&text[..]).unwrap()
    };
    let rejects = Rejects::from(OnError::Reject);
    let items: Vec<u8> = open(&rejects).items().collect::<Result<_>>().unwrap();
    assert_eq!(items, [1, 2, 4, 5]);
    assert_eq!(rejects.kept().iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 6]);
    let rejects = Rejects::from(OnError::Reject);
    let lists: Vec<Vec<u8>> = open(&rejects).typed().collect::<Result<_>>().unwrap();
    assert_eq!(lists, [vec![1, 2], vec![4]]);
    assert_eq!(rejects.kept().iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 5, 6]);
    let rejects = Rejects::skip().max_errors(MaxErrors::count(1));
    let found: Vec<Result<u8>> = open(&rejects).items().collect();
    assert_eq!(found.len(), 3, "two items, and the error behind which nothing comes");
    assert_eq!(found[2].as_ref().unwrap_err().kind(), ErrorKind::TooManyErrors);
}

#[test]
fn the_first_chunk_starts_at_its_first_good_record() {
    let mut reader = ReaderBuilder::new().on_error(OnError::Skip).from_slice(b"x\n2\nx\n4\n");
    let chunk = reader.chunks::<u8>().next().unwrap().unwrap();
    assert_eq!(chunk.start(), Position::START.advanced(b"x\n").with_record(1));
    assert_eq!(chunk.data(), &[2, 4]);
}
