//! What has been seen of the values at one place, and what two such pictures make together.

use std::collections::HashMap;

use datason_core::{Error, ErrorKind, Position, Record, Result};

use super::infer::JsonKind;
use crate::column::cursor::{Cursor, Outcome};

/// The values seen at one place of the records.
///
/// Everything in it is a union, a minimum or a sum, so pictures of parts of the input can be
/// merged in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// How many values there were, null among them.
    pub(super) count: u64,
    /// The first of each kind, in the order of [`JsonKind`].
    pub(super) first: [Option<Position>; JsonKind::COUNT],
    pub(super) integers: Integers,
    pub(super) items: Option<Box<Node>>,
    pub(super) members: Option<Box<Members>>,
}

/// What must be known of integers to choose a type that holds them all.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of what was seen")]
pub(super) struct Integers {
    pub(super) negative: bool,
    /// One is above the largest `i64`.
    pub(super) above_i64: bool,
    /// One does not fit into 64 bits, with or without sign.
    pub(super) beyond_64: bool,
    /// One cannot be told from its neighbour as an `f64`.
    pub(super) beyond_f64: bool,
}

/// The members of the objects at one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// How many objects there were.
    pub(super) objects: u64,
    pub(super) list: Vec<Member>,
    places: HashMap<Box<[u8]>, usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Box<[u8]>,
    /// How many objects had it.
    pub(super) objects: u64,
    /// The foremost place it had in an object: fields are ordered by that, and do not depend on
    /// the order of records.
    pub(super) place: usize,
    pub(super) node: Node,
    /// The number of the last object that had it.
    stamp: u64,
}

/// What a walk through one record needs beside the picture.
pub(super) struct Watch<'a> {
    pub(super) record: Record<'a>,
    pub(super) scratch: Vec<u8>,
    /// How many members may still be added.
    pub(super) room: usize,
}

impl Node {
    /// Adds the value at the cursor, which is known to be JSON.
    pub(super) fn observe(&mut self, cursor: &mut Cursor<'_>, watch: &mut Watch<'_>) -> Outcome {
        self.count += 1;
        let kind = match cursor.peek() {
            b'{' => JsonKind::Object,
            b'[' => JsonKind::Array,
            b'"' => JsonKind::String,
            b't' | b'f' => JsonKind::Boolean,
            b'n' => JsonKind::Null,
            _ => return self.observe_number(cursor, watch),
        };
        self.note(kind, watch.record);
        match kind {
            JsonKind::Object => self.members.get_or_insert_default().observe(cursor, watch),
            JsonKind::Array => {
                cursor.open(b'[')?;
                let items = self.items.get_or_insert_default();
                if cursor.close(b']') {
                    return Ok(());
                }
                loop {
                    items.observe(cursor, watch)?;
                    if !cursor.another(b']')? {
                        return Ok(());
                    }
                }
            }
            _ => cursor.skip(),
        }
    }

    /// Notes the record's place if it is the first with a value of this `kind`.
    fn note(&mut self, kind: JsonKind, record: Record<'_>) {
        let first = &mut self.first[kind as usize];
        if first.is_none_or(|first| record.number() < first.record()) {
            *first = Some(record.position());
        }
    }

    fn observe_number(&mut self, cursor: &mut Cursor<'_>, watch: &Watch<'_>) -> Outcome {
        let number = cursor.number()?;
        if number.is_integer() {
            self.note(JsonKind::Integer, watch.record);
            self.integers.observe(number.to_i64(cursor.text()), number.to_u64(cursor.text()));
        } else {
            self.note(JsonKind::Float, watch.record);
        }
        cursor.pass(&number);
        Ok(())
    }

