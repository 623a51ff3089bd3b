//! Compressed input: all members, all frames, and no damage that goes unnoticed.

use std::fs;

use datason_core::{ByteSize, ErrorKind};
use datason_io::{Compression, Source, SourceOptions};
use proptest::prelude::*;

use crate::support::{Slow, decompress, drain, gzip, lines, zstd};

const OPTIONS: SourceOptions = SourceOptions::new();

#[track_caller]
fn check_good(compressed: &[u8], expected: &[u8]) {
    let (bytes, error) = decompress(compressed, &OPTIONS);
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == expected, "{} bytes instead of {}", bytes.len(), expected.len());
}

#[track_caller]
fn check_bad(compressed: &[u8], before: &[u8], kind: ErrorKind, message: &str) {
    let (bytes, error) = decompress(compressed, &OPTIONS);
    let error = error.expect("an error");
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
    assert!(bytes == before, "{} bytes instead of {}", bytes.len(), before.len());
}

#[test]
fn gzip_members_are_one_text_wherever_they_meet() {
    let text = lines(50);
    for cut in [0, 1, 13, 700, text.len()] {
        check_good(&[gzip(&text[..cut]), gzip(&text[cut..])].concat(), &text);
    }
    let members: Vec<Vec<u8>> =
        lines(1000).split_inclusive(|byte| *byte == b'\n').map(gzip).collect();
    assert_eq!(members.len(), 1000);
    check_good(&members.concat(), &lines(1000));
}

#[test]
fn empty_gzip_members_are_nothing() {
    check_good(&gzip(b""), b"");
    check_good(&[gzip(b""), gzip(b"1\n"), gzip(b""), gzip(b"2\n"), gzip(b"")].concat(), b"1\n2\n");
}

#[test]
fn gzip_headers_may_hold_all_they_can() {
    let builder = flate2::GzBuilder::new()
        .filename("events.jsonl")
        .comment("a comment")
        .extra(vec![b'A', b'p', 2, 0, 7, 7])
        .mtime(1_700_000_000);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, b"[1]").unwrap();
    check_good(&encoder.finish().unwrap(), b"[1]");
}

#[test]
fn gzip_data_cut_anywhere_is_truncated() {
    let (first, second) = (lines(7), lines(9));
    let file = [gzip(&first), gzip(&second)].concat();
    let boundary = gzip(&first).len();
    let text = [first.clone(), second].concat();
    for cut in 2..file.len() {
        let (bytes, error) = decompress(&file[..cut], &OPTIONS);
        assert!(text.starts_with(&bytes), "cut at {cut}");
        if cut == boundary {
            assert!(error.is_none() && bytes == first);
            continue;
        }
        let error = error.unwrap_or_else(|| panic!("cut at {cut} is silent"));
        assert_eq!(error.kind(), ErrorKind::Truncated, "cut at {cut}: {error:?}");
        assert!(cut < boundary || bytes.starts_with(&first), "cut at {cut}");
    }
}

#[test]
fn gzip_checksum_and_length_are_checked_behind_the_data() {
    let text = lines(100);
    for from_end in 1..=8 {
        let mut file = gzip(&text);
        let at = file.len() - from_end;
        file[at] ^= 1;
        check_bad(&file, &text, ErrorKind::Data, "the gzip data is damaged");
    }
}

#[test]
fn zeros_behind_gzip_data_are_padding_and_anything_else_is_not() {
    let file = gzip(b"1\n");
    check_good(&[file.clone(), vec![0; 512]].concat(), b"1\n");
    check_good(&[file.clone(), vec![0; 300_000]].concat(), b"1\n");
    check_good(&[file.clone(), vec![0; 10], gzip(b"2\n")].concat(), b"1\n2\n");
    let message = "bytes that are not gzip follow the gzip data";
    check_bad(&[&file, b"garbage".as_slice()].concat(), b"1\n", ErrorKind::Data, message);
    check_bad(&[&file, b"\0\0\0x".as_slice()].concat(), b"1\n", ErrorKind::Data, message);
    check_bad(
        &[&file, b"\x1f\x00".as_slice()].concat(),
        b"1\n",
        ErrorKind::Data,
        "the gzip data is damaged",
    );
}

#[test]
fn what_stands_before_damaged_gzip_data_is_delivered() {
    let text = lines(20_000);
    let mut file = gzip(&text);
    let middle = file.len() / 2;
    for byte in &mut file[middle..middle + 64] {
        *byte = !*byte;
    }
    let (bytes, error) = decompress(&file, &OPTIONS);
    assert_eq!(error.unwrap().kind(), ErrorKind::Data);
    let before = text.len() * 2 / 5;
    assert!(bytes.len() >= before && bytes[..before] == text[..before]);
}

