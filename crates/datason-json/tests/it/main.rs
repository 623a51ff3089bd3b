//! Tests of the public interface on real files.

mod appending;
mod changing;
mod compressed;
mod conformance;
mod corpora;
mod exact;
mod indexes;
mod nasty;
mod promises;
mod rejects;
mod round_trips;
mod shared;
mod sidecars;
mod splits;
mod streaming;
