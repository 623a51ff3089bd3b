//! The power fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::random::Lottery;
use super::{Arguments, Outcome, Setting, Verdict};

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

/// The ways to write, and what may be there when the power is back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The old file or the new one.
    Write,
    /// The same, and the next run ends with the new one.
    Resume,
    /// Whole records behind the old ones, and at most one that is torn.
    Append,
}

impl Way {
    const ALL: [Self; 3] = [Self::Write, Self::Resume, Self::Append];

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Write => &[],
            Self::Resume => &["--resume", "--checkpoint-every", "100KiB", "--chunk-size", "50KiB"],
            Self::Append => &["--append"],
        }
    }
}

/// What has been found when the power came back.
#[derive(Default)]
struct Found {
    points: u64,
    old: u64,
    new: u64,
    between: u64,
    told: u64,
    failures: Vec<String>,
}

/// Power cuts for each way on each kind of file system.
const CUTS: u64 = 75;

const OLD: &[u8] = b"\"what was there before\"\n";

/// The files of the test.
struct Files {
    program: PathBuf,
    input: PathBuf,
    target: PathBuf,
    /// What the input holds.
    text: Vec<u8>,
}

/// Cuts the power at random moments, on ext4 as it is and without its care for renames: what was
/// told to be done is there, and what was not is there whole, or not at all.
pub(super) fn run(setting: &Setting<'_>, arguments: &Arguments) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let (image, place) = (folder.path().join("image"), folder.path().join("disk"));
    fs::create_dir(&place)?;
    let line = |id| format!("{{\"id\": {id}, \"text\": \"{}\"}}\n", "filling ".repeat(120));
    let text: String = (0..500).map(line).collect();
    let files = Files {
        program: setting.program.to_owned(),
        input: folder.path().join("in.jsonl"),
        target: place.join("out.jsonl"),
        text: text.into_bytes(),
    };
    fs::write(&files.input, &files.text)?;
    let (mut found, mut lottery) = (Found::default(), Lottery(arguments.kills));
    for options in ["defaults", "noauto_da_alloc"] {
        let disk = Disk { image: &image, folder: &place, options };
        if !(disk.make()? && disk.mount()) {
            return Ok(Verdict::Skipped("mkfs.ext4 and mounting need root".to_owned()));
        }
        for way in Way::ALL {
            let time = files.duration(way)?;
            for _ in 0..CUTS {
                if !cut(&disk, &files, way, lottery.below(time * 3 / 2), &mut lottery, &mut found)?
                {
                    disk.unmount()?;
                    return Ok(Verdict::Skipped(
                        "perl cannot shut the file system down".to_owned(),
                    ));
                }
            }
        }
        disk.unmount()?;
    }
    let Found { points, old, new, between, told, failures } = found;
    let worst = format!(
        "{old} old files, {new} new ones, {between} appends in part; {told} had been told as done"
    );
    Ok(Verdict::Run(Outcome { points, failures, worst }))
}

/// One power cut. `false` if it cannot be made.
fn cut(
    disk: &Disk<'_>,
    files: &Files,
    way: Way,
    delay: u64,
    lottery: &mut Lottery,
    found: &mut Found,
) -> anyhow::Result<bool> {
    files.reset(disk.folder)?;
    let mut child = files.command(way).spawn()?;
    thread::sleep(Duration::from_micros(delay));
    let told = child.try_wait()?.is_some_and(|status| status.success());
    let is_cut = disk.cut(1 + lottery.below(2));
    child.wait()?;
    if !is_cut {
        return Ok(false);
    }
    disk.unmount()?;
    ensure!(disk.mount(), "the file system cannot be mounted again");
    found.points += 1;
    found.told += u64::from(told);
    let now = fs::read(&files.target).unwrap_or_default();
    if let Err(why) = files.judge(way, &now, told, found) {
        found.failures.push(format!("{}, {:?}: {why}", disk.options, way.options()));
    }
    if let Err(why) = files.recovers(way)? {
        found.failures.push(format!("{}, {:?}: next, {why}", disk.options, way.options()));
    }
    Ok(true)
}

impl Files {
    fn command(&self, way: Way) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["convert", "-q"]).args(way.options()).arg(&self.input).arg(&self.target);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Brings the folder, and the disk, back to what it was.
    fn reset(&self, folder: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                fs::remove_file(path)?;
            }
        }
        fs::write(&self.target, OLD)?;
        ensure!(succeeds(Command::new("sync").arg("-f").arg(folder)), "cannot sync");
        Ok(())
    }

    /// How many microseconds an undisturbed run takes.
    fn duration(&self, way: Way) -> anyhow::Result<u64> {
        fs::write(&self.target, OLD)?;
        let start = Instant::now();
        let status = self.command(way).status().context("cannot run datason")?;
        ensure!(status.success(), "an undisturbed run fails");
        Ok(u64::try_from(start.elapsed().as_micros())?)
    }

    fn judge(&self, way: Way, now: &[u8], told: bool, found: &mut Found) -> Result<(), String> {
        let before: &[u8] = if way == Way::Append { OLD } else { &[] };
        let all = [before, &self.text].concat();
        let whole = now.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if now == all {
            found.new += 1;
        } else if told {
            return Err(format!("it was told as done, and {} bytes are there", now.len()));
        } else if now == OLD {
            found.old += 1;
        } else if way == Way::Append && whole >= OLD.len() && all.starts_with(&now[..whole]) {
            found.between += 1;
        } else {
            return Err(format!("{} bytes that should not be", now.len()));
        }
        Ok(())
    }

    /// Runs once more: the new file comes, or all records stand behind what is whole.
    fn recovers(&self, way: Way) -> anyhow::Result<Result<(), String>> {
        let status = self.command(way).status()?;
        let now = fs::read(&self.target)?;
        let is_right = match way {
            Way::Write | Way::Resume => now == self.text,
            Way::Append => now.starts_with(OLD) && now.ends_with(&self.text),
        };
        let is_glued = now.split(|byte| *byte == b'\n').any(|line| line.len() > 1_000);
        Ok(match (status.success(), is_right, is_glued) {
            (true, true, false) => Ok(()),
            outcome => Err(format!("success, right, glued: {outcome:?}")),
        })
    }
}
