//! Texts to scan, and what a naive walk makes of them.

use std::path::PathBuf;

use proptest::prelude::*;

/// Text of the bytes that scanners look for, valid JSON only by chance.
pub(crate) fn confused(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    let weighted = prop_oneof![
        3 => prop::sample::select(br#""\{}[],:"#.as_slice()),
        2 => prop::sample::select(b"a1-0. \n\xc3\x00\xff".as_slice()),
    ];
    prop::collection::vec(weighted, 0..longest)
}

/// Valid JSON, with spaces in odd places.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "(-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,3})?([eE][-+]?[0-9])?|true|null|-0)",
        r#""([a-z\[\]{},:]|\\["\\/bn]|\\u00e9|é){0,12}""#,
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let element = (white(), inner, white()).prop_map(|(a, b, c)| a + &b + &c).boxed();
        let member = (r#""([a-z{]|\\"){0,4}""#, white(), element.clone())
            .prop_map(|(key, white, value)| key + &white + ":" + &value);
        prop_oneof![
            prop::collection::vec(element, 0..6).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    })
}

fn white() -> impl Strategy<Value = String> {
    prop_oneof![6 => Just(String::new()), 1 => "[ \n\t\r]{1,9}"]
}

/// The bytes outside of strings, with their offsets; quotes are left out on both sides.
pub(crate) fn outside(text: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let (mut escaped, mut within) = (false, false);
    text.iter().copied().enumerate().filter(move |(_, byte)| {
        let quote = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        within ^= quote;
        !quote && !within
    })
}

pub(crate) fn opens(byte: u8) -> bool {
    matches!(byte, b'{' | b'[')
}

pub(crate) fn closes(byte: u8) -> bool {
    matches!(byte, b'}' | b']')
}

/// The pieces of `text` between the given cuts, each with its offset.
pub(crate) fn pieces<'a>(text: &'a [u8], cuts: &[usize]) -> Vec<(usize, &'a [u8])> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([text.len()]);
    starts.zip(ends).map(|(start, end)| (start, &text[start..end])).collect()
}

/// Calls `check` with no cut, with every cut, and for short texts with every two cuts. Of texts
/// of several hundred bytes it takes every second cut, every third, and so on.
pub(crate) fn at_every_cut(text: &[u8], check: impl Fn(&[usize])) {
    check(&[]);
    for first in (0..=text.len()).step_by(1 + text.len() / 400) {
        check(&[first]);
        if text.len() <= 24 {
            (first..=text.len()).for_each(|second| check(&[first, second]));
        }
    }
}

/// The texts of the optional conformance corpora; none, and a line that says so, if absent.
pub(crate) fn corpora() -> Vec<(PathBuf, Vec<u8>)> {
    let root = std::env::var_os("DATASON_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let mut files = Vec::new();
    for folder in ["jsontestsuite", "jsonchecker", "json-docs", "json-arrays", "ndjson-small"] {
        read_all(root.join("corpora").join(folder), &mut files);
    }
    if files.is_empty() {
        say_skipped();
    }
    files
}

#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn say_skipped() {
    println!("skipped: no conformance data");
}

/// Reads the files of up to 1 MiB below `path`.
fn read_all(path: PathBuf, into: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(path).into_iter().flatten() {
        let path = entry.expect("the corpora can be listed").path();
        if path.is_dir() {
            read_all(path, into);
        } else if path.metadata().expect("a listed file exists").len() <= 1 << 20 {
            let bytes = std::fs::read(&path).expect("a listed file can be read");
            into.push((path, bytes));
        }
    }
}
