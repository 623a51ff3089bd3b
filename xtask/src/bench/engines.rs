//! Groups of engines that run side by side in one process.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use bytesize::ByteSize;
use serde::Deserialize;

use super::report::{Lines, Report, Table, grouped, times};
use super::{Arguments, Group, program};

/// What one engine took, as the program `measure` writes it.
#[derive(Debug, Clone, Deserialize)]
struct Measurement {
    definition: String,
    engine: String,
    role: Role,
    bytes: u64,
    records: u64,
    /// CPU seconds, one number a round; the rounds of a definition's engines belong together.
    seconds: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Ours,
    Baseline,
    Peer,
    Ceiling,
}

pub(super) fn run(root: &Path, group: Group, arguments: &Arguments) -> anyhow::Result<Report> {
    let program = program::build(root, "datason-benches", "measure", &["sonic-rs"])?;
    let mut command = Command::new(program);
    command.arg(group.name()).args(arguments.shared_options()).stderr(Stdio::inherit());
    if let Some(shape) = &arguments.shape {
        command.args(["--shape", shape]);
    }
    if let Some(ByteSize(size)) = arguments.size {
        command.args(["--size", &size.to_string()]);
    }
    if let Some(samples) = arguments.samples {
        command.args(["--samples", &samples.to_string()]);
    }
    let output = command.output().context("cannot start the benchmarks")?;
    ensure!(output.status.success(), "the benchmarks failed");
    let measurements = parse(&String::from_utf8(output.stdout)?)?;
    Ok(report(group, arguments, &measurements))
}

fn parse(lines: &str) -> anyhow::Result<Vec<Measurement>> {
    let measurements = lines.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>();
    measurements.context("the benchmarks wrote something else than measurements")
}

fn report(group: Group, arguments: &Arguments, measurements: &[Measurement]) -> Report {
    let definitions = Definition::all(measurements);
    let mut tables = vec![speeds(group, &definitions, measurements)];
    if group == Group::Rows {
        tables.extend(codecs(&definitions));
    }
    let rounds = measurements.first().map_or(0, |one| one.seconds.len());
    let baseline = definitions.first().and_then(Definition::baseline);
    let baseline = baseline.map_or("the baseline", |engine| &engine.engine);
    let note = format!(
        "MB of text per CPU second, the median of {rounds} rounds; in brackets the ratio to \
         {baseline}, the median of the ratios within each round. Options: {}.",
        options(arguments)
    );
    Report { tables, notes: vec![note], lines: lines(&definitions, arguments) }
}

/// The engines of one definition.
struct Definition<'a> {
    name: &'a str,
    engines: Vec<&'a Measurement>,
}

impl<'a> Definition<'a> {
    /// All of them, in the order they were measured.
    fn all(measurements: &'a [Measurement]) -> Vec<Self> {
        let neighbours = measurements.chunk_by(|one, next| one.definition == next.definition);
        neighbours
            .map(|engines| Self { name: &engines[0].definition, engines: engines.iter().collect() })
            .collect()
    }

    fn engine(&self, name: &str) -> Option<&'a Measurement> {
        self.engines.iter().find(|engine| engine.engine == name).copied()
    }

    fn baseline(&self) -> Option<&'a Measurement> {
        self.engines.iter().find(|engine| engine.role == Role::Baseline).copied()
    }
}

impl Measurement {
    fn megabytes_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "five digits are looked at")]
        let bytes = self.bytes as f64;
        bytes / median(self.seconds.iter().copied()) / 1e6
    }

    /// How many times as fast this is as `other`: rounds are compared one by one, so that what
    /// slowed a whole round down does not matter.
    fn ratio_to(&self, other: &Self) -> f64 {
        median(self.seconds.iter().zip(&other.seconds).map(|(own, other)| other / own))
    }
}

/// The middle one, or the mean of the two in the middle; of none, not a number.
pub(super) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.as_slice() {
        [] => f64::NAN,
        numbers if numbers.len() % 2 == 1 => numbers[middle],
        numbers => f64::midpoint(numbers[middle - 1], numbers[middle]),
    }
}

/// A row per definition, a column per engine.
fn speeds(group: Group, definitions: &[Definition<'_>], measurements: &[Measurement]) -> Table {
    let mut engines: Vec<&str> = Vec::new();
    for measurement in measurements {
        if !engines.contains(&measurement.engine.as_str()) {
            engines.push(&measurement.engine);
        }
    }
    let row = |definition: &Definition<'_>| {
        let cells = engines.iter().map(|engine| cell(definition, engine));
        std::iter::once(definition.name.to_owned()).chain(cells).collect()
    };
    let header = std::iter::once(group.name()).chain(engines.iter().copied());
    Table {
        title: format!("{}: MB/s", group.name()),
        header: header.map(str::to_owned).collect(),
        rows: definitions.iter().map(row).collect(),
    }
}

