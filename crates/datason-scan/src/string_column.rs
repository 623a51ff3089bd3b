//! Columns of strings: their texts, one behind the other.

use std::ops::Range;

use crate::block::{Block, Task};
use crate::escape::Unescaped;
use crate::token::{NullRuns, Text, Token, Tokens};

/// Where a string ends among others: an `i32` or `i64`, as Arrow has them.
pub trait Offset: Copy + sealed::Of {}

impl Offset for i32 {}
impl Offset for i64 {}
/// So small that tests can fill it.
#[cfg(test)]
impl Offset for i8 {}

mod sealed {
    pub trait Of {
        /// The offset, which must fit.
        fn of(at: usize) -> Self;

        /// Whether it fits.
        fn holds(at: usize) -> bool;

        /// What it is the offset of; it was made of that.
        fn at(self) -> usize;
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

                fn at(self) -> usize {
                    usize::try_from(self).expect("it was made of one")
                }
            }
        )*};
    }

    of! {
        i32: cast_possible_truncation, cast_possible_wrap;
        i64: cast_possible_wrap;
    }

    #[cfg(test)]
    of! {
        i8: cast_possible_truncation;
    }
}

/// Strings one behind the other, and where each ends, as Arrow has them in a column.
///
/// They are UTF-8, all of them and each by itself, and their ends are in order: whatever is
/// appended is known to be so, and there is no other way in. So nobody has to check it again.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, NullRuns, Strings, Text, Tokens, ValueIndex};
///
/// let json = r#"["ab",null,"c\td"]"#;
/// let mut index = ValueIndex::new();
/// index.fill(Kernel::active(), json.as_bytes());
/// let text = Text::from_utf8(json, &index);
/// let tokens = [1, 6, 11].map(|at| text.locate(at).unwrap());
/// let (mut strings, mut nulls) = (Strings::<i32>::new(), NullRuns::default());
/// assert!(strings.read(text, Tokens::all(&tokens), &mut nulls));
/// assert_eq!((strings.values(), strings.offsets()), (&b"abc\td"[..], &[0, 2, 2, 5][..]));
/// assert_eq!(nulls.as_slice(), [1..2]);
/// assert!(strings.push("é"));
/// assert_eq!((strings.len(), strings.offsets()), (4, &[0, 2, 2, 5, 7][..]));
/// strings.truncate(1);
/// assert_eq!(strings.values(), b"ab");
/// ```
#[derive(Debug)]
pub struct Strings<O> {
    /// UTF-8.
    values: Vec<u8>,
    /// 0, and the end of each string: never less than the one before, and no string begins or ends
    /// within a character. The last is the length of `values`.
    offsets: Vec<O>,
}

impl<O: Offset> Default for Strings<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Offset> Strings<O> {
    /// None.
    pub fn new() -> Self {
        Self { values: Vec::new(), offsets: vec![O::of(0)] }
    }

