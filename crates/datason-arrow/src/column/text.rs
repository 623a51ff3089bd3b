//! Strings.

mod utf8;

use std::sync::Arc;

use arrow_array::types::GenericStringType;
use arrow_array::{ArrayRef, OffsetSizeTrait};
use arrow_schema::ArrowError;
use datason_scan::{Offset, Text as Block, Tokens};

use self::utf8::Utf8;
use super::Column;
use super::bytes::{Bytes, full};
use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::located::Pass;

/// A column of strings, with offsets of type `O`.
pub(super) struct Text<O: OffsetSizeTrait> {
    strings: Strings<O>,
    scratch: Vec<u8>,
}

/// The strings of a batch, in one of two ways.
///
/// Arrow checks that bytes are UTF-8 if they were not put together by its own builder. For ASCII
/// that is next to nothing, and to copy short strings ourselves, without a call for each, takes
/// half the time that the builder does. For other text the check costs more than all the rest,
/// and the builder is the better way.
enum Strings<O: OffsetSizeTrait> {
    /// All of them ASCII.
    Ascii(Bytes<O>),
    Utf8(Utf8<O>),
}

impl<O: OffsetSizeTrait> Text<O> {
    pub(super) fn new() -> Self {
        Self { strings: Strings::Ascii(Bytes::new()), scratch: Vec::new() }
    }

    /// Appends `string`, which began at `at` of the text.
    pub(super) fn push(&mut self, string: &[u8], at: usize) -> Outcome {
        if let Strings::Ascii(strings) = &mut self.strings
            && string.is_ascii()
        {
            strings.values().extend_from_slice(string);
            return strings.end(at);
        }
        // The record has been checked already, but not where anybody could see it.
        let Ok(string) = simdutf8::basic::from_utf8(string) else {
            return Err(Refusal::new(Why::Syntax, at, "not UTF-8"));
        };
        if self.utf8().push(string) { Ok(()) } else { Err(full(at)) }
    }

    /// The strings, which are not, or will not be, all ASCII.
    fn utf8(&mut self) -> &mut Utf8<O> {
        if let Strings::Ascii(strings) = &mut self.strings {
            let strings = strings.finish_array::<GenericStringType<O>>();
            self.strings = Strings::Utf8(strings.expect("ASCII is UTF-8").into());
        }
        match &mut self.strings {
            Strings::Utf8(strings) => strings,
            Strings::Ascii(_) => unreachable!("it has just been replaced"),
        }
    }
}

