//! Small files of ours beside a user's file.

use std::fs;
use std::io::{self, ErrorKind::NotFound, Read as _};
use std::path::Path;

use datason_core::{ByteSize, Error, ErrorKind, Result, escape};
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
        Ok(match read(place)? {
            None => Self::Nothing,
            Some(text) if has_mark(&text, mark) => Self::Ours(text),
            Some(_) => Self::Foreign,
        })
    }
}

/// Whether a file of ours stands at `place`. Only its beginning is read, so that one of any size
/// can be replaced and removed.
pub(crate) fn is_ours(place: &Path, mark: &str) -> Result<bool> {
    Ok(read_front(place, MARK_WITHIN as u64)?.is_some_and(|front| has_mark(&front, mark)))
}

fn has_mark(text: &[u8], mark: &str) -> bool {
    let front = &text[..text.len().min(MARK_WITHIN)];
    memchr::memmem::find(front, format!("\"{mark}\"").as_bytes()).is_some()
}

/// The content of the file at `place`, `None` if there is none.
pub(crate) fn read(place: &Path) -> Result<Option<Vec<u8>>> {
    match read_front(place, LARGEST + 1)? {
        Some(text) if text.len() as u64 > LARGEST => {
            let cause = io::Error::other("it is larger than any that was written here");
            Err(failed("read", place, cause))
        }
        text => Ok(text),
    }
}

/// The first `most` bytes of the file at `place`, `None` if there is none. What others have put
/// there may be a pipe that never ends, or have no end worth reading.
fn read_front(place: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    let fail = |cause| failed("read", place, cause);
    match fs::metadata(place) {
        Err(error) if error.kind() == NotFound => return Ok(None),
        Err(cause) => return Err(fail(cause)),
        Ok(metadata) if !metadata.is_file() => {
            return Err(fail(io::Error::other("it is no regular file")));
        }
        Ok(_) => {}
    }
    let mut text = Vec::new();
    let file = fs::File::open(place).map_err(fail)?;
    file.take(most).read_to_end(&mut text).map_err(fail)?;
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
    if read_front(place, 0)?.is_none() || is_ours(place, mark)? {
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
    check_size(place, text.len() as u64)?;
    check_free(place, mark)?;
    let options = SinkOptions::new().compression(Compression::None);
    let mut sink = Sink::create(place, &options)?;
    sink.put(text)?;
    sink.finish().map(|_receipt| ())
}

/// Refuses what could not be read again.
fn check_size(place: &Path, bytes: u64) -> Result<()> {
    if bytes <= LARGEST {
        return Ok(());
    }
    let most = ByteSize(LARGEST);
    let name = escape(place.as_os_str().as_encoded_bytes());
    let message =
        format!("`{name}` would take {bytes} bytes, and no more than {most} are read again");
    Err(Error::new(ErrorKind::Limit, message).in_file(place))
}

#[cold]
pub(crate) fn failed(tried: &str, path: &Path, cause: io::Error) -> Error {
    let name = escape(path.as_os_str().as_encoded_bytes());
    Error::io(format!("cannot {tried} `{name}`"), cause).in_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "datason_test";

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("index");
        let most = usize::try_from(LARGEST).unwrap();
        let error = put(&place, MARK, &vec![0; most + 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(error.message().contains("256.0 MiB"), "{error}");
        assert!(!place.exists());
        check_size(&place, LARGEST).expect("the largest that is read");
    }

    #[test]
    fn one_that_is_too_large_to_be_read_is_replaced_if_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("index");
        for (front, ours) in [("{\"datason_test\":1,", true), ("{\"other\":1,", false)] {
            fs::write(&place, front).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&place).unwrap();
            file.set_len(LARGEST + 1).unwrap();
            assert_eq!(is_ours(&place, MARK).unwrap(), ours);
            let replaced = put(&place, MARK, b"{}");
            assert_eq!(
                replaced.err().map(|error| error.kind()),
                (!ours).then_some(ErrorKind::Data)
            );
            assert_eq!(fs::metadata(&place).unwrap().len() == 2, ours);
        }
    }
}
