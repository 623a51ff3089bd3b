//! Tables into CSV.

use std::io::Write;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datason_core::{Config, Error, ErrorKind, Result, escape};
use datason_io::{Receipt, Sink, SinkOptions, into_error};
use datason_json::TextStyle;
use datason_json::ser::Encoder;

use crate::encode::{Cell, Column};

/// Options for writing CSV, and the ways to open an output with them.
///
/// # What a cell becomes
/// - A text stands as it is, a number, a date or a truth as in JSON without the quotes: exact.
/// - A list, a struct, a map is its JSON text, on one line. A column of JSON text is that text.
/// - No value is an empty cell, and an empty text is `""`. Many readers take both for the same.
///   Where the table has one column, both are `""`: an empty line would be no row.
///
/// A cell is quoted if it holds a delimiter, a quote or a line break, or begins or ends with a
/// blank; quotes in it are doubled (RFC 4180). So any text comes back byte for byte. Lines end with
/// `\n`, the text is UTF-8 and has no byte order mark.
///
/// # Formulas
/// Spreadsheets take a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a
/// formula, also a quoted one, and run it. [`guard`](Self::guard) puts a `'` before such texts.
/// They are no longer what they were then, so it is not done unless it is asked for.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
/// use datason_arrow::CsvWriterBuilder;
///
/// let name: ArrayRef = Arc::new(StringArray::from(vec![Some("=1+1"), Some("a, \"b\""), None]));
/// let debt: ArrayRef = Arc::new(Float64Array::from(vec![-3.5, 0.1, 2.0]));
/// let batch = RecordBatch::try_from_iter([("name", name), ("debt", debt)])?;
///
/// let mut writer = CsvWriterBuilder::new().guard(true).to_writer(Vec::new(), batch.schema())?;
/// writer.write(&batch)?;
/// assert_eq!(writer.guarded(), 1);
/// let text = String::from_utf8(writer.into_inner()?)?;
/// assert_eq!(text, "name,debt\n'=1+1,-3.5\n\"a, \"\"b\"\"\",0.1\n,2.0\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvWriterBuilder {
    delimiter: u8,
    header: bool,
    guard: bool,
    config: Config,
}

impl CsvWriterBuilder {
    /// The defaults.
    pub const fn new() -> Self {
        Self { delimiter: b',', header: true, guard: false, config: Config::DEFAULT }
    }

    /// What stands between cells. Default: a comma.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Whether the first line has the names of the columns. Default: `true`.
    #[must_use]
    pub const fn header(mut self, yes: bool) -> Self {
        self.header = yes;
        self
    }

    /// Whether a `'` is put before texts that a spreadsheet would take for a formula. Numbers are
    /// none, and neither are texts that are a decimal number as a whole: `-3.5` stays. Default:
    /// `false`.
    #[must_use]
    pub const fn guard(mut self, yes: bool) -> Self {
        self.guard = yes;
        self
    }

    /// What values mean: how dates are written, what becomes of NaN (left out is an empty cell).
    /// Default: [`Config::DEFAULT`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// A writer to the file at `path`, which appears, whole, when
    /// [`finish`](CsvWriter::finish) returns; compressed as its extension says.
    ///
    /// # Errors
    /// As [`to_writer`](Self::to_writer) and [`Sink::create`].
    pub fn create(&self, path: impl AsRef<Path>, schema: SchemaRef) -> Result<CsvWriter<Sink>> {
        let path = path.as_ref();
        self.check().map_err(|error| error.in_file(path))?;
        self.to_writer(Sink::create(path, &SinkOptions::new())?, schema)
    }

