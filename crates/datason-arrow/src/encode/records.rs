//! `[{"a": 1, "b": 2}, …]`

use serde::ser::{SerializeSeq, Serializer};

use super::rows::{Record, Rows};

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let names = &rows.names;
    let mut list = serializer.serialize_seq(Some(rows.count))?;
    rows.iter().try_for_each(|row| list.serialize_element(&Record { names, row }))?;
    list.end()
}
