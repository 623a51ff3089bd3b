//! `datason convert --to arrow` and `--to csv`

use std::fs;
use std::io::Read;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datason_arrow::{
    BadRecord, Batches, ColumnOptions, OnConflict, ParallelBatches, SchemaInference, SchemaText,
};
use datason_core::{
    Chunk, ChunkSize, Error, ErrorKind, OnError, Position, Rejects, Result, escape,
};
use datason_json::{Reader, ReaderBuilder};

use super::infer::{Look, Seen, Sight, Tap, tell_surprises};
use super::options::ColumnLayout;
use super::write::ColumnOutput;
use crate::args::ConvertArguments;
use crate::bad_records::Policy;
use crate::commands::convert::{compression, finish, shown};
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::memory::Shares;
use crate::progress::Progress;
use crate::render;
use crate::report::Findings;
use crate::walk::{Judgement, Walk};

/// Converts the input to columns.
pub(crate) fn convert(
    arguments: &ConvertArguments,
    layout: ColumnLayout,
) -> anyhow::Result<ExitStatus> {
    check(arguments)?;
    arguments.columns.check_layout(layout)?;
    let report = arguments.report;
    let to_stdout = arguments.output == Path::new("-");
    let (policy, _) = arguments.read.policy(OnError::Fail);
    policy.check_apart(&arguments.output)?;
    let progress = Progress::new(report.quiet, to_stdout);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Framed);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Fail, progress)?;
    let passes_over = policy != Policy::Fail;
    let share = |limit| Shares::of_columns(limit, compression(arguments));
    let shares = arguments.read.memory_limit().map(share).transpose()?;
    if let Some(shares) = &shares {
        walk.share_memory(shares)?;
    }
    let mut run = Run { arguments, layout, passes_over, shares, sampled: None };
    let output = run.go(&mut walk)?;
    walk.progress().clear();
    // What was rejected is on disk before what was not appears.
    walk.end()?;
    let complete = walk.is_complete();
    let guarded = output.as_ref().and_then(ColumnOutput::guarded);
    if let Some(output) = output.filter(|_| complete) {
        output.publish()?;
    }
    walk.bad().tell();
    run.tell(&walk, complete && walk.summary().records + walk.summary().bad_records == 0);
    if !complete && !to_stdout {
        report.note(&format!("datason: {} was not written", shown(&arguments.output)));
    }
    if let Some(guarded) = guarded.filter(|guarded| *guarded > 0 && complete) {
        let cells = render::counted(guarded, "cell");
        report.note(&format!("datason: {cells} would pass for a formula and got a `'` before it"));
    }
    let findings = Findings { guarded, ..walk.findings() };
    finish(arguments, &walk, &findings)?;
    Ok(walk.status())
}

/// # Errors
/// For options that say nothing about columns.
fn check(arguments: &ConvertArguments) -> Result<()> {
    let typed = [
        ("--config", arguments.config.is_some()),
        ("--append", arguments.append),
        ("--resume", arguments.resume),
        ("--frame-size", arguments.frame_size.is_some()),
    ];
    match typed.iter().find(|(_, typed)| *typed) {
        None => arguments.columns.check(),
        Some((name, _)) => {
            let message = format!("`{name}` is about text, and columns are written");
            Err(Error::new(ErrorKind::Argument, message))
        }
    }
}

fn read_schema(file: &Path) -> Result<SchemaText> {
    let name = escape(file.as_os_str().as_encoded_bytes());
    let text = fs::read_to_string(file)
        .map_err(|cause| Error::io(format!("cannot read `{name}`"), cause).in_file(file))?;
    text.parse().map_err(|error: Error| {
        let pointer = error.pointer().map(|pointer| format!(" in `{pointer}`")).unwrap_or_default();
        let message = format!("`{name}` holds no schema{pointer}: {}", error.message());
        Error::new(ErrorKind::Argument, message)
    })
}

