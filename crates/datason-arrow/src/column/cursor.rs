//! A place in the text of a record, and the steps from there.

use std::borrow::Cow;
use std::ops::Range;

use datason_scan::{Literal, Number, Text, Token, Unescaped, ValueIndex};

use super::extras::Extra;
use super::located::Pass;

/// Short strings are copied in one piece of this size and cut to length, since a copy whose
/// length the compiler knows needs no loop and no call.
const SHORT: usize = 32;

/// What came of a step.
pub(crate) type Outcome<T = ()> = Result<T, Refusal>;

/// Why a record is not taken. Boxed, so that an [`Outcome`] is one word while all goes well.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Fault>);

#[derive(Debug)]
pub(crate) struct Fault {
    /// The byte of the block.
    pub(crate) at: usize,
    pub(crate) why: Why,
    pub(crate) message: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The text is not JSON.
    Syntax,
    /// The value is JSON and does not fit the column, which is as it was before.
    Mismatch,
    /// The record as a whole cannot be taken.
    Reject,
    /// The column can hold no more.
    Full,
}

impl Refusal {
    #[cold]
    pub(crate) fn new(why: Why, at: usize, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Fault { at, why, message: message.into() }))
    }

    pub(crate) fn is_mismatch(&self) -> bool {
        self.0.why == Why::Mismatch
    }

    /// The same, said to concern the record: the value's column is one of several by now.
    #[cold]
    pub(crate) fn of_record(mut self) -> Self {
        if self.is_mismatch() {
            self.0.why = Why::Reject;
        }
        self
    }

    pub(crate) fn into_fault(self) -> Fault {
        *self.0
    }
}

/// Walks through the text of one record, once, and checks what it passes.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    /// The text of many records, this one among them.
    block: &'a [u8],
    /// The block up to the record's end.
    text: &'a [u8],
    index: &'a ValueIndex,
    at: usize,
    /// How many levels of nesting are still allowed.
    levels: usize,
    pass: Pass,
    notes: &'a mut Notes,
}

/// What is noted beside the values of a record.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Values that became null because they did not fit.
    pub(crate) replaced: Vec<Refusal>,
    /// Members that are kept though the schema does not have them, in their order.
    pub(crate) extras: Vec<Extra>,
}

impl Notes {
    pub(crate) fn clear(&mut self) {
        self.replaced.clear();
        self.extras.clear();
    }
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    at: usize,
    levels: usize,
}

impl Mark {
    /// The byte of the block.
    pub(crate) fn at(self) -> usize {
        self.at
    }
}

impl<'a> Cursor<'a> {
    /// Stands at the first byte of `span`, where a record stands in `text`.
    pub(crate) fn new(
        text: Text<'a>,
        span: Range<usize>,
        levels: usize,
        pass: Pass,
        notes: &'a mut Notes,
    ) -> Self {
        let (block, index) = (text.bytes(), text.index());
        let (at, text) = (span.start, &block[..span.end]);
        Self { block, text, index, at, levels, pass, notes }
    }

    /// What becomes of the values that are passed.
    #[inline]
    pub(crate) fn pass_of_values(&self) -> Pass {
        self.pass
    }

    /// Says that a null stands for the value that was refused.
    pub(crate) fn report(&mut self, refusal: Refusal) {
        self.notes.replaced.push(refusal);
    }

    /// Passes over the value here, and notes the member that it has with the key at `key`.
    pub(crate) fn keep_extra(&mut self, key: usize) -> Outcome {
        let start = self.at;
        self.skip()?;
        self.notes.extras.push(Extra::new(key, start..self.at, self.levels));
        Ok(())
    }

