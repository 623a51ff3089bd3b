//! Rows of a table as JSON, in the shape that an [`Orient`] names.
//!
//! The table is looked at once a chunk: names are checked, types found out. What is left for a
//! cell is a jump and the conversion. Every cell goes through the serializer that writes all
//! other values, so the configuration means the same in a table as outside.

mod cell;
mod column;
mod dict;
mod index;
mod interval;
mod labels;
mod list;
mod plan;
mod records;
mod rows;
mod series;
mod split;
mod tight;
mod values;
mod weave;
mod zone;

use arrow_array::RecordBatch;
use datason_core::config::Orient;
use datason_core::value::{HINT_TYPE, HINT_VALUE};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

pub(crate) use self::cell::Cell;
pub(crate) use self::column::{COMPLEX, Column, TUPLE};
pub(crate) use self::labels::refuse_duplicates;
pub(crate) use self::plan::Plan;
pub(crate) use self::rows::{Record, Rows};
pub(crate) use self::weave::Weaver;

/// Rows of one or more batches, to be written as `plan` says.
#[derive(Debug)]
pub(crate) struct Encoded<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) batches: &'a [RecordBatch],
    /// The label of the first row, where no column has labels.
    pub(crate) first_row: u64,
}

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = Rows::of(self.plan, self.batches, self.first_row).map_err(S::Error::custom)?;
        let oriented = Oriented { orient: self.plan.orient, rows };
        if self.plan.hints {
            return hinted("pandas.DataFrame", &oriented, serializer);
        }
        oriented.serialize(serializer)
    }
}

/// `value` in the wrapper that says of what type it is.
pub(crate) fn hinted<S: Serializer>(
    type_name: &str,
    value: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry(HINT_TYPE, type_name)?;
    map.serialize_entry(HINT_VALUE, value)?;
    map.end()
}

struct Oriented<'a> {
    orient: Orient,
    rows: Rows<'a>,
}

impl Serialize for Oriented<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = &self.rows;
        match self.orient {
            Orient::Records => records::serialize(rows, serializer),
            Orient::Split => split::serialize(rows, serializer),
            Orient::Index => index::serialize(rows, serializer),
            Orient::Dict => dict::serialize(rows, serializer),
            Orient::List => list::serialize(rows, serializer),
            Orient::Tight => tight::serialize(rows, serializer),
            Orient::Values => values::serialize(rows, serializer),
            Orient::Series => series::serialize(rows, serializer),
            other => Err(S::Error::custom(format_args!("tables have no form {other:?}"))),
        }
    }
}
