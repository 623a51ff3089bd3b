//! `cargo fuzz run --features libfuzzer lines`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::lines(bytes));
