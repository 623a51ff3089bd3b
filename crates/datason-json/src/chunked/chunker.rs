//! Inputs cut and encoded: by items, or by the bytes of their text.

use std::num::NonZeroUsize;

use datason_core::{ChunkSize, Chunkable, Config, Result};

use super::encoder::{Budget, ChunkEncoder, make_room};
use super::metadata::Metadata;
use crate::ser::Refused;

/// Cuts an input into chunks and encodes them one by one.
///
/// Of a size in bytes, nobody knows how many items have that much text before it is written. So
/// there is a guess, by the chunk before; a chunk that turns out too long is cut where the text
/// reached the size, and one that is less than half as long is filled up. A jump in the size of
/// items costs a chunk's encoding twice, and steady sizes cost nothing.
pub(crate) struct Chunker<C: Chunkable> {
    chunks: C::Chunks,
    encoder: ChunkEncoder,
    /// How long a text may be, if that is what chunks are cut by.
    target: Option<usize>,
    /// How many items the next chunk is to have.
    size: usize,
    index: u64,
    /// Whether a chunk could not be encoded, as opposed to an input that failed.
    failed: bool,
}

/// How often a chunk is filled up.
const FILLED_UP: usize = 24;

/// How many times as many items are guessed to fit. Of an iterator they are all held before
/// anybody knows how long they are.
const GROWTH: usize = 2;

impl<C: Chunkable> Chunker<C> {
    pub(super) fn new(input: C, size: ChunkSize, encoder: ChunkEncoder) -> Self {
        let target =
            (size.most_bytes() < usize::MAX).then(|| size.most_bytes().min(encoder.most()));
        let items = items_at_first(size);
        let chunks = input.into_chunks(items, encoder.config());
        Self { chunks, encoder, target, size: items.get(), index: 0, failed: false }
    }

    /// The chunks of `input` as a writer of records encodes them.
    pub(crate) fn of_records(
        input: C,
        size: ChunkSize,
        config: Config,
        style: crate::TextStyle,
        budget: Option<Budget>,
    ) -> Self {
        Self::new(input, size, ChunkEncoder::new(config, style, 0, budget))
    }

    pub(super) fn config(&self) -> &Config {
        self.encoder.config()
    }

