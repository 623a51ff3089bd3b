//! Group `write`: columns in memory become JSON Lines.
//!
//! All engines write the same batches, nulls included, and hand what they have written to a
//! writer that lets it go.

use std::io::{self, Write};

use arrow_array::RecordBatch;
use arrow_json::WriterBuilder as PeerBuilder;
use arrow_json::writer::LineDelimited;
use datason_arrow::Table;
use datason_fixtures::{Layout, Shape};
use datason_json::WriterBuilder;
use datason_json::ser::TextStyle;

use crate::answer::{Answer, Examiner, Observer};
use crate::definition::{Definition, Engine, Group, Role};
use crate::fixture::{Data, Fixture};

pub(crate) fn definitions() -> Vec<Definition> {
    vec![
        definition("flat", Shape::Flat, Answer::new(214, 0x44ae_5519_ed68_5ab3)),
        definition("nested", Shape::Nested, Answer::new(31, 0x3ff5_16ff_cccd_3f87)),
        definition("text", Shape::Text, Answer::new(16, 0xba8b_466b_b4e6_2825)),
        definition("wide", Shape::Wide, Answer::new(35, 0xac0a_941e_8a8f_a34f)),
        definition("floats", Shape::Floats, Answer::new(179, 0xb5e1_baed_8a86_4022)),
    ]
}

fn definition(name: &'static str, shape: Shape, expected: Answer) -> Definition {
    Definition {
        group: Group::Write,
        name,
        fixture: Fixture::Generated(shape, Layout::Lines),
        expected,
        oracle,
        engines: vec![
            Engine::new("datason", Role::Ours, |data, seen| write(data.batches()?, seen)),
            Engine::new("arrow-json", Role::Baseline, peer),
        ],
    }
}

/// Each row in a batch of its own, by arrow-json.
fn oracle(data: &Data) -> anyhow::Result<Answer> {
    let mut seen = Examiner::new();
    for batch in data.batches()? {
        for row in 0..batch.num_rows() {
            write_by_peer(&[batch.slice(row, 1)], &mut seen)?;
        }
    }
    Ok(seen.answer())
}

fn write(batches: &[RecordBatch], seen: &mut dyn Observer) -> anyhow::Result<()> {
    let Some(first) = batches.first() else { return Ok(()) };
    let table = Table::new(first.schema(), batches.to_vec())?;
    let mut writer = WriterBuilder::new().style(TextStyle::Compact).to_writer(Shown(&mut *seen))?;
    table.write_to(&mut writer)?;
    writer.into_inner()?;
    seen.written(&[], table.num_rows() as u64);
    Ok(())
}

fn peer(data: &Data, seen: &mut dyn Observer) -> anyhow::Result<()> {
    write_by_peer(data.batches()?, seen)
}

fn write_by_peer(batches: &[RecordBatch], seen: &mut dyn Observer) -> anyhow::Result<()> {
    let builder = PeerBuilder::new().with_explicit_nulls(true);
    let mut writer = builder.build::<_, LineDelimited>(Shown(&mut *seen));
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    seen.written(&[], batches.iter().map(|batch| batch.num_rows() as u64).sum());
    Ok(())
}

/// Shows what is written to it.
struct Shown<'o>(&'o mut dyn Observer);

impl Write for Shown<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.written(text, 0);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