#[test]
fn no_flipped_bit_changes_the_data_silently() {
    let text = lines(3);
    for (name, file) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
        let compression = name.parse().unwrap();
        for bit in 0..file.len() * 8 {
            let mut file = file.clone();
            file[bit / 8] ^= 1 << (bit % 8);
            let (bytes, error) = decompress(&file, &OPTIONS.compression(compression));
            assert!(error.is_some() || bytes == text, "bit {bit} of {name}");
        }
    }
}

#[test]
fn zstd_frames_are_one_text_wherever_they_meet() {
    let text = lines(5000);
    for cut in [0, 1, 13, 70_000, text.len()] {
        check_good(&[zstd(&text[..cut]), zstd(&text[cut..])].concat(), &text);
    }
    let frames: Vec<Vec<u8>> =
        lines(1000).split_inclusive(|byte| *byte == b'\n').map(zstd).collect();
    check_good(&frames.concat(), &lines(1000));
    check_good(&zstd(b""), b"");
}

#[test]
fn zstd_frames_may_tell_their_size_or_not() {
    let text = lines(5000);
    check_good(&zstd::bulk::compress(&text, 3).unwrap(), &text);
    check_good(&zstd::bulk::compress(&text, -5).unwrap(), &text);
    check_good(&[zstd::bulk::compress(b"1\n", 19).unwrap(), zstd(b"2\n")].concat(), b"1\n2\n");
}

/// A frame that decoders pass over.
fn skippable(nibble: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [[0x50 | nibble, 0x2a, 0x4d, 0x18].as_slice(), &length, content].concat()
}

#[test]
fn skippable_zstd_frames_are_skipped_wherever_they_stand() {
    let (one, two) = (zstd(b"1\n"), zstd(b"2\n"));
    for content in [b"".as_slice(), b"x", &[9; 5], &vec![0; 300_000]] {
        let skip = skippable(0xb, content);
        check_good(&[&*skip, &one, &skip, &skip, &two, &skip].concat(), b"1\n2\n");
    }
    check_good(&skippable(0, b"nothing else"), b"");
    let cut = skippable(0, b"nothing else").len() - 1;
    let (_, error) = decompress(&skippable(0, b"nothing else")[..cut], &OPTIONS);
    assert_eq!(error.unwrap().kind(), ErrorKind::Truncated);
}

#[test]
fn zstd_data_cut_anywhere_is_truncated() {
    let (first, second) = (lines(7), lines(9));
    let file = [zstd(&first), skippable(1, b"index"), zstd(&second)].concat();
    let boundary = zstd(&first).len();
    let text = [first.clone(), second].concat();
    for cut in 4..file.len() {
        let (bytes, error) = decompress(&file[..cut], &OPTIONS);
        assert!(text.starts_with(&bytes), "cut at {cut}");
        if cut == boundary || cut == boundary + skippable(1, b"index").len() {
            assert!(error.is_none() && bytes == first);
            continue;
        }
        let error = error.unwrap_or_else(|| panic!("cut at {cut} is silent"));
        assert_eq!(error.kind(), ErrorKind::Truncated, "cut at {cut}: {error:?}");
    }
}

#[test]
fn zstd_checksum_is_checked_behind_the_data() {
    let text = lines(10_000);
    let mut file = zstd(&text);
    *file.last_mut().unwrap() ^= 1;
    check_bad(&file, &text, ErrorKind::Data, "the zstd data is damaged");
}

#[test]
fn bytes_behind_zstd_data_are_an_error() {
    let message = "bytes that are not zstd follow the zstd data";
    for behind in [b"garbage".as_slice(), &[0; 512]] {
        check_bad(&[&zstd(b"1\n"), behind].concat(), b"1\n", ErrorKind::Data, message);
    }
}

#[test]
fn whole_blocks_before_a_damaged_one_are_delivered() {
    // Stored blocks of 128 KiB, so that it is known where each begins.
    let block =
        |last: bool, kind: u32, size: u32| (size << 3 | kind << 1 | u32::from(last)).to_le_bytes();
    let text = lines(12_000);
    let mut file = b"\x28\xb5\x2f\xfd\x00\x38".to_vec();
    for piece in text[..4 << 17].chunks(1 << 17) {
        file.extend_from_slice(&block(false, 0, 1 << 17)[..3]);
        file.extend_from_slice(piece);
    }
    let reserved_kind = 3;
    file.extend_from_slice(&block(true, reserved_kind, 10)[..3]);
    file.extend_from_slice(&[0; 10]);
    check_bad(&file, &text[..4 << 17], ErrorKind::Data, "the zstd data is damaged");
}

/// A frame of the two bytes `1` and newline that asks for a window of `1 << log` bytes.
fn with_window(log: u8) -> Vec<u8> {
    [b"\x28\xb5\x2f\xfd\x00".as_slice(), &[(log - 10) << 3], b"\x11\0\x001\n"].concat()
}

