//! `cargo fuzz run --features libfuzzer append`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::append(bytes));
