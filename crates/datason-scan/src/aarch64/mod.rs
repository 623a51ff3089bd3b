//! Instruction sets of aarch64: loads and comparisons, and nothing else.
//!
//! Its `unsafe` is of the kinds that [`x86_64`](../x86_64/index.html) has: *calls of intrinsics*,
//! sound because a register type is only ever built by its `load`, which asks for a proof, and a
//! proof is only ever built by detection; and *loads through a pointer*, always of a `&[u8; 64]`.

pub(crate) mod neon;

/// Proof that this machine has NEON (Advanced SIMD), as all of today do that run an operating
/// system.
///
/// Only [`detect`](Self::detect) makes one.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, aarch64::Neon};
///
/// assert_eq!(Neon::detect().map(Kernel::Neon), Kernel::from_name("neon").ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Neon(());

impl Neon {
    /// Asks the machine; the answer is cached by the standard library.
    pub fn detect() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}
