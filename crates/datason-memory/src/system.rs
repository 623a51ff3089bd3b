//! What the system says of this process and of its machine.
//!
//! Linux is read by hand, everything else through the crate `sysinfo`. Its module is compiled on
//! Linux for tests too, where it is held against what `/proc` says.

#[cfg(any(not(target_os = "linux"), test))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

use datason_core::ByteSize;

#[cfg(not(target_os = "linux"))]
pub(crate) use self::elsewhere::{available, usage};
#[cfg(target_os = "linux")]
pub(crate) use self::linux::{available, usage};

/// What this process has in RAM; `None` where the system does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) resident: Option<ByteSize>,
    /// The most there ever was, or the most that was ever seen.
    pub(crate) peak: Option<ByteSize>,
}
