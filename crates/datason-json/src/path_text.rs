//! Paths in notes beside files: any path, also one that is not UTF-8.
//!
//! A path that is a text is one in JSON too; any other is the list of its bytes, as the system
//! encodes them. For `#[serde(with = "crate::path_text")]`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Noted {
    Text(String),
    Bytes(Vec<u8>),
}

pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    match path.to_str() {
        Some(text) => text.serialize(serializer),
        None => path.as_os_str().as_encoded_bytes().serialize(serializer),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(match Noted::deserialize(deserializer)? {
        Noted::Text(text) => text.into(),
        Noted::Bytes(bytes) => from_bytes(bytes).into(),
    })
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// Elsewhere no safe way leads back. The path is then another than any there is, and the note is
/// taken for that of another file.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Note {
        #[serde(with = "super")]
        path: PathBuf,
    }

    fn noted(path: &Path) -> (String, PathBuf) {
        let text = serde_json::to_string(&Note { path: path.to_owned() }).unwrap();
        let read = serde_json::from_str::<Note>(&text).unwrap().path;
        (text, read)
    }

    #[test]
    fn a_text_is_a_text() {
        let path = Path::new("/data/é.jsonl");
        assert_eq!(noted(path), (r#"{"path":"/data/é.jsonl"}"#.to_owned(), path.to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_comes_back() {
        let path = PathBuf::from(from_bytes(b"caf\xe9.jsonl".to_vec()));
        assert_eq!(noted(&path).1, path);
    }
}
