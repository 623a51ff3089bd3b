//! A bar on the terminal for those who wait.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::input::Input;

/// How far reading has come, shown on standard error if that is a terminal and the run takes
/// longer than a second.
#[derive(Debug)]
pub(crate) struct Progress {
    enabled: bool,
    started: Instant,
    updated: Instant,
    name: String,
    length: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Who waits less than this needs no bar.
    const PATIENCE: Duration = Duration::from_secs(1);
    /// No eye sees more.
    const PERIOD: Duration = Duration::from_millis(100);

    /// A bar where it makes sense: not if the user wants none, and not between the lines of
    /// data that are `printed` on the same terminal.
    pub(crate) fn new(quiet: bool, printed: bool) -> Self {
        let in_the_way = printed && io::stdout().is_terminal();
        Self::with(!quiet && !in_the_way && io::stderr().is_terminal())
    }

    fn with(enabled: bool) -> Self {
        let now = Instant::now();
        let name = String::new();
        Self { enabled, started: now, updated: now, name, length: None, bar: None }
    }

    /// Starts on `input`, which has `length` bytes before decompression, if that is known.
    pub(crate) fn begin(&mut self, input: &Input, length: Option<u64>) {
        self.clear();
        self.name = input.shown();
        self.length = length;
    }

    /// Says that `read` bytes of the input have been read, and `records` records in all. Mostly
    /// costs one look at the clock.
    pub(crate) fn advance(&mut self, read: u64, records: u64) {
        if !self.enabled || self.updated.elapsed() < Self::PERIOD {
            return;
        }
        self.updated = Instant::now();
        if self.started.elapsed() < Self::PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| bar(&self.name, self.length, self.started));
        bar.set_message(HumanCount(records).to_string());
        bar.set_position(read);
    }

    /// Takes the bar away, so that something can be printed. It comes back.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(name: &str, length: Option<u64>, started: Instant) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length),
            "{prefix} [{wide_bar}] {percent}% {bytes_per_sec}, {msg} records, {eta} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{prefix} {spinner} {bytes} {bytes_per_sec}, {msg} records",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("templates that a test has drawn");
    bar.with_style(style.progress_chars("=> "))
        .with_prefix(name.to_owned())
        .with_elapsed(started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bars_can_be_drawn() {
        for length in [Some(10), None] {
            let bar = bar("x", length, Instant::now());
            bar.set_position(3);
            assert_eq!((bar.position(), bar.length()), (3, length));
        }
    }

    #[test]
    fn a_short_run_shows_nothing() {
        let mut progress = Progress::with(true);
        progress.begin(&Input::Stdin, None);
        progress.advance(1, 1);
        assert!(progress.bar.is_none());
    }

    #[test]
    fn a_long_run_shows_a_bar_until_it_is_cleared() {
        let mut progress = Progress::with(true);
        let Some(past) = Instant::now().checked_sub(Duration::from_secs(2)) else { return };
        (progress.started, progress.updated) = (past, past);
        progress.advance(5, 2);
        assert_eq!(progress.bar.as_ref().map(ProgressBar::position), Some(5));
        progress.clear();
        assert!(progress.bar.is_none());
    }
}
