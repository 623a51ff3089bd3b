//! Inputs that tempt a reader to lose, invent or alter records: each comes out right, or as a
//! clear error, however it is read and however it is cut.

use std::io::{self, Read};
use std::path::Path;

use datason_core::{ByteSize, Error, RawChunk, Reject, Rejects, Result, Snippet};
use datason_fixtures::nasty::{self, NastyFile};
use datason_json::codec::{AnyCodec, Codec};
use datason_json::{CodecKind, Format, Reader, ReaderBuilder};

/// What a file came to.
#[derive(Debug, PartialEq)]
struct Found {
    /// The text of each good record, and its place.
    good: Vec<(u64, Vec<u8>)>,
    bad: Vec<Reject<'static>>,
    breaks: Option<Break>,
}

#[derive(Debug, PartialEq)]
struct Break {
    kind: &'static str,
    text: String,
}

impl Found {
    /// Sorts the outcome of a reader whose bad records went to `rejects`.
    fn new(good: Vec<(u64, Vec<u8>)>, end: Result<()>, rejects: &Rejects) -> Self {
        let breaks = end.err().map(|error| {
            assert!(error.is_fatal(), "what is not fatal is passed over: {error}");
            Break { kind: error.kind().name(), text: error.to_string() }
        });
        assert_eq!(rejects.seen_records(), good.len() as u64 + rejects.bad_records());
        // Whoever judges raw chunks need not name the file.
        let unnamed = |mut reject: Reject<'static>| {
            reject.file = None;
            reject
        };
        Self { good, bad: rejects.kept().into_iter().map(unnamed).collect(), breaks }
    }

    #[track_caller]
    fn assert_as_expected(&self, file: &NastyFile) {
        let Self { good, bad, breaks } = self;
        let kinds: Vec<_> = bad.iter().map(|reject| reject.kind.name()).collect();
        let shown: Vec<_> = bad.iter().map(|reject| &reject.reason).take(5).collect();
        assert_eq!(good.len() as u64, file.good, "good ones of {file:?}: {shown:?} {breaks:?}");
        assert_eq!(kinds, file.bad, "{file:?}: {shown:?}");
        match (breaks, file.breaks) {
            (None, None) => {}
            (Some(found), Some((kind, says))) => {
                assert_eq!(found.kind, kind, "{file:?}: {found:?}");
                assert!(found.text.contains(says), "{file:?}: {found:?}");
            }
            _ => panic!("{file:?} broke off with {breaks:?}"),
        }
        for reject in bad {
            assert_reject_is_what_stands_there(file, reject);
        }
    }
}

fn assert_reject_is_what_stands_there(file: &NastyFile, reject: &Reject<'_>) {
    let start = usize::try_from(reject.byte).expect("a small file");
    if let Some(raw) = reject.raw() {
        assert_eq!(&file.bytes[start..start + raw.len()], raw, "{file:?}");
    }
    let line = file.bytes[..start].split(|byte| *byte == b'\n').count() as u64;
    assert_eq!(reject.line, line, "{file:?}");
}

fn builder(file: &NastyFile, rejects: &Rejects) -> ReaderBuilder {
    ReaderBuilder::new().pointer(file.pointer).on_error(rejects)
}

fn rejects() -> Rejects {
    Rejects::in_memory(ByteSize::mib(64))
}

