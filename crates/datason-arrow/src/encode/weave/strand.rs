//! The cells of one column as texts.

use arrow_array::StringArray;
use arrow_buffer::{ArrowNativeType, ToByteSlice};
use datason_json::ser::plain::{first_to_escape, is_printable};
use datason_scan::{Kernel, Numeral, prefetch};

use super::copy::Head;
use super::lines::{Cells, Members};
use super::made::{Made, members_of};
use super::object::Object;
use super::selected::Selected;
use super::{MOST, NUMBERS, Weaver};
use crate::encode::column::{Column, Kind, Ranges, span};

/// A column, and the texts of some of its cells.
pub(super) struct Strand<'o, 'a> {
    column: &'o Column<'a>,
    within: Within<'o, 'a>,
    /// What stands behind each text that is made.
    behind: Head,
    filled: Filled<'o>,
    made: Made,
}

/// Where the texts of the rows last filled in are.
#[derive(Clone, Copy)]
enum Filled<'o> {
    /// In `made`, or with the members of lists.
    Made,
    /// In `made`, as numerals.
    Numerals,
    /// Where they were.
    Lent(Cells<'o>),
}

/// How many bytes a list takes at most, but for its members: two brackets, or `null`.
const BRACKETS: usize = 4;

/// So much of the texts of the rows that come next is fetched beforehand: enough for the processor
/// to see where they go on. It cannot know where a column continues when many others were read
/// meanwhile. Measured: with this and the offsets, nested rows take an eighth less time.
const NEAR: usize = 256;

/// The columns within a column.
enum Within<'o, 'a> {
    Nothing,
    /// Those of a struct in a list; any other is a member, and written in its place.
    Fields(Box<Object<'o, 'a>>),
    Members(&'o Ranges<'a>, Box<Strand<'o, 'a>>),
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
        let behind = Head::new(behind.as_bytes());
        Some(Self { column, within, behind, filled: Filled::Made, made: Made::default() })
    }

    /// What stands behind each text that is made.
    pub(super) const fn behind(&self) -> Head {
        self.behind
    }

    /// The texts of the rows last filled in.
    pub(super) fn cells(&self) -> Cells<'_> {
        match (self.filled, &self.within) {
            (Filled::Lent(cells), _) => cells,
            (Filled::Numerals, _) => Cells::Numbers(self.made.numerals()),
            (Filled::Made, Within::Members(ranges, members)) => {
                Cells::Lists { ranges, nulls: self.column.nulls, members: members.members() }
            }
            (Filled::Made, _) => {
                let (bytes, bounds) = self.made.texts();
                Cells::Made { bytes, bounds }
            }
        }
    }

    /// The texts of the rows last filled in, which are members of lists.
    fn members(&self) -> Members<'_> {
        if let Filled::Numerals = self.filled {
            return Members::Numbers { numerals: self.made.numerals(), comma: &self.behind };
        }
        let (bytes, bounds) = self.made.texts();
        Members::Made { bytes, bounds, comma: self.behind.len() }
    }

    /// Whether the texts last filled in are strings without their quotes.
    pub(super) const fn is_quoted(&self) -> bool {
        matches!(self.filled, Filled::Lent(Cells::Plain { .. }))
    }

    /// Makes the texts of `rows`, or finds where they are, and returns how many bytes they take at
    /// most; `None` if one of them is not plain, or they are too much.
    pub(super) fn fill(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        let lent = match &self.column.kind {
            Kind::Text(texts) => self.lend_texts(texts, rows, weaver),
            Kind::Bool(truths) => {
                let cells = Cells::Booleans { truths, nulls: self.column.nulls };
                Some((cells, 5 * rows.len()))
            }
            _ => None,
        };
        if let Some((cells, length)) = lent {
            self.filled = Filled::Lent(cells);
            return Some(length);
        }
        if let Within::Members(ranges, members) = &mut self.within {
            let mut each = Vec::new();
            let selected = members_of(self.column, ranges, rows, weaver, &mut each)?;
            self.filled = Filled::Made;
            return Some(members.spell(selected, weaver)? + BRACKETS * rows.len());
        }
        self.spell(rows, weaver)
    }

    /// Makes the texts of `rows`: numbers each by itself unless they are many, others one behind the
    /// other.
    fn spell(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        let most = if weaver.is_for_one_row() { 1 } else { NUMBERS };
        let mut made = self.made.begin(self.column, weaver, self.behind);
        if rows.len() <= most && made.numbers(rows)? {
            self.filled = Filled::Numerals;
            let length = |numeral: &Numeral| numeral.len() + self.behind.len();
            return Some(self.made.numerals().iter().map(length).sum());
        }
        self.filled = Filled::Made;
        let (_, bounds) = self.make(rows, weaver)?;
        bounds.last().map(|end| end.as_usize())
    }

    /// Makes the texts of `rows` one behind the other, each with what is to stand behind it, and
    /// their bounds.
    pub(super) fn make(
        &mut self,
        rows: Selected<'_>,
        weaver: Weaver<'_>,
    ) -> Option<(&[u8], &[i32])> {
        let mut made = self.made.begin(self.column, weaver, self.behind);
        match &mut self.within {
            Within::Nothing => made.cells(rows)?,
            Within::Fields(object) => made.objects(object, rows)?,
            Within::Members(ranges, members) => made.lists(ranges, members, rows)?,
        }
        Some(self.made.texts())
    }

    /// The texts where they are: with their escapes or without, which they get where they are
    /// written.
    fn lend_texts(
        &self,
        texts: &'o StringArray,
        rows: Selected<'_>,
        weaver: Weaver<'_>,
    ) -> Option<(Cells<'o>, usize)> {
        let (bytes, offsets, all) = (texts.value_data(), texts.value_offsets(), rows.span());
        let bounds = &offsets[all.start..=all.end];
        let span = span(*bounds.first()?, *bounds.last()?);
        let next = all.end..offsets.len().min(all.end + all.len() + 1);
        prefetch(offsets[next].to_byte_slice());
        prefetch(&bytes[span.end..bytes.len().min(span.end + NEAR)]);
        let limit = weaver.config.max_string_length;
        let fits = span.len() <= limit
            || bounds.array_windows().all(|[start, end]| (end - start).as_usize() <= limit);
        if !fits || weaver.config.ensure_ascii && !is_printable(&bytes[span.clone()]) {
            return None;
        }
        let escape = first_to_escape(&bytes[span.clone()]).is_some();
        let length = if escape { Kernel::room_to_escape(span.len()) } else { span.len() };
        if escape && (length > MOST || weaver.is_for_one_row()) {
            return None;
        }
        let nulls = self.column.nulls.filter(|nulls| !rows.all(|row| nulls.is_valid(row)));
        let cells = if nulls.is_some() || escape {
            Cells::Strings { bytes, offsets, nulls, escape }
        } else {
            Cells::Plain { bytes, offsets }
        };
        // A null takes as much as two quotes and two bytes.
        Some((cells, length + 4 * rows.len()))
    }
}
