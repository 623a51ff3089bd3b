//! Rows written in steps that are the same for all.

use arrow_buffer::{BooleanBuffer, NullBuffer};
use datason_scan::{Instructions, Kernel, Numeral, Work};

use super::copy::{Constant, Head, Text, copy};
use super::selected::Selected;
use crate::encode::column::Ranges;

/// How rows are written.
#[derive(Default)]
pub(super) struct Lines<'s> {
    steps: Vec<Step<'s>>,
}

/// What is written next of a row: a head, and what stands behind it.
struct Step<'s> {
    head: Head,
    cells: Cells<'s>,
}

/// The cells of a column, ready to be written.
#[derive(Clone, Copy)]
pub(super) enum Cells<'s> {
    /// Strings as they are, where the offsets of their rows say.
    Plain {
        bytes: &'s [u8],
        offsets: &'s [i32],
    },
    /// Strings that get their quotes here, since some are null, or their escapes.
    Strings {
        bytes: &'s [u8],
        offsets: &'s [i32],
        nulls: Option<&'s NullBuffer>,
        escape: bool,
    },
    /// Texts one behind the other, between bounds.
    Made {
        bytes: &'s [u8],
        bounds: &'s [i32],
    },
    Numbers(&'s [Numeral]),
    Booleans {
        truths: &'s BooleanBuffer,
        nulls: Option<&'s NullBuffer>,
    },
    /// Lists of those members that come next.
    Lists {
        ranges: &'s Ranges<'s>,
        nulls: Option<&'s NullBuffer>,
        members: Members<'s>,
    },
    /// Objects, of which some are null. So many steps behind this are those of the others.
    Objects {
        nulls: &'s NullBuffer,
        steps: usize,
    },
    /// No cell.
    Nothing,
    /// A text that is longer than a head.
    Long(&'s [u8]),
}

/// The members of lists, one behind the other.
#[derive(Clone, Copy)]
pub(super) enum Members<'s> {
    /// Texts, each with a comma of so many bytes behind it, between bounds.
    Made {
        bytes: &'s [u8],
        bounds: &'s [i32],
        comma: usize,
    },
    Numbers {
        numerals: &'s [Numeral],
        comma: &'s Head,
    },
}

impl<'s> Lines<'s> {
    /// What comes next are `cells`, behind `before`.
    pub(super) fn push(&mut self, before: &'s Constant, cells: Cells<'s>) {
        let (long, head) = before.parts();
        if let Some(long) = long {
            self.steps.push(Step { head: Head::default(), cells: Cells::Long(long) });
        }
        self.steps.push(Step { head, cells });
    }

    /// What comes next is `text`, if it is one.
    pub(super) fn push_text(&mut self, text: &'s Constant) {
        if text.len() > 0 {
            self.push(text, Cells::Nothing);
        }
    }

    /// What comes next are objects but for `nulls`, behind `before`; `push` pushes what an object
    /// is made of.
    pub(super) fn push_objects(
        &mut self,
        before: &'s Constant,
        nulls: &'s NullBuffer,
        push: impl FnOnce(&mut Self),
    ) {
        self.push(before, Cells::Nothing);
        let at = self.steps.len();
        push(self);
        let steps = self.steps.len() - at;
        self.steps[at - 1].cells = Cells::Objects { nulls, steps };
    }

    /// Writes `rows` from the start of `window` on, and appends to `ends` where each ends. Behind
    /// the last there must be [`SLACK`](super::copy::SLACK).
    pub(super) fn write(self, rows: Selected<'_>, window: &mut [u8], ends: &mut Vec<usize>) {
        ends.reserve(rows.len());
        Kernel::active().compile(Writing { lines: self, rows, window, ends });
    }

    /// Writes `row`, the next, to `window[at..]`, and returns where it ends.
    #[inline(always)]
    fn write_row(
        &mut self,
        row: usize,
        window: &mut [u8],
        mut at: usize,
        instructions: impl Instructions,
    ) -> usize {
        let mut steps = self.steps.iter_mut();
        while let Some(Step { head, cells }) = steps.next() {
            at = match cells {
                Cells::Plain { bytes, offsets } => {
                    head.copy_before(window, at, text(bytes, offsets, row))
                }
                Cells::Made { bytes, bounds } => {
                    let text = text(bytes, bounds, 0);
                    *bounds = &bounds[1..];
                    head.copy_before(window, at, text)
                }
                Cells::Numbers(numerals) => {
                    let (numeral, others) = numerals.split_first().expect("a number for each row");
                    *numerals = others;
                    head.copy_with(window, at, numeral.bytes(), numeral.len())
                }
                Cells::Booleans { truths, nulls } => {
                    let (word, length) = word(row, truths, *nulls);
                    head.copy_with(window, at, word, length)
                }
                Cells::Strings { bytes, offsets, nulls, escape } => {
                    at = head.copy_to(window, at);
                    if is_null(*nulls, row) {
                        write_null(window, at)
                    } else {
                        let text = text(bytes, offsets, row);
                        write_string(window, at, text, escape.then_some(instructions))
                    }
                }
                Cells::Lists { ranges, nulls, members } => {
                    at = head.copy_to(window, at);
                    if is_null(*nulls, row) {
                        write_null(window, at)
                    } else {
                        members.write(ranges.get(row).len(), window, at)
                    }
                }
                Cells::Objects { nulls, steps: within } => {
                    at = head.copy_to(window, at);
                    if nulls.is_null(row) {
                        at = write_null(window, at);
                        steps.nth(*within - 1);
                    }
                    at
                }
                Cells::Nothing => head.copy_to(window, at),
                Cells::Long(text) => copy(window, at, Text::all(text)),
            };
        }
        at
    }
}

