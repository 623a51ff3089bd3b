//! How much memory a whole process takes at most.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytesize::ByteSize;

/// What a process came to.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// What it told its caller; `None` if a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    /// The largest resident set it ever had.
    pub(super) peak: ByteSize,
    /// On the wall clock.
    pub(super) seconds: f64,
}

/// Who watches the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watch {
    /// GNU time, which the kernel tells when the process has ended: exact.
    Time,
    /// We, by asking for the high-water mark again and again: blind for the last millisecond.
    Poll,
}

const TIME: &str = "/usr/bin/time";

/// Runs a program to its end and watches its memory.
///
/// # Errors
///
/// If it cannot be run or watched, or fails.
pub(super) fn run(program: &Path, arguments: &[String]) -> anyhow::Result<Outcome> {
    let outcome = run_to_any_end(program, arguments)?;
    ensure!(outcome.code == Some(0), "{} failed: {:?}", program.display(), outcome.code);
    Ok(outcome)
}

/// As [`run`], where failing is an answer too.
///
/// # Errors
///
/// If it cannot be run or watched.
pub(super) fn run_to_any_end(program: &Path, arguments: &[String]) -> anyhow::Result<Outcome> {
    let watch = if time_works() { Watch::Time } else { Watch::Poll };
    watch.run(program, arguments).with_context(|| program.display().to_string())
}

/// Whether there is a `time` that knows resident sets; the one of BSD does not.
fn time_works() -> bool {
    Watch::Time.run(Path::new("true"), &[]).is_ok_and(|outcome| outcome.code == Some(0))
}

impl Watch {
    fn run(self, program: &Path, arguments: &[String]) -> anyhow::Result<Outcome> {
        let start = Instant::now();
        let (code, stdout, peak) = match self {
            Self::Time => timed(program, arguments)?,
            Self::Poll => polled(program, arguments)?,
        };
        Ok(Outcome { code, stdout, peak, seconds: start.elapsed().as_secs_f64() })
    }
}

fn timed(program: &Path, arguments: &[String]) -> anyhow::Result<(Option<i32>, String, ByteSize)> {
    let mut command = Command::new(TIME);
    let output = command.args(["-f", "%M"]).arg(program).args(arguments).output()?;
    let messages = String::from_utf8_lossy(&output.stderr);
    let last = messages.lines().last().and_then(|line| line.trim().parse().ok());
    let kibibytes = last.with_context(|| format!("{TIME} told no size"))?;
    Ok((output.status.code(), String::from_utf8(output.stdout)?, ByteSize::kib(kibibytes)))
}

fn polled(program: &Path, arguments: &[String]) -> anyhow::Result<(Option<i32>, String, ByteSize)> {
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdout(Stdio::piped()).spawn()?;
    let mut peak = None;
    let status = loop {
        // Once the process has ended there is nothing to read: the last mark stays.
        peak = high_water_mark(&child).or(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(1));
    };
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout)?;
    }
    match peak {
        Some(peak) => Ok((status.code(), stdout, peak)),
        None => bail!("the peak of a process is known on Linux only"),
    }
}

fn high_water_mark(child: &Child) -> Option<ByteSize> {
    parse_status(&fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?)
}

fn parse_status(status: &str) -> Option<ByteSize> {
    let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    mark.trim().strip_suffix(" kB")?.parse().ok().map(ByteSize::kib)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_in_the_status() {
        let status = "Name:\tcat\nVmPeak:\t    5000 kB\nVmHWM:\t    1816 kB\nVmRSS:\t     900 kB\n";
        assert_eq!(parse_status(status), Some(ByteSize::kib(1816)));
        assert_eq!(parse_status("Name:\tcat\n"), None);
    }

    /// `dd` copies through one buffer whose size we choose.
    #[cfg(target_os = "linux")]
    #[test]
    fn both_ways_to_watch_see_the_same_peak() {
        let arguments = ["if=/dev/zero", "of=/dev/null", "bs=32M", "count=8", "status=none"];
        let arguments = arguments.map(str::to_owned);
        let peak = |watch: Watch| watch.run(Path::new("dd"), &arguments).expect("dd runs").peak;
        let watches = if time_works() { vec![Watch::Time, Watch::Poll] } else { vec![Watch::Poll] };
        for watch in watches {
            let peak = peak(watch);
            assert!((32 << 20..40 << 20).contains(&peak.as_u64()), "{watch:?}: {peak}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_is_an_error() {
        assert!(run(Path::new("false"), &[]).is_err());
        assert!(run(Path::new("/no/such/program"), &[]).is_err());
    }
}
