//! Records that are passed over, since somebody has read them before.

use std::io::Read;

use datason_core::{Error, ErrorKind, Rejects, Result};

use super::Reader;

impl<R: Read> Reader<R> {
    /// Passes over the next `count` records without judging them: whoever has read them before has
    /// told of those that are too large.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record); [`ErrorKind::Data`] if there are not that many.
    pub(crate) fn pass_over(&mut self, count: u64) -> Result<()> {
        let rejects = std::mem::replace(&mut self.options.rejects, Rejects::FAIL);
        let passed = self.pass_over_all(count);
        self.options.rejects = rejects;
        self.reported = self.taken();
        passed
    }

    fn pass_over_all(&mut self, count: u64) -> Result<()> {
        let first = self.taken();
        while self.taken() - first < count {
            match self.advance() {
                Ok(Some(_)) => {}
                Err(error) if error.kind() == ErrorKind::Limit && !error.is_fatal() => {}
                Err(error) => return Err(error),
                Ok(None) => {
                    let passed = self.taken() - first;
                    let message = format!("the input has {passed} records, and {count} were read");
                    return Err(self.located(Error::new(ErrorKind::Data, message).fatal()));
                }
            }
        }
        Ok(())
    }

    /// The number of the next record.
    pub(super) fn taken(&self) -> u64 {
        self.start.record() + self.next as u64
    }
}