fn cell(definition: &Definition<'_>, engine: &str) -> String {
    let Some(engine) = definition.engine(engine) else { return "–".to_owned() };
    let speed = grouped(engine.megabytes_per_second());
    match definition.baseline() {
        Some(baseline) if engine.role != Role::Baseline => {
            format!("{speed} ({})", times(engine.ratio_to(baseline)))
        }
        _ => speed,
    }
}

/// Within this much of each other, two codecs are as good as equal here.
const DRAW: f64 = 1.05;

/// Which codec to take for which records; none if only one was measured.
fn codecs(definitions: &[Definition<'_>]) -> Option<Table> {
    let rows = definitions.iter().map(codec_row).collect::<Option<Vec<_>>>()?;
    let header = ["records", "serde-json", "simd-json", "simd-json / serde-json", "take"];
    Some(Table {
        title: "Which codec for which records: MB/s".to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows,
    })
}

fn codec_row(definition: &Definition<'_>) -> Option<Vec<String>> {
    let (exact, fast) = (definition.engine("serde-json")?, definition.engine("simd-json")?);
    let ratio = fast.ratio_to(exact);
    let winner = match ratio {
        _ if ratio > DRAW => "simd-json",
        _ if ratio < 1.0 / DRAW => "serde-json",
        _ => "either",
    };
    Some(vec![
        definition.name.to_owned(),
        grouped(exact.megabytes_per_second()),
        grouped(fast.megabytes_per_second()),
        times(ratio),
        winner.to_owned(),
    ])
}

fn lines(definitions: &[Definition<'_>], arguments: &Arguments) -> Lines {
    let names =
        &["definition", "engine", "options", "bytes", "records", "rounds", "mb_per_s", "ratio"];
    let mut rows = Vec::new();
    for definition in definitions {
        for engine in &definition.engines {
            let ratio = definition.baseline().map(|baseline| engine.ratio_to(baseline));
            rows.push(vec![
                definition.name.to_owned(),
                engine.engine.clone(),
                options(arguments),
                engine.bytes.to_string(),
                engine.records.to_string(),
                engine.seconds.len().to_string(),
                format!("{:.1}", engine.megabytes_per_second()),
                ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            ]);
        }
    }
    Lines { names, rows }
}

fn options(arguments: &Arguments) -> String {
    match arguments.shared_options().join(" ") {
        typed if typed.is_empty() => "the defaults".to_owned(),
        typed => typed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program writes.
    const LINES: &str = concat!(
        r#"{"group":"rows","definition":"flat owned","engine":"serde-json","role":"ours","bytes":2000000,"records":10,"seconds":[0.002,0.004,0.001]}"#,
        "\n",
        r#"{"group":"rows","definition":"flat owned","engine":"simd-json","role":"ours","bytes":2000000,"records":10,"seconds":[0.001,0.002,0.001]}"#,
        "\n",
        r#"{"group":"rows","definition":"flat owned","engine":"serde_json","role":"baseline","bytes":2000000,"records":10,"seconds":[0.003,0.012,0.003]}"#,
        "\n",
    );

    fn close(number: f64, expected: f64) -> bool {
        (number - expected).abs() < 1e-9
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let measurements = parse(LINES).expect("what the program writes");
        let definitions = Definition::all(&measurements);
        let fast = definitions[0].engine("simd-json").expect("it was measured");
        let baseline = definitions[0].baseline().expect("it was measured");
        assert!(close(fast.megabytes_per_second(), 2_000.0));
        assert!(close(fast.ratio_to(baseline), 3.0));
        assert!(close(baseline.ratio_to(baseline), 1.0));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(close(median([3.0, 1.0, 2.0].into_iter()), 2.0));
        assert!(close(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5));
        assert!(median(std::iter::empty()).is_nan());
    }

    #[test]
    fn a_report_shows_speeds_ratios_and_the_codec_to_take() {
        let measurements = parse(LINES).expect("what the program writes");
        let report = report(Group::Rows, &Arguments::default(), &measurements);
        let [speeds, codecs] = report.tables.as_slice() else { panic!("not two tables") };
        assert_eq!(speeds.header, ["rows", "serde-json", "simd-json", "serde_json"]);
        assert_eq!(speeds.rows, [["flat owned", "1,000 (3.00x)", "2,000 (3.00x)", "667"]]);
        assert_eq!(codecs.rows, [["flat owned", "1,000", "2,000", "2.00x", "simd-json"]]);
        assert_eq!(report.lines.rows.len(), 3);
        assert!(report.lines.rows.iter().all(|row| row.len() == report.lines.names.len()));
    }

    #[test]
    fn one_codec_alone_wins_nothing() {
        let measurements = parse(LINES.lines().next().expect("a line")).expect("a measurement");
        assert_eq!(codecs(&Definition::all(&measurements)), None);
        assert_eq!(cell(&Definition::all(&measurements)[0], "simd-json"), "–");
    }

    #[test]
    fn other_output_is_an_error() {
        assert!(parse("{\"engine\":1}").is_err());
        assert!(parse("warming up\n").is_err());
    }
}
