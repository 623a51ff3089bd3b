//! Small files of ours beside a user's file.

use std::fs;
use std::io::{self, ErrorKind::NotFound, Read as _};
use std::path::Path;

use datason_core::{Error, ErrorKind, Result, escape};
use datason_io::{Compression, Sink, SinkOptions, checksum_of};
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
        let Some(text) = read(place)? else { return Ok(Self::Nothing) };
        let front = &text[..text.len().min(MARK_WITHIN)];
        let quoted = format!("\"{mark}\"");
        let found = memchr::memmem::find(front, quoted.as_bytes());
        Ok(if found.is_some() { Self::Ours(text) } else { Self::Foreign })
    }
}

/// The content of the file at `place`, `None` if there is none. What others have put there may be
/// a pipe that never ends, or have no end worth reading.
pub(crate) fn read(place: &Path) -> Result<Option<Vec<u8>>> {
    let fail = |cause| failed("read", place, cause);
    match fs::metadata(place) {
        Err(error) if error.kind() == NotFound => return Ok(None),
        Err(cause) => return Err(fail(cause)),
        Ok(metadata) if !metadata.is_file() => {
            return Err(fail(io::Error::other("it is no regular file")));
        }
        Ok(metadata) if metadata.len() > LARGEST => {
            return Err(fail(io::Error::other("it is larger than any that was written here")));
        }
        Ok(_) => {}
    }
    let mut text = Vec::new();
    let file = fs::File::open(place).map_err(fail)?;
    file.take(LARGEST).read_to_end(&mut text).map_err(fail)?;
    Ok(Some(text))
}

/// An index of two million chunks.
const LARGEST: u64 = 256 << 20;

/// Appends a seal, the checksum of all before it, to a JSON object, so that what has been damaged
/// since is not believed.
pub(crate) fn sealed(object: &[u8]) -> Vec<u8> {
    let content = object.strip_suffix(b"}").unwrap_or(object);
    let mut text = content.to_vec();
    text.extend_from_slice(SEAL.as_bytes());
    text.extend_from_slice(format!("{:08x}\"}}\n", checksum_of(content)).as_bytes());
    text
}

/// The object without its seal; `None` if that is broken.
pub(crate) fn unsealed(text: &[u8]) -> Option<Vec<u8>> {
    let content = text.get(..text.len().checked_sub(SEAL.len() + "01234567\"}\n".len())?)?;
    let object = [content, b"}"].concat();
    (sealed(&object) == text).then_some(object)
}

const SEAL: &str = ",\"seal\":\"";

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
    let mut text = to_text(place, content)?;
    text.push(b'\n');
    put(place, mark, &text)
}

/// As [`publish`], [sealed].
pub(crate) fn publish_sealed(place: &Path, mark: &str, content: &impl Serialize) -> Result<()> {
    put(place, mark, &sealed(&to_text(place, content)?))
}

fn to_text(place: &Path, content: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(content).map_err(|cause| {
        let message = "what should stand beside the file cannot be written";
        Error::new(ErrorKind::Data, message).in_file(place).caused_by(cause)
    })
}

fn put(place: &Path, mark: &str, text: &[u8]) -> Result<()> {
    check_free(place, mark)?;
    let options = SinkOptions::new().compression(Compression::None);
    let mut sink = Sink::create(place, &options)?;
    sink.put(text)?;
    sink.finish().map(|_receipt| ())
}

#[cold]
pub(crate) fn failed(tried: &str, path: &Path, cause: io::Error) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    Error::io(format!("cannot {tried} `{name}`"), cause).in_file(path)
}
