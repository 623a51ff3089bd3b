//! How deep containers lie in one another.

use std::ops::ControlFlow;

use crate::block::{Block, Visitor};
use crate::kernel::Kernel;
use crate::strings::StringState;

/// How many containers are open at the deepest place of `bytes`, one whole text: 0 for a scalar,
/// 1 for `{}`.
///
/// Brackets in strings do not count, and of those outside the kind does not matter; one that
/// closes what was never opened counts for nothing. So for valid JSON this is the depth of
/// recursion a parser needs, and for anything else no parser gets deeper before it notices.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, max_depth};
///
/// assert_eq!(max_depth(Kernel::active(), br#"{"a":[1,"[[["]}"#), 2);
/// ```
pub fn max_depth(kernel: Kernel, bytes: &[u8]) -> u64 {
    kernel.walk(bytes, Deepest::new(0, u64::MAX)).0.maximum
}

/// Whether [`max_depth`] of `bytes` is above `limit`, found out as cheaply as can be.
///
/// A text of no more bytes than `limit` is not looked at, one with no more opening brackets is
/// only counted, and a scan that meets the limit goes no further.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, depth_exceeds};
///
/// assert!(depth_exceeds(Kernel::active(), b"[[1]]", 1));
/// assert!(!depth_exceeds(Kernel::active(), b"[[1]]", 2));
/// ```
pub fn depth_exceeds(kernel: Kernel, bytes: &[u8], limit: u64) -> bool {
    if bytes.len() as u64 <= limit {
        return false;
    }
    let (_, enough) = kernel.walk(bytes, Openers { remaining: limit });
    enough.is_some() && kernel.walk(bytes, Deepest::new(limit, limit)).1.is_some()
}

/// Ends the scan once more opening brackets were seen than could do no harm.
struct Openers {
    remaining: u64,
}

impl Visitor for Openers {
    type Found = ();

    #[inline(always)]
    fn visit<B: Block>(&mut self, _: B::Proof, block: B, _: usize, _: usize) -> ControlFlow<()> {
        let opening = u64::from(block.equal_folded(b'{').count_ones());
        match self.remaining.checked_sub(opening) {
            Some(remaining) => {
                self.remaining = remaining;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }
}

struct Deepest {
    strings: StringState,
    depth: u64,
    maximum: u64,
    limit: u64,
}

impl Deepest {
    /// Raises `maximum` to the greatest depth, and ends once it is above `limit`.
    const fn new(maximum: u64, limit: u64) -> Self {
        Self { strings: StringState::OUTSIDE, depth: 0, maximum, limit }
    }

    #[inline(always)]
    fn step_through(&mut self, opening: u64, closing: u64) {
        let mut remaining = opening | closing;
        while remaining != 0 {
            let bracket = remaining & remaining.wrapping_neg();
            if opening & bracket != 0 {
                self.depth += 1;
                self.maximum = self.maximum.max(self.depth);
            } else {
                self.depth = self.depth.saturating_sub(1);
            }
            remaining ^= bracket;
        }
    }
}

impl Visitor for Deepest {
    type Found = ();

    #[inline(always)]
    fn visit<B: Block>(
        &mut self,
        proof: B::Proof,
        block: B,
        length: usize,
        _: usize,
    ) -> ControlFlow<()> {
        let outside = !self.strings.advance(proof, block, length);
        let opening = block.equal_folded(b'{') & outside;
        let closing = block.equal_folded(b'}') & outside;
        let opened = u64::from(opening.count_ones());
        let closed = u64::from(closing.count_ones());
        if self.depth + opened <= self.maximum && closed <= self.depth {
            self.depth = self.depth + opened - closed;
            return ControlFlow::Continue(());
        }
        self.step_through(opening, closing);
        if self.maximum > self.limit {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
