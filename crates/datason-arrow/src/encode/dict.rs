//! `{"a": {"0": 1, …}, "b": {"0": 2, …}}`

use serde::ser::Serializer;

use super::rows::{Labelled, Rows};

pub(super) fn serialize<S: Serializer>(rows: &Rows<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rows.columns().map(|(name, values)| (name, Labelled(values))))
}
