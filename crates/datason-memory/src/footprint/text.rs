//! Lengths of JSON texts.

/// The length of a float: the shortest digits, always with a point or an exponent.
pub(super) fn float(float: f64) -> u64 {
    if !float.is_finite() {
        return "null".len() as u64;
    }
    zmij::Buffer::new().format_finite(float).len() as u64
}

/// The length of an integer.
pub(super) fn integer(integer: impl itoa::Integer) -> u64 {
    itoa::Buffer::new().format(integer).len() as u64
}

/// The length of a text, with quotes and escapes.
pub(super) fn string(text: &str) -> u64 {
    let escapes: u64 = text.bytes().map(escape).sum();
    2 + text.len() as u64 + escapes
}

/// What a byte's escape adds.
fn escape(byte: u8) -> u64 {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
        0..0x20 => 5,
        _ => 0,
    }
}

/// The length of bytes: as text if they are, else in hexadecimal.
pub(super) fn bytes(bytes: &[u8]) -> u64 {
    match std::str::from_utf8(bytes) {
        Ok(text) => string(text),
        Err(_) => 2 + 2 * bytes.len() as u64,
    }
}
