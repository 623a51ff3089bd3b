//! `cargo fuzz run --features libfuzzer index`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::index(bytes));
