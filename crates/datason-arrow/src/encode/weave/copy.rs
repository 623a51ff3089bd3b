//! Copying short texts without a call.
//!
//! Most cells are shorter than 32 bytes, and what stands before them is too. For those, a call
//! of `memmove` costs more than the copy: a fixed number of bytes is copied instead, and what is
//! too much is written over by the next.

use std::ops::Range;

/// What is copied at once.
const WIDTH: usize = 32;

const TWICE: usize = 2 * WIDTH;

/// How much room there must be behind the last text.
pub(super) const SLACK: usize = WIDTH;

/// Copies `bytes[span]` to `window[at..]`, and returns where the copy ends.
#[inline]
pub(super) fn copy(window: &mut [u8], at: usize, bytes: &[u8], span: Range<usize>) -> usize {
    let length = span.len();
    let (room, text) = (&mut window[at..], &bytes[span.start..]);
    if length <= WIDTH
        && let (Some(room), Some(text)) = (room.first_chunk_mut(), text.first_chunk::<WIDTH>())
    {
        *room = *text;
    } else {
        copy_long(&mut room[..length], &text[..length]);
    }
    at + length
}

/// Copies what is longer than the width, or stands near an end.
#[inline]
fn copy_long(room: &mut [u8], text: &[u8]) {
    if let (WIDTH..=TWICE, Some(head), Some(tail)) =
        (text.len(), text.first_chunk::<WIDTH>(), text.last_chunk::<WIDTH>())
    {
        room[..WIDTH].copy_from_slice(head);
        let tail_at = room.len() - WIDTH;
        room[tail_at..].copy_from_slice(tail);
    } else {
        room.copy_from_slice(text);
    }
}

/// A text that is copied often.
#[derive(Debug)]
pub(super) struct Constant {
    /// The first bytes, with zeros behind if there are no more.
    head: [u8; WIDTH],
    /// All bytes.
    bytes: Box<[u8]>,
}

impl Default for Constant {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Constant {
    pub(super) fn new(parts: &[&[u8]]) -> Self {
        let (mut head, bytes) = ([0; WIDTH], parts.concat().into_boxed_slice());
        let short = bytes.len().min(WIDTH);
        head[..short].copy_from_slice(&bytes[..short]);
        Self { head, bytes }
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Copies this to `window[at..]` and `bytes[span]` behind it, and returns where the copy ends.
    #[inline]
    pub(super) fn copy_with(
        &self,
        window: &mut [u8],
        at: usize,
        bytes: &[u8],
        span: Range<usize>,
    ) -> usize {
        let (length, behind) = (self.len(), span.len());
        if length <= WIDTH
            && behind <= WIDTH
            && let Some(room) = window[at..].first_chunk_mut::<TWICE>()
            && let Some(text) = bytes[span.start..].first_chunk::<WIDTH>()
        {
            room[..WIDTH].copy_from_slice(&self.head);
            room[length..][..WIDTH].copy_from_slice(text);
            return at + length + behind;
        }
        let at = self.copy_to(window, at);
        copy(window, at, bytes, span)
    }

    #[inline]
    pub(super) fn copy_to(&self, window: &mut [u8], at: usize) -> usize {
        let length = self.len();
        let room = &mut window[at..];
        match room.first_chunk_mut() {
            Some(room) if length <= WIDTH => *room = self.head,
            _ => copy_long(&mut room[..length], &self.bytes),
        }
        at + length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied_wherever_it_stands() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..=100 {
            for (start, room) in [(0, 200), (100, 200), (0, 1 + length), (100, 1 + length)] {
                let mut window = vec![255; room];
                let span = start..start + length;
                assert_eq!(copy(&mut window, 1, &bytes, span.clone()), 1 + length);
                assert_eq!(window[1..=length], bytes[span], "{length} from {start} into {room}");
            }
            let constant = Constant::new(&[&bytes[..length / 2], &bytes[length / 2..length]]);
            let mut window = vec![255; length];
            assert_eq!(constant.copy_to(&mut window, 0), constant.len());
            assert_eq!(window, bytes[..length]);
        }
    }
}
