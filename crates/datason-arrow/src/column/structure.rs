//! Objects: a column for each member.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::{ArrowError, Fields};
use datason_core::{Error, ErrorKind, Result};

use super::cursor::{Cursor, Notes, Outcome, Refusal, Why};
use super::extras::Extra;
use super::keys::Keys;
use super::located::Pass;
use super::{Column, Slot};
use crate::decoder::{OnDuplicate, OnExtra, Rules};
use datason_scan::{Text, Token, Tokens};

/// A column of objects.
pub(crate) struct Structure {
    keys: Keys,
    names: Fields,
    members: Vec<Member>,
    /// The members that are read.
    fields: Fields,
    extra: OnExtra,
    duplicate: OnDuplicate,
    /// Counts the objects, so that no member has to be reset between them.
    stamp: u64,
    rows: usize,
    validity: NullBufferBuilder,
    /// How many nulls have been located, the last of the objects, that the members do not know
    /// of: mostly one follows another, and there may be many members.
    untold: usize,
    /// Whether the last object had nothing but one value for each of some members.
    is_plain: bool,
}

struct Member {
    slot: Slot,
    /// Whether it is kept, or only checked.
    kept: bool,
    /// The last object that had this member.
    stamp: u64,
    /// Which of the extra members that were noted stand in its value; only if they are kept.
    extras: Range<usize>,
}

impl Member {
    fn read_noting_extras(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let noted = cursor.extras().len();
        self.slot.read(cursor)?;
        self.extras = noted..cursor.extras().len();
        Ok(())
    }
}

impl Structure {
    /// Objects with `fields`, of which only those named in `selected` are kept, if it is given.
    pub(crate) fn new(fields: &Fields, selected: Option<&[String]>, rules: &Rules) -> Result<Self> {
        let kept = |name: &String| selected.is_none_or(|selected| selected.contains(name));
        let (mut members, mut names) = (Vec::with_capacity(fields.len()), HashSet::new());
        for field in fields {
            if !names.insert(field.name()) {
                return Err(two_of_a_name(field.name()));
            }
            let kept = kept(field.name());
            let slot = if kept { Slot::new(field, rules)? } else { Slot::skipped() };
            members.push(Member { slot, kept, stamp: 0, extras: 0..0 });
        }
        Ok(Self {
            keys: Keys::new(fields),
            names: fields.clone(),
            members,
            fields: fields.iter().filter(|field| kept(field.name())).cloned().collect(),
            extra: rules.extra,
            duplicate: rules.duplicate,
            stamp: 0,
            rows: 0,
            validity: NullBufferBuilder::new(0),
            untold: 0,
            is_plain: false,
        })
    }

    /// The number of members, if none of them holds other values.
    pub(crate) fn flat_width(&self) -> Option<usize> {
        let flat = self.members.iter().all(|member| member.slot.is_leaf());
        (flat && !self.members.is_empty()).then_some(self.members.len())
    }

    /// Whether member `at` may be null.
    pub(crate) fn is_nullable(&self, at: usize) -> bool {
        self.members[at].slot.is_nullable()
    }

    /// Locates the values of the object that all of `span` is, and writes their places to
    /// `row`, extra members that are kept to `notes`. Whether there was nothing else in the
    /// object.
    pub(crate) fn locate_row(
        &mut self,
        text: Text<'_>,
        span: Range<usize>,
        levels: usize,
        row: &mut [Token],
        notes: &mut Notes,
    ) -> Outcome<bool> {
        let mut cursor = Cursor::new(text, span, levels, Pass::Locate, notes);
        self.is_plain = true;
        cursor.space();
        self.read_object(&mut cursor)?;
        cursor.finish()?;
        for (cell, member) in row.iter_mut().zip(&mut self.members) {
            *cell = member.slot.take_located();
        }
        Ok(self.is_plain)
    }

    /// Appends the values whose places are `cells`, row after row. As
    /// [`Column::append`].
    pub(crate) fn append_rows(&mut self, cells: &[Token], text: Text<'_>) -> bool {
        let width = self.members.len();
        self.rows += cells.len() / width;
        let mut members = self.members.iter_mut().enumerate();
        members.all(|(at, member)| member.slot.append(Tokens::column(cells, at, width), text))
    }

    /// The members that are read.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The columns of the members that are read. The structure is empty after that.
    pub(crate) fn finish_members(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.rows = 0;
        let kept = self.members.iter_mut().filter(|member| member.kept);
        kept.map(|member| member.slot.finish()).collect()
    }

    /// Appends to the members the nulls that they do not know of.
    #[inline]
    fn tell_members(&mut self) {
        let untold = std::mem::take(&mut self.untold);
        if untold > 0 {
            self.slots().for_each(|slot| slot.nulls(untold, Pass::Locate));
        }
    }

    fn slots(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.members.iter_mut().map(|member| &mut member.slot)
    }

