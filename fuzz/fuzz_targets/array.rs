//! `cargo fuzz run --features libfuzzer array`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::array(bytes));
