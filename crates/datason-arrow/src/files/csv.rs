//! Tables from CSV files, and into them, batch by batch.

mod batches;
mod write;

use std::path::Path;
use std::sync::Arc;

use arrow_csv::reader::Format;
use arrow_schema::SchemaRef;
use datason_core::Result;
use datason_io::{Source, SourceOptions};

pub use self::batches::CsvBatches;
use self::batches::Layout;
pub use self::write::{CsvWriter, CsvWriterBuilder};
use crate::error::of_arrow;
use crate::table::TableStream;

/// Options for CSV files, and the ways to open one with them.
///
/// Types are inferred from the first rows unless a schema is given. A row that does not fit, since
/// a cell is not of its column's type or there are too many, is an error with the place of the
/// row: the file, the line, the byte, and its number among the rows. The rows before it come out
/// first. Give a schema with texts to be safe from cells.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_arrow::files::csv::CsvBuilder;
/// use datason_core::{Chunkable, Config};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("cities.csv");
/// std::fs::write(&path, "city;people\nOslo;709037\nBergen;\n")?;
///
/// let table = CsvBuilder::new().delimiter(b';').open(&path)?;
/// let table_schema = table.schema().clone();
/// let mut chunks = table.into_chunks(NonZeroUsize::new(10).unwrap(), &Config::DEFAULT);
/// let chunk = chunks.next().unwrap()?;
/// let text = r#"[{"city":"Oslo","people":709037},{"city":"Bergen","people":null}]"#;
/// assert_eq!(serde_json::to_string(&chunk)?, text);
///
/// std::fs::write(&path, "city;people\nOslo;many\n")?;
/// let table = CsvBuilder::new().delimiter(b';').schema(table_schema).open(&path)?;
/// let mut chunks = table.into_chunks(NonZeroUsize::new(10).unwrap(), &Config::DEFAULT);
/// let error = chunks.next().unwrap().unwrap_err();
/// assert_eq!((error.path(), error.position().map(|place| place.line())), (Some(&*path), Some(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvBuilder {
    delimiter: u8,
    quote: u8,
    header: bool,
    schema: Option<SchemaRef>,
    inferred_rows: usize,
    batch_rows: usize,
}

impl CsvBuilder {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            delimiter: b',',
            quote: b'"',
            header: true,
            schema: None,
            inferred_rows: 1000,
            batch_rows: 8192,
        }
    }

    /// What stands between cells. Default: a comma.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// What stands around cells that hold a delimiter. Default: `"`.
    #[must_use]
    pub const fn quote(mut self, quote: u8) -> Self {
        self.quote = quote;
        self
    }

    /// Whether the first line has the names of the columns. Default: `true`. Without, the
    /// columns are `column_1`, `column_2` …
    #[must_use]
    pub const fn header(mut self, yes: bool) -> Self {
        self.header = yes;
        self
    }

    /// The columns and their types. Default: inferred, for which the file is opened twice.
    #[must_use]
    pub fn schema(mut self, schema: SchemaRef) -> Self {
        self.schema = Some(schema);
        self
    }

    /// How many rows types are inferred from. Default: 1,000.
    #[must_use]
    pub const fn inferred_rows(mut self, rows: usize) -> Self {
        self.inferred_rows = rows;
        self
    }

    /// How many rows are read at once; 0 is taken for 1. Default: 8,192. Chunks may have more or
    /// fewer.
    #[must_use]
    pub const fn batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows;
        self
    }

    /// The table in the file at `path`, compressed or not. One batch of it is in memory at a
    /// time, with its text.
    ///
    /// # Errors
    /// Each with the path. [`ErrorKind::Io`](datason_core::ErrorKind::Io) if the file cannot be
    /// read; [`ErrorKind::Data`](datason_core::ErrorKind::Data) if types are to be inferred and
    /// its first rows are no CSV.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<CsvTable> {
        let path = path.as_ref();
        let open = || Source::open(path, &SourceOptions::new());
        let schema = match &self.schema {
            Some(schema) => Arc::clone(schema),
            None => self.infer(open()?).map_err(|error| error.in_file(path))?,
        };
        let layout = Layout {
            schema: Arc::clone(&schema),
            format: self.format(),
            header: self.header,
            batch_rows: self.batch_rows.max(1),
        };
        let batches = CsvBatches::new(open()?, Some(path.to_owned()), layout);
        Ok(TableStream::new(schema, batches))
    }

    fn infer(&self, source: Source) -> Result<SchemaRef> {
        let (schema, _) =
            self.format().infer_schema(source, Some(self.inferred_rows)).map_err(of_arrow)?;
        Ok(Arc::new(schema))
    }

    fn format(&self) -> Format {
        Format::default()
            .with_header(self.header)
            .with_delimiter(self.delimiter)
            .with_quote(self.quote)
    }
}

impl Default for CsvBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// A table that is read from a CSV file.
pub type CsvTable = TableStream<CsvBatches<Source>>;
