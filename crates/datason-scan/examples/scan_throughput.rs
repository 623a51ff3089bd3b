//! Prints how many GB of text each kernel scans in a second, from a block that stays in cache.
//!
//! `cargo run --release -p datason-scan --example scan_throughput [KERNEL…]`

#![expect(clippy::print_stdout, reason = "to print is what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use datason_scan::{Kernel, Separators, ValueEnd, depth_exceeds, find_negative_zero, max_depth};

const BLOCK_SIZE: usize = 256 * 1024;
const ROUND: Duration = Duration::from_millis(5);
const ROUNDS: usize = 50;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let kernels: Vec<Kernel> = Kernel::available()
        .filter(|kernel| wanted.is_empty() || wanted.iter().any(|name| name == kernel.name()))
        .collect();
    print!("{:<24}", "GB/s");
    for kernel in &kernels {
        print!("{kernel:>10}");
    }
    println!();
    for (name, text, scan) in workloads() {
        print!("{name:<24}");
        for kernel in &kernels {
            print!("{:>10.2}", gigabytes_per_second(*kernel, &text, scan));
        }
        println!();
    }
}

type Scan = fn(Kernel, &[u8], &mut Vec<usize>) -> usize;

fn workloads() -> Vec<(&'static str, Vec<u8>, Scan)> {
    let flat = block_of(flat_record);
    let pretty = block_of(pretty_record);
    let nested = block_of(nested_record);
    let numbers = block_of(|index| format!("{},", index % 1000));
    let pairs = block_of(|index| format!("[{},{}],", index % 10, index % 7));
    let text = block_of(text_record);
    let dates = block_of(|index| format!("\"2024-01-{:02}\",", index % 28 + 1));
    let lines = block_of(|index| flat_record(index).replace("},", "}\n"));
    let short_lines = block_of(|index| format!("{index}\n"));
    let whole = [b"[", flat.as_slice(), b"0]"].concat();
    vec![
        ("newlines 300 B", lines.clone(), newlines),
        ("newlines 7 B", short_lines, newlines),
        ("count_newlines", lines.clone(), |kernel, text, _| kernel.count_newlines(text)),
        ("separators flat", flat.clone(), separators),
        ("separators pretty", pretty, separators),
        ("separators nested", nested.clone(), separators),
        ("separators numbers", numbers, separators),
        ("separators pairs", pairs, separators),
        ("separators text", text, separators),
        ("value_end", whole.clone(), value_end),
        ("max_depth flat", whole.clone(), |kernel, text, _| depth(max_depth(kernel, text))),
        ("max_depth nested", nested, |kernel, text, _| depth(max_depth(kernel, text))),
        ("depth_exceeds 100", whole, |kernel, text, _| depth_exceeds(kernel, text, 100).into()),
        ("value_end by record", flat.clone(), value_ends),
        ("depth_exceeds by record", flat.clone(), |kernel, text, _| {
            text.chunks(300).filter(|record| depth_exceeds(kernel, record, 2)).count()
        }),
        ("negative zero by record", flat.clone(), |kernel, text, _| {
            text.chunks(300).filter(|record| find_negative_zero(kernel, record)).count()
        }),
        ("negative zero flat", flat, |kernel, text, _| find_negative_zero(kernel, text).into()),
        ("negative zero dates", dates, |kernel, text, _| find_negative_zero(kernel, text).into()),
    ]
}

fn newlines(kernel: Kernel, text: &[u8], offsets: &mut Vec<usize>) -> usize {
    kernel.newlines(text, 0, offsets);
    offsets.len()
}

fn separators(kernel: Kernel, text: &[u8], offsets: &mut Vec<usize>) -> usize {
    Separators::new().scan(kernel, text, 0, offsets);
    offsets.len()
}

