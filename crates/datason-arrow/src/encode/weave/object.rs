//! The columns of a table or struct, put together to objects.

use std::ops::Range;

use arrow_buffer::NullBuffer;
use datason_json::ser::plain::append_string;
use datason_scan::Kernel;

use super::Weaver;
use super::copy::{Constant, SLACK, copy};
use super::selected::Selected;
use super::strand::{Quotes, Strand, Texts};
use crate::encode::column::{Column, Kind};

/// Columns with their names.
pub(super) struct Object<'o, 'a> {
    members: Vec<Member<'o, 'a>>,
    /// Which rows have no object.
    nulls: Option<&'o NullBuffer>,
    /// What stands behind the last cell of a row.
    end: Constant,
    /// What stands in the place of a row that is null.
    null: Constant,
    behind: &'o str,
    /// Whether what stands between the cells is of rows that were quoted otherwise.
    is_stale: bool,
    /// The rows last filled in, if some are null.
    valid: Vec<usize>,
}

struct Member<'o, 'a> {
    /// The name as JSON text, with the colon.
    name: Vec<u8>,
    cells: Cells<'o, 'a>,
    /// What stands before the cell, back to the cell before.
    before: Constant,
    /// Whether the cells that were filled in last are quoted.
    quoted: bool,
}

/// The cells of a member.
enum Cells<'o, 'a> {
    Texts(Box<Strand<'o, 'a>>),
    /// Objects, which are written in their place and nowhere else before.
    Objects(Box<Object<'o, 'a>>),
}

/// The rows of an object that have been filled in, to be written one after the other.
struct Lines<'s> {
    members: Vec<(&'s Constant, Written<'s>)>,
    end: &'s Constant,
    null: &'s Constant,
    nulls: Option<&'s NullBuffer>,
}

enum Written<'s> {
    Texts(Texts<'s>),
    /// Texts that get their quotes here, since some are null, or their escapes.
    Strings {
        texts: Texts<'s>,
        nulls: Option<&'s NullBuffer>,
        escape: bool,
    },
    Objects(Lines<'s>),
}

impl<'o, 'a> Object<'o, 'a> {
    /// Objects with `behind` behind each, but for `nulls`. `None` if there are too many columns,
    /// or a name is too long.
    pub(super) fn new<'n>(
        weaver: Weaver<'o>,
        columns: impl ExactSizeIterator<Item = (&'n str, &'o Column<'a>)>,
        nulls: Option<&'o NullBuffer>,
        behind: &'o str,
    ) -> Option<Self> {
        if columns.len() > weaver.config.max_size {
            return None;
        }
        let members = columns.map(|(name, column)| Member::new(weaver, name, column));
        let members: Vec<_> = members.collect::<Option<_>>()?;
        let end = Constant::new(&[b"{}", behind.as_bytes()]);
        let null = Constant::new(&[b"null", behind.as_bytes()]);
        let is_stale = !members.is_empty();
        Some(Self { members, nulls, end, null, behind, is_stale, valid: Vec::new() })
    }

    /// The objects of a column of structs.
    pub(super) fn of_struct(
        weaver: Weaver<'o>,
        fields: &'o [(&'a str, Column<'a>)],
        nulls: Option<&'o NullBuffer>,
        behind: &'o str,
    ) -> Option<Self> {
        Self::new(weaver, fields.iter().map(|(name, column)| (*name, column)), nulls, behind)
    }

    /// Writes an object for each of `rows`, `null` where there is none, from the start of
    /// `window`, which grows as it has to, and tells where each ends, what stands behind it
    /// included. `None` if something is not plain, or too much.
    pub(super) fn weave(
        &mut self,
        rows: Selected<'_>,
        weaver: Weaver<'_>,
        window: &mut Vec<u8>,
        mut ended: impl FnMut(usize),
    ) -> Option<()> {
        let needed = self.fill(rows, weaver)? + SLACK;
        if needed > weaver.most {
            return None;
        }
        if window.len() < needed {
            window.resize(needed, 0);
        }
        let (mut lines, mut at) = (self.lines(), 0);
        rows.all(|row| {
            at = lines.write(row, window, at);
            ended(at);
            true
        });
        Some(())
    }

    /// Makes the cells of `rows`, and what stands between them; returns how many bytes all of it
    /// takes at most.
    fn fill(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        // What is null has no members, whatever the columns hold there.
        let mut valid = std::mem::take(&mut self.valid);
        let chosen = rows.valid(self.nulls, &mut valid);
        let (objects, cells) = (chosen.len(), self.fill_members(chosen, weaver));
        self.valid = valid;
        let around = self.members.iter().map(|member| member.before.len()).sum::<usize>();
        let nulls = rows.len() - objects;
        Some(cells? + objects * (around + self.end.len()) + nulls * self.null.len())
    }

    fn fill_members(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        let mut length = 0;
        for Member { cells, quoted, .. } in &mut self.members {
            let is_quoted = match cells {
                Cells::Texts(strand) => {
                    length += strand.fill(rows, weaver)?;
                    matches!(strand.texts().quotes, Quotes::Everywhere)
                }
                Cells::Objects(object) => {
                    length += object.fill(rows, weaver)?;
                    false
                }
            };
            self.is_stale |= std::mem::replace(quoted, is_quoted) != is_quoted;
            if length > weaver.most {
                return None;
            }
        }
        if std::mem::take(&mut self.is_stale) {
            self.set_between(weaver.spacing.comma());
        }
        Some(length)
    }

    /// What stands before each cell, the quotes of texts included, and behind the last.
    #[cold]
    fn set_between(&mut self, comma: &str) {
        let quote = |quoted| if quoted { &b"\""[..] } else { b"" };
        let (mut first, mut open): (&[u8], _) = (b"{", false);
        for Member { name, before, quoted, .. } in &mut self.members {
            *before = Constant::new(&[quote(open), first, name, quote(*quoted)]);
            (first, open) = (comma.as_bytes(), *quoted);
        }
        self.end = Constant::new(&[quote(open), b"}", self.behind.as_bytes()]);
    }

    /// The rows last filled in.
    fn lines(&self) -> Lines<'_> {
        let members = self.members.iter().map(|Member { before, cells, .. }| {
            let written = match cells {
                Cells::Texts(strand) => {
                    let texts = strand.texts();
                    match texts.quotes {
                        Quotes::Around { nulls, escape } => {
                            Written::Strings { texts, nulls, escape }
                        }
                        _ => Written::Texts(texts),
                    }
                }
                Cells::Objects(object) => Written::Objects(object.lines()),
            };
            (before, written)
        });
        let members = members.collect();
        Lines { members, end: &self.end, null: &self.null, nulls: self.nulls }
    }
}