fn by_record<R: Read>(mut reader: Reader<R>) -> Found {
    let rejects = reader.rejects().clone();
    let mut good = Vec::new();
    let end = loop {
        match reader.next_validated() {
            Ok(Some(record)) => good.push((record.position().byte(), record.as_bytes().to_vec())),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(matches!(reader.next_record(), Ok(None)), "an end is an end");
    Found::new(good, end, &rejects)
}

fn by_chunk<R: Read>(mut reader: Reader<R>, codec: CodecKind) -> Found {
    let rejects = reader.rejects().clone();
    let mut codec = AnyCodec::new(codec, 128).expect("a depth");
    let (mut good, mut chunk) = (Vec::new(), RawChunk::default());
    let end = loop {
        match reader.read_chunk(&mut chunk) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
        for record in chunk.data() {
            match codec.validate(record.as_bytes()) {
                Ok(()) => good.push((record.position().byte(), record.as_bytes().to_vec())),
                Err(error) => rejects.take(error.at(record), Some(record)).expect("no limit"),
            }
        }
    };
    Found::new(good, end, &rejects)
}

/// The file in a folder, since its name counts.
fn stored(file: &NastyFile, folder: &Path) -> std::path::PathBuf {
    let path = folder.join(&file.name);
    std::fs::write(&path, &file.bytes).expect("a file");
    path
}

#[test]
fn each_comes_out_right_or_as_a_clear_error_by_every_way() {
    let folder = tempfile::tempdir().unwrap();
    for file in nasty::files() {
        let path = stored(&file, folder.path());
        let mut founds = Vec::new();
        for codec in CodecKind::ALL {
            let open = || builder(&file, &rejects()).codec(codec).open(&path);
            founds.push(by_record(open().unwrap()));
            founds.push(by_chunk(open().unwrap(), codec));
        }
        let first = founds.swap_remove(0);
        first.assert_as_expected(&file);
        for found in founds {
            assert!(found == first, "{file:?}: the ways and codecs do not agree");
        }
        assert_rows_are_as_many(&file, &path);
        std::fs::remove_file(path).unwrap();
    }
}

/// Decoding gives as many rows as validating gives records.
fn assert_rows_are_as_many(file: &NastyFile, path: &Path) {
    let rejects = rejects();
    let rows = builder(file, &rejects).open(path).expect("a file").into_rows::<serde_json::Value>();
    let (mut good, mut errors) = (0, 0);
    for row in rows {
        match row {
            Ok(_) => good += 1,
            Err(_) => errors += 1,
        }
    }
    let expected = (file.good, u64::from(file.breaks.is_some()), file.bad.len() as u64);
    assert_eq!((good, errors, rejects.bad_records()), expected, "{file:?}");
}

/// Gives at most so many bytes a read.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

/// Read sizes at which something could go wrong: all the small ones, and those around blocks.
fn sizes() -> impl Iterator<Item = usize> {
    (1..=70).chain([4095, 4096, 4097, 65_535, 65_536, 65_537, 1 << 20])
}

/// The format that a name hints at, since a reader of bytes does not see the name.
fn hinted(file: &NastyFile, rejects: &Rejects) -> ReaderBuilder {
    let builder = builder(file, rejects);
    match Format::from_path(file.name.as_ref()) {
        Some(format) if !file.name.starts_with("pretty") => builder.format(format),
        _ => builder,
    }
}

#[test]
fn no_cut_changes_a_record_a_place_or_an_error() {
    for file in nasty::files() {
        if file.bytes.len() > 200_000 {
            continue;
        }
        let whole = by_record(hinted(&file, &rejects()).from_reader(&file.bytes[..]).unwrap());
        // What is long is cut less often, or this takes minutes.
        let step = if file.bytes.len() > 3_000 { 17 } else { 1 };
        for size in sizes().step_by(step) {
            let open = || {
                let builder = hinted(&file, &rejects()).block_size(ByteSize(size as u64));
                builder.from_reader(Dribble(&file.bytes, size)).unwrap()
            };
            assert!(by_record(open()) == whole, "{file:?} by {size}");
            assert!(by_chunk(open(), CodecKind::SimdJson) == whole, "{file:?} by {size}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_that_dribbles_gives_the_same() {
    use std::io::Write;

    for file in nasty::files() {
        if file.bytes.len() > 2_000 {
            continue;
        }
        let whole = by_record(hinted(&file, &rejects()).from_reader(&file.bytes[..]).unwrap());
        let (reading, mut writing) = io::pipe().unwrap();
        let found = std::thread::scope(|scope| {
            scope.spawn(|| {
                for byte in &file.bytes {
                    // A reader that has met a break hangs up.
                    if writing.write_all(&[*byte]).is_err() {
                        break;
                    }
                }
                drop(writing);
            });
            by_record(hinted(&file, &rejects()).from_reader(reading).unwrap())
        });
        assert!(found == whole, "{file:?}");
    }
}

#[test]
fn no_message_can_drive_a_terminal_or_fill_a_screen() {
    let folder = tempfile::tempdir().unwrap();
    for file in nasty::files() {
        let path = stored(&file, folder.path());
        let mut reader = ReaderBuilder::new().pointer(file.pointer).open(&path).unwrap();
        while let Some(outcome) = reader.next_validated().transpose() {
            let Err(error) = outcome else { continue };
            assert_presentable(&file, &error);
        }
        std::fs::remove_file(path).unwrap();
    }
}

fn assert_presentable(file: &NastyFile, error: &Error) {
    let snippet = error.snippet().map_or("", |snippet| snippet.text());
    assert!(snippet.len() <= Snippet::MAX_SHOWN, "{file:?}: {snippet}");
    let texts = [error.to_string(), snippet.to_owned()];
    for text in texts {
        assert!(!text.chars().any(char::is_control), "{file:?}: {text:?}");
        assert!(text.len() <= 500, "{file:?}: {} bytes", text.len());
    }
}

type Nested = std::collections::BTreeMap<String, std::collections::BTreeMap<String, u8>>;

#[test]
fn what_serde_quotes_of_the_input_is_fit_to_be_shown() {
    let hostile = format!("\"{}\\u001b[2J\\u202e{}\"", "x".repeat(1 << 20), "y".repeat(100));
    let key = format!("{{\"{}\\u0007\":{{\"a\":\"b\"}}}}", "k".repeat(100_000));
    let text = format!("{hostile}\n{key}\n[\"\\u001b]0;x\\u0007\"]\n");
    let mut errors = Vec::new();
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    errors.extend(reader.rows::<u8>().filter_map(Result::err));
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    errors.extend(reader.rows::<Nested>().filter_map(Result::err));
    let mut reader = ReaderBuilder::new().from_slice(text.as_bytes());
    errors.extend(reader.rows::<Vec<u8>>().filter_map(Result::err));
    assert_eq!(errors.len(), 9);
    for error in errors {
        let shown = error.to_string();
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(shown.len() < 700, "{} bytes: {shown}", shown.len());
    }
}

#[test]
fn depth_needs_no_more_stack_than_the_smallest_threads_have() {
    let deep = nasty::files().into_iter().filter(|file| {
        ["depth-", "open-", "objects-"].iter().any(|name| file.name.starts_with(name))
    });
    for file in deep {
        let read = move || {
            for codec in CodecKind::ALL {
                let builder = hinted(&file, &rejects()).codec(codec);
                by_record(builder.from_reader(&file.bytes[..]).unwrap()).assert_as_expected(&file);
                let rejects = rejects();
                let reader = hinted(&file, &rejects).codec(codec).from_slice(&file.bytes);
                let rows = reader.into_rows::<serde_json::Value>().flatten();
                assert_eq!(rows.count() as u64, file.good, "{file:?}");
            }
        };
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(read).unwrap();
        thread.join().unwrap();
    }
}