    /// A writer of tables of `schema` to `output`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a delimiter that no reader could tell from the rest, and for a
    /// schema without columns, whose rows would be lost; [`ErrorKind::Io`] if the line of names cannot be written.
    pub fn to_writer<W: Write>(&self, output: W, schema: SchemaRef) -> Result<CsvWriter<W>> {
        self.check()?;
        if schema.fields().is_empty() {
            let message = "a table without columns has no form in CSV";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let mut line = Line { delimiter: self.delimiter, guard: self.guard, ..Line::default() };
        if self.header {
            let names: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
            for name in &names {
                line.text(name);
            }
            line.end(names.len());
        }
        let encoder = Encoder::new(self.config.clone(), TextStyle::Compact);
        let mut writer =
            CsvWriter { output, schema, encoder, line, json: Vec::new(), failed: false };
        writer.hand_over()?;
        Ok(writer)
    }

    fn check(&self) -> Result<()> {
        if matches!(self.delimiter, b'"' | b'\r' | b'\n' | b'\'' | 0x80..) {
            let shown = escape(&[self.delimiter]);
            let message = format!("`{shown}` cannot stand between the cells of a CSV file");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }
}

impl Default for CsvWriterBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes record batches as CSV: see [`CsvWriterBuilder`]. Holds one line, and hands the output
/// what a batch comes to in pieces of some 64 KiB.
#[derive(Debug)]
#[must_use = "an output is complete only when it is finished"]
pub struct CsvWriter<W: Write> {
    output: W,
    schema: SchemaRef,
    encoder: Encoder,
    line: Line,
    /// A cell as JSON.
    json: Vec<u8>,
    /// Whether the output has failed: what it holds then, nobody knows.
    failed: bool,
}

/// Bytes gathered before they go on.
const BLOCK: usize = 64 << 10;

impl<W: Write> CsvWriter<W> {
    /// Writes the rows of `batch`. A row that cannot be written leaves no trace; those before it
    /// are written, and those behind it are not.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`] if it is of another schema; [`ErrorKind::Unsupported`] and
    /// [`ErrorKind::Data`] for what cannot be written, as in JSON, with the pointer of the column;
    /// [`ErrorKind::Io`] if the output fails; every later call fails then.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.schema_ref().fields() != self.schema.fields() {
            let message = "the batch has other columns than the file";
            return Err(Error::new(ErrorKind::Schema, message));
        }
        let fields = self.schema.fields().clone();
        let columns: Vec<Column<'_>> = fields
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| {
                let column = Column::of(array, field).map_err(|error| error.below(field.name()))?;
                Ok(column.blanks(true))
            })
            .collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let start = self.line.text.len();
            let cells = columns.iter().zip(&fields).try_for_each(|(column, field)| {
                self.cell(column, row).map_err(|error| error.below(field.name()))
            });
            if let Err(error) = cells {
                self.line.take_back(start);
                return Err(error);
            }
            self.line.end(columns.len());
            if self.line.text.len() >= BLOCK {
                self.hand_over()?;
            }
        }
        self.hand_over()
    }

    /// How many cells, names of columns included, have got a `'` before them.
    pub fn guarded(&self) -> u64 {
        self.line.guarded
    }

    /// Completes the text and returns the output. A [`Sink`] is not published by that:
    /// [`finish`](Self::finish) does both.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the output fails.
    pub fn into_inner(mut self) -> Result<W> {
        self.hand_over()?;
        self.output.flush().map_err(|cause| into_error(cause, "cannot write"))?;
        Ok(self.output)
    }

    fn cell(&mut self, column: &Column<'_>, row: usize) -> Result<()> {
        if column.is_null(row) {
            self.line.nothing();
            return Ok(());
        }
        if let Some(text) = column.text(row) {
            self.line.text(text);
            return Ok(());
        }
        self.json.clear();
        self.encoder.append(&Cell { column, row }, &mut self.json)?;
        match self.json.as_slice() {
            b"null" => self.line.nothing(),
            [b'"', ..] => {
                let text: String = serde_json::from_slice(&self.json).map_err(|cause| {
                    Error::new(ErrorKind::Data, "the cell is no text").caused_by(cause)
                })?;
                self.line.text(&text);
            }
            json => self.line.put(json),
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<()> {
        if self.failed {
            return Err(Error::new(ErrorKind::Io, "the output failed before").fatal());
        }
        let written = self.output.write_all(&self.line.text);
        self.line.text.clear();
        self.failed = written.is_err();
        written.map_err(|cause| into_error(cause, "cannot write"))
    }
}

impl CsvWriter<Sink> {
    /// Completes the file and publishes it.
    ///
    /// # Errors
    /// As [`Sink::finish`]. Nothing is published then.
    pub fn finish(self) -> Result<Receipt> {
        self.into_inner()?.finish()
    }
}

/// Lines that are being written.
#[derive(Debug, Default)]
struct Line {
    text: Vec<u8>,
    delimiter: u8,
    guard: bool,
    /// How many cells the line has.
    cells: usize,
    /// Where the last cell of the line begins.
    last: usize,
    guarded: u64,
}

impl Line {
    /// Takes back the line that began at `start`.
    fn take_back(&mut self, start: usize) {
        self.text.truncate(start);
        self.cells = 0;
    }

    fn begin_cell(&mut self) {
        if self.cells > 0 {
            self.text.push(self.delimiter);
        }
        self.cells += 1;
        self.last = self.text.len();
    }

    /// A cell without a value.
    fn nothing(&mut self) {
        self.begin_cell();
    }

    /// A cell that is a text, and guarded if it looks like a formula.
    fn text(&mut self, text: &str) {
        if self.guard && is_formula(text) {
            self.guarded += 1;
            self.put(format!("'{text}").as_bytes());
        } else if text.is_empty() {
            self.begin_cell();
            self.text.extend_from_slice(b"\"\"");
        } else {
            self.put(text.as_bytes());
        }
    }

    /// A cell, quoted where it must be.
    fn put(&mut self, cell: &[u8]) {
        self.begin_cell();
        let blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        let special = |byte: &u8| *byte == self.delimiter || matches!(byte, b'"' | b'\r' | b'\n');
        if !cell.iter().any(special) && !blank(cell.first()) && !blank(cell.last()) {
            self.text.extend_from_slice(cell);
            return;
        }
        self.text.push(b'"');
        for (number, piece) in cell.split(|byte| *byte == b'"').enumerate() {
            if number > 0 {
                self.text.extend_from_slice(b"\"\"");
            }
            self.text.extend_from_slice(piece);
        }
        self.text.push(b'"');
    }

    /// Ends a line of `columns` cells. An empty line would be no row.
    fn end(&mut self, columns: usize) {
        if columns == 1 && self.last == self.text.len() {
            self.text.extend_from_slice(b"\"\"");
        }
        self.text.push(b'\n');
        self.cells = 0;
    }
}

/// Whether a spreadsheet would run `text`.
fn is_formula(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
        && !is_decimal(text)
}

/// Whether all of `text` is a decimal number: a sign, digits, a point, an exponent.
fn is_decimal(text: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E');
    text.bytes().all(is_plain) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int64Type;
    use arrow_array::{Array, ArrayRef, Date64Array, Int64Array, ListArray, StringArray};

    use super::*;
    use crate::CsvBuilder;

    fn batch(texts: &[Option<&str>]) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..).take(texts.len())));
        let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        RecordBatch::try_from_iter([("n", numbers), ("text", texts)]).unwrap()
    }

    fn written(builder: &CsvWriterBuilder, batch: &RecordBatch) -> (String, u64) {
        let mut writer = builder.to_writer(Vec::new(), batch.schema()).unwrap();
        writer.write(batch).unwrap();
        let guarded = writer.guarded();
        (String::from_utf8(writer.into_inner().unwrap()).unwrap(), guarded)
    }

    const HAZARDS: [&str; 20] = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "a,b",
        "say \"x\"",
        "two\nlines",
        "two\r\nlines",
        " blank ",
        "-3.5",
        "+4",
        "-",
        "'quoted",
        "é",
        "=\"x\"",
        "\"",
        "-1e5",
        "NULL",
    ];

    #[test]
    fn whatever_a_text_is_it_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hazards.csv.gz");
        let texts: Vec<_> = HAZARDS.iter().copied().map(Some).collect();
        let batch = batch(&texts);
        let mut writer = CsvWriterBuilder::new().create(&path, batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        assert!(!path.exists());
        writer.finish().unwrap();
        let table = CsvBuilder::new().schema(batch.schema()).open(&path).unwrap();
        let read: Vec<_> = table
            .chunks(datason_core::ChunkSize::records(100).unwrap(), &Config::DEFAULT)
            .map(|chunk| chunk.unwrap().batch().unwrap())
            .collect();
        assert_eq!(read, [batch]);
    }

    #[test]
    fn what_begins_like_a_formula_is_guarded_on_request_and_numbers_stay() {
        let texts: Vec<_> = HAZARDS.iter().copied().map(Some).collect();
        let (text, guarded) = written(&CsvWriterBuilder::new().guard(true), &batch(&texts));
        assert_eq!(guarded, 8);
        for line in ["0,'=1+1", "4,'\t=1", "5,\"'\r=1\"", "11,-3.5", "12,+4", "13,'-", "18,-1e5"] {
            assert!(text.contains(&format!("\n{line}\n")), "{line}: {text}");
        }
        assert!(text.contains("\n16,\"'=\"\"x\"\"\"\n"), "{text}");
        let (plain, guarded) = written(&CsvWriterBuilder::new(), &batch(&texts));
        assert_eq!(guarded, 0);
        assert!(plain.contains("\n0,=1+1\n"));
        let named = batch(&[]).slice(0, 0);
        let fields =
            vec![Arc::new(arrow_schema::Field::new("=x", arrow_schema::DataType::Utf8, true))];
        let named = RecordBatch::try_new(
            Arc::new(arrow_schema::Schema::new(fields)),
            vec![named.column(1).clone()],
        );
        let (text, _) = written(&CsvWriterBuilder::new().guard(true), &named.unwrap());
        assert_eq!(text, "'=x\n", "names come from outside too");
    }

    #[test]
    fn no_value_and_an_empty_text_can_be_told_apart() {
        let (text, _) = written(&CsvWriterBuilder::new(), &batch(&[None, Some(""), Some("x")]));
        assert_eq!(text, "n,text\n0,\n1,\"\"\n2,x\n");
        let alone = batch(&[None, Some("")]).project(&[1]).unwrap();
        let (text, _) = written(&CsvWriterBuilder::new().header(false), &alone);
        assert_eq!(text, "\"\"\n\"\"\n", "an empty line would be no row");
    }

    #[test]
    fn what_is_nested_is_json_text() {
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
        ]);
        let batch = RecordBatch::try_from_iter([("list", Arc::new(lists) as Arc<dyn Array>)]);
        let (text, _) = written(&CsvWriterBuilder::new().delimiter(b';'), batch.as_ref().unwrap());
        assert_eq!(text, "list\n[1,null]\n\"\"\n[]\n");
        let (text, _) = written(&CsvWriterBuilder::new(), &batch.unwrap());
        assert_eq!(text, "list\n\"[1,null]\"\n\"\"\n[]\n");
    }

    #[test]
    fn what_nobody_could_read_is_refused() {
        for delimiter in [b'"', b'\n', b'\r', b'\'', 0xe9] {
            let builder = CsvWriterBuilder::new().delimiter(delimiter);
            let refused = builder.to_writer(Vec::new(), batch(&[]).schema()).map(drop);
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Argument);
        }
        let mut writer =
            CsvWriterBuilder::new().to_writer(Vec::new(), batch(&[]).schema()).unwrap();
        let other = batch(&[Some("x")]).project(&[1]).unwrap();
        assert_eq!(writer.write(&other).unwrap_err().kind(), ErrorKind::Schema);
    }

    #[test]
    fn a_row_that_fails_leaves_no_trace() {
        let days = |days: Vec<i64>| -> ArrayRef { Arc::new(Date64Array::from(days)) };
        let rows = |ids: Vec<i64>, dates| {
            let ids: ArrayRef = Arc::new(Int64Array::from(ids));
            RecordBatch::try_from_iter([("id", ids), ("when", days(dates))]).unwrap()
        };
        let bad = rows(vec![1, 2, 3], vec![0, i64::MAX, 0]);
        let mut writer = CsvWriterBuilder::new().to_writer(Vec::new(), bad.schema()).unwrap();
        let error = writer.write(&bad).unwrap_err();
        assert_eq!(error.pointer(), Some("/when"));
        writer.write(&rows(vec![4], vec![0])).unwrap();
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert_eq!(text, "id,when\n1,1970-01-01\n4,1970-01-01\n");
    }

    #[test]
    fn an_output_that_failed_stays_failed() {
        struct Failing(bool);
        impl Write for Failing {
            fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
                if std::mem::take(&mut self.0) {
                    Err(std::io::ErrorKind::Other.into())
                } else {
                    Ok(text.len())
                }
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let table = batch(&[Some("x")]);
        let builder = CsvWriterBuilder::new().header(false);
        let mut writer = builder.to_writer(Failing(true), table.schema()).unwrap();
        assert_eq!(writer.write(&table).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(writer.write(&table).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(writer.into_inner().map(drop).unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn a_table_without_columns_is_refused() {
        let schema = Arc::new(arrow_schema::Schema::empty());
        let refused = CsvWriterBuilder::new().to_writer(Vec::new(), schema).map(drop);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Argument);
    }
}
