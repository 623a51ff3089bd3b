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

/// What a byte stands for in an alphabet, or [`NONE`].
type Values = [u8; 256];

/// Sets bits that no value of either alphabet has, so that several bytes are judged at once.
const NONE: u8 = 0xff;

const HEX: Values = {
    let mut values = values_of(b"0123456789abcdef");
    let mut digit = b'A';
    while digit <= b'F' {
        values[digit as usize] = digit - b'A' + 10;
        digit += 1;
    }
    values
};

const BASE64: Values =
    values_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

#[expect(clippy::cast_possible_truncation, reason = "an alphabet has 64 letters at most")]
const fn values_of(alphabet: &[u8]) -> Values {
    let (mut values, mut at) = ([NONE; 256], 0);
    while at < alphabet.len() {
        values[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    values
}

fn hex(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let mut seen = 0;
    out.extend(pairs.iter().map(|[high, low]| {
        let (high, low) = (HEX[usize::from(*high)], HEX[usize::from(*low)]);
        seen |= high | low;
        high << 4 | low & 0xf
    }));
    (seen != NONE).then_some(())
}

/// The alphabet of RFC 4648 section 4, with padding, and nothing else.
fn base64(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (groups, []) = text.as_chunks::<4>() else { return None };
    let Some((last, groups)) = groups.split_last() else { return Some(()) };
    let mut seen = 0;
    for group in groups {
        let values = group.map(|byte| BASE64[usize::from(byte)]);
        seen |= values.iter().fold(0, |seen, value| seen | value);
        out.extend_from_slice(&bytes_of(values));
    }
    if seen == NONE {
        return None;
    }
    last_group(*last, out)
}

/// The group that may be padded.
fn last_group(mut group: [u8; 4], out: &mut Vec<u8>) -> Option<()> {
    let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    // Stands for no bits.
    group[4 - padding..].fill(b'A');
    let values = group.map(|byte| BASE64[usize::from(byte)]);
    let bytes = bytes_of(values);
    let (kept, dropped) = bytes.split_at(3 - padding);
    out.extend_from_slice(kept);
    (!values.contains(&NONE) && dropped.iter().all(|byte| *byte == 0)).then_some(())
}

/// Four times six bits.
fn bytes_of(values: [u8; 4]) -> [u8; 3] {
    let bits = values.iter().fold(0, |bits, value| bits << 6 | u32::from(*value) & 0x3f);
    let [_, bytes @ ..] = bits.to_be_bytes();
    bytes
}

struct Binary<O> {
    bytes: Bytes<O>,
    decoder: Decoder,
}

impl<O: OffsetSizeTrait> Column for Binary<O> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Outcome {
        let start = cursor.at();
        self.decoder.read(cursor, self.bytes.values())?;
        self.bytes.end(start)
    }

    fn is_leaf(&self) -> bool {
        true
    }

    fn nulls(&mut self, count: usize, _: Pass) {
        self.bytes.nulls(count);
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

    fn nulls(&mut self, count: usize, _: Pass) {
        self.values.resize(self.values.len() + count * self.width, 0);
        self.rows += count;
        self.validity.append_n_nulls(count);
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

#[cfg(test)]
mod tests {
    use datason_fixtures::Random;

    use super::*;

    type Decode = fn(&[u8], &mut Vec<u8>) -> Option<()>;

    fn decoded(decode: Decode, text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(text, &mut out).map(|()| out)
    }

    fn as_hex(bytes: &[u8]) -> String {
        let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap();
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
    }

    /// By the definition, bit by bit.
    fn as_base64(bytes: &[u8]) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: Vec<u8> =
            bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
        let value = |bits: &[u8]| {
            (0..6).fold(0, |value, at| value << 1 | usize::from(bits.get(at) == Some(&1)))
        };
        let mut text: String =
            bits.chunks(6).map(|bits| char::from(alphabet[value(bits)])).collect();
        while !text.len().is_multiple_of(4) {
            text.push('=');
        }
        text
    }

    /// `text` stands for `bytes`, and with another letter for others or for nothing.
    fn check(decode: Decode, text: &str, bytes: &[u8], random: &mut Random) {
        assert_eq!(decoded(decode, text.as_bytes()).as_deref(), Some(bytes), "{text}");
        let mut other = text.as_bytes().to_vec();
        if other.is_empty() {
            return;
        }
        let at = random.index_below(other.len());
        other[at] = u8::try_from(random.below(256)).unwrap();
        let Some(found) = decoded(decode, &other) else { return };
        let is_hex = std::ptr::fn_addr_eq(decode, hex as Decode);
        let again = if is_hex { as_hex(&found) } else { as_base64(&found) };
        // Digits may be of either case.
        let expected = if is_hex { other.to_ascii_lowercase() } else { other };
        assert_eq!(again.as_bytes(), expected);
    }

    #[test]
    fn bytes_come_back_and_nothing_else_stands_for_them() {
        let mut random = Random::new(3);
        for _ in 0..20_000 {
            let length = random.index_below(12);
            let bytes: Vec<u8> =
                (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
            check(hex, &as_hex(&bytes), &bytes, &mut random);
            check(base64, &as_base64(&bytes), &bytes, &mut random);
        }
    }
}
