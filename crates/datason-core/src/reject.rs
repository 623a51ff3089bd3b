//! A bad record as data: where it stands, what is wrong with it, and its text.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, ErrorKind};
use crate::records::Record;
use crate::value::Bytes;

/// A bad record: where it stands, what is wrong with it, and its text.
///
/// Plain data. As JSON it is one object, with the text of the record under `raw` if that is
/// UTF-8, else as hexadecimal digits under `raw_hex`, so it comes back byte for byte. What is
/// not known is left out.
///
/// Lines, columns, bytes and records are counted as in [`Position`](crate::Position). They are
/// those of the record's first byte: the bytes from [`byte`](Self::byte) on, as many as
/// [`length`](Self::length), are the record. Where in it the fault was noticed is
/// [`offset`](Self::offset).
///
/// # Example
/// ```
/// use datason_core::{Error, ErrorKind, Position, Record, Reject};
///
/// let start = Position::START.advanced(b"{}\n").with_record(1);
/// let record = Record::new(b"{\"a\" 1}", b"", start);
/// let error = Error::new(ErrorKind::Syntax, "expected `:`").at(record.position_at(5));
/// let reject = Reject::new(&error, Some(record));
/// assert_eq!((reject.line, reject.byte, reject.length), (2, 3, Some(7)));
/// assert_eq!((reject.offset, reject.raw()), (Some(5), Some(&b"{\"a\" 1}"[..])));
///
/// let text = serde_json::to_string(&reject)?;
/// assert!(text.ends_with(r#""reason":"expected `:`","offset":5,"raw":"{\"a\" 1}"}"#));
/// assert_eq!(serde_json::from_str::<Reject<'_>>(&text)?, reject);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reject<'a> {
    /// The file, where the input was one. A name that is no text is approximated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line on which the record begins, from 1.
    pub line: u64,
    /// The column in bytes at which it begins, from 1.
    pub column: u64,
    /// The byte at which it begins, from 0.
    pub byte: u64,
    /// The byte from which lines and records were counted: 0, and left out, unless the record
    /// was found in a piece of an input whose earlier lines nobody has counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub counted_from: u64,
    /// How many bytes it has, where that is known: of a record above the size limit it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Its number in the input, from 0.
    pub record: u64,
    /// What kind of fault it is.
    pub kind: ErrorKind,
    /// The fault in words, without the place.
    pub reason: String,
    /// The JSON pointer (RFC 6901) of the value in question, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The byte of the record at which the fault was noticed, where the record is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    #[serde(flatten)]
    raw: Raw<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl<'a> Reject<'a> {
    /// What `error` says about `record`, whose text is borrowed. `None` for a record whose text
    /// is not there, since it is too large to be held.
    pub fn new(error: &Error, record: Option<Record<'a>>) -> Self {
        let fault = error.position();
        let start = record.map(|record| record.position()).or(fault).unwrap_or_default();
        let offset = record.and_then(|_| fault?.byte().checked_sub(start.byte()));
        let raw = record.map(|record| Cow::Borrowed(record.as_bytes()));
        Self {
            file: error.path().map(|path| path.to_string_lossy().into_owned()),
            line: start.line(),
            column: start.column(),
            byte: start.byte(),
            counted_from: start.counted_from(),
            length: raw.as_ref().map(|raw| raw.len() as u64),
            record: start.record(),
            kind: error.kind(),
            reason: error.message().to_owned(),
            pointer: error.pointer().filter(|pointer| !pointer.is_empty()).map(str::to_owned),
            offset,
            raw: Raw(raw),
        }
    }

    /// The record's text, byte for byte as it stood in the input; `None` if it was too large
    /// to be kept.
    pub fn raw(&self) -> Option<&[u8]> {
        self.raw.0.as_deref()
    }

    /// The same with a copy of the text.
    pub fn into_owned(mut self) -> Reject<'static> {
        let raw = self.raw.0.take().map(Cow::into_owned);
        self.with_text(raw)
    }

    /// The same without the text.
    pub(crate) fn without_text(self) -> Reject<'static> {
        self.with_text(None)
    }

    fn with_text(self, raw: Option<Vec<u8>>) -> Reject<'static> {
        Reject {
            file: self.file,
            line: self.line,
            column: self.column,
            byte: self.byte,
            counted_from: self.counted_from,
            length: self.length,
            record: self.record,
            kind: self.kind,
            reason: self.reason,
            pointer: self.pointer,
            offset: self.offset,
            raw: Raw(raw.map(Cow::Owned)),
        }
    }

    /// About how much memory it takes, owned.
    pub(crate) fn footprint(&self) -> usize {
        size_of::<Self>()
            + self.file.as_ref().map_or(0, String::len)
            + self.reason.len()
            + self.pointer.as_ref().map_or(0, String::len)
            + self.raw().map_or(0, <[u8]>::len)
    }
}

