//! The tests of `datason-io` that use it from outside.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

mod append;
mod codecs;
mod corpora;
mod interrupted;
mod sink;
mod source;
mod support;
