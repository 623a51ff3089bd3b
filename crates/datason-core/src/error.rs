//! The one error type of the workspace.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::position::Position;

/// A `Result` with datason's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and exactly where.
///
/// One pointer wide, so a `Result` of it costs nothing on the path that succeeds. Tell errors
/// apart by [`kind`](Self::kind), never by their text. The text is one lower-case sentence that
/// names the place but not the file, so that a caller can put `file:line:column:` before it;
/// causes are in [`source`](StdError::source) and not repeated in the text.
///
/// # Example
/// ```
/// use datason_core::{Error, ErrorKind, Position};
///
/// let place = Position::START.advanced(b"{\"a\" 1");
/// let error = Error::new(ErrorKind::Syntax, "expected `:`").at(place).in_file("a.jsonl");
/// assert_eq!(error.kind(), ErrorKind::Syntax);
/// assert_eq!(error.position().map(|place| place.column()), Some(7));
/// assert_eq!(error.to_string(), "expected `:` at line 1, column 7 (byte 6, record 0)");
/// ```
pub struct Error(Box<Repr>);

struct Repr {
    kind: ErrorKind,
    message: String,
    fatal: bool,
    position: Option<Position>,
    path: Option<PathBuf>,
    pointer: Option<String>,
    snippet: Option<Snippet>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system refused: a file is missing, a disk is full, a pipe broke.
    Io,
    /// The bytes of a record are not UTF-8.
    Utf8,
    /// The bytes are not JSON.
    Syntax,
    /// The input ends in the middle of something.
    Truncated,
    /// What was read is well formed but does not fit the type or the place asked for; or
    /// compressed data is damaged.
    Data,
    /// Two schemas, or a schema and a value, do not agree.
    Schema,
    /// A limit on memory, depth, size or length is exceeded. The feature document's
    /// `SecurityError`.
    Limit,
    /// More records are bad than [`MaxErrors`](crate::MaxErrors) allows.
    TooManyErrors,
    /// The input is of a kind that is recognised but not read.
    Unsupported,
    /// A call was given an argument that cannot be meant.
    Argument,
}

