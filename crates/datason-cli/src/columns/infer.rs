//! The schema of inputs, by looking at them.

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::DataType;
use datason_arrow::{Inferred, RecordShape, SchemaInference};
use datason_core::{Error, ErrorKind, RawChunk, Record, excerpt};
use datason_json::Reader;

use crate::input::Input;
use crate::render;
use crate::walk::Walk;

/// How much of an input is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    /// Records, at most.
    pub(crate) records: u64,
    /// Bytes of text, at most and by whole chunks.
    pub(crate) bytes: u64,
}

impl Sight {
    pub(crate) const ALL: Self = Self { records: u64::MAX, bytes: u64::MAX };
    /// Of what can be read only once, and must be held while it is looked at.
    pub(crate) const OF_PIPE: Self = Self { records: 10_000, bytes: 16 << 20 };

    /// At most `records`, if they are given.
    pub(crate) fn records(self, records: Option<u64>) -> Self {
        match records {
            Some(records) => Self { records, ..Self::ALL },
            None => self,
        }
    }

    /// At most `bytes` of text.
    pub(crate) fn at_most(self, bytes: u64) -> Self {
        Self { bytes: self.bytes.min(bytes), ..self }
    }
}

/// What became of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The input was seen to its end.
    All,
    /// There is more, or may be.
    Part,
}

/// How an input is looked at.
pub(crate) struct Look<'a> {
    pub(crate) input: &'a Input,
    pub(crate) sight: Sight,
    /// Whether bad records are passed over without a word, as somebody will meet them again.
    pub(crate) silent: bool,
    /// Whether the records count for the summary: not if they will be read again.
    pub(crate) counts: bool,
}

impl Look<'_> {
    /// Shows `inference` the records of `reader`. Faults are told to `walk`.
    ///
    /// # Errors
    /// As [`Walk::fault`].
    pub(crate) fn at<R: Read>(
        &self,
        walk: &mut Walk,
        reader: &mut Reader<R>,
        inference: &mut SchemaInference,
    ) -> anyhow::Result<Seen> {
        let (mut chunk, mut left) = (RawChunk::default(), self.sight.records);
        while left > 0 && reader.position().byte() < self.sight.bytes {
            match reader.read_chunk(&mut chunk) {
                Ok(true) => {
                    let Some(seen) = self.at_chunk(walk, &chunk, left, inference)? else { break };
                    left -= seen;
                }
                Ok(false) => return Ok(Seen::All),
                Err(error) => {
                    if !self.goes_on(walk, error, None)? {
                        break;
                    }
                }
            }
        }
        Ok(Seen::Part)
    }

    /// Shows `inference` the first `most` records of `chunk`, and counts them; `None` to stop.
    fn at_chunk(
        &self,
        walk: &mut Walk,
        chunk: &RawChunk,
        most: u64,
        inference: &mut SchemaInference,
    ) -> anyhow::Result<Option<u64>> {
        let mut stopped = None;
        let before = inference.records();
        let seen = inference.observe_some(chunk.data(), most, |error, record| {
            match self.goes_on(walk, error, Some(record)) {
                Ok(true) => Ok(()),
                outcome => {
                    stopped = Some(outcome);
                    // Said to nobody: why it ends stands in the outcome.
                    Err(Error::new(ErrorKind::Data, "the run ends"))
                }
            }
        });
        if self.counts {
            walk.passed(inference.records() - before);
            walk.totals().chunks += 1;
        }
        match (seen, stopped) {
            (Ok(seen), _) => Ok(Some(seen)),
            (Err(_), Some(outcome)) => outcome.map(|_told| None),
            // More fields than there may be.
            (Err(error), None) => walk.fault(self.input, error, None).map(|_told| None),
        }
    }

    fn goes_on(
        &self,
        walk: &mut Walk,
        error: Error,
        record: Option<Record<'_>>,
    ) -> anyhow::Result<bool> {
        if self.silent { Ok(!error.is_fatal()) } else { walk.fault(self.input, error, record) }
    }
}

/// Tells which columns of `input` hold JSON text, and why; and if the members of records are no
/// columns, since not all of these are objects.
pub(crate) fn tell_surprises(input: &str, inferred: &Inferred) {
    let mut fields = inferred.schema.fields().iter();
    let has_objects = fields.any(|field| matches!(field.data_type(), DataType::Struct(_)));
    if inferred.shape == RecordShape::Value && has_objects {
        render::tell(&format!(
            "{input}: some records are objects and some are `null`, so each is a value of one column"
        ));
    }
    for conflict in &inferred.conflicts {
        let pointer = match conflict.pointer.as_str() {
            "" => "each record".to_owned(),
            pointer => format!("`{}`", excerpt(pointer)),
        };
        render::tell(&format!("{input}: {pointer} is kept as JSON text: {conflict}"));
    }
}

/// An input that can be read once, and whose beginning is to be read twice.
pub(crate) struct Tap<R> {
    shared: Arc<Mutex<Shared<R>>>,
}

struct Shared<R> {
    input: R,
    seen: Vec<u8>,
}

impl<R: Read> Tap<R> {
    /// The tap, and what it leaves: to be read when the tap has been dropped.
    pub(crate) fn new(input: R) -> (Self, Rest<R>) {
        let shared = Arc::new(Mutex::new(Shared { input, seen: Vec::new() }));
        (Self { shared: shared.clone() }, Rest { shared })
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let count = shared.input.read(buffer)?;
        shared.seen.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// All that was and will be in an input.
pub(crate) struct Rest<R> {
    shared: Arc<Mutex<Shared<R>>>,
}

impl<R: Read> Rest<R> {
    /// The input, from its start.
    pub(crate) fn into_input(self) -> Option<impl Read + use<R>> {
        let shared = Arc::into_inner(self.shared)?.into_inner();
        let Shared { input, seen } = shared.unwrap_or_else(PoisonError::into_inner);
        Some(Cursor::new(seen).chain(input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tapped_comes_again() {
        let (mut tap, rest) = Tap::new(&b"abcdef"[..]);
        let mut start = [0; 4];
        tap.read_exact(&mut start).unwrap();
        drop(tap);
        let mut all = Vec::new();
        rest.into_input().unwrap().read_to_end(&mut all).unwrap();
        assert_eq!((&start, all.as_slice()), (b"abcd", &b"abcdef"[..]));
    }
}