impl<O: OffsetSizeTrait + Offset> Column for Text<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let start = cursor.at();
        let mut scratch = std::mem::take(&mut self.scratch);
        let string = cursor.string(&mut scratch);
        let pushed = string.and_then(|string| self.push(string, start));
        self.scratch = scratch;
        pushed
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        match &mut self.strings {
            Strings::Ascii(strings) => strings.nulls(count),
            Strings::Utf8(strings) => strings.nulls(count),
        }
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Block<'_>) -> bool {
        if let Strings::Ascii(strings) = &mut self.strings {
            let (rows, length) = (strings.rows(), strings.values().len());
            if !strings.append_strings(tokens, text) {
                return false;
            }
            if strings.values()[length..].is_ascii() {
                return true;
            }
            strings.truncate(rows);
        }
        self.utf8().append(tokens, text)
    }

    fn truncate(&mut self, rows: usize) {
        match &mut self.strings {
            Strings::Ascii(strings) => strings.truncate(rows),
            Strings::Utf8(strings) => strings.truncate(rows),
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        match &mut self.strings {
            Strings::Ascii(strings) => strings.finish::<GenericStringType<O>>(),
            Strings::Utf8(strings) => {
                let array = strings.finish()?;
                if array.is_ascii() {
                    // The next batch may be so too.
                    self.strings = Strings::Ascii(Bytes::new());
                }
                Ok(Arc::new(array))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use datason_scan::{Kernel, ValueIndex};
    use proptest::prelude::*;

    use super::*;

    fn push<O: OffsetSizeTrait>(column: &mut Text<O>, strings: &[&str]) {
        for string in strings {
            column.push(string.as_bytes(), 0).unwrap();
        }
    }

    fn finished<O: OffsetSizeTrait + Offset>(column: &mut Text<O>) -> Vec<String> {
        let array = column.finish().unwrap();
        array.as_string::<O>().iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn to_take_back_copies_nothing_and_leaves_nothing() {
        let mut column = Text::<i32>::new();
        for row in 0..1_000 {
            push(&mut column, &["gehört", "lost"]);
            column.truncate(row + 1);
            assert_eq!(column.utf8().rows(), row + 1);
            assert_eq!(column.utf8().length(), 2 * (row + 1), "nothing is copied");
        }
        assert_eq!(finished(&mut column), ["gehört"; 1_000]);
        assert_eq!(finished(&mut column), Vec::<String>::new());
    }

    #[test]
    fn any_rows_are_taken_back() {
        for letter in ["c", "ç"] {
            let mut column = Text::<i64>::new();
            push(&mut column, &["a", "b", letter]);
            column.truncate(3);
            column.truncate(2);
            push(&mut column, &["d", "e"]);
            column.truncate(3);
            push(&mut column, &["f"]);
            column.truncate(1);
            column.nulls(1, Pass::Append);
            push(&mut column, &["g"]);
            let array = column.finish().unwrap();
            let found: Vec<_> = array.as_string::<i64>().iter().collect();
            assert_eq!(found, [Some("a"), None, Some("g")]);
            push(&mut column, &["h"]);
            column.truncate(0);
            assert_eq!(finished(&mut column), Vec::<String>::new());
        }
    }

    /// Appends the strings and words of `json`, which stand between blanks, all together.
    fn append(column: &mut Text<i32>, json: &str) -> bool {
        let mut index = ValueIndex::new();
        index.fill(Kernel::active(), json.as_bytes());
        let text = Block::from_utf8(json, &index);
        let starts = json.split(' ').scan(0, |at, value| {
            let start = *at;
            *at += value.len() + 1;
            Some((start, value))
        });
        let tokens: Vec<_> = starts
            .filter(|(_, value)| !value.is_empty())
            .map(|(start, _)| text.locate(start).unwrap())
            .collect();
        column.append(Tokens::all(&tokens), text)
    }

    proptest! {
        #[test]
        fn strings_are_what_serde_json_reads(
            batches in prop::collection::vec(
                prop::collection::vec(
                    prop::collection::vec(
                        prop_oneof![
                            4 => "[a-z]{0,80}".prop_map(Some),
                            1 => "[a-z\\n\"é]{0,20}".prop_map(Some),
                            1 => Just(None),
                        ],
                        0..8,
                    ),
                    1..5,
                ),
                1..4,
            ),
            escaped: bool,
        ) {
            let mut column = Text::<i32>::new();
            for groups in batches {
                for group in &groups {
                    let json: Vec<_> = group
                        .iter()
                        .map(|value| {
                            let json = serde_json::to_string(value).unwrap();
                            if escaped { json.replace('é', "\\u00e9") } else { json }
                        })
                        .collect();
                    prop_assert!(append(&mut column, &json.join(" ")));
                }
                let array = column.finish().unwrap();
                let found: Vec<_> = array.as_string::<i32>().iter().collect();
                let expected: Vec<_> = groups.iter().flatten().map(Option::as_deref).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn what_is_no_string_is_refused_and_taken_back() {
        for first in ["\"a\"", "\"ä\""] {
            let mut column = Text::<i32>::new();
            assert!(append(&mut column, first));
            for bad in ["1", "true", "\"\\x\"", "\"\\ud800\""] {
                assert!(!append(&mut column, &format!("\"b\" {bad} ")));
                column.truncate(1);
            }
            assert!(append(&mut column, "null"));
            assert_eq!(column.finish().unwrap().len(), 2);
        }
    }
}
