//! Ends of lines: where they are, how many, and the last.

use std::mem;
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
        self.newlines_up_to(bytes, base, usize::MAX, out);
    }

    /// Like [`newlines`](Self::newlines), but appends `limit` offsets at most, and returns how
    /// many bytes it has dealt with: up to and with the last newline appended if the limit was
    /// reached, else all.
    ///
    /// For a caller that may not hold more than so many offsets. It may look up to 63 bytes
    /// beyond what it returns.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// let mut ends = Vec::new();
    /// let text = b"1\n2\n3\n";
    /// let used = Kernel::active().newlines_up_to(text, 0, 2, &mut ends);
    /// assert_eq!((used, &ends[..]), (4, &[1, 3][..]));
    /// let used = Kernel::active().newlines_up_to(&text[used..], used, 2, &mut ends);
    /// assert_eq!((used, &ends[..]), (2, &[1, 3, 5][..]));
    /// ```
    pub fn newlines_up_to(
        self,
        bytes: &[u8],
        base: usize,
        limit: usize,
        out: &mut Vec<usize>,
    ) -> usize {
        if limit == 0 {
            return 0;
        }
        let full = out.len().saturating_add(limit);
        let scan = Newlines { base, full, out: mem::take(out) };
        let (scan, used) = self.walk(bytes, scan);
        *out = scan.out;
        used.unwrap_or(bytes.len())
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

struct Newlines {
    base: usize,
    /// The length of `out` at which the scan ends.
    full: usize,
    /// The caller's vector, held by value for the time of the call.
    out: Vec<usize>,
}

impl Visitor for Newlines {
    /// The number of bytes up to and with the last newline that was wanted.
    type Found = usize;

    #[inline(always)]
    fn visit<B: Block>(
        &mut self,
        _: B::Proof,
        block: B,
        _: usize,
        offset: usize,
    ) -> ControlFlow<usize> {
        let mask = block.equal(NEWLINE);
        push_offsets(mask, self.base + offset, &mut self.out);
        if self.out.len() < self.full {
            return ControlFlow::Continue(());
        }
        self.out.truncate(self.full);
        ControlFlow::Break(self.out[self.full - 1] - self.base + 1)
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
