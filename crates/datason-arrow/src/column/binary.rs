//! Bytes, written as text.

use std::sync::Arc;

use arrow_array::types::GenericBinaryType;
use arrow_array::{ArrayRef, FixedSizeBinaryArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, NullBufferBuilder};
use arrow_schema::{ArrowError, DataType};
use datason_core::{Error, ErrorKind, Result};

use super::bytes::Bytes;
use super::cursor::{Cursor, Outcome, Refusal, Why};
use super::located::Pass;
use super::{Column, senseless, taken};
use crate::decoder::{BinaryText, Rules};

/// The column for `kind`, a type of bytes.
pub(super) fn column(kind: &DataType, rules: &Rules) -> Result<Box<dyn Column>> {
    let Some(form) = rules.binary else { return Err(no_form(kind)) };
    let decoder = Decoder { form, scratch: Vec::new() };
    Ok(match kind {
        DataType::Binary => Box::new(Binary::<i32> { bytes: Bytes::new(), decoder }),
        DataType::LargeBinary => Box::new(Binary::<i64> { bytes: Bytes::new(), decoder }),
        DataType::FixedSizeBinary(size) => {
            let width = usize::try_from(*size).map_err(|_| senseless(kind))?;
            Box::new(Fixed { width, size: *size, ..Fixed::new(decoder) })
        }
        _ => return Err(senseless(kind)),
    })
}

#[cold]
fn no_form(kind: &DataType) -> Error {
    let message = format!("a column of type {kind} needs to know how bytes are written as text");
    Error::new(ErrorKind::Argument, message)
}

struct Decoder {
    form: BinaryText,
    scratch: Vec<u8>,
}

impl Decoder {
    /// Appends the bytes for which the string at the cursor stands.
    fn read(&mut self, cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Outcome {
        if cursor.peek() != b'"' {
            return Err(cursor.mismatch("a string"));
        }
        let (start, length) = (cursor.at(), out.len());
        let text = cursor.string(&mut self.scratch)?;
        let done = match self.form {
            BinaryText::Hex => hex(text, out),
            BinaryText::Base64 => base64(text, out),
        };
        if done.is_none() {
            out.truncate(length);
            let message = format!("expected bytes as {}", self.form.name());
            return Err(Refusal::new(Why::Mismatch, start, message));
        }
        Ok(())
    }
}

fn hex(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    for [high, low] in pairs {
        out.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(())
}

/// The alphabet of RFC 4648 section 4, with padding, and nothing else.
fn base64(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (groups, []) = text.as_chunks::<4>() else { return None };
    for (at, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && at + 1 < groups.len()) {
            return None;
        }
        let sextets = group[..4 - padding].iter();
        let bits =
            sextets.clone().try_fold(0_u32, |bits, byte| Some(bits << 6 | sextet(*byte)?))?;
        let bits = bits << (6 * padding);
        let [_, bytes @ ..] = bits.to_be_bytes();
        let (kept, dropped) = bytes.split_at(3 - padding);
        if dropped.iter().any(|byte| *byte != 0) {
            return None;
        }
        out.extend_from_slice(kept);
    }
    Some(())
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

struct Binary<O> {
    bytes: Bytes<O>,
    decoder: Decoder,
}

impl<O: OffsetSizeTrait> Column for Binary<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let start = cursor.at();
        self.decoder.read(cursor, &mut self.bytes.values)?;
        self.bytes.end(start)
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn null(&mut self, _: Pass) {
        self.bytes.null();
    }

    fn truncate(&mut self, rows: usize) {
        self.bytes.truncate(rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.bytes.finish::<GenericBinaryType<O>>()
    }
}

struct Fixed {
    width: usize,
    size: i32,
    rows: usize,
    values: Vec<u8>,
    validity: NullBufferBuilder,
    decoder: Decoder,
}

impl Fixed {
    fn new(decoder: Decoder) -> Self {
        let validity = NullBufferBuilder::new(0);
        Self { width: 0, size: 0, rows: 0, values: Vec::new(), validity, decoder }
    }
}

impl Column for Fixed {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let (start, length) = (cursor.at(), self.values.len());
        self.decoder.read(cursor, &mut self.values)?;
        let found = self.values.len() - length;
        if found != self.width {
            self.values.truncate(length);
            let message = format!("expected {} bytes but found {found}", self.width);
            return Err(Refusal::new(Why::Mismatch, start, message));
        }
        self.rows += 1;
        self.validity.append_non_null();
        Ok(())
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn null(&mut self, _: Pass) {
        self.values.resize(self.values.len() + self.width, 0);
        self.rows += 1;
        self.validity.append_null();
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.values.truncate(self.rows * self.width);
        self.validity.truncate(self.rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let values = Buffer::from_vec(taken(&mut self.values));
        let validity = self.validity.finish();
        let array = FixedSizeBinaryArray::try_new_with_len(self.size, values, validity, rows)?;
        Ok(Arc::new(array))
    }
}
