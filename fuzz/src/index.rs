//! Damaged and lying files beside a file: indexes, checkpoints, sidecars, rejects.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, RawChunk, Result};
use datason_io::checksum_of;
use datason_json::{
    Checkpoints, ChunkIndex, Decode, Lines, Reader, ReaderBuilder, Sidecar, WriterBuilder,
    deserialize_chunked_file, plan_splits,
};
use serde_json::Value;

use crate::reading::split;

const TEXTS: [(&str, &str); 2] = [
    ("in.jsonl", "{\"id\":1}\n[2, \"x\"]\nbad\n3\n\"four\"\nnull\n{\"id\":7.0}\n[\n9\n"),
    ("in.json", "[{\"id\":1},\n [2, \"x\"], 3,\n\"four\", null , {\"id\":7.0}, 8, 9]"),
];

/// Whatever stands beside a file, nothing panics. What was damaged is noticed or makes no
/// difference; what lies on purpose, with a seal that fits, gives other records at most where a
/// checksum of the file itself would.
pub fn index(bytes: &[u8]) {
    let (edits, choice) = split(bytes);
    let folder = tempfile::tempdir().expect("a folder for files");
    let (name, text) = TEXTS[choice % 2];
    let stage = Stage { folder: folder.path(), input: folder.path().join(name), edits };
    fs::write(&stage.input, text).expect("room for a file");
    match choice / 2 % 6 {
        0 => stage.damaged_index(),
        1 => stage.lying_index(),
        2 => stage.damaged_checkpoint(),
        3 => stage.lying_checkpoint(),
        4 => stage.sidecar(),
        _ => stage.rejects(),
    }
}

struct Stage<'a> {
    folder: &'a Path,
    input: PathBuf,
    edits: &'a [u8],
}

fn reading() -> ReaderBuilder {
    ReaderBuilder::new().chunk_size(ChunkSize::records(2).expect("a size"))
}

fn records<R: std::io::Read>(mut reader: Reader<R>) -> Result<Vec<Vec<u8>>> {
    let mut records = Vec::new();
    while let Some(record) = reader.next_record()? {
        records.push(record.as_bytes().to_vec());
    }
    Ok(records)
}

