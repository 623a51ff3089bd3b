//! Outputs: whole or not at all, and what stands around them left alone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use datason_core::ErrorKind;
use datason_io::{AtomicFile, Compression, Sink, SinkOptions, Source, SourceOptions};

use crate::support::{decompress, drain, lines};

const OPTIONS: SinkOptions = SinkOptions::new();

/// The names in `folder`.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A writer whose bytes can be looked at, and that fails when it holds `most`.
#[derive(Clone, Default)]
struct Shared {
    bytes: Arc<Mutex<Vec<u8>>>,
    most: Option<usize>,
}

impl Shared {
    fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.bytes.lock().unwrap();
        let room = self.most.map_or(usize::MAX, |most| most - held.len());
        let count = bytes.len().min(room);
        if count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        held.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_written_in_any_compression_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let text = lines(30_000);
    for (name, compression) in [
        ("a.jsonl", Compression::None),
        ("a.jsonl.gz", Compression::Gzip),
        ("a.jsonl.zst", Compression::Zstd),
    ] {
        for piece in [7, 100_000, text.len()] {
            let path = folder.path().join(name);
            let mut sink = Sink::create(&path, &OPTIONS).unwrap();
            assert_eq!((sink.compression(), sink.path()), (compression, Some(&*path)));
            for bytes in text.chunks(piece) {
                sink.put(bytes).unwrap();
            }
            assert_eq!(sink.bytes_written(), text.len() as u64);
            let receipt = sink.finish().unwrap();
            assert_eq!((receipt.bytes, receipt.durable), (text.len() as u64, true));
            assert_eq!(receipt.stored_bytes, fs::metadata(&path).unwrap().len());
            let mut source = Source::open(&path, &SourceOptions::new()).unwrap();
            assert_eq!(source.compression(), compression);
            assert!(drain(&mut source, 1 << 16).0 == text, "{name} in pieces of {piece}");
        }
    }
    assert_eq!(names(folder.path()), ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for compression in [Compression::Gzip, Compression::Zstd] {
        let [one, two] = [1000, 1_000_000].map(|piece| {
            let out = Shared::default();
            let options = OPTIONS.compression(compression);
            let mut sink = Sink::to_writer(Box::new(out.clone()), "test", &options).unwrap();
            for bytes in lines(5000).chunks(piece) {
                sink.put(bytes).unwrap();
            }
            sink.finish().unwrap();
            out.bytes()
        });
        assert!(one == two, "{compression}");
    }
}

#[test]
fn an_empty_output_is_a_whole_one() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let out = Shared::default();
        let options = OPTIONS.compression(compression);
        let sink = Sink::to_writer(Box::new(out.clone()), "test", &options).unwrap();
        let receipt = sink.finish().unwrap();
        assert_eq!((receipt.bytes, receipt.durable), (0, false));
        assert_eq!(receipt.stored_bytes, out.bytes().len() as u64);
        let (bytes, error) =
            decompress(&out.bytes(), &SourceOptions::new().compression(compression));
        assert!(bytes.is_empty() && error.is_none());
    }
}

#[test]
fn flushed_bytes_have_arrived() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let out = Shared::default();
        let options = OPTIONS.compression(compression);
        let mut sink = Sink::to_writer(Box::new(out.clone()), "test", &options).unwrap();
        sink.put(b"{\"id\":1}\n").unwrap();
        sink.flush().unwrap();
        let (bytes, _) = decompress(&out.bytes(), &SourceOptions::new().compression(compression));
        assert_eq!(bytes, b"{\"id\":1}\n", "{compression}");
    }
}

#[test]
fn an_aborted_stream_never_looks_whole() {
    for compression in [Compression::Gzip, Compression::Zstd] {
        for by_drop in [true, false] {
            let out = Shared::default();
            let options = OPTIONS.compression(compression);
            let mut sink = Sink::to_writer(Box::new(out.clone()), "test", &options).unwrap();
            sink.put(&lines(1000)).unwrap();
            sink.flush().unwrap();
            sink.put(b"this is gathered and never sent").unwrap();
            if by_drop {
                drop(sink);
            } else {
                sink.abort().unwrap();
            }
            let (bytes, error) = decompress(&out.bytes(), &SourceOptions::new());
            assert_eq!(error.unwrap().kind(), ErrorKind::Truncated, "{compression}");
            assert!(bytes == lines(1000));
        }
    }
}

