//! As dict: a series has its values by label.

pub(super) use super::dict::serialize;
