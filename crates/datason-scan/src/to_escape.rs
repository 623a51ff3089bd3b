//! The way out: what of a text cannot stand in a JSON string as it is.

use std::ops::Range;

use crate::block::{BLOCK_SIZE, Block, Task, padded};
use crate::kernel::Kernel;

/// The last of the control characters.
pub(crate) const LAST_CONTROL: u8 = 0x1f;

/// The room that the escapes of a block may take: six bytes each, and as many again as the last
/// store is too long.
pub(crate) const ESCAPED_SIZE: usize = 6 * BLOCK_SIZE + 2;

impl Kernel {
    /// The offset of the first byte of `text` that a JSON string must escape (RFC 8259, 7): a
    /// quote, a backslash or a control character. Looks no further than its block of 64 bytes.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// assert_eq!(Kernel::active().first_to_escape(b"say \"hi\""), Some(4));
    /// assert_eq!(Kernel::active().first_to_escape("déjà vu".as_bytes()), None);
    /// ```
    pub fn first_to_escape(self, text: &[u8]) -> Option<usize> {
        self.run(First(text))
    }

    /// Copies `text` to the start of `room`, with an [escape] in the place of every byte that a JSON
    /// string must escape, and returns how many bytes that makes. What stands in `room` behind them
    /// may be written over.
    ///
    /// # Panics
    /// If `room` has fewer bytes than [`room_to_escape`](Self::room_to_escape) says.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// let text = b"say \"hi\"";
    /// let mut room = vec![0; Kernel::room_to_escape(text.len())];
    /// let length = Kernel::active().copy_escaped(text, &mut room);
    /// assert_eq!(&room[..length], br#"say \"hi\""#);
    /// ```
    pub fn copy_escaped(self, text: &[u8], room: &mut [u8]) -> usize {
        self.run(CopyEscaped { text, room })
    }

    /// How much room it takes to [copy](Self::copy_escaped) a text of `length` bytes whatever it
    /// says: a little more than six times as much, for whole blocks of 64 bytes.
    pub const fn room_to_escape(length: usize) -> usize {
        length.div_ceil(BLOCK_SIZE) * ESCAPED_SIZE
    }
}

struct CopyEscaped<'t> {
    text: &'t [u8],
    room: &'t mut [u8],
}

impl Task for CopyEscaped<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> usize {
        copy_escaped::<B>(proof, self.text, 0..self.text.len(), self.room)
    }
}

/// As [`Kernel::copy_escaped`], for some of `bytes`. What stands behind them may be read.
#[inline(always)]
pub(crate) fn copy_escaped<B: Block>(
    proof: B::Proof,
    bytes: &[u8],
    span: Range<usize>,
    room: &mut [u8],
) -> usize {
    let Range { mut start, end } = span;
    let mut at = 0;
    while end - start > BLOCK_SIZE {
        let block = bytes[start..].first_chunk().expect("more than a block");
        at += copy_block::<B>(proof, block, u64::MAX, &mut room[at..]);
        start += BLOCK_SIZE;
    }
    let rest = end - start;
    if rest == 0 {
        return at;
    }
    let within = u64::MAX >> (BLOCK_SIZE - rest);
    let room = &mut room[at..];
    at += match bytes[start..].first_chunk() {
        Some(block) => copy_block::<B>(proof, block, within, room),
        None => copy_block::<B>(proof, &padded(&bytes[start..end]), within, room),
    };
    at - (BLOCK_SIZE - rest)
}

/// Copies a block, of which the bytes of `within` are escaped if they have to be.
#[inline(always)]
fn copy_block<B: Block>(
    proof: B::Proof,
    bytes: &[u8; BLOCK_SIZE],
    within: u64,
    room: &mut [u8],
) -> usize {
    let room = room.first_chunk_mut().expect("as much room as was asked for");
    let mask = to_escape(B::load(proof, bytes)) & within;
    if mask != 0 {
        return B::escape(proof, bytes, mask, room);
    }
    room[..BLOCK_SIZE].copy_from_slice(bytes);
    BLOCK_SIZE
}

/// Copies a block with an escape for each byte of `mask`; returns how long that is.
#[inline(always)]
pub(crate) fn escape_block(
    bytes: &[u8; BLOCK_SIZE],
    mut mask: u64,
    room: &mut [u8; ESCAPED_SIZE],
) -> usize {
    let (mut from, mut at) = (0, 0);
    while mask != 0 {
        let bit = mask.trailing_zeros() as usize;
        let clean = at + bit - from;
        room[at..clean].copy_from_slice(&bytes[from..bit]);
        let (escape, length) = escape(bytes[bit]);
        room[clean..][..escape.len()].copy_from_slice(&escape);
        (from, at) = (bit + 1, clean + length);
        mask &= mask - 1;
    }
    let end = at + BLOCK_SIZE - from;
    room[at..end].copy_from_slice(&bytes[from..]);
    end
}

