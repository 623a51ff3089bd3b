//! `{"a": [1, …], "b": [2, …]}`

use serde::ser::Serializer;

use super::rows::Rows;

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rows.columns())
}
