//! Arrow's errors as ours.

use std::error::Error as StdError;

use arrow_schema::ArrowError;
use datason_core::{Error, ErrorKind};

/// What a stream of batches failed with: our own error as it is, arrow's by its kind, any other
/// as the cause of an error that says so.
#[cold]
pub(crate) fn of_source(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    match error.into().downcast::<Error>() {
        Ok(own) => *own,
        Err(other) => match other.downcast::<ArrowError>() {
            Ok(arrow) => of_arrow(*arrow),
            Err(cause) => {
                Error::new(ErrorKind::Data, "the source of the batches failed").caused_by(cause)
            }
        },
    }
}

/// The error of an arrow kernel or reader.
#[cold]
pub(crate) fn of_arrow(error: ArrowError) -> Error {
    match error {
        ArrowError::ExternalError(cause) => of_source(cause),
        ArrowError::IoError(_, cause) => Error::io("cannot read a batch", cause),
        other => Error::new(kind(&other), "arrow refuses").caused_by(other),
    }
}

fn kind(error: &ArrowError) -> ErrorKind {
    match error {
        ArrowError::SchemaError(_) => ErrorKind::Schema,
        ArrowError::NotYetImplemented(_) => ErrorKind::Unsupported,
        ArrowError::MemoryError(_)
        | ArrowError::DictionaryKeyOverflowError
        | ArrowError::RunEndIndexOverflowError
        | ArrowError::OffsetOverflowError(_) => ErrorKind::Limit,
        ArrowError::InvalidArgumentError(_) => ErrorKind::Argument,
        _ => ErrorKind::Data,
    }
}
