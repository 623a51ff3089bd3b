//! `cargo fuzz run --features libfuzzer columns`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::columns(bytes));
