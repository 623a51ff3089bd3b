//! As split, with `"index_names": [null], "column_names": [null]`.
//!
//! The index has a name where a column is the index; the columns as a whole have none in Arrow.

use serde::ser::{SerializeMap, Serializer};

use super::rows::Rows;
use super::split::serialize_entries;

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let index_name = rows.plan.index.map(|index| rows.plan.schema.field(index).name());
    let mut map = serializer.serialize_map(Some(5))?;
    serialize_entries(rows, &mut map)?;
    map.serialize_entry("index_names", &[index_name])?;
    map.serialize_entry("column_names", &[(); 1])?;
    map.end()
}
