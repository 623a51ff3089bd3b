//! The command line: what can be typed.

mod examples;

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use datason_core::config::Preset;
use datason_core::{ByteSize, ChunkSize, Error, ErrorKind, MaxErrors, OnError};
use datason_io::{Compression, SourceOptions};
use datason_json::{CodecKind, Format, ReaderBuilder, TornTail};
use datason_scan::Kernel;

use self::examples::{
    CAT_EXAMPLES, CHECK_EXAMPLES, CONVERT_EXAMPLES, COUNT_EXAMPLES, ESTIMATE_EXAMPLES,
    HEAD_EXAMPLES, INDEX_EXAMPLES, REPLAY_EXAMPLES, SCHEMA_EXAMPLES, SPLIT_EXAMPLES,
};
use crate::bad_records::Policy;
use crate::columns::{ColumnArguments, OutputFormat};
use crate::input::Input;

mod names;

use self::names::{CODECS, COMPRESSIONS, FORMATS, OUTPUT_FORMATS, PRESETS, TORN_TAILS, named};

/// Chunked processing of JSON that does not fit in memory.
///
/// Reads JSON Lines, JSON arrays, arrays inside a document and concatenated values, plain or
/// compressed (gzip, zstd), in memory that stays flat however large the input is. Format and
/// compression are found out from the content.
#[derive(Debug, Parser)]
#[command(name = "datason", bin_name = "datason", version = version(), after_help = EXIT_CODES)]
#[command(arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  all good
  1  bad data: a record, also one that was passed over, what stands around the records, or
     not JSON at all
  2  wrong usage, or the system refuses to read or write

Messages go to standard error, data to standard output.
DATASON_KERNEL=portable (or sse2, avx2, avx512, neon) chooses the instructions that run.";

