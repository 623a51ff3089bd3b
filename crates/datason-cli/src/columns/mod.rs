//! Records as columns: `convert --to arrow` and what `schema` shares with it.

mod convert;
mod infer;
mod options;
mod write;

pub(crate) use self::convert::convert;
pub(crate) use self::infer::{Look, Sight, tell_surprises};
pub(crate) use self::options::{ColumnArguments, ColumnLayout, OutputFormat};
