//! Rows that are taken back from what cannot take back.

use std::ops::Range;

/// Which rows of one of Arrow's builders count.
///
/// A builder cannot take back. So the rows that were taken back stay in it, and are left out in
/// the end: to copy the others each time would make every bad record cost as much as the batch.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The rows that count, before those from `run` on, which all do.
    runs: Vec<Range<usize>>,
    /// How many these are.
    rows: usize,
    run: usize,
}

impl Kept {
    /// How many rows count, of a builder that has `length`.
    fn rows(&self, length: usize) -> usize {
        self.rows + length - self.run
    }

    /// All but the first `rows` that count are taken back, of a builder that has `length`.
    pub(super) fn truncate(&mut self, rows: usize, length: usize) {
        let beyond = self.rows(length).checked_sub(rows).filter(|beyond| *beyond > 0);
        let Some(mut beyond) = beyond else { return };
        self.runs.push(self.run..length);
        while let Some(run) = self.runs.last_mut() {
            let cut = run.len().min(beyond);
            run.end -= cut;
            beyond -= cut;
            if run.start < run.end {
                break;
            }
            self.runs.pop();
        }
        (self.rows, self.run) = (rows, length);
    }

    /// The rows that count, of a builder that has `length` and is emptied now; `None` for all.
    pub(super) fn take(&mut self, length: usize) -> Option<Vec<Range<usize>>> {
        let Self { mut runs, run, .. } = std::mem::take(self);
        runs.push(run..length);
        (run > 0).then_some(runs)
    }
}
