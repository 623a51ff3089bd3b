//! Bytes a second of text into columns, out of memory and on one thread.
//!
//! Which parts are run can be named: `cargo run --release --example column_throughput -- extra`.
#![expect(clippy::print_stdout, reason = "this program prints a table")]
#![expect(clippy::cast_precision_loss, reason = "the numbers are small")]

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use datason_arrow::{BinaryText, ColumnOptions, OnExtra, RecordShape};
use datason_core::Result;
use datason_json::ReaderBuilder;

const ROWS: usize = 300_000;
const ROUNDS: usize = 7;

/// A part of the measurements, by name.
type Part = (&'static str, fn() -> Result<()>);

const PARTS: [Part; 5] =
    [("extra", extra), ("text", text), ("time", time), ("bytes", bytes), ("array", array)];

fn main() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            part()?;
        }
    }
    Ok(())
}

/// Members that the schema does not have, in some records, in any place.
fn extra() -> Result<()> {
    let options = options([
        ("id", DataType::Int64),
        ("user", DataType::Utf8),
        ("ok", DataType::Boolean),
        ("value", DataType::Float64),
    ]);
    for (every, shown) in [(usize::MAX, "no record"), (100, "one of 100"), (1, "each record")] {
        let text = lines(|row, line| {
            let late = if row % every == every - 1 { ",\"late\":[1,2.50]" } else { "" };
            let (ok, value) = (row % 3 == 0, row as f64 * 0.37);
            write!(
                line,
                "{{\"id\":{row},\"user\":\"user{row}\"{late},\"ok\":{ok},\"value\":{value}}}"
            )
        });
        for (policy, named) in [(OnExtra::Skip, "skipped"), (OnExtra::Keep, "kept")] {
            run(
                &format!("extra members in {shown}, {named}"),
                &options.clone().on_extra(policy),
                &text,
            )?;
        }
    }
    Ok(())
}

/// Strings of several lengths as each kind of string column.
fn text() -> Result<()> {
    let parts = [("8 bytes", "abcdefgh", 1), ("25 bytes", "abcde", 5), ("250 bytes", "abcde", 50)];
    let wide = ("250 bytes, not ASCII", "abé€", 31);
    for (shown, piece, times) in parts.into_iter().chain([wide]) {
        let string = piece.repeat(times);
        let text = lines(|row, line| write!(line, "{{\"id\":{row},\"text\":\"{string}\"}}"));
        for kind in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let name = format!("strings of {shown}, {kind}");
            run(&name, &options([("id", DataType::Int64), ("text", kind)]), &text)?;
        }
    }
    Ok(())
}

/// Times in the forms that programs write.
fn time() -> Result<()> {
    use TimeUnit::{Microsecond, Millisecond, Second};
    let zoned = |unit| DataType::Timestamp(unit, Some("UTC".into()));
    for (kind, suffix) in [
        (DataType::Date32, None),
        (DataType::Timestamp(Second, None), Some("T07:08:09")),
        (zoned(Millisecond), Some("T07:08:09.123Z")),
        (zoned(Microsecond), Some("T07:08:09.123456Z")),
        (zoned(Microsecond), Some("T07:08:09.123456+02:00")),
    ] {
        let suffix = suffix.unwrap_or_default();
        let text = lines(|row, line| {
            let (year, month, day) = (1990 + row % 40, 1 + row % 12, 1 + row % 28);
            write!(line, "{{\"id\":{row},\"at\":\"{year}-{month:02}-{day:02}{suffix}\"}}")
        });
        let name = format!("2024-02-28{suffix}, {kind}");
        run(&name, &options([("id", DataType::Int64), ("at", kind)]), &text)?;
    }
    Ok(())
}

/// Bytes as text.
fn bytes() -> Result<()> {
    for (form, piece) in [(BinaryText::Hex, "00ffA1b2"), (BinaryText::Base64, "Zm9+/29k")] {
        let string = piece.repeat(16);
        let text = lines(|row, line| write!(line, "{{\"id\":{row},\"bytes\":\"{string}\"}}"));
        let columns = [("id", DataType::Int64), ("bytes", DataType::Binary)];
        run(&format!("bytes as {}", form.name()), &options(columns).binary(form), &text)?;
    }
    Ok(())
}

/// Rows of ten floats as lists of Arrow, and as vectors by `serde_json`.
fn array() -> Result<()> {
    let short = |row: usize, at: usize| (row * 10 + at) as f64 / 64.0;
    let long = |row: usize, at: usize| ((row * 10 + at) as f64 * 0.7).sin() * 100.0;
    for digits in ["few", "17"] {
        let element = |row, at| if digits == "few" { short(row, at) } else { long(row, at) };
        let text = lines(|row, line| {
            let row: Vec<_> = (0..10).map(|at| element(row, at)).collect();
            write!(line, "{row:?}")
        });
        let item = Arc::new(Field::new("item", DataType::Float64, true));
        for kind in [DataType::FixedSizeList(item.clone(), 10), DataType::List(item)] {
            let name = format!("ten floats of {digits} digits, {kind}");
            run(&name, &options([("value", kind)]).shape(RecordShape::Value), &text)?;
        }
        let read = || {
            let rows = text.lines().map(|line| serde_json::from_str(line).expect("a row"));
            Ok(rows.collect::<Vec<Vec<f64>>>().len())
        };
        measure(&format!("ten floats of {digits} digits, Vec<Vec<f64>>"), &text, read)?;
    }
    Ok(())
}

fn options<const N: usize>(columns: [(&str, DataType); N]) -> ColumnOptions {
    let field = |(name, kind)| Field::new(name, kind, true);
    ColumnOptions::new(Arc::new(Schema::new(columns.map(field).to_vec())))
}

fn lines(write: impl Fn(usize, &mut String) -> std::fmt::Result) -> String {
    let mut text = String::new();
    for row in 0..ROWS {
        write(row, &mut text).expect("a string has room");
        text.push('\n');
    }
    text
}

fn run(name: &str, options: &ColumnOptions, text: &str) -> Result<()> {
    measure(name, text, || {
        let batches = options.batches(ReaderBuilder::new().from_slice(text.as_bytes()))?;
        batches.map(|batch| Ok(batch?.data().num_rows())).sum()
    })
}

/// Prints the rate of the fastest round: what others do on the machine meanwhile falls out.
fn measure(name: &str, text: &str, read: impl Fn() -> Result<usize>) -> Result<()> {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let rows = read()?;
        least = least.min(start.elapsed().as_secs_f64());
        assert_eq!(rows, ROWS, "every line is a row");
    }
    let rate = |count: usize| count as f64 / least / 1e6;
    println!("{name:54} {:8.2} M rows/s {:8.1} MB/s", rate(ROWS), rate(text.len()));
    Ok(())
}
