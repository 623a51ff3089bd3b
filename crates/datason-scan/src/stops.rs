//! Where strings can end, as a list.

use std::ops::Range;

use crate::block::{BLOCK_SIZE, Block, Task};
use crate::token::Text;

/// The places of a stretch of text where the plain text of a string can end, as
/// [`ValueIndex::string_stop`](crate::ValueIndex::string_stop) says, in their order.
///
/// Who knows how many of them lie before a value needs no search for its end, nor to wait for the
/// end of the value before it. Takes four bytes for each place, and up to twice that while the list
/// grows: in the worst of texts eight times as much as these.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, StringStops, Text, ValueIndex};
///
/// let json = br#"{"name":"a\nb"}"#;
/// let mut index = ValueIndex::new();
/// index.fill(Kernel::active(), json);
/// let mut stops = StringStops::new();
/// stops.fill(Text::new(json, &index), 0..json.len());
/// assert_eq!(stops.places(), [1, 6, 8, 10, 13]);
/// ```
#[derive(Debug, Default)]
pub struct StringStops {
    places: Vec<u32>,
}

impl StringStops {
    /// None.
    pub const fn new() -> Self {
        Self { places: Vec::new() }
    }

    /// Makes this the stops at `span` of `text`, and some that stand less than 64 bytes around it.
    /// Of a text of more than [`Text::MOST`] bytes there are none.
    pub fn fill(&mut self, text: Text<'_>, span: Range<usize>) {
        self.places.clear();
        if text.bytes().len() <= Text::MOST && !span.is_empty() {
            text.index().kernel().run(List { text, span, places: &mut self.places });
        }
    }

    /// The places.
    pub fn places(&self) -> &[u32] {
        &self.places
    }
}

/// The number of the first of `stops`, of those from number `from` on, that is not before `at`.
#[inline(always)]
pub(crate) fn first_from(stops: &[u32], mut from: usize, at: usize) -> usize {
    while stops.get(from).is_some_and(|stop| (*stop as usize) < at) {
        from += 1;
    }
    from
}

struct List<'a> {
    text: Text<'a>,
    span: Range<usize>,
    places: &'a mut Vec<u32>,
}

impl Task for List<'_> {
    type Output = ();

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) {
        let Self { text, span, places } = self;
        let first = span.start / BLOCK_SIZE;
        for (at, word) in text.index().string_words(first..span.end.div_ceil(BLOCK_SIZE)) {
            B::push_places(proof, word, at, places);
        }
    }
}
