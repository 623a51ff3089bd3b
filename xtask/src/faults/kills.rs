//! Killed at every call.

use super::stage::{self, SCENES, Stage, State};
use super::{Arguments, Outcome, Setting, Verdict};

/// Kills the program when it makes each of the calls that change files, for each way of writing:
/// the target is the old one or the new one, and the next run needs no help.
pub(super) fn run(setting: &Setting<'_>, _: &Arguments) -> anyhow::Result<Verdict> {
    if let Some(why) = stage::no_strace() {
        return Ok(Verdict::Skipped(why));
    }
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), setting.program)?;
    let (mut points, mut failures) = (0, Vec::new());
    let (mut old, mut new) = (0, 0);
    for words in SCENES {
        let scene = stage.scene(words)?;
        for (call, times) in stage.calls(&scene)? {
            for time in 1..=times {
                let kill = format!("-einject={call}:signal=SIGKILL:when={time}");
                let options =
                    ["-qq".to_owned(), format!("-etrace={call}"), "-o/dev/null".to_owned(), kill];
                let output = stage.traced(&options, words)?;
                let at = format!("{} at {call} {time}", words.join(" "));
                points += 1;
                if output.status.success() {
                    failures.push(format!("{at}: it was not killed"));
                }
                match stage.state(&scene) {
                    State::Old => old += 1,
                    State::New => new += 1,
                    State::Neither => failures.push(format!("{at}: neither old nor new")),
                }
                if let Err(why) = stage.recovers(&scene)? {
                    failures.push(format!("{at}: {why}"));
                }
                stage.reset(&scene)?;
            }
        }
    }
    let worst = format!("{old} times the old file, {new} times the new one");
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}
