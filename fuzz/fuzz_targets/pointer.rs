//! `cargo fuzz run --features libfuzzer pointer`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::pointer(bytes));
