//! The bytes of an input before decompression.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use datason_core::{Error, ErrorKind, Result, escape};

use crate::error::into_error;
use crate::retry::read_once;
use crate::sniff;

/// The system's side of a source: counts, ends where it must, names itself in errors.
pub(super) struct Raw {
    input: Input,
    /// First bytes that were looked at and are still to be given out.
    head: Vec<u8>,
    /// What is to be read of a file whose size is known.
    range: Option<Range<u64>>,
    given: u64,
    name: String,
    path: Option<PathBuf>,
}

enum Input {
    File(File),
    Stream(Box<dyn Read + Send>),
}

impl Raw {
    /// A file, of which `range` is read, or all if its size is not known.
    pub(super) fn file(file: File, path: &Path, range: Option<Range<u64>>) -> Self {
        Self {
            input: Input::File(file),
            head: Vec::new(),
            range,
            given: 0,
            name: path.to_string_lossy().into_owned(),
            path: Some(path.to_owned()),
        }
    }

    pub(super) fn stream(reader: Box<dyn Read + Send>, name: String) -> Self {
        let input = Input::Stream(reader);
        Self { input, head: Vec::new(), range: None, given: 0, name, path: None }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn len(&self) -> Option<u64> {
        match &self.range {
            Some(range) => Some(range.end - range.start),
            None => None,
        }
    }

    pub(super) const fn bytes_read(&self) -> u64 {
        self.given
    }

    pub(super) const fn start(&self) -> u64 {
        match &self.range {
            Some(range) => range.start,
            None => 0,
        }
    }

    /// A size is known of regular files only, and those can be read again.
    pub(super) const fn is_rewindable(&self) -> bool {
        self.range.is_some()
    }

    pub(super) fn rewind(&mut self) -> Result<()> {
        let start = self.start();
        let result = match &mut self.input {
            Input::File(file) if self.range.is_some() => file.seek(SeekFrom::Start(start)),
            _ => {
                let message = format!("`{}` cannot be read twice", escape(self.name.as_bytes()));
                return Err(self.error(ErrorKind::Unsupported, message));
            }
        };
        result.map_err(|cause| self.io_error(cause))?;
        self.head.clear();
        self.given = 0;
        Ok(())
    }

    /// The first bytes, as many as it takes to know what they begin. They are read again.
    pub(super) fn peek(&mut self) -> Result<Vec<u8>> {
        let mut head = vec![0; sniff::MAGIC_BYTES];
        let mut length = 0;
        // Asking for more than is needed could wait for what an idle pipe never brings.
        while length < head.len() && sniff::is_undecided(&head[..length]) {
            match self.fill(&mut head[length..])? {
                0 => break,
                count => length += count,
            }
        }
        head.truncate(length);
        if self.is_rewindable() {
            // Not kept in `head`, so that every later read begins at a block of the file.
            self.rewind()?;
        } else {
            self.given = 0;
            self.head.clone_from(&head);
        }
        Ok(head)
    }

    /// Reads once; 0 is the end.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = if self.head.is_empty() {
            self.read_input(buffer)?
        } else {
            let count = buffer.len().min(self.head.len());
            buffer[..count].copy_from_slice(&self.head[..count]);
            self.head.drain(..count);
            count
        };
        self.given += count as u64;
        Ok(count)
    }

    fn read_input(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = self.len().map_or(u64::MAX, |len| len - self.given);
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..room];
        let result = match &mut self.input {
            Input::File(file) => read_once(file, buffer),
            Input::Stream(reader) => read_once(reader, buffer),
        };
        match result {
            Ok(0) if room > 0 => self.end().map(|()| 0),
            Ok(count) => Ok(count),
            Err(error) => Err(self.io_error(error)),
        }
    }

    /// The input gives no more. That is an error if it has become shorter than it was; the
    /// size is asked for again, since some file systems do not tell the right one.
    fn end(&self) -> Result<()> {
        let (Input::File(file), Some(range)) = (&self.input, &self.range) else { return Ok(()) };
        let size = file.metadata().map_err(|cause| self.io_error(cause))?.len();
        if size >= range.end {
            return Ok(());
        }
        let opened = range.end;
        let message =
            format!("the file has shrunk from {opened} to {size} bytes since it was opened");
        Err(self.error(ErrorKind::Truncated, message))
    }

    /// A fatal error in this input.
    #[cold]
    pub(super) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.named(Error::new(kind, message).fatal())
    }

    #[cold]
    pub(super) fn io_error(&self, cause: io::Error) -> Error {
        let message = format!("cannot read `{}`", escape(self.name.as_bytes()));
        self.named(into_error(cause, message))
    }

    fn named(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

/// For the buffer that compressed bytes pass through.
impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.fill(buffer)?)
    }
}
