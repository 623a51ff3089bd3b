//! The cells of one column as texts.

use std::ops::Range;

use arrow_array::StringArray;
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
    lent: Option<(&'o [u8], &'o [i32])>,
    made: Made,
}

/// The columns within a column.
enum Within<'o, 'a> {
    Nothing,
    /// Those of a struct in a list; any other is a member, and written in its place.
    Fields(Box<Object<'o, 'a>>),
    Members(&'o Ranges<'a>, Box<Strand<'o, 'a>>),
}

/// The texts of consecutive cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts<'s> {
    bytes: &'s [u8],
    /// Where in the bytes each begins, and where one behind the last would.
    bounds: &'s [i32],
    /// How many bytes stand between two texts.
    gap: usize,
    /// Whether they belong between quotes.
    pub(super) quoted: bool,
}

impl<'s> Texts<'s> {
    /// The bytes, in which [`span`](Self::span) tells where a text stands.
    pub(super) const fn bytes(&self) -> &'s [u8] {
        self.bytes
    }

    /// Where the text of a cell stands in the bytes.
    #[inline]
    pub(super) fn span(&self, index: usize) -> Range<usize> {
        let Range { start, end } = span(self.bounds[index], self.bounds[index + 1]);
        start..end - self.gap
    }

    /// The texts of consecutive cells, with what stands between them.
    #[inline]
    pub(super) fn run(&self, cells: Range<usize>) -> &'s [u8] {
        if cells.is_empty() {
            return &[];
        }
        let Range { start, end } = span(self.bounds[cells.start], self.bounds[cells.end]);
        &self.bytes[start..end - self.gap]
    }

    /// How many bytes there are of all texts.
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
        Some(Self { column, within, behind, lent: None, made: Made::default() })
    }

    /// The texts of the rows last filled in.
    pub(super) fn texts(&self) -> Texts<'_> {
        if let Some((bytes, bounds)) = self.lent {
            return Texts { bytes, bounds, gap: 0, quoted: true };
        }
        let (bytes, bounds) = self.made.texts();
        Texts { bytes, bounds, gap: self.behind.len(), quoted: false }
    }

    /// Makes the texts of `rows`, or returns `None` if one of them is not plain.
    pub(super) fn fill(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<()> {
        self.lent = match (&self.column.kind, self.column.nulls, rows) {
            (Kind::Text(texts), None, Selected::Run(start, end)) if self.behind.is_empty() => {
                lend(texts, start..end, weaver)
            }
            _ => None,
        };
        if self.lent.is_some() {
            return Some(());
        }
        let mut made = self.made.begin(self.column, weaver, self.behind);
        match &mut self.within {
            Within::Nothing => made.cells(rows),
            Within::Fields(object) => made.objects(object, rows),
            Within::Members(ranges, members) => made.lists(ranges, members, rows),
        }
    }
}

/// The texts where they are, if none of them needs an escape.
fn lend<'o>(
    texts: &'o StringArray,
    rows: Range<usize>,
    weaver: Weaver<'_>,
) -> Option<(&'o [u8], &'o [i32])> {
    let bounds = &texts.value_offsets()[rows.start..=rows.end];
    let bytes = texts.value_data();
    let all = span(*bounds.first()?, *bounds.last()?);
    let limit = weaver.config.max_string_length;
    let fits = all.len() <= limit
        || bounds.array_windows().all(|[start, end]| span(*start, *end).len() <= limit);
    (fits && needs_no_escape(&bytes[all], weaver.config.ensure_ascii)).then_some((bytes, bounds))
}
