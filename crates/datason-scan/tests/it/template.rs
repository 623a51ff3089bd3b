use std::ops::Range;

use datason_scan::{Kernel, StringStops, Template, Text, Token, ValueIndex};
use proptest::prelude::*;

/// The rows of the records in `text`, by the form of the first, and which are not of it.
fn walk(kernel: Kernel, text: &[u8], spans: &[Range<usize>], width: usize) -> Option<Found> {
    let mut index = ValueIndex::new();
    index.fill(kernel, text);
    let text = Text::new(text, &index);
    let first = spans.first()?;
    let row = places(text, first.clone(), width)?;
    let template = Template::learn(text, first.clone(), &row, |cell| cell != 0);
    let (mut rows, mut misses) = (vec![Token::ABSENT; width * spans.len()], Vec::new());
    let mut stops = StringStops::new();
    stops.fill(text, first.start..spans.last()?.end);
    template.walk(text, &stops, spans, &mut rows, &mut misses);
    Some(Found { rows, misses })
}

struct Found {
    rows: Vec<Token>,
    misses: Vec<usize>,
}

/// The values behind the colons of a flat record.
fn places(text: Text<'_>, span: Range<usize>, width: usize) -> Option<Vec<Token>> {
    let mut at = span.start;
    let mut row = Vec::new();
    while let Some(colon) = text.bytes()[at..span.end].iter().position(|byte| *byte == b':') {
        let token = text.locate(at + colon + 1)?;
        at = token.end();
        row.push(token);
    }
    (row.len() == width && at < span.end).then_some(row)
}

/// As [`Template::walk`], as it is described: same bytes between values, and in each gap a value,
/// or what begins and ends like one.
fn naive(
    text: &[u8],
    spans: &[Range<usize>],
    width: usize,
) -> (Vec<Vec<Range<usize>>>, Vec<usize>) {
    let mut index = ValueIndex::new();
    index.fill(Kernel::Portable, text);
    let text = Text::new(text, &index);
    let first = spans[0].clone();
    let form = places(text, first.clone(), width).expect("a first row");
    let mut between = Vec::new();
    let mut at = first.start;
    for token in &form {
        between.push(&text.bytes()[at..token.start()]);
        at = token.end();
    }
    let tail = &text.bytes()[at..first.end];
    let (mut rows, mut misses) = (Vec::new(), Vec::new());
    for (number, span) in spans.iter().enumerate() {
        let mut at = span.start;
        let row: Option<Vec<_>> = between
            .iter()
            .enumerate()
            .map(|(cell, literal)| {
                let found = text.bytes()[at..].starts_with(literal);
                let start = at + literal.len();
                let token = text.locate(start).filter(|_| found)?;
                let behind = between.get(cell + 1).copied().unwrap_or(tail);
                at = match text.bytes()[start] {
                    b'"' | b'n' => token.end(),
                    _ => scalar_end(text.bytes(), start..span.end, behind)?,
                };
                (cell != 0 || !token.is_null()).then_some(start..at)
            })
            .collect();
        let fits = at <= span.end && &text.bytes()[at..span.end] == tail;
        let row = row.filter(|_| fits);
        misses.extend(row.is_none().then_some(number));
        rows.push(row.unwrap_or_default());
    }
    (rows, misses)
}

/// Where a number or word at the front of `span` must end for `behind` to follow.
fn scalar_end(text: &[u8], span: Range<usize>, behind: &[u8]) -> Option<usize> {
    let stop = |bytes: &[u8]| {
        let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | ..=0x1f);
        bytes.iter().position(stops).unwrap_or(bytes.len())
    };
    let end = (span.start + stop(&text[span.clone()])).checked_sub(stop(behind))?;
    (end > span.start && text[span.start] > b' ' && text[end - 1] > b' ').then_some(end)
}

