//! Tests of the public interface on real files.

mod conformance;
mod corpora;
mod shared;
mod splits;