impl Members<'_> {
    /// Writes the list of the next `count` members to `window[at..]`, and returns where it ends.
    #[inline(always)]
    fn write(&mut self, count: usize, window: &mut [u8], mut at: usize) -> usize {
        match self {
            Self::Made { bytes, bounds, comma } => {
                let ([start, ..], [.., end]) = (&bounds[..], &bounds[..=count]) else {
                    unreachable!("there is a bound behind the last member")
                };
                let mut text = between(bytes, *start, *end);
                text.length = text.length.saturating_sub(*comma);
                *bounds = &bounds[count..];
                window[at] = b'[';
                at = copy(window, at + 1, text);
            }
            Self::Numbers { numerals, comma } => {
                let (these, others) = numerals.split_at(count);
                *numerals = others;
                match these {
                    [] => at = OPEN.copy_to(window, at),
                    [first, others @ ..] => {
                        at = OPEN.copy_with(window, at, first.bytes(), first.len());
                        for numeral in others {
                            at = comma.copy_with(window, at, numeral.bytes(), numeral.len());
                        }
                    }
                }
            }
        }
        window[at] = b']';
        at + 1
    }
}

/// What stands in the place of a value that is null.
pub(super) const NULL: &[u8; 4] = b"null";

static OPEN: Head = Head::letter(b'[');

/// The writing of some rows.
struct Writing<'s, 'w> {
    lines: Lines<'s>,
    rows: Selected<'w>,
    window: &'w mut [u8],
    ends: &'w mut Vec<usize>,
}

impl Work for Writing<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(mut self, instructions: I) {
        let mut at = 0;
        for index in 0..self.rows.len() {
            let row = self.rows.nth(index);
            at = self.lines.write_row(row, self.window, at, instructions);
            self.ends.push(at);
        }
    }
}

/// The text of `row`.
#[inline(always)]
fn text<'s>(bytes: &'s [u8], offsets: &[i32], row: usize) -> Text<'s> {
    let [start, end] = *offsets[row..].first_chunk().expect("an offset behind the last");
    between(bytes, start, end)
}

/// The text between two offsets, which never descend, from zero on.
#[inline(always)]
const fn between(bytes: &[u8], start: i32, end: i32) -> Text<'_> {
    let length = end.wrapping_sub(start).cast_unsigned() as usize;
    Text { bytes, start: start.cast_unsigned() as usize, length }
}

/// Writes a string with its quotes to `window[at..]`, and with escapes if there are `instructions`
/// for that; returns where it ends.
#[inline(always)]
fn write_string(
    window: &mut [u8],
    at: usize,
    text: Text<'_>,
    instructions: Option<impl Instructions>,
) -> usize {
    window[at] = b'"';
    let start = at + 1;
    let end = match instructions {
        None => copy(window, start, text),
        Some(instructions) => {
            let room = &mut window[start..];
            start + instructions.copy_escaped(text.bytes, text.start, text.length, room)
        }
    };
    window[end] = b'"';
    end + 1
}

/// What a boolean or its absence is written as, and its length.
#[inline(always)]
fn word(
    row: usize,
    truths: &BooleanBuffer,
    nulls: Option<&NullBuffer>,
) -> (&'static [u8; 8], usize) {
    if is_null(nulls, row) {
        (b"null    ", 4)
    } else if truths.value(row) {
        (b"true    ", 4)
    } else {
        (b"false   ", 5)
    }
}

#[inline(always)]
fn is_null(nulls: Option<&NullBuffer>, row: usize) -> bool {
    match nulls {
        Some(nulls) => nulls.is_null(row),
        None => false,
    }
}

#[inline(always)]
fn write_null(window: &mut [u8], at: usize) -> usize {
    let end = at + NULL.len();
    window[at..end].copy_from_slice(NULL);
    end
}