/// The text of a record; `None` where it was not kept.
#[derive(Clone, PartialEq, Eq)]
struct Raw<'a>(Option<Cow<'a, [u8]>>);

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(raw) => write!(f, "`{}`", crate::error::escape(raw)),
            None => f.write_str("none"),
        }
    }
}

/// The two forms that the text has in JSON, and the third, that it is not there.
#[derive(Serialize, Deserialize)]
struct RawForm<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw_hex: Option<Hex<'a>>,
}

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.as_deref();
        let text = bytes.and_then(|raw| std::str::from_utf8(raw).ok());
        let raw_hex = bytes.filter(|_| text.is_none()).map(|raw| Hex(Cow::Borrowed(raw)));
        RawForm { raw: text.map(Cow::Borrowed), raw_hex }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = RawForm::deserialize(deserializer)?;
        match (form.raw, form.raw_hex) {
            (Some(text), None) => Ok(Self(Some(Cow::Owned(text.into_owned().into_bytes())))),
            (None, Some(hex)) => Ok(Self(Some(Cow::Owned(hex.0.into_owned())))),
            (None, None) => Ok(Self(None)),
            _ => Err(de::Error::custom("one of `raw` and `raw_hex`, not both")),
        }
    }
}

/// Bytes as hexadecimal digits, which are written without being held.
struct Hex<'a>(Cow<'a, [u8]>);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hex<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = Cow::<'_, str>::deserialize(deserializer)?;
        let bytes = Bytes::from_hex(&digits);
        bytes.map(|bytes| Self(Cow::Owned(bytes.into_vec()))).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Str(&digits), &"pairs of hexadecimal digits")
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::position::Position;

    fn reject(raw: &[u8]) -> Reject<'_> {
        let start = Position::START.advanced(b"[\n ").with_record(3);
        let record = Record::new(raw, b"", start);
        let error = Error::new(ErrorKind::Data, "no \"luck\"")
            .at(record.position_at(2))
            .in_file("a b.jsonl")
            .with_pointer("/a~1b");
        Reject::new(&error, Some(record))
    }

    #[test]
    fn text_stays_text_and_other_bytes_are_marked() {
        let text = serde_json::to_string(&reject("\u{e9}\n\"".as_bytes())).unwrap();
        assert_eq!(
            text,
            r#"{"file":"a b.jsonl","line":2,"column":2,"byte":3,"length":4,"record":3,"kind":"data","#
                .to_owned()
                + r#""reason":"no \"luck\"","pointer":"/a~1b","offset":2,"raw":"é\n\""}"#
        );
        let text = serde_json::to_string(&reject(b"\xff\x00")).unwrap();
        assert!(text.ends_with(r#""raw_hex":"ff00"}"#), "{text}");
    }

    #[test]
    fn a_record_that_was_not_held_has_a_place_and_no_text() {
        let error = Error::new(ErrorKind::Limit, "too large").at(Position::START);
        let reject = Reject::new(&error, None);
        let text = serde_json::to_string(&reject).unwrap();
        assert_eq!(
            text,
            r#"{"line":1,"column":1,"byte":0,"record":0,"kind":"limit","reason":"too large"}"#
        );
        assert_eq!(serde_json::from_str::<Reject<'_>>(&text).unwrap(), reject);
        assert_eq!((reject.raw(), reject.length, reject.offset), (None, None, None));
    }

    #[test]
    fn text_that_is_no_reject_is_refused() {
        let whole = serde_json::to_string(&reject(b"\xff")).unwrap();
        let both = whole.replace("\"raw_hex\"", "\"raw\":\"x\",\"raw_hex\"");
        let odd = whole.replace("\"ff\"", "\"fff\"");
        let kind = whole.replace("\"data\"", "\"mood\"");
        for text in [both.as_str(), &odd, &kind, "{}", "[]"] {
            assert!(serde_json::from_str::<Reject<'_>>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(raw in proptest::collection::vec(any::<u8>(), 0..60)) {
            let reject = reject(&raw);
            let text = serde_json::to_string(&reject).unwrap();
            let back: Reject<'static> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.raw(), Some(&raw[..]));
            prop_assert_eq!(back, reject.into_owned());
        }
    }
}
