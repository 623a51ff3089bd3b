//! Measures a group and writes one JSON object a line to standard output: see [`Measurement`].
//!
//! `cargo xtask bench` builds and runs this, and makes tables of what it says.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

use anyhow::ensure;
use bytesize::ByteSize;
use clap::Parser;
use datason_benches::{Definition, Group, Measurement, Options, definitions, measure};
use datason_core::ChunkSize;
use datason_json::CodecKind;

#[derive(Parser)]
struct Arguments {
    /// What to measure: frame, rows, columns or write.
    group: Group,
    /// Measure this codec only.
    #[arg(long)]
    codec: Option<CodecKind>,
    /// How large chunks are, where chunks are read: a number of records, or a size.
    #[arg(long)]
    chunk_size: Option<ChunkSize>,
    /// Measure data of this shape only.
    #[arg(long)]
    shape: Option<String>,
    /// Measure this definition only.
    #[arg(long)]
    definition: Option<String>,
    /// Measure this engine only: for a profiler, since ratios need the others.
    #[arg(long)]
    engine: Option<String>,
    /// How much data.
    #[arg(long, default_value = "64MiB")]
    size: ByteSize,
    /// How many rounds.
    #[arg(long, default_value_t = 9)]
    samples: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let definitions = arguments.definitions();
    ensure!(!definitions.is_empty(), "group {} has no such definition", arguments.group);
    for mut definition in definitions {
        eprintln!("{}: {}", arguments.group, definition.name);
        for measurement in arguments.measure(&mut definition)? {
            println!("{}", serde_json::to_string(&measurement)?);
        }
    }
    Ok(())
}

impl Arguments {
    fn definitions(&self) -> Vec<Definition> {
        let codecs = self.codec.map_or_else(|| CodecKind::ALL.to_vec(), |codec| vec![codec]);
        let options = Options { codecs, chunk_size: self.chunk_size.unwrap_or_default() };
        let mut definitions = definitions(self.group, &options);
        if let Some(shape) = &self.shape {
            definitions.retain(|definition| definition.fixture.shape() == shape);
        }
        if let Some(name) = &self.definition {
            definitions.retain(|definition| definition.name == name);
        }
        definitions
    }

    /// Only an engine with the right answer is measured.
    fn measure(&self, definition: &mut Definition) -> anyhow::Result<Vec<Measurement>> {
        let data = definition.fixture.data(self.size.as_u64())?;
        definition.verify(&data)?;
        if let Some(name) = &self.engine {
            definition.engines.retain(|engine| engine.name == *name);
        }
        measure(definition, &data, self.samples)
    }
}
