//! `cargo fuzz run --features libfuzzer codecs`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::codecs(bytes));
