//! The end of one value.

use std::ops::ControlFlow;

use crate::block::{Block, Visitor};
use crate::kernel::Kernel;
use crate::strings::StringState;

/// Finds the end of an array, an object or a string whose first byte has been read.
///
/// What the value holds is not judged: brackets are counted without regard to their kind, and
/// those in strings are passed over. It may be fed in pieces cut anywhere. For values that stand
/// one behind the other, and for values to be skipped.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, ValueEnd};
///
/// let text = br#"{"a":["}"]}[1]"#;
/// let mut value = ValueEnd::opened_by(text[0]).expect("a brace opens a value");
/// assert_eq!(value.scan(Kernel::active(), &text[1..6], 1), None);
/// assert_eq!(value.scan(Kernel::active(), &text[6..], 6), Some(11));
/// assert!(ValueEnd::opened_by(b'1').is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueEnd {
    strings: StringState,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An array or object, and the containers that are open inside it.
    Container {
        depth: u64,
    },
    Text,
}

impl ValueEnd {
    /// A scanner that stands just behind `byte`, or `None` if that is no `{`, `[` or `"`.
    pub const fn opened_by(byte: u8) -> Option<Self> {
        match byte {
            b'{' | b'[' => {
                Some(Self { strings: StringState::OUTSIDE, kind: Kind::Container { depth: 0 } })
            }
            b'"' => Some(Self { strings: StringState::INSIDE, kind: Kind::Text }),
            _ => None,
        }
    }

    /// The offset, plus `base`, just behind the last byte of the value, or `None` if the value
    /// goes on behind `bytes`.
    ///
    /// Costs one pass over the bytes of the value and allocates nothing. A scanner has done its
    /// work once it has answered; what it answers after that means nothing.
    pub fn scan(&mut self, kernel: Kernel, bytes: &[u8], base: usize) -> Option<usize> {
        let last = match self.kind {
            Kind::Text => {
                let (text, found) = kernel.walk(bytes, Text { strings: self.strings });
                self.strings = text.strings;
                found
            }
            Kind::Container { depth } => {
                let container = Container { strings: self.strings, depth };
                let (Container { strings, depth }, found) = kernel.walk(bytes, container);
                *self = Self { strings, kind: Kind::Container { depth } };
                found
            }
        };
        last.map(|offset| base + offset + 1)
    }
}

struct Text {
    strings: StringState,
}

impl Visitor for Text {
    type Found = usize;

    #[inline(always)]
    fn visit<B: Block>(
        &mut self,
        _: B::Proof,
        block: B,
        length: usize,
        offset: usize,
    ) -> ControlFlow<usize> {
        match self.strings.quotes(block, length) {
            0 => ControlFlow::Continue(()),
            quotes => ControlFlow::Break(offset + quotes.trailing_zeros() as usize),
        }
    }
}

struct Container {
    strings: StringState,
    depth: u64,
}

impl Visitor for Container {
    type Found = usize;

    #[inline(always)]
    fn visit<B: Block>(
        &mut self,
        proof: B::Proof,
        block: B,
        length: usize,
        offset: usize,
    ) -> ControlFlow<usize> {
        let outside = !self.strings.advance(proof, block, length);
        let opening = block.equal_folded(b'{') & outside;
        let closing = block.equal_folded(b'}') & outside;
        let closed = u64::from(closing.count_ones());
        if self.depth < closed
            && let Some(position) = closing_position(self.depth, opening, closing)
        {
            return ControlFlow::Break(offset + position);
        }
        self.depth += u64::from(opening.count_ones());
        self.depth -= closed;
        ControlFlow::Continue(())
    }
}

/// The position of the bracket that closes a container, inside which `depth` others are open at
/// the start of the block.
#[inline(always)]
fn closing_position(mut depth: u64, opening: u64, mut closing: u64) -> Option<usize> {
    let mut passed = 0;
    while closing != 0 {
        let bracket = closing & closing.wrapping_neg();
        let before = bracket - 1;
        depth += u64::from((opening & before & !passed).count_ones());
        if depth == 0 {
            return Some(bracket.trailing_zeros() as usize);
        }
        depth -= 1;
        passed = before;
        closing ^= bracket;
    }
    None
}
