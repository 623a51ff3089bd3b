//! The names of an object's members, and which of them comes next.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use arrow_schema::Fields;

use super::cursor::{Cursor, Outcome};

/// Finds the member that a key names.
///
/// Records repeat, so the member that came behind another one is the first to be compared with
/// the text; only if it is another is the key taken apart and looked up.
pub(super) struct Keys {
    names: Vec<Name>,
    /// The member that last came behind each one; the first entry is for the object's start.
    after: Vec<usize>,
    table: HashMap<Box<[u8]>, usize, BuildHasherDefault<Fold>>,
    scratch: Vec<u8>,
}

struct Name {
    /// The key as it is usually written, with its quotes and the colon; empty if it needs
    /// escapes.
    quoted: Box<[u8]>,
    /// The first 16 bytes of that, and which of them there are.
    head: u128,
    mask: u128,
}

impl Name {
    fn new(name: &str) -> Self {
        let plain = name.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
        let quoted = if plain { format!("\"{name}\":").into_bytes() } else { Vec::new() };
        let mut head = [0; 16];
        let length = quoted.len().min(head.len());
        head[..length].copy_from_slice(&quoted[..length]);
        let mask = if length == 16 { u128::MAX } else { (1 << (8 * length)) - 1 };
        Self { quoted: quoted.into(), head: u128::from_le_bytes(head), mask }
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
    /// there is one. `before` is 0 at the object's start, and above that the member that came before, plus 1.
    #[inline]
    pub(super) fn next(
        &mut self,
        cursor: &mut Cursor<'_>,
        before: usize,
    ) -> Outcome<Option<usize>> {
        let guess = self.after[before];
        if let Some(Name { quoted, head, mask }) = self.names.get(guess)
            && !quoted.is_empty()
            && cursor.eat_quoted(quoted, *head, *mask)
        {
            cursor.space();
            return Ok(Some(guess));
        }
        self.look_up(cursor, before)
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
