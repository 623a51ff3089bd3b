//! What the process tells its caller.

use std::io;
use std::process::ExitCode;

use datason_core::{Error, ErrorKind};

/// How a command ended. The worse one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitStatus {
    /// All that was asked for was done.
    Success = 0,
    /// The data is bad: a record, or the text around the records.
    BadData = 1,
    /// The command line is wrong, or the system refused.
    Failure = 2,
}

impl ExitStatus {
    /// The status of a run that met `error` in its input. Text in UTF-16, or data compressed as
    /// nobody reads it here, is bad data: the system has given all that was asked of it.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Utf8
            | ErrorKind::Syntax
            | ErrorKind::Truncated
            | ErrorKind::Data
            | ErrorKind::Schema
            | ErrorKind::Limit
            | ErrorKind::TooManyErrors
            | ErrorKind::Unsupported => Self::BadData,
            _ => Self::Failure,
        }
    }

    /// The status of a run that `error` ended. Whoever closed the pipe we write to has seen
    /// enough: that is success.
    pub(crate) fn of_failure(error: &anyhow::Error) -> Self {
        if error.chain().any(is_broken_pipe) { Self::Success } else { Self::Failure }
    }
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_data_and_refusals_are_told_apart() {
        let status = |kind| ExitStatus::of(&Error::new(kind, "x"));
        for kind in [ErrorKind::Syntax, ErrorKind::Limit, ErrorKind::Unsupported] {
            assert_eq!(status(kind), ExitStatus::BadData, "{kind}");
        }
        for kind in [ErrorKind::Io, ErrorKind::Argument] {
            assert_eq!(status(kind), ExitStatus::Failure, "{kind}");
        }
    }

    #[test]
    fn a_broken_pipe_is_success_however_deep_it_lies() {
        let cause = io::Error::from(io::ErrorKind::BrokenPipe);
        let error = anyhow::Error::new(Error::io("cannot write `stdout`", cause)).context("cat");
        assert_eq!(ExitStatus::of_failure(&error), ExitStatus::Success);
        let cause = io::Error::from(io::ErrorKind::StorageFull);
        let error = anyhow::Error::new(Error::io("cannot write `stdout`", cause));
        assert_eq!(ExitStatus::of_failure(&error), ExitStatus::Failure);
    }
}
