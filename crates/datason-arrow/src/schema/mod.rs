//! What schema records have: seen in one pass, whatever their order.

mod infer;
mod merge;
mod text;

pub use self::infer::{Conflict, Inferred, JsonKind, Nullability, OnConflict, SchemaInference};
pub use self::text::SchemaText;
