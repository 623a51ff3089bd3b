//! Tables in chunks of rows: batches in memory, and streams of batches.

mod chunk;
mod chunks;

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{Schema, SchemaRef};
use datason_core::config::Config;
use datason_core::{
    ChunkSize, Chunkable, Description, Error, ErrorKind, Result, Spacing, Strategy,
};
use datason_json::Writer;

pub use self::chunk::{TableChunk, TableRecord, TableRecords};
pub use self::chunks::TableChunks;
use crate::encode::Plan;
use crate::error::of_source;
use crate::footprint::resident_bytes;
use crate::slice::slices;

/// A table in memory: batches of one schema, and which column labels the rows.
///
/// Give `&table`, or the table itself, to whatever takes a [`Chunkable`]; a table without an index
/// column may also be given as the [batch](crate::input) that it is. Making one from a batch
/// copies nothing.
/// Without [`index_column`](Self::index_column) the rows are labelled 0, 1, 2 … through all
/// chunks.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// use datason_arrow::Table;
/// use datason_core::config::{Config, Orient};
/// use datason_core::Chunkable;
///
/// let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
/// let counts: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
/// let table = Table::from(RecordBatch::try_from_iter([("id", ids), ("n", counts)])?);
///
/// let two = NonZeroUsize::new(2).unwrap();
/// let texts = |table: &Table, config| -> datason_core::Result<Vec<String>> {
///     table.into_chunks(two, config).map(|chunk| Ok(serde_json::to_string(&chunk?).unwrap())).collect()
/// };
/// assert_eq!(
///     texts(&table, &Config::DEFAULT)?,
///     [r#"[{"id":"a","n":1},{"id":"b","n":null}]"#, r#"[{"id":"c","n":3}]"#],
/// );
/// let by_id = table.index_column("id")?;
/// let config = Config::DEFAULT.orient(Orient::Index);
/// assert_eq!(texts(&by_id, &config)?, [r#"{"a":{"n":1},"b":{"n":null}}"#, r#"{"c":{"n":3}}"#]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    index: Option<usize>,
}

