//! `[[1, 2], …]`
//!
//! Each column keeps its own type: an integer beside a float stays an integer.

use serde::ser::{Serialize, Serializer};

use super::rows::{Matrix, Rows};

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    Matrix(rows).serialize(serializer)
}
