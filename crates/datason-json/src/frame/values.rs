//! Values one behind the other, pretty-printed or not, with or without white space between.

use std::ops::Range;

use datason_core::ErrorKind;
use datason_scan::{Kernel, ValueEnd};

use super::{Fault, Framed, first_solid, is_space};

/// Frames concatenated values; or a single one, if it is to be the only one.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// The value whose beginning stands at the front of the unconsumed bytes.
    open: Option<Open>,
    dropping: bool,
    /// Whether the input is one document, with nothing behind its value.
    only_one: bool,
    seen: bool,
}

#[derive(Debug)]
struct Open {
    /// `None` for a number or a word, which ends where something else begins.
    end: Option<ValueEnd>,
    scanned: usize,
}

impl Values {
    /// Frames an input that is one value.
    pub(super) fn document() -> Self {
        Self { only_one: true, ..Self::default() }
    }

    pub(super) fn is_document(&self) -> bool {
        self.only_one
    }

    pub(super) fn frame(
        &mut self,
        kernel: Kernel,
        bytes: &[u8],
        at_end: bool,
        spans: &mut Vec<Range<usize>>,
    ) -> Framed {
        let mut start = 0;
        loop {
            if self.open.is_none() {
                let Some(blank) = first_solid(&bytes[start..]) else {
                    return self.at_blank_end(bytes, at_end);
                };
                start += blank;
                if self.only_one && self.seen {
                    return Framed::broken(start, second_value(start));
                }
                self.begin(bytes[start]);
            }
            match self.end(kernel, &bytes[start..], at_end) {
                Some(len) => {
                    if !std::mem::take(&mut self.dropping) {
                        spans.push(start..start + len);
                    }
                    start += len;
                }
                None if self.dropping => {
                    self.drop_record();
                    return Framed::consumed(bytes.len());
                }
                None => return Framed::consumed(start),
            }
        }
    }

    fn begin(&mut self, first: u8) {
        self.seen = true;
        self.open = Some(Open { end: ValueEnd::opened_by(first), scanned: 1 });
    }

    /// The length of the value at the front of `bytes`, once it is known.
    fn end(&mut self, kernel: Kernel, bytes: &[u8], at_end: bool) -> Option<usize> {
        let open = self.open.as_mut()?;
        let from = open.scanned;
        let end = match &mut open.end {
            Some(value) => value.scan(kernel, &bytes[from..], from),
            None => bytes[from..].iter().position(|byte| ends_word(*byte)).map(|at| from + at),
        };
        open.scanned = bytes.len();
        let end = end.or_else(|| at_end.then_some(bytes.len()));
        if end.is_some() {
            self.open = None;
        }
        end
    }

    fn at_blank_end(&self, bytes: &[u8], at_end: bool) -> Framed {
        if at_end && self.only_one && !self.seen {
            let message = "expected a value, and the input is empty";
            let fault = Fault::new(ErrorKind::Truncated, message, bytes.len());
            return Framed::broken(bytes.len(), fault);
        }
        Framed::consumed(bytes.len())
    }

    pub(super) fn drop_record(&mut self) -> usize {
        self.dropping = true;
        self.open.as_mut().map_or(0, |open| std::mem::take(&mut open.scanned))
    }
}

/// What cannot belong to the number or word before it. A comma or a closing bracket can, so
/// that it makes that record a bad one instead of vanishing.
fn ends_word(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'{' | b'[' | b'"')
}

fn second_value(at: usize) -> Fault {
    Fault::new(ErrorKind::Syntax, "expected nothing behind the document's value", at)
}