fn value_end(kernel: Kernel, text: &[u8], _: &mut Vec<usize>) -> usize {
    let mut value = ValueEnd::opened_by(text[0]).expect("the text begins with a bracket");
    value.scan(kernel, &text[1..], 1).expect("the text ends with the bracket's partner")
}

/// Steps from record to record: each call of a scan sees the rest of the block.
fn value_ends(kernel: Kernel, text: &[u8], ends: &mut Vec<usize>) -> usize {
    let mut start = 0;
    while let Some(mut value) = text.get(start).copied().and_then(ValueEnd::opened_by) {
        let end = value.scan(kernel, &text[start + 1..], start + 1);
        ends.extend(end);
        start = end.map_or(text.len(), |end| end + 1);
    }
    ends.len()
}

fn depth(depth: u64) -> usize {
    usize::try_from(depth).expect("no deeper than the text is long")
}

/// The best of some rounds: the machine may be busy with other work, never with less.
fn gigabytes_per_second(kernel: Kernel, text: &[u8], scan: Scan) -> f64 {
    let mut offsets = Vec::new();
    let rounds = (0..ROUNDS).map(|_| round(kernel, text, scan, &mut offsets));
    rounds.fold(0.0, f64::max)
}

fn round(kernel: Kernel, text: &[u8], scan: Scan, offsets: &mut Vec<usize>) -> f64 {
    let start = Instant::now();
    let mut bytes = 0;
    while start.elapsed() < ROUND {
        for _ in 0..8 {
            offsets.clear();
            black_box(scan(kernel, black_box(text), offsets));
            bytes += text.len();
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are printed")]
    let bytes = bytes as f64;
    bytes / start.elapsed().as_secs_f64() / 1e9
}

fn block_of(record: impl Fn(usize) -> String) -> Vec<u8> {
    let mut block = Vec::new();
    for index in 0.. {
        let record = record(index);
        if block.len() + record.len() > BLOCK_SIZE {
            break;
        }
        block.extend_from_slice(record.as_bytes());
    }
    block
}

fn flat_record(index: usize) -> String {
    let user = index * 7919 % 100_003;
    format!(
        "{{\"id\":{index},\"user\":\"user-{user}\",\"active\":{},\"score\":{}.{:04},\
         \"level\":\"info\",\"time\":\"2024-03-{:02}T12:{:02}:07.123456Z\",\"region\":\"eu-west\",\
         \"host\":\"web-{:03}.example.com\",\"latency\":{},\"bytes\":{},\
         \"path\":\"/api/v1/items/{}\",\"message\":\"request {} done in time{}\"}},",
        index.is_multiple_of(3),
        user % 100,
        index % 10_000,
        index % 28 + 1,
        index % 60,
        user % 200,
        user % 977,
        user * 31,
        user,
        index,
        ".".repeat(index % 40),
    )
}

fn pretty_record(index: usize) -> String {
    flat_record(index)
        .replace("\",\"", "\",\n    \"")
        .replace("\":", "\": ")
        .replace('{', "{\n    ")
}

fn nested_record(index: usize) -> String {
    let labels: Vec<String> =
        (0..index % 9).map(|label| format!("{{\"name\":\"l{label}\"}}")).collect();
    format!(
        "{{\"type\":\"PushEvent\",\"actor\":{{\"id\":{index},\"login\":\"octo\"}},\"repo\":{{\"id\":{},\
         \"owner\":{{\"name\":\"someone\",\"urls\":[\"https://a\",\"https://b\"]}}}},\
         \"payload\":{{\"labels\":[{}],\"commits\":[{{\"sha\":\"{:040x}\",\"author\":{{\"email\":\
         \"a@b.c\"}},\"message\":\"a \\\"quoted\\\" word\"}}]}}}},",
        index * 3,
        labels.join(","),
        index,
    )
}

fn text_record(index: usize) -> String {
    format!(
        "{{\"id\":{index},\"text\":\"{}\"}},",
        "It said \\\"no\\\",\\nthen {left}. ".repeat(150)
    )
}
