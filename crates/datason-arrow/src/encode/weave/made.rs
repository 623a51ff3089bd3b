//! Texts of cells that have to be made.

use std::ops::Range;

use arrow_array::{GenericStringArray, OffsetSizeTrait};
use datason_core::config::Config;
use datason_json::ser;
use datason_json::ser::plain::{
    append_float, append_string, first_to_escape, is_printable, put_integer, put_unsigned,
};
use datason_scan::{Kernel, Numeral};

use super::Weaver;
use super::copy::{Head, SLACK, Text, copy};
use super::lines::NULL;
use super::object::Object;
use super::selected::Selected;
use super::strand::Strand;
use crate::encode::cell::Cell as Value;
use crate::encode::column::{Column, Kind, Ranges, span};

/// The room for a number's text, or for `null`.
const SLOT: usize = 32;
/// Longer strings are looked at while they are copied.
const LONG: usize = 64;
/// As many numbers are made before they are lined up.
const LINED_UP: usize = 1 << 10;
/// As much of a string is written with its escapes at once.
const PIECE: usize = 4 << 10;

/// Texts that were made, one behind the other.
#[derive(Default)]
pub(super) struct Made {
    /// Behind the texts may be what is left of others.
    bytes: Vec<u8>,
    bounds: Vec<i32>,
    /// Numbers on their way to be texts.
    floats: Vec<f64>,
    integers: Vec<i64>,
    numerals: Vec<Numeral>,
}

/// Says that a text ends at `at`, with what stands behind it. Whether bounds can tell it.
#[inline]
fn push_bound(bounds: &mut Vec<i32>, at: usize) -> bool {
    let bound = i32::try_from(at);
    bounds.push(bound.unwrap_or(i32::MAX));
    bound.is_ok()
}

/// Writes `null` to a slot, and returns how long it is.
fn put_null(slot: &mut [u8; SLOT]) -> usize {
    slot[..NULL.len()].copy_from_slice(NULL);
    NULL.len()
}

/// Makes the texts of one column.
pub(super) struct Maker<'m, 'o, 'a> {
    made: &'m mut Made,
    column: &'o Column<'a>,
    weaver: Weaver<'m>,
    /// What stands behind each text.
    behind: Head,
}

impl Made {
    /// The texts, and where each begins and one behind the last would.
    pub(super) fn texts(&self) -> (&[u8], &[i32]) {
        (&self.bytes, &self.bounds)
    }

    /// The numbers.
    pub(super) fn numerals(&self) -> &[Numeral] {
        &self.numerals
    }

    /// Forgets the texts; what comes now are those of `column`.
    pub(super) fn begin<'m, 'o, 'a>(
        &'m mut self,
        column: &'o Column<'a>,
        weaver: Weaver<'m>,
        behind: Head,
    ) -> Maker<'m, 'o, 'a> {
        self.bounds.clear();
        self.bounds.push(0);
        Maker { made: self, column, weaver, behind }
    }
}

/// The members of the lists of `rows`: a run, or `each` of those that it is filled with. `None` if
/// a list is too long.
pub(super) fn members_of<'e>(
    column: &Column<'_>,
    ranges: &Ranges<'_>,
    rows: Selected<'_>,
    weaver: Weaver<'_>,
    each: &'e mut Vec<usize>,
) -> Option<Selected<'e>> {
    let (mut run, mut is_run) = (None::<Range<usize>>, true);
    let limit = weaver.config.max_size;
    let fit = rows.all(|row| {
        if column.is_null(row) {
            return true;
        }
        let members = ranges.get(row);
        let before = run.get_or_insert(members.start..members.start);
        is_run &= before.end == members.start;
        before.end = members.end;
        members.len() <= limit
    });
    if !fit {
        return None;
    }
    if is_run {
        return Some(Selected::run(run.unwrap_or_default()));
    }
    rows.all(|row| {
        if !column.is_null(row) {
            each.extend(ranges.get(row));
        }
        true
    });
    Some(Selected::Each(each))
}

