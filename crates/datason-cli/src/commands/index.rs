//! `datason index`: where the chunks of files stand, noted beside them.

use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, Result, escape};
use datason_io::Compression;
use datason_json::{ChunkIndex, ReaderBuilder};
use serde::Serialize;

use crate::args::IndexArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::render;
use crate::report::{self, Data};

/// Chunks that are worth a place in an index, and few of them however large the file is.
const CHUNK: ByteSize = ByteSize::mib(16);

/// Nobody wants a part of a compressed file that is smaller.
const SMALL: ByteSize = ByteSize::mib(1);

/// The totals of a run.
#[derive(Debug, Default, Serialize)]
struct Summary {
    files: u64,
    records: u64,
    chunks: u64,
}

pub(crate) fn run(arguments: &IndexArguments) -> anyhow::Result<ExitStatus> {
    arguments.read.refuse_policy("`datason index` tells records apart and does not judge them")?;
    let options = arguments.read.options(ChunkSize::bytes(CHUNK)?);
    let mut summary = Summary::default();
    let mut status = ExitStatus::Success;
    for input in arguments.inputs.files()? {
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
                if is_in_one_piece(&index)? {
                    arguments.report.note(&format!(
                        "datason: `{}` is compressed in one piece and can be read from its start \
                         only; `convert --frame-size` writes several",
                        input.shown(),
                    ));
                }
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

/// Whether a large file has one chunk because there is no place to cut it.
fn is_in_one_piece(index: &ChunkIndex) -> Result<bool> {
    let [chunk] = index.chunks() else { return Ok(false) };
    let length = chunk.bytes.end - chunk.bytes.start;
    Ok(index.compression()? != Compression::None && length >= SMALL.as_u64())
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
