//! Rows without lists and objects in them: where each value stands, in a table of places.

use std::ops::Range;

use datason_scan::{StringStops, Template, Text, Token};

use crate::column::Structure;
use crate::column::cursor::{Notes, Outcome};

/// Locates the values of objects that hold no containers.
///
/// A record that is of a known form is walked by that; any other one by the object's own code,
/// which defines what the record means, and its form is learned. Since every record has a row of
/// its own in the table, it does not matter who has walked it.
#[derive(Debug)]
pub(super) struct FlatRows {
    width: usize,
    cells: Vec<Token>,
    stops: StringStops,
    /// Whether the stops of the records at hand are listed, so that forms can be tried.
    walks: bool,
    /// The last used first.
    forms: Vec<Form>,
    /// Records that are not of the first form.
    misses: Vec<usize>,
    /// Forms that were learned for nothing, of late.
    useless: u32,
    /// Records for which no form is tried or learned.
    resting: u32,
}

#[derive(Debug)]
struct Form {
    template: Template,
    /// Whether a record has been of this form since it was learned.
    used: bool,
}

impl FlatRows {
    /// Forms that are kept: sources that write several kinds of records have a few.
    const FORMS: usize = 8;
    /// So many forms learned for nothing, and records are taken to have none in common…
    const PATIENCE: u32 = 32;
    /// … for so many records.
    const REST: u32 = 4_096;

    /// Records that take more text together with those they are located with are not walked.
    const GIANT: usize = 320 << 10;
    /// Nor are those that take more text than this for each value: to list the stops costs more
    /// there than is gained. Measured: 2 % of records with a few texts of kilobytes.
    const LONG: usize = 256;

    /// Rows of `width` values.
    pub(super) const fn new(width: usize) -> Self {
        Self {
            width,
            cells: Vec::new(),
            stops: StringStops::new(),
            walks: false,
            forms: Vec::new(),
            misses: Vec::new(),
            useless: 0,
            resting: 0,
        }
    }

    /// The table of places, row after row.
    pub(super) fn cells(&self) -> &[Token] {
        &self.cells
    }

    /// Locates the values of the records at `spans` of `text`.
    ///
    /// # Errors
    /// For the first record that needs a closer look.
    pub(super) fn locate(
        &mut self,
        text: Text<'_>,
        spans: &[Range<usize>],
        levels: usize,
        structure: &mut Structure,
        notes: &mut Notes,
    ) -> Outcome {
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        cells.resize(spans.len() * self.width, Token::ABSENT);
        let mut misses = std::mem::take(&mut self.misses);
        misses.clear();
        self.list_stops(text, spans);
        match self.forms.first_mut() {
            Some(form) if self.resting == 0 && self.walks => {
                form.template.walk(text, &self.stops, spans, &mut cells, &mut misses);
                form.used |= misses.len() < spans.len();
            }
            _ => misses.extend(0..spans.len()),
        }
        let outcome = misses.iter().try_for_each(|at| {
            let row = &mut cells[at * self.width..][..self.width];
            self.fill_row(text, &spans[*at], levels, structure, row, notes)
        });
        (self.cells, self.misses) = (cells, misses);
        outcome
    }

    /// Lists the stops that forms are walked by, if that pays; of a giant they could take eight
    /// times its memory.
    fn list_stops(&mut self, text: Text<'_>, spans: &[Range<usize>]) {
        let start = spans.first().map_or(0, |span| span.start);
        let end = spans.last().map_or(0, |span| span.end);
        let (length, values) = (end - start, spans.len() * self.width);
        self.walks = length <= Self::GIANT && length <= values * Self::LONG;
        self.stops.fill(text, start..if self.walks { end } else { start });
    }

    /// Fills the row of one record that is not of the first form.
    fn fill_row(
        &mut self,
        text: Text<'_>,
        span: &Range<usize>,
        levels: usize,
        structure: &mut Structure,
        row: &mut [Token],
        notes: &mut Notes,
    ) -> Outcome {
        let walks = self.resting == 0 && self.walks;
        if walks && self.fill_by_form(text, span, row) {
            return Ok(());
        }
        row.fill(Token::ABSENT);
        let is_plain = structure.locate_row(text, span.clone(), levels, row, notes)?;
        // The last record of a text is not walked, so it may be of a form that is known.
        let is_last = text.bytes().len() - span.end < Template::REACH;
        if self.resting > 0 {
            self.resting -= 1;
        } else if walks && is_plain && !is_last {
            let nullable = |cell| structure.is_nullable(cell);
            self.keep(Template::learn(text, span.clone(), row, nullable));
        }
        Ok(())
    }

    fn fill_by_form(&mut self, text: Text<'_>, span: &Range<usize>, row: &mut [Token]) -> bool {
        let mut misses = Vec::new();
        let found = self.forms.iter().position(|form| {
            row.fill(Token::ABSENT);
            misses.clear();
            form.template.walk(text, &self.stops, std::slice::from_ref(span), row, &mut misses);
            misses.is_empty()
        });
        let Some(found) = found else { return false };
        self.forms[found].used = true;
        self.forms[..=found].rotate_right(1);
        true
    }

    fn keep(&mut self, template: Template) {
        if self.forms.len() == Self::FORMS {
            let used = self.forms.pop().is_some_and(|form| form.used);
            self.useless = if used { 0 } else { self.useless + 1 };
        }
        self.forms.insert(0, Form { template, used: false });
        if self.useless == Self::PATIENCE {
            (self.useless, self.resting) = (0, Self::REST);
        }
    }
}
