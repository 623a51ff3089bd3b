//! Columns of strings: their texts, one behind the other.

use std::ops::Range;

use crate::block::{Block, Task};
use crate::escape::Unescaped;
use crate::token::{NullRuns, Text, Token, Tokens};

/// Where a string ends among others: an `i32` or `i64`, as Arrow has them.
pub trait Offset: Copy + sealed::Of {}

impl Offset for i32 {}
impl Offset for i64 {}

mod sealed {
    pub trait Of {
        /// The offset, which must fit.
        fn of(at: usize) -> Self;

        /// Whether it fits.
        fn holds(at: usize) -> bool;
    }

    macro_rules! of {
        ($($offset:ty: $($lint:ident),*;)*) => {$(
            impl Of for $offset {
                #[inline(always)]
                #[expect($(clippy::$lint),*, reason = "it fits")]
                fn of(at: usize) -> Self {
                    at as Self
                }

                fn holds(at: usize) -> bool {
                    Self::try_from(at).is_ok()
                }
            }
        )*};
    }

    of! {
        i32: cast_possible_truncation, cast_possible_wrap;
        i64: cast_possible_wrap;
    }
}

impl Text<'_> {
    /// Reads a column of strings: appends what each of them says, without quotes and escapes, to
    /// `values`, and where that ends to `ends`; a null says nothing, and the rows of nulls are
    /// appended to `nulls`, counted from the first of these strings. Whether all the others were
    /// strings with good escapes, and `O` can hold the ends of as much as the whole text says; if
    /// not, some of them may have been appended.
    ///
    /// # Panics
    /// Perhaps, if tokens are those of another text.
    ///
    /// # Example
    /// ```
    /// use datason_scan::{Kernel, NullRuns, Text, Tokens, ValueIndex};
    ///
    /// let json = br#"["ab",null,"c\td"]"#;
    /// let mut index = ValueIndex::new();
    /// index.fill(Kernel::active(), json);
    /// let text = Text::new(json, &index);
    /// let tokens = [1, 6, 11].map(|at| text.locate(at).unwrap());
    /// let (mut values, mut ends, mut nulls) = (Vec::new(), Vec::<i32>::new(), NullRuns::default());
    /// assert!(text.read_strings(Tokens::all(&tokens), &mut values, &mut ends, &mut nulls));
    /// assert_eq!((&values[..], &ends[..]), (&b"abc\td"[..], &[2, 2, 5][..]));
    /// assert_eq!(nulls.as_slice(), [1..2]);
    /// ```
    pub fn read_strings<O: Offset>(
        &self,
        tokens: Tokens<'_>,
        values: &mut Vec<u8>,
        ends: &mut Vec<O>,
        nulls: &mut NullRuns,
    ) -> bool {
        // No string is longer than its text.
        if !O::holds(values.len() + self.bytes().len()) {
            return false;
        }
        ends.reserve(tokens.len());
        let first = ends.len();
        let kernel = self.index().kernel();
        kernel.run(ReadStrings { text: *self, tokens, values, ends, first, nulls })
    }
}

struct ReadStrings<'a, O> {
    text: Text<'a>,
    tokens: Tokens<'a>,
    values: &'a mut Vec<u8>,
    ends: &'a mut Vec<O>,
    /// How many ends there were before.
    first: usize,
    nulls: &'a mut NullRuns,
}

impl<O: Offset> Task for ReadStrings<'_, O> {
    type Output = bool;

    #[inline(always)]
    fn run<B: Block>(mut self, proof: B::Proof) -> bool {
        let (bytes, mut rest) = (self.text.bytes(), self.tokens);
        while let Some(count) = B::append_strings(proof, bytes, rest, self.values, self.ends) {
            rest = rest.skip(count);
            let Some(token) = rest.first() else { return true };
            if !self.append(token) {
                return false;
            }
            rest = rest.skip(1);
        }
        for token in rest.iter() {
            if !self.append(token) {
                return false;
            }
        }
        true
    }
}

impl<O: Offset> ReadStrings<'_, O> {
    #[inline(always)]
    fn append(&mut self, token: Token) -> bool {
        if token.is_null() {
            self.nulls.push(self.ends.len() - self.first, token.nulls());
            self.ends.extend(std::iter::repeat_n(O::of(self.values.len()), token.nulls()));
            return true;
        }
        let is_good = append_string(self.values, token, self.text);
        if is_good {
            self.ends.push(O::of(self.values.len()));
        }
        is_good
    }
}

/// Appends the string for which `token` stands. Whether it is one.
#[inline(always)]
fn append_string(values: &mut Vec<u8>, token: Token, text: Text<'_>) -> bool {
    let bytes = text.bytes();
    if bytes[token.start()] != b'"' {
        return false;
    }
    let span = token.start() + 1..token.end() - 1;
    if token.has_escapes() {
        return append_unescaped(values, span, text);
    }
    append_plain(values, bytes, span);
    true
}

/// Appends what stands at `span`. Copies more than that if it is short, and takes it back: a copy
/// of a size that the compiler knows is no call.
#[inline]
fn append_plain(values: &mut Vec<u8>, bytes: &[u8], span: Range<usize>) {
    const SHORT: usize = 32;
    let rest = &bytes[span.start..];
    let (length, end) = (span.len(), values.len() + span.len());
    if let Some(window) = rest.first_chunk::<SHORT>()
        && length <= SHORT
    {
        values.extend_from_slice(window);
        values.truncate(end);
    } else if let Some(window) = rest.first_chunk::<{ 2 * SHORT }>()
        && length <= 2 * SHORT
    {
        values.extend_from_slice(window);
        values.truncate(end);
    } else {
        values.extend_from_slice(&bytes[span]);
    }
}

/// Appends what stands at `span`, between quotes, and has escapes. Whether these are good.
#[inline(never)]
fn append_unescaped(values: &mut Vec<u8>, span: Range<usize>, text: Text<'_>) -> bool {
    let mut from = span.start;
    loop {
        let stop = text.index().string_stop(from).min(span.end);
        values.extend_from_slice(&text.bytes()[from..stop]);
        if stop == span.end {
            return true;
        }
        let Some(escape) = Unescaped::read(&text.bytes()[..span.end], stop) else { return false };
        values.extend_from_slice(escape.as_bytes());
        from = escape.end();
    }
}
