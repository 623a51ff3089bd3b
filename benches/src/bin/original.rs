//! The tasks of `cargo xtask bench original` in datason for Rust: see [`datason_benches::original`].
//!
//! Prints one JSON object a task, as `original.py` beside this does.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::path::PathBuf;

use clap::Parser;
use datason_benches::original::TASKS;

#[derive(Parser)]
struct Arguments {
    /// Where files are written.
    folder: PathBuf,
    /// How many items.
    count: usize,
    /// Do this task only: for a profiler.
    #[arg(long)]
    task: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let Arguments { folder, count, task: wanted } = Arguments::parse();
    for task in TASKS {
        if wanted.as_deref().is_some_and(|wanted| wanted != task.name) {
            continue;
        }
        let path = folder.join(format!("{}.{}.jsonl", task.name, task.engine));
        let seconds = task.run(&path, count)?.as_secs_f64();
        let line = serde_json::json!({
            "task": task.name,
            "engine": task.engine,
            "items": count,
            "file": path,
            "seconds": seconds,
        });
        println!("{line}");
    }
    Ok(())
}
