//! Watches the memory of the process while chunks go by.
//!
//! ```sh
//! cargo run --release --example memory_monitoring
//! ```

use std::error::Error;
use std::io::Write;

use datason::{ByteSize, ChunkedBuilder, Items, resident_set};

/// Serializes `items` records that nobody holds in chunks of `chunk_size`, and tells after each
/// chunk how much more memory is taken than before the first. Returns the bytes of text.
pub(crate) fn monitor(
    items: u64,
    chunk_size: usize,
    output: &mut impl Write,
) -> Result<u64, Box<dyn Error>> {
    let records = Items::of((0..items).map(|id| (id, format!("item_{id}"))));
    let builder = ChunkedBuilder::new().memory_limit(ByteSize::mib(16));
    let initial = resident_set();
    let mut bytes = 0;
    for chunk in builder.serialize(records, chunk_size)?.into_chunks() {
        let chunk = chunk?;
        bytes += chunk.as_bytes().len() as u64;
        match (initial, resident_set()) {
            (Some(initial), Some(now)) => {
                let more = ByteSize(now.as_u64().saturating_sub(initial.as_u64()));
                writeln!(output, "chunk {}: memory increase: {more}", chunk.index())?;
            }
            _ => writeln!(output, "chunk {}: this system does not say", chunk.index())?,
        }
    }
    Ok(bytes)
}

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = monitor(1_000_000, 100_000, &mut std::io::stdout())?;
    writeln!(std::io::stdout(), "{} of text went by", ByteSize(bytes))?;
    Ok(())
}
