//! The schema of records, whatever their order and however they are shared out.

use arrow_array::RecordBatch;
use datason_arrow::{OnConflict, SchemaInference};
use datason_json::{Format, ReaderBuilder};

use crate::columns::{decode, good_lines, infer, lenient};

/// The schema does not depend on the order of the lines, nor on how they are shared among
/// inferences that are merged; and no line is lost under it.
pub fn inference(bytes: &[u8]) {
    let Some((lines, _)) = good_lines(bytes) else { return };
    let forward = infer(&lines);
    let backward: Vec<&[u8]> = lines.iter().rev().copied().collect();
    assert_eq!(infer(&backward).schema, forward.schema, "backward");
    let rotation = bytes.len() % lines.len().max(1);
    let rotated = [&lines[rotation..], &lines[..rotation]].concat();
    assert_eq!(infer(&rotated).schema, forward.schema, "rotated by {rotation}");
    assert_eq!(merged(&lines, rotation), forward.schema, "merged at {rotation}");
    let (batches, errors) = decode(&lenient(&forward), &backward.join(&b'\n'));
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!((rows, errors), (lines.len(), 0));
}

/// The schema of two inferences, merged the wrong way round.
fn merged(lines: &[&[u8]], at: usize) -> arrow_schema::SchemaRef {
    let seen = |lines: &[&[u8]]| {
        let text = lines.join(&b'\n');
        let mut inference = SchemaInference::new().on_conflict(OnConflict::RawJson);
        let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(&text);
        inference.observe(&mut reader, None).expect("good lines are observed");
        inference
    };
    let (front, mut back) = (seen(&lines[..at]), seen(&lines[at..]));
    back.merge(front).expect("few fields");
    back.schema().expect("conflicts become raw JSON").schema
}
