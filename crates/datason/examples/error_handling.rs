//! What goes wrong, how it is told, and what is left behind.
//!
//! ```sh
//! cargo run --example error_handling
//! ```

use std::error::Error;
use std::io::Write;
use std::path::Path;

use datason::{ByteSize, ChunkedBuilder, ErrorKind, deserialize_chunked_file, stream_serialize};

/// Saves `texts` in the largest chunks that the limit allows, and returns their size.
pub(crate) fn save_within_limit(
    texts: &[String],
    limit: ByteSize,
    output: &Path,
) -> datason::Result<usize> {
    let builder = ChunkedBuilder::new().memory_limit(limit);
    let mut chunk_size = texts.len().max(1);
    loop {
        let saved = builder.serialize(texts, chunk_size).and_then(|result| result.save(output));
        match saved {
            Ok(_) => return Ok(chunk_size),
            Err(error) if error.kind() == ErrorKind::Limit && chunk_size > 1 => chunk_size /= 2,
            Err(error) => return Err(error),
        }
    }
}

/// Writes what `producer` gives, up to its first error: then no file appears.
pub(crate) fn stream_all(
    producer: impl Iterator<Item = datason::Result<u64>>,
    output: &Path,
) -> datason::Result<u64> {
    let mut stream = stream_serialize(output)?;
    for item in producer {
        stream.write(&item?)?;
    }
    let written = stream.items_written();
    stream.finish()?;
    Ok(written)
}

/// Sums the chunks of a file, and tells where the bad ones stand.
pub(crate) fn sum_good_chunks(path: &Path, report: &mut impl Write) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    for chunk in deserialize_chunked_file(path)?.typed::<Vec<u64>>() {
        match chunk {
            Ok(numbers) => sum += numbers.iter().sum::<u64>(),
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => match error.position() {
                Some(place) => writeln!(report, "line {}: {}", place.line(), error.message())?,
                None => writeln!(report, "{error}")?,
            },
        }
    }
    Ok(sum)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir();
    let mut out = std::io::stdout();

    let texts = vec!["x".repeat(10_000); 1_000];
    let size = save_within_limit(&texts, ByteSize::mib(1), &folder.join("texts.jsonl"))?;
    writeln!(out, "chunks of {size} texts fit into 1 MiB")?;

    let failing = (0..).map(|n| match n {
        3 => Err(datason::Error::new(ErrorKind::Data, "the producer failed")),
        n => Ok(n),
    });
    if let Err(error) = stream_all(failing, &folder.join("numbers.jsonl")) {
        writeln!(out, "nothing was published: {error}")?;
    }

    let path = folder.join("damaged.jsonl");
    std::fs::write(&path, "[1, 2]\n[3, \"x\"]\n[4\n[5]\n")?;
    let sum = sum_good_chunks(&path, &mut out)?;
    writeln!(out, "the good chunks sum up to {sum}")?;
    Ok(())
}
