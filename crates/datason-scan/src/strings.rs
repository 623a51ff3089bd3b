//! Which bytes lie inside strings, block after block.

use crate::block::Block;

const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// What must be known of the bytes before a block: the state that makes a scan resumable.
///
/// A backslash escapes the byte after it, *wherever it stands*, unless it is escaped itself. An
/// escaped quote opens and closes nothing. Outside a string a backslash is not JSON, so there
/// the rule only has to be the same for every kernel and every cut of the input, and this one
/// keeps runs of backslashes independent of the quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StringState {
    /// 1 if the next byte is escaped, else 0.
    escaped: u64,
    /// All ones if the next byte is inside a string, else 0.
    inside: u64,
}

impl StringState {
    /// The state just after an opening quote.
    pub(crate) const INSIDE: Self = Self { escaped: 0, inside: u64::MAX };
    /// The state between values.
    pub(crate) const OUTSIDE: Self = Self { escaped: 0, inside: 0 };

    /// Whether the next byte belongs to a string or is the quote that closes one.
    pub(crate) const fn is_inside(self) -> bool {
        self.inside != 0
    }

    /// Whether all of `block` is inside a string, whose end and escapes are elsewhere: then moving over
    /// it changes nothing.
    #[inline(always)]
    pub(crate) fn stays_inside<B: Block>(self, block: B) -> bool {
        self.inside != 0 && self.escaped == 0 && block.equal(b'"') | block.equal(b'\\') == 0
    }

    /// Moves over the `length` bytes of `block` and tells which of them are in strings: see
    /// [`between`](Self::between).
    #[inline(always)]
    pub(crate) fn advance<B: Block>(&mut self, proof: B::Proof, block: B, length: usize) -> u64 {
        let quotes = self.quotes(block, length);
        self.between::<B>(proof, quotes)
    }

    /// The quotes of `block` that are not escaped. Moves the state of escapes alone.
    #[inline(always)]
    pub(crate) fn quotes<B: Block>(&mut self, block: B, length: usize) -> u64 {
        block.equal(b'"') & !self.escaped(block.equal(b'\\'), length)
    }

    /// The bytes of strings, with their opening quotes and without their closing ones. Moves the
    /// state of strings alone.
    ///
    /// Beyond the length of a block the mask keeps its last value, since padding has no quotes.
    #[inline(always)]
    pub(crate) fn between<B: Block>(&mut self, proof: B::Proof, quotes: u64) -> u64 {
        let inside = B::prefix_xor(proof, quotes) ^ self.inside;
        self.inside = fill_with_last(inside);
        inside
    }

    /// The escaped bytes of a block of `length` bytes with these backslashes.
    #[inline(always)]
    fn escaped(&mut self, backslashes: u64, length: usize) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        // In a run of backslashes every other one escapes, from the first that is not escaped
        // itself. A subtraction borrows through the run: `pattern` marks every second byte of
        // it, in step with where it began, and in step with the escaped byte at its end.
        let starts = backslashes & !self.escaped;
        let pattern = ((starts << 1) | ODD_BITS).wrapping_sub(starts) ^ ODD_BITS;
        let escaped = pattern ^ (backslashes | self.escaped);
        let escaping = pattern & backslashes;
        self.escaped = (escaping >> (length - 1)) & 1;
        escaped
    }
}

/// All ones or all zeros, as the highest bit says.
#[inline(always)]
const fn fill_with_last(mask: u64) -> u64 {
    0_u64.wrapping_sub(mask >> (u64::BITS - 1))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::*;
    use crate::block::Visitor;
    use crate::kernel::Kernel;

    /// Collects a bit for each byte: is it a quote that counts, is it in a string.
    #[derive(Default)]
    struct Collect {
        state: StringState,
        quotes: Vec<bool>,
        inside: Vec<bool>,
    }

    impl Visitor for Collect {
        type Found = ();

        #[inline(always)]
        fn visit<B: Block>(
            &mut self,
            proof: B::Proof,
            block: B,
            length: usize,
            _: usize,
        ) -> ControlFlow<()> {
            let quotes = self.state.quotes(block, length);
            let inside = self.state.between::<B>(proof, quotes);
            self.quotes.extend((0..length).map(|bit| quotes >> bit & 1 == 1));
            self.inside.extend((0..length).map(|bit| inside >> bit & 1 == 1));
            ControlFlow::Continue(())
        }
    }

    fn naive(text: &[u8]) -> (Vec<bool>, Vec<bool>) {
        let (mut escaped, mut within) = (false, false);
        text.iter()
            .map(|byte| {
                let quote = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                within ^= quote;
                (quote, within)
            })
            .unzip()
    }

    fn check(text: &[u8], cut: usize) {
        for kernel in Kernel::available() {
            let (first, second) = text.split_at(cut);
            let (collected, _) = kernel.walk(first, Collect::default());
            let (collected, _) = kernel.walk(second, collected);
            assert_eq!((collected.quotes, collected.inside), naive(text), "{kernel}, cut at {cut}");
        }
    }

    #[test]
    fn every_second_backslash_of_a_run_escapes() {
        for run in 0..140 {
            for lead in [0, 1, 61, 62, 63, 64] {
                let text = format!("{}\"{}\"x\"", " ".repeat(lead), "\\".repeat(run));
                check(text.as_bytes(), 0);
                check(text.as_bytes(), lead + run / 2);
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_naive_walk_at_every_cut(text in r#"[\\"a]{0,150}"#) {
            for cut in 0..=text.len() {
                check(text.as_bytes(), cut);
            }
        }
    }
}
