//! Compressed input of every kind, seen from the records: the good ones come out, damage is an
//! error behind them, and there is no silence.

use std::io::Write;
use std::path::Path;

use datason_core::{ErrorKind, OnError, Result};
use datason_json::ReaderBuilder;
use flate2::Compression;
use flate2::write::GzEncoder;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("a level");
    encoder.include_checksum(true).expect("an option");
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

/// `text` in members of `size` bytes each, wherever that cuts records.
fn members(text: &[u8], size: usize, pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    text.chunks(size).flat_map(pack).collect()
}

/// 1,000 records of one length.
fn text() -> Vec<u8> {
    let record = |id| format!("{{\"id\":{id},\"e\":\"\u{e9}\"}}\n").into_bytes();
    (100_000..101_000).flat_map(record).collect()
}

const RECORD: usize = 23;

fn flipped(mut bytes: Vec<u8>, from_the_end: usize) -> Vec<u8> {
    let at = bytes.len() - from_the_end;
    bytes[at] ^= 0x55;
    bytes
}

fn cut(mut bytes: Vec<u8>, by: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - by);
    bytes
}

/// What reading the file comes to: the texts of its records, and how it ends.
fn read(path: &Path, policy: OnError) -> (Vec<u8>, Result<()>) {
    let mut reader = match ReaderBuilder::new().on_error(policy).open(path) {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut found = Vec::new();
    loop {
        match reader.next_validated() {
            Ok(Some(record)) => {
                found.extend_from_slice(record.as_bytes());
                found.push(b'\n');
            }
            Ok(None) => return (found, Ok(())),
            Err(error) => return (found, Err(error)),
        }
    }
}

/// How a file must end.
type End = Option<(ErrorKind, &'static str)>;

/// A file's name, its bytes, how many records come out, and how it ends.
type Case = (&'static str, Vec<u8>, usize, End);

const WHOLE: End = None;

fn halves(text: &[u8], pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let half = 500 * RECORD;
    [pack(&text[..half]), pack(&text[half..])].concat()
}

fn gzip_cases(text: &[u8]) -> Vec<Case> {
    let torn: End = Some((ErrorKind::Truncated, "the gzip data ends inside a member"));
    let bad: End = Some((ErrorKind::Data, "the gzip data is damaged"));
    vec![
        ("one.jsonl.gz", gzip(text), 1_000, WHOLE),
        ("two-members.jsonl.gz", halves(text, gzip), 1_000, WHOLE),
        ("cut-inside-records.jsonl.gz", members(text, 1_001, gzip), 1_000, WHOLE),
        ("1000-members.jsonl.gz", members(text, RECORD, gzip), 1_000, WHOLE),
        ("empty-members.jsonl.gz", [gzip(b""), gzip(text), gzip(b"")].concat(), 1_000, WHOLE),
        ("zeros-behind.jsonl.gz", [gzip(text), vec![0; 512]].concat(), 1_000, WHOLE),
        ("truncated.jsonl.gz", cut(gzip(text), 9), 1_000, torn),
        ("last-member-truncated.jsonl.gz", cut(halves(text, gzip), 9), 1_000, torn),
        ("bad-sum.jsonl.gz", flipped(gzip(text), 6), 1_000, bad),
        ("bad-length.jsonl.gz", flipped(gzip(text), 2), 1_000, bad),
        ("header-alone.jsonl.gz", gzip(text)[..5].to_vec(), 0, torn),
        (
            "garbage-behind.jsonl.gz",
            [gzip(text), b"garbage".to_vec()].concat(),
            1_000,
            Some((ErrorKind::Data, "bytes that are not gzip follow the gzip data")),
        ),
        ("named-zst.jsonl.zst", gzip(text), 1_000, WHOLE),
        ("named-plain.jsonl", gzip(text), 1_000, WHOLE),
        ("plain-named-gz.jsonl.gz", text.to_vec(), 1_000, WHOLE),
    ]
}

fn zstd_cases(text: &[u8]) -> Vec<Case> {
    let skippable = |content: &[u8]| {
        let length = u32::try_from(content.len()).expect("a short text").to_le_bytes();
        [b"\x5a\x2a\x4d\x18".as_slice(), &length, content].concat()
    };
    let window = [b"\x28\xb5\x2f\xfd\x00".as_slice(), &[21 << 3], b"\x11\0\x001\n"].concat();
    let torn: End = Some((ErrorKind::Truncated, "the zstd data ends inside a frame"));
    let bad: End = Some((ErrorKind::Data, "the zstd data is damaged"));
    vec![
        ("one.jsonl.zst", zstd(text), 1_000, WHOLE),
        ("two-frames.jsonl.zst", halves(text, zstd), 1_000, WHOLE),
        ("cut-inside-records.jsonl.zst", members(text, 1_001, zstd), 1_000, WHOLE),
        ("1000-frames.jsonl.zst", members(text, RECORD, zstd), 1_000, WHOLE),
        (
            "skippable.jsonl.zst",
            [skippable(b"index"), zstd(text), skippable(&[0; 3_000])].concat(),
            1_000,
            WHOLE,
        ),
        // The sum stands behind the data, so nothing of a frame is missing before it.
        ("truncated.jsonl.zst", cut(zstd(text), 2), 1_000, torn),
        ("bad-sum.jsonl.zst", flipped(zstd(text), 1), 1_000, bad),
        ("named-gz.jsonl.gz", zstd(text), 1_000, WHOLE),
        ("window-of-2-gib.jsonl.zst", window, 0, Some((ErrorKind::Limit, "`max_window`"))),
        ("bzip2.jsonl.bz2", b"BZh91AY&SY".to_vec(), 0, Some((ErrorKind::Unsupported, "bzip2"))),
        ("xz.jsonl.xz", b"\xfd7zXZ\0\0\x04".to_vec(), 0, Some((ErrorKind::Unsupported, "xz"))),
    ]
}

#[test]
fn gzip_and_zstd_of_every_kind() {
    let text = text();
    let cases = [gzip_cases(&text), zstd_cases(&text)].concat();
    assert_eq!(cases.len(), 26);
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, records, end) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        for policy in OnError::ALL {
            let (found, outcome) = read(&path, policy);
            assert_eq!(found.len() / RECORD, records, "{name} under {policy}: {outcome:?}");
            assert!(found == text[..records * RECORD], "{name}");
            match (&outcome, end) {
                (Ok(()), None) => {}
                (Err(error), Some((kind, says))) => {
                    assert_eq!(error.kind(), kind, "{name}: {error}");
                    assert!(error.message().contains(says), "{name}: {error}");
                    assert_eq!(error.path(), Some(path.as_path()), "{name}");
                }
                _ => panic!("{name} under {policy} ended with {outcome:?}"),
            }
        }
    }
}

#[test]
fn wherever_compressed_data_is_cut_the_records_before_come_out_and_the_cut_is_told() {
    let text = text();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.jsonl");
    for pack in [gzip, zstd] {
        let whole = members(&text[..100 * RECORD], 10 * RECORD + 3, pack);
        for length in 6..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (found, outcome) = read(&path, OnError::Fail);
            // The record that the cut goes through is bad or missing, never a shorter good one.
            assert!(text.starts_with(&found), "cut at {length}");
            let Err(error) = outcome else {
                // At the border of two members nobody can tell; unless a record goes across.
                assert_eq!(found.len() % RECORD, 0, "cut at {length}");
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::Truncated, "cut at {length}: {error}");
        }
    }
}
