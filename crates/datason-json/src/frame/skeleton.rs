//! What stands around the records of a document: recognised byte by byte, strictly, keeping
//! nothing but the kinds of the open containers. Strings, blanks and digits are jumped over.

use datason_core::ErrorKind;
use datason_scan::ValueIndex;

use super::{Fault, is_space};

/// A recogniser of one JSON text (RFC 8259) that can be fed a byte at a time.
///
/// It must be able to stop anywhere, and sees only what lies outside the records. Whoever holds
/// more than a byte passes over the [plain](Self::plain) ones. It checks numbers and escapes for form, not for range.
#[derive(Debug)]
pub(super) struct Skeleton {
    state: State,
    open: Vec<Container>,
    max_depth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Array,
    Object,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// A value must come; just behind `[`, a `]` may.
    Value {
        or_close: bool,
    },
    /// A key must come; just behind `{`, a `}` may.
    Key {
        or_close: bool,
    },
    Colon,
    /// A value is complete: a comma, a closing bracket or the end of the text.
    Behind,
    Text {
        key: bool,
        escape: Escape,
    },
    Number(Number),
    Word {
        rest: &'static [u8],
    },
}

#[derive(Clone, Copy, Debug)]
enum Escape {
    None,
    Begun,
    /// So many hexadecimal digits are to come.
    Unicode(u8),
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Minus,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Number {
    fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Digits | Self::Fraction | Self::Power)
    }

    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Digits, b'0'..=b'9') => Self::Digits,
            (Self::Zero | Self::Digits, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Digits | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }
}

/// What a byte was, to somebody who wants to know where in the document he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Nothing that matters.
    Within,
    /// The first byte of a value that holds nothing.
    Scalar,
    /// The first byte of a container.
    Opened(Container),
    /// The quote before a key.
    KeyBegins,
    /// The quote behind a key.
    KeyEnds,
    /// The comma before the next element or key.
    Comma,
    /// The last byte of a container.
    Closed,
}

impl Skeleton {
    pub(super) fn new(max_depth: usize) -> Self {
        Self { state: State::Value { or_close: false }, open: Vec::new(), max_depth }
    }

    /// How many containers are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the next thing is an element of an array, behind a comma.
    pub(super) fn expects_element(&self) -> bool {
        matches!(self.state, State::Value { .. })
    }

    /// Whether the text may end here. (Behind a number at the top it must: nothing else shows
    /// that the number is complete.)
    pub(super) fn is_complete(&self) -> bool {
        match self.state {
            State::Behind => self.open.is_empty(),
            State::Number(number) => self.open.is_empty() && number.may_end(),
            _ => false,
        }
    }

    /// Says that the container which has just been opened was read to its end by somebody else.
    pub(super) fn close_unseen(&mut self) {
        self.open.pop();
        self.state = State::Behind;
    }

    /// How many bytes of `bytes` from `at` on would be [`Event::Within`] and leave everything as
    /// it is, so that they need not be [stepped](Self::step) over: the inside of a string, blanks,
    /// digits behind a digit. `strings` is the index of `bytes`. May be too few.
    #[inline]
    pub(super) fn plain(&self, bytes: &[u8], at: usize, strings: &ValueIndex) -> usize {
        let count = |plain: fn(u8) -> bool| {
            bytes[at..].iter().position(|byte| !plain(*byte)).unwrap_or(bytes.len() - at)
        };
        match self.state {
            State::Text { escape: Escape::None, .. } => strings.string_stop(at) - at,
            State::Number(Number::Digits | Number::Fraction | Number::Power) => {
                count(|byte| byte.is_ascii_digit())
            }
            State::Value { .. } | State::Key { .. } | State::Colon | State::Behind => {
                count(is_space)
            }
            State::Text { .. } | State::Number(_) | State::Word { .. } => 0,
        }
    }

