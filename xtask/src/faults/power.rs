//! The power fails.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::random::Lottery;
use super::{Arguments, Outcome, Verdict};

/// Shuts the file system of the folder that is the first argument: nothing that is not on disk
/// gets there any more. The second says whether its journal is written before (1) or not (2).
const SHUTDOWN: &str = r#"
    open(my $folder, "<", $ARGV[0]) or die;
    my $flag = pack("L", $ARGV[1]);
    ioctl($folder, 0x8004587d, $flag) or die "$!";
"#;

/// A file system of its own on an image, that can be shut down and mounted again.
struct Disk<'a> {
    image: &'a Path,
    folder: &'a Path,
    options: &'static str,
}

impl Disk<'_> {
    fn make(&self) -> anyhow::Result<bool> {
        fs::File::create(self.image)?.set_len(48 << 20)?;
        Ok(succeeds(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(self.image)))
    }

    fn mount(&self) -> bool {
        let options = format!("loop,{}", self.options);
        let mut command = Command::new("mount");
        succeeds(command.args(["-o", &options]).arg(self.image).arg(self.folder))
    }

    fn cut(&self, flag: u64) -> bool {
        let mut command = Command::new("perl");
        succeeds(command.args(["-e", SHUTDOWN]).arg(self.folder).arg(flag.to_string()))
    }

    fn unmount(&self) -> anyhow::Result<()> {
        let done = succeeds(Command::new("umount").arg(self.folder));
        ensure!(done, "cannot unmount {}", self.folder.display());
        Ok(())
    }
}

fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// What the target was when the power came back.
#[derive(Default)]
struct Found {
    points: u64,
    old: u64,
    new: u64,
    reported: u64,
    failures: Vec<String>,
}

const OLD: &[u8] = b"\"what was there before\"\n";

/// Cuts the power at random moments of a write, on ext4 as it is and without its care for
/// renames: the target is the old file or the new one, and the new one if success was told.
pub(super) fn run(program: &Path, arguments: &Arguments) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let (image, place) = (folder.path().join("image"), folder.path().join("disk"));
    fs::create_dir(&place)?;
    let input = folder.path().join("in.jsonl");
    let line = format!("{{\"text\": \"{}\"}}\n", "filling ".repeat(120));
    fs::write(&input, line.repeat(500))?;
    let new = fs::read(&input)?;
    let (mut found, mut lottery) = (Found::default(), Lottery(arguments.kills));
    for options in ["defaults", "noauto_da_alloc"] {
        let disk = Disk { image: &image, folder: &place, options };
        if !(disk.make()? && disk.mount()) {
            return Ok(Verdict::Skipped("mkfs.ext4 and mounting need root".to_owned()));
        }
        let time = duration(program, &place, &input)?;
        for _ in 0..150 {
            let target = place.join("out.jsonl");
            fs::write(&target, OLD)?;
            ensure!(succeeds(Command::new("sync").arg("-f").arg(&place)), "cannot sync");
            let mut child = write(program, &place, &input).spawn()?;
            thread::sleep(Duration::from_micros(lottery.below(time * 3 / 2)));
            let told = child.try_wait()?.is_some_and(|status| status.success());
            if !disk.cut(1 + lottery.below(2)) {
                child.wait()?;
                disk.unmount()?;
                return Ok(Verdict::Skipped("perl cannot shut the file system down".to_owned()));
            }
            child.wait()?;
            disk.unmount()?;
            ensure!(disk.mount(), "the file system cannot be mounted again");
            judge(&fs::read(&target).unwrap_or_default(), &new, told, options, &mut found);
        }
        disk.unmount()?;
    }
    let Found { points, old, new, reported, failures } = found;
    let worst = format!("{old} old files, {new} new ones, of which {reported} had been told");
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}

fn judge(now: &[u8], new: &[u8], told: bool, options: &str, found: &mut Found) {
    found.points += 1;
    found.reported += u64::from(told);
    if now == new {
        found.new += 1;
    } else if now != OLD {
        let length = now.len();
        found.failures.push(format!("{options}: {length} bytes, neither old nor new"));
    } else if told {
        found.failures.push(format!("{options}: success was told, and the old file is back"));
    } else {
        found.old += 1;
    }
}

fn write(program: &Path, place: &Path, input: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["convert", "-q"]).arg(input).arg(place.join("out.jsonl"));
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// How many microseconds an undisturbed run takes.
fn duration(program: &Path, place: &Path, input: &Path) -> anyhow::Result<u64> {
    let start = Instant::now();
    let status = write(program, place, input).status().context("cannot run datason")?;
    ensure!(status.success(), "an undisturbed run fails");
    Ok(u64::try_from(start.elapsed().as_micros())?)
}
