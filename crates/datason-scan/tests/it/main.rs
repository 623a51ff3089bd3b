//! Every kernel against an oracle that goes byte by byte, whole and cut.

mod decimals;
mod depth;
mod escape;
mod index;
mod kernel;
mod negative_zero;
mod newlines;
mod number;
mod separators;
mod string_column;
mod template;
mod text;
mod value_end;
