//! Killed at random moments.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::rejecting;
use super::stage::{SCENES, Scene, Stage, State};
use super::{Arguments, Outcome, Setting, Verdict};

/// Numbers that look random and are the same in every run.
pub(super) struct Lottery(pub(super) u64);

impl Lottery {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }
}

pub(super) struct Count {
    points: u64,
    killed: u64,
    pub(super) failures: Vec<String>,
}

/// Kills writes, resumed writes and appends at random moments: a write leaves the old file or
/// the new one, a resumed one ends with the bytes of an unbroken run, and what is appended to
/// holds whole records and at most one that is torn, which the next append mends. Where bad
/// records are kept, they are those of an unbroken run.
pub(super) fn run(setting: &Setting<'_>, arguments: &Arguments) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), setting.program)?;
    let mut lottery = Lottery(arguments.kills);
    let mut count = Count { points: 0, killed: 0, failures: Vec::new() };
    let kinds = SCENES.len() as u64 + 1 + rejecting::KINDS;
    for words in SCENES {
        let scene = stage.scene(words)?;
        let time = duration(&stage, &scene)?;
        for _ in 0..arguments.kills / kinds {
            kill(&stage, words, lottery.below(time), &mut count)?;
            if stage.state(&scene) == State::Neither {
                count.failures.push(format!("{}: neither old nor new", words.join(" ")));
            }
            // A resumed write is killed again and again before it may end.
            if lottery.below(4) == 0 || !words.contains(&"--resume") {
                if let Err(why) = stage.recovers(&scene)? {
                    count.failures.push(format!("{}: {why}", words.join(" ")));
                }
                stage.reset(&scene)?;
            }
        }
        stage.reset(&scene)?;
    }
    let torn = appends(&stage, arguments.kills / kinds, &mut lottery, &mut count)?;
    rejecting::run(setting.program, arguments.kills / kinds, &mut lottery, &mut count)?;
    let Count { points, killed, failures } = count;
    let worst = format!("{killed} of them before the end, {torn} torn tails, all mended");
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}

/// How many microseconds an undisturbed run takes.
fn duration(stage: &Stage, scene: &Scene) -> anyhow::Result<u64> {
    let start = Instant::now();
    let output = stage.run(scene.words)?;
    let time = start.elapsed();
    ensure!(output.status.success(), "an undisturbed run fails: {output:?}");
    stage.reset(scene)?;
    Ok(u64::try_from(time.as_micros())?)
}

pub(super) fn kill(
    stage: &Stage,
    words: &[&str],
    delay: u64,
    count: &mut Count,
) -> anyhow::Result<()> {
    let mut child = stage.command(words).stderr(std::process::Stdio::null()).spawn()?;
    thread::sleep(Duration::from_micros(delay));
    child.kill()?;
    count.points += 1;
    count.killed += u64::from(child.wait()?.code().is_none());
    Ok(())
}

/// How many torn tails there were.
fn appends(
    stage: &Stage,
    kills: u64,
    lottery: &mut Lottery,
    count: &mut Count,
) -> anyhow::Result<u64> {
    const WORDS: &[&str] = &["convert", "-q", "--append", "in.jsonl", "all.jsonl"];
    let input = fs::read_to_string(stage.path("in.jsonl"))?;
    let records: std::collections::HashSet<&str> = input.lines().collect();
    let scene = stage.scene(WORDS)?;
    let time = duration(stage, &scene)?;
    fs::remove_file(stage.path("all.jsonl"))?;
    let (mut torn, mut whole) = (0, 0);
    for round in 0..kills {
        kill(stage, WORDS, lottery.below(time), count)?;
        let text = fs::read_to_string(stage.path("all.jsonl")).unwrap_or_default();
        let (lines, tail) = text.rsplit_once('\n').unwrap_or(("", &text));
        torn += u64::from(!tail.is_empty());
        let foreign = lines.lines().filter(|line| !records.contains(line)).count();
        let now = lines.lines().count();
        if foreign > 0 || now < whole {
            count
                .failures
                .push(format!("append {round}: {foreign} glued, {whole} to {now} records"));
        }
        whole = now;
        if round % 20 == 19 {
            fs::remove_file(stage.path("all.jsonl")).unwrap_or_default();
            whole = 0;
        }
    }
    Ok(torn)
}
