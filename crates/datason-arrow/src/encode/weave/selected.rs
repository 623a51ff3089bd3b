//! Rows that are woven.

use std::ops::Range;

use arrow_buffer::NullBuffer;

/// Some rows of a column, ascending: all of a range, or those of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Selected<'s> {
    Run(usize, usize),
    Each(&'s [usize]),
}

impl<'s> Selected<'s> {
    pub(super) fn run(rows: Range<usize>) -> Self {
        Self::Run(rows.start, rows.end)
    }

    #[inline(always)]
    pub(super) fn len(self) -> usize {
        match self {
            Self::Run(start, end) => end - start,
            Self::Each(rows) => rows.len(),
        }
    }

    /// From the first row to the last, those between that are not selected included.
    pub(super) fn span(self) -> Range<usize> {
        match self {
            Self::Run(start, end) => start..end,
            Self::Each(rows) => {
                let first = rows.first().copied().unwrap_or(0);
                first..rows.last().map_or(first, |last| last + 1)
            }
        }
    }

    /// The row that is selected as the `index`-th.
    #[inline(always)]
    pub(super) fn nth(self, index: usize) -> usize {
        match self {
            Self::Run(start, _) => start + index,
            Self::Each(rows) => rows[index],
        }
    }

    /// Those that are selected as some of these.
    pub(super) fn part(self, some: Range<usize>) -> Self {
        match self {
            Self::Run(start, _) => Self::Run(start + some.start, start + some.end),
            Self::Each(rows) => Self::Each(&rows[some]),
        }
    }

    /// Hands each row to `take`, in a loop for each kind, until it has enough. Whether it took all.
    #[inline]
    pub(super) fn all(self, take: impl FnMut(usize) -> bool) -> bool {
        match self {
            Self::Run(start, end) => (start..end).all(take),
            Self::Each(rows) => rows.iter().copied().all(take),
        }
    }

    /// Makes `out` what `get` says of each row.
    #[inline]
    pub(super) fn collect<T>(self, get: impl Fn(usize) -> T, out: &mut Vec<T>) {
        out.clear();
        match self {
            Self::Run(start, end) => out.extend((start..end).map(get)),
            Self::Each(rows) => out.extend(rows.iter().copied().map(get)),
        }
    }

    /// As [`collect`](Self::collect), with `null` for each row that is null.
    #[inline]
    pub(super) fn collect_or<T: Copy>(
        self,
        null: T,
        nulls: Option<&NullBuffer>,
        get: impl Fn(usize) -> T,
        out: &mut Vec<T>,
    ) {
        match nulls {
            None => self.collect(get, out),
            Some(nulls) => {
                self.collect(|row| if nulls.is_null(row) { null } else { get(row) }, out);
            }
        }
    }

    /// Those that are not null: the same, or `valid`, which is filled with them.
    pub(super) fn valid<'v>(
        self,
        nulls: Option<&NullBuffer>,
        valid: &'v mut Vec<usize>,
    ) -> Selected<'v>
    where
        's: 'v,
    {
        let Some(nulls) = nulls else { return self };
        valid.clear();
        self.all(|row| {
            if nulls.is_valid(row) {
                valid.push(row);
            }
            true
        });
        if valid.len() == self.len() { self } else { Selected::Each(valid) }
    }
}
