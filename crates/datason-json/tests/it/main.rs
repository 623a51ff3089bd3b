//! Tests of the public interface on real files.

mod appending;
mod conformance;
mod corpora;
mod golden;
mod indexes;
mod promises;
mod shared;
mod sidecars;
mod splits;
mod streaming;