    /// Reads the object at the cursor and fills what it lacks.
    #[inline]
    fn read_object(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'{' {
            return Err(cursor.mismatch("an object"));
        }
        let start = cursor.at();
        self.stamp += 1;
        if self.read_members(cursor)? < self.members.len() {
            self.fill_missing(start, cursor.pass_of_values())?;
        }
        Ok(())
    }

    /// Reads the members of the object at the cursor, and counts those it knows.
    #[inline]
    fn read_members(&mut self, cursor: &mut Cursor<'_>) -> Outcome<usize> {
        cursor.open(b'{')?;
        if cursor.close(b'}') {
            return Ok(0);
        }
        let (mut before, mut count) = (0, 0);
        let mut start = cursor.at();
        let mut found = self.keys.next(cursor, before)?;
        loop {
            match found {
                Some(at) => {
                    count += usize::from(self.read_member(at, start, cursor)?);
                    before = at + 1;
                }
                None => self.pass_extra(start, cursor)?,
            }
            // Mostly a comma and the usual key follow: one comparison for both.
            start = cursor.at() + 1;
            found = self.keys.next_of_usual(cursor, before);
            if found.is_none() {
                if !cursor.another(b'}')? {
                    return Ok(count);
                }
                start = cursor.at();
                found = self.keys.next(cursor, before)?;
            }
        }
    }

    /// Reads the value of member `at`. Whether the object had none before.
    #[inline]
    fn read_member(&mut self, at: usize, start: usize, cursor: &mut Cursor<'_>) -> Outcome<bool> {
        let member = &mut self.members[at];
        if member.stamp == self.stamp {
            return self.read_again(at, start, cursor).map(|()| false);
        }
        member.stamp = self.stamp;
        if !member.kept && matches!(cursor.peek(), b'{' | b'[') {
            // What is not kept may be a container where the schema has none.
            self.is_plain = false;
            cursor.skip()?;
            member.slot.nulls(1, cursor.pass_of_values());
        } else if self.extra == OnExtra::Keep {
            member.read_noting_extras(cursor)?;
        } else {
            member.slot.read(cursor)?;
        }
        Ok(true)
    }

    #[cold]
    fn read_again(&mut self, at: usize, start: usize, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.pass_of_values() == Pass::Locate {
            // The value that has been located would have to be taken back.
            return Err(Refusal::new(Why::Reject, start, "a key comes twice"));
        }
        match (self.duplicate, &mut self.members[at]) {
            (OnDuplicate::Error, _) => {
                let message = format!("the key `{}` comes twice", self.names[at].name());
                Err(Refusal::new(Why::Reject, start, message))
            }
            (OnDuplicate::Last, member @ Member { kept: true, .. }) => {
                // What the value had that does not count does not count either.
                cursor.extras()[member.extras.clone()].iter_mut().for_each(Extra::forget);
                member.slot.truncate(self.rows);
                member.read_noting_extras(cursor)
            }
            _ => cursor.skip(),
        }
    }

    fn pass_extra(&mut self, start: usize, cursor: &mut Cursor<'_>) -> Outcome {
        self.is_plain = false;
        match self.extra {
            OnExtra::Skip => cursor.skip(),
            OnExtra::Keep => cursor.keep_extra(start),
            OnExtra::Error => {
                let message = "the schema has no field of this name";
                Err(Refusal::new(Why::Reject, start, message))
            }
        }
    }

    #[cold]
    fn fill_missing(&mut self, at: usize, pass: Pass) -> Outcome {
        for (member, field) in self.members.iter_mut().zip(&self.names) {
            if member.stamp == self.stamp {
                continue;
            }
            if !member.slot.absent(pass) {
                let message = format!("the field `{}` is missing", field.name());
                return Err(Refusal::new(Why::Reject, at, message));
            }
        }
        Ok(())
    }
}

impl Column for Structure {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        self.tell_members();
        self.read_object(cursor)?;
        self.rows += 1;
        self.validity.append_non_null();
        Ok(())
    }

    fn nulls(&mut self, count: usize, pass: Pass) {
        match pass {
            Pass::Append => self.slots().for_each(|slot| slot.nulls(count, pass)),
            Pass::Locate => self.untold += count,
        }
        self.rows += count;
        self.validity.append_n_nulls(count);
    }

    fn append_inner(&mut self, text: Text<'_>) -> bool {
        self.tell_members();
        self.slots().all(|slot| slot.append_located(text))
    }

    fn truncate(&mut self, rows: usize) {
        self.untold = 0;
        for slot in self.slots() {
            slot.truncate(rows);
        }
        self.rows = self.rows.min(rows);
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = self.rows;
        let (members, validity) = (self.finish_members()?, self.validity.finish());
        let fields = self.fields.clone();
        Ok(Arc::new(StructArray::try_new_with_length(fields, members, validity, rows)?))
    }
}

#[cold]
fn two_of_a_name(name: &str) -> Error {
    Error::new(ErrorKind::Schema, format!("the schema has two fields named `{name}`"))
}
