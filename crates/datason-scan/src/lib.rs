#![deny(unsafe_code)]
#![expect(
    clippy::inline_always,
    reason = "a shared body reaches a kernel's instructions only by being inlined into it"
)]

//! Turns bytes into offsets, 64 bytes at a time: where lines end, where the elements of an array
//! part, where a value stops, how deep it goes; and what stands there into columns of numbers and
//! strings.
//!
//! The scans here look at bytes and know nothing of records, of input and output, or of what a
//! value means. They find where a decoder has to begin and end, at several times the speed at
//! which any decoder works, so that framing costs next to nothing and can be done in order by
//! one thread while others decode.
//!
//! # Example
//! ```
//! use datason_scan::{Kernel, ScanEnd, Separators};
//!
//! let kernel = Kernel::active();
//!
//! // Lines.
//! let mut ends = Vec::new();
//! kernel.newlines(b"{\"a\":1}\n{\"a\":2}\n{\"a\"", 0, &mut ends);
//! assert_eq!(ends, [7, 15]);
//!
//! // The elements of an array, whose opening bracket is offset 0.
//! let text = br#"{"a":1},{"a":"],["}]"#;
//! let mut commas = Vec::new();
//! let end = Separators::new().scan(kernel, text, 1, &mut commas);
//! assert_eq!(commas, [8]);
//! assert_eq!(end, ScanEnd::Closed { at: 20 });
//! ```
//!
//! # Map
//! - [`Kernel`]: which instructions run. Chosen once, passed to every scan, forced by
//!   `DATASON_KERNEL`. Its methods find newlines: [`newlines`](Kernel::newlines),
//!   [`count_newlines`](Kernel::count_newlines), [`first_newline`](Kernel::first_newline),
//!   [`last_newline`](Kernel::last_newline).
//! - [`Separators`]: the commas between the elements of an array, and its end.
//! - [`ValueEnd`]: the end of one array, object or string.
//! - [`max_depth`], [`depth_exceeds`]: how deep containers are nested.
//! - [`find_negative_zero`]: whether the integer `-0` may occur.
//! - [`ValueIndex`]: where strings and scalars stop; [`Unescaped`]: what an escape stands
//!   for; [`Number`]: a number taken apart, and rounded. For decoders that walk a text once.
//! - [`Text`], [`Token`], [`StringStops`], [`Template`], [`Literal`]: where values stand, found for
//!   many records at once; [`Text::read_numbers`] and [`Strings`] make columns of them.
//! - [`first_to_escape`](Kernel::first_to_escape), [`copy_escaped`](Kernel::copy_escaped),
//!   [`spell_floats`](Kernel::spell_floats), [`spell_integers`](Kernel::spell_integers), [`Numeral`]:
//!   for the way out. [`Work`]: loops of other crates, compiled for a kernel.
//! - [`prefetch`]: text that will be read soon, brought near.
//!
//! # Promises
//! - **Every kernel gives the same answer**, on any bytes at all, valid JSON or not.
//! - **Cutting the input anywhere changes nothing.** A scanner that goes on over several pieces
//!   carries its state over: within a string, between a backslash and what it escapes, anywhere.
//! - **No byte beyond the slice is read**, no padding is asked for, no alignment, and no byte is
//!   changed.
//!
//! # Strings
//! What stands between two quotes is a string. A backslash escapes the byte after it wherever it
//! stands, unless it is escaped itself, and an escaped quote opens and closes nothing. Outside a
//! string a backslash is not JSON, and the decoder says so; here the rule has only to be one
//! rule.
//!
//! # What it does not do
//! - It validates nothing. An offset says where to cut, not that the piece is JSON: brackets of
//!   either kind close each other, and empty elements are elements.
//! - It does not check UTF-8. All bytes it looks for are ASCII, which no other UTF-8 sequence
//!   contains, so offsets are always between characters of valid text.
//! - It finds no line ends but `\n`: a `\r` before it is white space to JSON.
//! - It has no kernel for machines other than x86-64 and little-endian aarch64:
//!   [`Kernel::Portable`] runs there. Another would stand beside those, implement the one trait of
//!   its registers, and be tested by the suite that runs over [`Kernel::available`].
//! - The kernel for NEON is tested by that suite in an emulator (`cargo xtask neon`); its speed has
//!   been measured on no machine.
//!
//! # Safety policy
//! All `unsafe` of the workspace is in this crate, but for the memory map of `datason-io`, and in it
//! all but one block is in the folders `x86_64` and `aarch64`: calls of intrinsics, justified by a
//! proof that only detection makes, loads and stores of no more than an array has, and lengths of
//! vectors, set to what has been written; see there. The one block is that of `Strings::into_array`:
//! Arrow need not check again what is known to be UTF-8. No algorithm contains any: each is written
//! once, in safe code, for any set of instructions. The crate has no unsafe function to offer.
//!
//! # Features
//! - `arrow` (off by default): `Strings::into_array`, with `arrow-array` and `arrow-buffer`.

#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
#[expect(unsafe_code, reason = "intrinsics and loads through pointers, see the module")]
pub mod aarch64;
#[cfg(feature = "arrow")]
#[expect(unsafe_code, reason = "an array is made without a check, see the module")]
mod arrow;
mod bits;
mod block;
mod decimals;
mod depth;
mod escape;
mod index;
mod kernel;
mod literal;
mod negative_zero;
mod newlines;
mod number;
mod portable;
mod prefetch;
mod separators;
mod stops;
mod string_column;
mod strings;
mod template;
mod to_escape;
mod token;
mod value_end;
mod work;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics and loads through pointers, see the module")]
pub mod x86_64;

pub use decimals::Numeral;
pub use depth::{depth_exceeds, max_depth};
pub use escape::Unescaped;
pub use index::ValueIndex;
pub use kernel::{KERNEL_VARIABLE, Kernel, KernelError};
pub use literal::Literal;
pub use negative_zero::find_negative_zero;
pub use number::Number;
pub use prefetch::prefetch;
pub use separators::{ScanEnd, Separators};
pub use stops::StringStops;
pub use string_column::{Offset, Strings};
pub use template::Template;
pub use to_escape::escape;
pub use token::{Machine, NullRuns, Text, Token, Tokens};
pub use value_end::ValueEnd;
pub use work::{Instructions, Work};
