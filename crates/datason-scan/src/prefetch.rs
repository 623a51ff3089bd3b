//! Text on its way to the cache.

/// The bytes that move together, on every processor of today.
const LINE: usize = 64;

/// Asks the processor to bring `bytes` near, and does not wait for them.
///
/// For text that will be read soon and lies in memory: whoever copies or scans it then need not
/// wait. The processor's own prefetching follows a steady stream, and loses it where much other
/// work is done between two pieces. Costs an instruction for 64 bytes, and is lost on text that
/// is near already. Does nothing where the processor has no such instruction.
///
/// # Example
/// ```
/// let text = [b' '; 1_000];
/// datason_scan::prefetch(&text[..256]);
/// assert_eq!(datason_scan::max_depth(datason_scan::Kernel::active(), &text), 0);
/// ```
#[inline]
pub fn prefetch(bytes: &[u8]) {
    for line in bytes.chunks(LINE) {
        #[cfg(target_arch = "x86_64")]
        crate::x86_64::prefetch(&line[0]);
        #[cfg(not(target_arch = "x86_64"))]
        let _ = line;
    }
}
