//! Numbers and texts that other parsers alter: every bit and every byte of them, or an error.

use datason_core::ErrorKind;
use datason_json::{CodecKind, Format, ReaderBuilder, TextStyle, WriterBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::shared::shared;

/// The lines of the files of numbers whose names begin so, without comments and blank ones.
fn numbers(prefix: &str) -> Option<Vec<String>> {
    let folder = shared("corpora/numbers")?;
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            let text = String::from_utf8(std::fs::read(entry.path()).expect("a file"));
            let text = text.expect("UTF-8");
            let kept = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            lines.extend(kept.map(str::to_owned));
        }
    }
    Some(lines)
}

/// What each of `texts`, a record of its own, comes to, with each codec in turn.
fn read<T: DeserializeOwned>(texts: &[String]) -> [Vec<Result<T, ErrorKind>>; 2] {
    let input = texts.join("\n") + "\n";
    CodecKind::ALL.map(|codec| {
        let builder = ReaderBuilder::new().format(Format::Jsonl).codec(codec);
        let mut reader = builder.from_slice(input.as_bytes());
        let rows: Vec<_> = reader.rows::<T>().map(|row| row.map_err(|e| e.kind())).collect();
        assert_eq!(rows.len(), texts.len(), "each text is one record");
        rows
    })
}

/// Each of `texts` is read as the bits that come with it; those without any are refused. Passed
/// through, it keeps every byte.
fn assert_floats(texts: &[String], bits: &[Option<u64>]) {
    for found in read::<f64>(texts) {
        for ((text, expected), found) in texts.iter().zip(bits).zip(found) {
            assert_eq!(found.ok().map(f64::to_bits), *expected, "{text}");
        }
    }
    for found in read::<Value>(texts) {
        for ((text, expected), found) in texts.iter().zip(bits).zip(found) {
            let number = found.ok().and_then(|value| value.as_f64());
            assert_eq!(number.map(f64::to_bits), *expected, "{text}");
        }
    }
    let good = texts.iter().zip(bits).filter(|(_, bits)| bits.is_some()).map(|(text, _)| text);
    let input: String = good.flat_map(|text| [text, "\n"]).collect();
    assert_eq!(passed_through(&input), input, "numbers keep their text");
}

fn passed_through(lines: &str) -> String {
    let mut reader = ReaderBuilder::new().format(Format::Jsonl).from_slice(lines.as_bytes());
    let mut writer = WriterBuilder::new().to_writer(Vec::new()).expect("good options");
    while let Some(record) = reader.next_validated().expect("good records") {
        writer.write_text(record.as_bytes()).expect("memory");
    }
    String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8")
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|value| value.get().len() == text.len())
}

#[test]
fn floats_are_read_to_the_last_bit() {
    let Some(texts) = numbers("yyjson-real_pass") else { return };
    let bits = |text: &String| text.parse::<f64>().ok().filter(|n| n.is_finite()).map(f64::to_bits);
    assert_eq!(texts.len(), 8_081);
    assert!(texts.iter().all(|text| is_json(text)));
    assert_floats(&texts, &texts.iter().map(bits).collect::<Vec<_>>());

    // Here the bits stand in the file, and some of the texts are no numbers of JSON.
    let rows = numbers("parse-number").expect("the same folder");
    assert_eq!(rows.len(), 3_359);
    let (mut texts, mut bits) = (Vec::new(), Vec::new());
    for row in rows {
        let cells: Vec<&str> = row.split(' ').collect();
        let number = f64::from_bits(u64::from_str_radix(cells[2], 16).expect("bits"));
        texts.push(cells[3].to_owned());
        bits.push(Some(number.to_bits()).filter(|_| number.is_finite() && is_json(cells[3])));
    }
    assert!(bits.iter().flatten().count() > 3_000);
    assert_floats(&texts, &bits);
}

#[test]
fn integers_are_exact_and_those_that_do_not_fit_are_refused_or_kept_as_text() {
    let Some(signed) = numbers("yyjson-sint_pass") else { return };
    let unsigned = numbers("yyjson-uint_pass").expect("the same folder");
    let large = numbers("yyjson-sint_bignum").into_iter().chain(numbers("yyjson-uint_bignum"));
    let large: Vec<_> = large.flatten().collect();
    assert!(signed.len() + unsigned.len() >= 1_600 && large.len() == 18);
    // An integer has no -0, and that it was one is not lost.
    let exact = |text: &String| text.parse::<i64>().ok().filter(|_| text != "-0");
    for found in read::<i64>(&signed) {
        let found: Vec<_> = found.into_iter().map(Result::ok).collect();
        assert_eq!(found, signed.iter().map(exact).collect::<Vec<_>>());
        assert_eq!(found.iter().filter(|number| number.is_none()).count(), 1);
    }
    for found in read::<u64>(&unsigned) {
        let found: Vec<_> = found.into_iter().map(Result::ok).collect();
        assert!(found.iter().all(Option::is_some));
        assert_eq!(found, unsigned.iter().map(|text| text.parse().ok()).collect::<Vec<_>>());
    }
    assert!(read::<i64>(&large).concat().iter().all(|row| *row == Err(ErrorKind::Data)));
    assert!(read::<u64>(&large).concat().iter().all(|row| *row == Err(ErrorKind::Data)));
    let lines = [signed, unsigned, large].concat().join("\n") + "\n";
    assert_eq!(passed_through(&lines), lines);
}

