//! Chunks, one after the other, as text.

use std::fmt;

use datason_core::{ByteSize, Chunkable, Config, Error, ErrorKind, Result};
use serde::Serialize;

use super::metadata::Metadata;
use super::text::ChunkText;
use crate::measure::{Length, measure};
use crate::ser::{Encoder, TextStyle};

/// Encodes chunks within a limit on memory.
#[derive(Debug)]
pub(super) struct ChunkEncoder {
    encoder: Encoder,
    level: usize,
    budget: Option<Budget>,
    /// The length of the text before.
    length: usize,
}

/// What a chunk's text may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// The limit as it was told.
    pub(super) limit: ByteSize,
    /// What it leaves for the text.
    pub(super) text: usize,
}

/// The serializer's output grows by this much before it is cut to size.
const SLACK: usize = 64;

impl ChunkEncoder {
    /// An encoder for chunks inside `level` lists or maps.
    pub(super) fn new(
        config: Config,
        style: TextStyle,
        level: usize,
        budget: Option<Budget>,
    ) -> Self {
        Self { encoder: Encoder::new(config, style).level(level), level, budget, length: 0 }
    }

    /// The text of chunk `index`, in a buffer of its own.
    fn encode<C: Chunkable>(&mut self, chunk: &C::Chunk, index: u64) -> Result<Vec<u8>> {
        let room = match self.measured(chunk, index)? {
            Some(length) => length + SLACK,
            // The next chunk is mostly about as long as the one before.
            None => self.length + self.length / 16 + SLACK,
        };
        let mut text = Vec::with_capacity(room);
        self.append::<C>(chunk, index, &mut text)?;
        Ok(text)
    }

    /// Puts the text of chunk `index` into `buffer` in the place of what is there.
    pub(super) fn encode_into<C: Chunkable>(
        &mut self,
        chunk: &C::Chunk,
        index: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        buffer.clear();
        if let Some(length) = self.measured(chunk, index)?
            && length + SLACK > buffer.capacity()
        {
            // Let go of the old one first: growing would hold both.
            *buffer = Vec::new();
            buffer.reserve_exact(length + SLACK);
        }
        self.append::<C>(chunk, index, buffer)
    }

    fn append<C: Chunkable>(
        &mut self,
        chunk: &C::Chunk,
        index: u64,
        text: &mut Vec<u8>,
    ) -> Result<()> {
        let spacing = self.encoder.style().spacing();
        let written = spacing
            .is_some_and(|spacing| C::append_text(chunk, self.encoder.config(), spacing, text));
        if !written {
            self.encoder.append(chunk, text).map_err(|error| in_chunk(&error, index))?;
        }
        self.length = text.len();
        match self.budget {
            Some(budget) if text.len() > budget.text => Err(budget.exceeded(index, text.len(), "")),
            _ => Ok(()),
        }
    }

    /// The length of the text, if there is a limit that makes it matter.
    fn measured<T: Serialize>(&self, chunk: &T, index: u64) -> Result<Option<usize>> {
        let Some(budget) = self.budget else { return Ok(None) };
        let (config, style) = (self.encoder.config(), self.encoder.style());
        match measure(chunk, config, style, self.level, budget.text) {
            Length::Exactly(length) => Ok(Some(length)),
            Length::MoreThan(length) => Err(budget.exceeded(index, length, "at least ")),
            Length::Unknown => Ok(None),
        }
    }
}

impl Budget {
    #[cold]
    fn exceeded(self, index: u64, length: usize, least: &str) -> Error {
        let (limit, length) = (self.limit, ByteSize(length as u64));
        let left = ByteSize(self.text as u64);
        let message = format!(
            "chunk {index} takes {least}{length} of text, and the memory limit of {limit} leaves \
             {left} for it: use smaller chunks or a higher limit"
        );
        Error::new(ErrorKind::Limit, message)
    }
}

/// The same error, said to be in chunk `index`.
#[cold]
fn in_chunk(error: &Error, index: u64) -> Error {
    let message = format!("chunk {index}: {}", error.message());
    let wrapped = Error::new(error.kind(), message);
    match error.pointer() {
        Some(pointer) => wrapped.with_pointer(pointer),
        None => wrapped,
    }
}

/// The chunks of an input as text, made one at a time: see
/// [`ChunkedSerialization::chunks`](super::ChunkedSerialization::chunks).
///
/// Ends for good after an error in a chunk. An error of the input itself (an
/// [item](datason_core::chunkable::Items) that is an error) is yielded, and the input decides
/// whether something follows.
pub struct ChunkTexts<C: Chunkable> {
    chunks: C::Chunks,
    encoder: ChunkEncoder,
    metadata: Metadata,
    index: u64,
    done: bool,
}

impl<C: Chunkable> ChunkTexts<C> {
    pub(super) fn new(chunks: C::Chunks, encoder: ChunkEncoder, metadata: Metadata) -> Self {
        Self { chunks, encoder, metadata, index: 0, done: false }
    }

    fn text_of(&mut self, chunk: &C::Chunk) -> Result<ChunkText> {
        let text = self.encoder.encode::<C>(chunk, self.index)?;
        let items = C::items_in(chunk).or_else(|| self.metadata.items_of(self.index));
        self.index += 1;
        Ok(ChunkText {
            text: String::from_utf8(text).expect("JSON text is UTF-8"),
            index: self.index - 1,
            items,
            start: datason_core::Position::START.with_record(self.index - 1),
            path: None,
            max_depth: self.encoder.encoder.config().max_depth,
        })
    }
}

impl<C: Chunkable> Iterator for ChunkTexts<C> {
    type Item = Result<ChunkText>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.chunks.next() {
            Some(Ok(chunk)) => {
                let text = self.text_of(&chunk);
                self.done = text.is_err();
                Some(text)
            }
            Some(Err(error)) => {
                self.done = error.is_fatal();
                Some(Err(error))
            }
            None => {
                self.done = true;
                None
            }
        }
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
