//! Seeded damage.

use datason_fixtures::Random;

/// What means something to a parser of JSON, to be thrown in.
pub const PIECES: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\n",
    b"\r\n",
    b" ",
    b"null",
    b"true",
    b"-0",
    b"1e400",
    b"18446744073709551616",
    b"\\ud800",
    b"\xff",
    b"\xc3",
    b"\0",
    b"\"a\":",
    b"\xef\xbb\xbf",
    b"0.1",
    b"[]",
];

/// `input`, changed in one to four places: bytes set, removed, repeated, pieces thrown in, the end cut off
/// or replaced by that of `other`. At most `longest` bytes.
pub fn mutated(input: &[u8], other: &[u8], longest: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.index_below(4) {
        let at = random.index_below(bytes.len() + 1);
        match random.index_below(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap_or(0),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let from = random.index_below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            4 if at < bytes.len() => {
                let end = (at + 1 + random.index_below(16)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                let piece = PIECES[random.index_below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
        bytes.truncate(longest);
    }
    bytes
}
