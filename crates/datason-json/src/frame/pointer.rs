//! An array inside a document, found by a JSON pointer (RFC 6901) while the document streams by.

use std::ops::Range;

use datason_core::{Error, ErrorKind, Result};
use datason_scan::Kernel;

use super::array::{Elements, Inside};
use super::skeleton::{Container, Event, Skeleton, Utf8Check};
use super::{Fault, Framed};

/// Frames the elements of the array at a pointer, and checks the document around it.
#[derive(Debug)]
pub(super) struct Pointer {
    text: String,
    around: Around,
    /// The records' array, while it is being read.
    inside: Option<Elements>,
}

impl Pointer {
    /// A framer for the array at `pointer`: `/data`, `/items/0/rows`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] unless `pointer` begins with `/` and escapes `~` as `~0`.
    pub(super) fn new(pointer: &str, max_depth: usize) -> Result<Self> {
        Ok(Self {
            text: pointer.to_owned(),
            around: Around::new(parse(pointer)?, max_depth),
            inside: None,
        })
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
            if let Some(elements) = &mut self.inside {
                match elements.frame_at(kernel, bytes, start, at_end, spans) {
                    Inside::More(consumed) => return Framed::consumed(consumed),
                    Inside::Broken(framed) => return framed,
                    Inside::Closed(behind) => start = behind,
                }
                self.inside = None;
                self.around.skeleton.close_unseen();
            }
            match self.around.walk(&bytes[start..]) {
                Ok(Some(inside)) => {
                    start += inside;
                    self.inside = Some(Elements::default());
                }
                Ok(None) => return self.end(bytes, at_end),
                Err(fault) => return Framed::broken(start, self.explained(fault, start)),
            }
        }
    }

    fn end(&self, bytes: &[u8], at_end: bool) -> Framed {
        if !at_end {
            return Framed::consumed(bytes.len());
        }
        let (kind, message) = match (self.around.skeleton.is_complete(), self.around.found) {
            (true, true) => return Framed::consumed(bytes.len()),
            (true, false) => (ErrorKind::Data, format!("nothing stands at `{}`", self.text)),
            (false, _) => {
                (ErrorKind::Truncated, "the input ends before its document does".to_owned())
            }
        };
        Framed::broken(bytes.len(), Fault::new(kind, message, bytes.len()))
    }

    fn explained(&self, stop: Stop, start: usize) -> Fault {
        let text = &self.text;
        match stop {
            Stop::Fault(mut fault) => {
                fault.offset += start;
                fault
            }
            Stop::NoArray(what, at) => {
                let message = format!("expected an array at `{text}`, found {what}");
                Fault::new(ErrorKind::Data, message, start + at)
            }
            Stop::Again(at) => {
                let message = format!("a second value for `{text}`, or for a part of it");
                Fault::new(ErrorKind::Data, message, start + at)
            }
        }
    }

    pub(super) fn drop_record(&mut self) -> usize {
        self.inside.as_mut().map_or(0, Elements::drop_record)
    }
}

/// The tokens of a pointer, unescaped.
fn parse(pointer: &str) -> Result<Vec<String>> {
    let wrong = |what: &str| {
        Error::new(ErrorKind::Argument, format!("`{pointer}` is no JSON pointer: {what}"))
    };
    let Some(rest) = pointer.strip_prefix('/') else {
        return Err(wrong("it begins with `/`"));
    };
    rest.split('/')
        .map(|token| {
            let stray = token.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1']));
            if stray { Err(wrong("`~` is written `~0`")) } else { Ok(token) }
        })
        .map(|token| Ok(token?.replace("~1", "/").replace("~0", "~")))
        .collect()
}

/// The document around the array, and how far along the path we are.
#[derive(Debug)]
struct Around {
    skeleton: Skeleton,
    utf8: Utf8Check,
    tokens: Vec<String>,
    /// For each open container that lies on the path: the index of the current element, if it
    /// is an array.
    on_path: Vec<u64>,
    /// Whether the member that begins here is the one that the path names.
    matches: bool,
    key: Key,
    found: bool,
}

/// Why the walk ends.
#[derive(Debug)]
enum Stop {
    Fault(Fault),
    NoArray(&'static str, usize),
    Again(usize),
}

impl Around {
    fn new(tokens: Vec<String>, max_depth: usize) -> Self {
        Self {
            skeleton: Skeleton::new(max_depth),
            utf8: Utf8Check::default(),
            tokens,
            on_path: Vec::new(),
            matches: true,
            key: Key::default(),
            found: false,
        }
    }

