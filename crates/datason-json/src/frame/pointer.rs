//! An array inside a document, found by a JSON pointer (RFC 6901) while the document streams by.

use std::ops::Range;

use datason_core::pointer::unescape;
use datason_core::{Error, ErrorKind, Result};
use datason_scan::{Kernel, ValueIndex};

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
            match self.around.walk(kernel, &bytes[start..]) {
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
pub(crate) fn parse(pointer: &str) -> Result<Vec<String>> {
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
        .map(|token| Ok(unescape(token?).into_owned()))
        .collect()
}

/// The document around the array, and how far along the path we are.
#[derive(Debug)]
struct Around {
    skeleton: Skeleton,
    utf8: Utf8Check,
    /// Where the strings of the piece that is being read stop.
    strings: ValueIndex,
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
            strings: ValueIndex::new(),
            tokens,
            on_path: Vec::new(),
            matches: true,
            key: Key::default(),
            found: false,
        }
    }

    /// Reads on, to just behind the bracket that opens the array or to the end of `bytes`.
    fn walk(&mut self, kernel: Kernel, bytes: &[u8]) -> Result<Option<usize>, Stop> {
        self.strings.fill(kernel, bytes);
        let mut at = 0;
        let outcome = loop {
            let plain = self.skeleton.plain(bytes, at, &self.strings);
            self.key.push(&bytes[at..at + plain]);
            at += plain;
            let Some(byte) = bytes.get(at) else { break Ok(None) };
            match self.step(*byte, at) {
                Ok(false) => at += 1,
                Ok(true) => {
                    at += 1;
                    break Ok(Some(at));
                }
                Err(stop) => break Err(stop),
            }
        };
        // A letter that is none stands before whatever stopped the walk, and comes first
        // wherever the input is cut.
        self.check_utf8(&bytes[..at])?;
        outcome
    }

    /// Whether the array begins with this byte, which is the one at `at`.
    fn step(&mut self, byte: u8, at: usize) -> Result<bool, Stop> {
        let event = self.skeleton.step(byte).map_err(|why| Stop::Fault(why.at(at)))?;
        self.note(event, byte, at)
    }

    fn check_utf8(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.utf8.check(bytes).map_err(|wrong| {
            let message = format!("byte 0x{:02x} is not UTF-8", wrong.first_byte);
            Stop::Fault(Fault::new(ErrorKind::Utf8, message, wrong.offset))
        })
    }

    /// Whether the array begins here.
    fn note(&mut self, event: Event, byte: u8, at: usize) -> Result<bool, Stop> {
        match event {
            Event::Within => self.key.push(&[byte]),
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

    fn push(&mut self, bytes: &[u8]) {
        if let Some(raw) = &mut self.raw {
            if raw.len() + bytes.len() > Self::MAX_BYTES {
                self.raw = None;
            } else {
                raw.extend_from_slice(bytes);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The walk without any jump.
    fn walk_byte_by_byte(around: &mut Around, bytes: &[u8]) -> Result<Option<usize>, Stop> {
        let (mut seen, mut outcome) = (bytes.len(), Ok(None));
        for (at, byte) in bytes.iter().enumerate() {
            match around.step(*byte, at) {
                Ok(false) => continue,
                Ok(true) => (seen, outcome) = (at + 1, Ok(Some(at + 1))),
                Err(stop) => (seen, outcome) = (at, Err(stop)),
            }
            break;
        }
        around.check_utf8(&bytes[..seen])?;
        outcome
    }

    /// All that a walk is known by: what it returns, and where it leaves the document.
    fn show(outcome: &Result<Option<usize>, Stop>, around: &Around) -> String {
        let Around { skeleton, utf8, on_path, matches, key, found, .. } = around;
        format!("{outcome:?} {skeleton:?} {utf8:?} {on_path:?} {matches} {key:?} {found}")
    }

    fn assert_jumps_change_nothing(text: &[u8], cuts: &[usize]) {
        for kernel in Kernel::available() {
            let new = || Around::new(vec!["a".to_owned(), "1".to_owned()], 4);
            let (mut jumping, mut stepping) = (new(), new());
            let mut start = 0;
            for end in cuts.iter().copied().chain([text.len()]) {
                while start < end {
                    let piece = &text[start..end];
                    let jumped = jumping.walk(kernel, piece);
                    let stepped = walk_byte_by_byte(&mut stepping, piece);
                    assert_eq!(show(&jumped, &jumping), show(&stepped, &stepping));
                    match jumped {
                        Ok(Some(inside)) => {
                            start += inside;
                            jumping.skeleton.close_unseen();
                            stepping.skeleton.close_unseen();
                        }
                        Ok(None) => break,
                        Err(_) => return,
                    }
                }
                start = end;
            }
        }
    }

    #[test]
    fn a_key_of_just_the_limit_is_compared() {
        for more in [0, 1] {
            let key = "k".repeat(Key::MAX_BYTES - 1 + more);
            let mut around = Around::new(vec![key.clone()], 4);
            let text = format!("{{\"{key}\":[");
            let found = around.walk(Kernel::active(), text.as_bytes()).unwrap();
            assert_eq!(found.is_some(), more == 0);
        }
    }

    /// Documents with what jumps go over: strings, escapes, blanks, digits, and faults in them.
    fn document() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "\"[a-c \u{e9}\u{20ac}]{0,90}\"",
            "\"([a]{0,70}(\\\\n|\\\\u00e9|\\\\\"|\\\\\\\\|\t|\\\\x)){0,3}\"",
            "-?[0-9]{1,30}(\\.[0-9]{0,80})?([eE][+-]?[0-9]{0,3})?",
            "[ \n\t\r]{0,80}(true|false|null|nul)[ \n]{0,70}",
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let pair = ("\"(a|b|\\\\u0061|[a-c]{70})\"[ ]{0,3}", inner.clone());
            prop_oneof![
                proptest::collection::vec(inner, 0..5)
                    .prop_map(|all| format!("[{}]", all.join(","))),
                proptest::collection::vec(pair, 0..5).prop_map(|all| {
                    let all: Vec<_> =
                        all.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                    format!("{{{}}}", all.join(" ,"))
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn jumps_change_nothing(
            text in document(),
            change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let mut text = format!("{{\"a\":[0,{text}],\"b\":{text}}}").into_bytes();
            if let Some((at, byte)) = change {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len())).collect();
            cuts.sort_unstable();
            assert_jumps_change_nothing(&text, &cuts);
        }
    }
}
