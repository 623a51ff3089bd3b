//! Streams under faults: whole records, and whole files or none.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use datason_core::{ByteSize, ErrorKind};
use datason_json::{Format, StreamBuilder, deserialize_chunked_file};
use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

/// A list of `length` numbers that fails, or panics, at number `at`.
struct Broken {
    length: u32,
    at: u32,
    panics: bool,
}

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for number in 0..self.length {
            if number == self.at {
                assert!(!self.panics, "as a careless `Serialize` may");
                return Err(S::Error::custom("no more"));
            }
            list.serialize_element(&number)?;
        }
        list.end()
    }
}

const FORMATS: [(&str, Format); 4] = [
    ("a.jsonl", Format::Jsonl),
    ("a.json", Format::Json),
    ("a.jsonl.gz", Format::Jsonl),
    ("a.json.zst", Format::Json),
];

#[test]
fn d11_a_record_that_fails_at_any_member_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in FORMATS {
        let path = folder.path().join(name);
        let builder = StreamBuilder::new().buffer_size(ByteSize(7));
        let mut stream = builder.create(&path).unwrap();
        assert_eq!(stream.format(), format);
        for at in 0..20 {
            let error = stream.write(&Broken { length: 20, at, panics: false }).unwrap_err();
            assert!(error.message().contains("no more"), "{error}");
            stream.write(&at).unwrap();
        }
        assert_eq!(stream.finish().unwrap().records, 20);
        let read: Vec<u32> =
            deserialize_chunked_file(&path).unwrap().typed().collect::<Result<_, _>>().unwrap();
        assert_eq!(read, (0..20).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn d11_a_panic_inside_a_record_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "old\n").unwrap();
    let run = || {
        let mut stream = StreamBuilder::new().buffer_size(ByteSize(0)).create(&path).unwrap();
        stream.write(&1).unwrap();
        stream.write(&Broken { length: 9, at: 5, panics: true }).unwrap();
    };
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn d12_what_is_durable_is_not_yet_published() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in FORMATS {
        let path = folder.path().join(name);
        let mut stream = StreamBuilder::new().create(&path).unwrap();
        let mut before = 0;
        for number in 1..=5 {
            stream.write(&number).unwrap();
            let durable = stream.flush_durable().unwrap();
            assert_eq!((durable.records, durable.durable), (number, true));
            assert!(durable.stored_bytes > before, "{durable:?}");
            before = durable.stored_bytes;
            assert!(!path.exists());
        }
        let written = stream.finish().unwrap();
        assert_eq!(written.stored_bytes, fs::metadata(&path).unwrap().len());
        assert_eq!((written.records, written.path.as_deref()), (5, Some(path.as_path())));
        let read: Vec<u64> =
            deserialize_chunked_file(&path).unwrap().typed().collect::<Result<_, _>>().unwrap();
        assert_eq!(read, [1, 2, 3, 4, 5], "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn d11_an_output_that_fails_once_never_succeeds_later() {
    let mut stream = StreamBuilder::new().buffer_size(ByteSize(0)).create("/dev/full").unwrap();
    assert_eq!(stream.write(&1).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(stream.write(&2).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(stream.flush_durable().unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(stream.finish().unwrap_err().kind(), ErrorKind::Io);
}
