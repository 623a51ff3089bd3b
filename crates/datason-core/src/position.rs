//! Where something stands in the input.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in an input: byte, line, column and record.
///
/// Bytes and records are counted from 0, lines and columns from 1. A column counts bytes, not
/// characters, since that is what an editor's "go to byte" and `cut -b` understand. For
/// compressed input all of them speak of the decompressed text.
///
/// A position is carried along while reading, never recounted from the start, so it costs the
/// same at the end of a 1 TiB file as at its beginning.
///
/// # Example
/// ```
/// use datason_core::Position;
///
/// let start = Position::START;
/// let place = start.advanced(b"{\"a\":1}\n{\"b\"");
/// assert_eq!((place.byte(), place.line(), place.column()), (12, 2, 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Coordinates")]
pub struct Position {
    byte: u64,
    line: u64,
    column: u64,
    record: u64,
    counted_from: u64,
}

/// A position as somebody wrote it down, who may have been anybody.
#[derive(Deserialize)]
struct Coordinates {
    byte: u64,
    line: u64,
    column: u64,
    record: u64,
    counted_from: u64,
}

impl TryFrom<Coordinates> for Position {
    type Error = &'static str;

    fn try_from(written: Coordinates) -> Result<Self, Self::Error> {
        /// No input is longer, and from here on nothing that is counted overflows.
        const LARGEST: u64 = u64::MAX / 2;
        let Coordinates { byte, line, column, record, counted_from } = written;
        let all = [byte, line, column, record, counted_from];
        if all.iter().any(|number| *number > LARGEST) || line == 0 || column == 0 {
            return Err("there is no such place in any input");
        }
        Ok(Self { byte, line, column, record, counted_from })
    }
}

impl Position {
    /// The first byte of an input.
    pub const START: Self = Self { byte: 0, line: 1, column: 1, record: 0, counted_from: 0 };

    /// The first byte of a piece that starts at `byte` of its input and whose earlier lines
    /// nobody has counted: lines and records are then counted from there.
    ///
    /// Costs nothing; [`Position::counted_from`] tells such a position from an absolute one.
    pub const fn uncounted(byte: u64) -> Self {
        Self { byte, counted_from: byte, ..Self::START }
    }

    /// Bytes before this place, from the start of the (decompressed) input.
    pub const fn byte(&self) -> u64 {
        self.byte
    }

    /// The line, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The column in bytes, from 1.
    pub const fn column(&self) -> u64 {
        self.column
    }

    /// The number of the record that this place belongs to, from 0.
    pub const fn record(&self) -> u64 {
        self.record
    }

    /// The byte from which lines and records were counted: 0 unless the place was found in a
    /// piece of an input that was planned without counting lines.
    pub const fn counted_from(&self) -> u64 {
        self.counted_from
    }

    /// The same place, said to belong to record `record`.
    #[must_use]
    pub const fn with_record(self, record: u64) -> Self {
        Self { record, ..self }
    }

    /// The place just behind `bytes`, which start here. The record number stays.
    ///
    /// Costs one search for line ends in `bytes`.
    #[must_use]
    pub fn advanced(self, bytes: &[u8]) -> Self {
        self.advanced_by_lines(bytes, memchr::memchr_iter(b'\n', bytes).count())
    }

    /// As [`advanced`](Self::advanced), where `lines` line ends have been counted in `bytes`
    /// already.
    #[must_use]
    pub fn advanced_by_lines(self, bytes: &[u8], lines: usize) -> Self {
        let last = if lines == 0 { None } else { memchr::memrchr(b'\n', bytes) };
        let column = match last {
            None => self.column + bytes.len() as u64,
            Some(last) => (bytes.len() - last) as u64,
        };
        let byte = self.byte + bytes.len() as u64;
        Self { byte, line: self.line + lines as u64, column, ..self }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { byte, line, column, record, counted_from } = self;
        write!(f, "line {line}, column {column}")?;
        if *counted_from > 0 {
            write!(f, " after byte {counted_from}")?;
        }
        write!(f, " (byte {byte}, record {record})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Counts the slow and obvious way.
    fn recount(bytes: &[u8]) -> (u64, u64, u64) {
        let (mut line, mut column) = (1, 1);
        for byte in bytes {
            (line, column) = if *byte == b'\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        (bytes.len() as u64, line, column)
    }

    proptest! {
        #[test]
        fn advancing_in_pieces_equals_a_recount(text in "[a\n]{0,40}", cut in 0..40usize) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            let place = Position::START.advanced(&bytes[..cut]).advanced(&bytes[cut..]);
            prop_assert_eq!((place.byte(), place.line(), place.column()), recount(bytes));
        }
    }

    #[test]
    fn places_that_no_input_has_are_not_read() {
        let place = Position::START.advanced(b"ab\ncd").with_record(7);
        let written = serde_json::to_value(place).unwrap();
        assert_eq!(serde_json::from_value::<Position>(written.clone()).unwrap(), place);
        for (name, number) in
            [("line", 0), ("column", 0), ("byte", u64::MAX), ("record", 1 << 63), ("line", 1 << 63)]
        {
            let mut written = written.clone();
            written[name] = number.into();
            let error = serde_json::from_value::<Position>(written).unwrap_err();
            assert_eq!(error.to_string(), "there is no such place in any input", "{name} {number}");
        }
    }

    #[test]
    fn display_names_every_coordinate() {
        let place = Position::START.advanced(b"ab\ncd").with_record(7);
        assert_eq!(place.to_string(), "line 2, column 3 (byte 5, record 7)");
        let place = Position::uncounted(100).advanced(b"ab");
        assert_eq!(place.to_string(), "line 1, column 3 after byte 100 (byte 102, record 0)");
    }
}
