//! What several tests use.

use std::io::{self, Read, Write};

use datason_core::Error;
use datason_io::{Source, SourceOptions};

/// A reader that gives at most `step` bytes at once.
pub(crate) struct Slow {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Slow {
    pub(crate) fn new(bytes: &[u8], step: usize) -> Self {
        Self { bytes: bytes.to_vec(), at: 0, step }
    }
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(buffer.len()).min(self.bytes.len() - self.at);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Everything `source` gives into buffers of `size` bytes, and the error it ends with.
pub(crate) fn drain(source: &mut Source, size: usize) -> (Vec<u8>, Option<Error>) {
    let mut buffer = vec![0; size];
    let mut bytes = Vec::new();
    loop {
        match source.fill(&mut buffer) {
            Ok(0) => return (bytes, None),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => return (bytes, Some(error)),
        }
    }
}

/// What `bytes` decompress to, however they are cut, and the error that comes behind.
pub(crate) fn decompress(bytes: &[u8], options: &SourceOptions) -> (Vec<u8>, Option<Error>) {
    let mut results = [(1, 300), (7, 1), (usize::MAX, 1 << 20)].map(|(step, size)| {
        let reader = Box::new(Slow::new(bytes, step));
        let mut source = match Source::from_reader(reader, "test", options) {
            Ok(source) => source,
            Err(error) => return (Vec::new(), Some(error)),
        };
        let result = drain(&mut source, size);
        if let Some(error) = &result.1 {
            let again = source.fill(&mut [0; 9]).expect_err("an error is not followed by an end");
            assert_eq!((again.kind(), again.message()), (error.kind(), error.message()));
            assert!(error.is_fatal() && again.is_fatal());
        }
        result
    });
    let last = results.last_mut().map(std::mem::take).unwrap();
    for (bytes, error) in &results[..2] {
        assert_eq!(error.as_ref().map(Error::to_string), last.1.as_ref().map(Error::to_string));
        assert!(*bytes == last.0, "{} and {} bytes", bytes.len(), last.0.len());
    }
    last
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A frame with a checksum and without the size of its content.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Lines that compress about as well as real ones.
pub(crate) fn lines(count: usize) -> Vec<u8> {
    let mut seed = 42u64;
    let mut text = Vec::new();
    for id in 0..count {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        writeln!(text, "{{\"id\":{id},\"value\":{},\"name\":\"event\"}}", seed >> 20).unwrap();
    }
    text
}
