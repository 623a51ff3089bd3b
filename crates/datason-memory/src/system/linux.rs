//! Linux, by its files.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use datason_core::ByteSize;

use super::Usage;

const RESIDENT: &str = "VmRSS:";
const PEAK: &str = "VmHWM:";

pub(crate) fn usage() -> Usage {
    // The program's name stands there too, cut off within a letter perhaps.
    let status = std::fs::read("/proc/self/status").unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    Usage { resident: parse(&status, RESIDENT), peak: parse(&status, PEAK) }
}

/// The memory that the machine can still give, or a control group, if that is less.
pub(crate) fn available() -> Option<ByteSize> {
    available_below(Path::new("/"))
}

/// The memory that the machine can still give, whatever control groups say.
#[cfg(test)]
pub(super) fn machine() -> Option<ByteSize> {
    machine_below(Path::new("/")).map(ByteSize)
}

/// The same with all files of the system below `root`.
fn available_below(root: &Path) -> Option<ByteSize> {
    let machine = machine_below(root);
    let groups = read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limited = groups.lines().filter_map(|line| left_in_group(root, line));
    limited.chain(machine).min().map(ByteSize)
}

fn machine_below(root: &Path) -> Option<u64> {
    let meminfo = read_to_string(root.join("proc/meminfo")).ok()?;
    parse(&meminfo, "MemAvailable:").map(|bytes| bytes.as_u64())
}

/// The number behind `name`, which is in units of 1,024 bytes.
fn parse(lines: &str, name: &str) -> Option<ByteSize> {
    let line = lines.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    number.checked_mul(1 << 10).map(ByteSize)
}

/// What is left in the group that a line of `/proc/self/cgroup` names, and in those around it.
fn left_in_group(root: &Path, line: &str) -> Option<u64> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let (mount, limit, usage) = match controllers {
        "" => ("sys/fs/cgroup", "memory.max", "memory.current"),
        _ if controllers.split(',').any(|name| name == "memory") => {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
        }
        _ => return None,
    };
    let mount = root.join(mount);
    let group: PathBuf = mount.join(path.trim_start_matches('/'));
    let number = |folder: &Path, name: &str| {
        read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok()
    };
    // `max`, which is no number, is no limit. Inside a container the path may not be there, but
    // the mount itself is the group then.
    let groups = group.ancestors().take_while(|folder| folder.starts_with(&mount));
    groups.filter_map(|at| Some(number(at, limit)?.saturating_sub(number(at, usage)?))).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> Option<ByteSize> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        available_below(root.path())
    }

    const MACHINE: (&str, &str) = ("proc/meminfo", "MemFree: 1 kB\nMemAvailable:   100 kB\n");

    #[test]
    fn the_machine_is_asked_and_then_the_groups() {
        assert_eq!(system(&[]), None);
        assert_eq!(system(&[MACHINE]), Some(ByteSize::kib(100)));
        let second = [
            MACHINE,
            ("proc/self/cgroup", "0::/job/step\n"),
            ("sys/fs/cgroup/job/memory.max", "51200\n"),
            ("sys/fs/cgroup/job/memory.current", "1200\n"),
            ("sys/fs/cgroup/job/step/memory.max", "max\n"),
            ("sys/fs/cgroup/job/step/memory.current", "1000\n"),
        ];
        assert_eq!(system(&second), Some(ByteSize(50_000)));
        let first = [
            MACHINE,
            ("proc/self/cgroup", "5:devices:/x\n4:cpu,memory:/x\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "10000\n"),
        ];
        assert_eq!(system(&first), Some(ByteSize(0)), "over its limit, and none is left");
    }

    #[test]
    fn the_systems_lines_are_read() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t     512 kB\n";
        assert_eq!(parse(status, RESIDENT), Some(ByteSize::kib(512)));
        assert_eq!(parse(status, PEAK), Some(ByteSize::mib(2)));
        assert_eq!(parse(status, "VmSwap:"), None);
        assert_eq!(parse("VmRSS: many", RESIDENT), None);
        assert_eq!(parse(&format!("VmRSS: {} kB", u64::MAX), RESIDENT), None);
    }
}
