//! Maps in the order of their keys, and keys that would stand twice.

use std::collections::HashSet;
use std::ops::Range;

use super::failure::Failure;
use super::short;

/// The keys and entries of all maps that are open, the innermost last.
///
/// The entries of a map are written as they come and put in order when it ends, by moving the
/// text. The buffers live on from map to map.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    maps: Vec<Base>,
    keys: Vec<u8>,
    entries: Vec<Entry>,
    scratch: Vec<u8>,
}

/// Where what belongs to a map begins.
#[derive(Clone, Copy, Debug)]
struct Base {
    key: usize,
    entry: usize,
    /// In the output.
    text: usize,
}

#[derive(Debug)]
struct Entry {
    /// The first eight bytes of the key as a number, which mostly decides the order.
    rank: u64,
    /// Where in `keys`; not escaped, since escapes would change the order.
    key: Range<usize>,
    /// Where in the output.
    text: Range<usize>,
}

impl Sorter {
    /// Forgets what a failure left.
    pub(super) fn clear(&mut self) {
        self.maps.clear();
        self.keys.clear();
        self.entries.clear();
    }

    /// A map begins whose entries will be written from `text` on.
    pub(super) fn open(&mut self, text: usize) {
        self.maps.push(Base { key: self.keys.len(), entry: self.entries.len(), text });
    }

    /// An entry with this key begins at `text` of the output.
    pub(super) fn begin(&mut self, key: &str, text: usize) {
        let start = self.keys.len();
        short::append(key.as_bytes(), &mut self.keys);
        let (rank, key) = (rank(key.as_bytes()), start..self.keys.len());
        self.entries.push(Entry { rank, key, text: text..text });
    }

    /// The last entry begun ends at `text` of the output.
    pub(super) fn end(&mut self, text: usize) {
        if let Some(entry) = self.entries.last_mut() {
            entry.text.end = text;
        }
    }

    /// The last entry begun is not to be.
    pub(super) fn forget(&mut self) {
        if let Some(entry) = self.entries.pop() {
            self.keys.truncate(entry.key.start);
        }
    }

    /// Sees that no key of the last map opened stands twice, and puts its entries in order if
    /// `reorder`.
    ///
    /// # Errors
    /// If two keys are the same text.
    pub(super) fn finish(&mut self, reorder: bool, out: &mut [u8]) -> Result<(), Failure> {
        let Self { maps, keys, entries, scratch } = self;
        let Some(base) = maps.pop() else { return Ok(()) };
        let here = &mut entries[base.entry..];
        let order = |left: &Entry, right: &Entry| {
            let key = |entry: &Entry| &keys[entry.key.clone()];
            left.rank.cmp(&right.rank).then_with(|| key(left).cmp(key(right)))
        };
        if !here.is_sorted_by(|left, right| order(left, right).is_lt()) {
            let (first, second) = (here[0].text.clone(), here[1].text.start);
            here.sort_unstable_by(order);
            let mut pairs = here.windows(2);
            if let Some(pair) = pairs.find(|pair| order(&pair[0], &pair[1]).is_eq()) {
                return Err(duplicate(&String::from_utf8_lossy(&keys[pair[0].key.clone()])));
            }
            if reorder {
                let around = (base.text..first.start, first.end..second);
                rearrange(here, around, scratch, &mut out[..]);
            }
        }
        keys.truncate(base.key);
        entries.truncate(base.entry);
        Ok(())
    }
}

/// Moves the text of `entries` into their order. `around` is what stands before the first of
/// them and between any two.
fn rearrange(
    entries: &[Entry],
    (before_first, between): (Range<usize>, Range<usize>),
    scratch: &mut Vec<u8>,
    out: &mut [u8],
) {
    scratch.clear();
    let start = before_first.start;
    for (index, entry) in entries.iter().enumerate() {
        let before = if index == 0 { before_first.clone() } else { between.clone() };
        short::append(&out[before], scratch);
        short::append(&out[entry.text.clone()], scratch);
    }
    out[start..].copy_from_slice(scratch);
}

/// Texts in the order of their bytes are in that of these numbers, or the numbers are equal.
#[inline]
fn rank(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    match (key.first_chunk(), key.first_chunk::<4>(), key) {
        (Some(eight), ..) => first = *eight,
        (None, Some(head), [.., w, x, y, z]) => {
            first[..4].copy_from_slice(head);
            first[key.len() - 4..key.len()].copy_from_slice(&[*w, *x, *y, *z]);
        }
        (_, _, [start, .., end]) => {
            first[0] = *start;
            first[key.len() / 2] = key[key.len() / 2];
            first[key.len() - 1] = *end;
        }
        (_, _, [only]) => first[0] = *only,
        _ => {}
    }
    u64::from_be_bytes(first)
}

/// Fails if a key stands twice in the map whose entries are written as `text`.
///
/// Walks over the text once more: only for maps that may not be what they say.
#[cold]
pub(super) fn refuse_duplicates(text: &[u8]) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let mut rest = text;
    while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
        let (key, behind) = rest[quote..].split_at(string_length(&rest[quote..]));
        if !seen.insert(key) {
            let key: String = serde_json::from_slice(key).unwrap_or_default();
            return Err(duplicate(&key));
        }
        rest = &behind[value_length(behind)..];
    }
    Ok(())
}

#[cold]
fn duplicate(key: &str) -> Failure {
    let key = datason_core::escape(key.as_bytes());
    Failure::data(format!("two keys of one map are both written `{key}`"))
}

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return text.len(),
        }
    }
}

/// The length up to and with the comma behind a value, or to the end.
fn value_length(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += string_length(&text[at..]),
            b',' if depth == 0 => return at + 1,
            other => {
                depth += usize::from(matches!(other, b'[' | b'{'));
                depth = depth.saturating_sub(usize::from(matches!(other, b']' | b'}')));
                at += 1;
            }
        }
    }
    text.len()
}
