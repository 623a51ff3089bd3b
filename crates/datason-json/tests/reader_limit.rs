//! Invariant 6: what a reader holds stays below its limit, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use std::io::{self, Read, Write};
use std::path::Path;

use datason_core::{ByteSize, ErrorKind, OnError, RawChunk};
use datason_json::codec::Codec;
use datason_json::{Reader, ReaderBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that was held beyond what was held before, while `work` ran, in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = work();
    (HEAP.peak_usage() - before, result)
}

/// What came of an input: good records, records passed over, and what went wrong.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    good: u64,
    passed_over: u64,
    errors: Vec<ErrorKind>,
}

/// Goes through all of it as the command does: chunks, each record validated.
fn validate<R: Read>(builder: &ReaderBuilder, reader: &mut Reader<R>) -> Outcome {
    let mut codec = builder.new_codec().expect("good options");
    let (mut chunk, mut good, mut errors) = (RawChunk::default(), 0, Vec::new());
    loop {
        match reader.read_chunk(&mut chunk) {
            Ok(true) => {
                let valid = chunk.data().iter().filter(|r| codec.validate(r.as_bytes()).is_ok());
                good += valid.count() as u64;
            }
            Ok(false) => break,
            Err(error) => {
                errors.push(error.kind());
                if error.is_fatal() {
                    break;
                }
            }
        }
    }
    Outcome { good, passed_over: reader.rejects().bad_records(), errors }
}

/// As much of `piece` as makes `bytes`, without holding it.
fn many(piece: &'static str, bytes: u64) -> impl Read {
    struct Cycle(Vec<u8>, usize);
    impl Read for Cycle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let given = (&self.0[self.1..]).read(buffer)?;
            self.1 = (self.1 + given) % self.0.len();
            Ok(given)
        }
    }
    Cycle(piece.repeat((1 << 14) / piece.len()).into_bytes(), 0).take(bytes)
}

/// A record of `bytes`, between two small ones: a text, or numbers, which are hard on a parser.
fn long_line(
    front: &'static str,
    piece: &'static str,
    bytes: u64,
    back: &'static str,
) -> impl Read {
    let front = io::Cursor::new(["1\n", front].concat());
    front.chain(many(piece, bytes)).chain(back.as_bytes()).chain("\n3\n".as_bytes())
}

fn zstd_with_window(path: &Path, log: u32) {
    let mut encoder =
        zstd::Encoder::new(std::fs::File::create(path).expect("a file"), 1).expect("a level");
    encoder.long_distance_matching(true).expect("a switch");
    encoder.window_log(log).expect("a window");
    io::copy(&mut many("{\"id\": 1}\n", 18 << 20), &mut encoder).expect("a file");
    encoder.finish().expect("a file");
}

#[test]
fn what_a_reader_holds_stays_below_the_limit() {
    for mebibytes in [4_u64, 16, 40] {
        let limit = ByteSize::mib(mebibytes);
        let bytes = limit.as_u64();
        let most = usize::try_from(bytes).expect("a small number");
        let builder = ReaderBuilder::new().memory_limit(limit).on_error(OnError::Skip);
        let check = |name: &str, input: &mut dyn Read, good: u64, passed_over: u64| {
            let builder = builder.clone().on_error(OnError::Skip);
            let (held, outcome) = peak(|| {
                let mut reader = builder.from_reader(input).expect("a good limit");
                validate(&builder, &mut reader)
            });
            let expected = Outcome { good, passed_over, errors: Vec::new() };
            assert_eq!(outcome, expected, "{name}, {limit}");
            assert!(held <= most, "{name}: {held} bytes were held, the limit is {limit}");
        };
        // The smallest records there are have the largest lists of places.
        check("digits", &mut many("1\n", 4 << 20), 2 << 20, 0);
        check("spaced", &mut many(*SPACED, 66 << 17), 1 << 17, 0);
        check("flat", &mut many("{\"id\": 1, \"a\": [1, 2.5]}\n", 25 << 17), 1 << 17, 0);
        // A record of a fifth of the limit is read, one of a half is passed over.
        check("text", &mut long_line("\"", "x", bytes / 5, "\""), 3, 0);
        check("numbers", &mut long_line("[1", ",1", bytes / 5 / 2 * 2, "]"), 3, 0);
        check("long text", &mut long_line("\"", "x", bytes / 2, "\""), 2, 1);
        check("long numbers", &mut long_line("[1", ",1", bytes, "]"), 2, 1);
        check("longer by and by", &mut growing(bytes / 5), 60, 0);
    }
    compressed();
}

static SPACED: std::sync::LazyLock<&'static str> =
    std::sync::LazyLock::new(|| Box::leak(format!("1{}\n", " ".repeat(64)).into_boxed_str()));

/// Records from small to `largest`, with small ones between them.
fn growing(largest: u64) -> impl Read {
    let line = move |n: u64| {
        let text = many("x", largest * n / 30);
        io::Cursor::new("1\n\"").chain(text).chain(io::Cursor::new("\"\n"))
    };
    let empty: Box<dyn Read> = Box::new(io::empty());
    (1..=30).fold(empty, |lines, n| Box::new(lines.chain(line(n))))
}

fn compressed() {
    let folder = tempfile::tempdir().expect("a folder");
    let limit = ByteSize::mib(16);
    let builder = ReaderBuilder::new().memory_limit(limit).on_error(OnError::Skip);
    let bomb = folder.path().join("bomb.jsonl.gz");
    let mut encoder =
        GzEncoder::new(std::fs::File::create(&bomb).expect("a file"), Compression::fast());
    io::copy(&mut long_line("\"", "x", 64 << 20, "\""), &mut encoder).expect("a file");
    encoder.finish().and_then(|mut file| file.flush()).expect("a file");
    let (held, outcome) = peak(|| {
        let mut reader = builder.open(&bomb).expect("a file");
        validate(&builder, &mut reader)
    });
    assert_eq!((outcome.good, outcome.passed_over), (2, 1));
    assert!(held <= 16 << 20, "{held} bytes were held");

    let builder = builder.on_error(OnError::Fail);
    for (log, expected) in [(22, None), (24, Some(ErrorKind::Limit))] {
        let path = folder.path().join(format!("{log}.jsonl.zst"));
        zstd_with_window(&path, log);
        let mut reader = builder.open(&path).expect("a file");
        let outcome = validate(&builder, &mut reader);
        assert_eq!(outcome.errors.first().copied(), expected, "a window of 2^{log}");
        let held = reader.get_ref().allocated_bytes() + reader.allocated_bytes();
        assert!(held <= 16 << 20, "{held} bytes are held");
    }
}
