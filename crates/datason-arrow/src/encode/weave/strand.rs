//! The cells of one column as texts.

use std::ops::Range;

use arrow_array::StringArray;
use datason_json::ser;
use datason_json::ser::plain::{
    append_float, append_integer, append_string, append_unsigned, needs_no_escape,
};

use super::Weaver;
use super::object::Object;
use crate::encode::cell::Cell;
use crate::encode::column::{Column, Kind, Ranges, span};

/// A column, and the texts of some of its cells.
pub(super) struct Strand<'o, 'a> {
    column: &'o Column<'a>,
    within: Within<'o, 'a>,
    /// Texts that needed no making; the others are in `made`.
    lent: Option<(&'o [u8], &'o [i32])>,
    made: Made,
}

/// The columns within a column.
enum Within<'o, 'a> {
    Nothing,
    Fields(Box<Object<'o, 'a>>),
    Members(&'o Ranges<'a>, Box<Strand<'o, 'a>>),
}

/// The texts of consecutive cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts<'s> {
    pub(super) bytes: &'s [u8],
    /// Where in the bytes each begins, and where the last ends.
    bounds: &'s [i32],
    /// Whether they belong between quotes.
    pub(super) quoted: bool,
}

impl Texts<'_> {
    /// Where the text of a cell stands in the bytes.
    #[inline]
    pub(super) fn span(&self, index: usize) -> Range<usize> {
        span(self.bounds[index], self.bounds[index + 1])
    }

    /// The bytes of all texts.
    pub(super) fn len(&self) -> usize {
        match (self.bounds.first(), self.bounds.last()) {
            (Some(first), Some(last)) => span(*first, *last).len(),
            _ => 0,
        }
    }

    fn append_to(&self, index: usize, out: &mut Vec<u8>) {
        let quote: &[u8] = if self.quoted { b"\"" } else { b"" };
        for part in [quote, &self.bytes[self.span(index)], quote] {
            out.extend_from_slice(part);
        }
    }
}

impl<'o, 'a> Strand<'o, 'a> {
    /// `None` if the columns within cannot be woven.
    pub(super) fn new(weaver: Weaver<'o>, column: &'o Column<'a>) -> Option<Self> {
        let within = match &column.kind {
            Kind::Struct(fields) => {
                let fields = fields.iter().map(|(name, column)| (*name, column));
                Within::Fields(Box::new(Object::new(weaver, fields, "")?))
            }
            Kind::List(ranges, members) if ranges.is_contiguous() => {
                Within::Members(ranges, Box::new(Self::new(weaver, members)?))
            }
            _ => Within::Nothing,
        };
        Some(Self { column, within, lent: None, made: Made::default() })
    }

    /// The texts of the rows last filled in.
    pub(super) fn texts(&self) -> Texts<'_> {
        match self.lent {
            Some((bytes, bounds)) => Texts { bytes, bounds, quoted: true },
            None => Texts { bytes: &self.made.bytes, bounds: &self.made.bounds, quoted: false },
        }
    }

    /// Makes the texts of `rows`, or returns `None` if one of them is not plain.
    pub(super) fn fill(&mut self, rows: Range<usize>, weaver: Weaver<'_>) -> Option<()> {
        self.lent = match (&self.column.kind, self.column.nulls) {
            (Kind::Text(texts), None) => lend(texts, rows.clone(), weaver),
            _ => None,
        };
        if self.lent.is_some() {
            return Some(());
        }
        self.made.clear();
        match &mut self.within {
            Within::Nothing => self.made.cells(self.column, rows, weaver),
            Within::Fields(object) => self.made.objects(self.column, object, rows),
            Within::Members(ranges, members) => {
                self.made.lists(self.column, ranges, members, rows, weaver)
            }
        }
    }
}

impl<'o> Strand<'o, '_> {
    /// The numbers, if those of `rows` are floats that all have a text: they need not be copied.
    fn floats(&self, rows: Range<usize>) -> Option<&'o [f64]> {
        match (&self.column.kind, self.column.nulls) {
            (Kind::Float64(numbers), None) if numbers[rows].iter().all(|n| n.is_finite()) => {
                Some(numbers)
            }
            _ => None,
        }
    }
}