    /// None, and memory to put some in. What it holds is forgotten.
    pub fn with_memory(mut values: Vec<u8>, mut offsets: Vec<O>) -> Self {
        values.clear();
        offsets.clear();
        offsets.push(O::of(0));
        Self { values, offsets }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, one behind the other; UTF-8.
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// Where each begins, and where the last one ends.
    pub fn offsets(&self) -> &[O] {
        &self.offsets
    }

    /// The memory of the values and of the offsets.
    #[cfg(feature = "arrow")]
    pub(crate) fn into_parts(self) -> (Vec<u8>, Vec<O>) {
        (self.values, self.offsets)
    }

    /// Appends `string`, which costs one copy. Whether `O` can hold its end; if not, nothing has been
    /// appended.
    #[inline]
    pub fn push(&mut self, string: &str) -> bool {
        let end = self.values.len() + string.len();
        let fits = O::holds(end);
        if fits {
            // There is room for the end before anything has changed.
            self.offsets.reserve(1);
            self.values.extend_from_slice(string.as_bytes());
            self.offsets.push(O::of(end));
        }
        fits
    }

    /// Appends `count` strings without text, such as stand in Arrow's columns for nulls. Each takes
    /// an offset.
    pub fn push_empty(&mut self, count: usize) {
        self.offsets.extend(std::iter::repeat_n(O::of(self.values.len()), count));
    }

    /// Takes back all but the first `length`, if there are more. Costs nothing, and keeps the memory.
    pub fn truncate(&mut self, length: usize) {
        if let Some(end) = self.offsets.get(length) {
            self.values.truncate(end.at());
            self.offsets.truncate(length + 1);
        }
    }

    /// Reads a column of strings: appends what each of `tokens` says, without quotes and escapes.
    /// For a null nothing stands among the values, and the rows of nulls are appended to `nulls`,
    /// counted from the first of these strings.
    ///
    /// Whether all of them are strings with good escapes, or nulls, `text` is known to be UTF-8, and
    /// `O` can hold their ends. If not, no string has been appended; `nulls` are left in any state.
    /// Costs about one copy of the strings. Of tokens of another text nothing is promised, but that
    /// strings that are read begin and end at a quote of this one.
    ///
    /// # Example
    /// See [`Strings`].
    pub fn read(&mut self, text: Text<'_>, tokens: Tokens<'_>, nulls: &mut NullRuns) -> bool {
        let Some(utf8) = text.utf8() else { return false };
        let first = self.len();
        let attempt = Attempt { strings: self, first, has_succeeded: false };
        attempt.read(text, utf8, tokens, nulls)
    }
}

/// Strings of which those behind the `first` are taken back, also in a panic, unless reading them
/// has succeeded.
struct Attempt<'a, O: Offset> {
    strings: &'a mut Strings<O>,
    first: usize,
    has_succeeded: bool,
}

impl<O: Offset> Attempt<'_, O> {
    fn read(
        mut self,
        text: Text<'_>,
        utf8: &str,
        tokens: Tokens<'_>,
        nulls: &mut NullRuns,
    ) -> bool {
        let Strings { values, offsets } = &mut *self.strings;
        offsets.reserve(tokens.len());
        let kernel = text.index().kernel();
        let read =
            kernel.run(Read { text, utf8, tokens, values, offsets, first: self.first, nulls });
        // Ends that do not fit have been cut; but they ascend, so that it is enough to ask for the
        // last.
        self.has_succeeded = read && O::holds(self.strings.values.len());
        self.has_succeeded
    }
}

impl<O: Offset> Drop for Attempt<'_, O> {
    fn drop(&mut self) {
        if !self.has_succeeded {
            self.strings.truncate(self.first);
        }
    }
}

/// See [`Strings::read`].
struct Read<'a, O> {
    text: Text<'a>,
    utf8: &'a str,
    tokens: Tokens<'a>,
    values: &'a mut Vec<u8>,
    offsets: &'a mut Vec<O>,
    /// How many strings there were before.
    first: usize,
    nulls: &'a mut NullRuns,
}

