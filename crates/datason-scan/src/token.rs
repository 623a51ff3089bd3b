//! Where values stand in a text.

use std::ops::Range;

use crate::block::{Block, Task};
use crate::index::ValueIndex;
use crate::number::{Decimal, Number};

/// Some JSON, with its [`ValueIndex`].
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    bytes: &'a [u8],
    utf8: Option<&'a str>,
    index: &'a ValueIndex,
}

impl<'a> Text<'a> {
    /// The longest text whose places fit in a [`Token`]: 2 GiB less a byte.
    pub const MOST: usize = (1 << 31) - 1;

    /// The text `bytes`, which `index` was filled from.
    pub const fn new(bytes: &'a [u8], index: &'a ValueIndex) -> Self {
        Self { bytes, utf8: None, index }
    }

    /// As [`new`](Self::new), for a text that is known to be UTF-8.
    pub const fn from_utf8(utf8: &'a str, index: &'a ValueIndex) -> Self {
        Self { bytes: utf8.as_bytes(), utf8: Some(utf8), index }
    }

    /// All bytes.
    #[inline]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The same, if it is known that all of them are UTF-8.
    #[inline]
    pub const fn utf8(&self) -> Option<&'a str> {
        self.utf8
    }

    /// The index.
    #[inline]
    pub const fn index(&self) -> &'a ValueIndex {
        self.index
    }

    /// The place of the string, number or word that begins at byte `at`; `None` for a container
    /// and for a string without end.
    ///
    /// The end is where the value must end if it is one: what a number or word says is not
    /// looked at, nor are escapes. Who reads the value refuses it if it is none. In a text of
    /// more than [`MOST`](Self::MOST) bytes nothing is found.
    ///
    /// # Example
    /// ```
    /// use datason_scan::{Kernel, Text, ValueIndex};
    ///
    /// let json = br#"{"id":17,"name":"a\"b","at":null}"#;
    /// let mut index = ValueIndex::new();
    /// index.fill(Kernel::active(), json);
    /// let text = Text::new(json, &index);
    /// assert_eq!(text.locate(6).map(|number| (number.start(), number.end())), Some((6, 8)));
    /// assert!(text.locate(16).is_some_and(|name| name.has_escapes() && name.end() == 22));
    /// assert!(text.locate(28).is_some_and(|at| at.is_null()));
    /// assert!(text.locate(0).is_none());
    /// ```
    #[inline(always)]
    pub fn locate(&self, at: usize) -> Option<Token> {
        if self.bytes.len() > Self::MOST {
            return None;
        }
        match *self.bytes.get(at)? {
            b'"' => {
                let stop = self.index.string_stop(at + 1);
                if self.bytes.get(stop) == Some(&b'"') {
                    return Some(Token::new(at, stop + 1));
                }
                locate_with_escapes(self.bytes, self.index, at, stop)
            }
            b'n' => {
                let word = self.bytes.get(at..at + 4);
                (word == Some(b"null")).then(|| Token::null(at, at + 4))
            }
            b'{' | b'[' => None,
            _ => Some(Token::new(at, self.index.scalar_end(at + 1))),
        }
    }

    /// Reads a column of numbers: appends the number for which each of `tokens` stands to
    /// `values`, zero for a null, and the rows of the nulls to `nulls`, counted from the first of
    /// these values. Whether all the others were numbers that fit; if not, some of them have been
    /// appended.
    ///
    /// # Example
    /// ```
    /// use datason_scan::{Kernel, NullRuns, Text, Tokens, ValueIndex};
    ///
    /// let json = b"[12,null,-3]";
    /// let mut index = ValueIndex::new();
    /// index.fill(Kernel::active(), json);
    /// let text = Text::new(json, &index);
    /// let tokens = [1, 4, 9].map(|at| text.locate(at).unwrap());
    /// let (mut values, mut nulls) = (Vec::<i32>::new(), NullRuns::default());
    /// assert!(text.read_numbers(Tokens::all(&tokens), &mut values, &mut nulls));
    /// assert_eq!((values, nulls.as_slice()), (vec![12, 0, -3], [1..2].as_slice()));
    /// ```
    pub fn read_numbers<N: Machine>(
        &self,
        tokens: Tokens<'_>,
        values: &mut Vec<N>,
        nulls: &mut NullRuns,
    ) -> bool {
        self.index.kernel().run(ReadNumbers { bytes: self.bytes, tokens, values, nulls })
    }
}

