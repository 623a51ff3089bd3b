//! The memory that serializing and reading take, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use datason_core::chunkable::Items;
use datason_core::{ByteSize, Config, Value};
use datason_json::{ChunkedBuilder, Format, deserialize_chunked_file, serialize_chunked};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most that was held beyond what was held before, while `work` ran.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = work();
    (HEAP.peak_usage() - before, result)
}

#[test]
fn memory_stays_below_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let limit = ByteSize::mib(1);
    let most = usize::try_from(limit.as_u64()).expect("a small number");
    let builder = ChunkedBuilder::new().memory_limit(limit);
    let texts = vec!["x".repeat(10_000); 2_000];

    // 20 MB of text in chunks of 800 KB.
    for format in [Format::Jsonl, Format::Json] {
        let path = folder.path().join(format!("a.{format}"));
        let result = builder.serialize(&texts, 80).expect("a good limit");
        let (held, saved) = peak(|| result.save_to_file(&path, format));
        assert_eq!(saved.expect("a file").metadata.total_chunks, Some(25));
        assert!(held <= most, "{held} bytes were held");

        // Reading holds a chunk in the window, and its copy.
        let (held, count) = peak(|| {
            let file = deserialize_chunked_file(&path).expect("a file");
            file.filter(|chunk| chunk.as_ref().is_ok_and(|chunk| chunk.as_bytes().len() > 1))
                .count()
        });
        assert_eq!(count, 25);
        assert!(held <= 4 * most, "{held} bytes were held");
    }

    // One chunk of 20 MB: refused before there is room for it.
    let result = builder.serialize(&texts, 2_000).expect("a good limit");
    let path = folder.path().join("b.jsonl");
    let (held, refused) = peak(|| result.save_to_file(&path, Format::Jsonl));
    assert_eq!(refused.unwrap_err().kind(), datason_core::ErrorKind::Limit);
    assert!(held <= most, "{held} bytes were held");

    // Sorting keys needs room too.
    let entries = (0..2_000).rev().map(|n| (format!("{n:05}"), "x".repeat(300)));
    let map = Value::Map(entries.collect());
    let sorting = builder.clone().config(Config::api());
    let result = sorting.serialize(&map, 1_000).expect("a good limit");
    let (held, saved) = peak(|| result.save_to_file(&path, Format::Jsonl));
    assert_eq!(saved.expect("a file").metadata.total_chunks, Some(2));
    assert!(held <= most, "{held} bytes were held");

    // An iterator is held a chunk at a time.
    let items = Items::of((0..1_000_000_u64).map(|n| n * n));
    let result = serialize_chunked(items, 1_000).expect("a good size");
    let (held, saved) = peak(|| result.save_to_file(&path, Format::Jsonl));
    assert_eq!(saved.expect("a file").metadata.total_items, Some(1_000_000));
    assert!(held <= most, "{held} bytes were held");
}
