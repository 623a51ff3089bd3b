//! Tables and arrays in files of other formats.

#[cfg(feature = "csv")]
pub mod csv;
pub mod npy;
