//! Short strings, one behind the other.

use std::mem::MaybeUninit;

use crate::block::BLOCK_SIZE;
use crate::read_strings::Offset;
use crate::token::Tokens;
use crate::x86_64::Avx512;

/// A string's quote, and a block behind it.
const READ: usize = 1 + BLOCK_SIZE;

/// See [`Block::append_strings`](crate::block::Block::append_strings).
///
/// A block is copied from behind each quote, however short the string is; the next one is written
/// over what is too much.
#[inline(always)]
pub(super) fn append_strings<O: Offset>(
    _: Avx512,
    bytes: &[u8],
    tokens: Tokens<'_>,
    values: &mut Vec<u8>,
    ends: &mut Vec<O>,
) -> usize {
    let (start, first) = (values.len(), ends.len());
    let (room, places) = (values.spare_capacity_mut(), ends.spare_capacity_mut());
    let (mut end, mut count) = (0, 0);
    for (token, place) in tokens.iter().zip(places) {
        let Some(length) = token.plain_length() else { break };
        let text = bytes.get(token.start()..).and_then(<[u8]>::first_chunk::<READ>);
        let room = room.get_mut(end..).and_then(<[_]>::first_chunk_mut);
        let (Some(text), Some(room)) = (text, room) else { break };
        if length > BLOCK_SIZE || text[0] != b'"' {
            break;
        }
        copy(text[1..].first_chunk().expect("a block behind the quote"), room);
        end += length;
        place.write(O::of(start + end));
        count += 1;
    }
    // SAFETY: so many ends have been written, and all values up to the last of these, since no
    // string is longer than the block that was written for it.
    unsafe {
        values.set_len(start + end);
        ends.set_len(first + count);
    }
    count
}

#[inline(always)]
fn copy(text: &[u8; BLOCK_SIZE], room: &mut [MaybeUninit<u8>; BLOCK_SIZE]) {
    *room = text.map(MaybeUninit::new);
}
