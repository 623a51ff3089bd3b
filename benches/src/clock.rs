//! The time that counts.

use std::time::Duration;

/// Returns the CPU time this process has used, all threads together, of user and system.
///
/// What else runs on the machine does not lengthen it by more than the caches that are shared.
///
/// # Panics
///
/// If the system says that less than no time has been used.
#[cfg(unix)]
pub fn cpu_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a process has used no negative time")
}

/// Returns the time since the first call: this platform has no clock for the CPU time here.
#[cfg(not(unix))]
pub fn cpu_time() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time() {
        let start = cpu_time();
        let mut sum = 0_u64;
        while cpu_time() == start {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(cpu_time() > start);
    }
}
