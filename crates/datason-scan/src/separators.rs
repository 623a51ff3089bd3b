//! The commas between the elements of an array.

use std::mem;
use std::ops::ControlFlow;

use crate::bits::push_offsets;
use crate::block::{Block, Visitor};
use crate::kernel::Kernel;
use crate::strings::StringState;

/// How a scan over one piece of an array ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScanEnd {
    /// The array ends here.
    Closed {
        /// The offset of the closing bracket, the scan's `base` included.
        at: usize,
    },
    /// The bytes ran out before the array did: scan on with those that follow.
    NeedMore,
}

/// Finds the commas that part the elements of an array, and the bracket that closes it.
///
/// Elements are not looked into beyond their strings and brackets: this cuts an array into
/// pieces, and whoever decodes a piece judges it. The two kinds of bracket are not told apart,
/// an empty element is reported like any other, and the scanner cuts `{…}` as well as `[…]`.
///
/// It may be fed in pieces cut anywhere, also within a string or an escape. What comes between
/// quotes is a string; a backslash escapes the byte after it wherever it stands.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, ScanEnd, Separators};
///
/// // The array `[1,{"a":"],"}]`, whose opening bracket the caller has read, in two pieces.
/// let (kernel, mut separators, mut commas) = (Kernel::active(), Separators::new(), Vec::new());
/// let end = separators.scan(kernel, br#"1,{"a":"]"#, 1, &mut commas);
/// assert_eq!(end, ScanEnd::NeedMore);
/// assert_eq!(separators.depth(), 1);
/// let end = separators.scan(kernel, br#","}] "#, 10, &mut commas);
/// assert_eq!(end, ScanEnd::Closed { at: 13 });
/// assert_eq!(commas, [2]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separators {
    strings: StringState,
    depth: u64,
}

impl Separators {
    /// A scanner that stands just behind the bracket that opens an array.
    pub const fn new() -> Self {
        Self { strings: StringState::OUTSIDE, depth: 0 }
    }

    /// Appends the offset, plus `base`, of each comma between elements to `out`, until the array
    /// closes or `bytes` run out.
    ///
    /// Bytes behind the closing bracket have no influence. Once that bracket is found the
    /// scanner is as new, ready for another array. Costs one pass over the bytes, and an
    /// allocation only where `out` is too small.
    pub fn scan(
        &mut self,
        kernel: Kernel,
        bytes: &[u8],
        base: usize,
        out: &mut Vec<usize>,
    ) -> ScanEnd {
        let scan = Scan { state: self.clone(), base, out: mem::take(out) };
        let (scan, end) = kernel.walk(bytes, scan);
        *out = scan.out;
        if let Some(at) = end {
            *self = Self::new();
            return ScanEnd::Closed { at };
        }
        *self = scan.state;
        ScanEnd::NeedMore
    }

    /// How many containers are open inside the array: 0 between its elements.
    pub const fn depth(&self) -> u64 {
        self.depth
    }

    /// Whether the bytes seen so far end inside a string.
    pub const fn in_string(&self) -> bool {
        self.strings.is_inside()
    }
}

impl Default for Separators {
    /// [`Separators::new`].
    fn default() -> Self {
        Self::new()
    }
}

/// One call of [`Separators::scan`].
struct Scan {
    state: Separators,
    base: usize,
    /// The caller's vector, held by value for the time of the call.
    out: Vec<usize>,
}

impl Visitor for Scan {
    type Found = usize;

    #[inline(always)]
    fn visit<B: Block>(
        &mut self,
        proof: B::Proof,
        block: B,
        length: usize,
        offset: usize,
    ) -> ControlFlow<usize> {
        // Long texts are mostly such blocks. Measured: in an array they become columns in 3 % less time,
        // beside lines in the same run.
        if self.state.strings.stays_inside(block) {
            return ControlFlow::Continue(());
        }
        let outside = !self.state.strings.advance(proof, block, length);
        let opening = block.equal_folded(b'{') & outside;
        let closing = block.equal_folded(b'}') & outside;
        let closed = u64::from(closing.count_ones());
        if self.state.depth > closed {
            self.state.depth += u64::from(opening.count_ones());
            self.state.depth -= closed;
            return ControlFlow::Continue(());
        }
        let commas = block.equal(b',') & outside;
        let brackets = Brackets { opening, closing };
        let (separators, end) = match brackets.alternate::<B>(proof, self.state.depth) {
            Some(nested) => {
                self.state.depth = nested >> 63;
                (commas & !nested, None)
            }
            None => brackets.split(&mut self.state.depth, commas),
        };
        push_offsets(separators, self.base + offset, &mut self.out);
        match end {
            Some(position) => ControlFlow::Break(self.base + offset + position as usize),
            None => ControlFlow::Continue(()),
        }
    }
}

/// The brackets of a block, those in strings left out.
#[derive(Clone, Copy)]
struct Brackets {
    opening: u64,
    closing: u64,
}

impl Brackets {
    /// The bytes inside elements, if opening and closing brackets take turns.
    ///
    /// They do where records hold no containers, however short the records are, and then no
    /// bracket needs to be looked at alone.
    #[inline(always)]
    fn alternate<B: Block>(self, proof: B::Proof, depth: u64) -> Option<u64> {
        if depth > 1 {
            return None;
        }
        let Self { opening, closing } = self;
        let nested = B::prefix_xor(proof, opening | closing) ^ 0_u64.wrapping_sub(depth);
        let strays = (opening & !nested) | (closing & nested);
        (strays == 0).then_some(nested)
    }

    /// The commas that lie at depth 0, and the position of the bracket that closes the array, by
    /// going from bracket to bracket.
    #[inline(always)]
    fn split(self, depth: &mut u64, commas: u64) -> (u64, Option<u32>) {
        let mut separators = 0;
        let mut passed = 0;
        let mut remaining = self.opening | self.closing;
        while remaining != 0 {
            let bracket = remaining & remaining.wrapping_neg();
            let before = bracket - 1;
            if *depth == 0 {
                separators |= commas & before & !passed;
            }
            if self.opening & bracket != 0 {
                *depth += 1;
            } else if *depth == 0 {
                return (separators, Some(bracket.trailing_zeros()));
            } else {
                *depth -= 1;
            }
            passed = before;
            remaining ^= bracket;
        }
        if *depth == 0 {
            separators |= commas & !passed;
        }
        (separators, None)
    }
}
