//! What can be typed about columns.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread;

use clap::Args;
use datason_arrow::{ColumnOptions, CsvWriterBuilder, OnExtra};
use datason_core::{Error, ErrorKind, Result};
use datason_json::Format;

/// What `convert` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    Text(Format),
    Columns(ColumnLayout),
}

/// How columns lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnLayout {
    /// The file format of Arrow IPC, with a table of contents at the end.
    File,
    /// Its stream format, which can be read from a pipe.
    Stream,
    /// Lines of cells.
    Csv,
}

impl OutputFormat {
    pub(crate) const ARROW: &'static str = "arrow";
    pub(crate) const ARROW_STREAM: &'static str = "arrow-stream";
    pub(crate) const CSV: &'static str = "csv";

    /// The format that was `named`, or that the extension of `output` stands for.
    pub(crate) fn of(named: Option<Self>, output: &Path) -> Self {
        let format = named.or_else(|| Self::from_path(output));
        let format = format.unwrap_or(Self::Text(Format::Jsonl));
        match format {
            // Its end cannot be looked up in a pipe.
            Self::Columns(ColumnLayout::File) if output == Path::new("-") => {
                Self::Columns(ColumnLayout::Stream)
            }
            format => format,
        }
    }

    /// # Errors
    /// If nothing was `named` and the extension of `output` promises what is not written here:
    /// JSON Lines under such a name are what nobody expects.
    pub(crate) fn check(named: Option<Self>, output: &Path) -> Result<()> {
        const FOREIGN: [&str; 12] = [
            "avro", "bson", "html", "ods", "orc", "parquet", "sqlite", "tsv", "xls", "xlsx", "xml",
            "yaml",
        ];
        let plain = match output.extension().map(std::ffi::OsStr::to_ascii_lowercase) {
            Some(last) if last == "gz" || last == "zst" => output.with_extension(""),
            _ => output.to_owned(),
        };
        let extension = plain.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        let promised = FOREIGN.iter().find(|name| extension.as_deref() == Some(name.as_ref()));
        match promised.filter(|_| named.is_none()) {
            None => Ok(()),
            Some(name) => {
                let message = format!("{name} is not written; `--to` says what to put there");
                Err(Error::new(ErrorKind::Argument, message))
            }
        }
    }

    fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "gz" | "gzip" | "zst" | "zstd" => Self::from_path(Path::new(path.file_stem()?)),
            "arrow" | "ipc" | "feather" => Some(Self::Columns(ColumnLayout::File)),
            "arrows" => Some(Self::Columns(ColumnLayout::Stream)),
            "csv" => Some(Self::Columns(ColumnLayout::Csv)),
            _ => Format::from_path(path).map(Self::Text),
        }
    }
}

impl FromStr for OutputFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            Self::ARROW => Ok(Self::Columns(ColumnLayout::File)),
            Self::ARROW_STREAM => Ok(Self::Columns(ColumnLayout::Stream)),
            Self::CSV => Ok(Self::Columns(ColumnLayout::Csv)),
            name => name.parse().map(Self::Text),
        }
    }
}

/// What becomes of members that the schema does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Extra {
    /// The record is bad.
    Error,
    /// They are checked and left out.
    Skip,
    /// They go to a column of their own, as JSON.
    Keep,
}

/// How `convert` makes columns.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Columns (--to arrow, arrow-stream, csv)")]
pub(crate) struct ColumnArguments {
    /// The schema, as `datason schema` prints it, as text or JSON; see there for the types [default:
    /// inferred from all of IN, which is read twice; of a pipe, from what --sample says].
    #[arg(long, value_name = "FILE", conflicts_with = "sample")]
    pub(crate) schema: Option<PathBuf>,
    /// Infer the schema from the first N records. All are held against it: one that does not fit
    /// is bad (a key that comes later only: see --on-extra), and nothing is lost silently [default: all; of a pipe, 10000, or 16 MiB of text].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,
    /// The columns to keep, in the schema's order. Of the others it is checked that they are JSON, and
    /// that the schema has them; not that their values fit.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) select: Option<Vec<String>>,
    /// How many threads read and decode. The bytes of OUT do not depend on it [default: as many as
    /// the machine has].
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// What becomes of members that the schema does not have [default: error].
    #[arg(long, value_name = "POLICY")]
    on_extra: Option<Extra>,
    /// The name of the column that `--on-extra keep` adds [default: _extra].
    #[arg(long, value_name = "NAME")]
    extra_column: Option<String>,
    /// Put a `'` before texts in CSV that a spreadsheet would run as a formula: those that begin
    /// with `=`, `+`, `-`, `@`, a tab or a carriage return. Numbers stay as they are.
    #[arg(long)]
    csv_guard: bool,
}

