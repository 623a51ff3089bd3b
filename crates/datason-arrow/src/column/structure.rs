//! Objects: a column for each member.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::{ArrowError, Fields};
use datason_core::{Error, ErrorKind, Result};

use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::keys::Keys;
use super::{Column, Slot};
use crate::decoder::{OnDuplicate, OnExtra, Rules};

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
}

struct Member {
    /// `None` for a member that is checked and not kept.
    slot: Option<Slot>,
    /// The last object that had this member.
    stamp: u64,
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
            let slot = if kept(field.name()) { Some(Slot::new(field, rules)?) } else { None };
            members.push(Member { slot, stamp: 0 });
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
        })
    }

    /// The members that are read.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The columns of the members that are read. The structure is empty after that.
    pub(crate) fn finish_members(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.rows = 0;
        let slots = self.members.iter_mut().filter_map(|member| member.slot.as_mut());
        slots.map(|slot| slot.column.finish()).collect()
    }

    /// Reads the members of the object at the cursor, and counts those it knows.
    #[inline]
    fn read_members(&mut self, cursor: &mut Cursor<'_>) -> Outcome<usize> {
        cursor.open(b'{')?;
        if cursor.close(b'}') {
            return Ok(0);
        }
        let (mut before, mut count) = (0, 0);
        loop {
            let start = cursor.at();
            let found = self.keys.next(cursor, before)?;
            cursor.colon()?;
            match found {
                Some(at) => {
                    count += usize::from(self.read_member(at, start, cursor)?);
                    before = at + 1;
                }
                None => self.pass_extra(start, cursor)?,
            }
            if !cursor.another(b'}')? {
                return Ok(count);
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
        match &mut member.slot {
            Some(slot) => slot.read(cursor)?,
            None => cursor.skip()?,
        }
        Ok(true)
    }

    #[cold]
    fn read_again(&mut self, at: usize, start: usize, cursor: &mut Cursor<'_>) -> Outcome {
        match (self.duplicate, &mut self.members[at].slot) {
            (OnDuplicate::Error, _) => {
                let message = format!("the key `{}` comes twice", self.names[at].name());
                Err(Refusal::new(Why::Reject, start, message))
            }
            (OnDuplicate::Last, Some(slot)) => {
                slot.column.truncate(self.rows);
                slot.read(cursor)
            }
            _ => cursor.skip(),
        }
    }

    fn pass_extra(&self, start: usize, cursor: &mut Cursor<'_>) -> Outcome {
        match self.extra {
            OnExtra::Skip => cursor.skip(),
            OnExtra::Error => {
                let message = "the schema has no field of this name";
                Err(Refusal::new(Why::Reject, start, message))
            }
        }
    }

    #[cold]
    fn fill_missing(&mut self, at: usize) -> Outcome {
        for (member, field) in self.members.iter_mut().zip(&self.names) {
            if member.stamp == self.stamp {
                continue;
            }
            if let Some(slot) = &mut member.slot
                && !slot.absent()
            {
                let message = format!("the field `{}` is missing", field.name());
                return Err(Refusal::new(Why::Reject, at, message));
            }
        }
        Ok(())
    }
}

impl Column for Structure {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'{' {
            return Err(cursor.mismatch("an object"));
        }
        let start = cursor.at();
        self.stamp += 1;
        if self.read_members(cursor)? < self.members.len() {
            self.fill_missing(start)?;
        }
        self.rows += 1;
        self.validity.append_non_null();
        Ok(())
    }

    fn null(&mut self) {
        for slot in self.members.iter_mut().filter_map(|member| member.slot.as_mut()) {
            slot.column.null();
        }
        self.rows += 1;
        self.validity.append_null();
    }

    fn truncate(&mut self, rows: usize) {
        for slot in self.members.iter_mut().filter_map(|member| member.slot.as_mut()) {
            slot.column.truncate(rows);
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