/// As [`Text::locate`], for a string whose plain text stops at `stop`. Takes the parts of the text:
/// as long as nobody asks for its address, they stay in registers.
#[inline(never)]
pub(crate) fn locate_with_escapes(
    bytes: &[u8],
    index: &ValueIndex,
    at: usize,
    mut stop: usize,
) -> Option<Token> {
    loop {
        match bytes.get(stop)? {
            b'"' => return Some(Token::with_escapes(at, stop + 1)),
            b'\\' => stop = index.string_stop(stop + 2),
            _ => return None,
        }
    }
}

/// The place of one value in a [`Text`]: a string with its quotes, a number, or a word. One word
/// of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(u64);

impl Token {
    /// No value: a null that is not written.
    pub const ABSENT: Self = Self(Self::NULL);

    /// As many values can one token say to be absent.
    pub const MOST_ABSENT: usize = Text::MOST;

    const NULL: u64 = 1 << 31;
    const ESCAPES: u64 = 1 << 63;

    #[inline(always)]
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && end <= Text::MOST, "a place that fits");
        Self(start as u64 | (end as u64) << 32)
    }

    const fn with_escapes(start: usize, end: usize) -> Self {
        Self(Self::new(start, end).0 | Self::ESCAPES)
    }

    #[inline(always)]
    const fn null(start: usize, end: usize) -> Self {
        Self(start as u64 | (end as u64) << 32 | Self::NULL)
    }

    /// No values, `count` of them: nulls that are not written.
    ///
    /// # Panics
    /// If these are none, or more than [`MOST_ABSENT`](Self::MOST_ABSENT).
    ///
    /// # Example
    /// ```
    /// use datason_scan::Token;
    ///
    /// assert_eq!(Token::absent(1), Token::ABSENT);
    /// assert!(Token::absent(7).is_null());
    /// assert_eq!(Token::absent(7).nulls(), 7);
    /// ```
    #[inline]
    pub const fn absent(count: usize) -> Self {
        assert!(count > 0 && count <= Self::MOST_ABSENT, "a number of values");
        // How many more than one stands where others say where they start; no value ends at 0.
        Self::null(count - 1, 0)
    }

    /// Whether it is no value, or several.
    #[inline(always)]
    pub const fn is_absent(self) -> bool {
        self.0 >> 31 == 1
    }

    /// Whether it is the word `null`, or [absent](Self::absent).
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 & Self::NULL != 0
    }

    /// How many nulls it stands for, if it is null.
    #[inline(always)]
    pub const fn nulls(self) -> usize {
        if self.is_absent() { self.start() + 1 } else { 1 }
    }

    /// Whether it is a string with a backslash in it.
    #[inline(always)]
    pub const fn has_escapes(self) -> bool {
        self.0 & Self::ESCAPES != 0
    }

    /// How many bytes a string has between its quotes; `None` if there are escapes among them, and
    /// for a null. Of a number or word some number or other.
    #[inline(always)]
    pub(crate) const fn plain_length(self) -> Option<usize> {
        if self.0 & (Self::NULL | Self::ESCAPES) != 0 {
            return None;
        }
        Some(self.end().wrapping_sub(self.start()).wrapping_sub(2))
    }

    /// The value's first byte.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the half that counts is kept")]
    pub const fn start(self) -> usize {
        self.0 as usize & Text::MOST
    }

    /// The byte behind its last.
    #[inline(always)]
    pub const fn end(self) -> usize {
        (self.0 >> 32) as usize & Text::MOST
    }
}

/// The values of one column: every `step`th of some tokens, from the first on.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    tokens: &'a [Token],
    step: usize,
}

impl<'a> Tokens<'a> {
    /// All of `tokens`.
    pub const fn all(tokens: &'a [Token]) -> Self {
        Self { tokens, step: 1 }
    }

    /// The cells of column `at` in rows of `width` cells.
    ///
    /// # Panics
    /// If `width` is 0.
    pub fn column(cells: &'a [Token], at: usize, width: usize) -> Self {
        assert!(width > 0, "a row has a cell");
        let tokens = cells.get(at..).unwrap_or_default();
        // What is beyond the last is beyond it however far, and so no sum of places overflows.
        Self { tokens, step: width.min(tokens.len() + 1) }
    }