impl Table {
    /// The rows of `batches`, one after the other; there may be none. Copies nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`] if the columns of a batch are not those of `schema`, in name, type
    /// and order.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    /// use datason_arrow::Table;
    /// use datason_core::ErrorKind;
    ///
    /// let column = |name| {
    ///     let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    ///     RecordBatch::try_from_iter([(name, numbers)])
    /// };
    /// let (a, b) = (column("a")?, column("b")?);
    /// let table = Table::new(a.schema(), vec![a.clone(), a.clone()])?;
    /// assert_eq!((table.num_rows(), table.batches().len()), (4, 2));
    /// assert_eq!(Table::new(a.schema(), vec![a, b]).unwrap_err().kind(), ErrorKind::Schema);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<Self> {
        batches.iter().try_for_each(|batch| check_schema(&schema, batch))?;
        Ok(Self { schema, batches, index: None })
    }

    /// The same table, whose rows are labelled by the column `name`: a column no more, but the
    /// index of the forms index, dict, series, split and tight. The other forms have no labels,
    /// and leave it out. Default: none, the labels are numbers from 0.
    ///
    /// Labels that are keys must differ within a chunk. Cost: in the forms index, dict and
    /// series the texts of a chunk's labels are held to make sure.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no such column, or more than one.
    pub fn index_column(self, name: &str) -> Result<Self> {
        let index = Some(find_column(&self.schema, name)?);
        Ok(Self { index, ..self })
    }

    /// The schema, the index column included.
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The batches.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows there are.
    pub fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The table in chunks of `size`, rows or bytes of memory (see
    /// [`slice::bytes_of`](crate::slice::bytes_of)), to be written as `config` says.
    ///
    /// Lazy: errors come with the chunk they concern, those of the table as a whole with the
    /// first. They are [`ErrorKind::Data`] for columns or labels of one name where names are
    /// keys, and [`ErrorKind::Unsupported`] for a type that has no form in JSON.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    /// use datason_arrow::Table;
    /// use datason_core::{ByteSize, ChunkSize, Config};
    ///
    /// let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..5));
    /// let table = Table::from(RecordBatch::try_from_iter([("n", numbers)])?);
    /// let size = ChunkSize::bytes(ByteSize::b(16))?; // two numbers of eight bytes
    /// let rows: Vec<_> = table
    ///     .chunks(size, &Config::DEFAULT)
    ///     .map(|chunk| chunk.map(|chunk| (chunk.first_row(), chunk.num_rows())))
    ///     .collect::<datason_core::Result<_>>()?;
    /// assert_eq!(rows, [(0, 2), (2, 2), (4, 1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn chunks(&self, size: ChunkSize, config: &Config) -> TableChunks<TableBatches> {
        let plan = Plan::new(Arc::clone(&self.schema), self.index, config);
        TableChunks::new(TableBatches(self.batches.clone().into_iter()), plan, size)
    }

    /// Writes all rows, each as one record, as the writer's configuration says: as
    /// [`TableRecords::write_to`] does for those of a chunk, and faster than in chunks of bytes,
    /// whose rows have to be found.
    ///
    /// # Errors
    /// As [`chunks`](Self::chunks) and [`TableChunk::records`], and as [`Writer::write`] at the
    /// first row that fails; those before it are written.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    /// use datason_arrow::Table;
    /// use datason_json::WriterBuilder;
    ///
    /// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    /// let table = Table::from(RecordBatch::try_from_iter([("id", ids)])?);
    /// let mut writer = WriterBuilder::new().to_writer(Vec::new())?;
    /// table.write_to(&mut writer)?;
    /// assert_eq!(writer.into_inner()?, b"{\"id\": 1}\n{\"id\": 2}\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_to<W: Write>(&self, writer: &mut Writer<W>) -> Result<()> {
        let plan = Plan::new(Arc::clone(&self.schema), self.index, writer.config())?;
        write_batches(&Arc::new(plan), self.batches.iter().cloned().map(Ok), writer)
    }
}

impl From<RecordBatch> for Table {
    fn from(batch: RecordBatch) -> Self {
        Self { schema: batch.schema(), batches: vec![batch], index: None }
    }
}

/// Cheap: the columns are shared, not copied.
impl From<&RecordBatch> for Table {
    fn from(batch: &RecordBatch) -> Self {
        Self::from(batch.clone())
    }
}

impl Chunkable for Table {
    type Chunk = TableChunk;
    type Chunks = TableChunks<TableBatches>;

    fn describe(&self) -> Description {
        describe(&self.schema, self.index, Some(self.num_rows() as u64))
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        self.chunks(ChunkSize::Records(size), config)
    }

    fn items_in(chunk: &TableChunk) -> Option<u64> {
        Some(chunk.num_rows() as u64)
    }

    fn bytes_in(chunk: &TableChunk) -> Option<u64> {
        Some(chunk.num_bytes() as u64)
    }

    fn resident_bytes(&self) -> Option<u64> {
        Some(resident_bytes(&self.batches) as u64)
    }

    fn append_text(
        chunk: &TableChunk,
        config: &Config,
        spacing: Spacing,
        out: &mut Vec<u8>,
    ) -> bool {
        chunk.append_text(config, spacing, out)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TableChunk>,
        size: NonZeroUsize,
    ) -> Option<TableChunk> {
        chunks.recut(back, size);
        None
    }
}

impl Chunkable for &Table {
    type Chunk = TableChunk;
    type Chunks = TableChunks<TableBatches>;

    fn describe(&self) -> Description {
        (*self).describe()
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        self.chunks(ChunkSize::Records(size), config)
    }

    fn items_in(chunk: &TableChunk) -> Option<u64> {
        Table::items_in(chunk)
    }

    fn bytes_in(chunk: &TableChunk) -> Option<u64> {
        Table::bytes_in(chunk)
    }

    fn resident_bytes(&self) -> Option<u64> {
        (*self).resident_bytes()
    }

