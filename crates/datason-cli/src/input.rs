//! What a command reads.

use std::path::PathBuf;

use datason_core::{Error, Position, Result, escape};
use datason_io::{Source, SourceOptions};
use datason_json::{Reader, ReaderBuilder};

/// A file, or standard input, which `-` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Stdin,
    File(PathBuf),
}

impl Input {
    /// Opens it for reading from `start` on as `options` say.
    pub(crate) fn open_at(
        &self,
        start: Position,
        options: &ReaderBuilder,
    ) -> Result<Reader<Source>> {
        match self {
            Self::Stdin => options.stdin(),
            Self::File(path) => options.open_at(path, start),
        }
    }

    /// Opens it without a reader.
    pub(crate) fn open_source(&self, options: &SourceOptions) -> Result<Source> {
        match self {
            Self::Stdin => Source::stdin(options),
            Self::File(path) => Source::open(path, options),
        }
    }

    /// The same error, with its name.
    pub(crate) fn located(&self, error: Error) -> Error {
        match self {
            Self::File(path) if error.path().is_none() => error.in_file(path),
            _ => error,
        }
    }

    /// What people call it, whole: for programs, which want the name and not its picture.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "stdin".to_owned(),
            Self::File(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// What messages call it: safe to print whatever the file is called.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Stdin => self.name(),
            Self::File(path) => escape(path.as_os_str().as_encoded_bytes()),
        }
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path) }
    }
}