/// One conversion.
struct Run<'a> {
    arguments: &'a ConvertArguments,
    layout: ColumnLayout,
    /// Whether bad records end nothing.
    passes_over: bool,
    /// How the limit on memory is shared out.
    shares: Option<Shares>,
    /// The number of records the schema was inferred from, if that is not all.
    sampled: Option<u64>,
}

impl Run<'_> {
    fn input(&self) -> &Input {
        &self.arguments.input
    }

    /// How the decoder reads: it hands bad records over if they are passed over.
    fn builder(&self, walk: &Walk) -> ReaderBuilder {
        let builder = walk.builder().clone();
        if self.passes_over { builder.on_error(Rejects::skip()) } else { builder }
    }

    /// Goes through the input. The output, if there is one to be published.
    fn go(&mut self, walk: &mut Walk) -> anyhow::Result<Option<ColumnOutput>> {
        if let Some(file) = &self.arguments.columns.schema {
            let options = read_schema(file)?.options();
            return self.decode_input(walk, options);
        }
        let sample = self.arguments.columns.sample;
        if is_pipe(self.input()) {
            let held = self.shares.map_or(u64::MAX, |shares| shares.sample.as_u64());
            return self.sample_and_decode(walk, Sight::OF_PIPE.records(sample).at_most(held));
        }
        let mut reader = match walk.open(self.input()) {
            Ok(reader) => reader,
            Err(error) => {
                walk.fault(self.input(), error, None)?;
                return Ok(None);
            }
        };
        match self.infer(walk, &mut reader, Sight::ALL.records(sample))? {
            Some(options) => self.decode_input(walk, options),
            None => Ok(None),
        }
    }

    /// Looks at the beginning of what can be read only once, and decodes it from its start.
    fn sample_and_decode(
        &mut self,
        walk: &mut Walk,
        sight: Sight,
    ) -> anyhow::Result<Option<ColumnOutput>> {
        let opened = self.input().open_source(&self.arguments.read.source_options());
        let source = match opened {
            Ok(source) => source,
            Err(error) => {
                walk.fault(self.input(), error, None)?;
                return Ok(None);
            }
        };
        let (tap, rest) = Tap::new(source);
        let mut reader = walk.builder().from_reader(tap)?;
        let options = self.infer(walk, &mut reader, sight)?;
        drop(reader);
        let (Some(options), Some(input)) = (options, rest.into_input()) else { return Ok(None) };
        let reader = self.builder(walk).from_reader(input)?;
        self.decode(walk, options, reader)
    }

    /// The options that what `sight` sees of `reader` asks for; `None` if there is a fault that
    /// ends the run, which has been told.
    fn infer<R: Read>(
        &mut self,
        walk: &mut Walk,
        reader: &mut Reader<R>,
        sight: Sight,
    ) -> anyhow::Result<Option<ColumnOptions>> {
        let mut inference = SchemaInference::new()
            .on_conflict(OnConflict::RawJson)
            .max_depth(self.arguments.read.max_depth);
        // Those who pass over bad records meet them again when decoding.
        let look = Look { input: self.input(), sight, silent: self.passes_over, counts: false };
        let end = look.at(walk, reader, &mut inference)?;
        if walk.status() != ExitStatus::Success {
            return Ok(None);
        }
        self.sampled = (end == Seen::Part).then_some(inference.records());
        let inferred = inference.schema()?;
        if !self.arguments.report.quiet {
            tell_surprises(&self.input().shown(), &inferred);
        }
        Ok(Some(inferred.options()))
    }

    fn decode_input(
        &self,
        walk: &mut Walk,
        options: ColumnOptions,
    ) -> anyhow::Result<Option<ColumnOutput>> {
        match self.input().open_at(Position::START, &self.builder(walk)) {
            Ok(reader) => self.decode(walk, options, reader),
            Err(error) => {
                walk.fault(self.input(), error, None)?;
                Ok(None)
            }
        }
    }

    fn decode<R: Read + Send + 'static>(
        &self,
        walk: &mut Walk,
        options: ColumnOptions,
        reader: Reader<R>,
    ) -> anyhow::Result<Option<ColumnOutput>> {
        let ConvertArguments { columns, read, .. } = self.arguments;
        let options = columns.apply(options).max_depth(read.max_depth);
        let options = match self.shares {
            Some(shares) => options.memory_limit(shares.columns),
            None => options,
        };
        walk.progress().begin(self.input(), None);
        match columns.threads() {
            1 => self.write(walk, options.batches(reader)?.keep_bad_records()),
            threads => {
                self.write(walk, options.parallel_batches(reader, threads)?.keep_bad_records())
            }
        }
    }

    fn write(
        &self,
        walk: &mut Walk,
        mut batches: impl Decoding,
    ) -> anyhow::Result<Option<ColumnOutput>> {
        let ConvertArguments { input, output, compress, .. } = self.arguments;
        let (csv, schema) = (self.arguments.columns.csv(), batches.schema());
        let mut output = ColumnOutput::create(output, *compress, self.layout, &csv, &schema)?;
        let mut goes_on = true;
        while goes_on && let Some(item) = batches.next() {
            let fault = match item {
                Ok(batch) => {
                    walk.passed(batch.data().num_rows() as u64);
                    walk.totals().chunks += 1;
                    output.write(batch.data())?;
                    None
                }
                Err(error) => Some(error),
            };
            goes_on = take_bad_records(walk, input, &mut batches)?;
            if let Some(error) = fault.filter(|_| goes_on) {
                goes_on = walk.fault(input, error, None)?;
            }
            let (read, records) = (batches.bytes_read(), walk.totals().records);
            walk.progress().advance(read, records);
        }
        if goes_on {
            take_bad_records(walk, input, &mut batches)?;
        }
        walk.totals().bytes = batches.bytes_read();
        Ok(Some(output))
    }

    /// Tells what people should know of the run.
    fn tell(&self, walk: &Walk, is_empty: bool) {
        let report = self.arguments.report;
        if is_empty {
            report.note(&render::empty(self.input()));
        }
        if let Some(records) = self.sampled
            && walk.status() == ExitStatus::BadData
        {
            report.note(&format!(
                "datason: the schema is that of the first {}; `--schema` takes one of all, or \
                 one made by hand, and `--on-extra keep` keeps keys that come later",
                render::counted(records, "record")
            ));
        }
    }
}

