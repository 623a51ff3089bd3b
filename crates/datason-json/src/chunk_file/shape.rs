//! What kind of chunked file an input is, found out by the members of its first value.

use std::io::Read;

use datason_core::Result;
use datason_io::{Fill, Window};
use datason_scan::{Kernel, ValueEnd};

use crate::format::Format;
use crate::frame::is_space;

/// How the chunks stand in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// They are the records, as a reader finds them.
    Stream,
    /// They are the elements of the array at this pointer.
    Document(String),
    /// The document has other members only, whose names these are.
    Neither(Vec<String>),
}

/// What the first value of an input is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// It is an object, and what was seen of it looks like one.
    object: bool,
    end: End,
    /// The names of the first members.
    names: Vec<String>,
    /// There are members besides `chunks`, `data` and `metadata`.
    others: bool,
    chunks: Option<Member>,
    data: Option<Member>,
    /// Only a front was seen, and the rest is not to be seen before it is read.
    once: bool,
    /// The text of the member `metadata`, unless it is very long.
    pub(super) metadata: Option<Vec<u8>>,
}

/// What stands behind the first value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    /// Another value, or something that is none.
    #[default]
    Followed,
    /// Nothing but blanks.
    Alone,
    /// It has not ended.
    Torn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    is_array: bool,
    /// Its number among the members.
    place: usize,
}

impl Survey {
    /// Names kept for a message.
    const NAMES: usize = 8;
    /// Metadata longer than this is not kept.
    const METADATA: usize = 1 << 20;

    /// Looks at the first value of `input`, and at what comes behind it; reads no further than
    /// that takes. `block` is how much to read at once, at most 256 KiB.
    ///
    /// Reads every byte of an object once, at the speed of finding brackets. Whether it is JSON
    /// is not judged: reading will.
    pub(super) fn of(input: impl Read, block: usize) -> Result<Self> {
        let window = Window::new(input).block_size(block.min(Window::<()>::DEFAULT_BLOCK));
        let mut walk = Walk { window, at: 0 };
        let mut survey = Self::default();
        walk.skip_mark()?;
        if walk.next_solid()? == Some(b'{') {
            walk.at += 1;
            survey.object = survey.walk(&mut walk)?;
        }
        Ok(survey)
    }

    /// The same survey of an input that is read once; `cut` says that it is longer than what was
    /// seen.
    pub(super) fn read_once(mut self, cut: bool) -> Self {
        self.once = cut;
        self.metadata = self.metadata.filter(|_| !(cut && self.end == End::Torn));
        self
    }

    /// Reads the members. Whether they look like those of an object.
    fn walk<R: Read>(&mut self, walk: &mut Walk<R>) -> Result<bool> {
        for place in 0.. {
            match walk.next_solid()? {
                Some(b'}') if place == 0 => return self.end(walk),
                Some(b'"') => {}
                found => return Ok(self.end_torn(found)),
            }
            let Some(name) = walk.key()? else { return Ok(self.end_torn(None)) };
            match walk.next_solid()? {
                Some(b':') => walk.at += 1,
                found => return Ok(self.end_torn(found)),
            }
            let Some(first) = walk.next_solid()? else { return Ok(self.end_torn(None)) };
            self.note(&name, Member { is_array: first == b'[', place });
            let whole = self.value(&name, first, walk)?;
            match walk.next_solid()? {
                Some(b',') if whole => walk.at += 1,
                Some(b'}') if whole => return self.end(walk),
                found => return Ok(self.end_torn(found)),
            }
        }
        Ok(false)
    }

    fn note(&mut self, name: &str, member: Member) {
        match name {
            "chunks" => self.chunks = self.chunks.or(Some(member)),
            "data" => self.data = self.data.or(Some(member)),
            "metadata" => {}
            _ => self.others = true,
        }
        if self.names.len() < Self::NAMES {
            self.names.push(name.to_owned());
        }
    }

