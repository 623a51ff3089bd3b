//! What the crate promises, from outside.

#[cfg(feature = "csv")]
mod examples;
#[cfg(feature = "ndarray")]
mod inputs;
