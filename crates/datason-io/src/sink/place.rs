//! What stands, or will stand, under the name of an output.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result};

use crate::error::{is_a_folder, on_path, quoted};

/// How the target of an output can be written.
pub(super) enum Place {
    /// A file, new or old, that a finished one is renamed to.
    File(Box<FilePlace>),
    /// Something that must be written as it is: a device, a pipe, an open file.
    Device,
}

/// Where a file is published.
#[derive(Clone, Debug)]
pub(super) struct FilePlace {
    /// The file itself, links followed, absolute.
    pub(super) path: PathBuf,
    pub(super) folder: PathBuf,
    /// The file's own name, made text; only used to name others after it.
    pub(super) name: String,
    /// The file that will be replaced.
    pub(super) previous: Option<Metadata>,
}

/// File systems take 255 bytes; the dots, the letters and the suffix need some of them.
const LONGEST_NAME: usize = 200;

/// As many links as Linux follows before it calls them a loop.
const MOST_LINKS: usize = 40;

impl Place {
    /// Looks at `path` and refuses at once what could only fail later: a folder, a missing
    /// folder, a file that may not be written.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let previous = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Err(is_a_folder(path)),
            Ok(metadata) if !metadata.is_file() => return Ok(Self::Device),
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(cause) => return Err(on_path("cannot create", path, cause)),
        };
        match follow_links(path).map_err(|cause| on_path("cannot create", path, cause))? {
            None => Ok(Self::Device),
            Some(real) => {
                let place = FilePlace::of(real, previous)?;
                Ok(Self::File(Box::new(place)))
            }
        }
    }
}

impl FilePlace {
    /// The beginning of the name, for those of hidden files beside it.
    pub(super) fn short_name(&self) -> &str {
        short(&self.name)
    }

    fn of(path: PathBuf, previous: Option<Metadata>) -> Result<Self> {
        let ends_in_separator = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let Some(name) = path.file_name().filter(|_| !ends_in_separator) else {
            let message = format!("{} does not name a file", quoted(&path));
            return Err(Error::new(ErrorKind::Argument, message).in_file(path));
        };
        let name = name.to_string_lossy().into_owned();
        // So that the working directory may change until the file is published.
        let path =
            std::path::absolute(&path).map_err(|cause| on_path("cannot create", &path, cause))?;
        let folder = folder_of(&path);
        check_folder(&folder, &path)?;
        if previous.is_some() {
            check_writable(&path)?;
        }
        Ok(Self { path, folder, name, previous })
    }
}

pub(super) fn short(name: &str) -> &str {
    let end = (0..=LONGEST_NAME.min(name.len())).rfind(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or(0)]
}

pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

pub(super) fn check_folder(folder: &Path, path: &Path) -> Result<()> {
    let cause = match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => io::ErrorKind::NotADirectory.into(),
        Err(cause) => cause,
    };
    let message = format!("cannot create {} in {}", quoted(path), quoted(folder));
    Err(Error::io(message, cause).in_file(path))
}

/// Renaming would replace a write-protected file all the same. Someone protected it, though.
fn check_writable(path: &Path) -> Result<()> {
    match fs::OpenOptions::new().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(cause) => Err(on_path("cannot replace", path, cause)),
    }
}

/// The path that `path` leads to if it is a symbolic link, also if nothing is there yet.
/// `None` if it leads through `/proc`, where links stand for open files: `/dev/stdout` is one,
/// and renaming something over what the shell has opened for us is not what it means.
fn follow_links(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if path.starts_with("/proc") || path.starts_with("/dev/fd") {
            return Ok(None);
        }
        match fs::read_link(&path) {
            Ok(link) => path = folder_of(&path).join(link),
            // It is no link, or there is nothing.
            Err(_) => return Ok(Some(path)),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(short(&"é".repeat(127)), "é".repeat(100));
        assert_eq!(short(&format!("x{}", "é".repeat(127))), format!("x{}", "é".repeat(99)));
        assert_eq!(short("a.jsonl"), "a.jsonl");
    }
}
