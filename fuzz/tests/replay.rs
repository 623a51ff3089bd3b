//! The corpus of each target, and seeded mutations of it, on stable.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use datason_fixtures::Random;
use datason_fuzz::{TARGETS, mutated};

/// Mutations are cut to so many bytes.
const LONGEST: usize = 4_096;

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
            let input = mutated(input, other, LONGEST, &mut random);
            run(name, target, &input, &format!("mutation {turn} of seed {seed}"));
        }
    }
}