#[test]
fn a_failed_write_is_told_and_final() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let out = Shared { most: Some(1000), ..Shared::default() };
        let options = OPTIONS.compression(compression);
        let mut sink = Sink::to_writer(Box::new(out.clone()), "disk", &options).unwrap();
        let error = loop {
            if let Err(error) = sink.put(&lines(20_000)) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::Io);
        assert_eq!(error.to_string(), "cannot write `disk` after 1000 bytes");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::StorageFull);
        let error = sink.put(b"more").unwrap_err();
        assert_eq!(error.to_string(), "writing `disk` failed before");
        assert_eq!(sink.finish().unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(out.bytes().len(), 1000);
    }
}

#[test]
fn a_failure_at_the_very_end_is_told() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let out = Shared { most: Some(5), ..Shared::default() };
        let options = OPTIONS.compression(compression);
        let mut sink = Sink::to_writer(Box::new(out.clone()), "disk", &options).unwrap();
        sink.put(b"0123456789").unwrap();
        let error = sink.finish().unwrap_err();
        assert_eq!(error.to_string(), "cannot write `disk` after 5 bytes", "{compression}");
        assert_eq!(out.bytes().len(), 5);
    }
}

#[test]
fn a_dropped_or_aborted_file_leaves_nothing_and_the_old_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl.gz");
    fs::write(&path, "old").unwrap();
    for by_drop in [true, false] {
        let mut sink = Sink::create(&path, &OPTIONS).unwrap();
        sink.put(&lines(100_000)).unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        if by_drop {
            drop(sink);
        } else {
            sink.abort().unwrap();
        }
        assert_eq!(names(folder.path()), ["a.jsonl.gz"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
}

#[test]
fn a_target_that_cannot_be_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: PathBuf, kind: ErrorKind, message: &str| {
        let error = Sink::create(&path, &OPTIONS).unwrap_err();
        let message = message.replace("FOLDER", &folder.path().display().to_string());
        assert_eq!((error.kind(), error.to_string()), (kind, message));
        assert_eq!(error.path(), Some(&*path));
        assert_eq!(names(folder.path()), Vec::<String>::new());
    };
    let inside = |name: &str| folder.path().join(name);
    check(inside(""), ErrorKind::Io, "`FOLDER/` is a folder, not a file");
    check(inside("no/a.jsonl"), ErrorKind::Io, "cannot create `FOLDER/no/a.jsonl` in `FOLDER/no`");
    check(inside("a/"), ErrorKind::Argument, "`FOLDER/a/` does not name a file");
    check(
        inside("a.jsonl.xz"),
        ErrorKind::Unsupported,
        "xz is not written, as the name `FOLDER/a.jsonl.xz` promises",
    );
    let error = Sink::create("", &OPTIONS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[test]
fn a_level_that_does_not_exist_is_refused() {
    let create = |compression, level| {
        let options = OPTIONS.compression(compression).level(level);
        Sink::to_writer(Box::new(io::sink()), "test", &options).map(|_| ())
    };
    assert_eq!(
        create(Compression::Gzip, 10).unwrap_err().to_string(),
        "gzip has levels 0 to 9, not 10"
    );
    assert_eq!(create(Compression::Zstd, 23).unwrap_err().kind(), ErrorKind::Argument);
    create(Compression::Zstd, -7).unwrap();
    create(Compression::None, 99).unwrap();
}

#[test]
fn levels_change_the_size() {
    let size = |compression, level| {
        let options = OPTIONS.compression(compression).level(level);
        let mut sink = Sink::to_writer(Box::new(io::sink()), "test", &options).unwrap();
        sink.put(&lines(20_000)).unwrap();
        sink.finish().unwrap().stored_bytes
    };
    assert!(size(Compression::Gzip, 9) < size(Compression::Gzip, 1));
    assert!(size(Compression::Zstd, 15) < size(Compression::Zstd, -7));
}

#[test]
fn a_name_as_long_as_names_can_be_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n".repeat(255));
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"1").unwrap();
    file.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"1");
}

