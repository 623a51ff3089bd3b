//! What memory there is to be had.

use datason_core::ByteSize;

use crate::system;

/// The memory that this process can still take without pushing out others: what the machine has
/// available, or less if a control group (of version 1 or 2) sets a limit. `None` where the system
/// does not say.
///
/// Reads a handful of small files on Linux, where groups are known. Elsewhere the machine is asked,
/// through the crate `sysinfo`.
///
/// # Example
/// ```
/// if let Some(available) = datason_memory::available_memory() {
///     assert!(available.as_u64() > 0);
/// }
/// ```
pub fn available_memory() -> Option<ByteSize> {
    system::available()
}
