//! The tokens of JSON pointers (RFC 6901).
//!
//! A pointer is tokens, each with a `/` before it. A key that holds one is written with `~1`, and
//! one that holds `~` with `~0`.

use std::borrow::Cow;

/// `key` as a token.
///
/// # Example
/// ```
/// use datason_core::pointer;
///
/// assert_eq!(pointer::escape("a/b~"), "a~1b~0");
/// assert_eq!(pointer::unescape("a~1b~0"), "a/b~");
/// ```
pub fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        key.replace('~', "~0").replace('/', "~1").into()
    } else {
        key.into()
    }
}

/// The key for which `token` stands. A `~` with anything else behind it stands for itself.
pub fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        token.replace("~1", "/").replace("~0", "~").into()
    } else {
        token.into()
    }
}
