//! Any bytes as a file that is added to.

use std::fs;
use std::path::Path;

use datason_core::Result;
use datason_io::{Source, SourceOptions};
use datason_json::{Tail, TornTail, WriterBuilder};

use crate::reading::{is_json, split, trimmed, without_mark};

const NEW: &str = "{\"new\": [true, \"\\n\"]}";

/// Adding to a file that holds anything loses no whole line, glues the new record to nothing, and
/// leaves a file alone that it refuses.
pub fn append(bytes: &[u8]) {
    let (old, cut) = split(bytes);
    let folder = tempfile::tempdir().expect("a folder for files");
    let name = ["old.jsonl", "old.jsonl", "old.jsonl.gz", "old.jsonl.zst"][cut / 3 % 4];
    let path = folder.path().join(name);
    fs::write(&path, old).expect("room for a file");
    // An empty file is no torn member, though it is called as if it had some.
    let before = if old.is_empty() { Ok(Vec::new()) } else { text(&path) };
    match add(&path, TornTail::ALL[cut % 3]) {
        Err(_) => assert_eq!(fs::read(&path).expect("it is there"), old, "refused and changed"),
        Ok(tail) => {
            let before = before.expect("what is added to can be read");
            let after = text(&path).expect("what was added to can be read");
            check(&before, &after, &tail);
        }
    }
}

fn add(path: &Path, way: TornTail) -> Result<Tail> {
    let mut writer = WriterBuilder::new().torn_tail(way).append(path)?;
    let tail = writer.tail().expect("a file that is added to has an end");
    writer.write_text(NEW.as_bytes())?;
    writer.finish()?;
    Ok(tail)
}

/// The text of a file, decompressed.
fn text(path: &Path) -> Result<Vec<u8>> {
    let mut source = Source::open(path, &SourceOptions::new())?;
    let (mut text, mut block) = (Vec::new(), [0; 4096]);
    loop {
        match source.fill(&mut block)? {
            0 => return Ok(text),
            read => text.extend_from_slice(&block[..read]),
        }
    }
}

fn check(before: &[u8], after: &[u8], tail: &Tail) {
    let line = [NEW.as_bytes(), b"\n"].concat();
    let kept = after.strip_suffix(line.as_slice()).expect("the new record is the last line");
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let (whole, last) = before.split_at(start);
    assert!(kept.starts_with(whole), "a whole line was lost");
    let record = if start == 0 { without_mark(last) } else { last };
    let rest = &kept[start..];
    match tail {
        // Blanks at most, which may stand before a record.
        Tail::Whole => {
            assert_eq!(rest, last);
            assert!(trimmed(record).is_empty(), "a record was glued to something");
        }
        Tail::Ended { .. } => {
            assert_eq!(rest, [last, b"\n"].concat());
            assert!(is_json(record), "half a record passes for a whole one");
        }
        Tail::CutOff { .. } => {
            assert!(rest.is_empty());
            assert!(!is_json(record) || is_deep(record), "a good record was cut off");
        }
        Tail::Isolated { .. } => assert_eq!(rest, [last, b"\n"].concat()),
        other => panic!("an end of another kind: {other:?}"),
    }
}

/// Whether `record` may be deeper than anyone reads.
fn is_deep(record: &[u8]) -> bool {
    crate::reading::depth_bound(record) > 1024
}