    /// The next byte.
    pub(super) fn step(&mut self, byte: u8) -> Result<Event, Refusal> {
        match self.state {
            State::Text { key, escape } => self.step_text(key, escape, byte),
            State::Number(number) => self.step_number(number, byte),
            State::Word { rest } => self.step_word(rest, byte),
            _ if is_space(byte) => Ok(Event::Within),
            State::Value { or_close } => self.begin_value(or_close, byte),
            State::Key { or_close } => self.begin_key(or_close, byte),
            State::Colon if byte == b':' => {
                self.go(State::Value { or_close: false }, Event::Within)
            }
            State::Colon => Err(Refusal::Expected("`:`")),
            State::Behind => self.step_behind(byte),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "every caller returns what this returns")]
    fn go(&mut self, state: State, event: Event) -> Result<Event, Refusal> {
        self.state = state;
        Ok(event)
    }

    fn begin_value(&mut self, or_close: bool, byte: u8) -> Result<Event, Refusal> {
        let state = match byte {
            b']' if or_close => return self.close(Container::Array),
            b'[' => return self.open(Container::Array, State::Value { or_close: true }),
            b'{' => return self.open(Container::Object, State::Key { or_close: true }),
            b'"' => State::Text { key: false, escape: Escape::None },
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Digits),
            b't' => State::Word { rest: b"rue" },
            b'f' => State::Word { rest: b"alse" },
            b'n' => State::Word { rest: b"ull" },
            _ => return Err(Refusal::Expected("a value")),
        };
        self.go(state, Event::Scalar)
    }

    fn begin_key(&mut self, or_close: bool, byte: u8) -> Result<Event, Refusal> {
        match byte {
            b'"' => self.go(State::Text { key: true, escape: Escape::None }, Event::KeyBegins),
            b'}' if or_close => self.close(Container::Object),
            _ => Err(Refusal::Expected("a key")),
        }
    }

    fn open(&mut self, container: Container, inside: State) -> Result<Event, Refusal> {
        if self.open.len() == self.max_depth {
            return Err(Refusal::TooDeep(self.max_depth));
        }
        self.open.push(container);
        self.go(inside, Event::Opened(container))
    }

    fn close(&mut self, container: Container) -> Result<Event, Refusal> {
        if self.open.pop() == Some(container) {
            self.go(State::Behind, Event::Closed)
        } else {
            Err(Refusal::Expected("`,` or the closing bracket of the other kind"))
        }
    }

    fn step_behind(&mut self, byte: u8) -> Result<Event, Refusal> {
        match (byte, self.open.last()) {
            (_, None) => Err(Refusal::Expected("nothing behind the document")),
            (b',', Some(Container::Array)) => {
                self.go(State::Value { or_close: false }, Event::Comma)
            }
            (b',', Some(Container::Object)) => {
                self.go(State::Key { or_close: false }, Event::Comma)
            }
            (b']', _) => self.close(Container::Array),
            (b'}', _) => self.close(Container::Object),
            (_, Some(Container::Array)) => Err(Refusal::Expected("`,` or `]`")),
            (_, Some(Container::Object)) => Err(Refusal::Expected("`,` or `}`")),
        }
    }

    fn step_text(&mut self, key: bool, escape: Escape, byte: u8) -> Result<Event, Refusal> {
        let escape = match (escape, byte) {
            (Escape::None, b'"') => {
                let behind = if key { State::Colon } else { State::Behind };
                return self.go(behind, if key { Event::KeyEnds } else { Event::Within });
            }
            (Escape::None, b'\\') => Escape::Begun,
            (Escape::None, 0..=0x1f) => {
                return Err(Refusal::Expected("no control character in a string"));
            }
            (Escape::None, _) => return Ok(Event::Within),
            (Escape::Begun, b'u') => Escape::Unicode(4),
            (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Escape::None,
            (Escape::Unicode(1), byte) if byte.is_ascii_hexdigit() => Escape::None,
            (Escape::Unicode(left), byte) if byte.is_ascii_hexdigit() => Escape::Unicode(left - 1),
            _ => return Err(Refusal::Expected("a valid escape")),
        };
        self.go(State::Text { key, escape }, Event::Within)
    }

    fn step_number(&mut self, number: Number, byte: u8) -> Result<Event, Refusal> {
        match number.next(byte) {
            Some(number) => self.go(State::Number(number), Event::Within),
            None if number.may_end() => {
                self.state = State::Behind;
                self.step(byte)
            }
            None => Err(Refusal::Expected("a digit")),
        }
    }

    fn step_word(&mut self, rest: &'static [u8], byte: u8) -> Result<Event, Refusal> {
        match rest.split_first() {
            Some((letter, [])) if *letter == byte => self.go(State::Behind, Event::Within),
            Some((letter, rest)) if *letter == byte => self.go(State::Word { rest }, Event::Within),
            _ => Err(Refusal::Expected("`true`, `false` or `null`")),
        }
    }
}