/// The version, and which instructions run here.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!("{}\nkernel: {}", env!("CARGO_PKG_VERSION"), Kernel::active().name())
    });
    &VERSION
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Convert a file to JSON Lines, to a JSON array, to Arrow columns, or to CSV.
    ///
    /// Each record is checked and passes through byte for byte: number text, escapes and key
    /// order stay. Only line breaks inside a record go, with the blanks beside them. With
    /// `--config` each record is read and written anew, as the preset says.
    ///
    /// OUT appears whole when all of IN has been converted. If a record is bad, or anything
    /// fails, OUT stays as it was. With `--on-error skip` or `reject=FILE` bad records are passed
    /// over, and OUT appears with all the others; if IN itself breaks off it does not.
    ///
    /// That holds for `--append` too; only a run that is killed leaves part of the records there,
    /// and the next `--append` mends the last of them.
    ///
    /// `--to arrow` writes columns, as an Arrow IPC file (`.arrow`, `.ipc`, `.feather`), and
    /// `--to arrow-stream` as a stream (`.arrows`), which standard output always is. Both are
    /// uncompressed unless `--compress` or the name says otherwise; then all of the file is, and must
    /// be decompressed before Arrow reads it. Values keep their digits and their text; what does not
    /// fit the schema is a bad record. Arrow files are not read here.
    ///
    /// `--to csv` (`.csv`) writes the same columns as CSV: lists and objects as JSON text, no value
    /// as an empty cell, an empty text as `""`. Spreadsheets run cells that look like formulas: see
    /// `--csv-guard`.
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(ConvertArguments),

    /// Print the records of files as JSON Lines.
    ///
    /// Each record is checked and passes through byte for byte, on one line. The first bad
    /// record ends the run, unless `--on-error` says otherwise; those before it have been printed.
    #[command(after_help = CAT_EXAMPLES)]
    Cat(CatArguments),

    /// Print the first records of each file as JSON Lines.
    ///
    /// Reads no further than it must. Otherwise like `cat`.
    #[command(after_help = HEAD_EXAMPLES)]
    Head(HeadArguments),

    /// Count the valid records of files.
    ///
    /// Prints the number; for several files, one `NUMBER FILE` line each and a total. Bad
    /// records are not counted: the first of each file is named on standard error, and the exit
    /// code is 1.
    #[command(after_help = COUNT_EXAMPLES)]
    Count(CountArguments),

    /// Validate every record of files strictly, and list the bad ones.
    ///
    /// Prints `file:line:column: message` for each bad record and goes on to the end. Columns
    /// count bytes. A JSON document that is not an array is one record.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),

    /// Sort the records of a file into a folder, with a file for each value of a field.
    ///
    /// Each record is checked and passes through byte for byte. `OUT_DIR` must be new or empty; it
    /// appears whole when all of IN has been read, or not at all. In it stands `_manifest.jsonl`,
    /// which says which value has which file, and how many records.
    ///
    /// Files are called as their values; whatever could lead out of the folder, or means something
    /// to a system, is written as `%` and two digits. Records that lack the field are in
    /// `_missing.jsonl`. Lists and objects are no values to sort by: such records are bad. Memory
    /// and open files are bounded.
    #[command(after_help = SPLIT_EXAMPLES)]
    Split(SplitArguments),

    /// Note where the chunks of files stand, so that they can be read from there.
    ///
    /// Writes `FILE.index.json` beside each file: the bytes and the records of each chunk, and
    /// checksums. Programs that use the library read from any record by it, and split for threads
    /// and machines what cannot be cut without: arrays, and compressed files that were written with
    /// `convert --frame-size`. Records are told apart and not judged.
    #[command(after_help = INDEX_EXAMPLES)]
    #[command(mut_arg("codec", |codec| codec.hide(true)))]
    #[command(mut_arg("max_depth", |levels| levels.hide(true)))]
    #[command(mut_arg("on_error", |policy| policy.hide(true)))]
    #[command(mut_arg("max_errors", |most| most.hide(true)))]
    Index(IndexArguments),

    /// Say what is in a file, what it takes in memory, and how large chunks should be.
    ///
    /// Looks at parts of the file only, a few MiB however large it is, and says what the guess
    /// rests on. `--memory-limit` is what a chunk may take [default: a quarter of the memory that
    /// is available, at most 256MiB].
    #[command(after_help = ESTIMATE_EXAMPLES)]
    #[command(mut_arg("on_error", |policy| policy.hide(true)))]
    #[command(mut_arg("max_errors", |most| most.hide(true)))]
    Estimate(EstimateArguments),

    /// Print the bad records that `--on-error reject=FILE` has kept, as they stood in their file.
    ///
    /// Each comes out byte for byte, with a line end behind it: to be mended, or to be read with
    /// other options. A record that was larger than `--max-record-size` was not kept; its place is
    /// told instead, and the exit code is 1.
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayArguments),

    /// Print the schema that the records of files have, as columns.
    ///
    /// Looks at all records in one pass, in memory that is bounded by the number of different
    /// fields, at most 10,000. The schema is the same whatever the order of records and files. One
    /// line a field, as `convert --schema` reads it. Values that no one type holds are kept as
    /// JSON text (`Json`), and standard error names the first record of each kind. Strings stay
    /// strings, whatever they look like.
    ///
    /// A schema may be written by hand, too: `name: Type`, and `not null` behind it where that holds.
    /// Types are `Boolean`, `Int8` to `Int64`, `UInt8` to `UInt64`, `Float32`, `Float64`,
    /// `Decimal128(10, 2)`, `Utf8`, `LargeUtf8`, `Utf8View`, `Dictionary(Int32, Utf8)`, `Date32`,
    /// `Time64(µs)`, `Timestamp(ms, "UTC")`, `Duration(s)`, `Json`, `LargeJson`, `Null`; and `Struct`,
    /// `List`, `LargeList`, `FixedSizeList(3)`, `Map` with their fields on the lines below, two blanks
    /// further in. A first line `@values` says that records are the values of the only column. Lines
    /// that begin with `#` are comments.
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema(SchemaArguments),
}

