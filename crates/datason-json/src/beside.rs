//! Small files of ours beside a user's file.

use std::fs;
use std::io::{self, ErrorKind::NotFound};
use std::path::Path;

use datason_core::{Error, ErrorKind, Result, escape};
use datason_io::{Compression, Sink, SinkOptions};
use serde::Serialize;

/// What stands under the name of such a file.
pub(crate) enum Beside {
    Nothing,
    /// A file that is none of ours: it is neither believed nor removed nor replaced.
    Foreign,
    /// The text of one that has our mark.
    Ours(Vec<u8>),
}

/// The mark stands at the beginning, also if someone has indented the text.
const MARK_WITHIN: usize = 256;

impl Beside {
    /// Reads the file at `place`, which is ours if it begins with the key `mark`.
    pub(crate) fn read(place: &Path, mark: &str) -> Result<Self> {
        let text = match fs::read(place) {
            Err(error) if error.kind() == NotFound => return Ok(Self::Nothing),
            result => result.map_err(|cause| failed("read", place, cause))?,
        };
        let front = &text[..text.len().min(MARK_WITHIN)];
        let quoted = format!("\"{mark}\"");
        let found = memchr::memmem::find(front, quoted.as_bytes());
        Ok(if found.is_some() { Self::Ours(text) } else { Self::Foreign })
    }
}

/// Refuses to write where a file stands that is none of ours.
pub(crate) fn check_free(place: &Path, mark: &str) -> Result<()> {
    if !matches!(Beside::read(place, mark)?, Beside::Foreign) {
        return Ok(());
    }
    let name = escape(place.as_os_str().as_encoded_bytes());
    let message = format!("`{name}` stands in the way, and is none of ours to replace");
    Err(Error::new(ErrorKind::Data, message).in_file(place).fatal())
}

/// Writes `content` as one line of JSON to the file at `place`, whole or not at all.
pub(crate) fn publish(place: &Path, mark: &str, content: &impl Serialize) -> Result<()> {
    check_free(place, mark)?;
    let mut text = serde_json::to_vec(content).map_err(|cause| {
        let message = "what should stand beside the file cannot be written";
        Error::new(ErrorKind::Data, message).in_file(place).caused_by(cause)
    })?;
    text.push(b'\n');
    let options = SinkOptions::new().compression(Compression::None);
    let mut sink = Sink::create(place, &options)?;
    sink.put(&text)?;
    sink.finish().map(|_receipt| ())
}

#[cold]
pub(crate) fn failed(tried: &str, path: &Path, cause: io::Error) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    Error::io(format!("cannot {tried} `{name}`"), cause).in_file(path)
}
