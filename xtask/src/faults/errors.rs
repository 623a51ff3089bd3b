//! Refused at every call.

use super::stage::{self, SCENES, Stage, State};
use super::{Arguments, Outcome, Setting, Verdict};

/// What the system says to a call.
fn errors(call: &str) -> &'static [&'static str] {
    match call {
        "write" | "pwrite64" => &["ENOSPC", "EIO", "EINTR"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC"],
        "rename" | "renameat" | "renameat2" => &["EXDEV", "EACCES"],
        "openat" => &["EMFILE"],
        _ => &["EIO"],
    }
}

/// Lets each of the calls fail once: a success is the whole new file, a failure is told and
/// leaves the old one. An `fsync` that has failed is never followed by a success.
pub(super) fn run(setting: &Setting<'_>, _: &Arguments) -> anyhow::Result<Verdict> {
    if let Some(why) = stage::no_strace() {
        return Ok(Verdict::Skipped(why));
    }
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), setting.program)?;
    let (mut points, mut failures) = (0, Vec::new());
    let (mut told, mut done) = (0, 0);
    for words in SCENES {
        let scene = stage.scene(words)?;
        for (call, times) in stage.calls(&scene)? {
            let cases = errors(&call).iter().flat_map(|error| (1..=times).map(move |n| (error, n)));
            for (error, time) in cases {
                let inject = format!("-einject={call}:error={error}:when={time}");
                let options =
                    ["-qq".to_owned(), format!("-etrace={call}"), "-o/dev/null".to_owned(), inject];
                let output = stage.traced(&options, words)?;
                let at = format!("{} with {error} at {call} {time}", words.join(" "));
                points += 1;
                let (success, state) = (output.status.success(), stage.state(&scene));
                done += u64::from(success);
                told += u64::from(!success && !output.stderr.is_empty());
                if state == State::Neither || success && state != State::New {
                    failures.push(format!("{at}: {success} and {state:?}"));
                }
                if success && call.contains("sync") {
                    failures.push(format!("{at}: a failed fsync, and success"));
                }
                if !success && output.stderr.is_empty() {
                    failures.push(format!("{at}: it says nothing"));
                }
                if let Err(why) = stage.recovers(&scene)? {
                    failures.push(format!("{at}: {why}"));
                }
                stage.reset(&scene)?;
            }
        }
    }
    let worst = format!("{told} failures told, {done} times no harm done");
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}
