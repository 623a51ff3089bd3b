//! `datason index`: where the chunks of files stand, noted beside them.

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, Result, escape};
use datason_json::{ChunkIndex, ReaderBuilder};
use serde::Serialize;

use crate::args::IndexArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::render;
use crate::report::{self, Data};

/// Chunks that are worth a place in an index, and few of them however large the file is.
const CHUNK: ByteSize = ByteSize::mib(16);

/// The totals of a run.
#[derive(Debug, Default, Serialize)]
struct Summary {
    files: u64,
    records: u64,
    chunks: u64,
}

pub(crate) fn run(arguments: &IndexArguments) -> anyhow::Result<ExitStatus> {
    let options = arguments.read.options(ChunkSize::bytes(CHUNK)?);
    let mut summary = Summary::default();
    let mut status = ExitStatus::Success;
    for input in &arguments.inputs.files {
        match index(input, &options, arguments.verify) {
            Ok(index) => {
                let chunks = index.chunks().len() as u64;
                summary.files += 1;
                summary.records += index.records();
                summary.chunks += chunks;
                arguments.report.note(&format!(
                    "{}: {} in {}",
                    input.shown(),
                    render::counted(index.records(), "record"),
                    render::counted(chunks, "chunk"),
                ));
            }
            Err(error) => {
                render::tell(&render::error(input, &error));
                status = status.max(ExitStatus::of(&error));
            }
        }
    }
    if arguments.report.json {
        report::print_json(&summary, Data::Elsewhere)?;
    }
    Ok(status)
}

fn index(input: &Input, options: &ReaderBuilder, verify: bool) -> Result<ChunkIndex> {
    let Input::File(path) = input else {
        let message = "standard input has no index: there is no file to put it beside";
        return Err(Error::new(ErrorKind::Argument, message));
    };
    if verify {
        let Some(index) = ChunkIndex::open(path)? else {
            let name = escape(ChunkIndex::path_of(path).as_os_str().as_encoded_bytes());
            let message = format!("there is no index `{name}`");
            return Err(Error::new(ErrorKind::Io, message).in_file(path));
        };
        index.verify()?;
        return Ok(index);
    }
    let index = ChunkIndex::build(path, options)?;
    index.save()?;
    Ok(index)
}
