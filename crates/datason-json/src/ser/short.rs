//! Short runs of bytes, appended without a call to `memmove`.
//!
//! Most of what a serializer appends is shorter than 32 bytes: names, numbers, words. For those
//! the call costs more than the copy. Here the output grows by a fixed amount at once, the
//! parts are stored with a few moves of fixed size that may overlap, and what is too much is cut
//! off again.

/// What the output grows by.
pub(super) const ROOM: usize = 32;

/// Makes room behind the output's end. What of it is used, the caller says by [`cut`].
#[inline(always)]
pub(super) fn room(out: &mut Vec<u8>) -> &mut [u8; ROOM] {
    out.extend_from_slice(&[0; ROOM]);
    out.last_chunk_mut().expect("the output has just grown by as much")
}

/// Keeps `used` bytes of the room.
#[inline(always)]
pub(super) fn cut(out: &mut Vec<u8>, used: usize) {
    out.truncate(out.len() - ROOM + used);
}

/// Makes room for more: `N` bytes behind the output's end, of which the caller cuts off what it
/// does not use.
#[inline(always)]
pub(super) fn wide_room<const N: usize>(out: &mut Vec<u8>) -> &mut [u8; N] {
    out.extend_from_slice(&[0; N]);
    out.last_chunk_mut().expect("the output has just grown by as much")
}

/// Appends `bytes`, quickly if they are few.
#[inline]
pub(super) fn append(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.len() <= ROOM {
        let used = put(room(out), 0, bytes);
        cut(out, used);
    } else {
        out.extend_from_slice(bytes);
    }
}

/// Stores `bytes` at `at`, and returns where they end.
///
/// # Panics
/// If they do not fit.
#[inline(always)]
pub(super) fn put(slot: &mut [u8; ROOM], at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    let room = &mut slot[at..end];
    match bytes.len() {
        16.. => overlap::<16>(room, bytes),
        8.. => overlap::<8>(room, bytes),
        4.. => overlap::<4>(room, bytes),
        2.. => overlap::<2>(room, bytes),
        _ => overlap::<1>(room, bytes),
    }
    end
}

/// Copies from `N` to `2 * N` bytes as the first and the last `N`.
#[inline(always)]
fn overlap<const N: usize>(room: &mut [u8], bytes: &[u8]) {
    if let (Some(to), Some(from)) = (room.first_chunk_mut::<N>(), bytes.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (room.last_chunk_mut::<N>(), bytes.last_chunk::<N>()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_exactly() {
        let bytes: Vec<u8> = (1..=100).collect();
        for length in 0..=bytes.len() {
            let mut out = b"before".to_vec();
            append(&bytes[..length], &mut out);
            assert_eq!(out, [b"before", &bytes[..length]].concat());
        }
    }
}
