//! Cutting the input anywhere, and decoding it on any number of threads, changes nothing.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_buffer::Buffer;
use arrow_schema::{DataType, Field, Schema};
use datason_arrow::{ColumnOptions, OnExtra};
use datason_core::{ByteSize, Chunk, ChunkSize, Error, Result};
use datason_json::{Format, Framer, Reader, ReaderBuilder};
use tempfile::NamedTempFile;

const TEXT: &str = "\u{feff}{\"id\":1,\"name\":\"a\\n\\\"b\\u00e9\"}\n\n{\"id\":2 , \"name\":null}\r\n\
                    {\"id\":\"x\"}\n{\"id\":4,\n{\"id\":5,\"name\":\"\u{1f600}\",\"more\":[1,{}]}\n \t\n{\"id\":6}";

fn options() -> ColumnOptions {
    let fields =
        vec![Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8, true)];
    ColumnOptions::new(Arc::new(Schema::new(fields))).on_extra(OnExtra::Skip)
}

/// Rows and errors with all their places, as text.
fn described(
    items: impl Iterator<Item = Result<Chunk<arrow_array::RecordBatch>, Error>>,
) -> String {
    let one = |(number, item): (usize, Result<Chunk<arrow_array::RecordBatch>, Error>)| match item {
        Ok(batch) => {
            let start = batch.start();
            format!("{number} {} {start}: {:?}\n", batch.index(), batch.data())
        }
        Err(error) => format!("{number} {:?} {error} {:?}\n", error.kind(), error.pointer()),
    };
    items.enumerate().map(one).collect()
}

fn pushed(pieces: &[&[u8]]) -> String {
    let mut decoder = options().decoder(Framer::lines()).expect("options");
    for piece in pieces {
        decoder.decode(piece);
    }
    decoder.finish();
    described(std::iter::from_fn(|| decoder.next_batch()))
}

#[test]
fn any_two_cuts() {
    let text = TEXT.as_bytes();
    let whole = pushed(&[text]);
    assert_eq!(whole.lines().filter(|line| line.contains("Data")).count(), 1, "{whole}");
    for first in 0..text.len() {
        for second in (first..text.len()).step_by(3) {
            let pieces = [&text[..first], &text[first..second], &text[second..]];
            assert_eq!(pushed(&pieces), whole, "cut at {first} and {second}");
        }
    }
}

#[test]
fn a_reader_gives_the_same_batches() {
    let reader = ReaderBuilder::new().from_slice(TEXT.as_bytes());
    let batches = options().batches(reader).expect("options");
    assert_eq!(described(batches), pushed(&[TEXT.as_bytes()]));
}

#[test]
fn lines_and_arrays_give_the_same_rows() {
    let rows = |text: &str, builder: &ReaderBuilder| -> Vec<_> {
        let batches = options().batches(builder.from_slice(text.as_bytes())).expect("options");
        batches.map(|batch| batch.expect("a batch").into_data()).collect()
    };
    let (one, two) = ("{\"id\":1}", "{\"id\":2,\"name\":\"[,]\"}");
    let lines = rows(&format!("{one}\n{two}"), &ReaderBuilder::new().format(Format::Jsonl));
    let array = rows(&format!("[{one} , {two}]"), &ReaderBuilder::new());
    let inside =
        rows(&format!("{{\"a\":0,\"b\":[{one},{two}]}}"), &ReaderBuilder::new().pointer("/b"));
    assert_eq!(array, lines);
    assert_eq!(inside, lines);
}

fn many_lines() -> Vec<u8> {
    let line = |row: u32| match row % 97 {
        50 => format!("{{\"id\":{row}.5}}\n"),
        60 => format!("{{\"id\":{row}\n"),
        _ => format!("{{\"id\":{row},\"name\":\"row {row}\"}}\n"),
    };
    (0..5_000).map(line).collect::<String>().into_bytes()
}

/// Checks that what `open` opens gives the same on no thread and on 1 to 4.
#[track_caller]
fn check_threads<R: Read + Send + 'static>(open: impl Fn() -> Reader<R>) -> String {
    let serial = described(options().batches(open()).expect("options"));
    for threads in 1..=4 {
        let parallel = options().parallel_batches(open(), threads).expect("threads");
        assert_eq!(described(parallel), serial, "{threads} threads");
    }
    serial
}

fn file_of(text: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("room for it");
    file
}