    /// How many there are. Those that are absent may stand for several values each.
    pub const fn len(&self) -> usize {
        self.tokens.len().div_ceil(self.step)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The first.
    #[inline(always)]
    pub(crate) fn first(&self) -> Option<Token> {
        self.tokens.first().copied()
    }

    /// Those behind the first `count`.
    #[inline(always)]
    pub(crate) fn skip(&self, count: usize) -> Self {
        Self { tokens: self.tokens.get(count * self.step..).unwrap_or_default(), step: self.step }
    }

    /// One after the other.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Token> + use<'a> {
        let Self { tokens, step } = *self;
        let mut at = 0;
        std::iter::from_fn(move || {
            let token = tokens.get(at).copied();
            at += step;
            token
        })
    }
}

/// Rows of nulls, as runs of those that follow one another.
///
/// # Example
/// ```
/// use datason_scan::NullRuns;
///
/// let mut runs = NullRuns::default();
/// runs.push(1, 2);
/// runs.push(3, 1);
/// runs.push(7, 1);
/// assert_eq!(runs.as_slice(), [1..4, 7..8]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NullRuns {
    runs: Vec<Range<usize>>,
}

impl NullRuns {
    /// Appends the `count` rows from `row` on, which stand behind those that are there.
    #[inline(always)]
    pub fn push(&mut self, row: usize, count: usize) {
        match self.runs.last_mut() {
            Some(last) if last.end == row => last.end += count,
            _ => self.runs.push(row..row + count),
        }
    }

    /// The runs, in their order.
    pub fn as_slice(&self) -> &[Range<usize>] {
        &self.runs
    }

    /// Forgets the rows and keeps the memory.
    pub fn clear(&mut self) {
        self.runs.clear();
    }
}

/// A number of the machine that a column can hold.
pub trait Machine: Copy + Default + sealed::Read {}

mod sealed {
    use std::ops::Range;

    use crate::number::Decimal;

    pub trait Read: Sized {
        /// Whether it has no fraction.
        const IS_INTEGER: bool;

        /// The number that `decimal` is, if it fits and that can be told.
        fn of(decimal: Decimal) -> Option<Self>;

        /// The number that all of `span` is, if it is one and fits.
        fn read(bytes: &[u8], span: Range<usize>) -> Option<Self>;
    }
}

macro_rules! machine {
    ($($number:ty, $is_integer:literal, $of:ident, $read:ident, $convert:expr;)*) => {$(
        impl Machine for $number {}

        impl sealed::Read for $number {
            const IS_INTEGER: bool = $is_integer;

            #[inline(always)]
            fn of(decimal: Decimal) -> Option<Self> {
                let number = decimal.$of()?;
                $convert(number)
            }

            #[inline(always)]
            fn read(bytes: &[u8], span: Range<usize>) -> Option<Self> {
                let number = Number::$read(bytes, span)?;
                $convert(number)
            }
        }
    )*};
}

machine! {
    i8, true, to_i64, i64_in, |number| Self::try_from(number).ok();
    i16, true, to_i64, i64_in, |number| Self::try_from(number).ok();
    i32, true, to_i64, i64_in, |number| Self::try_from(number).ok();
    i64, true, to_i64, i64_in, Some;
    u8, true, to_u64, u64_in, |number| Self::try_from(number).ok();
    u16, true, to_u64, u64_in, |number| Self::try_from(number).ok();
    u32, true, to_u64, u64_in, |number| Self::try_from(number).ok();
    u64, true, to_u64, u64_in, Some;
    f32, false, to_f32, f32_in, Some;
    f64, false, to_f64, f64_in, Some;
}

/// See [`Text::read_numbers`].
struct ReadNumbers<'a, N> {
    bytes: &'a [u8],
    tokens: Tokens<'a>,
    values: &'a mut Vec<N>,
    nulls: &'a mut NullRuns,
}

impl<N: Machine> Task for ReadNumbers<'_, N> {
    type Output = bool;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> bool {
        let Self { bytes, tokens, values, nulls } = self;
        let first = values.len();
        values.reserve(tokens.len());
        for token in tokens.iter() {
            if token.is_null() {
                nulls.push(values.len() - first, token.nulls());
                values.extend(std::iter::repeat_n(N::default(), token.nulls()));
            } else {
                let span = token.start()..token.end();
                // No closures: they would not be inlined into the kernel's code.
                let decimal = if N::IS_INTEGER {
                    B::integer(proof, bytes, span.clone())
                } else {
                    B::decimal(proof, bytes, span.clone())
                };
                let plain = match decimal {
                    Some(decimal) => N::of(decimal),
                    None => None,
                };
                let number = match plain {
                    None => N::read(bytes, span),
                    plain => plain,
                };
                let Some(number) = number else { return false };
                values.push(number);
            }
        }
        true
    }
}