#[test]
fn what_a_killed_process_left_is_removed_and_what_is_in_use_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let stray = folder.path().join(".a.jsonl.Ab3dEf9h.datason-tmp");
    let others = [".b.jsonl.Ab3dEf9h.datason-tmp", ".a.jsonl.swp"];
    for name in others {
        fs::write(folder.path().join(name), "not ours").unwrap();
    }
    fs::create_dir(folder.path().join(".a.jsonl.aFolder8.datason-tmp")).unwrap();
    let mut in_use = AtomicFile::create(&path).unwrap();
    in_use.write_all(b"first").unwrap();

    fs::write(&stray, "half").unwrap();
    assert_eq!(AtomicFile::remove_leftovers(&path).unwrap(), std::slice::from_ref(&stray));
    fs::write(&stray, "half").unwrap();
    Sink::create(&path, &OPTIONS.remove_leftovers(false)).unwrap().finish().unwrap();
    assert!(stray.exists());
    Sink::create(&path, &OPTIONS).unwrap().finish().unwrap();
    assert!(!stray.exists());

    in_use.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"first");
    assert_eq!(names(folder.path()).len(), 4);
}

#[test]
fn a_temporary_file_that_was_replaced_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"good").unwrap();
    let temporary = file.temporary_path().to_owned();
    fs::remove_file(&temporary).unwrap();
    fs::write(&temporary, "bad").unwrap();
    let error = file.finish().unwrap_err();
    assert!(error.to_string().ends_with("was removed or replaced"), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_rename_that_fails_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut sink = Sink::create(&path, &OPTIONS).unwrap();
    sink.put(b"1\n").unwrap();
    fs::create_dir(&path).unwrap();
    let error = sink.finish().unwrap_err();
    assert!(error.to_string().starts_with("cannot rename a temporary file to"), "{error}");
    assert_eq!((error.kind(), names(folder.path())), (ErrorKind::Io, vec!["a.jsonl".to_owned()]));
}

