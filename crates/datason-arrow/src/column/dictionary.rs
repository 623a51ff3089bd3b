//! Strings of which each is kept once.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::types::{
    ArrowDictionaryKeyType, GenericStringType, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, DictionaryArray, OffsetSizeTrait, PrimitiveArray};
use arrow_buffer::{ArrowNativeType, NullBufferBuilder, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};
use datason_core::Result;

use super::bytes::{Bytes, full};
use super::cursor::{Cursor, Outcome};
use super::located::Pass;
use super::{Column, senseless, taken, unsupported};

/// The column of dictionary keys of type `key` and strings of type `value`.
pub(super) fn column(key: &DataType, value: &DataType) -> Result<Box<dyn Column>> {
    match value {
        DataType::Utf8 => with_offsets::<i32>(key),
        DataType::LargeUtf8 => with_offsets::<i64>(key),
        _ => Err(unsupported(&DataType::Dictionary(key.clone().into(), value.clone().into()))),
    }
}

fn with_offsets<O: OffsetSizeTrait>(key: &DataType) -> Result<Box<dyn Column>> {
    Ok(match key {
        DataType::Int8 => Box::new(Dictionary::<Int8Type, O>::new()),
        DataType::Int16 => Box::new(Dictionary::<Int16Type, O>::new()),
        DataType::Int32 => Box::new(Dictionary::<Int32Type, O>::new()),
        DataType::Int64 => Box::new(Dictionary::<Int64Type, O>::new()),
        DataType::UInt8 => Box::new(Dictionary::<UInt8Type, O>::new()),
        DataType::UInt16 => Box::new(Dictionary::<UInt16Type, O>::new()),
        DataType::UInt32 => Box::new(Dictionary::<UInt32Type, O>::new()),
        DataType::UInt64 => Box::new(Dictionary::<UInt64Type, O>::new()),
        _ => {
            return Err(senseless(&DataType::Dictionary(
                key.clone().into(),
                DataType::Utf8.into(),
            )));
        }
    })
}

/// A column with a dictionary of its own for each batch, in the order of first use. Strings that
/// only rejected records had are not in it: they would take the keys of those to come.
struct Dictionary<K: ArrowDictionaryKeyType, O> {
    keys: Vec<K::Native>,
    validity: NullBufferBuilder,
    strings: Bytes<O>,
    /// The row that used each string first; they ascend.
    first_rows: Vec<usize>,
    known: HashMap<Box<[u8]>, K::Native>,
    scratch: Vec<u8>,
    kind: PhantomData<fn() -> K>,
}

impl<K: ArrowDictionaryKeyType, O: OffsetSizeTrait> Dictionary<K, O> {
    fn new() -> Self {
        Self {
            keys: Vec::new(),
            validity: NullBufferBuilder::new(0),
            strings: Bytes::new(),
            first_rows: Vec::new(),
            known: HashMap::new(),
            scratch: Vec::new(),
            kind: PhantomData,
        }
    }
}

impl<K: ArrowDictionaryKeyType, O: OffsetSizeTrait> Column for Dictionary<K, O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let start = cursor.at();
        let text = cursor.string(&mut self.scratch)?;
        let key = if let Some(key) = self.known.get(text) {
            *key
        } else {
            let key = K::Native::from_usize(self.known.len()).ok_or_else(|| full(start))?;
            self.strings.values().extend_from_slice(text);
            self.strings.end(start)?;
            self.known.insert(text.into(), key);
            self.first_rows.push(self.keys.len());
            key
        };
        self.keys.push(key);
        self.validity.append_non_null();
        Ok(())
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.keys.extend(std::iter::repeat_n(K::Native::default(), count));
        self.validity.append_n_nulls(count);
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.validity.truncate(rows);
        while self.first_rows.last().is_some_and(|row| *row >= rows) {
            self.first_rows.pop();
            self.known.remove(self.strings.get(self.first_rows.len()));
        }
        self.strings.truncate(self.first_rows.len());
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.known.clear();
        self.first_rows.clear();
        let keys = ScalarBuffer::from(taken(&mut self.keys));
        let keys = PrimitiveArray::<K>::try_new(keys, self.validity.finish())?;
        let strings = self.strings.finish::<GenericStringType<O>>()?;
        Ok(Arc::new(DictionaryArray::try_new(keys, strings)?))
    }
}
