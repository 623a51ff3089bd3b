//! The way out: numbers as decimal texts.

use std::fmt;

use crate::kernel::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::avx512;

/// The decimal text of a number: 32 bytes of memory, whatever its length.
///
/// # Example
/// ```
/// use datason_scan::Numeral;
///
/// let numeral = Numeral::new(b"-1.5").expect("short enough");
/// assert_eq!(numeral.text(), b"-1.5");
/// assert!(Numeral::new(&[b'1'; 32]).is_none());
/// ```
#[derive(Clone, Copy)]
pub struct Numeral([u8; Numeral::SIZE]);

impl Numeral {
    /// The length of the longest: no integer of 64 bits is longer, nor the shortest text of a
    /// float.
    pub const MOST: usize = 31;

    pub(crate) const SIZE: usize = Self::MOST + 1;

    pub(crate) const EMPTY: Self = Self([0; Self::SIZE]);

    /// Copies `text`, unless it is longer than [`MOST`](Self::MOST).
    #[inline]
    pub fn new(text: &[u8]) -> Option<Self> {
        (text.len() <= Self::MOST).then(|| {
            Self::written(|room| {
                room[..text.len()].copy_from_slice(text);
                text.len()
            })
        })
    }

    /// What `write` writes to the start of the room that it is given, where it may leave anything
    /// behind it. It returns the text's length.
    ///
    /// # Panics
    /// If the length is above [`MOST`](Self::MOST).
    ///
    /// # Example
    /// ```
    /// use datason_scan::Numeral;
    ///
    /// let numeral = Numeral::written(|room| {
    ///     room[..4].copy_from_slice(b"12xx");
    ///     2
    /// });
    /// assert_eq!(numeral.text(), b"12");
    /// ```
    #[inline]
    pub fn written(write: impl FnOnce(&mut [u8; 32]) -> usize) -> Self {
        let mut numeral = Self::EMPTY;
        let length = write(&mut numeral.0);
        assert!(length <= Self::MOST, "a text that is longer than any number's");
        numeral.set_len(length);
        numeral
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the length is below 32")]
    pub(crate) const fn set_len(&mut self, length: usize) {
        self.0[Self::MOST] = length as u8;
    }

    /// The text.
    #[inline]
    pub fn text(&self) -> &[u8] {
        &self.0[..self.len()]
    }

    /// Its length.
    #[inline(always)]
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub const fn len(&self) -> usize {
        self.0[Self::MOST] as usize & Self::MOST
    }

    /// The text, and behind it anything: to be copied at once where there is room.
    #[inline(always)]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(crate) const fn room(&mut self) -> &mut [u8; Self::SIZE] {
        &mut self.0
    }
}

impl fmt::Debug for Numeral {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Numeral({})", String::from_utf8_lossy(self.text()))
    }
}

impl Kernel {
    /// Appends the decimal texts of `floats` to `out`.
    ///
    /// `general` defines the text and is asked for some floats by their number, by most kernels for
    /// all. What is made here instead, for zero, and from 1e-4 and below 1e16, is the shortest text
    /// that reads as the float, the nearest one of these, with a point, a digit before it and
    /// behind it at least, and no exponent; `general` must write the same.
    ///
    /// Costs about 8 nanoseconds a float with AVX-512.
    ///
    /// # Example
    /// ```
    /// use datason_scan::{Kernel, Numeral};
    ///
    /// let floats = [0.1, -20.0, 1e300];
    /// let general = |at: usize| Numeral::new(format!("{:?}", floats[at]).as_bytes()).unwrap();
    /// let mut texts = Vec::new();
    /// Kernel::active().spell_floats(&floats, general, &mut texts);
    /// let texts: Vec<_> = texts.iter().map(Numeral::text).collect();
    /// assert_eq!(texts, [&b"0.1"[..], b"-20.0", b"1e300"]);
    /// ```
    #[inline]
    pub fn spell_floats(
        self,
        floats: &[f64],
        general: impl FnMut(usize) -> Numeral,
        out: &mut Vec<Numeral>,
    ) {
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(proof) = self {
            avx512::decimals::spell_floats(proof, floats, general, out);
            return;
        }
        out.extend((0..floats.len()).map(general));
    }

    /// Appends the decimal texts of `integers` to `out`.
    ///
    /// `general` defines the text and is asked for some integers by their number, by most kernels
    /// for all, and for `i64::MIN` always. What is made here instead, between -10^16 and 10^16, is
    /// the digits without zeros before them, and the minus; `general` must write the same.
    ///
    /// Costs about 6 nanoseconds an integer with AVX-512.
    ///
    /// # Example
    /// ```
    /// use datason_scan::{Kernel, Numeral};
    ///
    /// let integers = [0, -20, 300];
    /// let general = |at: usize| Numeral::new(integers[at].to_string().as_bytes()).unwrap();
    /// let mut texts = Vec::new();
    /// Kernel::active().spell_integers(&integers, general, &mut texts);
    /// let texts: Vec<_> = texts.iter().map(Numeral::text).collect();
    /// assert_eq!(texts, [&b"0"[..], b"-20", b"300"]);
    /// ```
    #[inline]
    pub fn spell_integers(
        self,
        integers: &[i64],
        general: impl FnMut(usize) -> Numeral,
        out: &mut Vec<Numeral>,
    ) {
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(proof) = self {
            avx512::decimals::spell_integers(proof, integers, general, out);
            return;
        }
        out.extend((0..integers.len()).map(general));
    }
}
