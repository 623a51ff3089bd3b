//! A reject as JSON, and back.

use datason_core::{Error, ErrorKind, Position, Record, Reject};
use datason_json::ReaderBuilder;

/// Any bytes that were rejected come back, byte for byte, out of a line of JSON.
pub fn rejects(bytes: &[u8]) {
    let at = bytes.len() / 2;
    let (before, raw) = bytes.split_at(at);
    let record = Record::new(raw, before, Position::START);
    let error = Error::new(ErrorKind::Data, String::from_utf8_lossy(before))
        .at(record.position_at(at / 2))
        .with_pointer(String::from_utf8_lossy(raw));
    let reject = Reject::new(&error, Some(record));
    let mut line = serde_json::to_vec(&reject).expect("plain data");
    assert!(!line.contains(&b'\n'), "one reject, one line");
    line.push(b'\n');
    let lines = [&line[..], &line].concat();
    let read = ReaderBuilder::new().from_slice(&lines).into_rows::<Reject<'static>>();
    let read: Vec<_> = read.collect::<Result<_, _>>().expect("what was written is read");
    assert_eq!(read, [reject.clone().into_owned(), reject.into_owned()]);
    assert_eq!(read[0].raw(), Some(raw));
    // And whatever claims to be one is one or is refused.
    drop(serde_json::from_slice::<Reject<'_>>(bytes));
}
