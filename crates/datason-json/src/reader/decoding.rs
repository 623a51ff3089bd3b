//! Records decoded as rows.

use std::io::Read;

use datason_core::{Chunk, Result};
use serde::de::DeserializeOwned;

use super::Reader;
use crate::codec::{Batch, Codec};
use crate::shares::Filled;

impl<R: Read> Reader<R> {
    /// The next chunk of rows, decoded with the reader's codec: those before the next error.
    pub(crate) fn read_rows<T: DeserializeOwned>(&mut self) -> Result<Option<Chunk<Vec<T>>>> {
        let (mut rows, mut filled, mut start) = (Vec::new(), Filled::default(), None);
        let mut outcome = Ok(());
        while outcome.is_ok() && self.limits.chunk.has_room(filled) {
            match self.refill() {
                Ok(true) if !self.fits_next(filled) => break,
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
            if rows.is_empty() {
                start = Some(self.framed(self.next).position());
            }
            outcome = self.decode_waiting(&mut rows, &mut filled);
        }
        let Some(start) = start.filter(|_| !rows.is_empty()) else { return outcome.map(|()| None) };
        self.deferred = outcome.err();
        self.chunks_read += 1;
        Ok(Some(Chunk::new(rows, self.chunks_read - 1, start)))
    }

    /// Decodes the waiting records that fit into the chunk to `rows`, of which there is one at
    /// least, up to the first that is bad. `Err` if that one is not passed over.
    fn decode_waiting<T: DeserializeOwned>(
        &mut self,
        rows: &mut Vec<T>,
        filled: &mut Filled,
    ) -> Result<()> {
        let waiting = self.waiting();
        let mut batch = self.codec.batch(self.window.bytes());
        let mut failed = None;
        // One by one: to look ahead to the end of the chunk would make every bad record cost that.
        for span in &self.spans[waiting] {
            if !self.limits.chunk.fits(*filled, span.len()) {
                break;
            }
            self.next += 1;
            match batch.decode(span.clone()) {
                Ok(row) => {
                    rows.push(row);
                    filled.add(span.len());
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let last = self.next - 1;
        let outcome = match failed {
            Some(error) => self.reject(error.at(self.framed(last)), last),
            None => Ok(()),
        };
        self.move_mark(self.spans[last].start);
        outcome
    }

    /// Decodes the record that was just taken; `None` if it is bad and passed over.
    pub(super) fn decode<T: DeserializeOwned>(&mut self, index: usize) -> Result<Option<T>> {
        let bytes = &self.window.bytes()[self.spans[index].clone()];
        match self.codec.decode(bytes) {
            Ok(row) => Ok(Some(row)),
            Err(error) => self.reject(error.at(self.framed(index)), index).map(|()| None),
        }
    }
}
