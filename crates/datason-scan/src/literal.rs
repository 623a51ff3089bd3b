//! Bytes that are expected at many places.

/// Some bytes, compared with those of a text sixteen at a time, without a call.
///
/// # Example
/// ```
/// use datason_scan::Literal;
///
/// let key = Literal::new(b"\"id\":");
/// let text = br#"{"id":17,"name":"somebody"}"#;
/// assert!(key.stands_at(text, 1) && !key.stands_at(text, 2));
/// assert_eq!(key.len(), 5);
/// ```
#[derive(Debug)]
pub struct Literal {
    length: usize,
    head: u128,
    mask: u128,
    /// The last sixteen bytes, if there are more than that.
    last: u128,
    /// All of them, if there are more than twice that.
    long: Box<[u8]>,
}

const WINDOW: usize = size_of::<u128>();

impl Literal {
    /// As many bytes of a text there must be at least, from a place on, for a literal to be found
    /// there, however short it is.
    pub const REACH: usize = WINDOW;

    /// The literal `bytes`. No bytes stand everywhere.
    pub fn new(bytes: &[u8]) -> Self {
        let length = bytes.len();
        let mut head = [0; WINDOW];
        let short = length.min(WINDOW);
        head[..short].copy_from_slice(&bytes[..short]);
        let mask = match length {
            0 => 0,
            1..WINDOW => (1 << (8 * length)) - 1,
            _ => u128::MAX,
        };
        let last = bytes.last_chunk().map_or(0, |last| u128::from_le_bytes(*last));
        let long = if length > 2 * WINDOW { bytes.into() } else { Box::default() };
        Self { length, head: u128::from_le_bytes(head), mask, last, long }
    }

    /// How many bytes it has.
    #[expect(clippy::len_without_is_empty, reason = "nobody looks for nothing")]
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether these bytes stand at `at`. Not found in the last bytes of a text, where
    /// [sixteen](Self::REACH) cannot be read.
    #[inline(always)]
    pub fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(window) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { return false };
        let differs = (u128::from_le_bytes(*window) ^ self.head) & self.mask;
        differs == 0 && (self.length <= WINDOW || self.rest_stands_at(bytes, at))
    }

    #[inline(always)]
    fn rest_stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(whole) = bytes.get(at..at + self.length) else { return false };
        let last = whole.last_chunk().map_or(0, |last| u128::from_le_bytes(*last));
        last == self.last && (self.long.is_empty() || *whole == *self.long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_every_length_are_found_where_they_stand() {
        let text: Vec<u8> = (0..120).collect();
        for (length, at) in (0..50).flat_map(|length| (0..120).map(move |at| (length, at))) {
            let Some(bytes) = text.get(at..at + length) else { continue };
            let literal = Literal::new(bytes);
            let can_be_read = at + WINDOW <= text.len();
            assert_eq!(literal.stands_at(&text, at), can_be_read, "{length} at {at}");
            assert!(length == 0 || !literal.stands_at(&text, at + 1));
            // Another byte at any place of it.
            for place in at..at + length {
                let mut other = text.clone();
                other[place] = 0xff;
                assert!(!literal.stands_at(&other, at), "{length} at {at}, but for {place}");
            }
        }
    }
}
