//! Every record is in one file, whole, and no value leads out of the folder.

use std::collections::BTreeMap;
use std::fs;

use datason_core::Position;

use super::*;
use crate::ReaderBuilder;

fn split(builder: &PartitionBuilder, target: &Path, records: &[String]) -> Result<Vec<Partition>> {
    let mut parts = builder.create(target)?;
    for record in records {
        parts.write(Record::new(record.as_bytes(), b"", Position::START))?;
    }
    parts.finish()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Values that would do harm as names.
fn hostile() -> Vec<String> {
    let texts = [
        "../../x",
        "/etc/x",
        "/",
        "..",
        ".",
        "",
        "a\0b",
        "A",
        "a",
        "CON",
        "con",
        "nul.txt",
        "é",
        "e\u{301}",
        "\u{1b}[2J",
        "-rf",
        "x\ny",
        "_missing",
        "_manifest",
        "~",
        "%2F",
        "C:\\x",
        "a b",
    ];
    let mut values: Vec<_> =
        texts.iter().map(|text| serde_json::to_string(text).unwrap()).collect();
    values.extend(["x", "é"].map(|text| serde_json::to_string(&text.repeat(150)).unwrap()));
    values.push(serde_json::to_string(&("x".repeat(299) + "y")).unwrap());
    values.extend(
        ["1", "1.0", "-0", "1e400", "null", "true", "\"1\"", "\"null\""].map(str::to_owned),
    );
    values
}

#[test]
fn hostile_values_stay_in_the_folder_and_in_files_of_their_own() {
    let outer = tempfile::tempdir().unwrap();
    let target = outer.path().join("out");
    let values = hostile();
    let records: Vec<_> = (0..values.len() * 5)
        .map(|number| format!("{{\"n\": {number}, \"by\": {}}}", values[number % values.len()]))
        .collect();
    for buffer in [0, 300, 1 << 20] {
        let builder = PartitionBuilder::new("/by").unwrap().buffer(ByteSize(buffer));
        let parts = split(&builder, &target, &records).unwrap();
        assert_eq!(names(outer.path()), ["out"], "nothing is written elsewhere");
        assert_eq!(names(&target).len(), values.len() + 1);
        let folded: std::collections::HashSet<_> =
            names(&target).iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), values.len() + 1);
        for (part, (number, value)) in parts.iter().zip(values.iter().enumerate()) {
            assert_eq!(part.value.as_ref().unwrap().get(), value);
            let expected: String = records
                .iter()
                .skip(number)
                .step_by(values.len())
                .map(|line| line.clone() + "\n")
                .collect();
            assert_eq!(fs::read_to_string(target.join(&part.file)).unwrap(), expected);
            assert_eq!((part.records, part.bytes), (5, expected.len() as u64));
        }
        let manifest = ReaderBuilder::new().open(target.join("_manifest.jsonl")).unwrap();
        let manifest: Vec<Partition> = manifest.into_rows().collect::<Result<_>>().unwrap();
        let shown = |parts: &[Partition]| format!("{parts:?}");
        assert_eq!(shown(&manifest), shown(&parts));
        fs::remove_dir_all(&target).unwrap();
    }
}

#[test]
fn every_layout_and_compression_reads_back() {
    let outer = tempfile::tempdir().unwrap();
    let records: Vec<_> =
        (0..1_000).map(|number| format!("{{\"k\":{},\"n\":{number}}}", number % 7)).collect();
    for (layout, compression, suffix) in [
        (Layout::Lines, Compression::Gzip, ".jsonl.gz"),
        (Layout::Array, Compression::Zstd, ".json.zst"),
        (Layout::Array, Compression::None, ".json"),
    ] {
        let target = outer.path().join(suffix);
        let builder = PartitionBuilder::new("/k")
            .unwrap()
            .layout(layout)
            .compression(compression)
            .buffer(ByteSize(500));
        let parts = split(&builder, &target, &records).unwrap();
        let mut found = BTreeMap::new();
        for part in &parts {
            assert!(part.file.ends_with(suffix));
            let mut reader = ReaderBuilder::new().open(target.join(&part.file)).unwrap();
            while let Some(record) = reader.next_validated().unwrap() {
                let text = String::from_utf8(record.as_bytes().to_vec()).unwrap();
                let number: usize =
                    text[text.rfind(':').unwrap() + 1..text.len() - 1].parse().unwrap();
                found.insert(number, text);
            }
        }
        assert!(found.into_values().eq(records.iter().cloned()));
    }
}

#[test]
fn records_without_the_value_have_a_file_or_are_bad() {
    let outer = tempfile::tempdir().unwrap();
    let records = ["{\"a\":1}", "{}", "7", "{\"b\":{}}"].map(str::to_owned);
    let builder = PartitionBuilder::new("/a").unwrap();
    let parts = split(&builder, &outer.path().join("kept"), &records).unwrap();
    assert_eq!(parts[1].file, "_missing.jsonl");
    assert_eq!((parts[1].records, parts[1].value.is_none()), (3, true));
    let strict = builder.on_missing(OnMissing::Error);
    let target = outer.path().join("strict");
    let mut parts = strict.create(&target).unwrap();
    for (record, kind) in [
        ("{}".to_owned(), ErrorKind::Data),
        ("{\"a\":[1]}".to_owned(), ErrorKind::Data),
        ("{\"a\":{}}".to_owned(), ErrorKind::Data),
        (format!("{{\"a\":\"{}\"}}", "x".repeat(1_100)), ErrorKind::Limit),
        ("{\"a\":1".to_owned(), ErrorKind::Syntax),
    ] {
        let error = parts.write(Record::new(record.as_bytes(), b"", Position::START)).unwrap_err();
        assert_eq!((error.kind(), error.is_fatal()), (kind, false), "{record}");
        assert_eq!(error.pointer(), Some("/a"));
    }
    // A bad record leaves no trace.
    assert_eq!(parts.finish().unwrap().len(), 0);
    assert_eq!(names(&target), ["_manifest.jsonl"]);
}

#[test]
fn too_many_values_are_an_error_and_publish_nothing() {
    let outer = tempfile::tempdir().unwrap();
    let target = outer.path().join("out");
    let records: Vec<_> = (0..11).map(|number| format!("[{number}]")).collect();
    let builder = PartitionBuilder::new("/0").unwrap().most_values(10).buffer(ByteSize(0));
    let error = split(&builder, &target, &records).unwrap_err();
    assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Limit, true));
    assert_eq!(names(outer.path()), [""; 0], "what was written is gone");
    for pointer in ["", "user", "/a~"] {
        assert_eq!(PartitionBuilder::new(pointer).unwrap_err().kind(), ErrorKind::Argument);
    }
}

#[test]
fn memory_and_open_files_are_bounded() {
    let outer = tempfile::tempdir().unwrap();
    let builder = PartitionBuilder::new("/0").unwrap().buffer(ByteSize::kib(64));
    let mut parts = builder.create(outer.path().join("out")).unwrap();
    for number in 0..20_000 {
        let record = format!("[{}, \"{:0200}\"]", number % 3_000, number);
        parts.write(Record::new(record.as_bytes(), b"", Position::START)).unwrap();
        assert!(parts.gathered <= 64 << 10);
        if number % 500 == 0 {
            let held: usize = parts.parts.iter().map(|part| part.buffer.capacity()).sum();
            assert!(held <= 2 * (64 << 10) + 3_000 * 64, "{held}");
        }
    }
    assert_eq!(parts.values(), 3_000);
    parts.finish().unwrap();
}