impl ColumnArguments {
    /// # Errors
    /// If something was typed that says nothing where no columns are written.
    pub(crate) fn check_unused(&self) -> Result<()> {
        let typed = [
            ("--schema", self.schema.is_some()),
            ("--sample", self.sample.is_some()),
            ("--select", self.select.is_some()),
            ("--threads", self.threads.is_some()),
            ("--on-extra", self.on_extra.is_some()),
            ("--extra-column", self.extra_column.is_some()),
            ("--csv-guard", self.csv_guard),
        ];
        match typed.iter().find(|(_, typed)| *typed) {
            None => Ok(()),
            Some((name, _)) => {
                let way = if *name == "--csv-guard" { "csv" } else { "arrow" };
                let message = format!("`{name}` is about columns: add `--to {way}`");
                Err(Error::new(ErrorKind::Argument, message))
            }
        }
    }

    /// # Errors
    /// If a column was named that there will not be.
    pub(crate) fn check(&self) -> Result<()> {
        if self.extra_column.is_some() && self.on_extra != Some(Extra::Keep) {
            let message = "`--extra-column` says nothing without `--on-extra keep`";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }

    /// # Errors
    /// If something was typed that says nothing in `layout`.
    pub(crate) fn check_layout(&self, layout: ColumnLayout) -> Result<()> {
        if self.csv_guard && layout != ColumnLayout::Csv {
            let message = "`--csv-guard` is about CSV: add `--to csv`";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }

    /// How CSV is written.
    pub(crate) fn csv(&self) -> CsvWriterBuilder {
        CsvWriterBuilder::new().guard(self.csv_guard)
    }

    pub(crate) fn threads(&self) -> usize {
        let machine = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(machine, NonZeroUsize::get)
    }

    /// `options`, as they were typed.
    pub(crate) fn apply(&self, options: ColumnOptions) -> ColumnOptions {
        let options = match self.on_extra {
            Some(Extra::Skip) => options.on_extra(OnExtra::Skip),
            Some(Extra::Keep) => options.on_extra(OnExtra::Keep),
            Some(Extra::Error) | None => options,
        };
        let options = match &self.extra_column {
            Some(name) => options.extra_column(name),
            None => options,
        };
        match &self.select {
            Some(names) => options.select(names),
            None => options,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_choose_the_format() {
        let (file, stream) = (ColumnLayout::File, ColumnLayout::Stream);
        for (named, output, format) in [
            (None, "a.arrow", OutputFormat::Columns(file)),
            (None, "a.FEATHER", OutputFormat::Columns(file)),
            (None, "a.ipc.zst", OutputFormat::Columns(file)),
            (None, "a.arrows", OutputFormat::Columns(stream)),
            (None, "a.json.gz", OutputFormat::Text(Format::Json)),
            (None, "a", OutputFormat::Text(Format::Jsonl)),
            (None, "a.csv", OutputFormat::Columns(ColumnLayout::Csv)),
            (None, "a.CSV.gz", OutputFormat::Columns(ColumnLayout::Csv)),
            (Some("csv"), "-", OutputFormat::Columns(ColumnLayout::Csv)),
            (Some("arrow"), "a.jsonl", OutputFormat::Columns(file)),
            (Some("arrow"), "-", OutputFormat::Columns(stream)),
            (Some("arrow-stream"), "a.arrow", OutputFormat::Columns(stream)),
            (Some("jsonl"), "a.arrow", OutputFormat::Text(Format::Jsonl)),
        ] {
            let named = named.map(|name| name.parse().unwrap());
            OutputFormat::check(named, Path::new(output)).unwrap();
            assert_eq!(OutputFormat::of(named, Path::new(output)), format, "{output}");
        }
    }

    #[test]
    fn no_name_promises_what_is_not_written() {
        for output in ["a.parquet", "a.XLSX", "a.tsv.gz"] {
            let error = OutputFormat::check(None, Path::new(output)).expect_err(output);
            assert_eq!(error.kind(), ErrorKind::Argument);
            OutputFormat::check(Some(OutputFormat::Text(Format::Jsonl)), Path::new(output))
                .expect("it was asked for");
        }
        OutputFormat::check(None, Path::new("a.txt")).expect("it promises nothing");
    }
}
