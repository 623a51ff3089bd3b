//! How records stand in the text, and how to guess it.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use datason_core::{Error, ErrorKind};
use datason_scan::{Kernel, ValueEnd};
use serde::{Deserialize, Serialize};

use crate::frame::is_space;

/// How records stand in the text.
///
/// # Example
/// ```
/// use datason_json::Format;
///
/// assert_eq!(Format::sniff(b"{\"a\":1}\n{\"a\":2}\n", true, None), Format::Jsonl);
/// assert_eq!(Format::sniff(b"[[1, 2],\n [3, 4]]", true, None), Format::Json);
/// assert_eq!(Format::sniff(b"[1, 2]\n[3, 4]\n", true, None), Format::Jsonl);
/// assert_eq!(Format::sniff(b"{\n  \"a\": 1\n}\n{\n", false, None), Format::Concatenated);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// JSON Lines (NDJSON): one value a line. Reading passes over blank lines.
    Jsonl,
    /// One JSON document. If it is an array, its elements are the records; else it is one
    /// record itself. Nothing may stand behind it.
    Json,
    /// Values one behind the other, over as many lines as they like. Only for reading.
    Concatenated,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Jsonl, Self::Json, Self::Concatenated];

    /// The name that [`FromStr`] takes; it also takes `ndjson` for `jsonl`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Concatenated => "concatenated",
        }
    }

    /// The format that the extension of `path` names, also before `.gz` or `.zst`.
    ///
    /// # Example
    /// ```
    /// use datason_json::Format;
    ///
    /// assert_eq!(Format::from_path("events.ndjson.gz".as_ref()), Some(Format::Jsonl));
    /// assert_eq!(Format::from_path("events".as_ref()), None);
    /// ```
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
        match extension.as_str() {
            "gz" | "gzip" | "zst" | "zstd" => Self::from_path(Path::new(path.file_stem()?)),
            "jsonl" | "ndjson" | "jsonlines" | "ldjson" => Some(Self::Jsonl),
            "json" | "geojson" => Some(Self::Json),
            _ => None,
        }
    }

    /// Guesses the format from the beginning of an input; `at_end` says that it is all of it.
    ///
    /// Content decides, and `hint` (the extension) where content leaves room: a file named
    /// `.jsonl` is taken for lines unless its first line is a lone bracket, so that one broken
    /// line cannot turn the rest of the file into one record; in a file named `.json`, a second
    /// value on the line of the first is an error and not a second record.
    pub fn sniff(prefix: &[u8], at_end: bool, hint: Option<Self>) -> Self {
        let complete = at_end || prefix.len() >= Self::SNIFFED_BYTES;
        Self::decide(prefix, complete, hint)
            .or_else(|| Self::decide(prefix, true, hint))
            .unwrap_or(Self::Jsonl)
    }

    /// No guess is based on more bytes than this.
    pub(crate) const SNIFFED_BYTES: usize = 64 << 10;

    /// As [`sniff`](Self::sniff); `None` if more bytes are needed, which never happens once the
    /// prefix is `complete`. What is decided on a prefix is decided alike on a longer one.
    pub(crate) fn decide(prefix: &[u8], complete: bool, hint: Option<Self>) -> Option<Self> {
        let prefix = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix);
        let prefix = &prefix[prefix.iter().take_while(|byte| is_space(**byte)).count()..];
        let complete = complete || prefix.len() >= Self::SNIFFED_BYTES;
        let prefix = &prefix[..prefix.len().min(Self::SNIFFED_BYTES)];
        let (line, behind) = match Kernel::active().first_newline(prefix) {
            Some(end) => (prefix[..end].trim_ascii_end(), Some(&prefix[end..])),
            None if complete => (prefix, None),
            None => return None,
        };
        let Some(first) = line.first() else { return Some(hint.unwrap_or(Self::Jsonl)) };
        if hint == Some(Self::Jsonl) {
            let alone = behind.is_some() && matches!(line, b"[" | b"{");
            return Some(if alone { pretty(*first) } else { Self::Jsonl });
        }
        Some(match value_end(line) {
            Some(end) if line[end..].trim_ascii().is_empty() => {
                return lines_or_array(*first, behind, complete);
            }
            Some(end) => same_line(&line[end..], hint),
            // An array over several lines, also one whose lines begin with commas.
            None if *first == b'[' => Self::Json,
            // A line that goes on; one that is merely longer than we look tells nothing.
            None if behind.is_some() && matches!(line.last(), Some(b'{' | b'[' | b',' | b':')) => {
                pretty(*first)
            }
            None => Self::Jsonl,
        })
    }
}

