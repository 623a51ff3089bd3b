//! The columns of a table or struct, put together to objects.

use arrow_buffer::NullBuffer;
use datason_json::ser::plain::append_string;

use super::Weaver;
use super::copy::{Constant, SLACK, copy};
use super::selected::Selected;
use super::strand::Strand;
use crate::encode::column::Column;

/// Columns with their names.
pub(super) struct Object<'o, 'a> {
    weaver: Weaver<'o>,
    members: Vec<Member<'o, 'a>>,
    /// What stands behind the last cell of a row.
    end: Constant,
    /// What stands in the place of a row that is null.
    null: Constant,
    behind: &'o str,
    /// The rows last filled in, if some are null.
    valid: Vec<usize>,
}

struct Member<'o, 'a> {
    /// The name as JSON text, with the colon.
    name: Vec<u8>,
    strand: Strand<'o, 'a>,
    /// What stands before the cell, back to the cell before.
    before: Constant,
    /// Whether the cells were quoted when that was made.
    quoted: Option<bool>,
}

impl<'o, 'a> Object<'o, 'a> {
    /// Objects with `behind` behind each. `None` if there are too many columns, or a name is too
    /// long.
    pub(super) fn new<'n>(
        weaver: Weaver<'o>,
        columns: impl ExactSizeIterator<Item = (&'n str, &'o Column<'a>)>,
        behind: &'o str,
    ) -> Option<Self> {
        if columns.len() > weaver.config.max_size {
            return None;
        }
        let members = columns.map(|(name, column)| Member::new(weaver, name, column));
        let members: Vec<_> = members.collect::<Option<_>>()?;
        let end = Constant::new(&[b"{}", behind.as_bytes()]);
        let null = Constant::new(&[b"null", behind.as_bytes()]);
        Some(Self { weaver, members, end, null, behind, valid: Vec::new() })
    }

    /// Writes an object for each of `rows`, `null` where there is none, from the start of
    /// `window`, which grows as it has to, and tells where each ends, what stands behind it
    /// included. `None` if something is not plain.
    pub(super) fn weave(
        &mut self,
        nulls: Option<&NullBuffer>,
        rows: Selected<'_>,
        window: &mut Vec<u8>,
        mut ended: impl FnMut(usize),
    ) -> Option<()> {
        // What is null has no members, whatever the columns hold there.
        let mut valid = std::mem::take(&mut self.valid);
        let cells = self.fill(rows.valid(nulls, &mut valid));
        self.valid = valid;
        let cells = cells?;
        let around = self.members.iter().map(|member| member.before.len()).sum::<usize>();
        let around = (around + self.end.len()).max(self.null.len());
        let needed = cells + rows.len() * around + SLACK;
        if window.len() < needed {
            window.resize(needed, 0);
        }
        let texts = self.members.iter().map(|member| (&member.before, member.strand.texts()));
        let texts: Vec<_> = texts.collect();
        let (mut at, mut index) = (0, 0);
        rows.all(|row| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                at = self.null.copy_to(window, at);
            } else {
                for (before, texts) in &texts {
                    at = before.copy_to(window, at);
                    at = copy(window, at, texts.bytes(), texts.span(index));
                }
                at = self.end.copy_to(window, at);
                index += 1;
            }
            ended(at);
            true
        });
        Some(())
    }

    /// Makes the cells, and what stands between them; returns how long all cells are.
    fn fill(&mut self, rows: Selected<'_>) -> Option<usize> {
        let (mut length, mut changed) = (0, false);
        for member in &mut self.members {
            member.strand.fill(rows, self.weaver)?;
            let texts = member.strand.texts();
            length += texts.len();
            changed |= member.quoted.replace(texts.quoted) != Some(texts.quoted);
        }
        if changed {
            self.set_between();
        }
        Some(length)
    }

    /// What stands before each cell, the quotes of texts included, and behind the last.
    #[cold]
    fn set_between(&mut self) {
        let comma = self.weaver.spacing.comma().as_bytes();
        let quote = |quoted| if quoted { &b"\""[..] } else { b"" };
        let (mut first, mut open): (&[u8], _) = (b"{", false);
        for Member { name, before, quoted, .. } in &mut self.members {
            let quoted = *quoted == Some(true);
            *before = Constant::new(&[quote(open), first, name, quote(quoted)]);
            (first, open) = (comma, quoted);
        }
        self.end = Constant::new(&[quote(open), b"}", self.behind.as_bytes()]);
    }
}

impl<'o, 'a> Member<'o, 'a> {
    fn new(weaver: Weaver<'o>, name: &str, column: &'o Column<'a>) -> Option<Self> {
        let mut text = Vec::new();
        append_string(name, weaver.config.ensure_ascii, &mut text);
        text.extend_from_slice(weaver.spacing.colon().as_bytes());
        let fits = name.len() <= weaver.config.max_string_length;
        let strand = Strand::new(weaver, column, "")?;
        fits.then(|| Self { name: text, strand, before: Constant::default(), quoted: None })
    }
}
