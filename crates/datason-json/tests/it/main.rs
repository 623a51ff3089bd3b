//! Tests of the public interface on real files.

mod appending;
mod conformance;
mod corpora;
mod golden;
mod indexes;
mod promises;
mod round_trips;
mod shared;
mod sidecars;
mod splits;
mod streaming;