/// `convert`
#[derive(Args, Debug)]
pub(crate) struct ConvertArguments {
    /// The file to read, or `-` for standard input.
    #[arg(value_name = "IN", value_parser = input_parser())]
    pub(crate) input: Input,
    /// The file to write, or `-` for standard output.
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// The format to write [default: by OUT's extension, else jsonl].
    #[arg(long, value_name = "FORMAT", value_parser = named::<OutputFormat>(&OUTPUT_FORMATS))]
    pub(crate) to: Option<OutputFormat>,
    /// How to compress OUT [default: by its extension].
    #[arg(long, value_name = "METHOD", value_parser = named::<Compression>(&COMPRESSIONS))]
    pub(crate) compress: Option<Compression>,
    /// Compress OUT in pieces of about so much text, each of which can be read by itself: see
    /// `datason index` [default: in one].
    #[arg(long, value_name = "SIZE")]
    pub(crate) frame_size: Option<ByteSize>,
    /// Add the records to the JSON Lines in OUT instead of replacing them. One run at a time can
    /// do that. Compressed data gets a member or frame of its own.
    #[arg(long)]
    pub(crate) append: bool,
    /// What to do with half a record that a crash has left at the end of OUT: cut it off, give
    /// it a line of its own, or refuse to append.
    #[arg(long, value_name = "WAY", requires = "append", default_value = TornTail::Cut.name())]
    #[arg(value_parser = named::<TornTail>(&TORN_TAILS))]
    pub(crate) torn_tail: TornTail,
    /// Note on the way how far the conversion has come, and go on from there if an earlier run
    /// with the same IN, OUT and options was killed. OUT gets the bytes of an unbroken run, and so
    /// does the file of rejects, if there is one; limits hold for all runs together. The notes and
    /// the part that is written stand in hidden files beside OUT.
    #[arg(long, conflicts_with = "append")]
    pub(crate) resume: bool,
    /// How much text to write between two notes of --resume.
    #[arg(long, value_name = "SIZE", requires = "resume", default_value = "64MiB")]
    pub(crate) checkpoint_every: ByteSize,
    /// Read each record as values and write these anew, as a preset says.
    #[arg(long, value_name = "PRESET", value_parser = named::<Preset>(&PRESETS))]
    pub(crate) config: Option<Preset>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `cat`
#[derive(Args, Debug)]
pub(crate) struct CatArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `head`
#[derive(Args, Debug)]
pub(crate) struct HeadArguments {
    /// How many records of each file to print.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    pub(crate) records: u64,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `count`
#[derive(Args, Debug)]
pub(crate) struct CountArguments {
    /// Only find where records begin and end, which is faster: a record that is no JSON counts
    /// too, as long as its neighbours can be told from it.
    #[arg(long)]
    pub(crate) unchecked: bool,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `check`
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `split`
#[derive(Args, Debug)]
pub(crate) struct SplitArguments {
    /// The file to read, or `-` for standard input.
    #[arg(value_name = "IN", value_parser = input_parser())]
    pub(crate) input: Input,
    /// The folder to make.
    #[arg(value_name = "OUT_DIR")]
    pub(crate) output: PathBuf,
    /// The JSON pointer of the field: /user, /meta/kind.
    #[arg(long, value_name = "POINTER")]
    pub(crate) by: String,
    /// The format of the files.
    #[arg(long, value_name = "FORMAT", default_value = Format::Jsonl.name())]
    #[arg(value_parser = named::<Format>(&FORMATS[..2]))]
    pub(crate) to: Format,
    /// How to compress the files.
    #[arg(long, value_name = "METHOD", default_value = Compression::None.name())]
    #[arg(value_parser = named::<Compression>(&COMPRESSIONS))]
    pub(crate) compress: Compression,
    /// What becomes of records that lack the field: `keep` puts them into `_missing.jsonl`,
    /// `error` makes them bad.
    #[arg(long, value_name = "POLICY", default_value = "keep")]
    pub(crate) on_missing: Missing,
    /// How many values there may be, each of which takes a file. They are held in memory, beside
    /// what `--memory-limit` is about.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) most_values: usize,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// What becomes of records that cannot be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Missing {
    Keep,
    Error,
}

/// `index`
#[derive(Args, Debug)]
pub(crate) struct IndexArguments {
    /// Only compare each file with the index that it has, byte for byte.
    #[arg(long)]
    pub(crate) verify: bool,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `estimate`
#[derive(Args, Debug)]
pub(crate) struct EstimateArguments {
    /// The file.
    #[arg(value_name = "FILE", value_parser = input_parser())]
    pub(crate) file: Input,
    /// Print the estimate as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
}

/// `replay`
#[derive(Args, Debug)]
pub(crate) struct ReplayArguments {
    /// The file of rejects, or `-` for standard input.
    #[arg(value_name = "REJECTS", value_parser = input_parser())]
    pub(crate) input: Input,
    /// The file to write, or `-` for standard output.
    #[arg(value_name = "OUT", default_value = "-")]
    pub(crate) output: PathBuf,
    /// How to compress OUT [default: by its extension].
    #[arg(long, value_name = "METHOD", value_parser = named::<Compression>(&COMPRESSIONS))]
    pub(crate) compress: Option<Compression>,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `schema`
#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {
    /// Look at the first N records of each file only [default: all].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: Option<u64>,
    /// Print the schema as JSON. `convert --schema` reads both.
    #[arg(long)]
    pub(crate) json: bool,
    /// Say nothing of columns that hold JSON text, and show no progress.
    #[arg(short, long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
}

/// The files of a command that takes several.
#[derive(Args, Debug)]
pub(crate) struct InputArguments {
    /// The files to read; `-` is standard input.
    #[arg(value_name = "FILE", required = true, value_parser = input_parser())]
    files: Vec<Input>,
}

impl InputArguments {
    /// The files, in order.
    ///
    /// # Errors
    /// `Argument` if standard input is to be read twice: the first time leaves nothing whole.
    pub(crate) fn files(&self) -> Result<&[Input], Error> {
        if self.files.iter().filter(|input| **input == Input::Stdin).count() > 1 {
            let message = "standard input (`-`) can be read only once";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(&self.files)
    }
}

/// How every command reads.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadArguments {
    /// The format of the input [default: found out].
    #[arg(long, value_name = "FORMAT", value_parser = named::<Format>(&FORMATS))]
    from: Option<Format>,
    /// The JSON pointer of the array whose elements are the records: /data, /items/0/rows.
    #[arg(long, value_name = "POINTER")]
    path: Option<String>,
    /// The parser. It changes the speed and nothing else.
    #[arg(long, default_value = CodecKind::SimdJson.name())]
    #[arg(value_parser = named::<CodecKind>(&CODECS))]
    pub(crate) codec: CodecKind,
    /// How much to handle at a time: a number of records, a size such as 8MiB, or `auto`, which
    /// goes by --memory-limit: a thirty-second of it, or 1MiB if there is none [default: 1MiB; for
    /// head, 1 record; for index, 16MiB].
    #[arg(long, value_name = "SIZE")]
    chunk_size: Option<ChunkSize>,
    /// How many levels of nesting a record may have, at most 1024.
    #[arg(long, value_name = "LEVELS", default_value_t = 128)]
    pub(crate) max_depth: usize,
    /// How large a record may be. Memory can grow to this, and no further.
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    pub(crate) max_record_size: ByteSize,
    /// How much memory zstd data may ask for to be decompressed [default: 128MiB].
    #[arg(long, value_name = "SIZE")]
    max_window: Option<ByteSize>,
    /// The most memory that reading and writing may take, at least 4MiB [default: no limit]. About
    /// a sixth is for the longest record, less where records become values or columns: a longer one
    /// is bad, like any bad record. The program itself and what bad records are kept take a few MiB
    /// beside it.
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<ByteSize>,
    /// What becomes of bad records: `fail` ends the run at the first, `skip` passes over them,
    /// `reject=FILE` keeps each in FILE as well, with its place and text, as JSON Lines. FILE must
    /// be new or empty. Spark's names say the same: FAILFAST, DROPMALFORMED, PERMISSIVE=FILE
    /// [default: fail; for count, check and replay: skip].
    #[arg(long, value_name = "POLICY")]
    on_error: Option<Policy>,
    /// How many records may be bad before the run ends: a number, a share such as 1% (judged from
    /// the 1000th record on, and at the end), or both, as 100,1%. ClickHouse's
    /// `allow_errors_num=100,allow_errors_ratio=0.01` says the same [default: any number].
    #[arg(long, value_name = "N|P%")]
    max_errors: Option<MaxErrors>,
}

impl ReadArguments {
    /// The limit on memory that was typed.
    pub(crate) fn memory_limit(&self) -> Option<ByteSize> {
        self.memory_limit
    }

