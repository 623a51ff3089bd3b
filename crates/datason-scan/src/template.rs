//! What the records of a stream have in common: the bytes between their values.

use std::ops::Range;

use crate::block::{Block, Task};
use crate::token::{Text, Token};

/// The bytes of a record from its first to its last, with gaps for the values.
///
/// Most records of a stream are alike but for their values: same keys, same order, same blanks.
/// To know all of that again takes one comparison for each value; what a key means, whether it
/// comes twice or is missing, has been found out when the template was learned.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, Template, Text, Token, ValueIndex};
///
/// let json = br#"{"id":1,"at":"x"} {"id":22,"at":null} {"at":"y","id":3}                 "#;
/// let mut index = ValueIndex::new();
/// index.fill(Kernel::active(), json);
/// let text = Text::new(json, &index);
/// let row = [text.locate(6).unwrap(), text.locate(13).unwrap()];
/// let template = Template::learn(text, 0..17, &row, |_| true);
///
/// let spans = [18..37, 38..54];
/// let (mut rows, mut misses) = ([Token::ABSENT; 4], Vec::new());
/// template.walk(text, &spans, &mut rows, &mut misses);
/// assert_eq!((rows[0].start(), rows[0].end()), (24, 26));
/// assert!(rows[1].is_null());
/// assert_eq!(misses, [1]); // the other order is another form
/// ```
#[derive(Debug)]
pub struct Template {
    steps: Vec<Step>,
    tail: Literal,
}

/// The bytes before a value, and the cell of the row to which the value's place goes.
#[derive(Debug)]
struct Step {
    before: Literal,
    cell: usize,
    nullable: bool,
}

impl Template {
    /// The form of the record at `span`, whose values stand at the places in `row`; those that
    /// it does not have are [`Token::ABSENT`]. `nullable` tells which cells may be null.
    ///
    /// All between the places is taken to be the same in every record of the form: so nothing
    /// may stand there but keys and punctuation.
    ///
    /// # Panics
    /// If a place is not in the record.
    pub fn learn(
        text: Text<'_>,
        span: Range<usize>,
        row: &[Token],
        nullable: impl Fn(usize) -> bool,
    ) -> Self {
        let mut cells: Vec<usize> =
            (0..row.len()).filter(|cell| row[*cell] != Token::ABSENT).collect();
        cells.sort_unstable_by_key(|cell| row[*cell].start());
        let mut at = span.start;
        let steps = cells.into_iter().map(|cell| {
            let before = Literal::new(&text.bytes()[at..row[cell].start()]);
            at = row[cell].end();
            Step { before, cell, nullable: nullable(cell) }
        });
        let steps = steps.collect();
        Self { steps, tail: Literal::new(&text.bytes()[at..span.end]) }
    }

    /// Walks through the records at `spans` of `text` and writes the places of their values to
    /// `rows`, one row behind the other; cells that the form does not have are left as they are.
    /// Appends to `misses` the numbers of the records that are not of this form; their rows are
    /// left in any state.
    ///
    /// One record after the other: to walk two, four or eight at the same time was measured and
    /// is no faster, since a processor works ahead into the next record by itself.
    ///
    /// # Panics
    /// If there are not as many rows as spans, all of one width.
    pub fn walk(
        &self,
        text: Text<'_>,
        spans: &[Range<usize>],
        rows: &mut [Token],
        misses: &mut Vec<usize>,
    ) {
        text.index().kernel().run(Walk { template: self, text, spans, rows, misses });
    }

    /// Whether the record at `span` is of this form.
    #[inline(always)]
    fn walk_record(&self, text: Text<'_>, span: &Range<usize>, row: &mut [Token]) -> bool {
        let mut at = span.start;
        for step in &self.steps {
            let Some(token) = step.walk(text, at) else { return false };
            at = token.end();
            row[step.cell] = token;
        }
        at + self.tail.length == span.end && self.tail.stands_at(text.bytes(), at)
    }
}

struct Walk<'a> {
    template: &'a Template,
    text: Text<'a>,
    spans: &'a [Range<usize>],
    rows: &'a mut [Token],
    misses: &'a mut Vec<usize>,
}

impl Task for Walk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<B: Block>(self, _: B::Proof) {
        let Self { template, text, spans, rows, misses } = self;
        let width = rows.len().checked_div(spans.len()).unwrap_or(0);
        assert_eq!(rows.len(), width * spans.len(), "a row for each span");
        for (at, span) in spans.iter().enumerate() {
            let row = &mut rows[at * width..][..width];
            if !template.walk_record(text, span, row) {
                misses.push(at);
            }
        }
    }
}

impl Step {
    /// The place of the value behind the bytes at `at`, if these and it are what comes here.
    #[inline(always)]
    fn walk(&self, text: Text<'_>, at: usize) -> Option<Token> {
        if !self.before.stands_at(text.bytes(), at) {
            return None;
        }
        let token = text.locate(at + self.before.length)?;
        (self.nullable || !token.is_null()).then_some(token)
    }
}

/// Some bytes, compared sixteen at a time.
#[derive(Debug)]
struct Literal {
    length: usize,
    head: u128,
    mask: u128,
    /// The last sixteen bytes, if there are more than that.
    last: u128,
    /// What lies between, with the first and the last, if there are more than twice that.
    long: Box<[u8]>,
}

const WINDOW: usize = size_of::<u128>();

impl Literal {
    fn new(bytes: &[u8]) -> Self {
        let length = bytes.len();
        let mut head = [0; WINDOW];
        let short = length.min(WINDOW);
        head[..short].copy_from_slice(&bytes[..short]);
        let mask = match length {
            0 => 0,
            1..WINDOW => (1 << (8 * length)) - 1,
            _ => u128::MAX,
        };
        let last = bytes.last_chunk().map_or(0, |last| u128::from_le_bytes(*last));
        let long = if length > 2 * WINDOW { bytes.into() } else { Box::default() };
        Self { length, head: u128::from_le_bytes(head), mask, last, long }
    }

    /// Whether these bytes stand at `at`. Not found in the last bytes of a text, where sixteen
    /// cannot be read.
    #[inline(always)]
    fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(window) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { return false };
        let differs = (u128::from_le_bytes(*window) ^ self.head) & self.mask;
        differs == 0 && (self.length <= WINDOW || self.rest_stands_at(bytes, at))
    }

    #[inline(always)]
    fn rest_stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(whole) = bytes.get(at..at + self.length) else { return false };
        let last = whole.last_chunk().map_or(0, |last| u128::from_le_bytes(*last));
        last == self.last && (self.long.is_empty() || *whole == *self.long)
    }
}