/// The escape of a byte that cannot stand between quotes in JSON, the shorter if there are two (RFC
/// 8259, 7), and how many bytes of this it is.
///
/// # Example
/// ```
/// let (escape, length) = datason_scan::escape(b'\n');
/// assert_eq!(&escape[..length], br"\n");
/// ```
#[inline]
pub const fn escape(byte: u8) -> ([u8; 8], usize) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let (high, low) = (DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]);
            return ([b'\\', b'u', b'0', b'0', high, low, 0, 0], 6);
        }
    };
    ([b'\\', letter, 0, 0, 0, 0, 0, 0], 2)
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Which bytes of a block must be escaped.
#[inline(always)]
fn to_escape<B: Block>(block: B) -> u64 {
    block.equal(b'"') | block.equal(b'\\') | block.at_most(LAST_CONTROL)
}

struct First<'t>(&'t [u8]);

/// So many blocks are judged together: mostly none of them has a byte to escape.
const TOGETHER: usize = 4;

impl Task for First<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> Option<usize> {
        let (blocks, rest) = self.0.as_chunks::<BLOCK_SIZE>();
        let (groups, last) = blocks.as_chunks::<TOGETHER>();
        // No closures: what they call would not be inlined into the kernel's code.
        let mut clean = 0;
        while let Some(group) = groups.get(clean)
            && is_clean::<B>(proof, group)
        {
            clean += 1;
        }
        let near = groups.get(clean).map_or(last, |group| group);
        for (index, block) in near.iter().enumerate() {
            let (mask, block) = (to_escape(B::load(proof, block)), clean * TOGETHER + index);
            if mask != 0 {
                return Some(block * BLOCK_SIZE + mask.trailing_zeros() as usize);
            }
        }
        let mask = to_escape(B::load(proof, &padded(rest)));
        (mask != 0).then(|| self.0.len() - rest.len() + mask.trailing_zeros() as usize)
    }
}

#[inline(always)]
fn is_clean<B: Block>(proof: B::Proof, group: &[[u8; BLOCK_SIZE]; TOGETHER]) -> bool {
    let mut all = 0;
    for block in group {
        all |= to_escape(B::load(proof, block));
    }
    all == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::escape::Unescaped;
    use crate::{Instructions, Work};

    fn is_to_escape(byte: u8) -> bool {
        byte < b' ' || byte == b'"' || byte == b'\\'
    }

    fn escaped(text: &[u8]) -> Vec<u8> {
        let of = |byte: &u8| if is_to_escape(*byte) { escape(*byte) } else { ([*byte; 8], 1) };
        text.iter().map(of).flat_map(|(bytes, length)| bytes.into_iter().take(length)).collect()
    }

    struct Within<'t> {
        bytes: &'t [u8],
        start: usize,
        length: usize,
        room: &'t mut [u8],
    }

    impl Work for Within<'_> {
        type Output = usize;

        #[inline(always)]
        fn run<I: Instructions>(self, instructions: I) -> usize {
            instructions.copy_escaped(self.bytes, self.start, self.length, self.room)
        }
    }

    #[track_caller]
    fn check(text: &[u8]) {
        for kernel in Kernel::available() {
            let mut room = vec![0; Kernel::room_to_escape(text.len())];
            let length = kernel.copy_escaped(text, &mut room);
            assert_eq!(room[..length], escaped(text), "{kernel}");
            for start in [text.len() / 3, text.len().saturating_sub(64)] {
                let count = (text.len() - start) / 2;
                let within = Within { bytes: text, start, length: count, room: &mut room };
                let length = kernel.compile(within);
                assert_eq!(room[..length], escaped(&text[start..start + count]), "{kernel}");
            }
        }
    }

    #[test]
    fn every_byte_is_escaped_at_every_place() {
        for (byte, place) in (0..=u8::MAX).flat_map(|byte| (0..130).map(move |at| (byte, at))) {
            let mut text = [b'a'; 130];
            text[place] = byte;
            check(&text);
        }
        for byte in (0..=u8::MAX).filter(|byte| is_to_escape(*byte)) {
            let (bytes, length) = escape(byte);
            let read = Unescaped::read(&bytes, 0).unwrap();
            assert_eq!((read.as_bytes(), read.end()), (&[byte][..], length));
            (0..200).for_each(|length| check(&vec![byte; length]));
        }
    }

    proptest! {
        #[test]
        fn every_kernel_finds_the_first(text in r#"[a\x7f\xe9]{0,150}["\\\x00\x1f\n ]{0,2}[a"]{0,70}"#) {
            let naive = text.bytes().position(is_to_escape);
            for kernel in Kernel::available() {
                prop_assert_eq!(kernel.first_to_escape(text.as_bytes()), naive, "{}", kernel);
            }
        }

        #[test]
        fn every_kernel_escapes_as_byte_after_byte(
            text in prop_oneof![
                r#"([a\x7f\xe9]{0,70}["\\\n\t])*[a\x1f]{0,70}"#,
                r#"["\\\x00-\x20a]{0,200}"#,
                "(?s).{0,80}",
            ],
        ) {
            check(text.as_bytes());
        }
    }
}