impl<'o, 'a> Member<'o, 'a> {
    fn new(weaver: Weaver<'o>, name: &str, column: &'o Column<'a>) -> Option<Self> {
        if name.len() > weaver.config.max_string_length {
            return None;
        }
        let mut text = Vec::new();
        append_string(name, weaver.config.ensure_ascii, &mut text);
        text.extend_from_slice(weaver.spacing.colon().as_bytes());
        let cells = match &column.kind {
            Kind::Struct(fields) => {
                Cells::Objects(Box::new(Object::of_struct(weaver, fields, column.nulls, "")?))
            }
            _ => Cells::Texts(Box::new(Strand::new(weaver, column, "")?)),
        };
        Some(Self { name: text, cells, before: Constant::default(), quoted: false })
    }
}

impl Lines<'_> {
    /// Writes `row`, the next, to `window[at..]`, and returns where it ends.
    fn write(&mut self, row: usize, window: &mut [u8], mut at: usize) -> usize {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return self.null.copy_to(window, at);
        }
        for (before, written) in &mut self.members {
            at = match written {
                Written::Texts(texts) => {
                    let (bytes, span) = texts.next();
                    before.copy_with(window, at, bytes, span)
                }
                Written::Strings { texts, nulls, escape } => {
                    let (bytes, span) = texts.next();
                    let at = before.copy_to(window, at);
                    if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                        write_null(window, at)
                    } else if *escape {
                        write_escaped(window, at, &bytes[span])
                    } else {
                        write_string(window, at, bytes, span)
                    }
                }
                Written::Objects(lines) => {
                    let at = before.copy_to(window, at);
                    lines.write(row, window, at)
                }
            };
        }
        self.end.copy_to(window, at)
    }
}

/// Writes the string at `bytes[span]` with its quotes to `window[at..]`, and returns where it ends.
#[inline]
fn write_string(window: &mut [u8], at: usize, bytes: &[u8], span: Range<usize>) -> usize {
    window[at] = b'"';
    let end = copy(window, at + 1, bytes, span);
    window[end] = b'"';
    end + 1
}

/// As [`write_string`], with the escapes that it needs. Kept out of the way of shorter cells.
#[inline(never)]
fn write_escaped(window: &mut [u8], at: usize, text: &[u8]) -> usize {
    window[at] = b'"';
    let start = at + 1;
    let end = start + Kernel::active().copy_escaped(text, &mut window[start..]);
    window[end] = b'"';
    end + 1
}

#[inline]
fn write_null(window: &mut [u8], at: usize) -> usize {
    window[at..at + 4].copy_from_slice(b"null");
    at + 4
}
