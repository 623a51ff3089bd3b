//! Rows woven from columns.
//!
//! Row by row, every cell asks anew of what type it is, and every name whether it needs escapes.
//! Here some hundred cells of each column are made ready first, in a loop that knows the type:
//! numbers become texts, strings are looked through for what to escape and stay where they are, in
//! Arrow's buffer. Then the rows are written in steps that are the same for all: what stands before
//! a cell, the cell, and so on.
//!
//! Only what is plain is woven. Whatever is not (NaN where it is dropped, a limit that is
//! exceeded) is left to the serializer, which defines the text and words errors.

#![expect(
    clippy::inline_always,
    reason = "what writes rows reaches a kernel's instructions only by being inlined into it"
)]

mod copy;
mod lines;
mod made;
mod object;
mod selected;
mod strand;

use std::ops::ControlFlow;

use datason_core::chunkable::Spacing;
use datason_core::config::{Config, NanHandling, Orient};

use self::object::Object;
use self::selected::Selected;
use super::plan::Plan;
use super::rows::Rows;

/// About how much text is woven at once: it should still be in the processor's second-level
/// cache when it is copied.
const BLOCK: usize = 256 << 10;

/// So many blocks are looked at together before they are woven, for what they will take.
const AHEAD: usize = 4;

/// As many rows the first block has at most: what dictionaries, nulls and names come to is known
/// when they have been woven.
const FIRST: usize = 64;

/// More numbers of a column are not made before the first is written: they take 40 bytes each.
const NUMBERS: usize = 32 << 10;

/// Rows whose texts may come to more are not woven together. Looking ahead does not tell: it sees
/// a dictionary's values nowhere, and a control character as one byte, which takes six.
const MOST: usize = 4 * AHEAD * BLOCK;

/// Writes rows, if they are plain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weaver<'c> {
    config: &'c Config,
    spacing: Spacing,
    /// How many bytes of text a column, or the rows that are woven together, may come to at most.
    most: usize,
}

impl<'c> Weaver<'c> {
    /// A weaver for the chunks of a table, if they can be woven at all.
    pub(crate) fn new(plan: &Plan, config: &'c Config, spacing: Spacing) -> Option<Self> {
        let dropping = config.nan_handling == NanHandling::Drop;
        let plain = plan.orient == Orient::Records && !plan.hints && !dropping;
        let sorted = !config.sort_keys || plan.is_flat();
        // The list of the rows, and the object that the strict configuration makes of a cell.
        let fits = plan.columns.len() <= config.max_size && plan.depth() + 2 <= config.max_depth;
        (plain && sorted && fits).then_some(Self { config, spacing, most: MOST })
    }

    /// Whether a single row is woven, which may be of any size: only what is exact bounds it.
    const fn is_for_one_row(&self) -> bool {
        self.most == usize::MAX
    }

    /// Appends the list of all rows; or nothing, and returns false.
    pub(crate) fn append_list(&self, rows: &Rows<'_>, out: &mut Vec<u8>) -> bool {
        let (start, comma) = (out.len(), self.spacing.comma());
        out.push(b'[');
        let woven = rows.count <= self.config.max_size
            && self
                .blocks(rows, comma, |texts, _| {
                    out.extend_from_slice(texts);
                    ControlFlow::Continue(())
                })
                .is_some();
        if !woven {
            out.truncate(start);
            return false;
        }
        if rows.count > 0 {
            out.truncate(out.len() - comma.len());
        }
        out.push(b']');
        true
    }

    /// Hands out the rows, some at a time: their texts, each with `behind` behind it, and where
    /// each ends, until `take` has enough. `None` if a row before is not plain; those before that
    /// have been handed out then.
    pub(crate) fn blocks(
        &self,
        rows: &Rows<'_>,
        behind: &str,
        mut take: impl FnMut(&[u8], &[usize]) -> ControlFlow<()>,
    ) -> Option<()> {
        let (mut window, mut ends) = (Vec::new(), Vec::new());
        for part in rows.parts() {
            let columns = rows.names.iter().copied().zip(&part.columns);
            let mut object = Object::new(*self, columns, None, behind)?;
            let (mut start, mut known) = (0, 0);
            let mut size = FIRST;
            while start < part.count {
                if start + size > known {
                    // What comes may be much larger than what was.
                    while size > 1 && part.bytes_of(start, AHEAD * size) > AHEAD * BLOCK {
                        size /= 2;
                    }
                    known = start + AHEAD * size;
                }
                let block = start..(start + size).min(part.count);
                ends.clear();
                let rows = Selected::run(block.clone());
                let one_row = block.len() == 1;
                let weaver = Self { most: if one_row { usize::MAX } else { MOST }, ..*self };
                let woven = object.weave(rows, weaver, &mut window, &mut ends);
                if woven.is_none() && !one_row {
                    // It may be one of them that is not plain, or all together are too much.
                    size = block.len().div_ceil(4);
                    continue;
                }
                woven?;
                let length = ends.last().copied().unwrap_or(0);
                if take(&window[..length], &ends).is_break() {
                    return Some(());
                }
                start = block.end;
                size = BLOCK.saturating_mul(block.len()) / length.max(1);
                size = size.clamp(1, NUMBERS.min(4 * block.len()));
            }
        }
        Some(())
    }
}