fn check(records: &[String], width: usize) {
    // Sixteen bytes must follow for a comparison.
    let text = format!("{}{}", records.join("\n"), " ".repeat(16));
    let mut at = 0;
    let spans: Vec<_> = records
        .iter()
        .map(|record| {
            let span = at..at + record.len();
            at = span.end + 1;
            span
        })
        .collect();
    for kernel in Kernel::available() {
        let found = walk(kernel, text.as_bytes(), &spans, width).expect("a first row");
        let (rows, misses) = naive(text.as_bytes(), &spans, width);
        assert_eq!(found.misses, misses, "{kernel}: {text}");
        for (number, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            let cells = &found.rows[number * width..][..width];
            let places: Vec<_> = cells.iter().map(|cell| cell.start()..cell.end()).collect();
            assert_eq!(&places, row, "{kernel}: {text}");
        }
    }
}

#[test]
fn records_of_the_form_among_others() {
    let key = "k".repeat(40);
    let records = [
        format!(r#"{{"id":1,"{key}":"a","x":true}}"#),
        format!(r#"{{"id":22,"{key}":"long \" and \\ more","x":null}}"#),
        format!(r#"{{"id":null,"{key}":"no null in the first","x":1}}"#),
        format!(r#"{{"id":3,"{key}":[1],"x":1}}"#),
        format!(r#"{{"id":4,"{key}":"b","x":1,"y":2}}"#),
        format!(r#"{{"id":5,"{key}" :"b","x":1}}"#),
        format!(r#"{{"id":6,"{}K":"b","x":1}}"#, &key[1..]),
        format!(r#"{{"id":-7.5,"{key}":"","x":-1e5}}"#),
        r#"{"id":8"#.to_owned(),
        format!(r#"{{"id":9,"{key}":"z","x":false}}"#),
    ];
    check(&records, 3);
    check(&records[..1], 3);
    check(&records[7..], 3);
}

proptest! {
    #[test]
    fn any_bytes_changed(
        values in prop::collection::vec("[0-9]{1,3}|\"[a-z]{0,70}\"|null|true|\"a\\\\n\"", 8..40),
        at in any::<prop::sample::Index>(),
        byte in 0x20..0x7f_u8,
    ) {
        let mut records: Vec<String> = values
            .as_chunks::<2>().0
            .iter()
            .map(|[one, two]| format!("{{\"one\":{one},\"second key\":{two}}}"))
            .collect();
        records[0] = r#"{"one":1,"second key":2}"#.to_owned();
        let changed = 1 + at.index(records.len() - 1);
        let place = at.index(records[changed].len());
        let mut bytes = std::mem::take(&mut records[changed]).into_bytes();
        bytes[place] = byte;
        records[changed] = String::from_utf8(bytes).unwrap();
        check(&records, 2);
    }
}

/// What members follow the last of the form must not pass for a part of its value.
#[test]
fn a_record_that_goes_on_is_of_another_form() {
    let records = [r#"{"id":1}"#, r#"{"id":1,"x":2}"#, r#"{"id":3}"#].map(str::to_owned);
    check(&records, 1);
    let text = format!("{}{}", records.join("\n"), " ".repeat(16));
    let found = walk(Kernel::active(), text.as_bytes(), &[0..8, 9..23, 24..32], 1);
    assert_eq!(found.expect("a first row").misses, [1]);
}

#[test]
fn stops_are_those_that_the_index_finds() {
    let text = b"{\"a\":\"\\n\x01\"}\"\"".repeat(40);
    for kernel in Kernel::available() {
        let mut index = ValueIndex::new();
        index.fill(kernel, &text);
        let mut stops = StringStops::new();
        for (start, end) in [(0, text.len()), (100, 101), (64, 128), (7, 8), (400, 500)] {
            stops.fill(Text::new(&text, &index), start..end);
            let places: Vec<_> = stops.places().iter().map(|place| *place as usize).collect();
            let (first, last) = (start / 64 * 64, end.next_multiple_of(64));
            let expected: Vec<_> =
                (first..last.min(text.len())).filter(|at| index.string_stop(*at) == *at).collect();
            assert_eq!(places, expected, "{kernel}, {start}..{end}");
        }
        stops.fill(Text::new(&text, &index), 7..7);
        assert_eq!(stops.places(), []);
    }
}
