//! `{"index": […], "columns": ["a", "b"], "data": [[1, 2], …]}`

use serde::ser::{SerializeMap, Serializer};

use super::rows::{Matrix, Rows};

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(3))?;
    serialize_entries(rows, &mut map)?;
    map.end()
}

/// The entries that split and tight have in common.
pub(super) fn serialize_entries<M: SerializeMap>(
    rows: &Rows<'_>,
    map: &mut M,
) -> Result<(), M::Error> {
    map.serialize_entry("index", &rows.labels())?;
    map.serialize_entry("columns", &rows.names)?;
    map.serialize_entry("data", &Matrix(rows))
}
