//! Columns into Arrow IPC and CSV.

use std::io;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};
use datason_arrow::{CsvWriter, CsvWriterBuilder};
use datason_core::{Error, ErrorKind, Result};
use datason_io::{Compression, Sink, SinkOptions};

use super::ColumnLayout;

/// The output of columns: a file appears when it is [published](Self::publish).
pub(crate) enum ColumnOutput {
    File(Box<FileWriter<Sink>>),
    Stream(Box<StreamWriter<Sink>>),
    Csv(Box<CsvWriter<Sink>>),
}

impl ColumnOutput {
    /// An output of `schema` to the file at `path`, or to standard output.
    ///
    /// # Errors
    /// `Unsupported` for dictionaries in a file, since there they must not differ between
    /// batches; else those of the sink.
    pub(crate) fn create(
        path: &Path,
        compression: Option<Compression>,
        layout: ColumnLayout,
        csv: &CsvWriterBuilder,
        schema: &SchemaRef,
    ) -> Result<Self> {
        if layout == ColumnLayout::File
            && let Some(field) = schema.fields().iter().find(|field| has_dictionary(field))
        {
            let name = datason_core::excerpt(field.name());
            let message = format!(
                "the column `{name}` has a dictionary for each batch, which an Arrow file cannot \
                 have: write `--to arrow-stream`"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let options = match compression {
            Some(compression) => SinkOptions::new().compression(compression),
            None => SinkOptions::new(),
        };
        let sink = match path.to_str() {
            Some("-") => Sink::stdout(&options)?,
            _ => Sink::create(path, &options)?,
        };
        match layout {
            ColumnLayout::File => FileWriter::try_new(sink, schema).map(Box::new).map(Self::File),
            ColumnLayout::Stream => {
                StreamWriter::try_new(sink, schema).map(Box::new).map(Self::Stream)
            }
            ColumnLayout::Csv => {
                let writer = csv.to_writer(sink, SchemaRef::clone(schema))?;
                return Ok(Self::Csv(Box::new(writer)));
            }
        }
        .map_err(of_arrow)
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            Self::File(writer) => writer.write(batch),
            Self::Stream(writer) => writer.write(batch),
            Self::Csv(writer) => return writer.write(batch),
        }
        .map_err(of_arrow)
    }

    /// How many cells that look like formulas have got a `'`, where that is counted.
    pub(crate) fn guarded(&self) -> Option<u64> {
        match self {
            Self::File(_) | Self::Stream(_) => None,
            Self::Csv(writer) => Some(writer.guarded()),
        }
    }

    /// Completes the output: a file appears whole.
    pub(crate) fn publish(self) -> Result<()> {
        let sink = match self {
            Self::File(writer) => writer.into_inner(),
            Self::Stream(writer) => writer.into_inner(),
            Self::Csv(writer) => return writer.finish().map(|_receipt| ()),
        };
        sink.map_err(of_arrow)?.finish().map(|_receipt| ())
    }
}

fn has_dictionary(field: &Field) -> bool {
    match field.data_type() {
        DataType::Dictionary(..) => true,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            has_dictionary(item)
        }
        DataType::Map(entries, _) => has_dictionary(entries),
        DataType::Struct(fields) => fields.iter().any(|field| has_dictionary(field)),
        _ => false,
    }
}

/// The sink's own error, which Arrow's writer has wrapped twice.
fn of_arrow(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, cause) => of_io(cause),
        other => Error::new(ErrorKind::Unsupported, "Arrow cannot hold it").caused_by(other),
    }
}

fn of_io(cause: io::Error) -> Error {
    cause.downcast().unwrap_or_else(|cause| Error::io("cannot write the columns", cause))
}