    /// Passes over a value; whether it ended.
    fn value<R: Read>(&mut self, name: &str, first: u8, walk: &mut Walk<R>) -> Result<bool> {
        if name != "metadata" {
            return walk.pass(first, |_| {});
        }
        let mut text = Vec::new();
        let whole = walk.pass(first, |piece| {
            if text.len() <= Self::METADATA {
                text.extend_from_slice(piece);
            }
        })?;
        self.metadata = Some(text).filter(|text| text.len() <= Self::METADATA && whole);
        Ok(whole)
    }

    /// At the brace that closes the object.
    fn end<R: Read>(&mut self, walk: &mut Walk<R>) -> Result<bool> {
        walk.at += 1;
        self.end = if walk.next_solid()?.is_none() { End::Alone } else { End::Followed };
        Ok(true)
    }

    /// Where the object should have gone on: at the end of the input, or at a wrong byte.
    fn end_torn(&mut self, found: Option<u8>) -> bool {
        self.end = if found.is_none() { End::Torn } else { End::Followed };
        self.end == End::Torn
    }

    /// How the chunks stand, where `told_json` says that it is a document, and `named` what its
    /// extension says.
    pub(super) fn shape(&self, told_json: bool, named: Option<Format>) -> Shape {
        if !self.object {
            return Shape::Stream;
        }
        let both = (self.chunks, self.data);
        let (pointer, member) = match both {
            (Some(chunks), Some(data)) if self.once && data.place < chunks.place => {
                ("/data", Some(data))
            }
            (Some(chunks), _) => ("/chunks", Some(chunks)),
            (None, data) => ("/data", data),
        };
        let is_array = member.is_some_and(|member| member.is_array);
        let json = told_json || named == Some(Format::Json);
        let exact = is_array && !self.others;
        let likely = is_array && named.is_none();
        if !(told_json || self.end != End::Followed && (json || exact || likely)) {
            return Shape::Stream;
        }
        match member {
            Some(_) => Shape::Document(pointer.to_owned()),
            None => Shape::Neither(self.names.clone()),
        }
    }
}

/// Walks over an input.
struct Walk<R> {
    window: Window<R>,
    /// Where in the window.
    at: usize,
}

impl<R: Read> Walk<R> {
    /// What is at hand, at least one byte; nothing at the end of the input.
    fn bytes(&mut self) -> Result<&[u8]> {
        while self.at == self.window.bytes().len() {
            self.window.consume(std::mem::take(&mut self.at));
            if !matches!(self.window.fill()?, Fill::Read(_)) {
                break;
            }
        }
        Ok(&self.window.bytes()[self.at..])
    }

