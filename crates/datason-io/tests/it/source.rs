//! Opening inputs, and reading pieces of them.

use std::error::Error as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use datason_core::{Error, ErrorKind};
use datason_io::{Compression, Fill, Source, SourceOptions, Window};

use crate::support::{Slow, drain, gzip, lines, zstd};

const OPTIONS: SourceOptions = SourceOptions::new();

fn cause(error: &Error) -> io::ErrorKind {
    error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).unwrap().kind()
}

#[track_caller]
fn check_open_fails(path: &Path, message: &str, cause_kind: io::ErrorKind) {
    let error = Source::open(path, &OPTIONS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(error.to_string(), message);
    assert_eq!(error.path(), Some(path));
    assert_eq!(cause(&error), cause_kind);
    assert!(error.is_fatal());
}

#[test]
fn what_cannot_be_opened_is_named_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no\x1b[31m.jsonl");
    let escaped = path.display().to_string().replace('\x1b', "\\u{1b}");
    check_open_fails(&path, &format!("cannot open `{escaped}`"), io::ErrorKind::NotFound);
    let folder = folder.path();
    let message = format!("`{}` is a folder, not a file", folder.display());
    check_open_fails(folder, &message, io::ErrorKind::IsADirectory);
}

#[test]
#[cfg(unix)]
fn a_forbidden_file_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.jsonl");
    fs::write(&path, "1").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        println!("skipped: this user may open everything");
        return;
    }
    let message = format!("cannot open `{}`", path.display());
    check_open_fails(&path, &message, io::ErrorKind::PermissionDenied);
}

#[test]
fn a_file_knows_its_size_and_can_be_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let text = lines(20_000);
    for (name, content) in [("a", text.clone()), ("b", gzip(&text)), ("c", zstd(&text))] {
        let path = folder.path().join(name);
        fs::write(&path, &content).unwrap();
        let mut source = Source::open(&path, &OPTIONS).unwrap();
        assert_eq!((source.path(), source.raw_len()), (Some(&*path), Some(content.len() as u64)));
        assert_eq!((source.raw_bytes_read(), source.is_rewindable()), (0, true));
        // Once from the middle, once from the end.
        for _ in 0..2 {
            source.fill(&mut [0; 1000]).unwrap();
            assert!(source.raw_bytes_read() > 0);
            source.rewind().unwrap();
            assert_eq!(source.raw_bytes_read(), 0);
            let (bytes, error) = drain(&mut source, 1 << 16);
            assert!(error.is_none() && bytes == text, "{name}: {error:?}");
            assert_eq!(source.raw_bytes_read(), content.len() as u64);
            source.rewind().unwrap();
        }
    }
}

#[test]
fn a_stream_has_a_name_and_cannot_be_read_twice() {
    let mut source =
        Source::from_reader(Box::new(Slow::new(b"12", 1)), "a\x07b", &OPTIONS).unwrap();
    assert_eq!((source.name(), source.path(), source.raw_len()), ("a\x07b", None, None));
    let error = source.rewind().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.to_string(), "`a\\u{7}b` cannot be read twice");
    assert_eq!(drain(&mut source, 10).0, b"12");
    assert_eq!(source.raw_bytes_read(), 2);
}

