//! What is made of chunks while they are read.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::vec;

use datason_core::{Record, Result};
use serde::de::DeserializeOwned;

use super::ChunkFile;
use crate::chunked::ChunkText;
use crate::codec::Codec;
use crate::sidecar::RecordKind;

impl<R: Read> ChunkFile<R> {
    /// `None` if the chunk is bad and passed over.
    fn decode<T: DeserializeOwned>(&mut self, chunk: &ChunkText) -> Result<Option<T>> {
        let text = chunk.as_bytes();
        let error = match self.reader.codec_mut().decode(text) {
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        let record = Record::new(text, b"", chunk.position());
        let error = self.reader.located(error.at(record));
        let taken = self.reader.rejects().take(error, Some(record));
        taken.map(|()| None).map_err(|error| self.reader.ended_by(error))
    }
}

/// The chunks as values of one type: see [`ChunkFile::typed`].
pub struct Typed<R, T> {
    file: ChunkFile<R>,
    chunk: PhantomData<fn() -> T>,
}

impl<R, T> Typed<R, T> {
    pub(super) fn new(file: ChunkFile<R>) -> Self {
        Self { file, chunk: PhantomData }
    }
}

impl<R: Read, T: DeserializeOwned> Iterator for Typed<R, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.file.reader.next_row() {
            Ok(None) => self.file.end().map(Err),
            Err(error) => {
                self.file.ended |= error.is_fatal();
                Some(Err(error))
            }
            Ok(Some(row)) => Some(Ok(row)),
        }
    }
}

impl<R: Read, T: DeserializeOwned> FusedIterator for Typed<R, T> {}

impl<R: fmt::Debug, T> fmt::Debug for Typed<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").field("file", &self.file).finish()
    }
}

/// The items in all chunks: see [`ChunkFile::items`].
pub struct Items<R, T> {
    file: ChunkFile<R>,
    list: vec::IntoIter<T>,
}

impl<R, T> Items<R, T> {
    pub(super) fn new(file: ChunkFile<R>) -> Self {
        Self { file, list: Vec::new().into_iter() }
    }
}

impl<R: Read, T: DeserializeOwned> Items<R, T> {
    /// Decodes a chunk: the item that it is, unless it is a list.
    fn open(&mut self, chunk: &ChunkText) -> Result<Option<T>> {
        let is_item = self.file.sidecar().is_some_and(|told| told.kind == RecordKind::Items);
        if !is_item && chunk.as_str().trim_ascii_start().starts_with('[') {
            self.list = self.file.decode::<Vec<T>>(chunk)?.unwrap_or_default().into_iter();
            return Ok(None);
        }
        self.file.decode(chunk)
    }
}

impl<R: Read, T: DeserializeOwned> Iterator for Items<R, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.list.next() {
                return Some(Ok(item));
            }
            let chunk = self.file.next()?;
            let opened = chunk.and_then(|chunk| self.open(&chunk));
            if let Some(item) = opened.transpose() {
                return Some(item);
            }
        }
    }
}

impl<R: Read, T: DeserializeOwned> FusedIterator for Items<R, T> {}

impl<R: fmt::Debug, T> fmt::Debug for Items<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What a processor makes of the chunks: see [`ChunkFile::process`].
pub struct Processed<R, F> {
    file: ChunkFile<R>,
    processor: F,
}

impl<R, F> Processed<R, F> {
    pub(super) fn new(file: ChunkFile<R>, processor: F) -> Self {
        Self { file, processor }
    }
}

impl<R: Read, U, F: FnMut(ChunkText) -> Result<U>> Iterator for Processed<R, F> {
    type Item = Result<U>;

    fn next(&mut self) -> Option<Result<U>> {
        let chunk = self.file.next()?;
        Some(chunk.and_then(&mut self.processor))
    }
}

impl<R: fmt::Debug, F> fmt::Debug for Processed<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processed").field("file", &self.file).finish_non_exhaustive()
    }
}
