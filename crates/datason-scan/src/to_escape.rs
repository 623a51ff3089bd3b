//! The way out: what of a text cannot stand in a JSON string as it is.

use crate::block::{BLOCK_SIZE, Block, Task, padded};
use crate::kernel::Kernel;

/// The last of the control characters.
const LAST_CONTROL: u8 = 0x1f;

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

    /// Copies `text` to the start of `room` up to the first byte that a JSON string must escape,
    /// and returns how many bytes these are. What stands in `room` behind them may be written over.
    ///
    /// # Panics
    /// If `room` is shorter than `text`.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// let mut room = [0; 8];
    /// assert_eq!(Kernel::active().copy_clean(b"say \"hi\"", &mut room), 4);
    /// assert_eq!(&room[..4], b"say ");
    /// ```
    pub fn copy_clean(self, text: &[u8], room: &mut [u8]) -> usize {
        self.run(CopyClean { text, room: &mut room[..text.len()] })
    }
}

struct CopyClean<'t> {
    text: &'t [u8],
    /// As long as the text.
    room: &'t mut [u8],
}

impl Task for CopyClean<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> usize {
        let (blocks, rest) = self.text.as_chunks::<BLOCK_SIZE>();
        let (rooms, room_for_rest) = self.room.as_chunks_mut::<BLOCK_SIZE>();
        for (index, (block, room)) in blocks.iter().zip(rooms).enumerate() {
            *room = *block;
            let mask = to_escape(B::load(proof, block));
            if mask != 0 {
                return index * BLOCK_SIZE + mask.trailing_zeros() as usize;
            }
        }
        room_for_rest.copy_from_slice(rest);
        let mask = to_escape(B::load(proof, &padded(rest)));
        self.text.len() - rest.len() + rest.len().min(mask.trailing_zeros() as usize)
    }
}

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
        let mask = |block: &[u8; BLOCK_SIZE]| to_escape(B::load(proof, block));
        let clean = groups
            .iter()
            .take_while(|group| group.iter().fold(0, |all, block| all | mask(block)) == 0);
        let clean = clean.count();
        let near = groups.get(clean).map_or(last, |group| group);
        for (index, block) in near.iter().enumerate() {
            let (mask, block) = (mask(block), clean * TOGETHER + index);
            if mask != 0 {
                return Some(block * BLOCK_SIZE + mask.trailing_zeros() as usize);
            }
        }
        let mask = mask(&padded(rest));
        (mask != 0).then(|| self.0.len() - rest.len() + mask.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_kernel_finds_the_first(text in r#"[a\x7f\xe9]{0,150}["\\\x00\x1f\n ]{0,2}[a"]{0,70}"#) {
            let naive = text.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
            for kernel in Kernel::available() {
                prop_assert_eq!(kernel.first_to_escape(text.as_bytes()), naive, "{}", kernel);
                let mut room = vec![0; text.len() + 1];
                let clean = kernel.copy_clean(text.as_bytes(), &mut room);
                prop_assert_eq!(clean, naive.unwrap_or(text.len()), "{}", kernel);
                prop_assert_eq!(&room[..clean], &text.as_bytes()[..clean]);
                prop_assert_eq!(room[text.len()], 0);
            }
        }
    }
}
