//! `datason schema`: the schema that records have.

use std::io::{self, Write};

use anyhow::Context;
use datason_arrow::{OnConflict, SchemaInference, SchemaText};
use datason_core::{ChunkSize, OnError};

use crate::args::SchemaArguments;
use crate::columns::{Look, Sight, tell_surprises};
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
use crate::walk::{Judgement, Walk};

pub(crate) fn run(arguments: &SchemaArguments) -> anyhow::Result<ExitStatus> {
    let SchemaArguments { sample, json, quiet, inputs, read } = arguments;
    let (files, progress) = (inputs.files()?, Progress::new(*quiet, false));
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Framed);
    let mut walk = Walk::new(read, size, judgement, OnError::Fail, progress)?;
    let mut inference =
        SchemaInference::new().on_conflict(OnConflict::RawJson).max_depth(read.max_depth);
    for input in files {
        if !look(&mut walk, input, *sample, &mut inference)? {
            break;
        }
    }
    walk.progress().clear();
    walk.end()?;
    walk.bad().tell();
    // Half a schema would look whole.
    if !walk.is_complete() {
        return Ok(walk.status());
    }
    let inferred = inference.schema()?;
    if !quiet {
        let names: Vec<_> = files.iter().map(Input::shown).collect();
        if inference.records() == 0 {
            render::tell(&format!("datason: {} holds no records", names.join(", ")));
        }
        tell_surprises(&names.join(", "), &inferred);
    }
    let schema = SchemaText::from(&inferred);
    let text = if *json { schema.to_json() + "\n" } else { schema.to_string() };
    let mut stdout = io::stdout();
    stdout.write_all(text.as_bytes()).context("cannot write to standard output")?;
    Ok(walk.status())
}

/// Looks at the records of `input`. Whether to go on with the next one.
fn look(
    walk: &mut Walk,
    input: &Input,
    sample: Option<u64>,
    inference: &mut SchemaInference,
) -> anyhow::Result<bool> {
    let mut reader = match walk.open(input) {
        Ok(reader) => reader,
        Err(error) => return walk.fault(input, error, None),
    };
    walk.progress().begin(input, reader.get_ref().raw_len());
    let look = Look { input, sight: Sight::ALL.records(sample), silent: false, counts: true };
    look.at(walk, &mut reader, inference)?;
    Ok(!walk.bad().cut_short())
}
