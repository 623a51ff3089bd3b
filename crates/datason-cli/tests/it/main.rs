//! The program as its users meet it: command lines in, text, files and exit codes out.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

#[cfg(target_os = "linux")]
mod allocation;
mod append;
mod check;
mod columns;
mod convert;
mod count;
mod csv;
mod determinism;
mod hostile;
mod index;
mod memory;
mod print;
mod refusals;
mod rejects;
mod resume;
mod resume_rejects;
mod split;
mod streams;
mod support;
mod usage;
