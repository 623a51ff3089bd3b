//! Rows of an array as bytes in C order.

use std::io::{Seek, SeekFrom};

use datason_core::Result;

use super::header::{Header, fill};
use super::{Handle, unseekable};

/// Bytes of a window of rows of an array in Fortran order.
const WINDOW: usize = 16 << 20;
/// Columns shorter than this are not sought one by one, but read with those beside them.
const SHORT: usize = 64 << 10;
/// Bytes read at once where columns are short.
const BLOCK: usize = 1 << 20;

/// Reads rows, in order.
#[derive(Debug)]
pub(super) struct Rows {
    handle: Handle,
    /// Rows that were read; in C order those of the last chunk.
    window: Vec<u8>,
    first: usize,
    count: usize,
    /// What was read of the file to pick from.
    block: Vec<u8>,
}

impl Rows {
    /// `handle` stands at the first element.
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle, window: Vec::new(), first: 0, count: 0, block: Vec::new() }
    }

    /// The bytes of `count` rows from `first` on.
    pub(super) fn read(&mut self, header: &Header, first: usize, count: usize) -> Result<&[u8]> {
        let row = header.row_bytes();
        if !header.fortran {
            if first != self.first + self.count {
                let start = header.data_start + (first * row) as u64;
                self.handle.seek(SeekFrom::Start(start)).map_err(unseekable)?;
            }
            self.window.resize(count * row, 0);
            fill(&mut self.handle, &mut self.window)?;
            (self.first, self.count) = (first, count);
            return Ok(&self.window);
        }
        if first < self.first || first + count > self.first + self.count {
            self.gather(header, first, count)?;
        }
        let start = (first - self.first) * row;
        Ok(&self.window[start..start + count * row])
    }

    /// Reads a window of `least` rows or more from `first` on.
    fn gather(&mut self, header: &Header, first: usize, least: usize) -> Result<()> {
        let (row, left) = (header.row_bytes(), header.shape[0] - first);
        let rows = (WINDOW / row.max(1)).clamp(least, left.max(least));
        self.window.clear();
        self.window.resize(rows * row, 0);
        (self.first, self.count) = (first, rows);
        if row == 0 {
            return Ok(());
        }
        let column = header.shape[0] * header.dtype.size;
        let columns = row / header.dtype.size;
        let at_once = if column < SHORT { (BLOCK / column).min(columns) } else { 1 };
        let mut places = Places::new(&header.shape[1..]);
        for done in (0..columns).step_by(at_once) {
            self.read_columns(header, done, at_once.min(columns - done), &mut places)?;
        }
        Ok(())
    }

    /// Reads `count` columns from the `done`-th of the file on, and puts them where they belong.
    fn read_columns(
        &mut self,
        header: &Header,
        done: usize,
        count: usize,
        places: &mut Places,
    ) -> Result<()> {
        let size = header.dtype.size;
        let (column, skipped, run) = (header.shape[0] * size, self.first * size, self.count * size);
        let length = (count - 1) * column + run;
        let start = header.data_start + (done * column + skipped) as u64;
        self.block.resize(length, 0);
        self.handle.seek(SeekFrom::Start(start)).map_err(unseekable)?;
        fill(&mut self.handle, &mut self.block)?;
        for elements in self.block.chunks(column) {
            let place = places.next() * size;
            scatter(&elements[..run], &mut self.window[place..], size, header.row_bytes());
        }
        Ok(())
    }
}

/// Puts the elements of a column at the same place of each row.
fn scatter(elements: &[u8], rows: &mut [u8], size: usize, row: usize) {
    for (element, row) in elements.chunks_exact(size).zip(rows.chunks_mut(row)) {
        row[..size].copy_from_slice(element);
    }
}

/// Where the columns of the file stand in a row: their order is Fortran's, a row's is C's.
struct Places {
    shape: Vec<usize>,
    /// How far apart neighbours along each axis are in a row.
    steps: Vec<usize>,
    index: Vec<usize>,
}

impl Places {
    fn new(shape: &[usize]) -> Self {
        let mut steps = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            steps[axis - 1] = steps[axis] * shape[axis];
        }
        Self { shape: shape.to_vec(), steps, index: vec![0; shape.len()] }
    }

    fn next(&mut self) -> usize {
        let place = self.index.iter().zip(&self.steps).map(|(index, step)| index * step).sum();
        for (index, length) in self.index.iter_mut().zip(&self.shape) {
            *index += 1;
            if *index < *length {
                break;
            }
            *index = 0;
        }
        place
    }
}
