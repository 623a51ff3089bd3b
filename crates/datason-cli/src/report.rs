//! What a run came to, as data.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Instant;

use anyhow::Context;
use datason_core::Error;
use datason_json::{Tail, Torn};
use serde::Serialize;

use crate::args::ReportArguments;
use crate::input::Input;
use crate::render;

/// The totals of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Good records.
    pub(crate) records: u64,
    /// Bad ones, and breaks in the text around them.
    pub(crate) bad_records: u64,
    /// Bytes of text read, decompressed.
    pub(crate) bytes: u64,
    pub(crate) chunks: u64,
    /// Since the run began.
    pub(crate) seconds: f64,
}

impl Summary {
    /// The same, with the time since `start`.
    pub(crate) fn since(&self, start: Instant) -> Self {
        Self { seconds: start.elapsed().as_secs_f64(), ..self.clone() }
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Findings<'a> {
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// The file that holds the bad records, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rejects: Option<Cow<'a, str>>,
    /// What stood at the end of a file that was to be added to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tail: Option<TailReport>,
    /// How many cells were kept from passing for formulas, where CSV is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guarded: Option<u64>,
    /// How many files of records there are in a folder that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<u64>,
    /// How many there are in `errors`.
    pub(crate) errors_shown: usize,
    /// The first bad records.
    pub(crate) errors: &'a [BadRecord],
    /// Files that could not be read, or not to their end.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) unreadable: &'a [String],
}

/// What stood at the end of a file that was to be added to, for programs.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TailReport {
    found: &'static str,
    /// Where the last record begins that was found torn or without its end, and its length.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn: Option<&'static str>,
    /// Whether the file was changed there.
    mended: bool,
}

impl TailReport {
    pub(crate) fn new(tail: Tail, mended: bool) -> Self {
        let (start, bytes) = tail.place().unzip();
        Self { found: tail.name(), start, bytes, torn: tail.torn().map(Torn::name), mended }
    }
}

/// One bad record, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct BadRecord {
    file: String,
    /// From 1, as the column, which counts bytes.
    line: Option<u64>,
    column: Option<u64>,
    /// From 0, as the record.
    byte: Option<u64>,
    record: Option<u64>,
    kind: &'static str,
    message: String,
    pointer: Option<String>,
}

impl BadRecord {
    pub(crate) fn new(input: &Input, error: &Error) -> Self {
        let place = error.position();
        Self {
            file: input.name(),
            line: place.map(|place| place.line()),
            column: place.map(|place| place.column()),
            byte: place.map(|place| place.byte()),
            record: place.map(|place| place.record()),
            kind: error.kind().name(),
            message: error.message().to_owned(),
            pointer: error.pointer().map(str::to_owned),
        }
    }
}

/// Where the data of a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// To standard output, so that a summary must not.
    Stdout,
    /// Elsewhere.
    Elsewhere,
}

/// Prints `summary` as one line of JSON where the data does not go.
pub(crate) fn print_json<T: Serialize>(summary: &T, data: Data) -> anyhow::Result<()> {
    let text = serde_json::to_string(summary).context("cannot write the summary")?;
    match data {
        Data::Stdout => render::tell(&text),
        Data::Elsewhere => print_line(&text)?,
    }
    Ok(())
}

/// Prints a line of data.
pub(crate) fn print_line(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("cannot write to standard output")
}

impl ReportArguments {
    /// Prints `note` for people, unless they asked for silence.
    pub(crate) fn note(self, note: &str) {
        if !self.quiet {
            render::tell(note);
        }
    }
}
