//! Strings.

use std::mem;
use std::sync::Arc;

use arrow_array::{ArrayRef, OffsetSizeTrait};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::ArrowError;
use datason_scan::{NullRuns, Offset, Strings, Text as Block, Tokens};

use super::Column;
use super::bytes::full;
use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::lent::Lent;
use super::located::Pass;
use super::primitive::append_validity;

/// A column of strings, with offsets of type `O`.
pub(super) struct Text<O> {
    strings: Strings<O>,
    /// The memory of the last array's values and offsets, until there is a value again.
    lent: Option<(Lent, Lent)>,
    validity: NullBufferBuilder,
    /// The rows of the nulls among the strings that are being appended.
    nulls: NullRuns,
    scratch: Vec<u8>,
}

impl<O: OffsetSizeTrait + Offset> Text<O> {
    pub(super) fn new() -> Self {
        Self {
            strings: Strings::new(),
            lent: None,
            validity: NullBufferBuilder::new(0),
            nulls: NullRuns::default(),
            scratch: Vec::new(),
        }
    }

    /// Appends `string`, which began at `at` of the text.
    pub(super) fn push(&mut self, string: &[u8], at: usize) -> Outcome {
        // The record has been checked already, but not where anybody could see it.
        let Ok(string) = simdutf8::basic::from_utf8(string) else {
            return Err(Refusal::new(Why::Syntax, at, "not UTF-8"));
        };
        if !self.strings().push(string) {
            return Err(full(at));
        }
        self.validity.append_non_null();
        Ok(())
    }

    /// To be asked for before anything is appended.
    #[inline]
    fn strings(&mut self) -> &mut Strings<O> {
        if let Some((values, offsets)) = self.lent.take() {
            self.strings = Strings::with_memory(values.take_back(), offsets.take_back());
        }
        &mut self.strings
    }
}

impl<O: OffsetSizeTrait + Offset> Column for Text<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let start = cursor.at();
        let mut scratch = mem::take(&mut self.scratch);
        let string = cursor.string(&mut scratch);
        let pushed = string.and_then(|string| self.push(string, start));
        self.scratch = scratch;
        pushed
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        // Told of none, the builder takes it that there will be some.
        if count > 0 {
            self.strings().push_empty(count);
            self.validity.append_n_nulls(count);
        }
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn append(&mut self, tokens: Tokens<'_>, text: Block<'_>) -> bool {
        let mut nulls = mem::take(&mut self.nulls);
        nulls.clear();
        let strings = self.strings();
        let first = strings.len();
        let are_good = strings.read(text, tokens, &mut nulls);
        if are_good {
            let rows = strings.len() - first;
            append_validity(&mut self.validity, rows, &nulls);
        }
        self.nulls = nulls;
        are_good
    }

    fn truncate(&mut self, rows: usize) {
        self.strings.truncate(rows);
        self.validity.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let array = mem::take(&mut self.strings).into_array(self.validity.finish());
        let offsets = array.offsets().inner().inner();
        self.lent = Some((Lent::of(array.values()), Lent::of(offsets)));
        Ok(Arc::new(array))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::{Array, StringArray};
    use datason_scan::{Kernel, ValueIndex};
    use proptest::prelude::*;

    use super::*;

    fn push<O: OffsetSizeTrait + Offset>(column: &mut Text<O>, strings: &[&str]) {
        for string in strings {
            column.push(string.as_bytes(), 0).unwrap();
        }
    }

    fn finished<O: OffsetSizeTrait + Offset>(column: &mut Text<O>) -> Vec<String> {
        let array = column.finish().unwrap();
        array.as_string::<O>().iter().flatten().map(str::to_owned).collect()
    }

    /// A batch of strings of `letter`, and a null if asked for.
    fn batch(column: &mut Text<i32>, letter: &str, nulls: usize) -> StringArray {
        column.nulls(nulls, Pass::Append);
        (0..100).for_each(|_| push(column, &[&letter.repeat(10)]));
        column.finish().unwrap().as_string().clone()
    }

    #[test]
    fn memory_is_used_again_unless_somebody_holds_it() {
        let mut column = Text::new();
        drop(batch(&mut column, "a", 0));
        // The first has grown by doubling and keeps its memory to itself.
        let second = batch(&mut column, "b", 0);
        let memory = second.value_data().as_ptr();
        drop(second);
        let third = batch(&mut column, "c", 1);
        assert_eq!(third.value_data().as_ptr(), memory);
        assert_eq!((third.len(), third.null_count(), third.value(100)), (101, 1, "cccccccccc"));
        let fourth = batch(&mut column, "d", 0);
        assert_ne!(fourth.value_data().as_ptr(), memory);
        assert!((1..101).all(|row| third.value(row) == "cccccccccc"));
        assert!((0..100).all(|row| fourth.value(row) == "dddddddddd"));
    }

    #[test]
    fn what_has_much_spare_room_is_not_shared() {
        let mut column = Text::new();
        drop(batch(&mut column, "a", 0));
        push(&mut column, &["short"]);
        let mut short = column.finish().unwrap().as_string::<i32>().clone();
        short.shrink_to_fit();
        assert_eq!(short.values().capacity(), 5);
        assert_eq!(column.finish().unwrap().len(), 0);
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
