//! The way out: numbers as decimal texts.

use crate::kernel::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::avx512::{self, decimals::Behind};

/// The most bytes that can stand behind each text.
pub(crate) const MOST_BEHIND: usize = 8;

impl Kernel {
    /// Appends the decimal texts of `floats` to `out`, each with `behind` behind it, and tells
    /// where each ends.
    ///
    /// `general` defines the text and is asked for some floats by their number, by most kernels for
    /// all. What is made here instead, for zero, and from 1e-4 and below 1e16, is the shortest text
    /// that reads as the float, the nearest one of these, with a point, a digit before it and
    /// behind it at least, and no exponent; `general` must write the same.
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
    /// let floats = [0.1, -20.0, 1e300];
    /// let general =
    ///     |at: usize, out: &mut Vec<u8>| out.extend(format!("{:?}", floats[at]).bytes());
    /// let (mut out, mut ends) = (Vec::new(), Vec::new());
    /// Kernel::active().append_floats(&floats, ",", general, &mut out, |end| ends.push(end));
    /// assert_eq!(out, b"0.1,-20.0,1e300,");
    /// assert_eq!(ends, [3, 9, 15]);
    /// ```
    #[inline]
    pub fn append_floats(
        self,
        floats: &[f64],
        behind: &str,
        general: impl FnMut(usize, &mut Vec<u8>),
        out: &mut Vec<u8>,
        ended: impl FnMut(usize),
    ) {
        assert!(behind.len() <= MOST_BEHIND, "what stands behind a float is short");
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(proof) = self {
            let behind = Behind::new(behind);
            avx512::decimals::append_floats(proof, floats, behind, general, out, ended);
            return;
        }
        append_each(floats.len(), behind, general, out, ended);
    }

    /// Appends the decimal texts of `integers` to `out`, each with `behind` behind it, and tells
    /// where each ends.
    ///
    /// `general` defines the text and is asked for some integers by their number, by most kernels
    /// for all, and for `i64::MIN` always. What is made here instead, between -10^16 and 10^16, is
    /// the digits without zeros before them, and the minus; `general` must write the same.
    ///
    /// Costs about 6 nanoseconds an integer with AVX-512, and room for 64 texts of 40 bytes
    /// behind `out` meanwhile.
    ///
    /// # Panics
    /// If `behind` has more than eight bytes.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Kernel;
    ///
    /// let integers = [0, -20, 300];
    /// let general = |at: usize, out: &mut Vec<u8>| out.extend(integers[at].to_string().bytes());
    /// let (mut out, mut ends) = (Vec::new(), Vec::new());
    /// Kernel::active().append_integers(&integers, ",", general, &mut out, |end| ends.push(end));
    /// assert_eq!(out, b"0,-20,300,");
    /// assert_eq!(ends, [1, 5, 9]);
    /// ```
    #[inline]
    pub fn append_integers(
        self,
        integers: &[i64],
        behind: &str,
        general: impl FnMut(usize, &mut Vec<u8>),
        out: &mut Vec<u8>,
        ended: impl FnMut(usize),
    ) {
        assert!(behind.len() <= MOST_BEHIND, "what stands behind an integer is short");
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(proof) = self {
            let behind = Behind::new(behind);
            avx512::decimals::append_integers(proof, integers, behind, general, out, ended);
            return;
        }
        append_each(integers.len(), behind, general, out, ended);
    }
}

fn append_each(
    count: usize,
    behind: &str,
    mut general: impl FnMut(usize, &mut Vec<u8>),
    out: &mut Vec<u8>,
    mut ended: impl FnMut(usize),
) {
    for index in 0..count {
        general(index, out);
        ended(out.len());
        out.extend_from_slice(behind.as_bytes());
    }
}
