//! gzip, member by member.

use std::io::{BufRead, BufReader};

use datason_core::{Error, ErrorKind, Result};
use flate2::{Decompress, FlushDecompress, Status};

use super::raw::Raw;
use super::{Frames, Place, READ_AHEAD, ahead, at, rewind};

/// The window of 32 KiB and the tables of one decoder, as the library allocates them.
const STATE_BYTES: usize = 48 << 10;

/// 15 bits are 32 KiB, the largest window that gzip data can ask for.
const WINDOW_BITS: u8 = 15;

/// What a member begins with; the second byte is left to the decoder.
const FIRST_BYTE: u8 = 0x1f;

/// A gzip decoder that reads every member and tells damage from the end.
///
/// The library's own reader loses what it had decoded in the call that meets damage, and takes
/// zeros behind the last member for a broken one. So the loop over the members is here.
pub(super) struct Gzip {
    input: BufReader<Raw>,
    inflate: Decompress,
    place: Place,
    pub(super) frames: Frames,
}

impl Gzip {
    pub(super) fn new(raw: Raw) -> Self {
        Self {
            input: BufReader::with_capacity(READ_AHEAD, raw),
            inflate: Decompress::new_gzip(WINDOW_BITS),
            place: Place::Start,
            frames: Frames::default(),
        }
    }

    pub(super) fn raw(&self) -> &Raw {
        self.input.get_ref()
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.input.capacity() + STATE_BYTES
    }

    pub(super) fn rewind(&mut self) -> Result<()> {
        rewind(&mut self.input)?;
        self.place = Place::Start;
        self.frames = Frames::default();
        Ok(())
    }

    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.place != Place::Inside && !self.enter_member()? {
                return Ok(0);
            }
            match self.inflate(buffer)? {
                0 => {}
                given => return Ok(given),
            }
        }
    }

    /// Begins the next member; `false` at the end of the input.
    fn enter_member(&mut self) -> Result<bool> {
        loop {
            let bytes = ahead(&mut self.input)?;
            match (bytes.first(), self.place) {
                (None, Place::Start) => return Err(self.truncated()),
                (None, _) => return Ok(false),
                (Some(&FIRST_BYTE), _) => {
                    self.inflate.reset(true);
                    self.place = Place::Inside;
                    self.frames.begin(at(&self.input));
                    return Ok(true);
                }
                // Tapes and block devices fill up with zeros; gzip(1) takes them for the end.
                (Some(0), Place::Behind) => {
                    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                    self.input.consume(zeros);
                }
                (Some(_), Place::Behind) => return Err(self.garbage()),
                (Some(_), _) => return Err(self.not_gzip()),
            }
        }
    }

    /// Decodes once; no bytes does not mean the end.
    fn inflate(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let (taken_before, given_before) = (self.inflate.total_in(), self.inflate.total_out());
        let bytes = ahead(&mut self.input)?;
        let at_end = bytes.is_empty();
        let status = self.inflate.decompress(bytes, buffer, FlushDecompress::None);
        let taken = length(taken_before, self.inflate.total_in());
        let given = length(given_before, self.inflate.total_out());
        self.input.consume(taken);
        self.frames.advance(given);
        match status {
            Ok(Status::StreamEnd) => {
                self.place = Place::Behind;
                self.frames.end(at(&self.input));
            }
            // What was decoded before the damage goes first; the decoder remembers it.
            _ if given > 0 => {}
            Ok(_) if at_end => return Err(self.truncated()),
            Ok(_) if taken > 0 => {}
            Ok(_) => return Err(self.damaged()),
            Err(cause) => return Err(self.damaged().caused_by(cause)),
        }
        Ok(given)
    }

    #[cold]
    fn truncated(&self) -> Error {
        self.raw().error(ErrorKind::Truncated, "the gzip data ends inside a member")
    }

    #[cold]
    fn damaged(&self) -> Error {
        self.raw().error(ErrorKind::Data, "the gzip data is damaged")
    }

    #[cold]
    fn not_gzip(&self) -> Error {
        self.raw().error(ErrorKind::Data, "the data is not gzip")
    }

    #[cold]
    fn garbage(&self) -> Error {
        self.raw().error(ErrorKind::Data, "bytes that are not gzip follow the gzip data")
    }
}

fn length(before: u64, now: u64) -> usize {
    usize::try_from(now - before).expect("the length of a part of a slice")
}
