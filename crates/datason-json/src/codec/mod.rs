//! Text of one record <-> value: the seam at which parsers are swapped.
//!
//! A codec is chosen by type ([`SerdeJson`], [`SimdJson`]) or at run time ([`AnyCodec`] from a
//! [`CodecKind`]). All codecs give the same verdict and the same value for the same bytes; a
//! fast one may refuse whatever it likes, and then the exact one ([`SerdeJson`]) decides and
//! words the error. Where parsers differ, this is the rule of all of them:
//!
//! | input | rule | why it needs one |
//! |---|---|---|
//! | nesting | up to `max_depth` levels (default 128, at most 1,024); deeper is [`ErrorKind::Limit`] | serde_json alone stops at 127, simd-json at 1,024 |
//! | integer beyond 64 bits | read as the nearest `f64`, exact where the type asks for 128 bits | simd-json alone refuses it |
//! | number beyond `f64` (`1e400`) | [`ErrorKind::Syntax`] | others read infinity |
//! | `-0` | the float `-0.0`, so not an integer | simd-json alone reads the integer 0 |
//! | float text | correctly rounded, `f32` in one step | serde_json needs a feature for it, simd-json rounds `f32` twice |
//! | duplicate keys | in a map the last one wins; in a struct an error | – |
//! | lone surrogate `\ud800` | an error wherever the text is kept; passed over in a field nobody reads | simd-json alone refuses it everywhere |
//! | invalid UTF-8 | [`ErrorKind::Utf8`], also in a field nobody reads | serde_json alone passes over it there |
//! | NUL, BOM inside the input | an error | – |
//! | empty or blank record | [`ErrorKind::Syntax`], "expected a value" | wording |
//! | number, type and key of a field nobody reads | checked for form, not for range | – |

mod exact;
mod simd;
mod strict;
mod tape;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use self::exact::{SerdeJson, SerdeJsonBatch};
pub use self::simd::{SimdJson, SimdJsonBatch};
use crate::ser::{self, TextStyle};
use datason_core::{Config, Error, ErrorKind, Record, Result};

/// The default limit on nesting.
pub const DEFAULT_MAX_DEPTH: usize = 128;

/// The highest limit on nesting that can be set: deeper values could not even be dropped
/// without risk to the stack.
pub const MAX_DEPTH_CEILING: usize = 1_024;

/// A way to turn the text of one record into a value and back.
///
/// A codec keeps its buffers between records, so it takes `&mut self`; each thread has its own.
///
/// # Example
/// ```
/// use datason_json::codec::{Codec, SerdeJson, SimdJson};
///
/// let text = br#"{"id": 7, "tags": ["a"]}"#;
/// let exact: (u32,) = SerdeJson::new().decode(b"[7]")?;
/// let value: serde_json::Value = SimdJson::new().decode(text)?;
/// assert_eq!((exact.0, &value["tags"][0]), (7, &"a".into()));
/// # Ok::<(), datason_json::codec::DecodeError>(())
/// ```
pub trait Codec: Send {
    /// What [`batch`](Self::batch) returns.
    type Batch<'a>: Batch
    where
        Self: 'a;

    /// Decodes one JSON value, all of `text`.
    ///
    /// What is decoded may borrow from `text` or from the codec. Whether a `&str` can be
    /// borrowed from a text with escapes depends on the codec; `Cow<str>` always works.
    ///
    /// # Errors
    /// [`DecodeError`] says what is wrong and at which byte of `text`.
    fn decode<'a, T: Deserialize<'a>>(&'a mut self, text: &'a [u8]) -> Result<T, DecodeError>;

    /// Goes to work on `block`, a text that holds many records: what a codec can do for all of
    /// them at once it does once.
    ///
    /// Results and errors are those of [`decode`](Self::decode) on each record.
    ///
    /// # Example
    /// ```
    /// use datason_json::codec::{Batch, Codec, SimdJson};
    ///
    /// let block = b"[1,2]\n[3,4]\n";
    /// let mut codec = SimdJson::new();
    /// let mut batch = codec.batch(block);
    /// let (first, second): ((u8, u8), (u8, u8)) = (batch.decode(0..5)?, batch.decode(6..11)?);
    /// assert_eq!((first, second), ((1, 2), (3, 4)));
    /// # Ok::<(), datason_json::codec::DecodeError>(())
    /// ```
    fn batch<'a>(&'a mut self, block: &'a [u8]) -> Self::Batch<'a>;

    /// Checks one JSON value as strictly as if all of it were kept: well formed, numbers in
    /// range, no lone surrogate, depth within the limit. Keeps nothing.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn validate(&mut self, text: &[u8]) -> Result<(), DecodeError>;

    /// Appends `value` as JSON text to `out`, or leaves `out` as it was.
    ///
    /// One serializer serves all codecs, so that the bytes do not depend on the codec.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if `value` refuses to be serialized or has no JSON form,
    /// [`ErrorKind::Limit`] if it exceeds a limit of `config`.
    fn encode<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        config: &Config,
        style: TextStyle,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        ser::append(value, config, style, out)
    }
}

