//! Files that are added to: by one at a time, and only what was committed.

use std::fs;
use std::io::Write;

use datason_core::ErrorKind;
use datason_io::{AppendFile, Compression, PartialFile, Sink, SinkOptions, Source, SourceOptions};

use crate::support::{drain, lines};

const OPTIONS: SinkOptions = SinkOptions::new();

#[test]
fn what_is_appended_stands_behind_what_was_there_in_any_compression() {
    let folder = tempfile::tempdir().unwrap();
    let text = lines(10_000);
    for name in ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"] {
        let path = folder.path().join(name);
        for part in text.chunks(100_001) {
            let mut sink = Sink::append(AppendFile::open(&path).unwrap(), &OPTIONS).unwrap();
            let before = fs::metadata(&path).unwrap().len();
            sink.put(part).unwrap();
            let receipt = sink.finish().unwrap();
            assert_eq!((receipt.bytes, receipt.durable), (part.len() as u64, true));
            assert_eq!(fs::metadata(&path).unwrap().len(), before + receipt.stored_bytes);
        }
        let mut source = Source::open(&path, &SourceOptions::new()).unwrap();
        assert!(drain(&mut source, 1 << 16).0 == text, "{name}");
    }
}

#[test]
fn what_was_not_committed_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "old\n").unwrap();
    for commit in [false, true] {
        let mut sink = Sink::append(AppendFile::open(&path).unwrap(), &OPTIONS).unwrap();
        sink.put(b"kept\n").unwrap();
        if commit {
            assert!(sink.flush_durable().unwrap().durable);
        }
        sink.put(&vec![b'x'; 200_000]).unwrap();
        sink.flush().unwrap();
        assert!(fs::metadata(&path).unwrap().len() > 200_000);
        drop(sink);
        let expected = if commit { "old\nkept\n" } else { "old\n" };
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }
}

#[test]
fn a_file_that_was_created_in_vain_is_gone_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut file = AppendFile::open(&path).unwrap();
    file.write_all(b"1\n").unwrap();
    file.abort().unwrap();
    assert!(!path.exists());
    AppendFile::open(&path).unwrap().finish().unwrap();
    drop(AppendFile::open(&path).unwrap());
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[test]
fn two_writers_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let first = AppendFile::open(&path).unwrap();
    let error = AppendFile::open(&path).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Io, Some(&*path)));
    assert!(error.message().starts_with("another writer is adding to "), "{error}");
    drop(first);
    AppendFile::open(&path).unwrap().finish().unwrap();
}

#[test]
fn a_file_that_was_replaced_meanwhile_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "1\n").unwrap();
    let mut file = AppendFile::open(&path).unwrap();
    file.write_all(b"2\n").unwrap();
    let other = folder.path().join("b.jsonl");
    fs::write(&other, "other\n").unwrap();
    fs::rename(&other, &path).unwrap();
    let error = file.finish().unwrap_err();
    assert!(error.message().contains("replaced while it was added to"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"other\n");
}

#[test]
fn the_last_line_is_found_wherever_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    for (text, start) in [
        (String::new(), 0),
        ("1\n".to_owned(), 2),
        ("1\n2".to_owned(), 2),
        ("x".repeat(70_000), 0),
        (format!("{}\n", "x".repeat(70_000)), 70_001),
        (format!("1\n{}", "x".repeat(65_536)), 2),
        (format!("1\n{}", "x".repeat(65_535)), 2),
        (format!("1\n{}", "x".repeat(131_072)), 2),
    ] {
        fs::write(&path, &text).unwrap();
        let mut file = AppendFile::open(&path).unwrap();
        assert_eq!(file.last_line().unwrap(), start);
        let tail = file.read_at(start, file.length() - start).unwrap();
        assert!(tail == text.as_bytes()[usize::try_from(start).unwrap()..]);
    }
}

#[test]
fn a_cut_waits_for_the_first_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "1\n{\"a").unwrap();
    let mut file = AppendFile::open(&path).unwrap();
    file.cut_to(2);
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), b"1\n{\"a");

    let mut file = AppendFile::open(&path).unwrap();
    file.cut_to(2);
    file.write_all(b"2\n").unwrap();
    file.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"1\n2\n");
}