#[test]
fn threads_change_nothing() {
    let file = file_of(&many_lines());
    for size in [ChunkSize::records(7), ChunkSize::records(1_000), "10KiB".parse()] {
        let size = size.expect("a size");
        for block in [ByteSize::kib(4), ByteSize::kib(256)] {
            let builder = ReaderBuilder::new().chunk_size(size).block_size(block);
            check_threads(|| {
                builder.from_reader(std::io::Cursor::new(many_lines())).expect("options")
            });
            // Here the thread that takes decodes too, and chunks are read ahead.
            check_threads(|| builder.open(file.path()).expect("a file"));
        }
    }
}

/// How long the buffers of the strings of each batch are.
fn view_buffers(batches: impl Iterator<Item = Result<Chunk<RecordBatch>>>) -> Vec<Vec<usize>> {
    let lengths = |batch: RecordBatch| -> Vec<usize> {
        batch.column(0).as_string_view().data_buffers().iter().map(Buffer::len).collect()
    };
    batches.map(|batch| lengths(batch.expect("a batch").into_data())).collect()
}

#[test]
fn threads_do_not_change_the_buffers_of_views() {
    let line = |row: usize| format!("{{\"name\":\"{}\"}}\n", "long, ".repeat(row % 29));
    let file = file_of((0..9_000).map(line).collect::<String>().as_bytes());
    let builder = ReaderBuilder::new().chunk_size("50KiB".parse().expect("a size"));
    let schema = Schema::new(vec![Field::new("name", DataType::Utf8View, true)]);
    let options = ColumnOptions::new(Arc::new(schema));
    let open = || builder.open(file.path()).expect("a file");
    let serial = view_buffers(options.batches(open()).expect("options"));
    assert!(serial.len() > 10 && serial[0].len() > 1, "{serial:?}");
    for threads in 1..=3 {
        let batches = options.parallel_batches(open(), threads).expect("threads");
        assert_eq!(view_buffers(batches), serial, "{threads} threads");
    }
}

#[test]
fn files_of_next_to_nothing_have_threads_enough() {
    for text in ["", "{\"id\":1}\n", "{\"id\":1}\n{\"id\":2,\n", "[]", "[{\"id\":1},"] {
        let file = file_of(text.as_bytes());
        let found = check_threads(|| ReaderBuilder::new().open(file.path()).expect("a file"));
        assert_eq!(found.is_empty(), matches!(text, "" | "[]"), "{text}: {found}");
    }
}

/// The first batch comes while the writer holds the pipe open and has nothing more to say yet.
#[cfg(unix)]
#[test]
fn a_pipe_that_is_silent_holds_no_batch_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let to = path.clone();
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(to).expect("a reader");
        std::io::Write::write_all(&mut pipe, &b"{\"id\":1}\n".repeat(100)).expect("a reader");
        let _ended = wait.recv();
    });
    let builder = ReaderBuilder::new().chunk_size(ChunkSize::records(50).expect("a size"));
    let reader = builder.format(Format::Jsonl).open(&path).expect("a pipe");
    assert!(!reader.is_plain_file());
    let mut batches = options().parallel_batches(reader, 2).expect("threads");
    assert_eq!(batches.next().expect("a batch").expect("rows").data().num_rows(), 50);
    drop(done);
    writer.join().expect("no panic");
    assert_eq!(batches.count(), 1);
}

#[test]
fn a_file_that_shrinks_ends_at_the_same_place_on_any_number_of_threads() {
    let text = many_lines();
    let builder = ReaderBuilder::new()
        .block_size(ByteSize::kib(4))
        .chunk_size(ChunkSize::records(300).expect("a size"));
    let file = file_of(&text);
    let found = check_threads(|| {
        std::fs::write(file.path(), &text).expect("room for it");
        let reader = builder.open(file.path()).expect("a file");
        file.as_file().set_len(text.len() as u64 / 2).expect("a file that can be cut");
        reader
    });
    let last = found.lines().last().expect("an error");
    assert!(last.contains("Truncated"), "{last}");
}

#[test]
fn who_decodes_and_takes_files_may_be_slow_and_may_leave() {
    let (text, size) = (b"{\"id\":1}\n".repeat(100_000), ChunkSize::records(1_000));
    let file = file_of(&text);
    let builder = ReaderBuilder::new().block_size(ByteSize::kib(16)).chunk_size(size.expect("one"));
    for threads in 1..=3 {
        let reader = builder.open(file.path()).expect("a file");
        let mut batches = options().parallel_batches(reader, threads).expect("threads");
        for taken in 1..=3 {
            assert_eq!(batches.next().expect("a batch").expect("rows").data().num_rows(), 1_000);
            std::thread::sleep(std::time::Duration::from_millis(20));
            let most = (taken + 4 * threads as u64) * 9_000 + (16 << 10);
            assert!(batches.bytes_read() <= most, "{} of {most}", batches.bytes_read());
        }
        drop(batches);
        let reader = builder.open(file.path()).expect("a file");
        let batches = options().parallel_batches(reader, threads).expect("threads");
        assert_eq!(batches.offset(1_500).rows(1_000).count(), 2, "{threads} threads");
    }
}