impl<O: Offset> Task for Read<'_, O> {
    type Output = bool;

    #[inline(always)]
    fn run<B: Block>(mut self, proof: B::Proof) -> bool {
        let (utf8, mut rest) = (self.utf8, self.tokens);
        while let Some(count) = B::append_strings(proof, utf8, rest, self.values, self.offsets) {
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

impl<O: Offset> Read<'_, O> {
    #[inline(always)]
    fn append(&mut self, token: Token) -> bool {
        if token.is_null() {
            self.nulls.push(self.offsets.len() - 1 - self.first, token.nulls());
            let end = O::of(self.values.len());
            self.offsets.extend(std::iter::repeat_n(end, token.nulls()));
            return true;
        }
        let is_good = self.append_string(token);
        if is_good {
            self.offsets.push(O::of(self.values.len()));
        }
        is_good
    }

    /// Appends the string for which `token` stands. Whether it is one; if not, some of it may have
    /// been appended.
    #[inline(always)]
    fn append_string(&mut self, token: Token) -> bool {
        let bytes = self.utf8.as_bytes();
        let span = token.start() + 1..token.end().wrapping_sub(1);
        // A number or word has none, and what a token of another text has, nobody knows.
        let has_quotes =
            bytes.get(token.start()) == Some(&b'"') && bytes.get(span.end) == Some(&b'"');
        if !has_quotes || span.start > span.end {
            return false;
        }
        if token.has_escapes() {
            return append_unescaped(self.values, span, self.text, self.utf8).is_some();
        }
        append_plain(self.values, bytes, span);
        true
    }
}

/// Appends what stands at `span`, between two quotes, which are part of no character: so it is UTF-8.
/// Copies more than that if it is short, and takes it back: a copy of a size that the compiler knows
/// is no call.
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

/// Appends what stands at `span` of `utf8`, between quotes, and has escapes, if these are good. The
/// index may be that of another text, so what stands between two escapes is asked for as text.
#[inline(never)]
fn append_unescaped(
    values: &mut Vec<u8>,
    span: Range<usize>,
    text: Text<'_>,
    utf8: &str,
) -> Option<()> {
    let mut from = span.start;
    loop {
        let stop = text.index().string_stop(from).min(span.end);
        values.extend_from_slice(utf8.get(from..stop)?.as_bytes());
        if stop == span.end {
            return Some(());
        }
        let escape = Unescaped::read(utf8.as_bytes().get(..span.end)?, stop)?;
        values.extend_from_slice(escape.as_bytes());
        from = escape.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::ValueIndex;
    use crate::kernel::Kernel;

    /// What `strings` hold, and whether all was read of `json`, whose values stand at `starts`.
    fn read(kernel: Kernel, strings: &mut Strings<i8>, json: &str, starts: &[usize]) -> bool {
        let mut index = ValueIndex::new();
        index.fill(kernel, json.as_bytes());
        let text = Text::from_utf8(json, &index);
        let tokens: Vec<_> = starts.iter().map(|at| text.locate(*at).unwrap()).collect();
        strings.read(text, Tokens::all(&tokens), &mut NullRuns::default())
    }

    #[test]
    fn ends_that_cannot_be_held_are_refused() {
        let mut strings = Strings::<i8>::new();
        assert!(strings.push(&"a".repeat(126)) && !strings.push("bc") && strings.push("b"));
        assert!(strings.push("") && !strings.push("c"));
        strings.push_empty(1);
        assert_eq!(
            (strings.values().len(), strings.offsets()),
            (127, &[0, 126, 127, 127, 127][..])
        );
    }

    #[test]
    fn what_was_read_beyond_the_last_end_is_taken_back() {
        let room = " ".repeat(200);
        let (escaped, long) = (r"\u00e9".repeat(40), "x".repeat(90));
        for (first, second) in [("ab", "cd"), ("", &*escaped), (&long, "ab"), (&long, &long)] {
            let json = format!("\"{first}\" \"{second}\" null{room}");
            let starts = [0, first.len() + 3, first.len() + second.len() + 6];
            let length = first.len() + if second == escaped { 80 } else { second.len() };
            for (kernel, before) in
                Kernel::available().flat_map(|kernel| (0..=127).map(move |n| (kernel, n)))
            {
                let mut strings = Strings::<i8>::new();
                assert!(strings.push(&"b".repeat(before)));
                let fits = before + length <= 127;
                assert_eq!(read(kernel, &mut strings, &json, &starts), fits, "{before}: {json}");
                let all = if fits { before + length } else { before };
                assert_eq!(strings.len(), if fits { 4 } else { 1 });
                assert_eq!(strings.values().len(), all);
                assert_eq!(strings.offsets().last().copied(), i8::try_from(all).ok());
                assert!(strings.offsets().is_sorted());
            }
        }
    }
}
