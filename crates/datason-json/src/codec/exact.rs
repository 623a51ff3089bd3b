//! The exact codec: it decides what is valid, and words every error.

use std::ops::Range;

use datason_core::pointer::escape;
use datason_core::{ErrorKind, Result, excerpt};
use datason_scan::{Kernel, depth_exceeds};
use serde::Deserialize;
use serde_path_to_error::{Segment, Track};

use super::{Batch, Codec, DEFAULT_MAX_DEPTH, DecodeError, checked_max_depth, strict};

/// Decodes with [`serde_json`].
///
/// Borrows `&str` from texts without escapes. Needs no memory of its own.
#[derive(Clone, Debug)]
pub struct SerdeJson {
    kernel: Kernel,
    max_depth: usize,
}

impl SerdeJson {
    /// A codec with the default depth limit.
    pub fn new() -> Self {
        Self { kernel: Kernel::active(), max_depth: DEFAULT_MAX_DEPTH }
    }

    /// A codec that allows `max_depth` levels of nesting.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if `max_depth` is 0 or above
    /// [`MAX_DEPTH_CEILING`](super::MAX_DEPTH_CEILING).
    pub fn with_max_depth(max_depth: usize) -> Result<Self> {
        Ok(Self { max_depth: checked_max_depth(max_depth)?, ..Self::new() })
    }

    pub(super) fn max_depth(&self) -> usize {
        self.max_depth
    }

    /// Whether `text` is deeper than a small thread's stack is sure to hold. Costs nothing
    /// unless the limit allows such depth.
    pub(super) fn needs_deep_stack(&self, text: &[u8]) -> bool {
        self.max_depth > DEFAULT_MAX_DEPTH
            && depth_exceeds(self.kernel, text, DEFAULT_MAX_DEPTH as u64)
    }

    /// What must hold before the parser may see the text: it is UTF-8 and not too deep. The
    /// parser's own depth limit is off, since it cannot be set.
    fn admit<'a>(&self, text: &'a [u8]) -> Result<&'a str, DecodeError> {
        let text = simdutf8::basic::from_utf8(text).map_err(|_| not_utf8(text))?;
        if text.len() > self.max_depth
            && depth_exceeds(self.kernel, text.as_bytes(), self.max_depth as u64)
        {
            return Err(self.too_deep(text.as_bytes()));
        }
        Ok(text)
    }

    #[cold]
    fn too_deep(&self, text: &[u8]) -> DecodeError {
        let message = format!("nested deeper than {} levels", self.max_depth);
        let offset = offset_of_depth(text, self.max_depth);
        DecodeError::new(ErrorKind::Limit, message, offset)
    }
}

impl Default for SerdeJson {
    fn default() -> Self {
        Self::new()
    }
}

impl Codec for SerdeJson {
    type Batch<'a> = SerdeJsonBatch<'a>;

    fn batch<'a>(&'a mut self, block: &'a [u8]) -> SerdeJsonBatch<'a> {
        SerdeJsonBatch { codec: self, block }
    }

    fn decode<'a, T: Deserialize<'a>>(&'a mut self, text: &'a [u8]) -> Result<T, DecodeError> {
        self.decode_borrowed(text)
    }

    fn validate(&mut self, text: &[u8]) -> Result<(), DecodeError> {
        self.decode_borrowed::<strict::Strict>(text).map(drop)
    }
}

impl SerdeJson {
    /// As [`Codec::decode`], borrowing from `text` alone.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    pub fn decode_borrowed<'a, T: Deserialize<'a>>(
        &self,
        text: &'a [u8],
    ) -> Result<T, DecodeError> {
        let text = self.admit(text)?;
        parse(text, self.max_depth).map_err(|error| explain::<T>(text, self.max_depth, &error))
    }
}

/// [`SerdeJson`] at work on a block: see [`Codec::batch`].
#[derive(Debug)]
pub struct SerdeJsonBatch<'a> {
    codec: &'a SerdeJson,
    block: &'a [u8],
}

impl Batch for SerdeJsonBatch<'_> {
    fn decode<'a, T: Deserialize<'a>>(&'a mut self, span: Range<usize>) -> Result<T, DecodeError> {
        self.codec.decode_borrowed(&self.block[span])
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, max_depth: usize) -> serde_json::Result<T> {
    let mut parser = serde_json::Deserializer::from_str(text);
    parser.disable_recursion_limit();
    let value = if max_depth > DEFAULT_MAX_DEPTH {
        // Deeper than a small thread's stack is sure to hold: let it grow on the heap.
        T::deserialize(serde_stacker::Deserializer::new(&mut parser))?
    } else {
        T::deserialize(&mut parser)?
    };
    parser.end()?;
    Ok(value)
}

#[cold]
fn not_utf8(text: &[u8]) -> DecodeError {
    let offset = simdutf8::compat::from_utf8(text).map_or_else(|error| error.valid_up_to(), |_| 0);
    let byte = text.get(offset).copied().unwrap_or_default();
    DecodeError::new(ErrorKind::Utf8, format!("byte 0x{byte:02x} is not UTF-8"), offset)
}

/// Puts serde_json's error in our terms. Parses once more to learn the path, so that the path
/// costs nothing while all goes well.
#[cold]
fn explain<'a, T: Deserialize<'a>>(
    text: &'a str,
    max_depth: usize,
    error: &serde_json::Error,
) -> DecodeError {
    if text.trim_ascii().is_empty() {
        return DecodeError::new(ErrorKind::Syntax, "expected a value", 0);
    }
    let kind = match error.classify() {
        serde_json::error::Category::Eof => ErrorKind::Truncated,
        serde_json::error::Category::Data => ErrorKind::Data,
        _ => ErrorKind::Syntax,
    };
    let offset = if error.is_eof() { text.len() } else { offset_of(text, error) };
    DecodeError::new(kind, message_of(error), offset)
        .with_pointer(pointer_of::<T>(text, max_depth).unwrap_or_default())
}

/// The parser's message without the place, which it counts within the record. It can quote
/// the input, so it is made fit to be shown.
fn message_of(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    excerpt(full.strip_suffix(&place).unwrap_or(&full))
}

/// The parser tells line and column, counted from 1; a column of 0 is the line's end before.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let line_start = newlines.take(lines_before).last().map_or(0, |(at, _)| at + 1);
    (line_start + error.column().saturating_sub(1)).min(text.len())
}

/// The path to the value at which the second parse fails, as an RFC 6901 pointer.
fn pointer_of<'a, T: Deserialize<'a>>(text: &'a str, max_depth: usize) -> Option<String> {
    let mut track = Track::new();
    let mut parser = serde_json::Deserializer::from_str(text);
    parser.disable_recursion_limit();
    let failed = if max_depth > DEFAULT_MAX_DEPTH {
        let deep = serde_stacker::Deserializer::new(&mut parser);
        T::deserialize(serde_path_to_error::Deserializer::new(deep, &mut track)).is_err()
    } else {
        T::deserialize(serde_path_to_error::Deserializer::new(&mut parser, &mut track)).is_err()
    };
    failed.then(|| pointer(track.path().iter()))
}

fn pointer<'a>(path: impl Iterator<Item = &'a Segment>) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escape(key).into_owned(),
            // An enum's variant is a key of the text, and an unknown step has no name.
            Segment::Enum { variant } => escape(variant).into_owned(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

/// The bracket that opens a level too many.
fn offset_of_depth(text: &[u8], max_depth: usize) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for (offset, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' if depth == max_depth => return offset,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    0
}