    /// The members that have been noted.
    pub(crate) fn extras(&mut self) -> &mut Vec<Extra> {
        &mut self.notes.extras
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { at: self.at, levels: self.levels }
    }

    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.at = mark.at;
        self.levels = mark.levels;
        while self.notes.extras.last().is_some_and(|extra| extra.key() >= mark.at) {
            self.notes.extras.pop();
        }
    }

    /// The text from `start` to here.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.text[start..self.at]
    }

    /// The next byte, or 0, which is no JSON, at the end.
    #[inline]
    pub(crate) fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    /// Passes over white space.
    #[inline]
    pub(crate) fn space(&mut self) {
        if self.peek() <= b' ' {
            self.long_space();
        }
    }

    fn long_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Passes over `byte` if it comes next.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Outcome {
        if self.eat(byte) { Ok(()) } else { Err(self.syntax()) }
    }

    /// Passes over `word`: `null`, `true` or `false`.
    #[inline]
    pub(crate) fn word(&mut self, word: &'static [u8]) -> Outcome {
        let end = self.at + word.len();
        if self.text.get(self.at..end) != Some(word) {
            return Err(self.syntax());
        }
        self.at = end;
        Ok(())
    }

    /// Passes over `literal` if it comes next. It may be missed in the last bytes of the block.
    #[inline]
    pub(crate) fn eat_literal(&mut self, literal: &Literal) -> bool {
        let end = self.at + literal.len();
        let found = end <= self.text.len() && literal.stands_at(self.block, self.at);
        if found {
            self.at = end;
        }
        found
    }

    /// Passes over the `[` or `{` that `byte` is, and the white space behind it.
    #[inline]
    pub(crate) fn open(&mut self, byte: u8) -> Outcome {
        self.expect(byte)?;
        if self.levels == 0 {
            return Err(Refusal::new(Why::Syntax, self.at - 1, "nested too deep"));
        }
        self.levels -= 1;
        self.space();
        Ok(())
    }

    /// Passes over the bracket that closes a container.
    #[inline]
    pub(crate) fn close(&mut self, byte: u8) -> bool {
        let found = self.eat(byte);
        self.levels += usize::from(found);
        found
    }

    /// Behind an element: whether another follows, before which the cursor then stands.
    #[inline]
    pub(crate) fn another(&mut self, closing: u8) -> Outcome<bool> {
        self.space();
        if self.eat(b',') {
            self.space();
            return Ok(true);
        }
        if self.close(closing) { Ok(false) } else { Err(self.syntax()) }
    }

    /// Passes over the colon behind a key.
    #[inline]
    pub(crate) fn colon(&mut self) -> Outcome {
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(())
    }

    /// The number that begins here. The cursor stays where it is: see [`pass`](Self::pass).
    #[inline]
    pub(crate) fn number(&self) -> Outcome<Number> {
        match Number::read(self.text, self.at) {
            Some(number) => Ok(number),
            None => Err(self.syntax()),
        }
    }

    /// Passes over `number`.
    #[inline]
    pub(crate) fn pass(&mut self, number: &Number) {
        self.at = number.end();
    }

    /// All of the text there is; numbers speak of offsets in it.
    #[inline]
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Appends the string that begins here to `out`.
    #[inline]
    pub(crate) fn string_into(&mut self, out: &mut Vec<u8>) -> Outcome {
        let start = self.at + 1;
        let stop = self.index.string_stop(start);
        match self.block.get(start..).and_then(<[u8]>::first_chunk::<SHORT>) {
            Some(piece) if stop - start <= SHORT => {
                let length = out.len() + (stop - start);
                out.extend_from_slice(piece);
                out.truncate(length);
            }
            _ => out.extend_from_slice(&self.block[start..stop]),
        }
        if self.text.get(stop) == Some(&b'"') {
            self.at = stop + 1;
            return Ok(());
        }
        self.unescape_from(stop, out)
    }

    /// The string that begins here, in `scratch` if it has escapes.
    #[inline]
    pub(crate) fn string<'s>(&mut self, scratch: &'s mut Vec<u8>) -> Outcome<&'s [u8]>
    where
        'a: 's,
    {
        let start = self.at + 1;
        let stop = self.index.string_stop(start);
        if self.text.get(stop) == Some(&b'"') {
            self.at = stop + 1;
            return Ok(&self.text[start..stop]);
        }
        scratch.clear();
        self.string_into(scratch)?;
        Ok(scratch)
    }

    /// Goes on in a string at `stop`, which is no quote.
    fn unescape_from(&mut self, mut stop: usize, out: &mut Vec<u8>) -> Outcome {
        loop {
            self.at = stop;
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    let Some(escape) = Unescaped::read(self.text, stop) else {
                        return Err(self.syntax());
                    };
                    out.extend_from_slice(escape.as_bytes());
                    stop = self.index.string_stop(escape.end()).min(self.text.len());
                    out.extend_from_slice(&self.text[escape.end()..stop]);
                }
                _ => return Err(self.syntax()),
            }
        }
    }

    /// Passes over a string, number or word, and tells where it stood: see [`Text::locate`].
    #[inline]
    pub(crate) fn locate(&mut self) -> Outcome<Token> {
        let Some(token) = Text::new(self.block, self.index).locate(self.at) else {
            return Err(self.mismatch("a string, number or word"));
        };
        self.at = token.end();
        Ok(token)
    }

    /// Passes over a value of any kind, and checks it as if it were kept.
    pub(crate) fn skip(&mut self) -> Outcome {
        match self.peek() {
            b'"' => self.skip_string(),
            b'{' => self.skip_object(),
            b'[' => self.skip_array(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => {
                let number = self.number()?;
                if !number.is_finite(self.text) {
                    return Err(self.syntax());
                }
                self.pass(&number);
                Ok(())
            }
        }
    }

    #[inline]
    fn skip_string(&mut self) -> Outcome {
        let mut stop = self.index.string_stop(self.at + 1);
        loop {
            match self.text.get(stop) {
                Some(b'"') => {
                    self.at = stop + 1;
                    return Ok(());
                }
                Some(b'\\') => match Unescaped::read(self.text, stop) {
                    Some(escape) => stop = self.index.string_stop(escape.end()),
                    None => break,
                },
                _ => break,
            }
        }
        self.at = stop.min(self.text.len());
        Err(self.syntax())
    }

    fn skip_object(&mut self) -> Outcome {
        self.open(b'{')?;
        if self.close(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != b'"' {
                return Err(self.syntax());
            }
            self.skip_string()?;
            self.colon()?;
            self.skip()?;
            if !self.another(b'}')? {
                return Ok(());
            }
        }
    }

    fn skip_array(&mut self) -> Outcome {
        self.open(b'[')?;
        if self.close(b']') {
            return Ok(());
        }
        loop {
            self.skip()?;
            if !self.another(b']')? {
                return Ok(());
            }
        }
    }

    /// Checks that nothing follows the record's value.
    #[inline]
    pub(crate) fn finish(&mut self) -> Outcome {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.syntax()) }
    }

    #[cold]
    pub(crate) fn syntax(&self) -> Refusal {
        Refusal::new(Why::Syntax, self.at, "this is not JSON")
    }

    /// The value that begins here is not `expected`. If it is no value at all, says that.
    #[cold]
    pub(crate) fn mismatch(&self, expected: &str) -> Refusal {
        let found = match self.peek() {
            b'"' => "a string",
            b'{' => "an object",
            b'[' => "an array",
            b't' | b'f' => "a boolean",
            b'n' => "null",
            b'-' | b'0'..=b'9' => "a number",
            _ => return self.syntax(),
        };
        Refusal::new(Why::Mismatch, self.at, format!("expected {expected} but found {found}"))
    }
}
