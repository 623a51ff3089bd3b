//! Strings as JSON text.

use std::borrow::Cow;

use datason_core::config::{Config, LongStrings};
use datason_scan::{Kernel, escape};

use super::failure::Failure;
use super::short::{ROOM, cut, put, room, wide_room};

/// From here on a call of a kernel is worth it.
const LONG: usize = 128;

/// What marks a text that was cut.
const CUT_MARK: &str = "...[TRUNCATED]";

/// Appends `text` in quotes.
#[inline]
pub(super) fn append_string(text: &str, ascii: bool, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if !ascii && bytes.len() <= ROOM - 2 && is_clean(bytes) {
        let slot = room(out);
        slot[0] = b'"';
        let end = put(slot, 1, bytes);
        slot[end] = b'"';
        cut(out, end + 1);
    } else {
        append_long_string(text, ascii, out);
    }
}

fn append_long_string(text: &str, ascii: bool, out: &mut Vec<u8>) {
    if !ascii && append_medium_string(text.as_bytes(), out) {
        return;
    }
    out.push(b'"');
    append_escaped(text, ascii, out);
    out.push(b'"');
}

/// Appends a text of 32 to 62 bytes in quotes, as two runs of 32 that overlap, or says that it
/// is none such, or not clean.
#[inline]
fn append_medium_string(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    const WIDE: usize = 2 * ROOM;
    let (Some(head), Some(tail)) = (bytes.first_chunk::<ROOM>(), bytes.last_chunk::<ROOM>()) else {
        return false;
    };
    if bytes.len() > WIDE - 2 || is_dirty(head) || is_dirty(tail) {
        return false;
    }
    let slot = wide_room::<WIDE>(out);
    let end = bytes.len() + 1;
    slot[0] = b'"';
    slot[1..=ROOM].copy_from_slice(head);
    slot[end - ROOM..end].copy_from_slice(tail);
    slot[end] = b'"';
    out.truncate(out.len() - WIDE + end + 1);
    true
}

/// Appends `text` with every quote, backslash and control character escaped; with `ascii`
/// everything but printable ASCII.
pub(super) fn append_escaped(text: &str, ascii: bool, out: &mut Vec<u8>) {
    if ascii {
        append_ascii(text, out);
    } else {
        append_runs(text.as_bytes(), out);
    }
}

/// Appends run after run of what needs no escape, each found first and copied whole.
fn append_runs(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    loop {
        let (run, behind) = rest.split_at(clean_prefix(rest));
        out.extend_from_slice(run);
        let Some((byte, behind)) = behind.split_first() else { return };
        append_escape(*byte, out);
        rest = behind;
    }
}

/// How many bytes stand before the first that needs an escape.
fn clean_prefix(bytes: &[u8]) -> usize {
    if bytes.len() > LONG {
        return Kernel::active().first_to_escape(bytes).unwrap_or(bytes.len());
    }
    let (blocks, _) = bytes.as_chunks::<ROOM>();
    let clean = blocks.iter().take_while(|block| !is_dirty(block)).count() * ROOM;
    let (words, rest) = bytes[clean..].as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let flags = escape_flags(*word);
        if flags != 0 {
            return clean + index * 8 + flags.trailing_zeros() as usize / 8;
        }
    }
    bytes.len() - rest.len() + rest.iter().take_while(|byte| !needs_escape(**byte)).count()
}

/// Whether no byte needs an escape. Eight bytes at a time, the last eight overlapping those
/// before, so that only the shortest texts are looked at byte by byte.
#[inline(always)]
pub(super) fn is_clean(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return is_clean_short(bytes);
    };
    if bytes.len() > 64 {
        return clean_prefix(bytes) == bytes.len();
    }
    let (words, _) = bytes.as_chunks::<8>();
    let flags = words.iter().fold(0, |flags, word| flags | escape_flags(*word));
    flags | escape_flags(*last) == 0
}

/// Fewer than eight bytes: twice four that overlap, or the first, the middle and the last.
#[inline(always)]
fn is_clean_short(bytes: &[u8]) -> bool {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(head), Some(tail), _) => {
            let (head, tail) = (u32::from_le_bytes(*head), u32::from_le_bytes(*tail));
            escape_flags((u64::from(head) | (u64::from(tail) << 32)).to_le_bytes()) == 0
        }
        (_, _, [first, .., last]) => {
            let middle = bytes[bytes.len() / 2];
            !(needs_escape(*first) | needs_escape(middle) | needs_escape(*last))
        }
        (_, _, [only]) => !needs_escape(*only),
        (_, _, []) => true,
    }
}

