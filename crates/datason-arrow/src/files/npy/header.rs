//! The header of a `.npy` file.

use std::io::Read;

use datason_core::{Error, ErrorKind, Result};

use super::dtype::{DType, lengths};
use super::literal::{self, Literal};
use crate::tensor::count;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Longer headers are not NumPy's: a record of a thousand fields takes 30 KiB.
const LONGEST: usize = 1 << 20;
/// NumPy has no arrays of more dimensions.
const MOST_AXES: usize = 64;

/// What stands before the elements.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
    /// Whether the first axis is the fastest.
    pub(super) fortran: bool,
    /// Where the elements begin in the file.
    pub(super) data_start: u64,
    /// How many bytes they take.
    pub(super) data_bytes: u64,
}

impl Header {
    /// Reads it from the start of a file.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`] if it is no header; [`ErrorKind::Truncated`] if the file ends in
    /// it; [`ErrorKind::Unsupported`] for an unknown version or element type;
    /// [`ErrorKind::Limit`] if it is longer than 1 MiB, or no number says the array's size.
    pub(super) fn read(reader: &mut impl Read) -> Result<Self> {
        let mut start = [0; 8];
        fill(reader, &mut start)?;
        if !start.starts_with(MAGIC) {
            return Err(Error::new(ErrorKind::Syntax, "not a .npy file: it does not begin as one"));
        }
        let wide = match start[6] {
            1 => false,
            2 | 3 => true,
            version => {
                let message = format!("version {version} of the .npy format is not read");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
        };
        let mut length = [0; 4];
        fill(reader, if wide { &mut length } else { &mut length[..2] })?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST {
            return Err(Error::new(ErrorKind::Limit, format!("a header of {length} bytes")));
        }
        let mut text = vec![0; length];
        fill(reader, &mut text)?;
        let data_start = 8 + if wide { 4 } else { 2 } + length as u64;
        Self::parse(&text_of(&text, start[6]), data_start)
    }

    fn parse(text: &str, data_start: u64) -> Result<Self> {
        let header = literal::parse(text);
        let parts = header.as_ref().and_then(parts);
        let Some((descr, fortran, shape)) = parts else {
            return Err(Error::new(ErrorKind::Syntax, "the header of the .npy file is damaged"));
        };
        let dtype = DType::of(descr)?;
        let bytes = count(&shape).and_then(|count| count.checked_mul(dtype.size));
        let Some(bytes) = bytes.filter(|_| shape.len() <= MOST_AXES) else {
            let message = format!("an array of the shape {shape:?} is too large");
            return Err(Error::new(ErrorKind::Limit, message));
        };
        // With one axis, or one row, both orders are the same; C order is read faster.
        let fortran = fortran && shape.len() > 1;
        Ok(Self { dtype, shape, fortran, data_start, data_bytes: bytes as u64 })
    }

    /// Bytes of one slice along the first axis.
    pub(super) fn row_bytes(&self) -> usize {
        let row = count(self.shape.get(1..).unwrap_or_default());
        // The product of all axes fits, but not that without a first axis of length 0.
        row.and_then(|row| row.checked_mul(self.dtype.size)).unwrap_or(0)
    }
}

fn parts(header: &Literal) -> Option<(&Literal, bool, Vec<usize>)> {
    let fortran = match header.get("fortran_order")? {
        Literal::Bool(truth) => *truth,
        _ => return None,
    };
    Some((header.get("descr")?, fortran, lengths(header.get("shape")?)?))
}

/// Versions 1 and 2 are Latin-1, version 3 UTF-8.
fn text_of(bytes: &[u8], version: u8) -> String {
    match version {
        3 => String::from_utf8_lossy(bytes).into_owned(),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Fills `buffer`.
pub(super) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> Result<()> {
    reader.read_exact(buffer).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Truncated, "the .npy file ends too early").fatal()
        }
        _ => Error::io("cannot read the .npy file", cause),
    })
}
