//! What several targets do: read a text in pieces, and compare with reading it whole.

use std::io::{self, Read};

use datason_core::{ByteSize, ErrorKind, RawChunk, Reject, Rejects};
use datason_json::codec::{AnyCodec, Codec};
use datason_json::{Reader, ReaderBuilder};

/// The text, and the number that chooses how it is cut.
pub(crate) fn split(bytes: &[u8]) -> (&[u8], usize) {
    match bytes.split_last() {
        Some((last, text)) => (text, usize::from(*last)),
        None => (bytes, 0),
    }
}

/// What reading came to.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Place and text of each good record.
    pub(crate) good: Vec<(u64, Vec<u8>)>,
    pub(crate) bad: Vec<Reject<'static>>,
    /// How the input broke off.
    pub(crate) end: Option<(ErrorKind, String)>,
}

impl Outcome {
    /// Whether all of the input is good.
    pub(crate) fn is_clean(&self) -> bool {
        self.bad.is_empty() && self.end.is_none()
    }

    /// Whether the input is of a kind that is named and not read.
    pub(crate) fn is_unsupported(&self) -> bool {
        self.end.as_ref().is_some_and(|(kind, _)| *kind == ErrorKind::Unsupported)
    }
}

/// Gives at most so many bytes a read.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

/// Reads `text` whole, and in pieces that `cut` chooses, record by record and chunk by chunk.
///
/// # Panics
/// If they do not come to the same.
pub(crate) fn read(builder: &ReaderBuilder, text: &[u8], cut: usize) -> Outcome {
    let open = |size: usize| {
        let rejects = Rejects::in_memory(ByteSize::mib(64));
        let builder = builder.clone().block_size(ByteSize(size as u64)).on_error(rejects);
        builder.from_reader(Dribble(text, size)).expect("options that go together")
    };
    let whole = by_record(open(1 << 18));
    let size = cut % 70 + 1;
    assert_eq!(by_record(open(size)), whole, "reads of {size} bytes");
    assert_eq!(by_chunk(open(size)), whole, "chunks, reads of {size} bytes");
    for reject in &whole.bad {
        let start = usize::try_from(reject.byte).expect("a place in the text");
        if let Some(raw) = reject.raw() {
            assert_eq!(&text[start..start + raw.len()], raw, "a reject is what stands there");
        }
    }
    whole
}

fn by_record<R: Read>(mut reader: Reader<R>) -> Outcome {
    let mut good = Vec::new();
    let end = loop {
        match reader.next_validated() {
            Ok(Some(record)) => good.push((record.position().byte(), record.as_bytes().to_vec())),
            Ok(None) => break None,
            Err(error) => break Some((error.kind(), error.to_string())),
        }
    };
    assert!(matches!(reader.next_validated(), Ok(None)), "an end is an end");
    Outcome { good, bad: reader.rejects().kept(), end }
}

fn by_chunk<R: Read>(mut reader: Reader<R>) -> Outcome {
    let rejects = reader.rejects().clone();
    let (mut good, mut chunk, mut codec) = (Vec::new(), RawChunk::default(), AnyCodec::default());
    let end = loop {
        match reader.read_chunk(&mut chunk) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some((error.kind(), error.to_string())),
        }
        for record in chunk.data() {
            match codec.validate(record.as_bytes()) {
                Ok(()) => good.push((record.position().byte(), record.as_bytes().to_vec())),
                Err(error) => rejects.take(error.at(record), Some(record)).expect("no limit"),
            }
        }
    };
    Outcome { good, bad: rejects.kept(), end }
}

/// `text` without the byte order mark that may stand before it.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether serde_json takes all of `text` as one value, as deep as it may be.
pub(crate) fn is_json(text: &[u8]) -> bool {
    let mut parser = serde_json::Deserializer::from_slice(text);
    parser.disable_recursion_limit();
    let value: Result<serde_json::Value, _> = serde::Deserialize::deserialize(&mut parser);
    value.is_ok() && parser.end().is_ok()
}

/// How many levels `text` may have at most: brackets that open, in texts or not.
pub(crate) fn depth_bound(text: &[u8]) -> usize {
    text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count()
}

/// Whether `byte` may stand around a record on its line.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// A line without the blanks around its record.
pub(crate) fn trimmed(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !is_blank(*byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |last| last + 1);
    &line[start..end]
}
