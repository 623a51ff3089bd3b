//! The columns of a table or struct, put together to objects.

use arrow_buffer::NullBuffer;
use datason_json::ser::plain::append_string;

use super::Weaver;
use super::copy::{Constant, SLACK};
use super::lines::{Lines, NULL};
use super::selected::Selected;
use super::strand::Strand;
use crate::encode::column::{Column, Kind};

/// Columns with their names.
pub(super) struct Object<'o, 'a> {
    members: Vec<Member<'o, 'a>>,
    /// Which rows have no object.
    nulls: Option<&'o NullBuffer>,
    /// What stands behind the last cell of a row; nothing if that stands before the next cell of
    /// an object around this.
    end: Constant,
    behind: &'o str,
    /// What stands behind each row, null or not, if some are null.
    tail: Constant,
    /// Whether what stands between the cells is of rows that were quoted otherwise.
    is_stale: bool,
    /// The rows last filled in, if some are null.
    valid: Vec<usize>,
    /// How many of the rows last filled in have objects.
    present: usize,
    /// How many of them are null.
    absent: usize,
}

struct Member<'o, 'a> {
    /// The name as JSON text, with the colon.
    name: Vec<u8>,
    content: Content<'o, 'a>,
    /// What stands before the cell, back to the cell before.
    before: Constant,
    /// Whether the cells that were filled in last are quoted.
    quoted: bool,
}

/// The cells of a member.
enum Content<'o, 'a> {
    Texts(Box<Strand<'o, 'a>>),
    /// Objects, which are written in their place and nowhere else before.
    Objects(Box<Object<'o, 'a>>),
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
        Some(Self {
            members: members.collect::<Option<_>>()?,
            nulls,
            end: Constant::default(),
            behind,
            tail: Constant::default(),
            is_stale: true,
            valid: Vec::new(),
            present: 0,
            absent: 0,
        })
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
    /// `window`, which grows as it has to, and appends to `ends` where each ends, what stands
    /// behind it included. `None` if something is not plain, or too much.
    pub(super) fn weave(
        &mut self,
        rows: Selected<'_>,
        weaver: Weaver<'_>,
        window: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> Option<()> {
        let texts = self.fill(rows, weaver)?;
        if std::mem::take(&mut self.is_stale) {
            let end = self.set_between(Vec::new(), weaver.spacing.comma());
            self.set_end(&end);
        }
        let needed = texts + self.length_between() + SLACK;
        if needed > weaver.most {
            return None;
        }
        if window.len() < needed {
            window.resize(needed, 0);
        }
        let mut lines = Lines::default();
        match self.nulls {
            None => self.push_members(&mut lines),
            Some(nulls) => {
                lines.push_objects(Constant::EMPTY, nulls, |lines| self.push_members(lines));
            }
        }
        lines.push_text(&self.tail);
        lines.write(rows, window, ends);
        Some(())
    }

    /// Makes the cells of `rows`, and returns how many bytes they take at most.
    fn fill(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        // What is null has no members, whatever the columns hold there.
        let mut valid = std::mem::take(&mut self.valid);
        let chosen = rows.valid(self.nulls, &mut valid);
        (self.present, self.absent) = (chosen.len(), rows.len() - chosen.len());
        let length = self.fill_members(chosen, weaver);
        self.valid = valid;
        length
    }

    fn fill_members(&mut self, rows: Selected<'_>, weaver: Weaver<'_>) -> Option<usize> {
        let mut length = 0;
        for Member { content, quoted, .. } in &mut self.members {
            self.is_stale |= match content {
                Content::Texts(strand) => {
                    length += strand.fill(rows, weaver)?;
                    let is_quoted = strand.is_quoted();
                    std::mem::replace(quoted, is_quoted) != is_quoted
                }
                Content::Objects(object) => {
                    length += object.fill(rows, weaver)?;
                    std::mem::take(&mut object.is_stale)
                }
            };
            if length > weaver.most {
                return None;
            }
        }
        Some(length)
    }

    /// Sets what stands before each cell, quotes included; `open` stands before the object.
    /// Returns what stands behind the last cell.
    #[cold]
    fn set_between(&mut self, mut open: Vec<u8>, comma: &str) -> Vec<u8> {
        let mut first = &b"{"[..];
        for Member { name, content, before, quoted } in &mut self.members {
            open.extend_from_slice(std::mem::replace(&mut first, comma.as_bytes()));
            open.extend_from_slice(name);
            let quote = if *quoted { &b"\""[..] } else { b"" };
            open = match content {
                Content::Objects(object) if object.nulls.is_none() => {
                    object.set_between(open, comma)
                }
                Content::Objects(object) => {
                    *before = Constant::new(&[&open]);
                    object.end = Constant::new(&[&object.set_between(Vec::new(), comma)]);
                    Vec::new()
                }
                Content::Texts(_) => {
                    *before = Constant::new(&[&open, quote]);
                    quote.to_vec()
                }
            };
        }
        if self.members.is_empty() {
            open.extend_from_slice(first);
        }
        open.push(b'}');
        open
    }

    /// Sets what stands behind the last cell of a row, which is `end` and what is behind all rows:
    /// together, unless that must stand behind nulls, too.
    fn set_end(&mut self, end: &[u8]) {
        let behind = self.behind.as_bytes();
        (self.end, self.tail) = match self.nulls {
            None => (Constant::new(&[end, behind]), Constant::default()),
            Some(_) => (Constant::new(&[end]), Constant::new(&[behind])),
        };
    }

    /// How many bytes stand between the cells last filled in, and in the place of nulls.
    fn length_between(&self) -> usize {
        let [mut each, mut all] = [self.end.len(), 0];
        for Member { before, content, .. } in &self.members {
            each += before.len();
            if let Content::Objects(object) = content {
                all += object.length_between();
            }
        }
        let rows = self.present + self.absent;
        all + self.present * each + self.absent * NULL.len() + rows * self.tail.len()
    }

    /// How the objects of the rows last filled in are written, but for nulls.
    fn push_members<'s>(&'s self, lines: &mut Lines<'s>) {
        for Member { before, content, .. } in &self.members {
            match content {
                Content::Texts(strand) => lines.push(before, strand.cells()),
                Content::Objects(object) => match object.nulls {
                    None => object.push_members(lines),
                    Some(nulls) => {
                        lines.push_objects(before, nulls, |lines| object.push_members(lines));
                    }
                },
            }
        }
        lines.push_text(&self.end);
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
        let content = match &column.kind {
            Kind::Struct(fields) => {
                Content::Objects(Box::new(Object::of_struct(weaver, fields, column.nulls, "")?))
            }
            _ => Content::Texts(Box::new(Strand::new(weaver, column, "")?)),
        };
        Some(Self { name: text, content, before: Constant::default(), quoted: false })
    }
}
