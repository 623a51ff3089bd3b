//! What the crate promises, from outside.

#[cfg(feature = "csv")]
mod examples;
#[cfg(feature = "arrow")]
mod golden;
#[cfg(feature = "ndarray")]
mod inputs;
#[cfg(feature = "ndarray")]
mod promises;
#[cfg(feature = "arrow")]
mod shared;
