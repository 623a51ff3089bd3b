//! `datason estimate`: what is in a file, and what it takes in memory, from a look at parts of it.

use datason_core::{ByteSize, ChunkSize};
use datason_json::{Basis, FieldSketch, FileEstimate, FileEstimator, Guess};

use crate::args::EstimateArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::render;
use crate::report;

pub(crate) fn run(arguments: &EstimateArguments) -> anyhow::Result<ExitStatus> {
    arguments.read.refuse_policy("`datason estimate` looks at parts of a file")?;
    let mut estimator = FileEstimator::new().reader(arguments.read.options(ChunkSize::DEFAULT));
    if let Some(limit) = arguments.read.memory_limit() {
        estimator = estimator.target(limit);
    }
    let Input::File(path) = &arguments.file else {
        anyhow::bail!("standard input cannot be estimated: it is gone when it has been looked at");
    };
    match estimator.estimate(path) {
        Ok(found) if arguments.json => {
            report::print_line(&serde_json::to_string(&found)?)?;
            Ok(ExitStatus::Success)
        }
        Ok(found) => {
            report::print_line(&shown(&found))?;
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            let status = ExitStatus::of(&error);
            render::tell(&render::error(&arguments.file, &error));
            Ok(status)
        }
    }
}

/// The estimate as people read it.
fn shown(found: &FileEstimate) -> String {
    let size = |bytes| ByteSize(bytes).to_string();
    let advice = &found.advice;
    let lines = [
        ("format", format!("{}, compression: {}", found.format, found.compression)),
        ("text", guess(found.text_bytes, size)),
        ("records", guess(found.records, |count| count.to_string())),
        ("bytes a record", bytes_a_record(found.record_bytes)),
        ("in memory as rows", size(found.rows_bytes)),
        ("in memory as values", size(found.value_bytes)),
        ("in memory as Arrow", size(found.arrow_bytes)),
        (
            "chunk for the budget",
            format!(
                "{} records, {} of text, {} as values",
                advice.records,
                size(advice.text_bytes),
                size(advice.target_bytes)
            ),
        ),
        ("chunks expected", advice.chunks.to_string()),
        ("this rests on", basis(found.basis)),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<21} {value}"));
    lines.into_iter().chain(fields(found)).chain(chart(found)).collect::<Vec<_>>().join("\n")
}

/// The first fields, a line each.
fn fields(found: &FileEstimate) -> Vec<String> {
    /// More would hide the rest; `--json` has them.
    const SHOWN: usize = 20;
    if found.fields.is_empty() {
        return Vec::new();
    }
    let field = |field: &FieldSketch| {
        let (name, kinds) = (datason_core::excerpt(&field.pointer), field.kinds.join(" or "));
        format!("{name:<21} {kinds}, in {:.0} % of the records", field.percent)
    };
    let title = "\nfield                 what it holds".to_owned();
    let left = found.fields.len().saturating_sub(SHOWN);
    let more = if found.more_fields { " and more" } else { "" };
    let rest = (left > 0).then(|| format!("{left} other fields{more}"));
    [title].into_iter().chain(found.fields.iter().take(SHOWN).map(field)).chain(rest).collect()
}

fn guess(guess: Guess, shown: impl Fn(u64) -> String) -> String {
    let Guess { low, likely, high } = guess;
    if low == high {
        return shown(likely);
    }
    format!("about {} ({} to {})", shown(likely), shown(low), shown(high))
}

fn bytes_a_record(Guess { low, likely, high }: Guess) -> String {
    format!("{likely} ({low} to {high} seen)")
}

fn basis(Basis { whole, records, text_bytes, places, .. }: Basis) -> String {
    let text = ByteSize(text_bytes);
    match (whole, places) {
        (true, _) => format!("all {records} records"),
        (false, 1) => format!("{records} records in the first {text} of text"),
        (false, _) => format!("{records} records in {text} of text at {places} places"),
    }
}

/// The memory of a chunk of values, for chunks about the one that is advised.
fn chart(found: &FileEstimate) -> Vec<String> {
    const WIDTH: u64 = 40;
    let advice = &found.advice;
    if found.records.likely == 0 {
        return Vec::new();
    }
    let bar = |quarters: u64| {
        let records = advice.records.saturating_mul(quarters) / 4;
        let memory = ByteSize(advice.target_bytes.saturating_mul(quarters) / 4);
        let length = usize::try_from(WIDTH * quarters / 8).unwrap_or_default();
        let mark = if quarters == 4 { "  <- the budget" } else { "" };
        format!("{records:<21} {} {memory}{mark}", "#".repeat(length))
    };
    let title = "\nrecords a chunk       memory as values".to_owned();
    [title].into_iter().chain([1, 2, 4, 6, 8].map(bar)).collect()
}
