//! The cells of one column as texts.

use std::ops::Range;

use arrow_array::StringArray;
use arrow_buffer::{ArrowNativeType, NullBuffer};
use datason_json::ser::plain::{first_to_escape, is_printable};
use datason_scan::Kernel;

use super::made::Made;
use super::object::Object;
use super::selected::Selected;
use super::{MOST, Weaver};
use crate::encode::column::{Column, Kind, Ranges, span};

/// A column, and the texts of some of its cells.
pub(super) struct Strand<'o, 'a> {
    column: &'o Column<'a>,
    within: Within<'o, 'a>,
    /// What stands behind each text that is made.
    behind: &'o str,
    /// Texts that needed no making; without, they are in `made`.
    lent: Option<Lent<'o>>,
    /// Where each of those begins and ends that were lent here and there.
    bounds: Vec<[i32; 2]>,
    made: Made,
}

/// Texts that are not made here.
struct Lent<'o> {
    bytes: &'o [u8],
    /// Their bounds, if they follow one another.
    bounds: Option<&'o [i32]>,
    quotes: Quotes<'o>,
}

/// What stands around texts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quotes<'s> {
    /// Nothing: they are as they are to be.
    Nowhere,
    /// Quotes, around all of them.
    Everywhere,
    /// Quotes around each by itself: but for nulls, or with the escapes that the texts need.
    Around { nulls: Option<&'s NullBuffer>, escape: bool },
}

/// Longer strings get their escapes where they are written: to copy them once more costs more than
/// to look at each by itself.
const LONG: usize = 64;

/// What a boolean or its absence is written as, each at its place; with blanks behind, so that it
/// can be copied by widths.
static WORDS: [u8; 64] = *b"truefalsenull                                                   ";
const TRUE: [i32; 2] = [0, 4];
const FALSE: [i32; 2] = [4, 9];
const NULL: [i32; 2] = [9, 13];

/// The columns within a column.
enum Within<'o, 'a> {
    Nothing,
    /// Those of a struct in a list; any other is a member, and written in its place.
    Fields(Box<Object<'o, 'a>>),
    Members(&'o Ranges<'a>, Box<Strand<'o, 'a>>),
}

/// The texts of some cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts<'s> {
    bytes: &'s [u8],
    /// Where in the bytes each begins, and behind that where it ends.
    bounds: &'s [i32],
    /// How many bounds there are from one beginning to the next: 1 if a text begins where the one
    /// before ends, else 2.
    step: usize,
    /// How many bytes stand between two texts that follow one another.
    gap: usize,
    pub(super) quotes: Quotes<'s>,
}

impl<'s> Texts<'s> {
    /// Where the text of a cell stands in the bytes.
    #[inline]
    fn span(&self, index: usize) -> Range<usize> {
        let at = index * self.step;
        let Range { start, end } = span(self.bounds[at], self.bounds[at + 1]);
        start..end - self.gap
    }

    /// The next in a row, where nothing stands between: all bytes, and its place in them.
    #[inline]
    pub(super) fn next(&mut self) -> (&'s [u8], Range<usize>) {
        debug_assert_eq!(self.gap, 0, "nothing stands between");
        let span = span(self.bounds[0], self.bounds[1]);
        self.bounds = &self.bounds[self.step..];
        (self.bytes, span)
    }

    /// The texts of cells that follow one another, with what stands between them.
    #[inline]
    pub(super) fn run(&self, cells: Range<usize>) -> &'s [u8] {
        if cells.is_empty() {
            return &[];
        }
        let (first, last) = (self.span(cells.start), self.span(cells.end - 1));
        &self.bytes[first.start..last.end]
    }
}

impl<'o, 'a> Strand<'o, 'a> {
    /// Texts with `behind` behind each. `None` if the columns within cannot be woven.
    pub(super) fn new(weaver: Weaver<'o>, column: &'o Column<'a>, behind: &'o str) -> Option<Self> {
        let within = match &column.kind {
            Kind::Struct(fields) => {
                Within::Fields(Box::new(Object::of_struct(weaver, fields, column.nulls, behind)?))
            }
            Kind::List(ranges, members) if ranges.is_contiguous() => {
                let comma = weaver.spacing.comma();
                Within::Members(ranges, Box::new(Self::new(weaver, members, comma)?))
            }
            _ => Within::Nothing,
        };
        Some(Self { column, within, behind, lent: None, bounds: Vec::new(), made: Made::default() })
    }

