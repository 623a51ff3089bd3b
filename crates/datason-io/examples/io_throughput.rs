//! How fast files come through a `Window`: `cargo run --release -p datason-io --example
//! io_throughput -- FILE...`, plain or compressed.
//!
//! Each file is read five times with blocks of 64 KiB, 256 KiB and 1 MiB; the median counts. A
//! tail of 200 bytes is kept each time, as the incomplete record at the end of a block is. The
//! last line of each file is what reading alone takes, without a window.
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use datason_io::{Fill, Source, SourceOptions, Window};

const ROUNDS: usize = 5;
const TAIL: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        let path = Path::new(&path);
        println!("{}", path.display());
        for kib in [64, 256, 1024] {
            let figures = median(|| through_window(path, kib << 10))?;
            println!("  window, blocks of {kib:>4} KiB: {figures}");
        }
        println!("  source, blocks of  256 KiB: {}", median(|| without_window(path))?);
    }
    Ok(())
}

fn through_window(path: &Path, block: usize) -> datason_core::Result<u64> {
    let mut window = Window::new(Source::open(path, &SourceOptions::new())?).block_size(block);
    while let Fill::Read(_) = window.fill()? {
        window.consume(window.bytes().len().saturating_sub(TAIL));
    }
    Ok(window.offset() + window.bytes().len() as u64)
}

fn without_window(path: &Path) -> datason_core::Result<u64> {
    let mut source = Source::open(path, &SourceOptions::new())?;
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        match source.fill(&mut buffer)? {
            0 => return Ok(bytes),
            count => bytes += count as u64,
        }
    }
}

/// The median rate of some runs, each of which returns how many bytes it has seen.
fn median(run: impl Fn() -> datason_core::Result<u64>) -> datason_core::Result<String> {
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        #[expect(clippy::cast_precision_loss, reason = "a rate of three digits is printed")]
        let bytes = run()? as f64;
        rates.push(bytes / start.elapsed().as_secs_f64() / 1e6);
    }
    rates.sort_by(f64::total_cmp);
    Ok(format!("{:7.0} MB/s", rates[ROUNDS / 2]))
}
