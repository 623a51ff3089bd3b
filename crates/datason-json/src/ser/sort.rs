//! Maps in the order of their keys, and keys that would stand twice.

use std::collections::HashSet;
use std::ops::Range;

use super::failure::Failure;

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
        self.keys.extend_from_slice(key.as_bytes());
        self.entries.push(Entry { key: start..self.keys.len(), text: text..text });
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

    /// Puts the entries of the last map opened in order.
    ///
    /// # Errors
    /// If two keys are the same text.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let Self { maps, keys, entries, scratch } = self;
        let Some(base) = maps.pop() else { return Ok(()) };
        let entries_here = &mut entries[base.entry..];
        let key = |entry: &Entry| &keys[entry.key.clone()];
        if !entries_here.is_sorted_by(|left, right| key(left) < key(right)) {
            let (first, second) = (entries_here[0].text.clone(), entries_here[1].text.start);
            entries_here.sort_by(|left, right| key(left).cmp(key(right)));
            let mut pairs = entries_here.windows(2);
            if let Some(pair) = pairs.find(|pair| key(&pair[0]) == key(&pair[1])) {
                return Err(duplicate(&String::from_utf8_lossy(key(&pair[0]))));
            }
            scratch.clear();
            for (index, entry) in entries_here.iter().enumerate() {
                let before = if index == 0 { base.text..first.start } else { first.end..second };
                scratch.extend_from_slice(&out[before]);
                scratch.extend_from_slice(&out[entry.text.clone()]);
            }
            out.truncate(base.text);
            out.extend_from_slice(scratch);
        }
        keys.truncate(base.key);
        entries.truncate(base.entry);
        Ok(())
    }
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