    /// The texts of the rows last filled in.
    pub(super) fn texts(&self) -> Texts<'_> {
        match &self.lent {
            None => {
                let (bytes, bounds) = self.made.texts();
                Texts { bytes, bounds, step: 1, gap: self.behind.len(), quotes: Quotes::Nowhere }
            }
            Some(Lent { bytes, bounds, quotes }) => {
                let step = if bounds.is_some() { 1 } else { 2 };
                let bounds = bounds.unwrap_or(self.bounds.as_flattened());
                Texts { bytes, bounds, step, gap: 0, quotes: *quotes }
            }
        }
    }

    /// Makes the texts of `rows` and returns how many bytes they take at most, or `None` if one of
    /// them is not plain, or they are too much.
    pub(super) fn fill(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        self.lent = None;
        if self.behind.is_empty()
            && let Some((lent, length)) = self.lend(rows, weaver)
        {
            self.lent = Some(lent);
            return Some(length);
        }
        let mut made = self.made.begin(self.column, weaver, self.behind);
        match &mut self.within {
            Within::Nothing => made.cells(rows)?,
            Within::Fields(object) => made.objects(object, rows)?,
            Within::Members(ranges, members) => made.lists(ranges, members, rows)?,
        }
        let (_, bounds) = self.made.texts();
        bounds.last().map(|end| end.as_usize())
    }

    /// The texts where they are, if that is what is to be written, and how many bytes they take at
    /// most.
    fn lend(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<(Lent<'o>, usize)> {
        match &self.column.kind {
            Kind::Text(texts) => self.lend_texts(texts, rows, weaver),
            Kind::Bool(truths) => {
                let nulls = self.column.nulls;
                let word = |row| match nulls {
                    Some(nulls) if nulls.is_null(row) => NULL,
                    _ if truths.value(row) => TRUE,
                    _ => FALSE,
                };
                rows.collect(word, &mut self.bounds);
                let lent = Lent { bytes: &WORDS, bounds: None, quotes: Quotes::Nowhere };
                Some((lent, rows.len() * 5))
            }
            _ => None,
        }
    }

    /// As [`lend`](Self::lend), for texts: those that need no escape, and long ones with escapes,
    /// which are made where they are written.
    fn lend_texts(
        &mut self,
        texts: &'o StringArray,
        rows: Selected<'_>,
        weaver: Weaver<'_>,
    ) -> Option<(Lent<'o>, usize)> {
        let (bytes, all) = (texts.value_data(), rows.span());
        let bounds = &texts.value_offsets()[all.start..=all.end];
        let span = span(*bounds.first()?, *bounds.last()?);
        let limit = weaver.config.max_string_length;
        let fits = span.len() <= limit
            || bounds.array_windows().all(|[start, end]| (end - start).as_usize() <= limit);
        if !fits || weaver.config.ensure_ascii && !is_printable(&bytes[span.clone()]) {
            return None;
        }
        let escape = first_to_escape(&bytes[span.clone()]).is_some();
        let mut length = span.len();
        if escape {
            length = rows.len() * Kernel::room_to_escape(1) + Kernel::room_to_escape(length);
            if span.len() < LONG * rows.len() || length > MOST {
                return None;
            }
        }
        let is_run = matches!(rows, Selected::Run(..));
        if !is_run {
            let offsets: &[i32] = texts.value_offsets();
            rows.collect(|row| [offsets[row], offsets[row + 1]], &mut self.bounds);
        }
        let nulls = self.column.nulls.filter(|nulls| !rows.all(|row| nulls.is_valid(row)));
        let quotes = if nulls.is_some() || escape {
            Quotes::Around { nulls, escape }
        } else {
            Quotes::Everywhere
        };
        // A null takes as much as two quotes and two bytes.
        let around = 4 * rows.len();
        Some((Lent { bytes, bounds: is_run.then_some(bounds), quotes }, length + around))
    }
}
