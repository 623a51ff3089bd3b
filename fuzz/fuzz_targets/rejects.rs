//! `cargo fuzz run --features libfuzzer rejects`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::rejects(bytes));
