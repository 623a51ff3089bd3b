//! JSON Lines against a split at line ends and serde_json.

use datason_json::{Format, ReaderBuilder};

use crate::reading::{depth_bound, is_blank, is_json, read, split, trimmed, without_mark};

/// Lines come out as a naive split has them, good and bad as serde_json says, however cut.
pub fn lines(bytes: &[u8]) {
    let (text, cut) = split(bytes);
    let outcome = read(&ReaderBuilder::new().format(Format::Jsonl), text, cut);
    if outcome.is_unsupported() {
        return;
    }
    assert_eq!(outcome.end, None, "lines cannot break off");
    let (mut good, mut bad) = (outcome.good.iter(), outcome.bad.iter());
    let mut start = text.len() - without_mark(text).len();
    for line in without_mark(text).split(|byte| *byte == b'\n') {
        let next = start + line.len() + 1;
        let blank = line.iter().take_while(|byte| is_blank(**byte)).count();
        let record = trimmed(line);
        if record.is_empty() {
            start = next;
            continue;
        }
        let place = (start + blank) as u64;
        if is_json(record) && depth_bound(record) <= 128 {
            let found = good.next().expect("a good line comes out");
            assert_eq!((found.0, found.1.as_slice()), (place, record));
        } else if is_json(record) {
            // Perhaps too deep, perhaps not: whichever it is, it is there.
            let is_good = good.as_slice().first().is_some_and(|found| found.0 == place);
            let taken = if is_good { good.next().map(|found| found.0) } else { next_bad(&mut bad) };
            assert_eq!(taken, Some(place));
        } else {
            assert_eq!(next_bad(&mut bad), Some(place), "a bad line is rejected");
        }
        start = next;
    }
    assert!(good.next().is_none() && bad.next().is_none(), "nothing is invented");
}

fn next_bad<'a>(bad: &mut impl Iterator<Item = &'a datason_core::Reject<'static>>) -> Option<u64> {
    bad.next().map(|reject| reject.byte)
}
