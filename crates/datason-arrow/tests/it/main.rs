//! What the crate promises, from outside.

#[cfg(feature = "ndarray")]
mod arrays;
mod columns;
#[cfg(feature = "csv")]
mod csv;
mod shared;
mod tables;
mod woven;
