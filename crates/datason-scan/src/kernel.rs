//! Which instructions run: a kernel is a proof, made by detection and passed by value.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
use crate::aarch64::{Neon, neon};
use crate::block::{Task, Visitor, Walk};
use crate::portable;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::{Avx2, Avx512, avx2, avx512, sse2};

/// The environment variable that forces a kernel.
pub const KERNEL_VARIABLE: &str = "DATASON_KERNEL";

/// One instruction set's code: chosen once, then passed to every scan.
///
/// A `Kernel` is proof that the machine can run it, since the variants that need more than the
/// target guarantees hold a token that only detection makes. Every kernel gives the same
/// answers; they differ in speed alone.
///
/// # Example
/// ```
/// use datason_scan::Kernel;
///
/// let kernel = Kernel::detect();
/// assert!(Kernel::available().any(|other| other == kernel));
/// assert_eq!(Kernel::from_name(kernel.name())?, kernel);
/// # Ok::<(), datason_scan::KernelError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kernel {
    /// Plain 64-bit arithmetic: runs anywhere.
    Portable,
    /// 16 bytes at a time: part of x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// 32 bytes at a time, on x86-64 machines since about 2013.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// 64 bytes at a time, on some x86-64 machines since about 2017.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// 16 bytes at a time, on aarch64 machines.
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    Neon(Neon),
}

impl Kernel {
    /// The fastest kernel of this machine.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// assert_eq!(Some(Kernel::detect()), Kernel::available().next());
    /// ```
    pub fn detect() -> Self {
        Self::available().next().unwrap_or(Kernel::Portable)
    }

    /// The kernel to use when nobody asks for another: the one that the environment variable
    /// `DATASON_KERNEL` names, else the fastest.
    ///
    /// Asked once and remembered for the life of the process. A name that is unknown, or known
    /// but not to be run here, is as good as none; a program that wants to complain checks it
    /// with [`from_name`](Self::from_name).
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// assert_eq!(Kernel::active(), Kernel::active());
    /// ```
    pub fn active() -> Self {
        static ACTIVE: OnceLock<Kernel> = OnceLock::new();
        *ACTIVE.get_or_init(|| {
            let forced = std::env::var(KERNEL_VARIABLE).ok();
            forced.and_then(|name| Self::from_name(&name).ok()).unwrap_or_else(Self::detect)
        })
    }

    /// The kernels that this machine can run, fastest first; [`Portable`](Self::Portable) is
    /// always the last.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// assert_eq!(Kernel::available().last(), Some(Kernel::Portable));
    /// ```
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let native = [
            Avx512::detect().map(Kernel::Avx512),
            Avx2::detect().map(Kernel::Avx2),
            Some(Kernel::Sse2),
        ];
        #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
        let native = [Neon::detect().map(Kernel::Neon)];
        #[cfg(not(any(
            target_arch = "x86_64",
            all(target_arch = "aarch64", target_endian = "little")
        )))]
        let native: [Option<Self>; 0] = [];
        native.into_iter().flatten().chain([Kernel::Portable])
    }

    /// The kernel called `name`: `portable`, `sse2`, `avx2`, `avx512` or `neon`, in lower
    /// case.
    ///
    /// # Errors
    /// [`KernelError::Unknown`] if no kernel has the name on any machine;
    /// [`KernelError::Unsupported`] if this machine cannot run the one that has.
    ///
    /// # Example
    /// ```
    /// use datason_scan::{Kernel, KernelError};
    ///
    /// assert_eq!(Kernel::from_name("portable")?, Kernel::Portable);
    /// assert!(matches!(Kernel::from_name("abacus"), Err(KernelError::Unknown { .. })));
    /// # Ok::<(), KernelError>(())
    /// ```
    pub fn from_name(name: &str) -> Result<Self, KernelError> {
        if let Some(kernel) = Self::available().find(|kernel| kernel.name() == name) {
            return Ok(kernel);
        }
        match NAMES.iter().find(|known| **known == name) {
            Some(name) => Err(KernelError::Unsupported { name }),
            None => Err(KernelError::Unknown { name: name.to_owned() }),
        }
    }

    /// The name that [`from_name`](Self::from_name) and `DATASON_KERNEL` understand.
    ///
    /// # Example
    /// ```
    /// assert_eq!(datason_scan::Kernel::Portable.name(), "portable");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Kernel::Portable => PORTABLE,
            #[cfg(target_arch = "x86_64")]
            Kernel::Sse2 => SSE2,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_) => AVX2,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512(_) => AVX512,
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kernel::Neon(_) => NEON,
        }
    }

    /// Runs a scan: the one place where a kernel turns into code.
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            Kernel::Portable => portable::run(task),
            #[cfg(target_arch = "x86_64")]
            Kernel::Sse2 => sse2::run(task),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(proof) => avx2::run(proof, task),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512(proof) => avx512::run(proof, task),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kernel::Neon(proof) => neon::run(proof, task),
        }
    }

    /// Shows `visitor` the bytes from the first to the last, or until it has found something.
    pub(crate) fn walk<V: Visitor>(self, bytes: &[u8], visitor: V) -> (V, Option<V::Found>) {
        self.run(Walk { bytes, visitor })
    }
}

impl Default for Kernel {
    /// [`Kernel::active`].
    fn default() -> Self {
        Self::active()
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

const PORTABLE: &str = "portable";
const SSE2: &str = "sse2";
const AVX2: &str = "avx2";
const AVX512: &str = "avx512";
const NEON: &str = "neon";

/// The kernels of all machines, so that a name can be known and yet not to be run here.
const NAMES: [&str; 5] = [PORTABLE, SSE2, AVX2, AVX512, NEON];

/// Why a name gave no [`Kernel`].
///
/// # Example
/// ```
/// let error = datason_scan::Kernel::from_name("abacus").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "no kernel is called `abacus`: there are portable, sse2, avx2, avx512, neon",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KernelError {
    /// No kernel has the name on any machine.
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// The kernel exists, but this machine lacks its instructions.
    Unsupported {
        /// The kernel's name.
        name: &'static str,
    },
}

impl fmt::Display for KernelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KernelError::Unknown { name } => {
                let known = NAMES.join(", ");
                write!(formatter, "no kernel is called `{name}`: there are {known}")
            }
            KernelError::Unsupported { name } => {
                write!(formatter, "this machine cannot run the kernel `{name}`")
            }
        }
    }
}

impl Error for KernelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_here_or_elsewhere() {
        for name in NAMES {
            match Kernel::from_name(name) {
                Ok(kernel) => assert_eq!(kernel.name(), name),
                Err(error) => assert_eq!(error, KernelError::Unsupported { name }),
            }
        }
    }

    #[test]
    fn what_is_available_has_a_listed_name() {
        assert!(Kernel::available().all(|kernel| NAMES.contains(&kernel.name())));
    }
}
