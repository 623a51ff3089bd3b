//! The data of a benchmark in other forms: as files, as a schema, as columns.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use arrow_array::RecordBatch;
use datason_arrow::Inferred;
use tempfile::NamedTempFile;

use crate::columns;
use crate::fixture::Data;

/// What is made of the data when it is first asked for, outside of what is timed: the first
/// time is when an engine is verified.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forms {
    file: OnceLock<Arc<NamedTempFile>>,
    array_file: OnceLock<Arc<NamedTempFile>>,
    inferred: OnceLock<Arc<Inferred>>,
    batches: OnceLock<Arc<[RecordBatch]>>,
}

/// As `OnceLock::get_or_init`, for what may fail.
fn get_or_make<T>(
    cell: &OnceLock<T>,
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<&T> {
    match cell.get() {
        Some(known) => Ok(known),
        None => make().map(|made| cell.get_or_init(|| made)),
    }
}

impl Data {
    /// A file with the text.
    pub(crate) fn file(&self) -> anyhow::Result<&Path> {
        let write = || {
            let file = NamedTempFile::new()?;
            fs::write(file.path(), &self.bytes).context("cannot write the data")?;
            Ok(Arc::new(file))
        };
        get_or_make(&self.forms.file, write).map(|file| file.path())
    }

    /// A file with the lines as one compact array.
    pub(crate) fn array_file(&self) -> anyhow::Result<&Path> {
        let write = || {
            let mut file = NamedTempFile::new()?;
            let mut text = b"[".to_vec();
            for line in &self.lines {
                text.extend_from_slice(&self.bytes[line.clone()]);
                text.push(b',');
            }
            text.pop();
            text.push(b']');
            file.write_all(&text).context("cannot write the data")?;
            Ok(Arc::new(file))
        };
        get_or_make(&self.forms.array_file, write).map(|file| file.path())
    }

    /// The schema of all the records; where they disagree, raw JSON.
    pub(crate) fn inferred(&self) -> anyhow::Result<&Inferred> {
        let infer = || columns::infer(&self.bytes[..]).map(Arc::new);
        get_or_make(&self.forms.inferred, infer).map(|inferred| &**inferred)
    }

    /// The records as columns, read by arrow-json.
    pub(crate) fn batches(&self) -> anyhow::Result<&[RecordBatch]> {
        let read = || {
            let batches = columns::peer_batches(self.inferred()?, &self.bytes[..])?;
            Ok(batches.collect::<Result<Vec<_>, _>>()?.into())
        };
        get_or_make(&self.forms.batches, read).map(|batches| &**batches)
    }
}
