//! Chunks, one after the other, as text.

use std::fmt;

use datason_core::{Chunkable, Result};

use super::chunker::Chunker;
use super::metadata::Metadata;
use super::text::ChunkText;

/// The chunks of an input as text, made one at a time: see
/// [`ChunkedSerialization::chunks`](super::ChunkedSerialization::chunks).
///
/// Ends for good after an error in a chunk. An error of the input itself (an
/// [item](datason_core::chunkable::Items) that is an error) is yielded, and the input decides
/// whether something follows.
pub struct ChunkTexts<C: Chunkable> {
    chunker: Chunker<C>,
    metadata: Metadata,
    index: u64,
    done: bool,
}

impl<C: Chunkable> ChunkTexts<C> {
    pub(super) fn new(chunker: Chunker<C>, metadata: Metadata) -> Self {
        Self { chunker, metadata, index: 0, done: false }
    }

    fn text_of(&mut self, mut text: Vec<u8>, items: Option<u64>) -> ChunkText {
        if text.len() < text.capacity() / 2 {
            text.shrink_to_fit();
        }
        self.index += 1;
        ChunkText {
            text: String::from_utf8(text).expect("JSON text is UTF-8"),
            index: self.index - 1,
            items,
            start: datason_core::Position::START.with_record(self.index - 1),
            path: None,
            max_depth: self.chunker.config().max_depth,
        }
    }
}

impl<C: Chunkable> Iterator for ChunkTexts<C> {
    type Item = Result<ChunkText>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut text = Vec::new();
        let encoded = self.chunker.next(Some(&self.metadata), &mut text);
        self.done = match &encoded {
            Some(Ok(_)) => false,
            Some(Err(error)) => error.is_fatal() || self.chunker.has_failed(),
            None => true,
        };
        encoded.map(|items| items.map(|items| self.text_of(text, items)))
    }
}

impl<C: Chunkable> std::iter::FusedIterator for ChunkTexts<C> {}

impl<C: Chunkable> fmt::Debug for ChunkTexts<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkTexts")
            .field("index", &self.index)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}
