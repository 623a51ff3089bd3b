//! macOS, Windows and others, through `sysinfo`.

use std::sync::atomic::{AtomicU64, Ordering};

use datason_core::ByteSize;
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

use super::Usage;

/// The largest resident set that was ever seen here, since `sysinfo` tells no peak.
static HIGHEST: AtomicU64 = AtomicU64::new(0);

pub(crate) fn usage() -> Usage {
    let resident = resident();
    let peak = resident.map(|now| {
        let before = HIGHEST.fetch_max(now.as_u64(), Ordering::Relaxed);
        ByteSize(before.max(now.as_u64()))
    });
    Usage { resident, peak }
}

fn resident() -> Option<ByteSize> {
    let own = sysinfo::get_current_pid().ok()?;
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[own]),
        false,
        ProcessRefreshKind::nothing().with_memory(),
    );
    known(system.process(own)?.memory())
}

/// The memory that the machine can still give.
pub(crate) fn available() -> Option<ByteSize> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    known(system.available_memory())
}

/// `sysinfo` says 0 of what it does not know.
fn known(bytes: u64) -> Option<ByteSize> {
    (bytes > 0).then_some(ByteSize(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether what `sysinfo` says is what `/proc` says before and after.
    #[cfg(target_os = "linux")]
    fn agree(
        proc: impl Fn() -> Option<ByteSize>,
        sysinfo: impl Fn() -> Option<ByteSize>,
        slack: u64,
    ) -> bool {
        let said = [proc(), sysinfo(), proc()];
        let [before, said, after] = said.map(|bytes| bytes.expect("Linux says").as_u64());
        let (least, most) = (before.min(after).saturating_sub(slack), before.max(after) + slack);
        (least..=most).contains(&said)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sysinfo_says_what_proc_says() {
        use crate::system::linux;

        /// Other tests and other programs take memory and give it back meanwhile.
        const TRIES: usize = 50;
        for megabytes in [1, 64, 256] {
            let large = vec![1_u8; megabytes << 20];
            let mut tries = 0..TRIES;
            let (proc, sysinfo) = (|| linux::usage().resident, || usage().resident);
            assert!(tries.any(|_| agree(proc, sysinfo, 2 << 20)), "beside {megabytes} MiB");
            assert!(sysinfo() >= Some(ByteSize(large.len() as u64)));
            drop(large);
            assert!(usage().peak >= Some(ByteSize::mib(megabytes as u64)), "it was seen");
        }
        assert!((0..TRIES).any(|_| agree(linux::machine, available, 64 << 20)), "of the machine");
    }

    #[test]
    fn nothing_is_what_is_not_known() {
        assert_eq!((known(0), known(7)), (None, Some(ByteSize(7))));
    }
}
