//! Reading a [`Value`] from JSON text, every digit of every integer kept.
//!
//! serde's data model ends at 128 bits, and serde_json makes a float of an integer beyond 64
//! before a visitor sees it. So the text is read here, which is also what serde_json hands over
//! when it is asked under the name [`TOKEN`]. What is accepted is what serde_json accepts: RFC
//! 8259 to the letter, numbers within the range of a double.

use super::{Integer, Key, Map, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::position::Position;

/// The name under which serde_json hands over raw text. Private to it in name, but the same
/// since its first release with raw values; a test reads through it, so a change would show.
pub(super) const TOKEN: &str = "$serde_json::private::RawValue";

impl Value {
    /// Reads one JSON value, strictly: the whole of `text`, blanks around it allowed.
    ///
    /// Integers of any size are exact, `1` and `1.0` are told apart, `-0` is a float as in
    /// serde_json, floats are rounded correctly. Of equal keys the last wins, at the place of
    /// the first. Takes no stack for nesting.
    ///
    /// # Errors
    /// [`ErrorKind::Utf8`], [`ErrorKind::Syntax`] and [`ErrorKind::Truncated`] for what is not
    /// JSON, `Syntax` also for a float beyond the range of doubles, [`ErrorKind::Limit`] for
    /// more than [`Value::MAX_DEPTH`] levels of nesting. All with the place.
    ///
    /// # Example
    /// ```
    /// use datason_core::Value;
    ///
    /// let value = Value::from_json(b"[1, 1.0, 1000000000000000000000000000000]")?;
    /// let kinds: Vec<_> = value.as_list().unwrap().iter().map(Value::kind).collect();
    /// assert_eq!(kinds, ["integer", "float", "integer"]);
    /// assert_eq!(Value::from_json(b"[1,]").unwrap_err().position().unwrap().column(), 4);
    /// # Ok::<(), datason_core::Error>(())
    /// ```
    pub fn from_json(text: &[u8]) -> Result<Self> {
        Self::from_json_within(text, Self::MAX_DEPTH)
    }

    /// As [`Value::from_json`], with at most `max_depth` levels of nesting.
    ///
    /// # Errors
    /// As there.
    pub fn from_json_within(text: &[u8], max_depth: usize) -> Result<Self> {
        match std::str::from_utf8(text) {
            Ok(valid) => Parser { text: valid, at: 0, max_depth }.document(),
            Err(error) => {
                Err(error_at(ErrorKind::Utf8, "invalid UTF-8", text, error.valid_up_to()))
            }
        }
    }
}

fn error_at(kind: ErrorKind, message: impl Into<String>, text: &[u8], at: usize) -> Error {
    let place = Position::START.advanced(&text[..at]);
    Error::new(kind, message).at(place).with_snippet(text, at)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    max_depth: usize,
}

/// A list or map whose end has not come yet.
enum Open {
    List(Vec<Value>),
    /// With the key of the value that comes next.
    Map(Map, Key),
}

impl<'a> Parser<'a> {
    fn document(mut self) -> Result<Value> {
        self.skip_blanks();
        let value = self.value()?;
        self.skip_blanks();
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(self.expected("the end of the value")),
        }
    }

    /// One value with everything in it; the open containers are on the heap, so depth costs no
    /// stack.
    fn value(&mut self) -> Result<Value> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.peek() {
                Some(b'[' | b'{') => {
                    self.check_depth(open.len())?;
                    let (container, ended) = self.open()?;
                    if !ended {
                        open.push(container);
                        continue;
                    }
                    container.close()
                }
                _ => self.scalar()?,
            };
            // The value may end any number of containers, each a value in turn.
            loop {
                let Some(container) = open.pop() else {
                    return Ok(value);
                };
                match self.member(container, value)? {
                    (container, false) => {
                        open.push(container);
                        break;
                    }
                    (container, true) => value = container.close(),
                }
            }
        }
    }

    fn check_depth(&self, open: usize) -> Result<()> {
        if open < self.max_depth {
            return Ok(());
        }
        let message = format!("nested more than {} levels deep", self.max_depth);
        Err(error_at(ErrorKind::Limit, message, self.text.as_bytes(), self.at))
    }

    /// At a bracket or brace: reads up to the first value, or the end, then `true`.
    fn open(&mut self) -> Result<(Open, bool)> {
        let is_list = self.peek() == Some(b'[');
        self.at += 1;
        self.skip_blanks();
        let ended = self.skip(if is_list { b"]" } else { b"}" });
        Ok(match (is_list, ended) {
            (true, _) => (Open::List(Vec::new()), ended),
            (false, true) => (Open::Map(Map::new(), Key::Null), true),
            (false, false) => (Open::Map(Map::new(), self.key()?), false),
        })
    }

    /// Adds `value` and reads on to the next member, or to the end: then `true`.
    fn member(&mut self, container: Open, value: Value) -> Result<(Open, bool)> {
        self.skip_blanks();
        match container {
            Open::List(mut members) => {
                members.push(value);
                let ended = self.comma_or(b']', "`,` or `]`")?;
                Ok((Open::List(members), ended))
            }
            Open::Map(mut map, key) => {
                map.insert(key, value);
                let ended = self.comma_or(b'}', "`,` or `}`")?;
                let key = if ended { Key::Null } else { self.key()? };
                Ok((Open::Map(map, key), ended))
            }
        }
    }

    /// Whether the container ended here.
    fn comma_or(&mut self, end: u8, expected: &str) -> Result<bool> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip_blanks();
                Ok(false)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.expected(expected)),
        }
    }

    /// A key, the colon, and the blanks before the value.
    fn key(&mut self) -> Result<Key> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key"));
        }
        let key = Key::Text(self.string()?);
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(key)
    }

    fn scalar(&mut self) -> Result<Value> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value> {
        let common = self.rest().bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        self.at += common;
        if common < word.len() { Err(self.expected(&format!("`{word}`"))) } else { Ok(value) }
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        self.skip(b"-");
        if !self.skip(b"0") && self.skip_digits() == 0 {
            return Err(self.expected("a digit"));
        }
        let integer_end = self.at;
        if self.skip(b".") && self.skip_digits() == 0 {
            return Err(self.expected("a digit"));
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            if self.skip_digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        let text = &self.text[start..self.at];
        if self.at == integer_end && text != "-0" {
            return Ok(Value::Int(Integer::from_json_digits(text)));
        }
        let float: f64 = super::nearest_float(text);
        if float.is_infinite() {
            let message = "a number beyond the range of doubles";
            return Err(error_at(ErrorKind::Syntax, message, self.text.as_bytes(), start));
        }
        Ok(Value::Float(float))
    }

    /// Behind the opening quote up to and with the closing one.
    fn string(&mut self) -> Result<String> {
        self.at += 1;
        let mut decoded = String::new();
        loop {
            let run = self.clean_run();
            let text = &self.text[self.at..self.at + run];
            self.at += run;
            match self.peek() {
                Some(b'"') if decoded.is_empty() => {
                    self.at += 1;
                    return Ok(text.to_owned());
                }
                Some(b'"') => {
                    self.at += 1;
                    decoded.push_str(text);
                    // It has grown by doubling, and may be kept for long.
                    decoded.shrink_to_fit();
                    return Ok(decoded);
                }
                Some(b'\\') => {
                    decoded.push_str(text);
                    decoded.push(self.escape()?);
                }
                Some(_) => return Err(self.syntax("a control character in a string")),
                None => return Err(self.expected("`\"`")),
            }
        }
    }

    /// Bytes up to the next quote, backslash or control character.
    fn clean_run(&self) -> usize {
        let rest = self.rest().as_bytes();
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        rest.iter().position(special).unwrap_or(rest.len())
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let letter = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.expected("an escape such as `\\n`")),
        };
        self.at += 1;
        Ok(letter)
    }

    /// At the `u`: four digits, or a pair of surrogates.
    fn unicode_escape(&mut self) -> Result<char> {
        let first = self.hex_digits()?;
        let code = match first {
            0xD800..0xDC00 => {
                if !self.rest().starts_with("\\u") {
                    return Err(self.expected("the second half of a surrogate pair"));
                }
                self.at += 1;
                match self.hex_digits()? {
                    second @ 0xDC00..0xE000 => 0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF),
                    _ => return Err(self.syntax("a surrogate without its other half")),
                }
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| self.syntax("a surrogate without its other half"))
    }

    fn hex_digits(&mut self) -> Result<u32> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => code = code << 4 | digit,
                None => return Err(self.expected("four hexadecimal digits")),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, any_of: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any_of.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn skip_digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        count
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += self.rest().bytes().take_while(blank).count();
    }

    #[cold]
    fn expected(&self, what: &str) -> Error {
        let Some(found) = self.rest().chars().next() else {
            let message = format!("expected {what} but the text ends");
            return error_at(ErrorKind::Truncated, message, self.text.as_bytes(), self.at);
        };
        let found = crate::error::escape(found.to_string().as_bytes());
        self.syntax(&format!("expected {what} but found `{found}`"))
    }

    #[cold]
    fn syntax(&self, message: &str) -> Error {
        error_at(ErrorKind::Syntax, message, self.text.as_bytes(), self.at)
    }
}

impl Open {
    fn close(self) -> Value {
        match self {
            Self::List(members) => Value::List(members),
            Self::Map(map, _) => Value::Map(map),
        }
    }
}

#[cfg(test)]
mod tests;
