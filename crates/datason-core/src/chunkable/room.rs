//! How much room maps and sets make for what they hold.
//!
//! No map tells how large its table is, but all of them follow rules. These are the rules of the
//! maps that can be [cut](super::Chunkable), for maps that have grown entry by entry.

/// The bytes of the hash table behind a `HashMap` or `HashSet` of `entries` entries that take
/// `entry_bytes` each: a power of two of places, at most seven eighths full, with a byte beside
/// each.
///
/// # Example
/// ```
/// use datason_core::chunkable::room::hashed;
///
/// // 28 entries are the most for 32 places.
/// assert_eq!(hashed(28, 16), 32 * 17 + 16);
/// assert_eq!(hashed(29, 16), 64 * 17 + 16);
/// assert_eq!(hashed(0, 16), 0);
/// ```
pub fn hashed(entries: usize, entry_bytes: usize) -> usize {
    const GROUP: usize = 16;
    match places(entries) {
        0 => 0,
        places => (places * entry_bytes).next_multiple_of(GROUP) + places + GROUP,
    }
}

/// The bytes behind an `IndexMap` or `IndexSet` of `entries` entries that take `entry_bytes` each,
/// where it is not known whether it has grown (see [`grown_index`]) or was collected with just the
/// room it needs: the mean of both.
///
/// # Example
/// ```
/// use datason_core::chunkable::room::{grown_index, indexed};
///
/// assert_eq!(indexed(28, 16), grown_index(28, 16), "it is full");
/// assert_eq!(indexed(20, 16), grown_index(20, 16) - 4 * (8 + 16));
/// ```
pub fn indexed(entries: usize, entry_bytes: usize) -> usize {
    grown_index(entries, entry_bytes)
        - (index_room(entries) - entries) / 2 * indexed_entry(entry_bytes)
}

/// The bytes behind an `IndexMap` or `IndexSet` that has grown entry by entry to `entries` that take
/// `entry_bytes` each: a list of them, each with its hash, and a table of their places, to whose
/// size the room in the list is matched.
///
/// # Example
/// ```
/// use datason_core::chunkable::room::{grown_index, hashed};
///
/// assert_eq!(grown_index(20, 16), 28 * (8 + 16) + hashed(20, 8));
/// ```
pub fn grown_index(entries: usize, entry_bytes: usize) -> usize {
    index_room(entries) * indexed_entry(entry_bytes) + hashed(entries, size_of::<usize>())
}

fn index_room(entries: usize) -> usize {
    match places(entries) {
        places @ 0..8 => places.saturating_sub(1),
        places => places / 8 * 7,
    }
}

/// An entry with its hash.
fn indexed_entry(entry_bytes: usize) -> usize {
    size_of::<u64>() + entry_bytes
}

/// The bytes of the nodes of a `BTreeMap` or `BTreeSet` of `entries` entries that take
/// `entry_bytes` each. A node has room for eleven entries; of several each holds eight, which is
/// what trees that grow at random come to. Those built at once from what was sorted hold eleven, and
/// those that have grown in order six.
///
/// # Example
/// ```
/// use datason_core::chunkable::room::tree;
///
/// assert_eq!(tree(1, 16), 16 + 11 * 16);
/// assert_eq!(tree(11, 16), tree(1, 16));
/// // A root above two leaves, with room for the places of twelve.
/// assert_eq!(tree(12, 16), 3 * tree(1, 16) + 12 * 8);
/// ```
pub fn tree(entries: usize, entry_bytes: usize) -> usize {
    /// The parent, and the node's place in it.
    const FIXED: usize = 16;
    const ROOM: usize = 11;
    const FILLED: usize = 8;
    const CHILDREN: usize = (ROOM + 1) * size_of::<usize>();
    let node = FIXED + ROOM * entry_bytes;
    if entries <= ROOM {
        return if entries == 0 { 0 } else { node };
    }
    // Between two nodes there is an entry in the one above.
    let mut level = (entries + 1).div_ceil(FILLED + 1);
    let mut bytes = level * node;
    while level > 1 {
        level = level.div_ceil(FILLED + 1);
        bytes += level * (node + CHILDREN);
    }
    bytes
}

/// The places of a table: none before there is an entry.
fn places(entries: usize) -> usize {
    match entries {
        0 => 0,
        1..=3 => 4,
        4..=7 => 8,
        _ => (entries.saturating_mul(8)).div_ceil(7).next_power_of_two(),
    }
}
