//! Real compressed files, if the conformance data is at hand.

use std::fs;
use std::path::{Path, PathBuf};

use datason_io::{Compression, Fill, Source, SourceOptions, Window};

fn corpora() -> Option<PathBuf> {
    let shared = match std::env::var_os("DATASON_SHARED") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let corpora = shared.join("corpora");
    corpora.join("MANIFEST.tsv").exists().then_some(corpora)
}

#[test]
fn real_gzip_files_have_the_size_and_lines_they_should() {
    let Some(corpora) = corpora() else {
        println!("skipped: no conformance data; set DATASON_SHARED");
        return;
    };
    let manifest = fs::read_to_string(corpora.join("MANIFEST.tsv")).unwrap();
    let rows = manifest.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let mut files = 0;
    for row in rows.filter(|row| row[2] == "gz") {
        let source = Source::open(corpora.join(row[0]), &SourceOptions::new()).unwrap();
        assert_eq!(source.compression(), Compression::Gzip, "{}", row[0]);
        let (bytes, ends) = count(source);
        let open_line = u64::from(row[15].contains("no-final-newline"));
        assert_eq!(bytes, row[4].parse::<u64>().unwrap(), "{}", row[0]);
        assert_eq!(ends + open_line, row[5].parse::<u64>().unwrap(), "{}", row[0]);
        files += 1;
    }
    assert!(files > 0, "the manifest names gzip files");
}

/// The bytes and line ends of `source`.
fn count(source: Source) -> (u64, u64) {
    let mut window = Window::new(source);
    let mut ends = 0;
    while let Fill::Read(_) = window.fill().unwrap() {
        ends += window.bytes().split(|byte| *byte == b'\n').count() as u64 - 1;
        window.consume(window.bytes().len());
    }
    (window.offset(), ends)
}