    fn append_text(
        chunk: &TableChunk,
        config: &Config,
        spacing: Spacing,
        out: &mut Vec<u8>,
    ) -> bool {
        Table::append_text(chunk, config, spacing, out)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TableChunk>,
        size: NonZeroUsize,
    ) -> Option<TableChunk> {
        Table::recut(chunks, back, size)
    }
}

/// The batches of a [`Table`], which share its columns.
#[derive(Clone, Debug)]
pub struct TableBatches(std::vec::IntoIter<RecordBatch>);

impl Iterator for TableBatches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }
}

/// A table that comes batch by batch, of which nobody need know how many there are.
///
/// Chunks have the number of rows asked for, however many the batches have. In memory are one
/// chunk and the batches that it reaches into; rows are not copied.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, RecordBatch, UInt8Array};
/// use arrow_schema::ArrowError;
/// use datason_arrow::TableStream;
/// use datason_core::{Chunkable, Config};
///
/// let batch = |numbers: Vec<u8>| {
///     RecordBatch::try_from_iter([("n", Arc::new(UInt8Array::from(numbers)) as ArrayRef)])
/// };
/// let schema = batch(vec![])?.schema();
/// let stream = TableStream::new(schema, [batch(vec![1, 2, 3]), batch(vec![4])]);
/// let chunks = stream.into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
/// let rows: Vec<_> = chunks.map(|chunk| Ok(chunk?.num_rows())).collect::<Result<_, datason_core::Error>>()?;
/// assert_eq!(rows, [2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableStream<I> {
    schema: SchemaRef,
    batches: I,
    index: Option<usize>,
}

impl<I: Iterator> TableStream<I> {
    /// The rows of `batches`, one after the other. An item may be an error of any kind: the rows
    /// before it come out as a shorter chunk, then the error, then nothing more.
    pub fn new<B>(schema: SchemaRef, batches: B) -> Self
    where
        B: IntoIterator<IntoIter = I, Item = I::Item>,
    {
        Self { schema, batches: batches.into_iter(), index: None }
    }

    /// As [`Table::index_column`].
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no such column, or more than one.
    pub fn index_column(self, name: &str) -> Result<Self> {
        let index = Some(find_column(&self.schema, name)?);
        Ok(Self { index, ..self })
    }

    /// The schema, the index column included.
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl<R: RecordBatchReader> TableStream<R> {
    /// The batches of one of arrow's readers: of an IPC or Parquet file, of a query.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator};
    /// use datason_arrow::TableStream;
    /// use datason_json::serialize_chunked;
    ///
    /// let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    /// let batch = RecordBatch::try_from_iter([("n", numbers)])?;
    /// let schema = batch.schema();
    /// let reader = RecordBatchIterator::new([Ok(batch)], schema);
    /// let result = serialize_chunked(TableStream::from_reader(reader), 2)?;
    /// assert_eq!(result.metadata().columns.as_deref(), Some(&["n".to_owned()][..]));
    /// assert_eq!(result.into_chunks().last().unwrap()?.as_str(), r#"[{"n": 3}]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader(reader: R) -> Self {
        Self { schema: reader.schema(), batches: reader, index: None }
    }
}

impl<I, E> TableStream<I>
where
    I: Iterator<Item = std::result::Result<RecordBatch, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// As [`Table::chunks`].
    pub fn chunks(self, size: ChunkSize, config: &Config) -> TableChunks<OwnErrors<I>> {
        let plan = Plan::new(self.schema, self.index, config);
        TableChunks::new(OwnErrors(self.batches), plan, size)
    }

    /// As [`Table::write_to`]; in memory is one batch.
    ///
    /// # Errors
    /// As there, and those that come in the place of a batch.
    pub fn write_to<W: Write>(self, writer: &mut Writer<W>) -> Result<()> {
        let plan = Plan::new(self.schema, self.index, writer.config())?;
        write_batches(&Arc::new(plan), OwnErrors(self.batches), writer)
    }
}

