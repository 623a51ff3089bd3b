//! The part of an input that is being looked at.

use std::fmt;
use std::io::Read;
use std::ops::Range;

use datason_core::{Budget, ByteSize, Error, ErrorKind, Held, Result};

use crate::error::into_error;
use crate::retry::read_once;

/// A window that moves over an input: what has been read and not yet consumed, in one buffer.
///
/// [`fill`](Self::fill) reads a block behind the bytes at hand, [`consume`](Self::consume) gives
/// up the first of them, and the incomplete record at the end stays until the rest of it has
/// come. The buffer is reused, so that it stays in the processor's cache; it doubles when a
/// record does not fit, up to a [`limit`](Self::limit), and shrinks again when records have been
/// small for a while.
///
/// # Example
/// ```
/// use datason_io::{Fill, Window};
///
/// let mut window = Window::new(b"one\ntwo\nthree".as_slice()).block_size(4);
/// let mut lines = Vec::new();
/// loop {
///     match window.bytes().iter().position(|byte| *byte == b'\n') {
///         Some(end) => {
///             lines.push(window.bytes()[..end].to_vec());
///             window.consume(end + 1);
///         }
///         None if window.fill()? == Fill::End => break,
///         None => {}
///     }
/// }
/// assert_eq!(lines, [b"one", b"two"]);
/// assert_eq!((window.bytes(), window.offset()), (b"three".as_slice(), 8));
/// # Ok::<(), datason_core::Error>(())
/// ```
pub struct Window<R> {
    reader: R,
    /// Every byte of it is initialised once; what counts is `held`.
    buffer: Vec<u8>,
    held: Range<usize>,
    offset: u64,
    block: usize,
    limit: usize,
    state: State,
    /// Bytes read since the buffer was last seen to be more than a quarter full.
    since_needed: u64,
    budget: Option<Budget>,
    /// The buffer's share of the budget.
    share: Option<Held>,
}

/// What a call of [`Window::fill`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the end of the input is not an error"]
pub enum Fill {
    /// This many bytes, at least one, have come behind those at hand.
    Read(usize),
    /// The input has ended; what is at hand is all there is.
    End,
    /// The bytes at hand have reached the limit. Nothing can be read unless some are consumed:
    /// what does not fit is an error that only the caller can name.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Failed(ErrorKind),
}

impl<R> Window<R> {
    /// The bytes asked for at once unless told otherwise: 256 KiB. Large enough that a system
    /// call costs nothing, small enough that what is read is still in the second-level cache
    /// when it is looked at.
    pub const DEFAULT_BLOCK: usize = 256 << 10;

    /// The smallest buffer, in blocks: one that is being read, and room for a tail before it,
    /// so that reads of a file keep to its blocks.
    const BLOCKS: usize = 2;