    /// Adds what `other` has seen.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        for (mine, theirs) in self.first.iter_mut().zip(other.first) {
            *mine = match (*mine, theirs) {
                (Some(mine), Some(theirs)) => Some(earlier(mine, theirs)),
                (mine, theirs) => mine.or(theirs),
            };
        }
        self.integers.merge(other.integers);
        match (&mut self.items, other.items) {
            (Some(mine), Some(theirs)) => mine.merge(*theirs),
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
        match (&mut self.members, other.members) {
            (Some(mine), Some(theirs)) => mine.merge(*theirs),
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
    }

    /// The kinds that were seen, but null.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (JsonKind, Position)> {
        let firsts = JsonKind::ALL.into_iter().zip(self.first);
        firsts
            .filter(|(kind, _)| *kind != JsonKind::Null)
            .filter_map(|(kind, first)| Some((kind, first?)))
    }

    pub(super) fn has(&self, kind: JsonKind) -> bool {
        self.first[kind as usize].is_some()
    }

    /// How many members there are, at all depths.
    pub(super) fn size(&self) -> usize {
        let items = self.items.as_ref().map_or(0, |items| items.size());
        let members = self.members.iter().flat_map(|members| &members.list);
        items + members.map(|member| 1 + member.node.size()).sum::<usize>()
    }
}

/// The place that comes first. Inputs may repeat bytes and records, so all of it is compared.
fn earlier(one: Position, other: Position) -> Position {
    let order = |place: &Position| (place.byte(), place.record(), place.line(), place.column());
    if order(&other) < order(&one) { other } else { one }
}

impl Integers {
    fn observe(&mut self, signed: Option<i64>, unsigned: Option<u64>) {
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        let size = signed.map(i64::unsigned_abs).or(unsigned);
        self.negative |= signed.is_some_and(i64::is_negative);
        self.above_i64 |= signed.is_none() && unsigned.is_some();
        self.beyond_64 |= size.is_none();
        self.beyond_f64 |= size.is_none_or(|size| size > EXACT);
    }

    fn merge(&mut self, other: Self) {
        self.negative |= other.negative;
        self.above_i64 |= other.above_i64;
        self.beyond_64 |= other.beyond_64;
        self.beyond_f64 |= other.beyond_f64;
    }
}

impl Members {
    fn observe(&mut self, cursor: &mut Cursor<'_>, watch: &mut Watch<'_>) -> Outcome {
        self.objects += 1;
        cursor.open(b'{')?;
        if cursor.close(b'}') {
            return Ok(());
        }
        let (mut guess, mut place) = (0, 0);
        loop {
            let Some(at) = self.member(guess, place, cursor, watch)? else {
                return Err(cursor.syntax());
            };
            let member = &mut self.list[at];
            member.place = member.place.min(place);
            member.objects += u64::from(member.stamp != self.objects);
            member.stamp = self.objects;
            cursor.colon()?;
            member.node.observe(cursor, watch)?;
            if !cursor.another(b'}')? {
                return Ok(());
            }
            (guess, place) = (at + 1, place + 1);
        }
    }

    /// The member that the key at the cursor names, `guess` being the likeliest; `None` if there
    /// is no room for another.
    fn member(
        &mut self,
        guess: usize,
        place: usize,
        cursor: &mut Cursor<'_>,
        watch: &mut Watch<'_>,
    ) -> Outcome<Option<usize>> {
        let name = cursor.string(&mut watch.scratch)?;
        if self.list.get(guess).is_some_and(|member| *member.name == *name) {
            return Ok(Some(guess));
        }
        if let Some(known) = self.places.get(name) {
            return Ok(Some(*known));
        }
        let Some(room) = watch.room.checked_sub(1) else { return Ok(None) };
        watch.room = room;
        Ok(Some(self.add(Member {
            name: name.into(),
            objects: 0,
            place,
            node: Node::default(),
            stamp: 0,
        })))
    }

    fn add(&mut self, member: Member) -> usize {
        let at = self.list.len();
        self.places.insert(member.name.clone(), at);
        self.list.push(member);
        at
    }

    fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        for theirs in other.list {
            match self.places.get(&theirs.name) {
                Some(at) => {
                    let mine = &mut self.list[*at];
                    mine.objects += theirs.objects;
                    mine.place = mine.place.min(theirs.place);
                    mine.node.merge(theirs.node);
                }
                None => {
                    self.add(Member { stamp: 0, ..theirs });
                }
            }
        }
    }
}

/// The error for records with more members than the limit allows.
#[cold]
pub(super) fn too_many(limit: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("the records have more than {limit} different fields"))
}

/// `name`, which comes from a text that was checked.
pub(super) fn text_of(name: &[u8]) -> Result<&str> {
    std::str::from_utf8(name).map_err(|cause| {
        Error::new(ErrorKind::Utf8, "the name of a field is not UTF-8").caused_by(cause)
    })
}
