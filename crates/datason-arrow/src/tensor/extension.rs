//! Arrow's extension type for columns of tensors.

use arrow_schema::Field;
use arrow_schema::extension::{EXTENSION_TYPE_METADATA_KEY, EXTENSION_TYPE_NAME_KEY};
use datason_core::{Error, ErrorKind, Result};
use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    shape: Vec<usize>,
    permutation: Option<Vec<usize>>,
}

/// The shape of each row, if `field` says that its lists are tensors.
pub(super) fn row_shape(field: &Field) -> Result<Option<Vec<usize>>> {
    let get = |key| field.metadata().get(key);
    if get(EXTENSION_TYPE_NAME_KEY).is_none_or(|name| name != "arrow.fixed_shape_tensor") {
        return Ok(None);
    }
    let text = get(EXTENSION_TYPE_METADATA_KEY).map_or("", String::as_str);
    let metadata: Metadata = serde_json::from_str(text).map_err(|cause| {
        Error::new(ErrorKind::Data, "a tensor column does not say its shape").caused_by(cause)
    })?;
    match metadata.permutation {
        Some(order) if !order.is_sorted() => {
            Err(Error::new(ErrorKind::Unsupported, "a tensor column whose axes are permuted"))
        }
        _ => Ok(Some(metadata.shape)),
    }
}
