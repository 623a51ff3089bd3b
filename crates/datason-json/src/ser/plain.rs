//! Plain values as JSON text, without a configuration: for whoever writes many of one type.
//!
//! The text is that of the [serializer](super#the-text), which these are parts of.

/// Appends `integer`.
#[inline]
pub fn append_integer(integer: i64, out: &mut Vec<u8>) {
    super::integer::append_signed(integer, out);
}

/// Appends `integer`.
#[inline]
pub fn append_unsigned(integer: u64, out: &mut Vec<u8>) {
    super::integer::append_unsigned(integer, out);
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
    let plain = |byte: &u8| matches!(byte, b' '..=b'~');
    super::text::is_clean(text) && (!ascii || text.iter().all(plain))
}
