//! What the process holds.

use std::fmt;
use std::iter::FusedIterator;

use datason_core::ByteSize;

use crate::system::usage;

/// The memory of this process that is in RAM now; `None` where the system does not say.
///
/// Costs a few system calls on Linux. Elsewhere the crate `sysinfo` is asked, which on macOS and
/// Windows looks through the list of all processes.
///
/// # Example
/// ```
/// let before = datason_memory::resident_set();
/// let large = vec![1_u8; 32 << 20];
/// if let (Some(before), Some(now)) = (before, datason_memory::resident_set()) {
///     assert!(now > before);
/// }
/// assert_eq!(large.len(), 32 << 20);
/// ```
pub fn resident_set() -> Option<ByteSize> {
    usage().resident
}

/// The most memory of this process that was ever in RAM; `None` where the system does not say.
///
/// On Linux this is the peak that the system measured. Elsewhere it is the most that was ever seen:
/// by this function, by [`resident_set`], or by a [`Monitor`]. What came and went between two looks
/// is not in it, so look once at the beginning and then often.
///
/// # Example
/// ```
/// if let (Some(peak), Some(now)) = (datason_memory::peak_resident_set(), datason_memory::resident_set()) {
///     assert!(peak.as_u64() > 0 && now.as_u64() > 0);
/// }
/// ```
pub fn peak_resident_set() -> Option<ByteSize> {
    usage().peak
}

/// What the process held when an item had been made: see [`Monitor::monitored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The number of the item, from 0.
    pub index: u64,
    /// What was held before the first item was asked for; `None` where the system does not say.
    pub before: Option<ByteSize>,
    /// What is held now, the item included.
    pub resident: Option<ByteSize>,
    /// The most that was ever held so far; where the system measures no peak, the most that was
    /// ever seen (see [`peak_resident_set`]).
    pub peak: Option<ByteSize>,
    /// The peak before this item was asked for: if that is less, this item has raised it.
    pub peak_before: Option<ByteSize>,
}

impl Reading {
    /// How much more is held than before the first item; nothing if it is less.
    pub fn increase(&self) -> Option<ByteSize> {
        difference(self.before?, self.resident?)
    }

    /// By how much making this item has raised the peak.
    pub fn raised_peak(&self) -> Option<ByteSize> {
        difference(self.peak_before?, self.peak?)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what the callers return")]
fn difference(before: ByteSize, after: ByteSize) -> Option<ByteSize> {
    Some(ByteSize(after.as_u64().saturating_sub(before.as_u64())))
}

/// Watches the memory of the process while items are made.
///
/// An extension of every iterator: of chunks, rows, batches.
pub trait Monitor: Iterator + Sized {
    /// The same items. After each has been made, and before it is handed out, `watch` gets what
    /// the process holds. Costs a few system calls an item, so it is for chunks and not for rows.
    ///
    /// # Example
    /// ```
    /// use datason_memory::Monitor;
    ///
    /// let mut held = Vec::new();
    /// let chunks = (1..=4).map(|megabytes| vec![1_u8; megabytes << 20]);
    /// let lengths: Vec<usize> =
    ///     chunks.monitored(|reading| held.push(*reading)).map(|chunk| chunk.len()).collect();
    /// assert_eq!(lengths.len(), 4);
    /// assert_eq!(held[3].index, 3);
    /// if let Some(increase) = held[3].increase() {
    ///     assert!(increase.as_u64() < 1 << 30);
    /// }
    /// ```
    fn monitored<F: FnMut(&Reading)>(self, watch: F) -> Monitored<Self, F> {
        Monitored { items: self, watch, next: 0, before: resident_set() }
    }
}

impl<I: Iterator> Monitor for I {}

/// Items that are watched; made by [`Monitor::monitored`].
pub struct Monitored<I, F> {
    items: I,
    watch: F,
    next: u64,
    before: Option<ByteSize>,
}

impl<I: Iterator, F: FnMut(&Reading)> Iterator for Monitored<I, F> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let peak_before = usage().peak;
        let item = self.items.next()?;
        let now = usage();
        (self.watch)(&Reading {
            index: self.next,
            before: self.before,
            resident: now.resident,
            peak: now.peak,
            peak_before,
        });
        self.next += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

impl<I: FusedIterator, F: FnMut(&Reading)> FusedIterator for Monitored<I, F> {}

impl<I: fmt::Debug, F> fmt::Debug for Monitored<I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitored").field("items", &self.items).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_large_is_seen_to_be() {
        const LARGE: usize = 64 << 20;
        let mut readings = Vec::new();
        let sizes = [1 << 10, LARGE, 1 << 10].into_iter();
        let mut items = sizes.map(|bytes| vec![1_u8; bytes]).monitored(|seen| readings.push(*seen));
        let lengths: Vec<usize> = items.by_ref().map(|item| item.len()).collect();
        assert_eq!((lengths, items.size_hint()), (vec![1 << 10, LARGE, 1 << 10], (0, Some(0))));
        drop(items);
        assert_eq!(readings.iter().map(|seen| seen.index).collect::<Vec<_>>(), [0, 1, 2]);
        if cfg!(target_os = "linux") {
            let large = readings[1];
            let peak = large.peak.expect("Linux says").as_u64();
            assert!(large.increase() > Some(ByteSize(LARGE as u64 / 2)), "{large:?}");
            assert!(peak >= large.resident.expect("Linux says").as_u64(), "{large:?}");
            assert!(large.raised_peak() > Some(ByteSize(0)), "{large:?}");
            // The system counts pages in lots, so a peak can sink by a few of them.
            let later = readings[2].peak.expect("Linux says").as_u64();
            assert!(later + (1 << 20) >= peak, "{later} after {peak}");
        }
    }

    #[test]
    fn what_the_system_does_not_say_is_not_made_up() {
        let (before, resident, peak, peak_before) = (None, None, None, None);
        let reading = Reading { index: 0, before, resident, peak, peak_before };
        assert_eq!((reading.increase(), reading.raised_peak()), (None, None));
    }
}