/// The first value goes over several lines.
fn pretty(first: u8) -> Format {
    if first == b'[' { Format::Json } else { Format::Concatenated }
}

/// The first line is one whole value.
fn lines_or_array(first: u8, behind: Option<&[u8]>, complete: bool) -> Option<Format> {
    let alone = behind.is_none_or(|rest| rest.iter().all(|byte| is_space(*byte)));
    match first {
        b'[' if alone && complete => Some(Format::Json),
        b'[' if alone => None,
        _ => Some(Format::Jsonl),
    }
}

/// Something stands behind the first value, on its line.
fn same_line(rest: &[u8], hint: Option<Format>) -> Format {
    let begins_value = matches!(rest.trim_ascii().first(), Some(b'{' | b'[' | b'"'));
    match hint {
        Some(hint) => hint,
        None if begins_value => Format::Concatenated,
        None => Format::Jsonl,
    }
}

/// The end of the value at the front of `line`, if it ends there.
fn value_end(line: &[u8]) -> Option<usize> {
    match ValueEnd::opened_by(line[0]) {
        Some(mut value) => value.scan(Kernel::active(), &line[1..], 1),
        None => Some(line.iter().position(|byte| is_space(*byte)).unwrap_or(line.len())),
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "json" => Ok(Self::Json),
            "concatenated" => Ok(Self::Concatenated),
            _ => Err(Error::new(
                ErrorKind::Argument,
                format!("no format is named `{text}`: jsonl, json, concatenated"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let cases: [(&str, Format); 17] = [
            ("", Format::Jsonl),
            (" \n\n", Format::Jsonl),
            ("1\n2\n", Format::Jsonl),
            ("{\"a\":1}", Format::Jsonl),
            ("\u{feff}{\"a\":1}\n{}", Format::Jsonl),
            ("{\"a\":1", Format::Jsonl),
            ("{\"a\":\"x\n{}\n", Format::Jsonl),
            ("{\"a\":1}{\"a\":2}", Format::Concatenated),
            ("{\n\"a\":1}", Format::Concatenated),
            ("{\"a\":\n1}", Format::Concatenated),
            ("[]", Format::Json),
            ("[1,2]\n", Format::Json),
            ("[1,2]\n\n[3]\n", Format::Jsonl),
            ("[\n1]", Format::Json),
            ("[1,\n2]", Format::Json),
            ("[1\n,2]", Format::Json),
            ("[[1],[2]", Format::Json),
        ];
        for (text, format) in cases {
            assert_eq!(Format::sniff(text.as_bytes(), true, None), format, "{text:?}");
        }
    }

    #[test]
    fn a_hint_decides_what_content_leaves_open() {
        let sniff = |text: &str, hint| Format::sniff(text.as_bytes(), true, Some(hint));
        assert_eq!(sniff("{\"a\":\n{}", Format::Jsonl), Format::Jsonl);
        assert_eq!(sniff("[\n1\n]", Format::Jsonl), Format::Json);
        assert_eq!(sniff("{}{}", Format::Jsonl), Format::Jsonl);
        assert_eq!(sniff("{}{}", Format::Json), Format::Json);
        assert_eq!(sniff("", Format::Json), Format::Json);
    }

    #[test]
    fn a_long_first_line_is_judged_by_its_first_byte() {
        assert_eq!(Format::sniff(b"[{\"a\":", false, None), Format::Json);
        assert_eq!(Format::sniff(b"{\"a\":", false, None), Format::Jsonl);
        let long = [b"{\"a\":\"".as_slice(), &vec![b','; 100_000]].concat();
        assert_eq!(Format::sniff(&long, false, None), Format::Jsonl);
    }

    #[test]
    fn extensions_are_seen_through_compression() {
        for (name, format) in [
            ("a.jsonl", Some(Format::Jsonl)),
            ("a.NDJSON.GZ", Some(Format::Jsonl)),
            ("a.json.zst", Some(Format::Json)),
            ("a.txt", None),
            (".jsonl", None),
        ] {
            assert_eq!(Format::from_path(Path::new(name)), format, "{name}");
        }
    }
}