    /// Whether it was a chunk that failed, and not the input.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Puts the text of the next chunk into `buffer`, in the place of what is there. The number of
    /// its items, if the chunk or `metadata` knows it.
    pub(crate) fn next(
        &mut self,
        metadata: Option<&Metadata>,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<Option<u64>>> {
        let index = self.index;
        let encoded = match self.target {
            Some(target) => self.next_of_bytes(target, buffer)?,
            None => self.next_of_items(buffer)?,
        };
        let known = || metadata.and_then(|metadata| metadata.items_of(index));
        Some(encoded.map(|items| {
            self.index += 1;
            items.or_else(known)
        }))
    }

    fn next_of_items(&mut self, buffer: &mut Vec<u8>) -> Option<Result<Option<u64>>> {
        Some(self.chunks.next()?.and_then(|chunk| self.encode(&chunk, buffer)))
    }

    /// Encodes `chunk` as it is.
    fn encode(&mut self, chunk: &C::Chunk, buffer: &mut Vec<u8>) -> Result<Option<u64>> {
        let encoded = self.encoder.encode_chunk::<C>(chunk, self.index, buffer);
        self.failed = encoded.is_err();
        encoded.map(|()| C::items_in(chunk))
    }

    fn next_of_bytes(
        &mut self,
        target: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<Option<u64>>> {
        if let Err(error) = make_room(self.encoder.room_for(target), buffer) {
            self.failed = true;
            return Some(Err(error));
        }
        let mut fillings = FILLED_UP;
        loop {
            let chunk = match self.chunks.next()? {
                Ok(chunk) => chunk,
                Err(error) => return Some(Err(error)),
            };
            let known = C::items_in(&chunk);
            let items = known.and_then(|items| usize::try_from(items).ok()).unwrap_or(self.size);
            let whole = items <= 1;
            match self.encoder.encode_within(&chunk, self.index, target, buffer) {
                Ok(()) => {
                    let is_short = buffer.len() < target / 2 && items == self.size;
                    let back = (is_short && fillings > 0).then_some(chunk);
                    let again = back.is_some();
                    fillings = fillings.saturating_sub(1);
                    // What cannot be cut anew stays as it is.
                    if self.recut(back, fitting(target, items, buffer.len())).is_none() && again {
                        continue;
                    }
                    return Some(Ok(known));
                }
                Err(Refused::Full { fitting }) if !whole => {
                    fillings = 0;
                    let fewer = fitting.unwrap_or(items / 2).clamp(1, items - 1);
                    let Some(chunk) = self.recut(Some(chunk), fewer) else { continue };
                    return Some(self.encode(&chunk, buffer));
                }
                Err(Refused::Full { .. }) => {
                    return Some(self.encode(&chunk, buffer));
                }
                Err(Refused::Failed(error)) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }

    /// Makes the next chunks have `items` items, and those of `back` come again. Returns it if
    /// that cannot be.
    fn recut(&mut self, back: Option<C::Chunk>, items: usize) -> Option<C::Chunk> {
        let size = NonZeroUsize::new(items).unwrap_or(NonZeroUsize::MIN);
        self.size = size.get();
        C::recut(&mut self.chunks, back, size)
    }
}

/// How many items are guessed to have a text of `target` bytes or a little less, if `items` have
/// one of `length`. Each takes a byte at least, and steps are not too large.
fn fitting(target: usize, items: usize, length: usize) -> usize {
    let aim = (target - target / 8) as u128;
    let items = items as u128;
    let guess = (aim * items / (length.max(1) as u128)).min(items * GROWTH as u128);
    usize::try_from(guess).unwrap_or(usize::MAX).clamp(1, target.max(1))
}

/// How many items the first chunk of `size` has.
pub(super) fn items_at_first(size: ChunkSize) -> NonZeroUsize {
    const FIRST: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");
    if size.most_bytes() < usize::MAX {
        return FIRST;
    }
    NonZeroUsize::new(size.most_records()).unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use datason_core::ByteSize;
    use datason_core::chunkable::Items;
    use proptest::prelude::*;

    use super::*;
    use crate::{ChunkedBuilder, TextStyle};

    /// The texts of the chunks, which are about `target` bytes each.
    fn texts<C: Chunkable>(input: C, target: usize) -> Vec<String> {
        let size = ChunkSize::bytes(ByteSize(target as u64)).unwrap();
        let builder = ChunkedBuilder::new().style(TextStyle::Compact);
        let chunks = builder.serialize(input, size).unwrap().into_chunks();
        chunks.map(|chunk| chunk.unwrap().into_string()).collect()
    }

    /// Chunks that hold everything in order, none longer than `target` unless it is one item, and
    /// none but the last much shorter.
    fn check(items: &[String], target: usize, least: usize) {
        let found = texts(Items::of(items), target);
        let mut all: Vec<String> = Vec::new();
        for (number, text) in found.iter().enumerate() {
            let list: Vec<String> = serde_json::from_str(text).unwrap();
            assert!(text.len() <= target || list.len() == 1, "{} bytes", text.len());
            let next = found.get(number + 1).map(String::len);
            assert!(next.is_none() || text.len() >= least, "{} then {next:?}", text.len());
            all.extend(list);
        }
        assert_eq!(all, items);
    }

    #[test]
    fn chunks_stay_near_their_size_while_items_grow_a_hundred_times() {
        const COUNT: usize = 20_000;
        let growing: Vec<String> = (0..COUNT).map(|n| "x".repeat(10 + n * 990 / COUNT)).collect();
        check(&growing, 64 << 10, 32 << 10);
        let shrinking: Vec<String> = growing.into_iter().rev().collect();
        check(&shrinking, 64 << 10, 32 << 10);
    }

    #[test]
    fn a_jump_in_the_size_of_items_makes_no_chunk_too_long() {
        let jumping: Vec<String> =
            (0..5_000).map(|n| "x".repeat(if n / 500 % 2 == 0 { 10 } else { 1_000 })).collect();
        check(&jumping, 20_000, 10_000);
        let giants: Vec<String> =
            (0..200).map(|n| "x".repeat(if n % 50 == 0 { 30_000 } else { 100 })).collect();
        // Before a giant a chunk ends where it is.
        check(&giants, 20_000, 1);
    }

    #[test]
    fn a_size_that_nobody_has_room_for_takes_none() {
        let size = ChunkSize::bytes(ByteSize(u64::MAX / 2)).unwrap();
        let chunks = ChunkedBuilder::new().serialize(&[1, 2, 3], size).unwrap().into_chunks();
        let texts: Vec<_> = chunks.map(|chunk| chunk.unwrap().into_string()).collect();
        assert_eq!(texts, ["[1, 2, 3]"]);
    }

    #[test]
    fn every_input_is_cut_by_bytes() {
        let list: Vec<u32> = (1_000..2_000).collect();
        let whole = serde_json::to_string(&list).unwrap();
        let joined = |texts: Vec<String>| {
            assert!(texts.len() >= 50 && texts.iter().all(|text| text.len() <= 100), "{texts:?}");
            let inner = texts.iter().map(|text| text[1..text.len() - 1].to_owned());
            inner.collect::<Vec<_>>().join(",")
        };
        let wanted = &whole[1..whole.len() - 1];
        assert_eq!(joined(texts(&list, 100)), wanted);
        let deque: std::collections::VecDeque<u32> = list.iter().copied().collect();
        assert_eq!(joined(texts(&deque, 100)), wanted);
        let set: std::collections::BTreeSet<u32> = list.iter().copied().collect();
        assert_eq!(joined(texts(&set, 100)), wanted);
        let value: serde_json::Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(joined(texts(&value, 100)), wanted);
        let value = datason_core::Value::from(list.clone());
        assert_eq!(joined(texts(&value, 100)), wanted);
        let map: std::collections::BTreeMap<u32, u32> = list.iter().map(|n| (*n, *n)).collect();
        let whole = serde_json::to_string(&map).unwrap();
        assert_eq!(joined(texts(&map, 100)), whole[1..whole.len() - 1]);
        let items = Items::of(list.iter().copied().filter(|n| *n > 0));
        assert_eq!(joined(texts(items, 100)), wanted);
    }

    #[test]
    fn an_item_that_fails_comes_behind_those_before_it() {
        use datason_core::{Error, ErrorKind};
        let bad = |n: u32| Error::new(ErrorKind::Data, format!("item {n}"));
        let items = Items((0..300_u32).map(|n| if n % 100 == 99 { Err(bad(n)) } else { Ok(n) }));
        let size = ChunkSize::bytes(ByteSize(50)).unwrap();
        let (mut all, mut failed) = (Vec::new(), Vec::new());
        for chunk in ChunkedBuilder::new().serialize(items, size).unwrap().into_chunks() {
            match chunk {
                Ok(chunk) => all.extend(chunk.deserialize::<Vec<u32>>().unwrap()),
                Err(error) => failed.push((all.len(), error.message().to_owned())),
            }
        }
        assert_eq!(all.len(), 297);
        let at = |n: usize, name: &str| (n, name.to_owned());
        assert_eq!(failed, [at(99, "item 99"), at(198, "item 199"), at(297, "item 299")]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_items_come_out_whole_and_in_order(
            lengths in proptest::collection::vec(0_usize..400, 0..300),
            target in 1_usize..2_000,
        ) {
            let items: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
            check(&items, target, 0);
        }
    }
}
