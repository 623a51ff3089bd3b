//! The way out: what of a text cannot stand in a JSON string as it is.

use std::ops::ControlFlow;

use crate::block::{Block, Visitor};
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
        self.walk(text, First).1
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
        match block.equal(b'"') | block.equal(b'\\') | block.at_most(LAST_CONTROL) {
            0 => ControlFlow::Continue(()),
            mask => ControlFlow::Break(offset + mask.trailing_zeros() as usize),
        }
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
            }
        }
    }
}
