//! Values that have been located and are not read yet.
//!
//! Records are walked one by one, but their values are read column by column: a loop over many
//! values of one type has no branch that depends on the last value's kind, and the processor
//! works on several of them at once.

/// What becomes of a value that is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// It is appended to its column at once. This pass defines what a record means, and it is
    /// the one that words errors.
    Append,
    /// It is located, and appended together with its column's other values. Refuses all that
    /// `Append` refuses, sooner or later, and some that it does not; then nothing has happened.
    Locate,
}