/// A buffer that is written from its start, over what it has.
struct Window<'w> {
    bytes: &'w mut Vec<u8>,
    at: usize,
}

impl<'w> Window<'w> {
    const fn new(bytes: &'w mut Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    fn make_room(&mut self, length: usize) {
        let needed = self.at + length + SLACK;
        if needed > self.bytes.len() {
            self.bytes.resize(needed.max(2 * self.bytes.len()), 0);
        }
    }

    /// The next bytes, of which there must be room for.
    #[inline]
    fn slot(&mut self) -> &mut [u8; SLOT] {
        self.bytes[self.at..].first_chunk_mut().expect("room was made")
    }

    /// Writes `byte`, for which there is room.
    #[inline]
    fn push(&mut self, byte: u8) {
        self.bytes[self.at] = byte;
        self.at += 1;
    }

    /// Copies `text`, for which there is room.
    #[inline]
    fn put(&mut self, text: &Head) {
        self.at = text.copy_to(self.bytes, self.at);
    }

    /// Copies `bytes[span]`, for which there is room.
    #[inline]
    fn copy(&mut self, bytes: &[u8], span: Range<usize>) {
        let text = Text { bytes, start: span.start, length: span.len() };
        self.at = copy(self.bytes, self.at, text);
    }

    /// Copies `text` with its escapes, and makes room for that and for `behind` bytes behind it.
    fn escape(&mut self, text: &[u8], behind: usize) {
        // Some at a time: all of them could take six times as much.
        for piece in text.chunks(PIECE) {
            self.make_room(Kernel::room_to_escape(piece.len()) + behind);
            self.at += Kernel::active().copy_escaped(piece, &mut self.bytes[self.at..]);
        }
    }
}

/// Where strings need escapes, found for many of them at once.
struct Dirty<'b> {
    bytes: &'b [u8],
    /// The first byte that needs an escape behind the strings that were asked for, if it was looked
    /// for.
    next: Option<usize>,
}

impl Dirty<'_> {
    /// Whether the string at `span` needs no escape. To be asked in ascending order.
    #[inline]
    fn is_clean(&mut self, span: &Range<usize>) -> bool {
        let next = match self.next {
            Some(next) if span.start <= next => next,
            _ => self.look_from(span.start),
        };
        span.end <= next
    }

    fn look_from(&mut self, start: usize) -> usize {
        let found = first_to_escape(&self.bytes[start..]);
        *self.next.insert(found.map_or(self.bytes.len(), |at| start + at))
    }
}

