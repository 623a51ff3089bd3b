//! What memory there is to be had.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use datason_core::ByteSize;

/// The memory that this process can still take without pushing out others: what the machine has
/// available, or less if a control group (of version 1 or 2) sets a limit. `None` where the system
/// does not say.
///
/// Known on Linux. Reads a handful of small files.
///
/// # Example
/// ```
/// if let Some(available) = datason_memory::available_memory() {
///     assert!(available.as_u64() > 0);
/// }
/// ```
pub fn available_memory() -> Option<ByteSize> {
    available_below(Path::new("/"))
}

/// The same with all files below `root`.
fn available_below(root: &Path) -> Option<ByteSize> {
    let machine = read_to_string(root.join("proc/meminfo")).ok().and_then(|text| parse(&text));
    let groups = read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limited = groups.lines().filter_map(|line| left_in_group(root, line));
    limited.chain(machine).min().map(ByteSize)
}

fn parse(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1 << 10)
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
}
