//! A record's text on one line.

use crate::frame::{is_space, trimmed};

/// Whether `record` is as [`append_line`] would write it.
pub(crate) fn is_one_line(record: &[u8]) -> bool {
    let ends = [record.first(), record.last()];
    ends.iter().all(|byte| byte.is_some_and(|byte| !is_space(*byte)))
        && memchr::memchr2(b'\n', b'\r', record).is_none()
}

/// Appends `record` without the white space around it. If line breaks stand within it, the
/// white space outside strings goes; else the text stays byte for byte.
pub(crate) fn append_line(record: &[u8], out: &mut Vec<u8>) {
    let record = &record[trimmed(record, 0..record.len())];
    if memchr::memchr2(b'\n', b'\r', record).is_some() {
        append_without_space(record, out);
    } else {
        out.extend_from_slice(record);
    }
}

/// Copies run by run: a run ends where white space outside a string begins.
fn append_without_space(record: &[u8], out: &mut Vec<u8>) {
    let mut rest = record;
    while !rest.is_empty() {
        let run = rest.iter().position(|byte| is_space(*byte) || *byte == b'"');
        let end = run.unwrap_or(rest.len());
        out.extend_from_slice(&rest[..end]);
        rest = &rest[end..];
        if rest.first() == Some(&b'"') {
            let end = string_end(rest);
            out.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
        } else {
            rest = &rest[rest.iter().take_while(|byte| is_space(**byte)).count()..];
            // Text that is no JSON must not become JSON, or another number, on the way.
            let words = [out.last(), rest.first()];
            if words.iter().all(|byte| byte.is_some_and(|byte| is_word(*byte))) {
                out.push(b' ');
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    !matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
}

/// The length of the string at the front of `text`, both quotes included.
fn string_end(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[at..]) {
        at += found;
        if text[at] == b'"' {
            return at + 1;
        }
        at = (at + 2).min(text.len());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(record: &str) -> String {
        let mut out = Vec::new();
        append_line(record.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_on_one_line_is_not_touched() {
        assert_eq!(
            line(r#" {"a" : [1, 2.0e0] , "b":"\u0041"} "#),
            r#"{"a" : [1, 2.0e0] , "b":"\u0041"}"#
        );
    }

    #[test]
    fn strings_keep_their_blanks() {
        assert_eq!(
            line("{\n  \"a b\": \" \\\" \\\\\",\r\n\t\"c\": 1\n}"),
            r#"{"a b":" \" \\","c":1}"#
        );
    }

    #[test]
    fn words_do_not_run_together() {
        assert_eq!(line("[1\n2]"), "[1 2]");
        assert_eq!(line("\u{c}3"), "\u{c}3");
    }

    proptest! {
        #[test]
        fn what_is_written_means_the_same(text in r#"(\[|\]|\{|\}|"|\\|,|:| |\n|a|1){0,30}"#) {
            let text = format!("[{text}]");
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
                let line = line(&text);
                prop_assert!(!line.contains('\n'));
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
            }
        }
    }
}