impl Maker<'_, '_, '_> {
    /// Texts of plain values.
    pub(super) fn cells(&mut self, rows: Selected<'_>) -> Option<()> {
        match &self.column.kind {
            // Those in lists; others are lent.
            Kind::Bool(truths) => self.each(rows, |row, out| {
                let word = if truths.value(row) { "true" } else { "false" };
                out.extend_from_slice(word.as_bytes());
                true
            }),
            Kind::Text(texts) => self.strings(texts, rows),
            Kind::LargeText(texts) => self.strings(texts, rows),
            Kind::TextView(texts) => self.each_string(rows, |row| texts.value(row)),
            _ if self.line_up(rows)? => Some(()),
            _ => self.general(rows),
        }
    }

    /// Makes the texts of numbers, each by itself. Whether the column is of numbers.
    pub(super) fn numbers(&mut self, rows: Selected<'_>) -> Option<bool> {
        self.made.numerals.clear();
        macro_rules! integers {
            ($numbers:expr) => {
                self.integers(
                    rows,
                    |row| $numbers[row].into(),
                    |row, slot| put_integer($numbers[row].into(), slot),
                )
            };
        }
        match &self.column.kind {
            Kind::Int8(numbers) => integers!(numbers),
            Kind::Int16(numbers) => integers!(numbers),
            Kind::Int32(numbers) => integers!(numbers),
            Kind::Int64(numbers) => integers!(numbers),
            Kind::UInt8(numbers) => integers!(numbers),
            Kind::UInt16(numbers) => integers!(numbers),
            Kind::UInt32(numbers) => integers!(numbers),
            Kind::UInt64(numbers) => self.integers(
                rows,
                // What is too large for this is left to the other.
                |row| i64::try_from(numbers[row]).unwrap_or(i64::MIN),
                |row, slot| put_unsigned(numbers[row], slot),
            ),
            Kind::Float32(numbers) => self.floats(rows, |row| numbers[row].into())?,
            Kind::Float64(numbers) => self.floats(rows, |row| numbers[row])?,
            _ => return Some(false),
        }
        Some(true)
    }

    /// Numbers one behind the other, some at a time: by themselves they take much more room. Whether
    /// the column is of numbers.
    fn line_up(&mut self, rows: Selected<'_>) -> Option<bool> {
        let mut at = 0;
        for start in (0..rows.len()).step_by(LINED_UP) {
            let end = rows.len().min(start + LINED_UP);
            if !self.numbers(rows.part(start..end))? {
                return Some(false);
            }
            let Made { bytes, bounds, numerals, .. } = &mut *self.made;
            let mut window = Window { bytes, at };
            window.make_room(numerals.len() * (Numeral::MOST + self.behind.len()));
            for numeral in numerals {
                *window.slot() = *numeral.bytes();
                window.at += numeral.len();
                window.put(&self.behind);
                if window.at > self.weaver.most || !push_bound(bounds, window.at) {
                    return None;
                }
            }
            at = window.at;
        }
        Some(true)
    }

    /// Objects, which `object` makes.
    pub(super) fn objects(
        &mut self,
        object: &mut Object<'_, '_>,
        rows: Selected<'_>,
    ) -> Option<()> {
        let mut ends = Vec::new();
        object.weave(rows, self.weaver, &mut self.made.bytes, &mut ends)?;
        ends.iter().all(|end| push_bound(&mut self.made.bounds, *end)).then_some(())
    }

    /// Lists within lists, whose members lie one behind the other, and have the comma behind each.
    pub(super) fn lists(
        &mut self,
        ranges: &Ranges<'_>,
        members: &mut Strand<'_, '_>,
        rows: Selected<'_>,
    ) -> Option<()> {
        let mut each = Vec::new();
        let selected = members_of(self.column, ranges, rows, self.weaver, &mut each)?;
        let comma = members.behind().len();
        let (bytes, bounds) = members.make(selected, self.weaver)?;
        let mut next = 0;
        self.each(rows, |row, out| {
            let count = ranges.get(row).len();
            let texts = span(bounds[next], bounds[next + count]);
            next += count;
            out.push(b'[');
            if count > 0 {
                out.extend_from_slice(&bytes[texts.start..texts.end - comma]);
            }
            out.push(b']');
            true
        })
    }

    /// `append` writes the text of one row that is not null, or says that it cannot.
    #[inline]
    fn each(
        &mut self,
        rows: Selected<'_>,
        mut append: impl FnMut(usize, &mut Vec<u8>) -> bool,
    ) -> Option<()> {
        self.made.bytes.clear();
        self.made.bytes.reserve(rows.len() * (8 + self.behind.len()));
        self.made.bounds.reserve(rows.len());
        let all = rows.all(|row| {
            if self.column.is_null(row) {
                self.made.bytes.extend_from_slice(NULL);
            } else if !append(row, &mut self.made.bytes) {
                return false;
            }
            if self.behind.len() > 0 {
                self.made.bytes.extend_from_slice(self.behind.text());
            }
            let end = self.made.bytes.len();
            end <= self.weaver.most && push_bound(&mut self.made.bounds, end)
        });
        all.then_some(())
    }

    /// The serializer's texts, if it has no objection.
    fn general(&mut self, rows: Selected<'_>) -> Option<()> {
        let (column, Weaver { config, spacing, .. }) = (self.column, self.weaver);
        self.each(rows, |row, out| {
            ser::append(&Value { column, row }, config, spacing.into(), out).is_ok()
        })
    }

    /// Integers, most of them many at once; the others are written by `put`, as is `i64::MIN`.
    fn integers(
        &mut self,
        rows: Selected<'_>,
        get: impl Fn(usize) -> i64,
        put: impl Fn(usize, &mut [u8; SLOT]) -> usize,
    ) {
        let column = self.column;
        let Made { integers, numerals, .. } = &mut *self.made;
        rows.collect_or(i64::MIN, column.nulls, get, integers);
        let general = |index| {
            let row = rows.nth(index);
            Numeral::written(
                |slot| if column.is_null(row) { put_null(slot) } else { put(row, slot) },
            )
        };
        Kernel::active().spell_integers(integers, general, numerals);
    }

    /// Floats, most of them many at once.
    fn floats(&mut self, rows: Selected<'_>, get: impl Fn(usize) -> f64) -> Option<()> {
        let (column, Weaver { config, spacing, .. }) = (self.column, self.weaver);
        let Made { floats, numerals, .. } = &mut *self.made;
        rows.collect_or(f64::NAN, column.nulls, get, floats);
        let (mut text, mut refused, null) = (Vec::new(), false, Numeral::new(NULL)?);
        let general = |index: usize| {
            text.clear();
            if !append_float(floats[index], &mut text) {
                let row = rows.nth(index);
                if column.is_null(row) {
                    return null;
                }
                refused |=
                    ser::append(&Value { column, row }, config, spacing.into(), &mut text).is_err();
            }
            Numeral::new(&text).unwrap_or_else(|| {
                refused = true;
                null
            })
        };
        Kernel::active().spell_floats(floats, general, numerals);
        (!refused).then_some(())
    }

    /// Strings that lie one behind the other: those without escapes are copied as they are.
    fn strings<O: OffsetSizeTrait>(
        &mut self,
        texts: &GenericStringArray<O>,
        rows: Selected<'_>,
    ) -> Option<()> {
        let Range { start: first, end: last } = rows.span();
        let (bytes, bounds) = (texts.value_data(), texts.value_offsets());
        let (start, end) = (bounds[first].as_usize(), bounds[last].as_usize());
        let Config { ensure_ascii, max_string_length: limit, .. } = *self.weaver.config;
        if ensure_ascii && !is_printable(&bytes[start..end]) {
            return self.each_string(rows, |row| texts.value(row));
        }
        let mut window = Window::new(&mut self.made.bytes);
        let mut dirty = Dirty { bytes: &bytes[..end], next: None };
        let behind = self.behind;
        self.made.bounds.reserve(rows.len());
        window.make_room(end - start + rows.len() * (4 + self.behind.len()));
        let all = rows.all(|row| {
            let text = bounds[row].as_usize()..bounds[row + 1].as_usize();
            window.make_room(text.len() + 4 + self.behind.len());
            if self.column.is_null(row) {
                window.at += put_null(window.slot());
            } else if text.len() > limit {
                return false;
            } else {
                window.push(b'"');
                if text.len() <= LONG && dirty.is_clean(&text) {
                    window.copy(bytes, text);
                } else {
                    window.escape(&bytes[text], 1 + self.behind.len());
                }
                window.push(b'"');
            }
            window.put(&behind);
            window.at <= self.weaver.most && push_bound(&mut self.made.bounds, window.at)
        });
        all.then_some(())
    }

    /// Strings that lie anywhere.
    fn each_string<'t>(
        &mut self,
        rows: Selected<'_>,
        text: impl Fn(usize) -> &'t str,
    ) -> Option<()> {
        let config = self.weaver.config;
        self.each(rows, |row, out| {
            let text = text(row);
            append_string(text, config.ensure_ascii, out);
            text.len() <= config.max_string_length
        })
    }
}
