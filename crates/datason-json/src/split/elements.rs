//! Some elements of an array, made an array of their own.

use std::io::{self, Read};

use datason_core::{Error, ErrorKind};

use crate::frame::is_space;

/// A piece of an array's text as an array: the comma it begins with reads as a bracket, and a
/// bracket comes behind it. No byte moves, so places stay what they are.
pub(super) struct Elements<R> {
    piece: R,
    /// Whether the array's own bracket, or the comma that is one now, has been given out.
    begun: bool,
    /// Whether there is a bracket at the end, the array's or ours.
    ended: bool,
}

impl<R: Read> Elements<R> {
    pub(super) fn new(piece: R, first: bool, last: bool) -> Self {
        Self { piece, begun: first, ended: last }
    }
}

impl<R: Read> Read for Elements<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.piece.read(buffer)?;
        if read == 0 && !self.ended {
            self.ended = true;
            buffer[0] = b']';
            return Ok(1);
        }
        if let Some(at) = buffer[..read].iter().position(|byte| !is_space(*byte))
            && !self.begun
        {
            if buffer[at] != b',' {
                let message = "no comma where a piece of the array begins: the file has changed";
                return Err(Error::new(ErrorKind::Data, message).fatal().into());
            }
            buffer[at] = b'[';
            self.begun = true;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, first: bool, last: bool) -> io::Result<String> {
        let mut out = String::new();
        Elements::new(text.as_bytes(), first, last).read_to_string(&mut out)?;
        let mut dribble = Vec::new();
        let mut elements = Elements::new(text.as_bytes(), first, last);
        let mut byte = [0];
        while elements.read(&mut byte)? == 1 {
            dribble.push(byte[0]);
        }
        assert_eq!(dribble, out.as_bytes());
        Ok(out)
    }

    #[test]
    fn a_piece_is_an_array() {
        assert_eq!(read("[1, 2", true, false).unwrap(), "[1, 2]");
        assert_eq!(read(" \n, 1, 2", false, false).unwrap(), " \n[ 1, 2]");
        assert_eq!(read(",1]\n", false, true).unwrap(), "[1]\n");
        assert_eq!(read("[1]", true, true).unwrap(), "[1]");
        assert!(read(" 1", false, true).is_err());
    }
}