/// A codec at work on a block of text that holds many records: see [`Codec::batch`].
pub trait Batch {
    /// Decodes the record that stands at the bytes `span` of the block.
    ///
    /// Any order will do; ascending is what the batch is fast at. What is decoded may borrow from
    /// the block or from the codec, until the next record is decoded.
    ///
    /// # Errors
    /// As [`Codec::decode`], at a byte of the record's text.
    ///
    /// # Panics
    /// If `span` is not one of the block.
    fn decode<'a, T: Deserialize<'a>>(&'a mut self, span: Range<usize>) -> Result<T, DecodeError>;
}

/// The codecs there are, for choosing one at run time.
///
/// # Example
/// ```
/// use datason_json::codec::CodecKind;
///
/// assert_eq!("simd-json".parse::<CodecKind>()?, CodecKind::SimdJson);
/// assert_eq!(CodecKind::default().name(), "simd-json");
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecKind {
    /// [`SerdeJson`]: exact, and the judge of the others.
    SerdeJson,
    /// [`SimdJson`]: vector instructions and a tape. The default.
    #[default]
    SimdJson,
}

impl CodecKind {
    /// Every codec.
    pub const ALL: [Self; 2] = [Self::SerdeJson, Self::SimdJson];

    /// The codec's name, as `--codec` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SerdeJson => "serde-json",
            Self::SimdJson => "simd-json",
        }
    }
}

impl std::str::FromStr for CodecKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.replace('_', "-");
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::new(ErrorKind::Argument, format!("no codec is named `{text}`: {known}"))
        })
    }
}

/// A codec chosen at run time. The choice costs one branch a record.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyCodec {
    /// See [`SerdeJson`].
    SerdeJson(SerdeJson),
    /// See [`SimdJson`].
    SimdJson(Box<SimdJson>),
}

impl AnyCodec {
    /// A codec of `kind` that allows `max_depth` levels of nesting.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if `max_depth` is 0 or above [`MAX_DEPTH_CEILING`].
    pub fn new(kind: CodecKind, max_depth: usize) -> Result<Self> {
        Ok(match kind {
            CodecKind::SerdeJson => Self::SerdeJson(SerdeJson::with_max_depth(max_depth)?),
            CodecKind::SimdJson => Self::SimdJson(Box::new(SimdJson::with_max_depth(max_depth)?)),
        })
    }

    /// Leaves records above `bytes` to the exact codec, which needs no buffers beside them: those
    /// of the fast one can take 30 times the record.
    pub(crate) fn limit_records(&mut self, bytes: usize) {
        if let Self::SimdJson(codec) = self {
            codec.limit_records(bytes);
        }
    }
}

impl Default for AnyCodec {
    fn default() -> Self {
        Self::SimdJson(Box::default())
    }
}

impl Codec for AnyCodec {
    type Batch<'a> = AnyBatch<'a>;

    fn batch<'a>(&'a mut self, block: &'a [u8]) -> AnyBatch<'a> {
        match self {
            Self::SerdeJson(codec) => AnyBatch::SerdeJson(codec.batch(block)),
            Self::SimdJson(codec) => AnyBatch::SimdJson(codec.batch(block)),
        }
    }

    fn decode<'a, T: Deserialize<'a>>(&'a mut self, text: &'a [u8]) -> Result<T, DecodeError> {
        match self {
            Self::SerdeJson(codec) => codec.decode(text),
            Self::SimdJson(codec) => codec.decode(text),
        }
    }

    fn validate(&mut self, text: &[u8]) -> Result<(), DecodeError> {
        match self {
            Self::SerdeJson(codec) => codec.validate(text),
            Self::SimdJson(codec) => codec.validate(text),
        }
    }
}

/// [`AnyCodec`] at work on a block: see [`Codec::batch`].
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyBatch<'a> {
    /// See [`SerdeJson`].
    SerdeJson(SerdeJsonBatch<'a>),
    /// See [`SimdJson`].
    SimdJson(SimdJsonBatch<'a>),
}

impl Batch for AnyBatch<'_> {
    fn decode<'a, T: Deserialize<'a>>(&'a mut self, span: Range<usize>) -> Result<T, DecodeError> {
        match self {
            Self::SerdeJson(batch) => batch.decode(span),
            Self::SimdJson(batch) => batch.decode(span),
        }
    }
}

/// Why the text of one record is not what was asked for, and where in that text.
///
/// [`at`](Self::at) turns it into an [`Error`] that knows its place in the input.
#[derive(Debug)]
pub struct DecodeError(Box<Fault>);

#[derive(Debug)]
struct Fault {
    kind: ErrorKind,
    message: String,
    offset: usize,
    pointer: Option<String>,
}

impl DecodeError {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>, offset: usize) -> Self {
        Self(Box::new(Fault { kind, message: message.into(), offset, pointer: None }))
    }

    pub(crate) fn with_pointer(mut self, pointer: String) -> Self {
        self.0.pointer = Some(pointer);
        self
    }

    /// The kind of error: `Syntax`, `Truncated`, `Utf8`, `Data` or `Limit`.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The byte of the record's text at which it was noticed.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The JSON pointer of the value in question, where the parser knew it.
    pub fn pointer(&self) -> Option<&str> {
        self.0.pointer.as_deref()
    }

    /// The same error with the place of `record`, whose text was decoded, in its input.
    #[cold]
    pub fn at(self, record: Record<'_>) -> Error {
        let Fault { kind, message, offset, pointer } = *self.0;
        let error = Error::new(kind, message)
            .at(record.position_at(offset))
            .with_snippet(record.as_bytes(), offset);
        match pointer {
            Some(pointer) => error.with_pointer(pointer),
            None => error,
        }
    }
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.0.message, self.0.offset)
    }
}

impl std::error::Error for DecodeError {}

/// # Errors
/// [`ErrorKind::Argument`] unless `max_depth` can be set.
fn checked_max_depth(max_depth: usize) -> Result<usize> {
    if (1..=MAX_DEPTH_CEILING).contains(&max_depth) {
        return Ok(max_depth);
    }
    Err(Error::new(
        ErrorKind::Argument,
        format!("a depth limit of {max_depth}: it is between 1 and {MAX_DEPTH_CEILING}"),
    ))
}

#[cfg(test)]
mod tests;
