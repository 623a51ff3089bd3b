//! `cargo fuzz run --features libfuzzer inference`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| datason_fuzz::inference(bytes));
