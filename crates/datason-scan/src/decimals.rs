//! The way out: floats as decimal texts.

use crate::kernel::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::avx512;

/// The most bytes that can stand behind each text.
pub(crate) const MOST_BEHIND: usize = 8;

impl Kernel {
    /// Appends the decimal texts of `floats` to `out`, each with `behind` behind it, and tells
    /// where each ends.
    ///
    /// `general` defines the text and is asked for some floats, by most kernels for all. What is
    /// made here instead, for zero, and from 1e-4 and below 1e16, is the shortest text that reads
    /// as the float, the nearest one of these, with a point, a digit before it and behind it at
    /// least, and no exponent; `general` must write the same.
    ///
    /// Costs about 8 nanoseconds a float with AVX-512, and room for 64 texts of 40 bytes behind
    /// `out` meanwhile.
    ///
    /// # Panics
    /// If `behind` has more than eight bytes.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// let general = |float: f64, out: &mut Vec<u8>| out.extend(format!("{float:?}").bytes());
    /// let (mut out, mut ends) = (Vec::new(), Vec::new());
    /// let floats = [0.1, -20.0, 1e300];
    /// Kernel::active().append_floats(&floats, ",", general, &mut out, |end| ends.push(end));
    /// assert_eq!(out, b"0.1,-20.0,1e300,");
    /// assert_eq!(ends, [3, 9, 15]);
    /// ```
    #[inline]
    pub fn append_floats(
        self,
        floats: &[f64],
        behind: &str,
        mut general: impl FnMut(f64, &mut Vec<u8>),
        out: &mut Vec<u8>,
        mut ended: impl FnMut(usize),
    ) {
        assert!(behind.len() <= MOST_BEHIND, "what stands behind a float is short");
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(proof) = self {
            let mut padded = [0; MOST_BEHIND];
            padded[..behind.len()].copy_from_slice(behind.as_bytes());
            avx512::decimals::append(proof, floats, padded, behind.len(), general, out, ended);
            return;
        }
        for float in floats {
            general(*float, out);
            ended(out.len());
            out.extend_from_slice(behind.as_bytes());
        }
    }
}
