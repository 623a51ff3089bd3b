//! Zstandard, frame by frame.

use std::io::{self, BufRead, BufReader};

use datason_core::{ByteSize, Error, ErrorKind, Result};
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;
use zstd::zstd_safe::{
    DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, ResetDirective, get_error_name, is_error_kind,
};

use super::raw::Raw;
use super::{Frames, Place, READ_AHEAD, ahead, at, rewind};

/// The bytes of a frame that tell how long its header is.
const FRAME_PREFIX: usize = 5;

/// The bytes before each block that tell how long it is.
const BLOCK_HEADER: usize = 3;

/// A zstd decoder that reads every frame and tells damage from the end.
///
/// The library takes back all it has decoded in the call that meets damage. So it is given one
/// block at a time, and none while it holds bytes of the last one: what stands before the
/// damaged block has been given out by then.
pub(super) struct Zstd {
    input: BufReader<Raw>,
    context: DCtx<'static>,
    place: Place,
    /// How many bytes may be decoded at once.
    wanted: usize,
    /// Whether the decoder may hold bytes that did not fit the last buffer.
    is_flushing: bool,
    max_window: ByteSize,
    /// Whether a frame has been decoded to its end.
    seen_frame: bool,
    pub(super) frames: Frames,
}

impl Zstd {
    pub(super) fn new(raw: Raw, max_window: ByteSize) -> Result<Self> {
        let Some(mut context) = DCtx::try_create() else {
            return Err(raw.error(ErrorKind::Limit, "no memory for a zstd decoder"));
        };
        let set = context.set_parameter(DParameter::WindowLogMax(window_log(max_window)));
        set.map_err(|code| raw.error(ErrorKind::Argument, get_error_name(code)))?;
        Ok(Self {
            input: BufReader::with_capacity(READ_AHEAD, raw),
            context,
            place: Place::Start,
            wanted: 0,
            is_flushing: false,
            max_window,
            seen_frame: false,
            frames: Frames::default(),
        })
    }

    pub(super) fn raw(&self) -> &Raw {
        self.input.get_ref()
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.input.capacity() + self.context.sizeof()
    }

    pub(super) fn rewind(&mut self) -> Result<()> {
        rewind(&mut self.input)?;
        let reset = self.context.reset(ResetDirective::SessionOnly);
        reset.map_err(|code| self.failed(code))?;
        self.place = Place::Start;
        self.is_flushing = false;
        self.seen_frame = false;
        self.frames = Frames::default();
        Ok(())
    }

    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.place != Place::Inside && !self.enter_frame()? {
                return Ok(0);
            }
            match self.decode(buffer)? {
                0 => {}
                given => return Ok(given),
            }
        }
    }

    /// Begins the next frame; `false` at the end of the input.
    fn enter_frame(&mut self) -> Result<bool> {
        let at_end = ahead(&mut self.input)?.is_empty();
        match (at_end, self.place) {
            (true, Place::Start) => Err(self.truncated()),
            (true, _) => Ok(false),
            (false, _) => {
                self.place = Place::Inside;
                self.wanted = FRAME_PREFIX;
                self.frames.begin(at(&self.input));
                Ok(true)
            }
        }
    }

    /// Decodes once; no bytes does not mean the end.
    fn decode(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let bytes = ahead(&mut self.input)?;
        let at_end = bytes.is_empty();
        let wanted = if self.is_flushing { 0 } else { bytes.len().min(self.wanted) };
        let mut input = InBuffer::around(&bytes[..wanted]);
        let mut output = OutBuffer::around(buffer);
        let result = self.context.decompress_stream(&mut output, &mut input);
        let (taken, given) = (input.pos(), output.pos());
        let is_full = given == output.capacity();
        self.input.consume(taken);
        self.is_flushing = is_full;
        self.frames.advance(given);
        match result {
            Ok(0) => {
                self.frames.end(at(&self.input));
                self.place = Place::Behind;
                self.seen_frame = true;
            }
            Ok(_) if at_end && given == 0 => return Err(self.truncated()),
            // The hint is for a block and the header behind it. Without that header, damage in
            // it cannot take the block along.
            Ok(hint) if hint > BLOCK_HEADER => self.wanted = hint - BLOCK_HEADER,
            Ok(hint) => self.wanted = hint,
            Err(code) => return Err(self.failed(code)),
        }
        Ok(given)
    }

    #[cold]
    fn truncated(&self) -> Error {
        self.raw().error(ErrorKind::Truncated, "the zstd data ends inside a frame")
    }

    #[cold]
    fn failed(&self, code: ErrorCode) -> Error {
        let is = |kind| is_error_kind(code, kind);
        let (kind, message) = if is(ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge) {
            return self.window_too_large();
        } else if is(ZSTD_ErrorCode::ZSTD_error_memory_allocation) {
            (ErrorKind::Limit, "no memory for the window of the zstd data")
        } else if is(ZSTD_ErrorCode::ZSTD_error_dictionary_wrong) {
            (ErrorKind::Unsupported, "the zstd data needs a dictionary")
        } else if is(ZSTD_ErrorCode::ZSTD_error_prefix_unknown) && self.seen_frame {
            (ErrorKind::Data, "bytes that are not zstd follow the zstd data")
        } else if is(ZSTD_ErrorCode::ZSTD_error_prefix_unknown) {
            (ErrorKind::Data, "the data is not zstd")
        } else {
            (ErrorKind::Data, "the zstd data is damaged")
        };
        self.raw().error(kind, message).caused_by(io::Error::other(get_error_name(code)))
    }

    #[cold]
    fn window_too_large(&self) -> Error {
        let granted = ByteSize(1 << window_log(self.max_window));
        let message = format!(
            "the zstd data needs a window of more than {granted}, the limit that `max_window` sets"
        );
        self.raw().error(ErrorKind::Limit, message)
    }
}

/// The largest power of two that is not above `size`, in the range the format knows.
fn window_log(size: ByteSize) -> u32 {
    let largest = if cfg!(target_pointer_width = "64") { 31 } else { 30 };
    size.as_u64().max(1).ilog2().clamp(10, largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_limit_is_rounded_down_and_kept_in_range() {
        assert_eq!(window_log(ByteSize(0)), 10);
        assert_eq!(window_log(ByteSize::mib(128)), 27);
        assert_eq!(window_log(ByteSize(ByteSize::mib(128).as_u64() - 1)), 26);
        assert_eq!(window_log(ByteSize::tib(1)), 31);
    }
}
