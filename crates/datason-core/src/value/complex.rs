//! Complex numbers.

/// A complex number of two doubles.
///
/// # Example
/// ```
/// use datason_core::value::Complex;
///
/// let number = Complex::from((3.0, -4.5));
/// assert_eq!((number.re, number.im), (3.0, -4.5));
/// assert!(number.is_finite());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl Complex {
    /// The number `re + im·i`.
    pub const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// Whether neither part is NaN or infinite.
    pub const fn is_finite(&self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }
}

impl From<(f64, f64)> for Complex {
    fn from((re, im): (f64, f64)) -> Self {
        Self { re, im }
    }
}
