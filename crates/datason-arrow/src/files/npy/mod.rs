//! Arrays in NumPy's `.npy` files, read in slices.
//!
//! [`Npy`] reads the header; chunks read their rows when they are asked for, so the file may be
//! larger than memory.
//!
//! # What is read
//! Format versions 1 to 3, either byte order, C and Fortran order. Element types: booleans,
//! integers of 1 to 8 bytes, floats of 2 to 8, complex numbers, texts (`U`), bytes (`S`, `V`),
//! `datetime64` and `timedelta64` of all units down to nanoseconds, and records of these. Not
//! read: pickled Python objects, long doubles, steps of time below a nanosecond.
//!
//! # What is written
//! Numbers as they are; times by the configuration's date format, "not a time" as null; spans
//! as text; texts and bytes without the zeros that fill them up; records as lists, which a
//! configuration with type hints calls tuples.
//!
//! # Memory and time
//! In C order a chunk is one read of its own bytes. In Fortran order its elements lie all over
//! the file: a window of rows (16 MiB, or one chunk if that is larger) is gathered at once. That
//! takes a read for each column and window, or, where columns are shorter than 64 KiB, a pass
//! over the file for each window.

mod decode;
mod dtype;
mod header;
mod literal;
mod rows;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datason_core::{Chunkable, Config, Description, Error, ErrorKind, Result};

use self::header::Header;
use self::rows::Rows;
use crate::tensor::{Cut, Cuts, Tensor, TensorChunk, count, describe};

/// An array in a `.npy` file.
///
/// Give `&npy`, or the array itself, to whatever takes a [`Chunkable`]. Each cutting opens the file anew, so the same
/// array can be cut several times, and by several threads.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_arrow::Npy;
/// use datason_core::{Chunkable, Config};
///
/// let header = b"{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }\n";
/// let mut file = b"\x93NUMPY\x01\x00".to_vec();
/// file.extend((header.len() as u16).to_le_bytes());
/// file.extend(header);
/// file.extend([1_i16, -2, 3].into_iter().flat_map(i16::to_le_bytes));
///
/// let array = Npy::from_bytes(file)?;
/// assert_eq!((array.shape(), array.dtype().as_str()), (&[3][..], "int16"));
/// let chunks = array.into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
/// let texts: Vec<_> = chunks.map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap()).collect();
/// assert_eq!(texts, ["[1,-2]", "[3]"]);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Npy {
    source: Source,
    header: Header,
}

#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

impl Npy {
    /// The array in the file at `path`. Reads the header, and makes sure that the file has as
    /// many bytes as the header says.
    ///
    /// # Errors
    /// Each with the path. [`ErrorKind::Io`] if the file cannot be read;
    /// [`ErrorKind::Syntax`] if it is no `.npy` file or its header is damaged;
    /// [`ErrorKind::Truncated`] if it is shorter than its header says;
    /// [`ErrorKind::Unsupported`] for an unknown version or element type;
    /// [`ErrorKind::Limit`] for a header of more than 1 MiB, or an array of more bytes than
    /// can be addressed.
    ///
    /// # Example
    /// ```
    /// use datason_arrow::Npy;
    /// use datason_core::ErrorKind;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("a.npy");
    /// std::fs::write(&path, "no array")?;
    /// let error = Npy::open(&path).unwrap_err();
    /// assert_eq!((error.kind(), error.path()), (ErrorKind::Syntax, Some(&*path)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::of(Source::Path(path.as_ref().to_owned()))
    }

    /// The array in `bytes`, which are those of a `.npy` file.
    ///
    /// # Errors
    /// As [`open`](Self::open), without a path.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        Self::of(Source::Bytes(bytes.into()))
    }

    fn of(source: Source) -> Result<Self> {
        let header = source.open().and_then(|mut handle| {
            let header = Header::read(&mut handle)?;
            handle.check_length(&header)?;
            Ok(header)
        });
        match header {
            Ok(header) => Ok(Self { source, header }),
            Err(error) => Err(source.named(error)),
        }
    }

    /// The length of each axis; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The element type as NumPy prints it: `float64`, `>i4`, `<U3`, `datetime64[ns]`.
    pub fn dtype(&self) -> String {
        self.header.dtype.to_string()
    }

    /// Whether the elements lie in Fortran order, the first axis the fastest.
    pub const fn is_fortran_order(&self) -> bool {
        self.header.fortran
    }

    /// The rows from `cut.first` on as an array.
    fn tensor(&self, rows: &mut Rows, cut: &Cut) -> Result<Tensor> {
        let header = &self.header;
        let shape: Vec<usize> = match header.shape.split_first() {
            None => Vec::new(),
            Some((_, inner)) => std::iter::once(cut.rows).chain(inner.iter().copied()).collect(),
        };
        let elements = count(&shape).expect("no more than in the whole array");
        let bytes = rows.read(header, cut.first, cut.rows)?;
        let (values, field) = decode::decode(bytes, &header.dtype, elements)?;
        Tensor::of_field(values, field, shape)
    }
}