#[test]
fn writers_of_one_target_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::thread::scope(|scope| {
        for digit in b'0'..b'8' {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..5 {
                    let mut sink = Sink::create(path, &OPTIONS).unwrap();
                    (0..2000).for_each(|_| sink.put(&[digit; 100]).unwrap());
                    sink.finish().unwrap();
                }
            });
        }
    });
    let content = fs::read(&path).unwrap();
    assert_eq!(content.len(), 200_000);
    assert!(content.iter().all(|byte| *byte == content[0]));
    assert_eq!(names(folder.path()), ["a.jsonl"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn write(path: &Path, content: &[u8]) {
        let mut file = AtomicFile::create(path).unwrap();
        assert_eq!(mode(file.temporary_path()), 0o600);
        file.write_all(content).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_new_file_is_allowed_what_new_files_are_and_an_old_one_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("usual");
        File::create(&usual).unwrap();
        let path = folder.path().join("a.jsonl");
        write(&path, b"1");
        assert_eq!(mode(&path), mode(&usual));
        for bits in [0o640, 0o600, 0o664, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            write(&path, b"2");
            assert_eq!(mode(&path), bits);
        }
    }

    #[test]
    fn an_old_file_keeps_its_owner_where_that_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        File::create(&path).unwrap();
        if std::os::unix::fs::chown(&path, Some(12345), Some(54321)).is_err() {
            println!("skipped: this user cannot give files away");
            return;
        }
        write(&path, b"1");
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (12345, 54321));
    }

    #[test]
    fn a_write_protected_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        if fs::OpenOptions::new().write(true).open(&path).is_ok() {
            println!("skipped: this user may write everything");
            return;
        }
        let error = Sink::create(&path, &OPTIONS).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot replace `{}`", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("old.jsonl"), "old").unwrap();
        for (name, leads_to) in [
            ("direct", real.join("old.jsonl")),
            ("relative", PathBuf::from("real/old.jsonl")),
            ("chained", PathBuf::from("relative")),
            ("dangling", PathBuf::from("real/new.jsonl")),
        ] {
            let link = folder.path().join(name);
            symlink(leads_to, &link).unwrap();
            write(&link, name.as_bytes());
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{name}");
            assert_eq!(fs::read(&link).unwrap(), name.as_bytes());
        }
        assert_eq!(names(&real), ["new.jsonl", "old.jsonl"]);
        let link = folder.path().join("loop");
        symlink("loop", &link).unwrap();
        assert_eq!(AtomicFile::create(&link).unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn a_link_that_appears_later_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, outside) = (folder.path().join("a.jsonl"), folder.path().join("outside"));
        fs::write(&outside, "untouched").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"1").unwrap();
        symlink(&outside, &path).unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&outside).unwrap(), b"untouched");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn other_links_of_a_replaced_file_keep_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "old").unwrap();
        fs::hard_link(&path, &other).unwrap();
        write(&path, b"new");
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&other).unwrap()),
            (b"new".to_vec(), b"old".to_vec())
        );
    }

    #[test]
    fn devices_are_written_and_not_replaced() {
        let mut sink = Sink::create("/dev/null", &OPTIONS).unwrap();
        sink.put(&lines(10_000)).unwrap();
        assert!(!sink.finish().unwrap().durable);
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert_eq!(AtomicFile::create("/dev/null").unwrap_err().kind(), ErrorKind::Argument);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_device_is_an_error_and_never_a_success() {
        let mut sink = Sink::create("/dev/full", &OPTIONS).unwrap();
        sink.put(b"1\n").unwrap();
        let error = sink.finish().unwrap_err();
        assert_eq!(error.to_string(), "cannot write `/dev/full` after 0 bytes");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_open_file_is_appended_to_as_the_shell_meant_it() {
        use std::os::fd::AsRawFd;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        fs::write(&path, "before\n").unwrap();
        let open = fs::OpenOptions::new().append(true).open(&path).unwrap();
        let name = folder.path().join("stdout");
        symlink(format!("/proc/self/fd/{}", open.as_raw_fd()), &name).unwrap();
        let mut sink = Sink::create(&name, &OPTIONS).unwrap();
        sink.put(b"after\n").unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"before\nafter\n");
        assert_eq!(names(folder.path()), ["out.jsonl", "stdout"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_pipe_with_a_path_is_written_and_a_broken_one_is_told() {
        use std::io::Read;
        use std::os::fd::AsRawFd;

        let (mut reader, writer) = io::pipe().unwrap();
        let path = format!("/dev/fd/{}", writer.as_raw_fd());
        let mut sink = Sink::create(&path, &OPTIONS).unwrap();
        sink.put(b"1\n").unwrap();
        sink.finish().unwrap();
        let mut sink = Sink::create(&path, &OPTIONS).unwrap();
        drop(writer);
        let mut bytes = [0; 2];
        reader.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"1\n");
        drop(reader);
        sink.put(b"2\n").unwrap();
        let error = sink.finish().unwrap_err();
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::BrokenPipe);
    }
}

/// How often a race is run. `cargo xtask faults --only S2` asks for more than fit here.
#[cfg(unix)]
fn rounds() -> u32 {
    let wanted = std::env::var("DATASON_ROUNDS").ok();
    wanted.map_or(300, |wanted| wanted.parse().expect("DATASON_ROUNDS is a number"))
}

/// Somebody who may write the folder turns temporary names into links as fast as they can.
#[cfg(unix)]
#[test]
fn nothing_is_written_where_links_under_temporary_names_lead() {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    let folder = tempfile::tempdir().unwrap();
    let victims = tempfile::tempdir().unwrap();
    let (target, victim) = (folder.path().join("out"), victims.path().join("victim"));
    fs::write(&victim, "precious").unwrap();
    let done = AtomicBool::new(false);
    let swap = || {
        let mut swapped = 0_u32;
        while !done.load(Ordering::Relaxed) {
            for name in names(folder.path()).iter().filter(|name| name.ends_with("-tmp")) {
                let path = folder.path().join(name);
                if fs::remove_file(&path).is_ok() && symlink(&victim, &path).is_ok() {
                    swapped += 1;
                }
            }
            fs::remove_file(&target).unwrap_or_default();
            symlink(&victim, &target).unwrap_or_default();
        }
        swapped
    };
    let (written, swapped) = std::thread::scope(|scope| {
        let attacker = scope.spawn(swap);
        let mut written = 0;
        for _ in 0..rounds() {
            // The link is followed when a file is begun, as editors do: not here.
            fs::remove_file(&target).unwrap_or_default();
            let Ok(mut file) = AtomicFile::create(&target) else { continue };
            if file.path().parent() != Some(folder.path()) {
                continue;
            }
            file.write_all(b"new").unwrap();
            written += u32::from(file.finish().is_ok());
        }
        done.store(true, Ordering::Relaxed);
        (written, attacker.join().unwrap())
    });
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(names(victims.path()), ["victim"]);
    println!("S2: {swapped} names turned into links, {written} files published all the same");
    assert!(swapped > 0 && written < rounds(), "it was no race");
}
