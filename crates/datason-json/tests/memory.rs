//! The memory that serializing and reading take, against what the allocator was asked for.
//!
//! One test only, since the allocator counts for the whole process.

use datason_core::chunkable::Items;
use datason_core::{ByteSize, ChunkSize, Config, ErrorKind, Value};
use datason_json::{
    ChunkedBuilder, Format, Layout, StreamBuilder, WriterBuilder, deserialize_chunked_file,
    serialize_chunked,
};
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

    chunks_of_bytes(&builder, most);
    records(limit, most);
    streams(limit, most);

    // An iterator is held a chunk at a time.
    let items = Items::of((0..1_000_000_u64).map(|n| n * n));
    let result = serialize_chunked(items, 1_000).expect("a good size");
    let (held, saved) = peak(|| result.save_to_file(&path, Format::Jsonl));
    assert_eq!(saved.expect("a file").metadata.total_items, Some(1_000_000));
    assert!(held <= most, "{held} bytes were held");
}

/// Chunks that are cut by their text, of items from 10 bytes to 100,000.
fn chunks_of_bytes(builder: &ChunkedBuilder, most: usize) {
    let items = || Items::of((0..1_500_usize).map(|n| "x".repeat(10 + n * n / 90)));
    let whole: usize = items().0.map(|item| item.expect("none fails").len()).sum();
    for size in [ChunkSize::Auto, ChunkSize::bytes(ByteSize::kib(300)).expect("a size")] {
        let result = builder.serialize(items(), size).expect("a good limit");
        let most_text = size.under(Some(ByteSize::mib(1))).most_bytes();
        let (mut held_most, mut text) = (0, 0);
        let mut chunks = result.into_chunks();
        // What the iterator holds is not the serializer's: the items of a chunk, as long as that.
        while let (held, Some(chunk)) = peak(|| chunks.next()) {
            let chunk = chunk.expect("a chunk that fits");
            let is_one = chunk.item_count() == Some(1);
            assert!(chunk.as_bytes().len() <= most_text || is_one, "{:?}", chunk.item_count());
            text += chunk.as_bytes().len();
            held_most = held_most.max(held);
        }
        assert!(text > whole, "{text} of {whole}");
        assert!(held_most <= 3 * most, "{held_most} bytes were held");
    }
}

/// Chunks cut by the length of their text, and items that are too long, in a stream.
fn streams(limit: ByteSize, most: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::DEFAULT.max_string_length(usize::MAX);
    let stream = |name: &str| {
        let builder = StreamBuilder::new().config(config.clone()).memory_limit(limit);
        builder.create(folder.path().join(name)).expect("a good limit")
    };
    let texts = vec!["x".repeat(10_000); 2_000];
    for size in [ChunkSize::Auto, ChunkSize::bytes(ByteSize::mib(64)).expect("not zero")] {
        let (held, chunks) = peak(|| {
            let mut stream = stream("a.jsonl");
            let chunks = stream.write_chunked(&texts, size);
            stream.finish().expect("a file");
            chunks
        });
        let chunks = chunks.expect("chunks that fit");
        assert!((40..=1_000).contains(&chunks), "{chunks} of 20 MB");
        assert!(held <= most, "{held} bytes were held");
    }
    let giants = vec!["x".repeat(3 << 20)];
    let (held, refused) = peak(|| stream("b.jsonl").write_chunked(&giants, ChunkSize::Auto));
    assert_eq!(refused.expect_err("it is too large").kind(), ErrorKind::Limit);
    assert!(held <= most, "{held} bytes were held");
}

/// Records up to what a limit leaves for one, and beyond.
fn records(limit: ByteSize, most: usize) {
    let texts: Vec<String> = (0..40).map(|n| "x".repeat(n * 30_000)).collect();
    for layout in [Layout::Lines, Layout::Array, Layout::Data] {
        let config = Config::DEFAULT.max_string_length(usize::MAX);
        let builder = WriterBuilder::new().layout(layout).config(config).memory_limit(limit);
        let (held, (written, refused)) = peak(|| {
            let mut writer = builder.to_writer(std::io::sink()).expect("a good limit");
            let outcomes = texts.iter().map(|text| writer.write(text));
            let (good, bad): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
            let limits = bad.iter().all(|outcome| {
                outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Limit)
            });
            assert!(limits, "{bad:?}");
            assert_eq!(writer.records(), good.len() as u64);
            writer.into_inner().expect("a sink that takes all");
            (good.len(), bad.len())
        });
        assert_eq!((written, refused), (35, 5), "{layout:?}");
        assert!(held <= most, "{layout:?}: {held} bytes were held");
        // Text passes through, whatever its length.
        let long = format!("\"{}\"", "x".repeat(3 << 20));
        let (held, outcome) = peak(|| {
            let mut writer = builder.to_writer(std::io::sink()).expect("a good limit");
            writer.write_text(long.as_bytes()).and_then(|()| writer.into_inner().map(drop))
        });
        outcome.expect("text that passes through");
        assert!(held <= most, "{layout:?}: {held} bytes were held");
    }
}
