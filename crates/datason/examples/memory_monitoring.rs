//! Watches the memory of the process while chunks go by.
//!
//! ```sh
//! cargo run --release --example memory_monitoring
//! ```

use std::error::Error;
use std::io::Write;

use datason::{ByteSize, ChunkedBuilder, Items, Monitor};

/// Serializes `items` records that nobody holds in chunks of `chunk_size`, and tells after each
/// chunk how much more memory is taken than before the first. Returns the bytes of text.
pub(crate) fn monitor(
    items: u64,
    chunk_size: usize,
    output: &mut impl Write,
) -> Result<u64, Box<dyn Error>> {
    let records = Items::of((0..items).map(|id| (id, format!("item_{id}"))));
    let builder = ChunkedBuilder::new().memory_limit(ByteSize::mib(16));
    let (mut bytes, mut told) = (0, Ok(()));
    let chunks = builder.serialize(records, chunk_size)?.into_chunks();
    let watched = chunks.monitored(|seen| {
        told = match (seen.increase(), seen.peak) {
            (Some(more), Some(peak)) => {
                writeln!(output, "chunk {}: memory increase: {more}, peak: {peak}", seen.index)
            }
            _ => writeln!(output, "chunk {}: this system does not say", seen.index),
        };
    });
    for chunk in watched {
        bytes += chunk?.as_bytes().len() as u64;
    }
    told?;
    Ok(bytes)
}

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = monitor(1_000_000, 100_000, &mut std::io::stdout())?;
    writeln!(std::io::stdout(), "{} of text went by", ByteSize(bytes))?;
    Ok(())
}
