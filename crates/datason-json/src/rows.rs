//! Iterators over decoded rows.

use std::borrow::BorrowMut;
use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::marker::PhantomData;

use datason_core::{Chunk, Result};
use serde::de::DeserializeOwned;

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
    row: PhantomData<fn(R) -> T>,
}

impl<S, R, T> Chunks<S, R, T> {
    pub(crate) fn new(reader: S) -> Self {
        Self { reader, row: PhantomData }
    }

    /// The reader.
    pub fn reader(&self) -> &S {
        &self.reader
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> Iterator for Chunks<S, R, T> {
    type Item = Result<Chunk<Vec<T>>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.borrow_mut().read_rows().transpose()
    }
}

impl<S: BorrowMut<Reader<R>>, R: Read, T: DeserializeOwned> FusedIterator for Chunks<S, R, T> {}

impl<S: fmt::Debug, R, T> fmt::Debug for Chunks<S, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("reader", &self.reader).finish()
    }
}