    /// What becomes of bad records, `otherwise` if nothing was typed, and how many there may be.
    pub(crate) fn policy(&self, otherwise: OnError) -> (Policy, Option<MaxErrors>) {
        let policy = self.on_error.clone().unwrap_or(match otherwise {
            OnError::Skip => Policy::Skip,
            _ => Policy::Fail,
        });
        (policy, self.max_errors)
    }

    /// The same as options of a source.
    pub(crate) fn source_options(&self) -> SourceOptions {
        let mut options = SourceOptions::new();
        options.max_window = self.max_window.unwrap_or(options.max_window);
        options
    }

    /// What of it decides an output, in a form that can be noted. One that is `cut` where chunks
    /// end depends on these too.
    pub(crate) fn identity(&self, chunk_size: ChunkSize, cut: bool) -> String {
        let identity = self.options(chunk_size).identity();
        if !cut {
            return identity;
        }
        let chunk = match self.chunk_size.unwrap_or(chunk_size) {
            ChunkSize::Bytes(bytes) => format!("{bytes} bytes"),
            size => size.to_string(),
        };
        format!("{identity}\nchunk={chunk}")
    }

    /// # Errors
    /// `Argument`, with the reason `why`, if something was typed about bad records.
    pub(crate) fn refuse_policy(&self, why: &str) -> Result<(), Error> {
        if self.on_error.is_none() && self.max_errors.is_none() {
            return Ok(());
        }
        let message = format!("{why}: `--on-error` and `--max-errors` have no meaning here");
        Err(Error::new(ErrorKind::Argument, message))
    }

