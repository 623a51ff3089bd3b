//! `[{"a": 1, "b": 2}, …]`

use serde::ser::{SerializeSeq, Serializer};

use super::rows::Rows;

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(rows.count))?;
    rows.records().try_for_each(|record| list.serialize_element(&record))?;
    list.end()
}
