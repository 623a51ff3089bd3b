//! `{"0": {"a": 1, "b": 2}, …}`

use serde::ser::{SerializeMap, Serializer};

use super::rows::{Record, Rows};

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let names = &rows.names;
    let mut map = serializer.serialize_map(Some(rows.count))?;
    rows.iter().try_for_each(|row| map.serialize_entry(&row.label(), &Record { names, row }))?;
    map.end()
}
