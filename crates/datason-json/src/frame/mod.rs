//! Where records begin and end in the text: framing, without decoding and without I/O.
//!
//! A framer is fed the unconsumed bytes of the input, again and again with more of them, and
//! answers with the spans of whole records. It looks at each byte once, however the input is
//! cut, and does not judge records: that is the codec's work, so that one bad record does not
//! take its neighbours along.

mod array;
mod lines;
mod pointer;
mod skeleton;
#[cfg(test)]
mod tests;
mod values;

use std::ops::Range;

use datason_core::{Error, ErrorKind, Position, Result};
use datason_scan::Kernel;

use self::array::Array;
use self::lines::Lines;
use self::pointer::Pointer;
pub(crate) use self::pointer::parse as parse_pointer;
use self::values::Values;
use crate::format::Format;

/// Finds the records in a text that is handed over piece by piece.
///
/// [`Reader`](crate::Reader) drives one; use it directly where the bytes come by another way
/// than [`std::io::Read`].
///
/// # Example
/// ```
/// use datason_json::Framer;
///
/// let text = b"[{\"id\": 1}, {\"id\": 2}]";
/// let (mut framer, mut spans) = (Framer::array(), Vec::new());
/// let framed = framer.frame(&text[..15], false, &mut spans);
/// assert_eq!(spans, [1..10]);
/// assert_eq!(framed.consumed, 12); // `{"i` is kept for the next call
///
/// spans.clear();
/// let framed = framer.frame(&text[framed.consumed..], true, &mut spans);
/// assert_eq!(spans, [0..9]); // relative to the bytes of this call
/// assert!(framed.fault.is_none());
/// ```
#[derive(Debug)]
pub struct Framer {
    kernel: Kernel,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Lines(Lines),
    Array(Array),
    Values(Values),
    Pointer(Box<Pointer>),
}

/// What a framer made of the bytes.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Framed {
    /// The bytes it needs no more: all before the record that is not complete yet.
    pub consumed: usize,
    /// How many lines end in these, if it came by their ends.
    pub lines: Option<usize>,
    /// Whether each line that ends in these is one record: then as many lines end before a record
    /// as there are records before it.
    pub is_dense: bool,
    /// Why nothing follows, in case: the input broke down behind the records found.
    pub fault: Option<Fault>,
}

impl Framed {
    fn consumed(consumed: usize) -> Self {
        Self { consumed, ..Self::default() }
    }

    fn broken(consumed: usize, fault: Fault) -> Self {
        Self { consumed, fault: Some(fault), ..Self::default() }
    }
}

/// The text between the records is not what it should be. Always fatal: framing that has lost
/// its way cannot find the next record.
#[derive(Debug)]
pub struct Fault {
    kind: ErrorKind,
    message: String,
    /// Relative to the bytes given.
    offset: usize,
}

impl Fault {
    #[cold]
    fn new(kind: ErrorKind, message: impl Into<String>, offset: usize) -> Self {
        Self { kind, message: message.into(), offset }
    }

    /// The error, where `bytes`, those given to the framer, stand at `start`.
    #[cold]
    pub fn into_error(self, bytes: &[u8], start: Position) -> Error {
        let at = self.offset.min(bytes.len());
        Error::new(self.kind, self.message)
            .at(start.advanced(&bytes[..at]))
            .with_snippet(bytes, at)
            .fatal()
    }
}

impl Framer {
    fn of(kind: Kind) -> Self {
        Self { kernel: Kernel::active(), kind }
    }

    /// For JSON Lines.
    pub fn lines() -> Self {
        Self::of(Kind::Lines(Lines::default()))
    }

    /// For a document that is an array.
    pub fn array() -> Self {
        Self::of(Kind::Array(Array::default()))
    }

    /// For a document that is one record, whatever it is.
    pub fn document() -> Self {
        Self::of(Kind::Values(Values::document()))
    }

    /// For values that stand one behind the other.
    pub fn concatenated() -> Self {
        Self::of(Kind::Values(Values::default()))
    }

    /// For the array at `pointer` (RFC 6901: `/data`, `/items/0/rows`) inside a document. The
    /// document around it may have `max_depth` levels of nesting.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] unless `pointer` begins with `/` and escapes `~` as `~0`.
    pub fn pointer(pointer: &str, max_depth: usize) -> Result<Self> {
        Ok(Self::of(Kind::Pointer(Box::new(Pointer::new(pointer, max_depth)?))))
    }

    /// The format that is being framed.
    pub fn format(&self) -> Format {
        match &self.kind {
            Kind::Lines(_) => Format::Jsonl,
            Kind::Array(_) | Kind::Pointer(_) => Format::Json,
            Kind::Values(values) if values.is_document() => Format::Json,
            Kind::Values(_) => Format::Concatenated,
        }
    }

    /// The same framer on another kernel; for tests and measurements.
    #[must_use]
    pub fn with_kernel(self, kernel: Kernel) -> Self {
        Self { kernel, ..self }
    }

    /// Finds the records in `bytes` and appends their spans, in order.
    ///
    /// `bytes` are all that is not consumed yet; `at_end` says that no more will come. The
    /// caller drops `consumed` bytes before the next call. A record of which only the beginning
    /// has come is left unconsumed, unless [`drop_record`](Self::drop_record) was called. A span
    /// has no white space at its ends. Each byte is looked at once, however the text is cut.
    pub fn frame(&mut self, bytes: &[u8], at_end: bool, spans: &mut Vec<Range<usize>>) -> Framed {
        match &mut self.kind {
            Kind::Lines(lines) => lines.frame(self.kernel, bytes, at_end, spans),
            Kind::Array(array) => array.frame(self.kernel, bytes, at_end, spans),
            Kind::Values(values) => values.frame(self.kernel, bytes, at_end, spans),
            Kind::Pointer(pointer) => pointer.frame(self.kernel, bytes, at_end, spans),
        }
    }

    /// Gives up the record whose beginning is all of the unconsumed bytes: the caller drops
    /// them, and its end will be passed over. Returns how many of the bytes have been looked at.
    pub fn drop_record(&mut self) -> usize {
        match &mut self.kind {
            Kind::Lines(lines) => lines.drop_record(),
            Kind::Array(array) => array.drop_record(),
            Kind::Values(values) => values.drop_record(),
            Kind::Pointer(pointer) => pointer.drop_record(),
        }
    }
}

/// Whether `byte` is white space to JSON.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The first byte of `bytes` that is not white space.
fn first_solid(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| !is_space(*byte))
}

/// `range` without white space at its ends.
pub(crate) fn trimmed(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = range;
    while start < end && is_space(bytes[start]) {
        start += 1;
    }
    while start < end && is_space(bytes[end - 1]) {
        end -= 1;
    }
    start..end
}
