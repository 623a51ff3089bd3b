//! `cargo xtask fixtures`: writes generated data of any size.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use bytesize::ByteSize;
use datason_fixtures::{Generator, Layout, Shape, Summary};

/// What to write, and where to.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What a record looks like: flat, nested, text, wide or floats.
    #[arg(long, default_value_t = Shape::Flat)]
    shape: Shape,
    /// How the records stand: lines, array, pretty-array or under-pointer.
    #[arg(long, default_value_t = Layout::Lines)]
    layout: Layout,
    /// How much to write, to the end of the record that reaches it: 512MiB, 4GB.
    #[arg(long, default_value = "64MiB")]
    size: ByteSize,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file to write, or `-` for standard output.
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let out = &arguments.out;
    let written = open(out).and_then(|mut sink| write(arguments, &mut sink));
    match written {
        // Whoever reads our output, `head` say, has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => return Err(error).with_context(|| format!("cannot write {}", out.display())),
        Ok(summary) => eprintln!("{}", report(summary, start.elapsed().as_secs_f64())),
    }
    Ok(ExitCode::SUCCESS)
}

fn open(out: &Path) -> io::Result<Box<dyn Write>> {
    if out == Path::new("-") {
        return Ok(Box::new(io::stdout().lock()));
    }
    Ok(Box::new(File::create(out)?))
}

fn write(arguments: &Arguments, sink: &mut impl Write) -> io::Result<Summary> {
    let mut generator = Generator::new(arguments.shape, arguments.seed);
    let summary = generator.write(arguments.layout, arguments.size.as_u64(), sink)?;
    sink.flush()?;
    Ok(summary)
}

fn report(Summary { records, bytes }: Summary, seconds: f64) -> String {
    format!("{records} records, {bytes} bytes ({}) in {seconds:.1} s", ByteSize::b(bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(words: &[&str]) -> Result<Arguments, clap::Error> {
        let words = ["fixtures"].iter().chain(words);
        Program::try_parse_from(words).map(|program| program.arguments)
    }

    #[test]
    fn a_file_holds_what_the_generator_writes() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("wide.json");
        let out = path.to_str().expect("a path in UTF-8");
        let words = ["--shape", "wide", "--layout", "array", "--size", "10KiB", "--seed", "7", out];
        run(&arguments(&words).expect("known words")).expect("a writable folder");

        let mut expected = Vec::new();
        let mut generator = Generator::new(Shape::Wide, 7);
        generator.write(Layout::Array, 10 * 1024, &mut expected).expect("a vector takes all");
        assert_eq!(fs::read(&path).expect("the file was written"), expected);
    }

    #[test]
    fn unknown_words_are_refused() {
        assert!(arguments(&["--shape", "round", "-"]).is_err());
        assert!(arguments(&["--size", "many", "-"]).is_err());
        assert!(arguments(&[]).is_err());
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let arguments = arguments(&["/no/such/folder/out.jsonl"]).expect("known words");
        let error = run(&arguments).expect_err("there is no such folder");
        assert_eq!(error.to_string(), "cannot write /no/such/folder/out.jsonl");
    }
}
