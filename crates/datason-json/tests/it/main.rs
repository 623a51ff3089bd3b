//! Tests of the public interface on real files.

mod compressed;
mod conformance;
mod corpora;
mod nasty;
mod promises;
mod rejects;
mod shared;
mod splits;
