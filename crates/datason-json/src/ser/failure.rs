//! The error of the serializer, while it finds its way out of the value.

use std::fmt;

use datason_core::pointer::escape;
use datason_core::{Error, ErrorKind};

/// What [`Serializer`](super::Serializer) fails with. Turns into an [`Error`] that names the
/// place in the value.
///
/// One pointer wide. The place is gathered on the way out, a token a level, so that success
/// costs nothing.
pub struct Failure(Box<Details>);

struct Details {
    kind: ErrorKind,
    message: String,
    /// Innermost first.
    tokens: Vec<String>,
    /// The text is longer than it may be.
    full: bool,
}

impl Failure {
    #[cold]
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Details { kind, message: message.into(), tokens: Vec::new(), full: false }))
    }

    #[cold]
    pub(super) fn data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, message)
    }

    #[cold]
    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// The text has no room left.
    #[cold]
    pub(super) fn full() -> Self {
        let mut failure = Self::limit("the text is longer than it may be");
        failure.0.full = true;
        failure
    }

    /// Whether only room was missing.
    pub(super) fn missed_room(&self) -> bool {
        self.0.full
    }

    /// The member of the outermost list in which it happened: how many came before.
    pub(super) fn member(&self) -> Option<usize> {
        self.0.tokens.last().and_then(|token| token.parse().ok())
    }

    /// The same failure, inside the member that `token` names.
    #[cold]
    pub(super) fn inside(mut self, token: impl fmt::Display) -> Self {
        self.0.tokens.push(token.to_string());
        self
    }

    /// What kind of error it will be.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The JSON pointer of the place as far as it is known.
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for token in self.0.tokens.iter().rev() {
            pointer.push('/');
            pointer.push_str(&escape(token));
        }
        pointer
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let pointer = failure.pointer();
        Self::new(failure.0.kind, failure.0.message).with_pointer(pointer)
    }
}

/// From one of our own conversions: only kind and message say something new.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error.message())
    }
}

impl serde::ser::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::data(message.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("pointer", &self.pointer())
            .finish()
    }
}

impl std::error::Error for Failure {}