#[test]
fn what_is_no_number_is_refused_among_good_ones() {
    let Some(mut texts) = numbers("yyjson-num_fail") else { return };
    assert_eq!(texts.len(), 109);
    texts.extend(numbers("yyjson-nan_inf_literal").expect("the same folder"));
    let bad = texts.len();
    let texts: Vec<_> = texts.into_iter().flat_map(|text| [text, "7".to_owned()]).collect();
    for found in read::<f64>(&texts) {
        let good = found.iter().filter(|row| **row == Ok(7.0)).count();
        let syntax = found.iter().filter(|row| **row == Err(ErrorKind::Syntax)).count();
        let other: Vec<_> = texts.iter().zip(&found).filter(|(_, row)| row.is_err()).collect();
        assert_eq!((good, good + other.len()), (bad, texts.len()));
        assert!(syntax > bad / 2, "{syntax}");
    }
}

/// The cases of a file of valid and invalid UTF-8, each its bytes and whether they are valid.
fn utf8_cases() -> Option<Vec<(Vec<u8>, bool)>> {
    let folder = shared("corpora/text")?;
    let text = std::fs::read_to_string(folder.join("utf8tests.txt")).expect("a file");
    let mut cases = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(':');
        let (Some(_), Some(kind), Some(content)) = (cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        let hex = || {
            let digits: String = content.split_whitespace().collect();
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex digits");
            (0..digits.len()).step_by(2).map(byte).collect()
        };
        match kind.trim() {
            "valid" => cases.push((content.as_bytes().to_vec(), true)),
            "valid hex" => cases.push((hex(), true)),
            "invalid hex" => cases.push((hex(), false)),
            other => panic!("{other}: {line}"),
        }
    }
    Some(cases)
}

/// `bytes` in a text, as they are if JSON allows that.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let needs_escapes = bytes.iter().any(|byte| *byte < 0x20 || b"\"\\".contains(byte));
    match std::str::from_utf8(bytes) {
        Ok(text) if needs_escapes => serde_json::to_vec(text).expect("a text"),
        _ => [b"\"", bytes, b"\""].concat(),
    }
}

/// Reads `bytes` as a text, as a key, and where nobody looks, between good records: the same text
/// again, or an error each time.
fn assert_text(bytes: &[u8], valid: bool) {
    let text = quoted(bytes);
    let lines = [b"[\"a\"]\n[", &text[..], b"]\n{", &text, b":1}\n[\"z\"]\n"].concat();
    for codec in CodecKind::ALL {
        let builder = ReaderBuilder::new().format(Format::Jsonl).codec(codec);
        let mut reader = builder.from_slice(&lines);
        let rows: Vec<_> = reader.rows::<Value>().map(Result::ok).collect();
        assert_eq!((rows.len(), rows[0].is_some(), rows[3].is_some()), (4, true, true));
        let found = |row: usize| rows[row].as_ref();
        let element = found(1).map(|row| row[0].as_str().expect("a text").as_bytes().to_vec());
        let key = found(2).and_then(|row| row.as_object()?.keys().next().cloned());
        let expected = valid.then(|| bytes.to_vec());
        let shown = bytes.escape_ascii();
        assert_eq!(element, expected, "{shown}");
        assert_eq!(key.map(String::into_bytes), expected, "{shown}");
        let mut reader = builder.from_slice(&lines);
        let unread = reader.rows::<serde::de::IgnoredAny>().map(|row| row.is_ok());
        assert_eq!(unread.collect::<Vec<_>>(), [true, valid, valid, true], "{shown}");
    }
}

#[test]
fn text_is_utf8_or_an_error() {
    let Some(cases) = utf8_cases() else { return };
    let valid = cases.iter().filter(|(_, valid)| *valid).count();
    assert_eq!((valid, cases.len() - valid), (77, 145));
    for (bytes, valid) in cases {
        assert_eq!(std::str::from_utf8(&bytes).is_ok(), valid, "{}", bytes.escape_ascii());
        assert_text(&bytes, valid);
    }
    let folder = shared("corpora/text").expect("it was there");
    let text = std::fs::read(folder.join("UTF-8-test.txt")).expect("a file");
    let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
    assert!(lines.len() > 250, "{} lines", lines.len());
    for line in lines {
        assert_text(line, std::str::from_utf8(line).is_ok());
    }
}

#[test]
fn naughty_strings_come_back_in_every_style() {
    let Some(folder) = shared("corpora/text") else { return };
    let path = folder.join("blns.json");
    let exact: Vec<String> =
        serde_json::from_slice(&std::fs::read(&path).expect("a file")).unwrap();
    assert_eq!(exact.len(), 515);
    for codec in CodecKind::ALL {
        let builder = ReaderBuilder::new().codec(codec);
        let rows = builder.open(&path).expect("a file").into_rows::<String>();
        let rows: Vec<_> = rows.collect::<Result<_, _>>().expect("good records");
        assert!(rows == exact);
        for style in [TextStyle::Python, TextStyle::Compact] {
            let mut writer = WriterBuilder::new().style(style).to_writer(Vec::new()).unwrap();
            writer.write_rows(&rows).expect("texts");
            let lines = writer.into_inner().expect("memory");
            let again: Result<Vec<String>, _> = builder.from_slice(&lines).into_rows().collect();
            assert!(again.expect("good records") == exact, "{style:?}");
        }
    }
}