#[test]
fn a_folder_and_a_device_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(AppendFile::open(folder.path()).unwrap_err().kind(), ErrorKind::Io);
    if cfg!(unix) {
        assert_eq!(AppendFile::open("/dev/null").unwrap_err().kind(), ErrorKind::Argument);
    }
}

#[test]
fn a_cut_begins_a_frame_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = lines(1000);
    for (name, compression) in [("a.gz", Compression::Gzip), ("a.zst", Compression::Zstd)] {
        let path = folder.path().join(name);
        let mut sink = Sink::create(&path, &OPTIONS).unwrap();
        let mut starts = vec![(0, 0)];
        for part in text.chunks(9000) {
            sink.put(part).unwrap();
            let at = usize::try_from(sink.cut().unwrap()).unwrap();
            starts.push((at, usize::try_from(sink.bytes_written()).unwrap()));
        }
        sink.finish().unwrap();
        let stored = fs::read(&path).unwrap();
        assert_eq!(starts.pop(), Some((stored.len(), text.len())), "no empty frame at the end");
        for (at, text_at) in starts {
            let (bytes, error) = crate::support::decompress(
                &stored[at..],
                &SourceOptions::new().compression(compression),
            );
            assert!(bytes == text[text_at..] && error.is_none(), "{name} from {at}");
        }
    }
}

#[test]
fn a_partial_file_is_published_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "old\n").unwrap();
    let part = folder.path().join(".a.jsonl.datason-part");
    #[cfg(unix)]
    let mode = |path: &std::path::Path| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    let mut file = PartialFile::open(&path).unwrap();
    assert!(PartialFile::open(&path).is_err(), "one writer at a time");
    file.write_all(b"new\n").unwrap();
    file.commit().unwrap();
    #[cfg(unix)]
    assert_eq!(mode(&part), 0o600);
    file.write_all(b"lost\n").unwrap();
    drop(file);
    assert_eq!(fs::read(&part).unwrap(), b"new\n");
    assert_eq!(fs::read(&path).unwrap(), b"old\n");

    let mut sink = Sink::resume(PartialFile::open(&path).unwrap(), 4, 4, &OPTIONS).unwrap();
    sink.put(b"more\n").unwrap();
    let receipt = sink.finish().unwrap();
    assert_eq!((receipt.bytes, receipt.stored_bytes, receipt.durable), (9, 9, true));
    assert_eq!(fs::read(&path).unwrap(), b"new\nmore\n");
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o640);
    assert!(!part.exists());

    let short = Sink::resume(PartialFile::open(&path).unwrap(), 4, 4, &OPTIONS);
    assert_eq!(short.unwrap_err().kind(), ErrorKind::Data);
    let file = PartialFile::open(&path).unwrap();
    file.discard().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn nothing_that_is_appended_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"] {
        let path = folder.path().join(name);
        let mut sink = Sink::create(&path, &OPTIONS).unwrap();
        sink.put(b"1\n").unwrap();
        let once = sink.flush_durable().unwrap().stored_bytes;
        assert_eq!(sink.flush_durable().unwrap().stored_bytes, once);
        assert_eq!(sink.finish().unwrap().stored_bytes, once);
        let before = fs::read(&path).unwrap();
        let sink = Sink::append(AppendFile::open(&path).unwrap(), &OPTIONS).unwrap();
        assert_eq!(sink.finish().unwrap().stored_bytes, 0);
        assert!(fs::read(&path).unwrap() == before, "{name}");
    }
}

#[test]
fn what_others_write_without_the_lock_is_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "1\n").unwrap();
    let mut file = AppendFile::open(&path).unwrap();
    file.write_all(b"2\n").unwrap();
    let mut other = fs::OpenOptions::new().append(true).open(&path).unwrap();
    other.write_all(b"theirs\n").unwrap();
    assert_eq!(file.abort().unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(fs::read(&path).unwrap(), b"1\n2\ntheirs\n");
}
