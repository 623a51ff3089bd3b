//! What the process holds.

use datason_core::ByteSize;

/// The memory of this process that is in RAM now; `None` where the system does not say.
///
/// Known on Linux. Costs a few system calls.
///
/// # Example
/// ```
/// let before = datason_memory::resident_set();
/// let large = vec![1_u8; 32 << 20];
/// if let (Some(before), Some(now)) = (before, datason_memory::resident_set()) {
///     assert!(now > before);
/// }
/// assert_eq!(large.len(), 32 << 20);
/// ```
pub fn resident_set() -> Option<ByteSize> {
    status("VmRSS:")
}

/// The most memory of this process that was ever in RAM; `None` where the system does not say.
///
/// Known on Linux.
///
/// # Example
/// ```
/// if let (Some(peak), Some(now)) = (datason_memory::peak_resident_set(), datason_memory::resident_set()) {
///     assert!(peak.as_u64() > 0 && now.as_u64() > 0);
/// }
/// ```
pub fn peak_resident_set() -> Option<ByteSize> {
    status("VmHWM:")
}

fn status(name: &str) -> Option<ByteSize> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?, name)
}

fn parse(status: &str, name: &str) -> Option<ByteSize> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim_end().parse().ok().map(ByteSize::kib)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_lines_are_read() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t     512 kB\n";
        assert_eq!(parse(status, "VmRSS:"), Some(ByteSize::kib(512)));
        assert_eq!(parse(status, "VmHWM:"), Some(ByteSize::mib(2)));
        assert_eq!(parse(status, "VmSwap:"), None);
        assert_eq!(parse("VmRSS: many", "VmRSS:"), None);
    }
}