impl ErrorKind {
    /// The kind's name in lower case, as it stands in reports: `syntax`, `limit`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Utf8 => "utf8",
            Self::Syntax => "syntax",
            Self::Truncated => "truncated",
            Self::Data => "data",
            Self::Schema => "schema",
            Self::Limit => "limit",
            Self::TooManyErrors => "too_many_errors",
            Self::Unsupported => "unsupported",
            Self::Argument => "argument",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error {
    /// An error of `kind`; `message` is a lower-case phrase without a full stop.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Repr {
            kind,
            message: message.into(),
            fatal: false,
            position: None,
            path: None,
            pointer: None,
            snippet: None,
            source: None,
        }))
    }

    /// A failed system call: `message` says what was tried. Always fatal.
    #[cold]
    pub fn io(message: impl Into<String>, cause: io::Error) -> Self {
        Self::new(ErrorKind::Io, message).caused_by(cause).fatal()
    }

    /// The same error, at `position`.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.0.position = Some(position);
        self
    }

    /// The same error, in the file at `path`.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// The same error, at the value that the JSON pointer (RFC 6901) `pointer` names inside
    /// its record.
    #[must_use]
    pub fn with_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.0.pointer = Some(pointer.into());
        self
    }

    /// The same error, seen from one level further up: at the member `key` of what holds the value.
    ///
    /// # Example
    /// ```
    /// use datason_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Data, "not a date").below("at").below("a/b");
    /// assert_eq!(error.pointer(), Some("/a~1b/at"));
    /// ```
    #[must_use]
    pub fn below(mut self, key: &str) -> Self {
        let pointer = self.0.pointer.take().unwrap_or_default();
        self.with_pointer(format!("/{}{pointer}", crate::pointer::escape(key)))
    }

    /// The same error with a piece of the text around byte `at` of `text`.
    #[must_use]
    pub fn with_snippet(mut self, text: &[u8], at: usize) -> Self {
        self.0.snippet = Some(Snippet::around(text, at));
        self
    }

    /// The same error with `cause` behind it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(cause.into());
        self
    }

    /// The same error, said to end the input: nothing behind it can be read.
    #[must_use]
    pub fn fatal(mut self) -> Self {
        self.0.fatal = true;
        self
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the input ends with this error. Behind an error that is not fatal, such as a
    /// bad record, reading goes on with the next record.
    pub fn is_fatal(&self) -> bool {
        self.0.fatal
    }

    /// The place in the input, where there is one.
    pub fn position(&self) -> Option<Position> {
        self.0.position
    }

    /// The file, where the input was one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The JSON pointer of the offending value inside its record (`/user/id`), where it is
    /// known. The empty pointer is the record itself.
    pub fn pointer(&self) -> Option<&str> {
        self.0.pointer.as_deref()
    }

    /// The text around the place: at most [`Snippet::MAX_BYTES`] bytes, safe to print.
    pub fn snippet(&self) -> Option<&Snippet> {
        self.0.snippet.as_ref()
    }

    /// The message alone, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(pointer) = self.0.pointer.as_deref().filter(|pointer| !pointer.is_empty()) {
            write!(f, ", in `{}`,", excerpt(pointer))?;
        }
        match self.0.position {
            Some(position) => write!(f, " at {position}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr { kind, message, fatal, position, path, pointer, snippet, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("fatal", fatal)
            .field("position", position)
            .field("path", path)
            .field("pointer", pointer)
            .field("snippet", snippet)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

/// So that a closure may use `?` where [`std::io`] sets the error type.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Truncated => io::ErrorKind::UnexpectedEof,
            ErrorKind::Argument => io::ErrorKind::InvalidInput,
            ErrorKind::Unsupported => io::ErrorKind::Unsupported,
            ErrorKind::Io => match error.source().and_then(|cause| cause.downcast_ref()) {
                Some(cause) => io::Error::kind(cause),
                None => io::ErrorKind::Other,
            },
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

/// A piece of the input around an error, safe to print on a terminal.
///
/// Bytes that are not printable ASCII or valid UTF-8 letters stand escaped (`\x1b`, `\n`), so a
/// hostile input cannot move the cursor or colour the screen of who reads the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    text: String,
    caret: usize,
}

impl Snippet {
    /// No snippet shows more bytes of the input than this.
    pub const MAX_BYTES: usize = 120;

    /// No snippet is longer than this, escapes included.
    pub const MAX_SHOWN: usize = 200;

    /// The piece of `text` around byte `at`, cut at the line that holds it.
    #[cold]
    pub fn around(text: &[u8], at: usize) -> Self {
        let mut snippet = Self::within(text, at, Self::MAX_BYTES);
        // Where much is escaped, less of it is shown. An escape takes six bytes for one at most.
        for bytes in [Self::MAX_BYTES / 2, Self::MAX_BYTES / 4] {
            if snippet.text.len() > Self::MAX_SHOWN {
                snippet = Self::within(text, at, bytes);
            }
        }
        snippet
    }

    /// At most so many bytes of it.
    fn within(text: &[u8], at: usize, bytes: usize) -> Self {
        let at = at.min(text.len());
        let line_start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        let line_end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
        let start = char_boundary(text, line_start.max(at.saturating_sub(bytes / 2)));
        let end = char_boundary(text, line_end.min(start + bytes)).max(start);
        let before = escape(&text[start..at.max(start)]);
        let caret = before.chars().count();
        Self { text: before + &escape(&text[at.max(start)..end]), caret }
    }

    /// The text, escaped.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of characters of [`text`](Self::text) before the place of the error.
    pub fn caret(&self) -> usize {
        self.caret
    }
}

/// `at`, or the next byte behind it that does not lie inside a UTF-8 character.
fn char_boundary(text: &[u8], at: usize) -> usize {
    let inside = text[at..].iter().take(3).take_while(|byte| (0x80..0xC0).contains(*byte));
    at + inside.count()
}

/// `bytes` as text in which every control character and every byte that is not UTF-8 is escaped.
///
/// # Example
/// ```
/// assert_eq!(datason_core::escape(b"caf\xc3\xa9 \x1b[31m \xff"), "café \\u{1b}[31m \\xff");
/// ```
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            push_escaped(&mut text, letter);
        }
        for byte in chunk.invalid() {
            let _infallible = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// `text` as it can be shown whatever it holds: [escaped](escape), and without its middle if it
/// is long. At most 250 bytes.
///
/// For what comes from the input, in messages and pointers; a key or a text can be megabytes.
///
/// # Example
/// ```
/// let shown = datason_core::excerpt(&format!("invalid type: string {:?}, expected u8", "x".repeat(1_000)));
/// assert!(shown.starts_with("invalid type: string \"xxx"));
/// assert!(shown.ends_with("xxx\", expected u8"));
/// assert!(shown.len() <= 250);
/// ```
pub fn excerpt(text: &str) -> String {
    const MOST: usize = 240;
    const BEHIND: usize = 80;
    // Escaping makes text longer, never shorter, so the middle of what is long need not be seen.
    let (front, back) = match text.len() {
        0..=MOST => (text, ""),
        _ => text.split_at(text.ceil_char_boundary(text.len() - MOST)),
    };
    let front = escape(&front.as_bytes()[..front.floor_char_boundary(MOST)]);
    let shown = front + &escape(back.as_bytes());
    if shown.len() <= MOST {
        return shown;
    }
    let front = &shown[..shown.floor_char_boundary(MOST - BEHIND)];
    let back = &shown[shown.ceil_char_boundary(shown.len() - BEHIND)..];
    format!("{front} \u{2026} {back}")
}

/// Control characters, and the invisible ones that reorder text on a screen, are escaped.
fn push_escaped(text: &mut String, letter: char) {
    let reorders = matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}'..='\u{2029}' | '\u{2066}'..='\u{2069}');
    if letter.is_control() || reorders {
        text.extend(letter.escape_default());
    } else {
        text.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_error_is_one_word_and_can_cross_threads() {
        fn assert_travels<T: Send + Sync + 'static>() {}
        assert_travels::<Error>();
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn a_cause_is_in_source_and_not_in_the_text() {
        let cause = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = Error::io("cannot open `x`", cause);
        assert_eq!(error.to_string(), "cannot open `x`");
        assert_eq!(error.source().unwrap().to_string(), "no such file");
        assert!(error.is_fatal());
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_kind_is_called_the_same_by_serde() {
        for kind in [ErrorKind::Utf8, ErrorKind::TooManyErrors, ErrorKind::Io] {
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<ErrorKind>(&text).unwrap(), kind);
        }
    }

    #[test]
    fn a_pointer_is_named_before_the_place() {
        let error = Error::new(ErrorKind::Data, "expected a number")
            .with_pointer("/user/id")
            .at(Position::START);
        assert_eq!(
            error.to_string(),
            "expected a number, in `/user/id`, at line 1, column 1 (byte 0, record 0)"
        );
    }

    #[test]
    fn a_snippet_is_clipped_and_cannot_drive_a_terminal() {
        let text = [b"\x1b[2J".as_slice(), &[b'x'; 1000]].concat();
        let snippet = Snippet::around(&text, 4);
        assert!(snippet.text().starts_with("\\u{1b}[2Jxxx"), "{snippet:?}");
        assert_eq!(snippet.caret(), 9);
        assert!(snippet.text().len() <= Snippet::MAX_BYTES + 5);
    }

    #[test]
    fn a_snippet_shows_only_the_line_of_the_error() {
        let snippet = Snippet::around(b"one\ntwo\nthree", 5);
        assert_eq!((snippet.text(), snippet.caret()), ("two", 1));
    }

    #[test]
    fn what_is_short_is_shown_whole_and_what_is_long_at_both_ends() {
        assert_eq!(excerpt("caf\u{e9}"), "caf\u{e9}");
        let exact = "x".repeat(240);
        assert_eq!(excerpt(&exact), exact);
        let long = format!("front{}back", "\u{e9}".repeat(1 << 20));
        let shown = excerpt(&long);
        assert!(shown.starts_with("front\u{e9}") && shown.ends_with("\u{e9}back"), "{shown}");
        let key = format!("/{}", "k".repeat(10_000));
        let error = Error::new(ErrorKind::Data, "no").with_pointer(key);
        assert!(error.to_string().len() < 300, "{error}");
    }

    proptest! {
        #[test]
        fn any_excerpt_is_printable_and_short(text in "\\PC{0,200}|[\\x00-\\x20\u{e9}\u{202e}]{0,200}") {
            let shown = excerpt(&text);
            prop_assert!(shown.len() <= 250, "{}", shown.len());
            prop_assert!(!shown.chars().any(char::is_control));
        }

        #[test]
        fn any_snippet_is_printable(text in proptest::collection::vec(any::<u8>(), 0..300), at in 0..310usize) {
            let snippet = Snippet::around(&text, at);
            prop_assert!(!snippet.text().chars().any(char::is_control));
            prop_assert!(snippet.text().len() <= Snippet::MAX_SHOWN);
            prop_assert!(snippet.caret() <= snippet.text().chars().count());
        }
    }
}
