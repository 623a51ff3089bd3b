//! How much memory values take, and how large chunks should be.
//!
//! ```
//! use datason_memory::{Footprint, MemoryEstimate};
//!
//! let names: Vec<String> = (0..1_000).map(|n| format!("name_{n:05}")).collect();
//! let footprint = Footprint::of(&names)?;
//! assert_eq!(footprint.items, 1_000);
//! // 24 bytes for each `String` and 10 for its letters.
//! assert_eq!(footprint.resident_bytes, 24 + 1_000 * (24 + 10));
//! // Two quotes and a comma each.
//! assert_eq!(footprint.serialized_bytes, 1 + 1_000 * (10 + 3));
//!
//! let estimate = MemoryEstimate::new("list", &footprint);
//! assert_eq!(estimate.recommended_chunks, 1);
//! # Ok::<(), datason_core::Error>(())
//! ```
//!
//! # Map
//! - [`Footprint`]: bytes in memory and bytes of JSON, from one walk over a value.
//! - [`MemoryEstimate`]: the figures of the feature document, and the advice drawn from them.
//! - [`Budget`]: bytes held against a limit. It stands in `datason-core`, where the crates that
//!   hold memory can ask it.
//! - [`available_memory`]: what there is to be had.
//! - [`value_bytes`]: what dynamic values take.
//! - [`resident_set`] and [`peak_resident_set`]: what the process holds; [`Monitor`]: chunk by
//!   chunk.
//!
//! # What it does not do
//! It knows no configuration: how long the text is under one is for `datason-json` to say, whose
//! `estimate_memory_usage` puts both together.
#![forbid(unsafe_code)]

pub mod available;
pub mod estimate;
pub mod footprint;
pub mod monitor;
mod system;
pub mod value;

pub use available::available_memory;
pub use datason_core::{Budget, Held};
pub use estimate::MemoryEstimate;
pub use footprint::Footprint;
pub use monitor::{Monitor, Monitored, Reading, peak_resident_set, resident_set};
pub use value::value_bytes;
