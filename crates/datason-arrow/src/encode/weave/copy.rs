//! Copying short texts without a call.
//!
//! Most cells are shorter than 32 bytes, and what stands before them is too. For those, a call
//! of `memmove` costs more than the copy: a fixed number of bytes is copied instead, and what is
//! too much is written over by the next.

use datason_scan::Kernel;

/// What is copied at once.
const WIDTH: usize = 32;

/// Longer texts are copied by a call.
const LONG: usize = 128;

/// How much room there must be behind the last text: as much as a block of a string may take with
/// its escapes, wherever it begins.
pub(super) const SLACK: usize = Kernel::room_to_escape(1);

const _: () = assert!(SLACK >= LONG && SLACK >= ROOM);

/// The bytes that a short text behind what stands before it is written to.
const ROOM: usize = 3 * WIDTH;

/// A power of two above the length of a head.
const TWICE: usize = 2 * WIDTH;

/// A text, and what stands behind it: that may be copied, too, and is written over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) start: usize,
    pub(super) length: usize,
}

impl<'b> Text<'b> {
    /// All of `bytes`.
    #[inline(always)]
    pub(super) const fn all(bytes: &'b [u8]) -> Self {
        Self { bytes, start: 0, length: bytes.len() }
    }
}

/// Copies `text` to `window[at..]`, and returns where it ends.
#[inline(always)]
pub(super) fn copy(window: &mut [u8], at: usize, text: Text<'_>) -> usize {
    let Text { bytes, start, length } = text;
    let (room, text) = (&mut window[at..], &bytes[start..]);
    if length <= WIDTH
        && let (Some(room), Some(text)) = (room.first_chunk_mut(), text.first_chunk::<WIDTH>())
    {
        *room = *text;
    } else if length <= LONG
        && let (Some(room), Some(text)) = (room.first_chunk_mut(), text.first_chunk::<LONG>())
    {
        *room = *text;
    } else {
        room[..length].copy_from_slice(&text[..length]);
    }
    at + length
}

/// A text that is copied often.
#[derive(Debug, Default)]
pub(super) struct Constant {
    /// All but the end.
    long: Vec<u8>,
    end: Head,
}

/// What stands before a text: no more than [`WIDTH`] bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    /// Behind the bytes are zeros.
    bytes: [u8; WIDTH],
    length: usize,
}

impl Constant {
    pub(super) const EMPTY: &'static Self =
        &Self { long: Vec::new(), end: Head { bytes: [0; WIDTH], length: 0 } };

    pub(super) fn new(parts: &[&[u8]]) -> Self {
        let mut long = parts.concat();
        let end = long.split_off(long.len().saturating_sub(WIDTH));
        Self { long, end: Head::new(&end) }
    }

    pub(super) fn len(&self) -> usize {
        self.long.len() + self.end.length
    }

    /// What does not fit in a head, if there is such, and what does.
    pub(super) fn parts(&self) -> (Option<&[u8]>, Head) {
        let long = (!self.long.is_empty()).then_some(&*self.long);
        (long, self.end)
    }
}

impl Head {
    /// # Panics
    /// If `text` is too long.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut bytes = [0; WIDTH];
        bytes[..text.len()].copy_from_slice(text);
        Self { bytes, length: text.len() }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) const fn letter(letter: u8) -> Self {
        let mut bytes = [0; WIDTH];
        bytes[0] = letter;
        Self { bytes, length: 1 }
    }

    /// Writes this to `window[at..]`, and returns where it ends.
    #[inline(always)]
    pub(super) fn copy_to(&self, window: &mut [u8], at: usize) -> usize {
        copy(window, at, Text { bytes: &self.bytes, start: 0, length: self.length })
    }

    /// As [`copy_to`](Self::copy_to), with `text` behind it, of which the first `length` bytes
    /// count.
    #[inline(always)]
    pub(super) fn copy_with<const N: usize>(
        &self,
        window: &mut [u8],
        at: usize,
        text: &[u8; N],
        length: usize,
    ) -> usize {
        const { assert!(N <= WIDTH) };
        let room: &mut [u8; ROOM] = window[at..].first_chunk_mut().expect("room for short texts");
        // The compiler sees that it fits.
        let head = self.length % TWICE;
        room[..WIDTH].copy_from_slice(&self.bytes);
        room[head..head + N].copy_from_slice(text);
        at + head + length
    }

    /// Writes this and `text` behind it to `window[at..]`, and returns where that ends.
    #[inline(always)]
    pub(super) fn copy_before(&self, window: &mut [u8], at: usize, text: Text<'_>) -> usize {
        if text.length <= WIDTH
            && let Some(short) = text.bytes[text.start..].first_chunk::<WIDTH>()
        {
            return self.copy_with(window, at, short, text.length);
        }
        let at = self.copy_to(window, at);
        copy(window, at, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_wherever_it_stands() {
        let bytes: Vec<u8> = (0..250).collect();
        for (length, start) in (0..=140).flat_map(|length| [(length, 0), (length, 100)]) {
            let placed = Text { bytes: &bytes, start, length };
            let text = &bytes[start..start + length];
            for room in [1 + length, 500] {
                let mut window = vec![255; room];
                assert_eq!(copy(&mut window, 1, placed), 1 + length);
                assert_eq!(&window[1..=length], text, "from {start} into {room}");
            }
            let constant = Constant::new(&[&text[..length / 2], &text[length / 2..]]);
            let (long, head) = constant.parts();
            let long = long.unwrap_or_default();
            let mut window = vec![255; 500];
            let end = head.copy_before(&mut window, 0, placed);
            assert_eq!([long, &window[..end]].concat(), [text, text].concat());
            assert_eq!(constant.len() + length, long.len() + end);
        }
    }
}