/// Why a byte cannot stand where it does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Expected(&'static str),
    TooDeep(usize),
}

impl Refusal {
    #[cold]
    pub(super) fn at(self, offset: usize) -> Fault {
        match self {
            Self::Expected(what) => {
                Fault::new(ErrorKind::Syntax, format!("expected {what}"), offset)
            }
            Self::TooDeep(levels) => {
                let message = format!("nested deeper than {levels} levels");
                Fault::new(ErrorKind::Limit, message, offset)
            }
        }
    }
}

/// Checks UTF-8 in pieces that may be cut inside a character.
#[derive(Debug, Default)]
pub(super) struct Utf8Check {
    /// The character that the last piece ended in.
    begun: Vec<u8>,
}

/// A character that is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongLetter {
    /// Where that shows: at its first byte, or at one that should have continued it. (The first
    /// byte may have gone with an earlier piece.)
    pub(super) offset: usize,
    pub(super) first_byte: u8,
}

impl Utf8Check {
    /// The next piece.
    pub(super) fn check(&mut self, bytes: &[u8]) -> Result<(), WrongLetter> {
        let mut start = 0;
        while !self.begun.is_empty() && start < bytes.len() {
            self.push(bytes[start], start)?;
            start += 1;
        }
        let rest = &bytes[start..];
        let Err(error) = simdutf8::compat::from_utf8(rest) else { return Ok(()) };
        // Byte by byte, so that the place does not depend on where the pieces are cut.
        for (at, byte) in rest.iter().enumerate().skip(error.valid_up_to()) {
            self.push(*byte, start + at)?;
        }
        Ok(())
    }

    fn push(&mut self, byte: u8, offset: usize) -> Result<(), WrongLetter> {
        self.begun.push(byte);
        match std::str::from_utf8(&self.begun) {
            Ok(_) => self.begun.clear(),
            Err(error) if error.error_len().is_some() => {
                return Err(WrongLetter { offset, first_byte: self.begun[0] });
            }
            Err(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], cuts: impl Iterator<Item = usize>) -> Result<(), WrongLetter> {
        let (mut utf8, mut start) = (Utf8Check::default(), 0);
        for end in cuts.chain([text.len()]) {
            utf8.check(&text[start..end])
                .map_err(|wrong| WrongLetter { offset: start + wrong.offset, ..wrong })?;
            start = end;
        }
        Ok(())
    }

    #[test]
    fn a_wrong_letter_is_found_at_the_same_place_wherever_the_text_is_cut() {
        let letters = "a\u{e9}\u{20ac}\u{1f600}z".as_bytes();
        let mut texts = vec![letters.to_vec(), b"\xff".to_vec(), b"a\xe9\"b".to_vec()];
        for at in 0..letters.len() {
            let mut broken = letters.to_vec();
            broken[at] ^= 0x40;
            texts.push(broken);
            texts.push([&letters[..at], b"\"", &letters[at..]].concat());
        }
        for text in texts {
            let whole = check(&text, std::iter::empty());
            assert_eq!(check(&text, 1..text.len()), whole, "{text:?}");
            for cut in 1..text.len() {
                assert_eq!(check(&text, std::iter::once(cut)), whole, "{text:?} at {cut}");
            }
            let wrong = std::str::from_utf8(&text).is_err_and(|error| error.error_len().is_some());
            assert_eq!(whole.is_err(), wrong, "{text:?}");
        }
        let wrong = WrongLetter { offset: 2, first_byte: 0xe9 };
        assert_eq!(check(b"a\xe9\"b", std::iter::empty()), Err(wrong));
    }
}
