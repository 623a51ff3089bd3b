//! Tables from CSV files, batch by batch.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow_csv::reader::Format;
use arrow_csv::{Reader, ReaderBuilder};
use arrow_schema::SchemaRef;
use datason_core::{Error, Result};
use datason_io::{Source, SourceOptions};

use crate::error::of_arrow;
use crate::table::TableStream;

/// Options for CSV files, and the ways to open one with them.
///
/// Types are inferred from the first rows unless a schema is given. A cell that does not fit the
/// type of its column is an error, which names line and column; give a schema with texts to be
/// safe from that.
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
/// let mut chunks = table.into_chunks(NonZeroUsize::new(10).unwrap(), &Config::DEFAULT);
/// let chunk = chunks.next().unwrap()?;
/// let text = r#"[{"city":"Oslo","people":709037},{"city":"Bergen","people":null}]"#;
/// assert_eq!(serde_json::to_string(&chunk)?, text);
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

    /// How many rows are read at once. Default: 8,192. Chunks may have more or fewer.
    #[must_use]
    pub const fn batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows;
        self
    }

    /// The table in the file at `path`, compressed or not. One batch of it is in memory at a
    /// time.
    ///
    /// # Errors
    /// Each with the path. [`ErrorKind::Io`](datason_core::ErrorKind::Io) if the file cannot be
    /// read; [`ErrorKind::Data`](datason_core::ErrorKind::Data) if it is no CSV.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<CsvTable> {
        let path = path.as_ref();
        let open = || Source::open(path, &SourceOptions::new());
        let schema = match &self.schema {
            Some(schema) => Arc::clone(schema),
            None => self.infer(open()?).map_err(|error| error.in_file(path))?,
        };
        self.read(schema, open()?).map_err(|error| error.in_file(path))
    }

    fn infer(&self, source: Source) -> Result<SchemaRef> {
        let (schema, _) =
            self.format().infer_schema(source, Some(self.inferred_rows)).map_err(of_arrow)?;
        Ok(Arc::new(schema))
    }

    fn read<R: Read>(&self, schema: SchemaRef, source: R) -> Result<TableStream<Reader<R>>, Error> {
        let builder = ReaderBuilder::new(schema)
            .with_format(self.format())
            .with_batch_size(self.batch_rows.max(1));
        Ok(TableStream::from_reader(builder.build(source).map_err(of_arrow)?))
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
pub type CsvTable = TableStream<Reader<Source>>;
