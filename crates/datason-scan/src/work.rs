//! Work of other crates, compiled for a kernel's instructions.

use crate::block::{Block, Task};
use crate::kernel::Kernel;
use crate::to_escape::copy_escaped;

/// What a [`Kernel`] does with its instructions though it belongs to another crate: a loop that
/// copies short texts, say.
///
/// # Example
/// ```
/// use datason_scan::{Instructions, Kernel, Work};
///
/// struct Doubled<'t>(&'t [u8; 64], &'t mut [u8]);
///
/// impl Work for Doubled<'_> {
///     type Output = usize;
///
///     #[inline(always)]
///     fn run<I: Instructions>(self, _: I) -> usize {
///         let Self(text, room) = self;
///         room[..64].copy_from_slice(text);
///         room[64..128].copy_from_slice(text);
///         128
///     }
/// }
///
/// let mut room = vec![0; 200];
/// assert_eq!(Kernel::active().compile(Doubled(&[b'a'; 64], &mut room)), 128);
/// assert_eq!(room[..128], [b'a'; 128]);
/// ```
pub trait Work {
    /// What comes of it.
    type Output;

    /// Does it. Only what is inlined is compiled for the kernel: this and all that it calls should
    /// be `#[inline(always)]`. Closures cannot be, and what takes them may be left out of line.
    fn run<I: Instructions>(self, instructions: I) -> Self::Output;
}

/// What [`Work`] can ask of the kernel that it is compiled for, without a call.
pub trait Instructions: Copy + sealed::Sealed {
    /// As [`Kernel::copy_escaped`], for the `length` bytes of `bytes` from `start` on. What stands
    /// behind these may be copied, too, where nothing counts any more.
    ///
    /// # Panics
    /// If there are no such bytes, or less room than [`Kernel::room_to_escape`] says.
    fn copy_escaped(self, bytes: &[u8], start: usize, length: usize, room: &mut [u8]) -> usize;
}

mod sealed {
    pub trait Sealed {}
}

impl Kernel {
    /// Does `work`, compiled for this kernel's instructions: a copy of 64 bytes, for one, is a load
    /// and a store with AVX-512, and four of each without. Costs a call.
    #[inline]
    pub fn compile<W: Work>(self, work: W) -> W::Output {
        self.run(Compiled(work))
    }
}

struct Compiled<W>(W);

impl<W: Work> Task for Compiled<W> {
    type Output = W::Output;

    #[inline(always)]
    fn run<B: Block>(self, proof: B::Proof) -> W::Output {
        self.0.run(Proven::<B>(proof))
    }
}

/// The instructions of a kind of block.
#[derive(Clone, Copy)]
struct Proven<B: Block>(B::Proof);

impl<B: Block> sealed::Sealed for Proven<B> {}

impl<B: Block> Instructions for Proven<B> {
    #[inline(always)]
    fn copy_escaped(self, bytes: &[u8], start: usize, length: usize, room: &mut [u8]) -> usize {
        copy_escaped::<B>(self.0, bytes, start..start + length, room)
    }
}