    /// A window at the start of what `reader` gives. Allocates nothing yet.
    pub const fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            held: 0..0,
            offset: 0,
            block: Self::DEFAULT_BLOCK,
            limit: usize::MAX,
            state: State::Reading,
            since_needed: 0,
            budget: None,
            share: None,
        }
    }

    /// The most bytes to ask the reader for at once; 0 counts as 1. Default:
    /// [`DEFAULT_BLOCK`](Self::DEFAULT_BLOCK).
    #[must_use]
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.block = bytes.max(1);
        self
    }

    /// The most bytes the buffer may have, hence the longest record that can be held; 0 counts
    /// as 1. Default: none.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes.max(1);
        self
    }

    /// As [`limit`](Self::limit), on the way. A buffer that is larger already stays until it shrinks.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes.max(1);
    }

    /// What the buffer is held against, from now on. Default: nothing. Growing holds the old buffer
    /// and the new one for a moment, one and a half times the [`limit`](Self::limit) at most. What
    /// [`exchange`](Self::exchange) hands out is no longer counted.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// What has been read and not consumed.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.held.clone()]
    }

    /// The place of the first of [`bytes`](Self::bytes) in the input: how many were consumed.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the input has ended, so that nothing will come behind [`bytes`](Self::bytes).
    pub fn at_end(&self) -> bool {
        self.state == State::Ended
    }

    /// Gives up the first `count` of [`bytes`](Self::bytes). Costs nothing.
    ///
    /// # Panics
    /// If there are not that many.
    pub fn consume(&mut self, count: usize) {
        assert!(count <= self.held.len(), "only bytes at hand can be consumed");
        self.held.start += count;
        self.offset += count as u64;
    }

    /// Heap bytes held.
    pub fn allocated_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    /// The reader. What it has given so far may be more than has been consumed.
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader, to be asked or told something; bytes read from it are missed here.
    pub const fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The reader; bytes at hand are lost.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Consumes the first `count` of [`bytes`](Self::bytes) and hands them out without copying:
    /// the whole buffer, and where in it they stand. The rest, mostly an incomplete record, is
    /// copied into `used`, which is the buffer from now on.
    ///
    /// Give back a buffer that was handed out before, at its full length: what it lacks is
    /// allocated and zeroed.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] if `used` is too small and memory, or the budget, has run out. The
    /// window is as it was then.
    ///
    /// # Panics
    /// If there are not that many bytes.
    pub fn exchange(&mut self, count: usize, used: Vec<u8>) -> Result<(Vec<u8>, Range<usize>)> {
        assert!(count <= self.held.len(), "only bytes at hand can be handed out");
        let given = self.held.start..self.held.start + count;
        let tail = given.end..self.held.end;
        let mut buffer = used;
        let share = self.hold(buffer.capacity().max(self.base()).max(tail.len()))?;
        lengthen(&mut buffer, self.base().max(tail.len()))?;
        self.share = share;
        buffer[..tail.len()].copy_from_slice(&self.buffer[tail.clone()]);
        self.held = 0..tail.len();
        self.offset += count as u64;
        Ok((std::mem::replace(&mut self.buffer, buffer), given))
    }

    /// Whether the buffer is larger than it is while records are small.
    pub fn has_grown(&self) -> bool {
        self.buffer.len() > self.base()
    }

    /// The size of the buffer while records are small.
    fn base(&self) -> usize {
        self.block.saturating_mul(Self::BLOCKS).min(self.limit)
    }

    /// Makes room behind the bytes at hand, unless the limit forbids it.
    fn make_room(&mut self) -> Result<()> {
        self.shrink_if_long_unneeded();
        // A tail is moved only into room of its own size, so no byte is moved more often than
        // others are consumed, and the time stays linear however the input is cut.
        if self.held.len() <= self.held.start {
            self.move_to_front();
        }
        if self.held.end == self.buffer.len() {
            if self.buffer.len() < self.limit {
                self.move_to_front();
                self.grow()?;
            } else if self.held.start > 0 {
                self.move_to_front();
            }
        }
        Ok(())
    }

    fn move_to_front(&mut self) {
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
    }

    fn grow(&mut self) -> Result<()> {
        let doubled = self.buffer.len().saturating_mul(2).min(self.limit);
        let mut length = doubled.max(self.base());
        if self.budget.is_some() && length > self.limit / 2 {
            // So that the last step holds half of the limit beside it, and never all of it.
            length = self.limit;
        }
        let share = self.hold(length)?;
        lengthen(&mut self.buffer, length)?;
        self.share = share;
        Ok(())
    }

    fn hold(&self, bytes: usize) -> Result<Option<Held>> {
        self.budget.as_ref().map(|budget| budget.try_hold(bytes)).transpose()
    }

    /// Gives back the memory of a giant record, but not before much more than its size went by
    /// without another: a stream of giants would allocate for each of them.
    fn shrink_if_long_unneeded(&mut self) {
        let length = self.buffer.len();
        if length <= self.base() || self.held.len() > length / 4 {
            self.since_needed = 0;
        } else if self.since_needed / 4 > length as u64 {
            self.move_to_front();
            self.buffer.truncate(self.base().max(length / 4));
            self.buffer.shrink_to_fit();
            if let Some(share) = &mut self.share {
                share.shrink_to(self.buffer.len());
            }
        }
    }
}

impl<R: Read> Window<R> {
    /// Reads once, at most a block, behind the bytes at hand.
    ///
    /// One read and not more, so that what a pipe has brought can be used before the next of
    /// it comes; a file fills the block each time. Interrupted reads are repeated.
    ///
    /// # Errors
    /// The reader's error, as it was if it was a datason [`Error`], else as
    /// [`ErrorKind::Io`]; what was read before is still at hand. Every later call fails too:
    /// a failed input never looks like one that has ended. [`ErrorKind::Limit`] if memory or
    /// the budget has run out, which does not spoil the window.
    pub fn fill(&mut self) -> Result<Fill> {
        match self.state {
            State::Reading => {}
            State::Ended => return Ok(Fill::End),
            State::Failed(kind) => return Err(failed_before(kind)),
        }
        self.make_room()?;
        if self.held.end == self.buffer.len() {
            return Ok(Fill::Full);
        }
        self.read_block()
    }

    fn read_block(&mut self) -> Result<Fill> {
        let end = self.held.end;
        let room = self.buffer.len().min(end.saturating_add(self.block));
        match read_once(&mut self.reader, &mut self.buffer[end..room]) {
            Ok(0) => {
                self.state = State::Ended;
                Ok(Fill::End)
            }
            Ok(count) => {
                self.held.end += count;
                self.since_needed += count as u64;
                Ok(Fill::Read(count))
            }
            Err(error) => {
                let error = into_error(error, "cannot read");
                self.state = State::Failed(error.kind());
                Err(error)
            }
        }
    }
}

#[cold]
fn failed_before(kind: ErrorKind) -> Error {
    Error::new(kind, "the input failed before and cannot be read further").fatal()
}

/// Zeros behind what `buffer` holds until it has at least `length` bytes.
fn lengthen(buffer: &mut Vec<u8>, length: usize) -> Result<()> {
    let Some(missing) = length.checked_sub(buffer.len()) else { return Ok(()) };
    buffer.try_reserve_exact(missing).map_err(|cause| {
        let size = ByteSize(length as u64);
        Error::new(ErrorKind::Limit, format!("no memory for a read buffer of {size}"))
            .caused_by(cause)
            .fatal()
    })?;
    buffer.resize(length, 0);
    Ok(())
}

impl<R> fmt::Debug for Window<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("held", &self.held.len())
            .field("offset", &self.offset)
            .field("allocated", &self.buffer.capacity())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
