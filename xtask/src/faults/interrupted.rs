//! Interrupted at every other call, and hung up on.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::stage::{self, SCENES, Scene, Stage, State};
use super::{Arguments, Outcome, Setting, Verdict};

/// Hanging up is tried so often.
const HANG_UPS: u64 = 200;

/// How long a program may go on when nobody listens any more.
const PATIENCE: Duration = Duration::from_millis(100);

/// Every other read of the input, and every other write, comes back with `EINTR`: the file is the
/// new one all the same. Whoever closes the pipe behind the first line sees a quiet end, and soon.
pub(super) fn run(setting: &Setting<'_>, _: &Arguments) -> anyhow::Result<Verdict> {
    if let Some(why) = stage::no_strace() {
        return Ok(Verdict::Skipped(why));
    }
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), setting.program)?;
    let (mut interrupts, mut failures) = (0, Vec::new());
    for words in SCENES {
        let scene = stage.scene(words)?;
        for calls in [
            "-einject=?read,?pread64:error=EINTR:when=1+2",
            "-einject=?write,?pwrite64:error=EINTR:when=1+2",
        ] {
            let here = interrupt(&stage, &scene, calls)?;
            let state = stage.state(&scene);
            if here == 0 || state != State::New {
                failures.push(format!(
                    "{} with {calls}: {here} interrupts, {state:?}",
                    words.join(" ")
                ));
            }
            interrupts += here;
            stage.reset(&scene)?;
        }
    }
    let mut slowest = Duration::ZERO;
    for round in 0..HANG_UPS {
        match hang_up(&stage)? {
            Ok(time) => slowest = slowest.max(time),
            Err(why) => failures.push(format!("hung up on {round}: {why}")),
        }
    }
    let worst = format!(
        "{interrupts} calls interrupted, the same bytes; {HANG_UPS} times hung up on, quiet within {} ms",
        slowest.as_millis()
    );
    Ok(Verdict::Run(Outcome { points: interrupts + HANG_UPS, failures, worst }))
}

/// How many calls were interrupted.
fn interrupt(stage: &Stage, scene: &Scene, calls: &str) -> anyhow::Result<u64> {
    let list = stage.path("trace");
    let mut options = vec!["-qq".to_owned(), format!("-o{}", list.display()), calls.to_owned()];
    if calls.contains("read") {
        // Programs do not begin where the system cannot read them.
        options.push(format!("-P{}", stage.path("in.jsonl").display()));
    }
    stage.traced(&options, scene.words)?;
    let count = fs::read_to_string(&list)?.lines().filter(|line| line.contains("INJECTED")).count();
    fs::remove_file(list)?;
    Ok(count as u64)
}

/// Reads one line and closes the pipe. How long it took until the program had ended, or what was
/// wrong.
fn hang_up(stage: &Stage) -> anyhow::Result<Result<Duration, String>> {
    let mut command = stage.command(&["cat", "in.jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    output.read_line(&mut line)?;
    let start = Instant::now();
    drop(output);
    let status = child.wait()?;
    let time = start.elapsed();
    let mut told = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut told)?;
    Ok(if !status.success() || !told.is_empty() || line.is_empty() {
        Err(format!("{status}, {told}"))
    } else if time > PATIENCE {
        Err(format!("it goes on for {} ms", time.as_millis()))
    } else {
        Ok(time)
    })
}
