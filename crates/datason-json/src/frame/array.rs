//! A JSON array whose elements are the records.

use std::ops::Range;

use datason_core::ErrorKind;
use datason_scan::{Kernel, ScanEnd, Separators};

use super::{Fault, Framed, first_solid, trimmed};

/// Frames the elements of a top-level array, and checks what stands around and between them.
#[derive(Debug, Default)]
pub(super) struct Array {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// Before the opening bracket.
    #[default]
    Before,
    Inside(Elements),
    /// Behind the closing bracket, where only white space may follow.
    Behind,
}

impl Array {
    pub(super) fn frame(
        &mut self,
        kernel: Kernel,
        bytes: &[u8],
        at_end: bool,
        spans: &mut Vec<Range<usize>>,
    ) -> Framed {
        let mut start = 0;
        if let State::Before = self.state {
            match open(bytes, at_end) {
                Ok(Some(inside)) => start = inside,
                Ok(None) => return Framed::consumed(bytes.len()),
                Err(fault) => return Framed::broken(0, fault),
            }
            self.state = State::Inside(Elements::default());
        }
        if let State::Inside(elements) = &mut self.state {
            match elements.frame_at(kernel, bytes, start, at_end, spans) {
                Inside::More(consumed) => return Framed::consumed(consumed),
                Inside::Broken(framed) => return framed,
                Inside::Closed(behind) => start = behind,
            }
            self.state = State::Behind;
        }
        match first_solid(&bytes[start..]) {
            None => Framed::consumed(bytes.len()),
            Some(at) => Framed::broken(start, trailing(start + at)),
        }
    }

    pub(super) fn drop_record(&mut self) -> usize {
        match &mut self.state {
            State::Inside(elements) => elements.drop_record(),
            State::Before | State::Behind => 0,
        }
    }
}

fn open(bytes: &[u8], at_end: bool) -> Result<Option<usize>, Fault> {
    match first_solid(bytes) {
        Some(at) if bytes[at] == b'[' => Ok(Some(at + 1)),
        Some(at) => Err(Fault::new(ErrorKind::Syntax, "expected an array", at)),
        None if at_end => Err(Fault::new(ErrorKind::Truncated, "expected an array", bytes.len())),
        None => Ok(None),
    }
}

fn trailing(at: usize) -> Fault {
    Fault::new(ErrorKind::Syntax, "expected nothing behind the array that holds the records", at)
}

/// What became of the inside of an array.
pub(super) enum Inside {
    /// It goes on; so many bytes are consumed.
    More(usize),
    /// It ended; so many bytes, the closing bracket included, are consumed.
    Closed(usize),
    Broken(Framed),
}

/// Frames what stands between `[` and `]`.
#[derive(Debug, Default)]
pub(super) struct Elements {
    separators: Separators,
    /// Bytes at the front of the unconsumed ones that have been looked at.
    scanned: usize,
    /// Whether an element has been seen, so that one must stand behind each comma.
    any: bool,
    /// Whether the element that stands here has been given up.
    dropping: bool,
    commas: Vec<usize>,
}

impl Elements {
    /// Frames `bytes[start..]`; all offsets, also those returned, are those of `bytes`.
    pub(super) fn frame_at(
        &mut self,
        kernel: Kernel,
        bytes: &[u8],
        mut start: usize,
        at_end: bool,
        spans: &mut Vec<Range<usize>>,
    ) -> Inside {
        self.commas.clear();
        let from = start + self.scanned;
        let end = self.separators.scan(kernel, &bytes[from..], from, &mut self.commas);
        spans.reserve(self.commas.len());
        for index in 0..self.commas.len() {
            let comma = self.commas[index];
            self.push(trimmed(bytes, start..comma), spans);
            self.any = true;
            start = comma + 1;
        }
        match end {
            ScanEnd::Closed { at } => self.close(bytes, start..at, spans),
            ScanEnd::NeedMore if at_end => self.torn(bytes, start, spans),
            ScanEnd::NeedMore => {
                // What need not be kept: an element given up, and blanks before one.
                start = match first_solid(&bytes[start..]) {
                    Some(blank) if !self.dropping => start + blank,
                    _ => bytes.len(),
                };
                self.scanned = bytes.len() - start;
                Inside::More(start)
            }
        }
    }

    /// The last element and the closing bracket.
    fn close(&mut self, bytes: &[u8], last: Range<usize>, spans: &mut Vec<Range<usize>>) -> Inside {
        let at = last.end;
        let element = trimmed(bytes, last);
        if self.any || self.dropping || !element.is_empty() {
            self.push(element, spans);
        }
        if bytes[at] == b']' {
            return Inside::Closed(at + 1);
        }
        let fault = Fault::new(ErrorKind::Syntax, "expected `]` to close the array", at);
        Inside::Broken(Framed::broken(at, fault))
    }

    /// The input ends inside the array. The last element is a record if it is seen to be whole;
    /// a number is not, since nobody knows whether more digits were to come.
    fn torn(&mut self, bytes: &[u8], start: usize, spans: &mut Vec<Range<usize>>) -> Inside {
        let element = trimmed(bytes, start..bytes.len());
        let open = self.separators.in_string() || self.separators.depth() > 0;
        let ended = matches!(bytes[element.clone()].last(), Some(b'"' | b']' | b'}' | b'e' | b'l'));
        if ended && !open {
            self.push(element, spans);
        }
        let message = "the input ends before the array does: expected `,` or `]`";
        let fault = Fault::new(ErrorKind::Truncated, message, bytes.len());
        Inside::Broken(Framed::broken(bytes.len(), fault))
    }

    /// An empty element is pushed too: the codec will say that a value is missing there.
    fn push(&mut self, element: Range<usize>, spans: &mut Vec<Range<usize>>) {
        if !std::mem::take(&mut self.dropping) {
            spans.push(element);
        }
    }

    pub(super) fn drop_record(&mut self) -> usize {
        self.dropping = true;
        std::mem::take(&mut self.scanned)
    }
}
