//! Every kernel against an oracle that goes byte by byte, whole and cut.

mod depth;
mod kernel;
mod negative_zero;
mod newlines;
mod separators;
mod text;
mod value_end;
