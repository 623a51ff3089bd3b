//! What a few compressed bytes can blow up to does not fill the memory.
//!
//! One test only, since the allocator counts for the whole process.

use std::io::{self, Read, Write};

use datason_core::{ByteSize, ErrorKind, OnError, RawChunk};
use datason_json::{Format, ReaderBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that was held beyond what was held before, while `work` ran, in KiB.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = work();
    ((HEAP.peak_usage() - before) >> 10, result)
}

const LONG: u64 = 128 << 20;

/// `front`, then `LONG` bytes of `piece` again and again, then `back`.
fn write(mut to: impl Write, front: &str, piece: &str, back: &str) {
    let many = piece.repeat((1 << 16) / piece.len());
    to.write_all(front.as_bytes()).expect("memory");
    for _ in 0..LONG / many.len() as u64 {
        to.write_all(many.as_bytes()).expect("memory");
    }
    to.write_all(back.as_bytes()).expect("memory");
    to.flush().expect("memory");
}

fn gzip(front: &str, piece: &str, back: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    write(&mut encoder, front, piece, back);
    encoder.finish().expect("memory")
}

fn zstd(front: &str, piece: &str, back: &str) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("a level");
    write(&mut encoder, front, piece, back);
    encoder.finish().expect("memory")
}

#[test]
fn memory_is_bounded_by_the_limits_and_not_by_the_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let limit = ByteSize::mib(1);
    let store = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        assert!(bytes.len() < 1 << 20, "{name} is a bomb");
        std::fs::write(&path, bytes).expect("a file");
        path
    };

    // One record of 128 MiB between two small ones: refused by its place, the others come out.
    let lines = store("line.jsonl.gz", gzip("1\n\"", "x", "\"\n3\n"));
    let array = store("array.json.gz", gzip("[1,\"", "x", "\",3]"));
    let open = store("open.json.zst", zstd("[1,", "[", ""));
    let blank = store("blank.jsonl.gz", gzip("1\n", " ", "\n3\n"));
    for (path, bad, breaks) in [(lines, 1, 0), (array, 1, 0), (open, 1, 1), (blank, 0, 0)] {
        let builder = ReaderBuilder::new().max_record_size(limit).on_error(OnError::Skip);
        let (held, (good, skipped, errors)) = peak(|| {
            let mut reader = builder.open(&path).expect("a file");
            let (mut good, mut errors) = (0, Vec::new());
            for row in reader.rows::<u8>() {
                match row {
                    Ok(_) => good += 1,
                    Err(error) => errors.push(error.kind()),
                }
            }
            (good, reader.rejects().bad_records(), errors)
        });
        assert_eq!((good, skipped), (2 - breaks, bad), "{}: {errors:?}", path.display());
        assert_eq!(errors, vec![ErrorKind::Truncated; breaks], "{}", path.display());
        assert!(held < 4 << 10, "{}: {held} KiB were held", path.display());
    }

    // Millions of tiny records: the count is exact, and a chunk at a time is all there is.
    let many = store("many.jsonl.zst", zstd("", "1\n", ""));
    let (held, count) = peak(|| {
        let mut reader = ReaderBuilder::new().open(&many).expect("a file");
        let (mut chunk, mut count) = (RawChunk::default(), 0);
        while reader.read_chunk(&mut chunk).expect("good records") {
            count += chunk.data().len() as u64;
        }
        count
    });
    assert_eq!(count, LONG / 2);
    // A chunk of 1 MiB of digits is a million records, whose places take 16 bytes each.
    assert!(held < 48 << 10, "{held} KiB were held");

    // The same without compression, out of a pipe that never ends on its own.
    let (held, found) = peak(|| {
        let endless = io::repeat(b'[').take(LONG);
        let builder = ReaderBuilder::new().format(Format::Jsonl).max_record_size(limit);
        let mut reader = builder.from_reader(endless).expect("options");
        reader.next_record().map(|_| ()).map_err(|error| error.kind())
    });
    assert_eq!(found, Err(ErrorKind::Limit));
    assert!(held < 4 << 10, "{held} KiB were held");
}
