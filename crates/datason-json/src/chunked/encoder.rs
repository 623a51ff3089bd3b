//! Chunks as text, within a limit on memory.

use datason_core::{ByteSize, Chunkable, Config, Error, ErrorKind, Result};
use serde::Serialize;

use crate::measure::{Length, measure};
use crate::ser::{Encoder, Refused, TextStyle};

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
pub(crate) struct Budget {
    /// The limit as it was told.
    pub(crate) limit: ByteSize,
    /// What it leaves for the text.
    pub(crate) text: usize,
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

    pub(super) fn config(&self) -> &Config {
        self.encoder.config()
    }

    /// How much room to make for a text of up to `target` bytes. Under a limit all of it, since a
    /// buffer that grows holds twice as much; else what it will take by all appearances.
    pub(super) fn room_for(&self, target: usize) -> usize {
        match self.budget {
            Some(_) => target,
            None => target.min(self.guess()),
        }
    }

    /// The most bytes that the text of a chunk may have.
    pub(super) fn most(&self) -> usize {
        self.budget.map_or(usize::MAX, |budget| budget.text)
    }

    /// As [`encode`](Self::encode); without a limit in the chunk's own way, if it has one.
    pub(super) fn encode_chunk<C: Chunkable>(
        &mut self,
        chunk: &C::Chunk,
        index: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        if let (None, Some(spacing)) = (self.budget, self.encoder.style().spacing()) {
            make_room(self.guess(), buffer)?;
            if C::append_text(chunk, self.encoder.config(), spacing, buffer) {
                self.length = buffer.len();
                return Ok(());
            }
        }
        self.encode(chunk, index, buffer)
    }

    /// Puts the text of chunk `index` into `buffer` in the place of what is there.
    ///
    /// Under a limit the buffer is never larger than that allows. The chunk is walked once if it
    /// is not much longer than the one before; else it is measured, and walked again.
    pub(super) fn encode<T: Serialize>(
        &mut self,
        chunk: &T,
        index: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        let Some(budget) = self.budget else {
            make_room(self.guess(), buffer)?;
            self.encoder.append(chunk, buffer).map_err(|error| in_chunk(&error, index))?;
            self.length = buffer.len();
            return Ok(());
        };
        make_room(self.guess().min(budget.text), buffer)?;
        let most = budget.text.min(buffer.capacity() - SLACK);
        match self.encode_within(chunk, index, most, buffer) {
            Err(Refused::Full { .. }) => {}
            outcome => return Ok(outcome?),
        }
        let (config, style) = (self.encoder.config(), self.encoder.style());
        match measure(chunk, config, style, self.level, budget.text) {
            Length::Exactly(length) => make_room(length, buffer)?,
            Length::MoreThan(length) => return Err(budget.exceeded(index, length)),
            // Why it cannot be written, the encoder says.
            Length::Unknown => {}
        }
        match self.encode_within(chunk, index, budget.text, buffer) {
            Err(Refused::Full { .. }) => Err(budget.exceeded(index, budget.text + 1)),
            outcome => Ok(outcome?),
        }
    }

    /// As [`encode`](Self::encode), of a text of at most `most` bytes, for which there must be
    /// room.
    pub(super) fn encode_within<T: Serialize>(
        &mut self,
        chunk: &T,
        index: u64,
        most: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Refused> {
        buffer.clear();
        self.encoder.append_within(chunk, most, buffer).map_err(|refused| match refused {
            Refused::Failed(error) => Refused::Failed(in_chunk(&error, index)),
            full @ Refused::Full { .. } => full,
        })?;
        self.length = buffer.len();
        Ok(())
    }

    /// The next chunk is mostly about as long as the one before.
    fn guess(&self) -> usize {
        self.length + self.length / 16
    }
}

/// Empties `buffer` and makes room for a text of `length` bytes. Lets go of what is there first:
/// growing would hold both.
pub(super) fn make_room(length: usize, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    let wanted = length.saturating_add(SLACK);
    if wanted <= buffer.capacity() {
        return Ok(());
    }
    *buffer = Vec::new();
    buffer.try_reserve_exact(wanted).map_err(|cause| {
        let size = ByteSize(wanted as u64);
        Error::new(ErrorKind::Limit, format!("no memory for a text of {size}")).caused_by(cause)
    })
}

impl Budget {
    #[cold]
    fn exceeded(self, index: u64, length: usize) -> Error {
        let (limit, length) = (self.limit, ByteSize(length as u64));
        let left = ByteSize(self.text as u64);
        let message = format!(
            "chunk {index} takes at least {length} of text, and the memory limit of {limit} leaves \
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