    /// Reads on, to just behind the bracket that opens the array or to the end of `bytes`.
    fn walk(&mut self, bytes: &[u8]) -> Result<Option<usize>, Stop> {
        for (at, byte) in bytes.iter().enumerate() {
            let event = self.skeleton.step(*byte).map_err(|why| Stop::Fault(why.at(at)))?;
            if self.note(event, *byte, at)? {
                self.check_utf8(&bytes[..=at])?;
                return Ok(Some(at + 1));
            }
        }
        self.check_utf8(bytes)?;
        Ok(None)
    }

    fn check_utf8(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.utf8.check(bytes).map_err(|at| {
            let message = format!("byte 0x{:02x} is not UTF-8", bytes[at]);
            Stop::Fault(Fault::new(ErrorKind::Utf8, message, at))
        })
    }

    /// Whether the array begins here.
    fn note(&mut self, event: Event, byte: u8, at: usize) -> Result<bool, Stop> {
        match event {
            Event::Within => self.key.push(byte),
            Event::KeyBegins if self.is_on_path() => self.key.begin(),
            Event::KeyBegins => {}
            Event::KeyEnds => self.end_key(at)?,
            Event::Comma => self.next_member(),
            Event::Scalar if self.matches && self.is_target() => {
                return Err(Stop::NoArray("a single value", at));
            }
            Event::Scalar => self.matches = false,
            Event::Opened(container) => return self.opened(container, at),
            Event::Closed => self.closed(),
        }
        Ok(false)
    }

    /// Whether the innermost open container lies on the path.
    fn is_on_path(&self) -> bool {
        self.skeleton.depth() == self.on_path.len()
    }

    /// Whether a member that matches here would be the array itself.
    fn is_target(&self) -> bool {
        self.on_path.len() == self.tokens.len()
    }

    /// The token that a member of the innermost container on the path must match.
    fn token(&self) -> &str {
        &self.tokens[self.on_path.len() - 1]
    }

    fn end_key(&mut self, at: usize) -> Result<(), Stop> {
        if let Some(key) = self.key.end()
            && self.is_on_path()
            && key == self.token()
        {
            if self.found {
                return Err(Stop::Again(at));
            }
            self.matches = true;
        }
        Ok(())
    }

    fn next_member(&mut self) {
        if self.is_on_path()
            && let Some(index) = self.on_path.last_mut()
        {
            *index += 1;
            // In an object a key comes next, and decides.
            let index = *index;
            self.matches = self.skeleton.expects_element() && is_index(self.token(), index);
        }
    }

    fn opened(&mut self, container: Container, at: usize) -> Result<bool, Stop> {
        if !std::mem::take(&mut self.matches) {
            return Ok(false);
        }
        if self.is_target() {
            if container == Container::Object {
                return Err(Stop::NoArray("an object", at));
            }
            self.found = true;
            return Ok(true);
        }
        self.on_path.push(0);
        self.matches = container == Container::Array && !self.found && is_index(self.token(), 0);
        Ok(false)
    }

    fn closed(&mut self) {
        self.matches = false;
        if self.on_path.len() > self.skeleton.depth() {
            self.on_path.pop();
        }
    }
}

/// RFC 6901: digits without a leading zero.
fn is_index(token: &str, index: u64) -> bool {
    token.parse() == Ok(index) && (token == "0" || !token.starts_with(['0', '+']))
}

/// The key being read, if it can matter.
#[derive(Debug, Default)]
struct Key {
    raw: Option<Vec<u8>>,
}

impl Key {
    /// A key longer than this is not compared: the memory held for it stays bounded.
    const MAX_BYTES: usize = 64 << 10;

    fn begin(&mut self) {
        self.raw = Some(b"\"".to_vec());
    }

    fn push(&mut self, byte: u8) {
        if let Some(raw) = &mut self.raw {
            raw.push(byte);
            if raw.len() > Self::MAX_BYTES {
                self.raw = None;
            }
        }
    }

    /// The key, unescaped, unless it cannot be a text at all.
    fn end(&mut self) -> Option<String> {
        let mut raw = self.raw.take()?;
        raw.push(b'"');
        serde_json::from_slice(&raw).ok()
    }
}