/// Hands the bad records on that have been met. Whether to go on.
fn take_bad_records(
    walk: &mut Walk,
    input: &Input,
    batches: &mut impl Decoding,
) -> anyhow::Result<bool> {
    while let Some(bad) = batches.next_bad_record() {
        if !bad.hand_over(|error, record| walk.fault(input, error, Some(record)))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `input` cannot be read twice.
fn is_pipe(input: &Input) -> bool {
    match input {
        Input::Stdin => true,
        // What is not there is told of when it is opened.
        Input::File(path) => fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()),
    }
}

/// Batches on this thread or on several.
trait Decoding: Iterator<Item = Result<Chunk<RecordBatch>>> {
    fn schema(&self) -> SchemaRef;
    fn next_bad_record(&mut self) -> Option<BadRecord>;
    fn bytes_read(&self) -> u64;
}

impl<R: Read> Decoding for Batches<R> {
    fn schema(&self) -> SchemaRef {
        self.schema().clone()
    }

    fn next_bad_record(&mut self) -> Option<BadRecord> {
        self.next_bad_record()
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read()
    }
}

impl Decoding for ParallelBatches {
    fn schema(&self) -> SchemaRef {
        self.schema().clone()
    }

    fn next_bad_record(&mut self) -> Option<BadRecord> {
        self.next_bad_record()
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read()
    }
}
