//! Fuzz targets as plain functions: each panics if datason breaks a promise on the bytes it gets.
//!
//! `cargo fuzz` drives them (`cargo fuzz run --features libfuzzer lines`), and the tests replay
//! them on stable over the corpus beside this crate and over seeded mutations of it, and hold columns
//! against serde_json on real lines. The last
//! byte of an input chooses how it is cut; the rest is the text, so that a corpus can be read.
#![forbid(unsafe_code)]
#![expect(clippy::missing_panics_doc, reason = "a panic is how a target tells what it found")]

mod append;
mod array;
mod codecs;
mod columns;
mod index;
mod inference;
mod lines;
mod mutation;
mod pointer;
mod reading;
mod rejects;

pub use self::append::append;
pub use self::array::array;
pub use self::codecs::codecs;
pub use self::columns::{columns, columns_cut, columns_under};
pub use self::index::index;
pub use self::inference::inference;
pub use self::lines::lines;
pub use self::mutation::{PIECES, mutated};
pub use self::pointer::pointer;
pub use self::rejects::rejects;

/// A target's name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 9] = [
    ("append", append),
    ("array", array),
    ("codecs", codecs),
    ("columns", columns),
    ("index", index),
    ("inference", inference),
    ("lines", lines),
    ("pointer", pointer),
    ("rejects", rejects),
];
