//! Pieces of a file add up to the file, wherever it is cut.

use std::num::NonZeroUsize;
use std::path::Path;

use datason_core::{Error, Position};
use datason_json::{Format, Lines, ReaderBuilder, Split, plan_splits};

type Place = (u64, u64, u64, u64);

fn coordinates(place: Position) -> Place {
    (place.byte(), place.line(), place.column(), place.record())
}

/// Each record's place and text.
fn read(builder: &ReaderBuilder, split: Option<&Split>, path: &Path) -> Vec<(Place, Vec<u8>)> {
    let mut reader = match split {
        Some(split) => builder.open_split(split).expect("a piece"),
        None => builder.open(path).expect("a file"),
    };
    let mut records = Vec::new();
    while let Some(record) = reader.next_record().expect("a record") {
        records.push((coordinates(record.position()), record.as_bytes().to_vec()));
    }
    records
}

fn plan(path: &Path, pieces: usize, lines: Lines) -> Result<Vec<Split>, Error> {
    plan_splits(path, NonZeroUsize::new(pieces).expect("a number"), lines, &ReaderBuilder::new())
}

const TEXTS: [&str; 8] = [
    "1\n\u{feff}2\n3\n",
    "1\n2\0\n3\n",
    "{\"a\":1}\n{\"a\":22}\r\n\n  \n{\"a\":333}\n{\"a\":4}",
    "\u{feff}\n1\n22\n333\n4444\n",
    "\n\n\n1",
    "1",
    "",
    "\"a line that is much longer than all of the others\"\n1\n2\n",
];

#[test]
fn any_number_of_pieces_adds_up_to_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.jsonl");
    let builder = ReaderBuilder::new();
    for text in TEXTS {
        std::fs::write(&path, text).expect("a file");
        let whole = read(&builder, None, &path);
        for pieces in 1..=64 {
            let plan = plan(&path, pieces, Lines::Counted).expect("a plan");
            assert!(plan.len() <= pieces);
            let pieces: Vec<_> =
                plan.iter().flat_map(|split| read(&builder, Some(split), &path)).collect();
            assert_eq!(pieces, whole, "{text:?}");
        }
    }
}

#[test]
fn an_uncounted_piece_knows_its_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.jsonl");
    std::fs::write(&path, TEXTS[2]).expect("a file");
    let builder = ReaderBuilder::new();
    let whole = read(&builder, None, &path);
    let plan = plan(&path, 3, Lines::Uncounted).expect("a plan");
    assert_eq!(plan.len(), 3);
    let bytes = |records: &[(Place, Vec<u8>)]| -> Vec<(u64, Vec<u8>)> {
        records.iter().map(|(place, text)| (place.0, text.clone())).collect()
    };
    let pieces: Vec<_> =
        plan.iter().flat_map(|split| bytes(&read(&builder, Some(split), &path))).collect();
    assert_eq!(pieces, bytes(&whole));
    assert!(plan[1].start().counted_from() > 0);
    assert_eq!((plan[1].start().line(), plan[1].start().record()), (1, 0));
}

#[test]
fn a_plan_can_be_sent_and_read_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.jsonl");
    std::fs::write(&path, TEXTS[2]).expect("a file");
    let plan = plan(&path, 4, Lines::Counted).expect("a plan");
    let text = serde_json::to_string(&plan).expect("text");
    assert_eq!(serde_json::from_str::<Vec<Split>>(&text).expect("a plan"), plan);
}

#[test]
fn a_file_that_changed_its_size_is_not_read_in_pieces() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.jsonl");
    std::fs::write(&path, TEXTS[2]).expect("a file");
    let plan = plan(&path, 4, Lines::Counted).expect("a plan");
    std::fs::write(&path, TEXTS[2].repeat(2)).expect("a file");
    let error = ReaderBuilder::new().open_split(&plan[0]).map(drop).expect_err("another size");
    assert_eq!(error.path(), Some(path.as_path()));
}

#[test]
fn what_cannot_be_cut_is_one_piece() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.json");
    std::fs::write(&path, "[1,\n2,\n3]\n").expect("a file");
    let plan = plan(&path, 4, Lines::Counted).expect("a plan");
    assert_eq!((plan.len(), plan[0].format()), (1, Format::Json));
    let builder = ReaderBuilder::new();
    assert_eq!(read(&builder, Some(&plan[0]), &path), read(&builder, None, &path));
}
