//! Instruction sets of x86-64: what a block of bytes can be asked, and what is written many at a
//! time.
//!
//! The `unsafe` code of this folder is of five kinds. *Calls of intrinsics, and of
//! functions compiled for their instructions*: sound because a proof is asked for, by a register
//! type's `load` or by the caller itself, and a proof is only ever built by detection. *Loads and
//! stores through a pointer*: never of more bytes than the array has, by an instruction that asks
//! for no alignment. *Gathers*, from a table whose last entry no index is beyond.
//! *Lengths* of vectors, set to what has been written. *Prefetches*, which are only hints.

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

pub(crate) mod avx2;
pub(crate) mod avx512;
pub(crate) mod sse2;

/// Proof that this machine has AVX2, carry-less multiply and the bit instructions beside them
/// (BMI1, BMI2, LZCNT, POPCNT): x86-64-v3 plus PCLMULQDQ.
///
/// Only [`detect`](Self::detect) makes one.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, x86_64::Avx2};
///
/// assert_eq!(Avx2::detect().map(Kernel::Avx2), Kernel::from_name("avx2").ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Avx2(());

impl Avx2 {
    /// Asks the machine; the answer is cached by the standard library.
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("pclmulqdq");
        found.then_some(Self(()))
    }
}

/// Proof that this machine has AVX-512 F, BW, CD, DQ, VL, IFMA, VBMI and VBMI2, and all that
/// [`Avx2`] stands for.
///
/// Only [`detect`](Self::detect) makes one.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, x86_64::Avx512};
///
/// assert_eq!(Avx512::detect().map(Kernel::Avx512), Kernel::from_name("avx512").ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Avx512(());

impl Avx512 {
    /// Asks the machine; the answer is cached by the standard library.
    pub fn detect() -> Option<Self> {
        let found = Avx2::detect().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2");
        found.then_some(Self(()))
    }
}

/// Brings the line of memory that holds `byte` into the caches, some time soon.
#[inline]
pub(crate) fn prefetch(byte: &u8) {
    let line = std::ptr::from_ref(byte).cast();
    // SAFETY: a prefetch is a hint. It cannot fault and changes nothing the program can see, and
    // SSE, whose instruction it is, belongs to every x86_64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(line) }
}
