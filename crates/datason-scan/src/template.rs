//! What the records of a stream have in common: the bytes between their values.

use std::ops::Range;

use crate::block::{Block, Task};
use crate::index::can_end_string;
use crate::literal::Literal;
use crate::stops::{StringStops, first_from};
use crate::token::{Text, Token, locate_with_escapes};

/// The bytes of a record from its first to its last, with gaps for the values.
///
/// Most records of a stream are alike but for their values: same keys, same order, same blanks.
/// To know all of that again takes one comparison for each value; what a key means, whether it
/// comes twice or is missing, has been found out when the template was learned.
///
/// # Example
/// ```
/// use datason_scan::{Kernel, StringStops, Template, Text, Token, ValueIndex};
///
/// let json = br#"{"id":1,"at":"x"} {"id":22,"at":null} {"at":"y","id":3}                 "#;
/// let mut index = ValueIndex::new();
/// index.fill(Kernel::active(), json);
/// let text = Text::new(json, &index);
/// let row = [text.locate(6).unwrap(), text.locate(13).unwrap()];
/// let template = Template::learn(text, 0..17, &row, |_| true);
///
/// let spans = [18..37, 38..54];
/// let mut stops = StringStops::new();
/// stops.fill(text, 18..54);
/// let (mut rows, mut misses) = ([Token::ABSENT; 4], Vec::new());
/// template.walk(text, &stops, &spans, &mut rows, &mut misses);
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
    /// How many bytes of `before` can end a string.
    stops: usize,
    /// How many bytes stand between the value, if it is a scalar, and the next of those in the
    /// record, or its end.
    behind: usize,
    cell: usize,
    nullable: bool,
}

impl Template {
    /// As many bytes must follow a record for it to be walked.
    pub const REACH: usize = Literal::REACH;

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
        let ends = cells.iter().map(|cell| row[*cell].end());
        let starts = cells.iter().map(|cell| row[*cell].start());
        let between: Vec<_> = std::iter::once(span.start)
            .chain(ends)
            .zip(starts.chain([span.end]))
            .map(|(from, to)| &text.bytes()[from..to])
            .collect();
        let around = cells.iter().zip(between.windows(2));
        let steps = around
            .map(|(cell, around)| Step::new(*cell, nullable(*cell), around[0], around[1]))
            .collect();
        Self { steps, tail: Literal::new(between.last().copied().unwrap_or_default()) }
    }

    /// Walks through the records at `spans` of `text` and writes the places of their values to
    /// `rows`, one row behind the other; cells that the form does not have are left as they are.
    /// Appends to `misses` the numbers of the records that are not of this form; their rows are
    /// left in any state. `stops` are those of all the spans.
    ///
    /// What begins as a number or word is taken to go on up to the bytes that follow it in this
    /// form; what it says is not looked at. Who reads the value refuses it if it is none.
    ///
    /// One record after the other: to walk two, four or eight at the same time was measured and
    /// is no faster, since a processor works ahead into the next record by itself.
    ///
    /// # Panics
    /// If there are not as many rows as spans, all of one width. `stops` of another text lead to
    /// places that are none.
    pub fn walk(
        &self,
        text: Text<'_>,
        stops: &StringStops,
        spans: &[Range<usize>],
        rows: &mut [Token],
        misses: &mut Vec<usize>,
    ) {
        let stops = stops.places();
        text.index().kernel().run(Walk { template: self, text, stops, spans, rows, misses });
    }

    /// Walks through the record at `span`, in which number `stop` of `stops` is the first. The
    /// first behind its last value; `None` if it is not of this form.
    #[inline(always)]
    fn walk_record(
        &self,
        text: Text<'_>,
        stops: &[u32],
        stop: usize,
        span: &Range<usize>,
        row: &mut [Token],
    ) -> Option<usize> {
        let mut place = Place { at: span.start, stop };
        for step in &self.steps {
            if !step.before.stands_at(text.bytes(), place.at) {
                return None;
            }
            place.stop += step.stops;
            let start = place.at + step.before.len();
            row[step.cell] = match *text.bytes().get(start)? {
                b'"' => place.pass_string(text, stops, start)?,
                b'n' if step.nullable => place.pass_null(text, start)?,
                first => place.pass_scalar(text, stops, start..span.end, step.behind, first)?,
            };
        }
        let fits = place.at + self.tail.len() == span.end;
        (fits && self.tail.stands_at(text.bytes(), place.at)).then_some(place.stop)
    }
}