#[test]
fn the_first_bytes_of_an_idle_pipe_are_not_waited_for_longer_than_needed() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"{").unwrap();
    // This would wait for ever if it asked for six bytes.
    let mut source = Source::from_reader(Box::new(reader), "pipe", &OPTIONS).unwrap();
    assert_eq!(source.compression(), Compression::None);
    let mut buffer = [0; 100];
    assert_eq!(source.fill(&mut buffer).unwrap(), 1);
    writer.write_all(b"}\n").unwrap();
    assert_eq!(source.fill(&mut buffer).unwrap(), 2);
    drop(writer);
    assert_eq!(source.fill(&mut buffer).unwrap(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_pipe_with_a_path_is_read_to_its_end() {
    use std::os::fd::AsRawFd;

    let (reader, mut writer) = io::pipe().unwrap();
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    writer.write_all(&gzip(b"1\n2\n")).unwrap();
    drop(writer);
    let mut source = Source::open(&path, &OPTIONS).unwrap();
    assert_eq!((source.raw_len(), source.is_rewindable()), (None, false));
    assert_eq!(drain(&mut source, 3).0, b"1\n2\n");
    let error = Source::open_range(&path, 0..1, &OPTIONS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_does_not_know_its_size_is_read_to_its_end() {
    let mut source = Source::open("/proc/self/status", &OPTIONS).unwrap();
    let mut text = String::new();
    source.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("Name:"));
}

#[test]
fn ranges_of_a_file_add_up_to_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = lines(40);
    fs::write(file.path(), &text).unwrap();
    let length = text.len() as u64;
    for pieces in 1..=64 {
        let cut = |index: u64| length * index / pieces;
        let mut whole = Vec::new();
        for index in 0..pieces {
            let range = cut(index)..cut(index + 1);
            let mut source = Source::open_range(file.path(), range.clone(), &OPTIONS).unwrap();
            assert_eq!(
                (source.raw_start(), source.raw_len()),
                (range.start, Some(range.end - range.start))
            );
            let (bytes, error) = drain(&mut source, 100);
            assert!(error.is_none());
            source.rewind().unwrap();
            assert_eq!(drain(&mut source, 1 << 20).0, bytes);
            whole.extend(bytes);
        }
        assert!(whole == text, "{pieces} pieces");
    }
}

#[test]
fn a_range_that_cannot_be_is_refused_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "0123456789").unwrap();
    let open = |range, options| Source::open_range(file.path(), range, options).unwrap_err();
    let error = open(5..11, &OPTIONS);
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!(error.to_string(), "the file ends at byte 10, inside the range 5 to 11");
    assert_eq!(error.path(), Some(file.path()));
    #[expect(clippy::reversed_empty_ranges, reason = "the case under test")]
    let error = open(6..5, &OPTIONS);
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert_eq!(drain(&mut Source::open_range(file.path(), 4..4, &OPTIONS).unwrap(), 10).0, b"");
}

#[test]
fn a_range_of_whole_frames_is_decompressed() {
    let [first, second] = [b"1\n".as_slice(), b"2\n"];
    for (compression, compress) in
        [(Compression::Gzip, gzip as fn(&[u8]) -> Vec<u8>), (Compression::Zstd, zstd)]
    {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (one, two) = (compress(first), compress(second));
        fs::write(file.path(), [one.clone(), two, one.clone()].concat()).unwrap();
        let (start, size) = (one.len() as u64, fs::metadata(file.path()).unwrap().len());
        let options = OPTIONS.compression(compression);
        let mut source = Source::open_range(file.path(), start..size, &options).unwrap();
        let mut buffer = [0; 9];
        assert_eq!(source.fill(&mut buffer).unwrap(), 2);
        assert_eq!(source.frame().map(|frame| (frame.raw_start, frame.text_start)), Some((0, 0)));
        assert_eq!(source.fill(&mut buffer).unwrap(), 2);
        let frame = source.frame().unwrap();
        assert_eq!((frame.raw_start, frame.text_start), (size - 2 * start, 2));
        assert_eq!(source.fill(&mut buffer).unwrap(), 0);
        assert_eq!(source.whole_frames_len(), size - start);

        let mut cut = Source::open_range(file.path(), start..size - 1, &options).unwrap();
        assert_eq!(drain(&mut cut, 9).1.unwrap().kind(), ErrorKind::Truncated);
        assert_eq!(cut.whole_frames_len(), size - 2 * start);
    }
}

#[test]
fn a_failing_reader_is_told_behind_its_bytes() {
    struct Fails(usize);
    impl Read for Fails {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 | 3 => Err(io::ErrorKind::Interrupted.into()),
                2 => (&b"123"[..]).read(buffer),
                _ => Err(io::ErrorKind::ConnectionReset.into()),
            }
        }
    }
    let source = Source::from_reader(Box::new(Fails(0)), "a socket", &OPTIONS).unwrap();
    let mut window = Window::new(source);
    assert_eq!(window.fill().unwrap(), Fill::Read(3));
    let error = window.fill().unwrap_err();
    assert_eq!((error.kind(), cause(&error)), (ErrorKind::Io, io::ErrorKind::ConnectionReset));
    assert_eq!(error.to_string(), "cannot read `a socket`");
    assert_eq!(window.bytes(), b"123");
}

#[test]
fn a_typed_error_survives_the_way_through_std() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gz");
    let file = gzip(&lines(10));
    fs::write(&path, &file[..file.len() - 1]).unwrap();
    let mut source = Source::open(&path, &OPTIONS).unwrap();
    let mut bytes = Vec::new();
    let error = source.read_to_end(&mut bytes).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    let error = datason_io::into_error(error, "cannot read");
    assert_eq!((error.kind(), error.path()), (ErrorKind::Truncated, Some(&*path)));
    assert_eq!(error.to_string(), "the gzip data ends inside a member");
    assert!(bytes == lines(10));
}
