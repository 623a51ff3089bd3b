//! The cells of one column as texts.

use std::ops::Range;

use arrow_buffer::ArrowNativeType;
use datason_json::ser::plain::needs_no_escape;

use super::Weaver;
use super::made::Made;
use super::object::Object;
use super::selected::Selected;
use crate::encode::column::{Column, Kind, Ranges, span};

/// A column, and the texts of some of its cells.
pub(super) struct Strand<'o, 'a> {
    column: &'o Column<'a>,
    within: Within<'o, 'a>,
    /// What stands behind each text that is made.
    behind: &'o str,
    /// Texts that needed no making; the others are in `made`.
    lent: Lent<'o>,
    /// Where each of those begins and ends that were lent here and there.
    bounds: Vec<i32>,
    made: Made,
}

/// Texts of Arrow's that are written as they are.
enum Lent<'o> {
    Nothing,
    /// All of a run, with their bounds.
    Run(&'o [u8], &'o [i32]),
    /// Some among others.
    Each(&'o [u8]),
}

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
    /// Whether they belong between quotes.
    pub(super) quoted: bool,
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

    /// From the first text to the last; never less than all of them take.
    pub(super) fn len(&self) -> usize {
        match (self.bounds.first(), self.bounds.last()) {
            (Some(first), Some(last)) => span(*first, *last).len(),
            _ => 0,
        }
    }
}

impl<'o, 'a> Strand<'o, 'a> {
    /// Texts with `behind` behind each. `None` if the columns within cannot be woven.
    pub(super) fn new(weaver: Weaver<'o>, column: &'o Column<'a>, behind: &'o str) -> Option<Self> {
        let within = match &column.kind {
            Kind::Struct(fields) => {
                let fields = fields.iter().map(|(name, column)| (*name, column));
                Within::Fields(Box::new(Object::new(weaver, fields, column.nulls, behind)?))
            }
            Kind::List(ranges, members) if ranges.is_contiguous() => {
                let comma = weaver.spacing.comma();
                Within::Members(ranges, Box::new(Self::new(weaver, members, comma)?))
            }
            _ => Within::Nothing,
        };
        Some(Self {
            column,
            within,
            behind,
            lent: Lent::Nothing,
            bounds: Vec::new(),
            made: Made::default(),
        })
    }

    /// The texts of the rows last filled in.
    pub(super) fn texts(&self) -> Texts<'_> {
        match &self.lent {
            Lent::Nothing => {
                let (bytes, bounds) = self.made.texts();
                Texts { bytes, bounds, step: 1, gap: self.behind.len(), quoted: false }
            }
            Lent::Run(bytes, bounds) => Texts { bytes, bounds, step: 1, gap: 0, quoted: true },
            Lent::Each(bytes) => {
                Texts { bytes, bounds: &self.bounds, step: 2, gap: 0, quoted: true }
            }
        }
    }

    /// Makes the texts of `rows`, or returns `None` if one of them is not plain.
    pub(super) fn fill(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<()> {
        self.lent = self.lend(rows, weaver).unwrap_or(Lent::Nothing);
        if !matches!(self.lent, Lent::Nothing) {
            return Some(());
        }
        let mut made = self.made.begin(self.column, weaver, self.behind);
        match &mut self.within {
            Within::Nothing => made.cells(rows),
            Within::Fields(object) => made.objects(object, rows),
            Within::Members(ranges, members) => made.lists(ranges, members, rows),
        }
    }

    /// The texts where they are, if there is one for each row, and none needs an escape.
    fn lend(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<Lent<'o>> {
        let Kind::Text(texts) = &self.column.kind else { return None };
        let valid = self.column.nulls.is_none()
            || matches!(rows, Selected::Each(_)) && rows.all(|row| !self.column.is_null(row));
        if !valid || !self.behind.is_empty() {
            return None;
        }
        let (bytes, all) = (texts.value_data(), rows.span());
        let bounds = &texts.value_offsets()[all.start..=all.end];
        let span = span(*bounds.first()?, *bounds.last()?);
        let limit = weaver.config.max_string_length;
        let fits = span.len() <= limit
            || bounds.array_windows().all(|[start, end]| (end - start).as_usize() <= limit);
        if !fits || !needs_no_escape(&bytes[span], weaver.config.ensure_ascii) {
            return None;
        }
        Some(match rows {
            Selected::Run(..) => Lent::Run(bytes, bounds),
            Selected::Each(_) => {
                self.bounds.clear();
                self.bounds.reserve(2 * rows.len());
                rows.all(|row| {
                    self.bounds.extend_from_slice(&texts.value_offsets()[row..row + 2]);
                    true
                });
                Lent::Each(bytes)
            }
        })
    }
}
