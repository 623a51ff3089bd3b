//! Iterators over decoded rows.

use std::borrow::BorrowMut;
use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::marker::PhantomData;

use datason_core::{Chunk, Error, RawChunk, Result};
use serde::de::DeserializeOwned;

use crate::codec::Codec;
use crate::reader::Reader;

/// Rows of type `T`: see [`Reader::rows`].
///
/// Ends for good at the end of the input and after a fatal error.
pub struct Rows<S, R, T> {
    reader: S,
    row: PhantomData<fn(R) -> T>,
}

impl<S, R, T> Rows<S, R, T> {
    pub(crate) fn new(reader: S) -> Self {
        Self { reader, row: PhantomData }
    }

    /// The reader.
    pub fn reader(&self) -> &S {
        &self.reader
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> Iterator for Rows<S, R, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.reader.borrow_mut().next_row().transpose()
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> FusedIterator for Rows<S, R, T> {}

impl<S: fmt::Debug, R, T> fmt::Debug for Rows<S, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("reader", &self.reader).finish()
    }
}

/// Chunks of rows of type `T`: see [`Reader::chunks`].
///
/// Ends for good at the end of the input and after a fatal error.
pub struct Chunks<S, R, T> {
    reader: S,
    raw: RawChunk,
    /// The first record of `raw` that has not been decoded.
    next: usize,
    yielded: u64,
    /// The error of the record behind the rows that were yielded last.
    error: Option<Error>,
    row: PhantomData<fn(R) -> T>,
}

impl<S, R, T> Chunks<S, R, T> {
    pub(crate) fn new(reader: S) -> Self {
        Self {
            reader,
            raw: RawChunk::default(),
            next: 0,
            yielded: 0,
            error: None,
            row: PhantomData,
        }
    }

    /// The reader.
    pub fn reader(&self) -> &S {
        &self.reader
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> Chunks<S, R, T> {
    /// The rows up to the end of the raw chunk or the first bad record; its error is kept.
    fn decode(&mut self) -> Chunk<Vec<T>> {
        let records = self.raw.data();
        let start = records.get(self.next).map_or(self.raw.start(), |first| first.position());
        let mut rows = Vec::with_capacity(records.len() - self.next);
        let reader = self.reader.borrow_mut();
        for record in records.iter().skip(self.next) {
            self.next += 1;
            match reader.codec_mut().decode(record.as_bytes()) {
                Ok(row) => rows.push(row),
                Err(error) => {
                    self.error = Some(reader.located(error.at(record)));
                    break;
                }
            }
        }
        Chunk::new(rows, self.yielded, start)
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> Iterator for Chunks<S, R, T> {
    type Item = Result<Chunk<Vec<T>>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(error) = self.error.take() {
                return Some(Err(error));
            }
            if self.next == self.raw.data().len() {
                self.next = 0;
                match self.reader.borrow_mut().read_chunk(&mut self.raw) {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
            let chunk = self.decode();
            if !chunk.data().is_empty() {
                self.yielded += 1;
                return Some(Ok(chunk));
            }
        }
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> FusedIterator for Chunks<S, R, T> {}

impl<S: fmt::Debug, R, T> fmt::Debug for Chunks<S, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("reader", &self.reader).finish_non_exhaustive()
    }
}
