//! Ends of lines: where they are, how many, and the last.

use std::ops::ControlFlow;

use crate::bits::push_offsets;
use crate::block::{BLOCK_SIZE, Block, Task, Visitor, padded};
use crate::kernel::Kernel;

const NEWLINE: u8 = b'\n';

impl Kernel {
    /// Appends the offset of every `\n` of `bytes`, plus `base`, to `out`.
    ///
    /// A raw newline cannot occur inside a JSON string, so this is all the framing JSON Lines
    /// needs. Costs one pass over `bytes`, and an allocation only where `out` is too small: a
    /// caller that scans a block at a time clears and reuses one vector.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// let mut ends = Vec::new();
    /// Kernel::active().newlines(b"{}\n[]\n1", 100, &mut ends);
    /// assert_eq!(ends, [102, 105]);
    /// ```
    pub fn newlines(self, bytes: &[u8], base: usize, out: &mut Vec<usize>) {
        self.run(Newlines { bytes, base, out });
    }

    /// How many `\n` there are in `bytes`.
    ///
    /// # Example
    /// ```
    /// assert_eq!(datason_scan::Kernel::active().count_newlines(b"1\n\n2"), 2);
    /// ```
    pub fn count_newlines(self, bytes: &[u8]) -> usize {
        self.walk(bytes, Counter(0)).0.0
    }

    /// The offset of the first `\n` of `bytes`. Looks no further than its block of 64 bytes.
    ///
    /// # Example
    /// ```
    /// assert_eq!(datason_scan::Kernel::active().first_newline(b"1\n2\n"), Some(1));
    /// ```
    pub fn first_newline(self, bytes: &[u8]) -> Option<usize> {
        self.walk(bytes, First).1
    }

    /// The offset of the last `\n` of `bytes`, searched from the end: what comes after it is the
    /// incomplete line that a reader keeps for its next block.
    ///
    /// # Example
    /// ```
    /// assert_eq!(datason_scan::Kernel::active().last_newline(b"1\n2\n3"), Some(3));
    /// ```
    pub fn last_newline(self, bytes: &[u8]) -> Option<usize> {
        self.run(Last(bytes))
    }
}

struct Newlines<'a> {
    bytes: &'a [u8],
    base: usize,
    out: &'a mut Vec<usize>,
}

impl Newlines<'_> {
    /// As many blocks are looked at before the newlines in them are put down: one for each bit.
    const GROUP: usize = 64;
}

impl Task for Newlines<'_> {
    type Output = ();

    /// Whether a block has a newline nobody can foretell, where lines are longer than a block. So
    /// that is no branch: the blocks that have some are listed first. Measured: flat records become
    /// columns in 6 % less time.
    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) {
        let Self { bytes, mut base, out } = self;
        let (blocks, tail) = bytes.as_chunks::<BLOCK_SIZE>();
        let mut masks = [0; Self::GROUP];
        for group in blocks.chunks(Self::GROUP) {
            let mut listed = 0_u64;
            for (at, (bytes, mask)) in group.iter().zip(&mut masks).enumerate() {
                *mask = B::load(proof, bytes).equal(NEWLINE);
                listed |= u64::from(*mask != 0) << at;
            }
            while listed != 0 {
                let at = listed.trailing_zeros() as usize;
                listed &= listed - 1;
                push_offsets(masks[at], base.wrapping_add(at * BLOCK_SIZE), out);
            }
            base = base.wrapping_add(group.len() * BLOCK_SIZE);
        }
        push_offsets(B::load(proof, &padded(tail)).equal(NEWLINE), base, out);
    }
}

struct Counter(usize);

impl Visitor for Counter {
    type Found = ();

    #[inline(always)]
    fn visit<B: Block>(&mut self, _: B::Proof, block: B, _: usize, _: usize) -> ControlFlow<()> {
        self.0 += block.equal(NEWLINE).count_ones() as usize;
        ControlFlow::Continue(())
    }
}

struct First;

impl Visitor for First {
    type Found = usize;

    #[inline(always)]
    fn visit<B: Block>(
        &mut self,
        _: B::Proof,
        block: B,
        _: usize,
        offset: usize,
    ) -> ControlFlow<usize> {
        match block.equal(NEWLINE) {
            0 => ControlFlow::Continue(()),
            mask => ControlFlow::Break(offset + mask.trailing_zeros() as usize),
        }
    }
}

struct Last<'a>(&'a [u8]);

impl Task for Last<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> Option<usize> {
        let (head, blocks) = self.0.as_rchunks::<BLOCK_SIZE>();
        for (index, bytes) in blocks.iter().enumerate().rev() {
            if let Some(position) = last_in(B::load(proof, bytes)) {
                return Some(head.len() + index * BLOCK_SIZE + position);
            }
        }
        last_in(B::load(proof, &padded(head)))
    }
}

#[inline(always)]
fn last_in<B: Block>(block: B) -> Option<usize> {
    block.equal(NEWLINE).checked_ilog2().map(|position| position as usize)
}
