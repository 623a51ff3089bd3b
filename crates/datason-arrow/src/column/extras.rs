//! Members that the schema does not have, kept as JSON text in a column of their own.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{ArrowError, DataType, Field, Fields};

use super::Column;
use super::cursor::{Outcome, Refusal, Why};
use super::located::Pass;
use super::text::Text;
use crate::pointer::{Pointers, string_end};

/// Where a member stands that the schema does not have.
#[derive(Debug)]
pub(crate) struct Extra {
    /// The first byte of its key, in the block.
    key: usize,
    value: Range<usize>,
    /// How many levels of nesting were still allowed there.
    levels: usize,
    /// Whether it is a member of a value that does not count.
    is_forgotten: bool,
}

impl Extra {
    pub(crate) fn new(key: usize, value: Range<usize>, levels: usize) -> Self {
        Self { key, value, levels, is_forgotten: false }
    }

    pub(crate) fn key(&self) -> usize {
        self.key
    }

    pub(crate) fn forget(&mut self) {
        self.is_forgotten = true;
    }
}

/// The column of extra members: for each record that has some an object of them, else null.
pub(crate) struct Extras {
    column: Text<i32>,
    /// Levels of nesting that are allowed inside a record that is an object.
    levels: usize,
    /// How many times as long as its record an object may be.
    growth: usize,
    object: Vec<u8>,
}

/// How many times as long as a record of `fields` the object of its extra members may be.
///
/// Pointers make it longer than what it is made of, and the keys of a map are part of them: one
/// long key above many short members would otherwise be repeated without end.
pub(crate) fn growth(fields: &Fields) -> usize {
    /// The least that a member takes: `"":0,`.
    const MEMBER: usize = 5;
    let longest = longest_path(fields).unwrap_or(0);
    (1 + longest / MEMBER).max(8)
}

/// The length of the longest pointer to an object in `fields`, if there is one.
fn longest_path(fields: &Fields) -> Option<usize> {
    let of_field = |field: &Arc<Field>| Some(2 * field.name().len() + longest_in(field)?);
    fields.iter().filter_map(of_field).max()
}

fn longest_in(field: &Field) -> Option<usize> {
    /// An index or a key that is data, as long as most are.
    const STEP: usize = 32;
    match field.data_type() {
        DataType::Struct(fields) => Some(longest_path(fields).unwrap_or(0) + 2),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(longest_in(item)? + STEP)
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(fields) = entries.data_type() else { return None };
            fields.iter().filter_map(|field| longest_in(field)).max().map(|longest| longest + STEP)
        }
        _ => None,
    }
}

impl Extras {
    /// The column for records of `fields`, of at most `max_depth` levels.
    pub(crate) fn new(fields: &Fields, max_depth: usize) -> Self {
        let (levels, growth) = (max_depth.saturating_sub(1), growth(fields));
        Self { column: Text::new(), levels, growth, object: Vec::new() }
    }

    /// Appends a row for each of the records at `spans` of `block`. `extras` are theirs, in their
    /// order; none are left.
    pub(crate) fn append(
        &mut self,
        extras: &mut Vec<Extra>,
        block: &[u8],
        spans: &[Range<usize>],
    ) -> Outcome {
        let (mut records, mut rest) = (spans, extras.as_slice());
        while let Some(next) = rest.first() {
            let before = records.iter().take_while(|span| span.end <= next.key).count();
            self.column.nulls(before, Pass::Append);
            let Some((span, behind)) = records[before..].split_first() else { break };
            let own = rest.iter().take_while(|extra| extra.key < span.end).count();
            self.append_record(&rest[..own], block, span)?;
            (records, rest) = (behind, &rest[own..]);
        }
        self.column.nulls(records.len(), Pass::Append);
        extras.clear();
        Ok(())
    }

    fn append_record(&mut self, extras: &[Extra], block: &[u8], span: &Range<usize>) -> Outcome {
        let mut object = std::mem::take(&mut self.object);
        object.clear();
        let most = span.len().saturating_mul(self.growth);
        let mut pointers = Pointers::new(&block[span.clone()]);
        for extra in extras.iter().filter(|extra| !extra.is_forgotten) {
            object.push(if object.is_empty() { b'{' } else { b',' });
            let key = &block[extra.key..string_end(block, extra.key)];
            match self.pointer(extra, key, &mut pointers, span.start) {
                Some(pointer) => {
                    object.extend(serde_json::Value::from(pointer).to_string().bytes());
                }
                None => object.extend_from_slice(key),
            }
            object.push(b':');
            object.extend_from_slice(&block[extra.value.clone()]);
            if object.len() > most {
                return Err(too_long(self.growth, extra.key));
            }
        }
        if object.is_empty() {
            self.column.nulls(1, Pass::Append);
        } else {
            object.push(b'}');
            self.column.push(&object, span.start)?;
        }
        self.object = object;
        Ok(())
    }

    /// The pointer that stands for `key`, if it does not stand for itself.
    fn pointer(
        &self,
        extra: &Extra,
        key: &[u8],
        pointers: &mut Pointers<'_>,
        start: usize,
    ) -> Option<String> {
        let of_record = extra.levels == self.levels;
        // An escape may be that of a slash.
        if of_record && !matches!(key.get(1), Some(b'/' | b'\\')) {
            return None;
        }
        let pointer = pointers.at(extra.key - start);
        (!of_record || pointer.starts_with("/~1")).then_some(pointer)
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.column.truncate(rows);
    }

    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.column.finish()
    }
}

#[cold]
fn too_long(growth: usize, at: usize) -> Refusal {
    let message = format!(
        "the extra members of this record take more than {growth} times its length, since each has \
         its pointer"
    );
    Refusal::new(Why::Full, at, message)
}
