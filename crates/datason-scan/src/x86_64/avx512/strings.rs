//! Short strings, one behind the other.

use crate::block::BLOCK_SIZE;
use crate::string_column::Offset;
use crate::token::Tokens;
use crate::x86_64::Avx512;

/// A string's quote, a block behind it, and the quote behind that if the string is so long.
const READ: usize = 1 + BLOCK_SIZE + 1;

/// See [`Block::append_strings`](crate::block::Block::append_strings).
///
/// A block is copied from behind each quote, however short the string is; the next one is written
/// over what is too much.
#[inline(always)]
pub(super) fn append_strings<O: Offset>(
    _: Avx512,
    utf8: &str,
    tokens: Tokens<'_>,
    values: &mut Vec<u8>,
    ends: &mut Vec<O>,
) -> usize {
    let bytes = utf8.as_bytes();
    let (start, first) = (values.len(), ends.len());
    let (room, places) = (values.spare_capacity_mut(), ends.spare_capacity_mut());
    let (mut end, mut count) = (0, 0);
    for (token, place) in tokens.iter().zip(places) {
        // A null must be known before its text is looked at: which rows are null nobody can tell, and
        // the later it comes out, the more has been done in vain.
        let Some(length) = token.plain_length() else { break };
        let text = bytes.get(token.start()..).and_then(<[u8]>::first_chunk::<READ>);
        let Some([quote, text @ ..]) = text else { break };
        let room = room.get_mut(end..).and_then(<[_]>::first_chunk_mut::<BLOCK_SIZE>);
        let Some(room) = room else { break };
        // The length of what is no string may be anything. No quote is part of a character, so what
        // stands between two of them is UTF-8.
        if length > BLOCK_SIZE || *quote != b'"' || text[length] != b'"' {
            break;
        }
        room.write_copy_of_slice(&text[..BLOCK_SIZE]);
        end += length;
        place.write(O::of(start + end));
        count += 1;
    }
    // SAFETY: so many places have been written from the first on. Of the room the bytes up to `end`
    // have been: each string begins where the one before it ends, was given a block of the room
    // there, and is no longer than that.
    unsafe {
        values.set_len(start + end);
        ends.set_len(first + count);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::ValueIndex;
    use crate::kernel::Kernel;
    use crate::token::Text;

    /// The general way would read the others just so, and nobody would see that this one does not.
    #[test]
    fn short_strings_are_read_up_to_the_first_that_is_none() {
        let Some(proof) = Avx512::detect() else { return };
        let long = format!("\"{}\"", "x".repeat(65));
        for (other, count) in [("\"\"", 3), ("null", 1), (r#""\n""#, 1), ("12", 1), (&long, 1)] {
            let json = format!("\"a\" {other} \"bc\"{}", " ".repeat(READ));
            let mut index = ValueIndex::new();
            index.fill(Kernel::Avx512(proof), json.as_bytes());
            let text = Text::from_utf8(&json, &index);
            let tokens = [0, 4, 5 + other.len()].map(|at| text.locate(at).unwrap());
            let (mut values, mut ends) = (Vec::with_capacity(100), Vec::<i32>::with_capacity(9));
            let all = Tokens::all(&tokens);
            let read = append_strings(proof, &json, all, &mut values, &mut ends);
            assert_eq!(read, count, "{json}");
            assert_eq!(ends, [1, 1, 3][..count], "{json}");
            assert_eq!(values, if count == 3 { &b"abc"[..] } else { b"a" }, "{json}");
            let no_room = append_strings(proof, &json, all, &mut Vec::new(), &mut ends);
            assert_eq!(no_room, 0);
        }
    }
}