impl<I, E> Chunkable for TableStream<I>
where
    I: Iterator<Item = std::result::Result<RecordBatch, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Chunk = TableChunk;
    type Chunks = TableChunks<OwnErrors<I>>;

    fn describe(&self) -> Description {
        describe(&self.schema, self.index, None)
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        self.chunks(ChunkSize::Records(size), config)
    }

    fn items_in(chunk: &TableChunk) -> Option<u64> {
        Table::items_in(chunk)
    }

    fn bytes_in(chunk: &TableChunk) -> Option<u64> {
        Table::bytes_in(chunk)
    }

    fn append_text(
        chunk: &TableChunk,
        config: &Config,
        spacing: Spacing,
        out: &mut Vec<u8>,
    ) -> bool {
        Table::append_text(chunk, config, spacing, out)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TableChunk>,
        size: NonZeroUsize,
    ) -> Option<TableChunk> {
        chunks.recut(back, size);
        None
    }
}

/// Batches whose errors are turned into ours.
#[derive(Clone, Debug)]
pub struct OwnErrors<I>(I);

impl<I, E> Iterator for OwnErrors<I>
where
    I: Iterator<Item = std::result::Result<RecordBatch, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(of_source))
    }
}

fn write_batches<W: Write>(
    plan: &Arc<Plan>,
    batches: impl Iterator<Item = Result<RecordBatch>>,
    writer: &mut Writer<W>,
) -> Result<()> {
    plan.check_rows()?;
    let mut first = 0;
    for batch in batches {
        let batch = batch?;
        check_schema(plan.schema(), &batch)?;
        for part in slices(&batch, TOGETHER) {
            let rows = part.num_rows();
            let chunk = TableChunk::new(Arc::clone(plan), vec![part], rows, first);
            chunk.records()?.write_to(writer)?;
            first += rows as u64;
        }
    }
    Ok(())
}

/// As many rows are looked at together when a whole table is written: what is made for each row of
/// a dictionary must not grow with the batch.
const TOGETHER: ChunkSize = match NonZeroUsize::new(1 << 16) {
    Some(rows) => ChunkSize::Records(rows),
    None => ChunkSize::DEFAULT,
};

fn describe(schema: &Schema, index: Option<usize>, rows: Option<u64>) -> Description {
    let mut description = Description::new(Strategy::DataframeRows, "pandas.DataFrame", rows);
    let columns = schema.fields().iter().enumerate();
    let columns = columns.filter(|(column, _)| Some(*column) != index);
    let columns = columns.map(|(_, field)| (field.name().clone(), field.data_type().to_string()));
    let (names, types) = columns.unzip();
    description.columns = Some(names);
    description.dtypes = Some(types);
    description
}

fn find_column(schema: &Schema, name: &str) -> Result<usize> {
    let mut named =
        (0..schema.fields().len()).filter(|column| schema.field(*column).name() == name);
    match (named.next(), named.next()) {
        (Some(column), None) => Ok(column),
        (None, _) => Err(no_such_column(schema, name)),
        _ => {
            Err(Error::new(ErrorKind::Argument, format!("more than one column is named `{name}`")))
        }
    }
}

#[cold]
fn no_such_column(schema: &Schema, name: &str) -> Error {
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let message = format!("no column is named `{name}`: {}", names.join(", "));
    Error::new(ErrorKind::Argument, message)
}

/// Metadata and nullability may differ: they do not change how a cell is written.
fn check_schema(schema: &Schema, batch: &RecordBatch) -> Result<()> {
    let (expected, found) = (schema.fields(), batch.schema_ref().fields());
    let mut pairs = expected.iter().zip(found);
    let equal = |left: &arrow_schema::Field, right: &arrow_schema::Field| {
        left.name() == right.name() && left.data_type() == right.data_type()
    };
    if expected.len() == found.len() && pairs.all(|(left, right)| equal(left, right)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Schema,
        format!("a batch with the columns {found:?} in a table with the columns {expected:?}"),
    ))
}