    /// Passes over a byte order mark.
    fn skip_mark(&mut self) -> Result<()> {
        for byte in *b"\xef\xbb\xbf" {
            if self.bytes()?.first() != Some(&byte) {
                break;
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Passes over white space; the byte behind it.
    fn next_solid(&mut self) -> Result<Option<u8>> {
        loop {
            let bytes = self.bytes()?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let (found, length) = (bytes.iter().position(|byte| !is_space(*byte)), bytes.len());
            let byte = found.map(|at| bytes[at]);
            self.at += found.unwrap_or(length);
            if byte.is_some() {
                return Ok(byte);
            }
        }
    }

    /// At a quote: the key, without its escapes, and empty if it is very long or no text.
    fn key(&mut self) -> Result<Option<String>> {
        const LONGEST: usize = 64 << 10;
        let mut raw = Vec::new();
        let whole = self.pass(b'"', |piece| {
            if raw.len() <= LONGEST {
                raw.extend_from_slice(piece);
            }
        })?;
        Ok(whole.then(|| serde_json::from_slice(&raw).unwrap_or_default()))
    }

    /// At the byte `first` of a value: passes over it, handing its text to `see` in pieces.
    /// Whether it ended.
    fn pass(&mut self, first: u8, mut see: impl FnMut(&[u8])) -> Result<bool> {
        let Some(mut end) = ValueEnd::opened_by(first) else { return self.pass_scalar(see) };
        see(&[first]);
        self.at += 1;
        loop {
            let bytes = self.bytes()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let found = end.scan(Kernel::active(), bytes, 0);
            let length = found.unwrap_or(bytes.len());
            see(&bytes[..length]);
            self.at += length;
            if found.is_some() {
                return Ok(true);
            }
        }
    }

    fn pass_scalar(&mut self, mut see: impl FnMut(&[u8])) -> Result<bool> {
        loop {
            let bytes = self.bytes()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || is_space(*byte);
            let found = bytes.iter().position(ends);
            let length = found.unwrap_or(bytes.len());
            see(&bytes[..length]);
            self.at += length;
            if found.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(pointer: &str) -> Shape {
        Shape::Document(pointer.to_owned())
    }

    /// The shape of `text` under no name, a `.json` and a `.jsonl` name, however it is cut.
    fn shapes(text: &str) -> [Shape; 3] {
        let whole = Survey::of(text.as_bytes(), 1 << 16).unwrap();
        for block in [1, 2, 3, 7] {
            assert_eq!(Survey::of(text.as_bytes(), block).unwrap(), whole, "{text}");
        }
        [None, Some(Format::Json), Some(Format::Jsonl)].map(|named| whole.shape(false, named))
    }

    #[test]
    fn the_shapes_that_are_written_are_known_under_any_name() {
        for (text, pointer) in [
            (r#"{"chunks": [[1], [2]], "metadata": {"total_chunks": 2}}"#, "/chunks"),
            (r#"{"data": [1, 2], "metadata": {"items_written": 2}}"#, "/data"),
            (
                "\u{feff} {\"metadata\": {\"chunks\": 9, \"data\": [0]}, \"chunks\": []}\n",
                "/chunks",
            ),
            (r#"{"data": [1], "chunks": [2]}"#, "/chunks"),
            (r#"{"da\u0074a": ["}"]}"#, "/data"),
            (r#"{"data": [1, 2"#, "/data"),
        ] {
            assert_eq!(shapes(text), [document(pointer), document(pointer), document(pointer)]);
        }
    }

    #[test]
    fn an_object_with_more_is_what_its_name_says() {
        let text = r#"{"id": 1, "data": [1, 2]}"#;
        assert_eq!(shapes(text), [document("/data"), document("/data"), Shape::Stream]);
        let text = r#"{"id": 1, "data": "x"}"#;
        assert_eq!(shapes(text), [Shape::Stream, document("/data"), Shape::Stream]);
        let neither = Shape::Neither(vec!["items".to_owned()]);
        assert_eq!(shapes(r#"{"items": [1, 2]}"#), [Shape::Stream, neither, Shape::Stream]);
    }

    #[test]
    fn what_is_no_lone_object_is_a_stream() {
        for text in ["", " ", "[1]", "1", "{\"data\": [1]}\n{\"data\": [2]}", "{]", "{\"a\" 1}"] {
            assert_eq!(shapes(text), [Shape::Stream, Shape::Stream, Shape::Stream], "{text}");
        }
    }

    #[test]
    fn metadata_is_kept() {
        let text = br#"{"metadata": {"a": [1]} , "data": []}"#;
        let survey = Survey::of(&text[..], 3).unwrap();
        assert_eq!(survey.metadata.as_deref(), Some(&br#"{"a": [1]}"#[..]));
    }

    #[test]
    fn of_what_is_read_once_the_first_counts() {
        let text = br#"{"data": [1], "chunks": [2], "more": 1"#;
        let survey = Survey::of(&text[..], 100).unwrap();
        assert_eq!(survey.shape(false, None), document("/chunks"));
        assert_eq!(survey.read_once(true).shape(false, None), document("/data"));
    }
}
