//! Benchmarks of datason: what is measured, on which data, against whom, and the right answer.
//!
//! [`definitions`] is the one list. Three things work through it:
//! - `cargo xtask bench` runs the program `measure`, which takes the engines of a definition in
//!   turn, round after round, so that ratios hold on a machine that does other work too;
//! - `cargo bench -p datason-benches` shows each engine in detail, with criterion;
//! - `cargo test -p datason-benches` runs each engine once, on little data, and compares its
//!   answer with the one that stands in the definition.
//!
//! The feature `sonic-rs` adds that parser as a peer; `cargo xtask bench` switches it on.
//! [`original`] has the tasks that are measured against the original in Python.
//!
//! ```
//! use datason_benches::{Group, Options, SMALL, definitions};
//!
//! for mut definition in definitions(Group::Frame, &Options::default()) {
//!     let data = definition.fixture.data(SMALL)?;
//!     assert_eq!(definition.verify(&data)?, definition.expected, "{}", definition.name);
//! }
//! # Ok::<(), anyhow::Error>(())
//! ```

#![forbid(unsafe_code)]

mod answer;
mod clock;
pub mod columns;
mod definition;
mod fixture;
mod forms;
mod frame;
pub mod original;
mod rounds;
mod rows;
mod write;

pub use answer::{Answer, Counter, Examiner, Observer, Row};
pub use clock::cpu_time;
pub use definition::{Definition, Engine, Group, Options, Role};
pub use fixture::{Data, Fixture, SMALL};
pub use rounds::{Measurement, measure};

/// Returns every benchmark of `group`.
///
/// # Examples
///
/// ```
/// use datason_benches::{Group, Options, definitions};
///
/// let rows = definitions(Group::Rows, &Options::default());
/// assert!(rows.iter().any(|definition| definition.name == "flat owned"));
/// ```
pub fn definitions(group: Group, options: &Options) -> Vec<Definition> {
    match group {
        Group::Frame => frame::definitions(),
        Group::Rows => rows::definitions(options),
        Group::Columns => columns::definitions(),
        Group::Write => write::definitions(),
    }
}