/// A cell as the serializer writes it, or false if it refuses.
fn cell(column: &Column<'_>, row: usize, weaver: Weaver<'_>, out: &mut Vec<u8>) -> bool {
    ser::append(&Cell { column, row }, weaver.config, weaver.spacing.into(), out).is_ok()
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

/// Texts that were made.
#[derive(Default)]
struct Made {
    bytes: Vec<u8>,
    bounds: Vec<i32>,
}

impl Made {
    fn clear(&mut self) {
        self.bytes.clear();
        self.bounds.clear();
        self.bounds.push(0);
    }

    /// `append` writes the text of one row that is not null, or says that it cannot.
    #[inline]
    fn each(
        &mut self,
        column: &Column<'_>,
        rows: Range<usize>,
        mut append: impl FnMut(usize, &mut Vec<u8>) -> bool,
    ) -> Option<()> {
        for row in rows {
            if column.is_null(row) {
                self.bytes.extend_from_slice(b"null");
            } else if !append(row, &mut self.bytes) {
                return None;
            }
            self.bounds.push(i32::try_from(self.bytes.len()).ok()?);
        }
        Some(())
    }

    fn cells(&mut self, column: &Column<'_>, rows: Range<usize>, weaver: Weaver<'_>) -> Option<()> {
        macro_rules! numbers {
            ($append:ident, $numbers:expr) => {
                self.each(column, rows, |row, out| {
                    $append($numbers[row].into(), out);
                    true
                })
            };
        }
        match &column.kind {
            Kind::Int8(numbers) => numbers!(append_integer, numbers),
            Kind::Int16(numbers) => numbers!(append_integer, numbers),
            Kind::Int32(numbers) => numbers!(append_integer, numbers),
            Kind::Int64(numbers) => numbers!(append_integer, numbers),
            Kind::UInt8(numbers) => numbers!(append_unsigned, numbers),
            Kind::UInt16(numbers) => numbers!(append_unsigned, numbers),
            Kind::UInt32(numbers) => numbers!(append_unsigned, numbers),
            Kind::UInt64(numbers) => numbers!(append_unsigned, numbers),
            Kind::Float32(numbers) => self.each(column, rows, |row, out| {
                append_float(numbers[row].into(), out) || cell(column, row, weaver, out)
            }),
            Kind::Float64(numbers) => self.each(column, rows, |row, out| {
                append_float(numbers[row], out) || cell(column, row, weaver, out)
            }),
            Kind::Bool(truths) => self.each(column, rows, |row, out| {
                out.extend_from_slice(if truths.value(row) { b"true" } else { b"false" });
                true
            }),
            Kind::Text(texts) => self.strings(column, rows, weaver, |row| texts.value(row)),
            Kind::LargeText(texts) => self.strings(column, rows, weaver, |row| texts.value(row)),
            Kind::TextView(texts) => self.strings(column, rows, weaver, |row| texts.value(row)),
            _ => self.each(column, rows, |row, out| cell(column, row, weaver, out)),
        }
    }

    fn strings<'t>(
        &mut self,
        column: &Column<'_>,
        rows: Range<usize>,
        weaver: Weaver<'_>,
        text: impl Fn(usize) -> &'t str,
    ) -> Option<()> {
        let (ascii, limit) = (weaver.config.ensure_ascii, weaver.config.max_string_length);
        self.each(column, rows, |row, out| {
            let text = text(row);
            append_string(text, ascii, out);
            text.len() <= limit
        })
    }

    fn objects(
        &mut self,
        column: &Column<'_>,
        object: &mut Object<'_, '_>,
        rows: Range<usize>,
    ) -> Option<()> {
        let Self { bytes, bounds } = self;
        let mut fits = true;
        object.weave(column.nulls, rows, bytes, |end| match i32::try_from(end) {
            Ok(end) => bounds.push(end),
            Err(_) => fits = false,
        })?;
        fits.then_some(())
    }

    /// Lists whose members lie one behind the other.
    fn lists(
        &mut self,
        column: &Column<'_>,
        ranges: &Ranges<'_>,
        members: &mut Strand<'_, '_>,
        rows: Range<usize>,
        weaver: Weaver<'_>,
    ) -> Option<()> {
        let (comma, limit) = (weaver.spacing.comma().as_bytes(), weaver.config.max_size);
        let first = rows.clone().next().map_or(0, |row| ranges.get(row).start);
        let last = rows.clone().next_back().map_or(0, |row| ranges.get(row).end);
        if let Some(numbers) = members.floats(first..last) {
            return self.each(column, rows, |row, out| {
                let numbers = &numbers[ranges.get(row)];
                numbers.len() <= limit
                    && list(numbers.len(), comma, out, |at, out| append_float(numbers[at], out))
            });
        }
        members.fill(first..last, weaver)?;
        let texts = members.texts();
        self.each(column, rows, |row, out| {
            let members = ranges.get(row);
            members.len() <= limit
                && list(members.len(), comma, out, |index, out| {
                    texts.append_to(members.start - first + index, out);
                    true
                })
        })
    }
}

#[inline]
fn list(
    length: usize,
    comma: &[u8],
    out: &mut Vec<u8>,
    append: impl Fn(usize, &mut Vec<u8>) -> bool,
) -> bool {
    out.push(b'[');
    for index in 0..length {
        if index > 0 {
            out.extend_from_slice(comma);
        }
        if !append(index, out) {
            return false;
        }
    }
    out.push(b']');
    true
}