/// Counts what is read of it.
struct Endless(Arc<AtomicU64>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let line = b"{\"id\":1}\n";
        let length = buffer.len() / line.len() * line.len();
        buffer[..length].chunks_mut(line.len()).for_each(|into| into.copy_from_slice(line));
        self.0.fetch_add(length as u64, Ordering::SeqCst);
        Ok(length)
    }
}

#[test]
fn a_slow_consumer_stops_the_reader_and_dropping_ends_it() {
    let read = Arc::new(AtomicU64::new(0));
    let builder = ReaderBuilder::new()
        .format(Format::Jsonl)
        .chunk_size(ChunkSize::records(9_000).expect("a size"));
    let reader = builder.from_reader(Endless(read.clone())).expect("options");
    let mut batches = options().parallel_batches(reader, 2).expect("threads");
    assert_eq!(batches.next().expect("a batch").expect("rows").data().num_rows(), 9_000);
    std::thread::sleep(std::time::Duration::from_millis(100));
    // Five chunks of 81 kB at most are under way, and the reader's own block.
    assert!(read.load(Ordering::SeqCst) < 1_000_000);
    drop(batches);
    let after = read.load(Ordering::SeqCst);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(read.load(Ordering::SeqCst), after);
}

/// Gives a line whenever it may, and whatever is asked when nobody is there to say so.
struct Allowed(Receiver<()>, Arc<AtomicU64>);

impl Read for Allowed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let _allowed = self.0.recv();
        self.1.fetch_add(1, Ordering::SeqCst);
        (&b"{\"id\":1}\n"[..]).read(buffer)
    }
}

#[test]
fn when_no_more_is_wanted_only_what_was_begun_is_read() {
    let (allow, allowed) = std::sync::mpsc::channel();
    let read = Arc::new(AtomicU64::new(0));
    let builder = ReaderBuilder::new()
        .format(Format::Jsonl)
        .chunk_size(ChunkSize::records(1).expect("a size"));
    let reader = builder.from_reader(Allowed(allowed, read.clone())).expect("options");
    let mut batches = options().parallel_batches(reader, 4).expect("threads").rows(1);
    allow.send(()).expect("a reader");
    assert_eq!(batches.next().expect("a batch").expect("rows").data().num_rows(), 1);
    let consumer = std::thread::spawn(move || batches.next().is_none());
    std::thread::sleep(std::time::Duration::from_millis(200));
    drop(allow);
    assert!(consumer.join().expect("no panic"));
    assert_eq!(read.load(Ordering::SeqCst), 2, "the first, and the one that was waited for");
}

/// Gives some lines and panics then.
struct Panics<'a>(&'a [u8]);

impl Read for Panics<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        assert!(!self.0.is_empty(), "the source panics");
        self.0.read(buffer)
    }
}

#[test]
fn a_panic_of_the_source_ends_the_batches_and_goes_on_to_the_consumer() {
    let builder = ReaderBuilder::new().chunk_size(ChunkSize::records(2).expect("a size"));
    for threads in 1..=3 {
        let reader = builder.from_reader(Panics(b"{\"id\":1}\n")).expect("options");
        let mut batches = options().parallel_batches(reader, threads).expect("threads");
        let next = std::panic::AssertUnwindSafe(|| batches.next());
        let panic = std::panic::catch_unwind(next).expect_err("the panic goes on");
        assert_eq!(panic.downcast_ref(), Some(&"the source panics"), "{threads} threads");
        assert!(batches.next().is_none());
    }
}

#[test]
fn a_record_that_is_too_large_is_passed_over() {
    let text =
        format!("{{\"id\":1}}\n{{\"id\":2,\"more\":\"{}\"}}\n{{\"id\":3}}\n", "x".repeat(5_000));
    let limited = options().max_record_size(ByteSize(1_000));
    let mut decoder = limited.decoder(Framer::lines()).expect("options");
    text.as_bytes().chunks(100).for_each(|piece| decoder.decode(piece));
    decoder.finish();
    let mut outcomes = Vec::new();
    while let Some(next) = decoder.next_batch() {
        outcomes.push(next.map(|batch| batch.data().num_rows()).map_err(|error| error.kind()));
    }
    assert_eq!(outcomes, [Ok(1), Err(datason_core::ErrorKind::Limit), Ok(1)]);
}