    /// The same as options of a reader, with chunks of `chunk_size` unless another was typed.
    pub(crate) fn options(&self, chunk_size: ChunkSize) -> ReaderBuilder {
        let mut options = ReaderBuilder::new()
            .codec(self.codec)
            .chunk_size(self.chunk_size.unwrap_or(chunk_size))
            .max_depth(self.max_depth)
            .max_record_size(self.max_record_size);
        if let Some(format) = self.from {
            options = options.format(format);
        }
        if let Some(size) = self.max_window {
            options = options.max_window(size);
        }
        if let Some(limit) = self.memory_limit {
            options = options.memory_limit(limit);
        }
        match &self.path {
            Some(pointer) => options.pointer(pointer),
            None => options,
        }
    }
}

/// How every command speaks about what it did.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Reporting")]
pub(crate) struct ReportArguments {
    /// Print a summary as one JSON object: on standard output, or on standard error if data goes
    /// to standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print no progress, no notes and no summary; errors are still printed.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

fn input_parser() -> impl TypedValueParser<Value = Input> {
    PathBufValueParser::new().map(Input::from)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let Command::Cat(cat) = parse("datason cat x").unwrap().command else { panic!("not cat") };
        let options = cat.read.options(ChunkSize::DEFAULT);
        assert_eq!(format!("{options:?}"), format!("{:?}", ReaderBuilder::new()));
    }

    #[test]
    fn the_splits_are_those_of_the_library() {
        let line = "datason split x y --by /a";
        let Command::Split(split) = parse(line).unwrap().command else { panic!("not split") };
        let ours = datason_json::PartitionBuilder::new("/a").unwrap();
        let typed = ours.clone().most_values(split.most_values).compression(split.compress);
        assert_eq!(format!("{typed:?}"), format!("{ours:?}"));
    }

    #[test]
    fn the_checkpoints_are_those_of_the_library() {
        let line = "datason convert --resume x y";
        let Command::Convert(convert) = parse(line).unwrap().command else { panic!("not convert") };
        assert_eq!(convert.checkpoint_every, datason_json::Checkpoints::EVERY);
    }

    #[test]
    fn every_name_is_known_to_its_type() {
        for (name, others) in FORMATS {
            assert!([name].iter().chain(others).all(|name| name.parse::<Format>().is_ok()));
        }
        for (name, others) in OUTPUT_FORMATS {
            assert!([name].iter().chain(others).all(|name| name.parse::<OutputFormat>().is_ok()));
        }
        for (name, others) in CODECS {
            assert!([name].iter().chain(others).all(|name| name.parse::<CodecKind>().is_ok()));
        }
        for (name, others) in COMPRESSIONS {
            assert!([name].iter().chain(others).all(|name| name.parse::<Compression>().is_ok()));
        }
        assert_eq!(CODECS.len(), CodecKind::ALL.len());
        assert_eq!(FORMATS.len(), Format::ALL.len());
        assert!(TORN_TAILS.iter().all(|(name, _)| name.parse::<TornTail>().is_ok()));
        assert!(PRESETS.iter().all(|(name, _)| name.parse::<Preset>().is_ok()));
    }

    #[test]
    fn wrong_values_are_refused_by_name() {
        for line in [
            "datason cat --from xml x",
            "datason convert --to concatenated x y",
            "datason cat --codec fast x",
            "datason cat --chunk-size 0 x",
            "datason cat --max-record-size big x",
            "datason cat --on-error panic x",
            "datason cat --on-error reject x",
            "datason cat --on-error reject=- x",
            "datason cat --on-error skip=bad.jsonl x",
            "datason cat --max-errors some x",
            "datason cat --max-errors 101% x",
            "datason convert --config fancy x y",
            "datason convert --append --torn-tail glue x y",
            "datason convert --torn-tail cut x y",
            "datason convert --append --resume x y",
            "datason convert --checkpoint-every 1MiB x y",
            "datason convert x",
            "datason cat",
            "datason frobnicate x",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