/// Whether a byte needs an escape. Written so that the compiler makes vector instructions of it.
#[inline(always)]
fn is_dirty(block: &[u8; ROOM]) -> bool {
    block.iter().fold(false, |dirty, byte| dirty | needs_escape(*byte))
}

#[inline]
const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Eight bytes compared at once: not zero if one of them needs an escape, and then the lowest
/// bit set is that of the first such byte.
#[inline(always)]
const fn escape_flags(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH_BITS: u64 = ONES << 7;
    let word = u64::from_le_bytes(word);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = quote.wrapping_sub(ONES) & !quote;
    let backslash = backslash.wrapping_sub(ONES) & !backslash;
    (control | quote | backslash) & HIGH_BITS
}

#[inline]
fn append_escape(byte: u8, out: &mut Vec<u8>) {
    let (escape, length) = escape(byte);
    out.extend_from_slice(&escape[..length]);
}

/// A character of 16 bits as `\u` escape.
fn append_unicode(code: u16, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| DIGITS[usize::from(code >> shift & 15)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Everything but printable ASCII as `\u` escapes, beyond 16 bits as pairs of surrogates.
fn append_ascii(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !needs_escape(*byte);
        let (run, behind) = rest.split_at(rest.bytes().take_while(plain).count());
        out.extend_from_slice(run.as_bytes());
        let mut letters = behind.chars();
        match letters.next() {
            None => return,
            Some(letter) if (letter as u32) < 0x7f => append_escape(letter as u8, out),
            Some(letter) => {
                letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| append_unicode(*unit, out));
            }
        }
        rest = letters.as_str();
    }
}

/// How long `text` is in quotes and with its escapes.
pub(crate) fn escaped_length(text: &str, ascii: bool) -> usize {
    let of = |letter: char| match letter {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        letter if letter < ' ' => 6,
        letter if ascii && !(' '..='~').contains(&letter) => 6 * letter.len_utf16(),
        letter => letter.len_utf8(),
    };
    2 + text.chars().map(of).sum::<usize>()
}

/// `text` as the limit on its length allows it: itself, cut and marked, or not at all.
///
/// Call it only for what has more *bytes* than the limit: counting characters takes time.
#[cold]
pub(super) fn within_limit<'t>(text: &'t str, config: &Config) -> Result<Cow<'t, str>, Failure> {
    let Some((end, _)) = text.char_indices().nth(config.max_string_length) else {
        return Ok(Cow::Borrowed(text));
    };
    match config.long_strings {
        LongStrings::Truncate => Ok(Cow::Owned(format!("{}{CUT_MARK}", &text[..end]))),
        _ => Err(Failure::limit(format!(
            "a text of {} characters, more than the {} allowed",
            text.chars().count(),
            config.max_string_length
        ))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string(text: &str, ascii: bool) -> String {
        let mut out = Vec::new();
        append_string(text, ascii, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_are_those_of_python() {
        let text = "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é\u{2028}😀";
        assert_eq!(
            string(text, false),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}é\u{2028}😀\""
        );
        assert_eq!(
            string(text, true),
            r#""\"\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u2028\ud83d\ude00""#
        );
    }

    #[test]
    fn clean_texts_of_every_length_are_whole() {
        let text: String = ('a'..='z').cycle().take(200).collect();
        for length in 0..text.len() {
            assert_eq!(string(&text[..length], false), format!("\"{}\"", &text[..length]));
        }
    }

    #[test]
    fn every_byte_is_found_at_every_place() {
        for length in 1..100 {
            for place in 0..length {
                for byte in [0, 0x1f, b'"', b'\\'] {
                    let mut bytes = vec![b' '; length];
                    bytes[place] = byte;
                    assert!(!is_clean(&bytes), "{byte} at {place} of {length}");
                    assert_eq!(clean_prefix(&bytes), place, "{byte} of {length}");
                    let text = str::from_utf8(&bytes).unwrap();
                    assert_eq!(string(text, false), serde_json::to_string(text).unwrap());
                }
            }
            for harmless in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0x9f, 0xa2, 0xdc, 0xff] {
                assert!(is_clean(&vec![harmless; length]), "{harmless} x {length}");
                assert_eq!(clean_prefix(&vec![harmless; length]), length);
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_serde_json_writes_it(text in "(?s)[a-z\"\\\\\\x00-\\x20é😀]{0,90}|.{0,90}") {
            prop_assert_eq!(string(&text, false), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn any_text_is_as_long_as_was_said(text in "(?s).{0,90}", ascii: bool) {
            prop_assert_eq!(escaped_length(&text, ascii), string(&text, ascii).len());
        }

        #[test]
        fn ascii_is_ascii_and_reads_the_same(text: String) {
            let written = string(&text, true);
            prop_assert!(written.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
