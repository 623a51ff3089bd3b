//! The corpus of each target, and seeded mutations of it, on stable.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use datason_fixtures::Random;
use datason_fuzz::TARGETS;

/// The inputs of `target`, sorted by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("a file"));
    let mut inputs: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect();
    inputs.sort();
    inputs
}

/// Runs `target` on `input`, and says which input it was if that panics.
#[track_caller]
fn run(name: &str, target: fn(&[u8]), input: &[u8], origin: &str) {
    let passed = catch_unwind(AssertUnwindSafe(|| target(input))).is_ok();
    assert!(passed, "{name} failed on {origin}: \"{}\"", input.escape_ascii());
}

#[test]
fn every_input_of_the_corpus_passes() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(inputs.len() >= 10, "{name} has a corpus of {}", inputs.len());
        for (file, input) in inputs {
            run(name, target, &input, &file);
        }
    }
}

/// What means something to a parser of JSON, to be thrown in.
const PIECES: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\n",
    b"\r\n",
    b" ",
    b"null",
    b"true",
    b"-0",
    b"1e400",
    b"18446744073709551616",
    b"\\ud800",
    b"\xff",
    b"\xc3",
    b"\0",
    b"\"a\":",
    b"\xef\xbb\xbf",
    b"0.1",
    b"[]",
];

fn mutated(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.index_below(4) {
        let at = random.index_below(bytes.len() + 1);
        match random.index_below(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap_or(0),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let from = random.index_below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            4 if at < bytes.len() => {
                let end = (at + 1 + random.index_below(16)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                let piece = PIECES[random.index_below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
        bytes.truncate(4_096);
    }
    bytes
}

/// How many mutations of each target; `DATASON_FUZZ_RUNS` sets another number.
fn runs() -> u64 {
    let wanted = std::env::var("DATASON_FUZZ_RUNS").ok();
    wanted.map_or(500, |wanted| wanted.parse().expect("DATASON_FUZZ_RUNS is a number"))
}

#[test]
fn mutations_of_the_corpus_pass() {
    let seed = std::env::var("DATASON_FUZZ_SEED").ok();
    let seed = seed.map_or(1, |seed| seed.parse().expect("DATASON_FUZZ_SEED is a number"));
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        let mut random = Random::new(seed);
        for turn in 0..runs() {
            let (_, input) = &inputs[random.index_below(inputs.len())];
            let (_, other) = &inputs[random.index_below(inputs.len())];
            let input = mutated(input, other, &mut random);
            run(name, target, &input, &format!("mutation {turn} of seed {seed}"));
        }
    }
}
