//! Plain values as JSON text, without a configuration: for whoever writes many of one type.
//!
//! The text is that of the [serializer](super#the-text), which these are parts of.

use datason_scan::Kernel;

/// Writes `integer` to the start of `slot`, and returns how long its text is. Bytes behind that may
/// be written over.
///
/// # Example
/// ```
/// use datason_json::ser::plain::put_integer;
///
/// let mut slot = [0; 32];
/// assert_eq!(put_integer(-12, &mut slot), 3);
/// assert_eq!(&slot[..3], b"-12");
/// ```
#[inline]
pub fn put_integer(integer: i64, slot: &mut [u8; 32]) -> usize {
    super::integer::put_signed(integer, slot)
}

/// As [`put_integer`].
#[inline]
pub fn put_unsigned(integer: u64, slot: &mut [u8; 32]) -> usize {
    super::integer::put_unsigned(integer, slot)
}

/// Appends `float` if it is finite; returns false for what has no JSON text.
#[inline]
pub fn append_float(float: f64, out: &mut Vec<u8>) -> bool {
    if float.is_finite() {
        super::number::append_float(float, out);
    }
    float.is_finite()
}

/// Appends `text` in quotes; with `ascii`, everything outside `' '..='~'` as escapes.
///
/// # Example
/// ```
/// use datason_json::ser::plain::{append_float, append_string};
///
/// let mut out = Vec::new();
/// append_string("a\n", false, &mut out);
/// assert!(append_float(1e16, &mut out) && !append_float(f64::NAN, &mut out));
/// assert_eq!(out, br#""a\n"1e+16"#);
/// ```
#[inline]
pub fn append_string(text: &str, ascii: bool, out: &mut Vec<u8>) {
    super::text::append_string(text, ascii, out);
}

/// Whether `text` can stand between quotes as it is.
pub fn needs_no_escape(text: &[u8], ascii: bool) -> bool {
    first_to_escape(text).is_none() && (!ascii || is_printable(text))
}

/// The first byte of `text` that cannot stand between quotes: a quote, a backslash or a control
/// character.
#[inline]
pub fn first_to_escape(text: &[u8]) -> Option<usize> {
    Kernel::active().first_to_escape(text)
}

/// Whether `text` is all of `' '..='~'`.
pub fn is_printable(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}