impl Stage<'_> {
    /// `text` with the bytes that the input names changed: a place in two bytes, then what to put
    /// there. Without any, or with an odd one, the input is the text.
    fn edited(&self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        let edits = self.edits.chunks_exact(3);
        if !edits.remainder().is_empty() || self.edits.is_empty() {
            return self.edits.to_vec();
        }
        for edit in edits {
            let at = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
            match edit[2] {
                // Something goes, or goes from here on.
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.truncate(at),
                byte if at < text.len() => text[at] = byte,
                byte => text.push(byte),
            }
        }
        text
    }

    /// The same, with a seal that fits.
    fn resealed(&self, text: &[u8]) -> Vec<u8> {
        let seal = b",\"seal\":\"";
        let end = text.windows(seal.len()).rposition(|window| window == seal).expect("a seal");
        let content = self.edited(&text[..end]);
        let check = checksum_of(&content);
        [&content[..], seal, format!("{check:08x}\"}}\n").as_bytes()].concat()
    }

    fn indexed(&self) -> (ChunkIndex, PathBuf) {
        let index = ChunkIndex::build(&self.input, &reading()).expect("records told apart");
        index.save().expect("room for an index");
        (index, ChunkIndex::path_of(&self.input))
    }

    fn damaged_index(&self) {
        let (index, place) = self.indexed();
        let text = fs::read(&place).expect("an index");
        fs::write(&place, self.edited(&text)).expect("room for an index");
        let Ok(Some(found)) = ChunkIndex::open(&self.input) else { return };
        assert_eq!(found, index, "damage was believed");
        let whole = records(reading().open(&self.input).expect("a file")).expect("good records");
        let read = |split| records(reading().open_split(split).expect("a piece")).expect("good");
        let splits = found.splits(NonZeroUsize::new(3).expect("three")).expect("pieces");
        assert_eq!(splits.iter().flat_map(read).collect::<Vec<_>>(), whole);
    }

    fn lying_index(&self) {
        let (_, place) = self.indexed();
        let text = fs::read(&place).expect("an index");
        fs::write(&place, self.resealed(&text)).expect("room for an index");
        let three = NonZeroUsize::new(3).expect("three");
        if let Ok(splits) = plan_splits(&self.input, three, Lines::Counted, &reading()) {
            for split in &splits {
                drop(reading().open_split(split).map(records));
            }
        }
        let Ok(Some(index)) = ChunkIndex::open(&self.input) else { return };
        drop(index.verify());
        for chunk in 0..index.chunks().len() {
            drop(index.read(chunk..chunk + 1, &reading()).map(records));
        }
        for record in [0, 1, index.records() / 2, index.records(), u64::MAX] {
            drop(index.seek(record, &reading()).map(records));
        }
    }

    /// Copies what is good, at most so many chunks. Whether the copy is complete.
    fn copy(&self, chunks: usize, rejects: Option<&Path>) -> Result<bool> {
        let (writing, reading) = (WriterBuilder::new(), reading());
        let target = self.folder.join("out.jsonl");
        let settings = reading.identity();
        let (mut writer, mut notes) = Checkpoints::begin_passing_over(
            &writing,
            &target,
            &self.input,
            &settings,
            ByteSize(1),
            rejects,
        )?;
        let mut reader = reading.open_at(&self.input, notes.start())?;
        let mut chunk = RawChunk::default();
        for _ in 0..chunks {
            if !reader.read_chunk(&mut chunk)? {
                notes.rejects().finish()?;
                notes.finish(writer)?;
                return Ok(true);
            }
            for record in chunk.data() {
                match record.deserialize::<Value>() {
                    Ok(_) => writer.write_text(record.as_bytes())?,
                    Err(error) => notes.rejects().take(error, Some(record))?,
                }
            }
            notes.reach(&mut writer, reader.position())?;
        }
        Ok(false)
    }

    /// A copy that is to be gone on with, and what it would come to.
    fn begun(&self, rejects: Option<&Path>) -> (PathBuf, Vec<u8>) {
        assert!(self.copy(99, rejects).expect("a copy"));
        let target = self.folder.join("out.jsonl");
        let unbroken = fs::read(&target).expect("the copy");
        fs::remove_file(&target).expect("the copy");
        if let Some(rejects) = rejects {
            fs::remove_file(rejects).expect("the rejects");
        }
        assert!(!self.copy(2, rejects).expect("part of a copy"));
        (self.folder.join(".out.jsonl.datason-checkpoint"), unbroken)
    }

    fn finished(&self, rejects: Option<&Path>) -> Result<Vec<u8>> {
        if !self.copy(99, rejects)? {
            return Err(Error::new(ErrorKind::Data, "it does not end"));
        }
        Ok(fs::read(self.folder.join("out.jsonl")).expect("the copy"))
    }

    fn damaged_checkpoint(&self) {
        let (note, unbroken) = self.begun(None);
        let text = fs::read(&note).expect("a note");
        fs::write(&note, self.edited(&text)).expect("room for a note");
        if let Ok(copy) = self.finished(None) {
            assert_eq!(copy, unbroken, "damage was believed");
        }
    }

    fn lying_checkpoint(&self) {
        let (note, _) = self.begun(None);
        let text = fs::read(&note).expect("a note");
        fs::write(&note, self.resealed(&text)).expect("room for a note");
        drop(self.finished(None));
    }

    fn sidecar(&self) {
        let place = Sidecar::path_of(&self.input);
        let length = fs::metadata(&self.input).expect("a file").len();
        let text = format!(
            "{{\"datason_sidecar\":1,\"kind\":\"items\",\"format\":\"jsonl\",\"records\":9,\
             \"items\":9,\"config\":\"default\",\"stored_bytes\":{length}}}\n"
        );
        fs::write(&place, self.edited(text.as_bytes())).expect("room for a sidecar");
        drop(Sidecar::of(&self.input));
        if let Ok(file) = deserialize_chunked_file(&self.input) {
            file.take(100).for_each(drop);
        }
    }

    fn rejects(&self) {
        let kept = self.folder.join("bad.jsonl");
        let (_, unbroken) = self.begun(Some(&kept));
        let good = fs::read(&kept).expect("rejects");
        let damaged = self.edited(&good);
        fs::write(&kept, &damaged).expect("room for rejects");
        match self.finished(Some(&kept)) {
            Ok(copy) => {
                assert_eq!(copy, unbroken);
                let rejects = fs::read(&kept).expect("rejects");
                assert!(rejects.starts_with(&good), "what was noted is kept");
            }
            Err(_) => assert_eq!(fs::read(&kept).expect("rejects"), damaged, "left alone"),
        }
    }
}
