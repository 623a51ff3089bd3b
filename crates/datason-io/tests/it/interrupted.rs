//! Calls that come back early: interrupted every other time, and with a few bytes only.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use datason_io::{Compression, Sink, SinkOptions, Source, SourceOptions};

use crate::support::{decompress, drain, lines};

/// How many bytes each call moves, in turn; each is interrupted once before.
const STEPS: [usize; 5] = [1, 2, 7, 4_096, 3];

/// Counts the calls, and says how many bytes this one may move.
#[derive(Default)]
struct Storm(usize);

impl Storm {
    fn step(&mut self) -> io::Result<usize> {
        self.0 += 1;
        match self.0 % 2 {
            1 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(STEPS[self.0 / 2 % STEPS.len()]),
        }
    }
}

/// A reader and a writer of bytes in a storm.
struct Weathered<T>(T, Storm);

impl Read for Weathered<io::Cursor<Vec<u8>>> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.step()?.min(into.len());
        self.0.read(&mut into[..most])
    }
}

impl Write for Weathered<Arc<Mutex<Vec<u8>>>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.1.step()?.min(bytes.len());
        self.0.lock().unwrap().extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const COMPRESSIONS: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

#[test]
fn what_is_written_in_a_storm_is_what_is_written_in_a_calm() {
    let text = lines(40_000);
    for compression in COMPRESSIONS {
        let options = SinkOptions::new().compression(compression);
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let writer = Box::new(Weathered(Arc::clone(&bytes), Storm::default()));
        let mut sink = Sink::to_writer(writer, "a storm", &options).unwrap();
        for piece in text.chunks(100_003) {
            sink.put(piece).unwrap();
        }
        let receipt = sink.finish().unwrap();
        let bytes = std::mem::take(&mut *bytes.lock().unwrap());
        assert_eq!(receipt.stored_bytes, bytes.len() as u64);
        let (found, error) = decompress(&bytes, &SourceOptions::new());
        assert!(found == text && error.is_none(), "{compression}: {error:?}");
    }
}

#[test]
fn what_is_read_in_a_storm_is_what_is_read_in_a_calm() {
    let text = lines(40_000);
    let folder = tempfile::tempdir().unwrap();
    for compression in COMPRESSIONS {
        let path = folder.path().join("calm");
        let options = SinkOptions::new().compression(compression);
        let mut sink = Sink::create(&path, &options).unwrap();
        sink.put(&text).and_then(|()| sink.finish()).unwrap();
        let stored = std::fs::read(&path).unwrap();
        let reader = Box::new(Weathered(io::Cursor::new(stored), Storm::default()));
        let mut source = Source::from_reader(reader, "a storm", &SourceOptions::new()).unwrap();
        let (found, error) = drain(&mut source, 10_007);
        assert!(found == text && error.is_none(), "{compression}: {error:?}");
    }
}
