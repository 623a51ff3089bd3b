//! Runs of what an iterator gives, and what was given back.

use std::fmt;
use std::num::NonZeroUsize;

/// Cuts what an iterator gives into runs, whose size can change on the way.
pub(crate) struct Runs<I: Iterator> {
    items: I,
    /// What was put back, the last first.
    back: Vec<I::Item>,
    size: NonZeroUsize,
}

impl<I: Iterator> Runs<I> {
    pub(crate) fn new(items: I, size: NonZeroUsize) -> Self {
        Self { items, back: Vec::new(), size }
    }

    pub(super) fn size(&self) -> NonZeroUsize {
        self.size
    }

    /// The next item.
    pub(super) fn next_item(&mut self) -> Option<I::Item> {
        self.back.pop().or_else(|| self.items.next())
    }

    /// The next run; `None` at the end.
    pub(crate) fn next_run(&mut self) -> Option<Vec<I::Item>> {
        let mut run = Vec::new();
        while run.len() < self.size.get()
            && let Some(item) = self.next_item()
        {
            run.push(item);
        }
        (!run.is_empty()).then_some(run)
    }

    /// Makes the runs that come `size` long. The items of `back` come again.
    pub(crate) fn recut(&mut self, back: impl IntoIterator<Item = I::Item>, size: NonZeroUsize) {
        let before = self.back.len();
        self.back.extend(back);
        self.back[before..].reverse();
        self.size = size;
    }
}

impl<I: Iterator> fmt::Debug for Runs<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, back, .. } = self;
        f.debug_struct("Runs")
            .field("size", size)
            .field("back", &back.len())
            .finish_non_exhaustive()
    }
}