impl Chunkable for Npy {
    type Chunk = TensorChunk;
    type Chunks = NpyChunks;

    fn describe(&self) -> Description {
        describe(&self.header.shape, self.dtype(), Some(self.header.dtype.size))
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        let cuts = Cuts::new(self.shape(), size, config);
        NpyChunks { npy: self, cuts, rows: None, over: false }
    }

    fn items_in(chunk: &TensorChunk) -> Option<u64> {
        Tensor::items_in(chunk)
    }

    fn bytes_in(chunk: &TensorChunk) -> Option<u64> {
        Tensor::bytes_in(chunk)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TensorChunk>,
        size: NonZeroUsize,
    ) -> Option<TensorChunk> {
        chunks.cuts.recut(back.map(|chunk| chunk.first_row()), size);
        None
    }
}

impl Chunkable for &Npy {
    type Chunk = TensorChunk;
    type Chunks = NpyChunks;

    fn describe(&self) -> Description {
        (*self).describe()
    }

    fn into_chunks(self, size: NonZeroUsize, config: &Config) -> Self::Chunks {
        self.clone().into_chunks(size, config)
    }

    fn items_in(chunk: &TensorChunk) -> Option<u64> {
        Tensor::items_in(chunk)
    }

    fn bytes_in(chunk: &TensorChunk) -> Option<u64> {
        Tensor::bytes_in(chunk)
    }

    fn recut(
        chunks: &mut Self::Chunks,
        back: Option<TensorChunk>,
        size: NonZeroUsize,
    ) -> Option<TensorChunk> {
        Npy::recut(chunks, back, size)
    }
}

/// The chunks of an [`Npy`]. After an error it ends.
#[derive(Debug)]
pub struct NpyChunks {
    npy: Npy,
    cuts: Cuts,
    rows: Option<Rows>,
    over: bool,
}

impl NpyChunks {
    fn chunk(&mut self, cut: &Cut) -> Result<TensorChunk> {
        let rows = match &mut self.rows {
            Some(rows) => rows,
            empty => empty.insert(Rows::new(self.npy.source.reopen(&self.npy.header)?)),
        };
        Ok(TensorChunk::new(self.npy.tensor(rows, cut)?, cut))
    }
}

impl Iterator for NpyChunks {
    type Item = Result<TensorChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let chunk = self.cuts.next()?.and_then(|cut| self.chunk(&cut));
        self.over = chunk.is_err();
        Some(chunk.map_err(|error| self.npy.source.named(error)))
    }

    /// Rows that are skipped are not read, so looking at a sample of a large file is quick.
    fn nth(&mut self, skipped: usize) -> Option<Result<TensorChunk>> {
        for _ in 0..skipped {
            if self.over {
                return None;
            }
            if let Err(error) = self.cuts.next()? {
                self.over = true;
                return Some(Err(self.npy.source.named(error)));
            }
        }
        self.next()
    }
}

impl std::iter::FusedIterator for NpyChunks {}

impl Source {
    fn open(&self) -> Result<Handle> {
        match self {
            Self::Path(path) => match File::open(path) {
                Ok(file) => Ok(Handle::File(file)),
                Err(cause) => Err(Error::io("cannot open the file", cause)),
            },
            Self::Bytes(bytes) => Ok(Handle::Bytes(Cursor::new(Arc::clone(bytes)))),
        }
    }

    /// The file again, at its elements, if it is still the same array.
    fn reopen(&self, header: &Header) -> Result<Handle> {
        let mut handle = self.open()?;
        if Header::read(&mut handle)? != *header {
            return Err(Error::new(
                ErrorKind::Data,
                "the file has become another since it was opened",
            ));
        }
        handle.check_length(header)?;
        Ok(handle)
    }

    fn named(&self, error: Error) -> Error {
        match self {
            Self::Path(path) => error.in_file(path),
            Self::Bytes(_) => error,
        }
    }
}

/// An open file, or bytes read like one.
#[derive(Debug)]
enum Handle {
    File(File),
    Bytes(Cursor<Arc<[u8]>>),
}

impl Handle {
    /// Fails if there are fewer bytes than `header` says: what is allocated later is there.
    fn check_length(&mut self, header: &Header) -> Result<()> {
        let needed = header.data_start.saturating_add(header.data_bytes);
        let length = self.seek(SeekFrom::End(0)).map_err(unseekable)?;
        if length < needed {
            return Err(Error::new(
                ErrorKind::Truncated,
                format!("the .npy file has {length} bytes, and its header asks for {needed}"),
            ));
        }
        self.seek(SeekFrom::Start(header.data_start)).map_err(unseekable)?;
        Ok(())
    }
}

fn unseekable(cause: std::io::Error) -> Error {
    Error::io("cannot seek in the .npy file", cause)
}

impl Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Bytes(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Handle {
    fn seek(&mut self, place: SeekFrom) -> std::io::Result<u64> {
        match self {
            Self::File(file) => file.seek(place),
            Self::Bytes(bytes) => bytes.seek(place),
        }
    }
}

#[cfg(test)]
mod tests;