impl Step {
    /// The step to a value that stands between `before` and `behind`.
    fn new(cell: usize, nullable: bool, before: &[u8], behind: &[u8]) -> Self {
        let stops = before.iter().filter(|byte| can_end_string(**byte)).count();
        let behind = behind.iter().take_while(|byte| !can_end_string(**byte)).count();
        Self { before: Literal::new(before), stops, behind, cell, nullable }
    }
}

/// How far a record has been walked through.
struct Place {
    /// The end of the last value.
    at: usize,
    /// The number of the first stop from there on, or from the start of the next value on.
    stop: usize,
}

impl Place {
    /// Goes to the end of the string that begins at `start`, with the next stop.
    #[inline(always)]
    fn pass_string(&mut self, text: Text<'_>, stops: &[u32], start: usize) -> Option<Token> {
        debug_assert_eq!(stops.get(self.stop).map(|stop| *stop as usize), Some(start), "its quote");
        let end = *stops.get(self.stop + 1)? as usize;
        self.stop += 2;
        if text.bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Some(Token::new(start, end + 1));
        }
        let token = locate_with_escapes(text.bytes(), text.index(), start, end)?;
        self.at = token.end();
        self.stop = first_from(stops, self.stop, token.end());
        Some(token)
    }

    /// Goes to the end of the word `null` that begins at `start`.
    #[inline(always)]
    fn pass_null(&mut self, text: Text<'_>, start: usize) -> Option<Token> {
        let token = text.locate(start)?;
        self.at = token.end();
        Some(token)
    }

    /// Goes to the end of what begins with `first` at the start of `span`, as a number or word
    /// other than `null` does: it ends `behind` bytes before the next stop or the end of the span.
    #[inline(always)]
    fn pass_scalar(
        &mut self,
        text: Text<'_>,
        stops: &[u32],
        span: Range<usize>,
        behind: usize,
        first: u8,
    ) -> Option<Token> {
        let next = stops.get(self.stop).map_or(span.end, |stop| span.end.min(*stop as usize));
        self.at = next.checked_sub(behind).filter(|end| *end > span.start)?;
        let begins = !matches!(first, b'n' | b'{' | b'[' | ..=b' ');
        let is_scalar = begins && text.bytes()[self.at - 1] > b' ';
        is_scalar.then(|| Token::new(span.start, self.at))
    }
}

struct Walk<'a> {
    template: &'a Template,
    text: Text<'a>,
    stops: &'a [u32],
    spans: &'a [Range<usize>],
    rows: &'a mut [Token],
    misses: &'a mut Vec<usize>,
}

impl Task for Walk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<B: Block>(self, _: B::Proof) {
        let Self { template, text, stops, spans, rows, misses } = self;
        let width = rows.len().checked_div(spans.len()).unwrap_or(0);
        assert_eq!(rows.len(), width * spans.len(), "a row for each span");
        let first = spans.first().map_or(0, |span| span.start);
        let mut stop = stops.partition_point(|stop| (*stop as usize) < first);
        for (at, span) in spans.iter().enumerate() {
            stop = first_from(stops, stop, span.start);
            let row = &mut rows[at * width..][..width];
            match template.walk_record(text, stops, stop, span, row) {
                Some(behind) => stop = behind,
                None => misses.push(at),
            }
        }
    }
}
