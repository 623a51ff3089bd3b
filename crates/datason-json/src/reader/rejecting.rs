//! What a reader does with bad records.

use std::io::Read;

use datason_core::{Error, OnError, Result};

use super::Reader;

impl<R: Read> Reader<R> {
    /// Passes on the `error` of the record that was taken last. If this returns, reading goes
    /// on.
    #[cold]
    pub(super) fn reject(&mut self, error: Error, index: usize) -> Result<()> {
        self.report_seen();
        let error = self.located(error);
        let taken = self.options.rejects.take(error, Some(self.framed(index)));
        taken.map_err(|error| self.ended_by(error))
    }

    /// As [`reject`](Self::reject), for a record whose text is not there, and for what breaks
    /// between records.
    #[cold]
    pub(super) fn reject_unseen(&mut self, error: Error) -> Result<()> {
        self.report_seen();
        let error = self.located(error);
        let taken = self.options.rejects.take(error, None);
        taken.map_err(|error| self.ended_by(error))
    }

    /// Judges the share of bad records once, at the end of the input.
    pub(super) fn check_end(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        self.report_seen();
        let checked = self.options.rejects.check_end();
        checked.map_err(|error| self.located(error.at(self.position())))
    }

    /// Tells the rejects of the records that were taken since they heard last.
    pub(super) fn report_seen(&mut self) {
        if self.options.rejects.on_error() != OnError::Fail {
            let taken = self.taken();
            self.options.rejects.saw(taken - self.reported);
            self.reported = taken;
        }
    }

    /// The same error. If it is fatal, nothing comes behind it, not even what was framed.
    pub(crate) fn ended_by(&mut self, error: Error) -> Error {
        if error.is_fatal() {
            self.done = true;
            self.ended = true;
            self.error = None;
            self.oversized = None;
            self.next = self.spans.len();
        }
        error
    }
}
