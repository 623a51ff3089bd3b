//! The names of an object's members, and which of them comes next.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use arrow_schema::Fields;
use datason_scan::Literal;

use super::cursor::{Cursor, Outcome};

/// Finds the member that a key names.
///
/// Records repeat, so the member that came behind another one is the first to be compared with
/// the text; only if it is another is the key taken apart and looked up.
pub(super) struct Keys {
    names: Vec<Option<Name>>,
    /// The member that last came behind each one; the first entry is for the object's start.
    after: Vec<usize>,
    table: HashMap<Box<[u8]>, usize, BuildHasherDefault<Fold>>,
    scratch: Vec<u8>,
}

/// A key as it is usually written, with its quotes and the colon.
struct Name {
    first: Literal,
    /// With the comma behind the member before.
    further: Literal,
}

impl Name {
    /// `None` if it needs escapes.
    fn new(name: &str) -> Option<Self> {
        let plain = name.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
        let literal = |before| Literal::new(format!("{before}\"{name}\":").as_bytes());
        plain.then(|| Self { first: literal(""), further: literal(",") })
    }
}

impl Keys {
    pub(super) fn new(fields: &Fields) -> Self {
        let names: Vec<_> = fields.iter().map(|field| Name::new(field.name())).collect();
        let entries = fields.iter().enumerate();
        Self {
            after: (0..=names.len())
                .map(|next| if next == names.len() { 0 } else { next })
                .collect(),
            names,
            table: entries.map(|(at, field)| (field.name().as_bytes().into(), at)).collect(),
            scratch: Vec::new(),
        }
    }

    /// Passes over the key at the cursor and the colon behind it: the member that it names, if
    /// there is one. `before` is 0 at the object's start, and above that the member that came
    /// before, plus 1.
    #[inline]
    pub(super) fn next(
        &mut self,
        cursor: &mut Cursor<'_>,
        before: usize,
    ) -> Outcome<Option<usize>> {
        let guess = self.after[before];
        if self.name(guess).is_some_and(|name| cursor.eat_literal(&name.first)) {
            cursor.space();
            return Ok(Some(guess));
        }
        self.look_up(cursor, before)
    }

    /// As [`next`](Self::next), for a cursor that stands behind a member: passes over the comma too
    /// if the member that is expected follows without white space, else over nothing.
    #[inline]
    pub(super) fn next_of_usual(&self, cursor: &mut Cursor<'_>, before: usize) -> Option<usize> {
        let guess = self.after[before];
        let follows = cursor.eat_literal(&self.name(guess)?.further);
        follows.then(|| {
            cursor.space();
            guess
        })
    }

    #[inline]
    fn name(&self, at: usize) -> Option<&Name> {
        self.names.get(at)?.as_ref()
    }

    #[inline(never)]
    fn look_up(&mut self, cursor: &mut Cursor<'_>, before: usize) -> Outcome<Option<usize>> {
        if cursor.peek() != b'"' {
            return Err(cursor.syntax());
        }
        let found = self.table.get(cursor.string(&mut self.scratch)?).copied();
        if let Some(found) = found {
            self.after[before] = found;
        }
        cursor.colon()?;
        Ok(found)
    }
}

/// Hashes a key. Only the schema's own names are ever in the table, so no input can make it slow.
#[derive(Default)]
struct Fold(u64);

impl Fold {
    #[inline]
    fn fold(&mut self, word: u64) {
        const ODD: u128 = 0x9e37_79b9_7f4a_7c15;
        let product = u128::from(self.0 ^ word) * ODD;
        self.0 = fold_halves(product).rotate_left(23);
    }
}

/// The exclusive or of the two halves.
#[expect(clippy::cast_possible_truncation, reason = "the halves are taken apart")]
const fn fold_halves(product: u128) -> u64 {
    product as u64 ^ (product >> 64) as u64
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.fold(u64::from_le_bytes(*word) ^ 0x5851_f42d_4c95_7f2d);
        }
        let mut last = [0xff; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.fold(u64::from_le_bytes(last));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