#[test]
fn a_zstd_window_above_the_limit_is_refused_before_it_is_allocated() {
    check_good(&with_window(27), b"1\n");
    check_bad(
        &with_window(31),
        b"",
        ErrorKind::Limit,
        "the zstd data needs a window of more than 128.0 MiB, the limit that `max_window` sets",
    );
    let granted = OPTIONS.max_window(ByteSize::mib(256));
    assert_eq!(decompress(&with_window(28), &granted).0, b"1\n");
    let (_, error) = decompress(&with_window(29), &granted);
    assert_eq!(error.unwrap().kind(), ErrorKind::Limit);
    let (_, error) = decompress(&with_window(11), &OPTIONS.max_window(ByteSize(0)));
    assert_eq!(error.unwrap().kind(), ErrorKind::Limit);
}

#[test]
fn the_memory_of_a_window_is_told() {
    let mut source =
        Source::from_reader(Box::new(std::io::Cursor::new(with_window(23))), "test", &OPTIONS)
            .unwrap();
    let before = source.allocated_bytes();
    assert_eq!(drain(&mut source, 100).0, b"1\n");
    assert!(source.allocated_bytes() >= before + (8 << 20), "{}", source.allocated_bytes());
}

#[test]
fn content_decides_and_the_name_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("plain.gz", b"1\n".to_vec(), Compression::None),
        ("gzip.jsonl", gzip(b"1\n"), Compression::Gzip),
        ("gzip.zst", gzip(b"1\n"), Compression::Gzip),
        ("zstd.gz", zstd(b"1\n"), Compression::Zstd),
        ("zstd", zstd(b"1\n"), Compression::Zstd),
    ];
    for (name, content, compression) in files {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let mut source = Source::open(&path, &OPTIONS).unwrap();
        assert_eq!(source.compression(), compression, "{name}");
        assert_eq!(drain(&mut source, 10).0, b"1\n", "{name}");
    }
}

#[test]
fn a_compressed_file_that_was_cut_before_it_can_be_told_is_not_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("empty.jsonl.gz", b"".as_slice()),
        ("cut.jsonl.gz", b"\x1f"),
        ("empty.jsonl.zst", b""),
        ("cut.jsonl.zst", b"\x28\xb5"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let mut source = Source::open(&path, &OPTIONS).unwrap();
        let (bytes, error) = drain(&mut source, 10);
        let error = error.expect(name);
        assert_eq!((error.kind(), error.path()), (ErrorKind::Truncated, Some(&*path)));
        assert_eq!(bytes, b"");
    }
    check_good(b"", b"");
}

#[test]
fn a_known_compression_overrides_the_content() {
    let plain = OPTIONS.compression(Compression::None);
    assert_eq!(decompress(b"BZh9 not read", &plain).0, b"BZh9 not read");
    for compression in [Compression::Gzip, Compression::Zstd] {
        let (_, error) = decompress(b"{\"a\":1}", &OPTIONS.compression(compression));
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert_eq!(error.to_string(), format!("the data is not {compression}"));
        let (_, error) = decompress(b"", &OPTIONS.compression(compression));
        assert_eq!(error.unwrap().kind(), ErrorKind::Truncated);
    }
}

#[test]
fn what_is_recognised_but_not_read_is_named() {
    for (content, name) in [
        (b"BZh91AY&SY".as_slice(), "bzip2"),
        (b"\xfd7zXZ\x00\x00\x04", "xz"),
        (b"\x04\x22\x4d\x18\x64\x40", "lz4"),
        (b"PK\x03\x04\x14\x00", "zip"),
        (b"\xff\x06\x00\x00sNaPpY", "framed Snappy"),
    ] {
        let message = format!("{name} data is not read; decompress it first");
        check_bad(content, b"", ErrorKind::Unsupported, &message);
    }
    let (_, error) = decompress(b"\x28\xb5\x2f\xfd\x01\x58\x07\x11\0\x001\n", &OPTIONS);
    let error = error.unwrap();
    assert_eq!(error.to_string(), "the zstd data needs a dictionary");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

proptest! {
    #[test]
    fn any_members_and_any_cut_of_the_reads_give_the_same_text(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 1..8),
        repeats in 1..100usize,
        step in 1..5000usize,
        size in 1..5000usize,
        is_zstd in any::<bool>(),
    ) {
        let texts: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.repeat(repeats)).collect();
        let compress = if is_zstd { zstd } else { gzip };
        let file: Vec<u8> = texts.iter().flat_map(|text| compress(text)).collect();
        let mut source = Source::from_reader(Box::new(Slow::new(&file, step)), "test", &OPTIONS).unwrap();
        let (bytes, error) = drain(&mut source, size);
        prop_assert!(error.is_none());
        prop_assert!(bytes == texts.concat());
        prop_assert_eq!(source.raw_bytes_read(), file.len() as u64);
    }
}
