//! What of a limit on memory is whose.

use std::ops::Range;

use datason_core::{ByteSize, ChunkSize};
use datason_io::Compression;

/// How a reader shares out its limit on memory.
///
/// Fixed when an input is opened. If a record could have what happens to be free, whether it fits
/// would depend on how the input is cut into blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Bytes read at a time. Their records may be two bytes each, whose places take eight times
    /// the block, and one and a half times that while their list grows.
    pub(crate) block: usize,
    /// The longest record. Three times as much is there: the window and its copy in the chunk, and
    /// half as much again as the window while that grows, or a copy where the record goes.
    pub(crate) record: usize,
    /// What the records of a chunk may count, a single record apart: see [`ChunkLimit`].
    pub(crate) chunk: usize,
    /// The longest record that the fast codec may have, whose buffers take 30 times as much.
    pub(crate) codec_record: usize,
    /// What is held all the time, the window apart.
    pub(crate) fixed: usize,
}

impl Shares {
    pub(crate) fn of(limit: ByteSize, compression: Compression) -> Self {
        let limit_bytes = usize::try_from(limit.as_u64()).unwrap_or(usize::MAX);
        let decompressor = match compression {
            Compression::Zstd => Self::zstd_window(limit).as_u64() + (1 << 20),
            Compression::Gzip => 256 << 10,
            _ => 0,
        };
        let decompressor = usize::try_from(decompressor).unwrap_or(usize::MAX);
        // Three eighths for blocks, codec and chunk, of which 12/128, 30/256 and 3/32 are used.
        let fixed = (limit_bytes / 8 * 3).saturating_add(decompressor);
        Self {
            block: limit_bytes / 128,
            record: limit_bytes.saturating_sub(fixed) / 3,
            chunk: limit_bytes / 32,
            codec_record: limit_bytes / 256,
            fixed,
        }
    }

    /// The largest zstd window: a power of two that is at most a quarter.
    pub(crate) fn zstd_window(limit: ByteSize) -> ByteSize {
        ByteSize(1 << (limit.as_u64() / 4).max(1).ilog2())
    }
}

/// What a chunk holds so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) count: usize,
    /// The bytes of the records, without what stands between them.
    pub(crate) text: usize,
}

impl Filled {
    pub(crate) fn add(&mut self, record: usize) {
        self.count += 1;
        self.text += record;
    }
}

/// What records take in the form that is made of them, at most: see
/// [`Reader::limit_records`](crate::Reader::limit_records).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordCost {
    /// Bytes of memory for each record.
    pub record: usize,
    /// Bytes of memory for each byte of text.
    pub byte: usize,
}

impl RecordCost {
    /// What `count` records of `text` bytes take.
    #[inline]
    pub const fn of(self, count: usize, text: usize) -> usize {
        count.saturating_mul(self.record).saturating_add(text.saturating_mul(self.byte))
    }

    /// How long a record may be that takes at most `bytes`.
    pub(crate) const fn text_within(self, bytes: usize) -> usize {
        let byte = if self.byte == 0 { 1 } else { self.byte };
        bytes.saturating_sub(self.record) / byte
    }
}

/// Where a chunk ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkLimit {
    pub(crate) size: ChunkSize,
    /// What the records may count together: their text, and [`PER_RECORD`](Self::PER_RECORD).
    pub(crate) memory: usize,
    /// What they take in the form that is made of them, and what they may take.
    pub(crate) made: Option<(RecordCost, usize)>,
}

impl ChunkLimit {
    /// What a record takes beside its text: 16 bytes for its place, and up to 64 of what separates
    /// it from the next.
    const PER_RECORD: usize = 80;

    /// Whether a chunk that holds `filled` can take another record at all.
    pub(crate) fn has_room(self, filled: Filled) -> bool {
        let Filled { count, text } = filled;
        self.size.has_room(count, text) && (count == 0 || self.allows(count, text))
    }

    /// Whether a record of `record` bytes fits as well. The first always does.
    pub(crate) fn fits(self, filled: Filled, record: usize) -> bool {
        let Filled { count, text } = filled;
        self.size.fits(count, text, record)
            && (count == 0 || self.allows(count + 1, text.saturating_add(record)))
    }

    /// Takes the first of `records` that fit into a chunk that holds `filled`, which tells of them
    /// too. How many there are.
    pub(crate) fn take(self, filled: &mut Filled, records: &[Range<usize>]) -> usize {
        let Some((last, others)) = records.split_last() else { return 0 };
        let text: usize = others.iter().map(Range::len).sum();
        let mut all = Filled { count: filled.count + others.len(), text: filled.text + text };
        // With the last all others fit, and mostly they do.
        if self.fits(all, last.len()) {
            all.add(last.len());
            *filled = all;
            return records.len();
        }
        let fits = records.iter().take_while(|record| {
            let fits = self.fits(*filled, record.len());
            if fits {
                filled.add(record.len());
            }
            fits
        });
        fits.count()
    }

    fn allows(self, count: usize, text: usize) -> bool {
        text.saturating_add(count.saturating_mul(Self::PER_RECORD)) <= self.memory
            && self.made.is_none_or(|(cost, most)| cost.of(count, text) <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_less_than_the_whole() {
        for mebibytes in [4, 5, 32, 100, 1 << 20] {
            let limit = ByteSize::mib(mebibytes);
            let bytes = usize::try_from(limit.as_u64()).unwrap();
            for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
                let Shares { block, record, chunk, codec_record, fixed } =
                    Shares::of(limit, compression);
                assert!(fixed + 3 * record <= bytes, "{limit} {compression:?}");
                assert!(12 * block + 30 * codec_record + 3 * chunk <= bytes / 8 * 3);
                assert!(record >= 100 << 10, "{limit} {compression:?}: {record}");
            }
        }
    }

    #[test]
    fn a_chunk_ends_where_its_memory_does() {
        let limit = ChunkLimit { size: ChunkSize::records(10).unwrap(), memory: 200, made: None };
        let one = |text| Filled { count: 1, text };
        assert!(limit.fits(Filled::default(), 1_000), "the first record always does");
        assert!(!limit.has_room(one(1_000)));
        assert!(limit.fits(one(10), 30) && !limit.fits(one(10), 31));
        let mut filled = one(10);
        assert_eq!(limit.take(&mut filled, &[0..30, 31..32]), 1);
        assert_eq!(filled, Filled { count: 2, text: 40 });
        let mut filled = Filled::default();
        assert_eq!(limit.take(&mut filled, &[0..20, 21..41]), 2);
        assert_eq!(filled, Filled { count: 2, text: 40 });
        assert_eq!(limit.take(&mut filled, &[]), 0);
        assert_eq!(limit.take(&mut Filled::default(), &[0..1_000, 1_001..1_002]), 1);
        let made = ChunkLimit { made: Some((RecordCost { record: 100, byte: 2 }, 250)), ..limit };
        assert!(made.fits(one(10), 15) && !made.fits(one(10), 16));
        assert!(made.fits(Filled::default(), 1_000), "the first record always does");
    }
}
